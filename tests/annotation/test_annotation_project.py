"""Projects: excerpts that never change, answers that are checked, and what is collected of them."""

import pytest

from tagger.annotation.annotation_project import AnnotationProject, create_project
from tagger.annotation.answer_log import ACCEPT, SKIP, AnswerLog, GivenAnswer
from tagger.annotation.collect import collect
from tagger.annotation.tool_files import Project
from tagger.errors import ConfigError, DataError
from tagger.text.formats import read_sentences

TEXTS = ("Mira Osk 🎉 left. She\nlikes Nord See.", "The Osk family left.", "Varn.")
WORDS = (9, 5, 2)


@pytest.fixture
def project(tmp_path, excerpt):
    made = Project(("ner",), ("ner",), {"ner": ("PER", "LOC", "ORG")}, "made")
    assert create_project(tmp_path / "project", map(excerpt, TEXTS), made) == 3
    return AnnotationProject(tmp_path / "project")


def answer(project, annotator, **by_number):
    log = AnswerLog(project.answers_file(annotator))
    for number, tags in by_number.items():
        log.add(GivenAnswer(int(number[1:]), ACCEPT if tags else SKIP, {"ner": tags.split()} if tags else {}))
    log.close()


def test_excerpts_are_kept_with_their_sentences_tags_and_scores(project, excerpt):
    assert len(project) == 3
    stored = project.excerpt(0)
    assert stored.sentences == excerpt(TEXTS[0]).sentences
    assert stored.tags("ner") == ["B-PER", "I-PER", "O", "O", "O", "O", "O", "B-LOC", "I-LOC", "O"][: stored.words]
    assert stored.scores["ner"] == [0.8] * stored.words
    assert project.excerpt(2).sentences[0].words == ("Varn", ".")
    assert (project.project.model, project.project.labels) == ("made", {"ner": ["PER", "LOC", "ORG"]})


def test_answers_that_cannot_be_are_refused(project):
    project.check_tags(1, {"ner": ["B-ORG", "I-ORG", "I-ORG", "O", "O"]})
    for tags, message in {
        ("O", "O"): "'ner' must be a list of 5 tags, one for each word",
        ("O", "O", "O", "O", "B-CAR"): "'B-CAR' is no tag of 'ner'",
        ("O", "O", "O", "O", 3): "'3' is no tag of 'ner'",
        ("O", "I-PER", "O", "O", "O"): "the tags of 'ner' are not in IOB2",
    }.items():
        with pytest.raises(DataError, match=message):
            project.check_tags(1, {"ner": list(tags)})
    with pytest.raises(DataError, match="'ner' must be a list"):
        project.check_tags(1, {})
    with pytest.raises(ConfigError, match=r"--annotator \.\./eve: a name has letters"):
        project.answers_file("../eve")


def test_a_span_ends_with_its_sentence(tmp_path, excerpt):
    made = Project(("ner",), ("ner",), {"ner": ("LOC",)}, "made")
    create_project(tmp_path / "passages", [excerpt("She left Nord. See it.")], made)
    project = AnnotationProject(tmp_path / "passages")
    assert [sentence.words[0] for sentence in project.excerpt(0).sentences] == ["She", "See"]
    project.check_tags(0, {"ner": ["O", "O", "B-LOC", "I-LOC", "B-LOC", "O", "O"]})
    with pytest.raises(DataError, match="in which a span ends with its sentence: end it before 'See'"):
        project.check_tags(0, {"ner": ["O", "O", "B-LOC", "I-LOC", "I-LOC", "O", "O"]})


def test_what_is_collected_does_not_go_into_the_project(project):
    answer(project, "ada", n2="B-LOC O")
    for target in (project.answers_file("ada"), project.folder / "gold.jsonl"):
        with pytest.raises(DataError, match="lies in the project, whose answers it could replace"):
            collect(project.folder, target, "jsonl", overwrite=True, say=print)


@pytest.mark.parametrize("format", ["jsonl", "conllu"])
def test_what_was_accepted_is_what_is_trained(project, tmp_path, format):
    answer(project, "ada", n1="B-ORG I-ORG I-ORG O O", n0=None, n2="B-LOC O")
    said, target = [], tmp_path / f"gold.{format}"
    assert collect(project.folder, target, format, overwrite=False, say=said.append) == 2
    tasks = {"ner": "MISC:NER"} if format == "conllu" else None
    sentences = list(read_sentences(target, tasks=tasks))
    spans = [(span.label, span.text) for sentence in sentences for span in sentence.spans("ner")]
    assert (spans, said) == ([("ORG", "The Osk family"), ("LOC", "Varn")], [])
    assert [each.text for each in sentences] == [TEXTS[1], TEXTS[2]]
    assert [each.document for each in sentences] == [project.excerpt(number).file for number in (1, 2)]
    with pytest.raises(DataError, match="exists already"):
        collect(project.folder, target, format, overwrite=False, say=said.append)


def test_two_annotators_are_compared_and_one_of_them_comes_first(project, tmp_path):
    """Of seven words six agree; ada: 2 x B-PER, 5 x O; eve: B-PER, B-ORG, 5 x O: pe = (2 * 1 + 5 * 5) / 49."""
    answer(project, "ada", n1="O B-PER O O O", n2="B-PER O")
    answer(project, "eve", n1="O B-ORG O O O", n2="B-PER O")
    said = []
    kappa, f1 = (6 / 7 - 27 / 49) / (1 - 27 / 49), 2 * 1 / (2 + 2)
    collect(project.folder, tmp_path / "gold.jsonl", "jsonl", annotator="eve", overwrite=False, say=said.append)
    assert said == [
        f"ada and eve, ner: Cohen's kappa {kappa:.3f}, F1 of spans {f1:.3f} (2 excerpts, 7 words)",
        "excerpts that several have accepted, with the tags of eve (--annotator says whose): 2",
    ]
    labels = [span.label for each in read_sentences(tmp_path / "gold.jsonl") for span in each.spans("ner")]
    assert labels == ["ORG", "PER"]
    with pytest.raises(ConfigError, match="--annotator bob: has given no answer; there are ada, eve"):
        collect(project.folder, tmp_path / "o", "jsonl", annotator="bob", overwrite=False, say=said.append)


def test_what_is_no_project_or_is_damaged_is_said(project, tmp_path):
    with pytest.raises(DataError, match="nobody has accepted anything yet"):
        collect(project.folder, tmp_path / "o", "jsonl", overwrite=False, say=print)
    with pytest.raises(DataError, match="no project there"):
        AnnotationProject(tmp_path)
    (project.folder / "excerpts.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"excerpts\.jsonl:1: damaged"):
        AnnotationProject(project.folder).excerpt(0)
    (project.folder / "project.json").write_text("{}\n")
    with pytest.raises(DataError, match=r"project\.json: damaged"):
        AnnotationProject(project.folder)
