"""Files for annotation tools: what was corrected in a tool's own export is what is trained."""

import json

import numpy as np
import pytest

from tagger.annotation.excerpts import Excerpt
from tagger.annotation.tool_files import TOOLS_TO_WRITE, Project, check_target, labelling_interface, write_tool_file
from tagger.corpus.convert import convert
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError
from tagger.text.formats import read_sentences
from tagger.text.probabilities import Probabilities

TEXTS = ("Mira Osk 🎉 moved to Varn. She\nlikes Nord\nSee.", "The Osk family left.")
PROJECT = Project(("ner",), ("ner",), {"ner": ("PER", "LOC", "ORG")}, "made")
SPANS = [("PER", "Mira Osk"), ("LOC", "Varn"), ("LOC", "Nord\nSee"), ("PER", "Osk")]
CORRECTED = [("PER", "Mira Osk"), ("LOC", "Varn"), ("LOC", "Nord\nSee"), ("ORG", "The Osk family")]


def spans_of(sentences):
    return [(span.label, span.text) for sentence in sentences for span in sentence.spans("ner")]


def label_studio_export(file):
    """What the tool exports as JSON once a person has corrected the second task: predictions became annotations."""
    tasks = json.loads(file.read_text())
    for number, task in enumerate(tasks, start=1):
        (prediction,) = task["predictions"]
        results = [{**each, "origin": "prediction"} for each in prediction["result"]]
        if number == 2:
            value = {"start": 0, "end": 14, "text": "The Osk family", "labels": ["ORG"]}
            results = [{**results[0], "value": value, "origin": "manual"}]
        task |= {"id": number, "annotations": [{"id": number, "was_cancelled": False, "result": results}]}
    file.write_text(json.dumps(tasks))
    return "labelstudio"


def label_studio_short_export(file):
    """The same as JSON-MIN, where the keys of the data stand beside those of the annotation."""
    label_studio_export(file)
    exported = []
    for task in json.loads(file.read_text()):
        regions = [each["value"] for each in task["annotations"][0]["result"]]
        exported.append({"id": task["id"], **task["data"], "label": regions, "annotator": 1, "lead_time": 3.5})
    file.write_text(json.dumps(exported))
    return "labelstudio"


def doccano_export(file):
    """What the tool exports with spans as objects, with the metadata beside them."""
    exported = []
    for number, line in enumerate(map(json.loads, file.read_text().splitlines()), start=1):
        spans = line.pop("label") if number == 1 else [[0, 14, "ORG"]]
        if number == 2:
            line.pop("label")
        entities = [{"id": at, "label": each[2], "start_offset": each[0], "end_offset": each[1]}
                    for at, each in enumerate(spans)]  # fmt: skip
        exported.append({"id": number, **line, "entities": entities, "relations": [], "Comments": []})
    file.write_text("".join(json.dumps(each) + "\n" for each in exported))
    return "doccano"


def prodigy_export(file):
    tasks = [json.loads(line) for line in file.read_text().splitlines()]
    tasks[1]["spans"] = [{"start": 0, "end": 14, "token_start": 0, "token_end": 2, "label": "ORG"}]
    answers = [{**each, "_input_hash": 1, "_task_hash": 2, "answer": "accept"} for each in tasks]
    ignored = {**answers[0], "answer": "ignore"}
    file.write_text("".join(json.dumps(each) + "\n" for each in (*answers, ignored)))
    return "prodigy"


def brat_export(folder):
    annotations = folder / "0001.ann"
    (changed,) = [line for line in annotations.read_text().splitlines() if line.endswith("\tOsk")]
    start = int(changed.split()[2])
    corrected = f"{changed.split(chr(9))[0]}\tORG {start - 4} {start + 10}\tThe Osk family"
    annotations.write_text(annotations.read_text().replace(changed, corrected))
    return "brat"


def jsonl_export(file):
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[1]["spans"] = [{"start": 0, "end": 14, "label": "ORG"}]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return "jsonl"


def conllu_export(file):
    first, rest = file.read_text().split("\tThe\t")[0], file.read_text().split("\tThe\t")[1]
    rest = rest.replace("NER=O", "NER=B-ORG", 1).replace("NER=I-PER", "NER=I-ORG").replace("NER=O", "NER=I-ORG", 1)
    file.write_text(f"{first}\tThe\t{rest}")
    return "conllu"


@pytest.mark.parametrize(
    ("tool", "export"),
    [
        ("label-studio", label_studio_export),
        ("label-studio", label_studio_short_export),
        ("doccano", doccano_export),
        ("prodigy", prodigy_export),
        ("brat", brat_export),
        ("jsonl", jsonl_export),
        ("conllu", conllu_export),
    ],
)
def test_what_was_corrected_in_a_tool_is_what_is_trained(tmp_path, excerpt, tool, export):
    target = tmp_path / "written" / ("project" if tool == "brat" else "tasks.json")
    check_target(tool, target, PROJECT, overwrite=False)
    assert write_tool_file(map(excerpt, TEXTS), tool, target, PROJECT) == 2
    tasks = {"ner": "MISC:NER"} if tool == "conllu" else None
    if tool in ("doccano", "prodigy", "brat", "jsonl", "conllu"):  # the others have predictions, which are no answers
        assert spans_of(read_sentences(target, tool, tasks=tasks)) == SPANS
    format = export(target)
    corpus = convert({"train": target}, tmp_path / "corpus", format=format, tasks=tasks)
    assert spans_of(read_split(corpus, "train")) == CORRECTED
    sentences = [" ".join(each.words) for each in read_split(corpus, "train")]
    assert sentences == ["Mira Osk 🎉 moved to Varn .", "She likes Nord See .", "The Osk family left ."]
    documents = {each.document for each in read_split(corpus, "train")}
    assert documents == {"0001.txt" if tool == "brat" else "pile.txt"}  # a text of brat's has several excerpts


def test_scores_stand_where_a_tool_has_a_field_for_them(tmp_path, excerpt):
    def written(tool, name="out"):
        write_tool_file([excerpt(TEXTS[0], margin=0.25)], tool, tmp_path / tool / name, PROJECT)
        return (
            (tmp_path / tool / name).read_text()
            if tool != "brat"
            else (tmp_path / tool / name / "0001.ann").read_text()
        )

    (prediction,) = json.loads(written("label-studio"))[0]["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("made", 0.25)
    assert [each["score"] for each in prediction["result"]] == [0.64, 0.8, 0.64]  # 0.8 for each word
    assert [each["score"] for each in json.loads(written("prodigy"))["spans"]] == [0.64, 0.8, 0.64]
    assert json.loads(written("prodigy"))["meta"] == {"source": "pile.txt", "start": 0, "score": 0.25}
    assert json.loads(written("doccano"))["score"] == 0.25
    assert [each["score"] for each in json.loads(written("jsonl"))["spans"]] == [0.64, 0.8, 0.64]
    assert "NER=B-PER|NERScore=0.8000" in written("conllu")
    assert written("brat").splitlines()[:2] == ["T1\tPER 0 8\tMira Osk", "#1\tAnnotatorNotes T1\tscore 0.6400"]
    assert "T3\tLOC 36 40;41 44\tNord See" in written("brat")  # a line each, as brat shows them


def test_tags_of_any_task_go_into_json_lines_and_come_back(tmp_path, excerpt):
    project = Project(("upos", "ner"), ("ner",), {"upos": (), "ner": ("PER",)}, "made")
    (sentence,) = excerpt("Mira Osk left.").sentences
    tags = ("PROPN", "VERB", "PUNCT")
    upos = Probabilities({tag: column for column, tag in enumerate(tags)}, np.zeros((4, 3), np.float32))
    tagged = sentence.with_predictions({"upos": ["PROPN", "PROPN", "VERB", "PUNCT"]}, {"upos": upos})
    write_tool_file([Excerpt((tagged,))], "jsonl", tmp_path / "out.jsonl", project)
    (read,) = read_sentences(tmp_path / "out.jsonl")
    assert read.tags == {"upos": ("PROPN", "PROPN", "VERB", "PUNCT"), "ner": ("B-PER", "I-PER", "O", "O")}


def test_nothing_is_overwritten_unless_told(tmp_path, excerpt):
    for tool in TOOLS_TO_WRITE:
        target = tmp_path / tool
        write_tool_file([excerpt(TEXTS[1])], tool, target, PROJECT)
        with pytest.raises(DataError, match="exists already"):
            check_target(tool, target, PROJECT, overwrite=False)
        check_target(tool, target, PROJECT, overwrite=True)
    (tmp_path / "label-studio").unlink()
    with pytest.raises(DataError, match=r"label-studio.interface.xml: exists already"):
        check_target("label-studio", tmp_path / "label-studio", PROJECT, overwrite=False)
    (tmp_path / "brat" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match=r"holds mine\.txt, which is not of tagger annotate"):
        check_target("brat", tmp_path / "brat", PROJECT, overwrite=True)
    with pytest.raises(ConfigError, match="has white space in it, which brat cannot hold"):
        check_target(
            "brat", tmp_path / "new", Project(("ner",), ("ner",), {"ner": ("WORK OF ART",)}, ""), overwrite=False
        )
    with pytest.raises(ConfigError, match=r"--to doccano holds the spans of one task, but --tasks is upos, ner: name"):
        check_target("doccano", tmp_path / "new", Project(("upos", "ner"), ("ner",), {}, ""), overwrite=False)


def test_the_labelling_interface_offers_the_labels():
    assert labelling_interface(["PER", 'A"B<']).splitlines()[1:5] == [
        '  <Labels name="label" toName="text">',
        '    <Label value="PER"/>',
        "    <Label value='A\"B&lt;'/>",
        "  </Labels>",
    ]
