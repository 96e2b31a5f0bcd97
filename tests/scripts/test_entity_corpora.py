"""Corpora written with names as Universal NER marks them: small made-up ones, and the real ones where they are."""

import json
from pathlib import Path

import pytest

from tagger.corpus.convert import convert, convert_recipe
from tagger.errors import DataError
from tagger.text.formats import read_sentences

TREEBANK = "1\tA\t_\tDET\tDT\t_\t2\tdet\t_\t_\n2\tcat\t_\tNOUN\tNN\t_\t0\troot\t_\tSpaceAfter=No\n\n"
GUM = (
    "# global.Entity = GRP-etype\n# sent_id = one\n# text = Ada's cat\n"
    "1-2\tAda's\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tAda\t_\tPROPN\tNNP\t_\t3\tnmod:poss\t_\tEntity=(2-animal(1-person\n"
    "2\t's\t_\tPART\tPOS\t_\t1\tcase\t_\tEntity=1)\n"
    "3\tcat\t_\tNOUN\tNN\t_\t0\troot\t_\tEntity=2)|SpaceAfter=No\n\n"
)
DOCUMENT = {
    "title": "Ada",
    "sents": [["The", "Canadian", "\xa0", "Ada", "saw", "the", "United", "States", "."], ["In", "1843", "."]],
    "vertexSet": [
        [{"name": "Canadian", "type": "LOC", "pos": [1, 2], "sent_id": 0}],
        [{"name": "Ada", "type": "PER", "pos": [3, 4], "sent_id": 0}],
        [{"name": "the United States", "type": "LOC", "pos": [5, 8], "sent_id": 0}],
        [{"name": "1843", "type": "TIME", "pos": [1, 2], "sent_id": 1}],
    ],
}
CROSSNER = {
    "politics": "Japan/B-country ,/O Japan/B-country and/O the/B-country US/I-country ;/O"
    " 1900/B-election Japan/I-election vote/I-election",
    "science": "Mars/B-astronomicalobject in/O Nature/B-academicjournal by/O Lord/B-scientist Kelvin/I-scientist",
    "ai": "the/O Association/B-conference for/I-conference Ants/I-conference ,/O ICANT/B-conference",
    "music": "Finnish/B-country band/O Ants/B-band",
    "literature": "Ada/B-writer",
}


@pytest.fixture
def shared(tmp_path):
    """A folder in the shape of the one with the real corpora."""
    folder = tmp_path / "corpora"
    files = {
        "ud/UD_English-EWT/en_ewt-ud-train.conllu": TREEBANK,
        "ner/GUM-free/train.conllu": GUM,
        "ner/Re-DocRED/dev.json": json.dumps([DOCUMENT]),
        "ner/Re-DocRED/test.json": json.dumps([]),
    }
    for domain, words in CROSSNER.items():
        for split in ("train", "dev", "test"):
            rows = [word.replace("/", "\t") for word in (words if split == "train" else "./O").split()]
            files[f"ner/CrossNER/{domain}/{split}.txt"] = "\n".join(rows) + "\n\n"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def names_of(sentence) -> list[str]:
    return [f"{span.label} {span.text}" for span in sentence.spans("ner")]


def test_gum_keeps_tags_and_white_space_beside_its_names(script, shared, tmp_path):
    counts = script("entity_corpora").write("gum", shared, tmp_path / "files")

    path = tmp_path / "files" / "train.conllu"
    (sentence,) = read_sentences(path, tasks={"upos": "UPOS", "xpos": "XPOS", "ner": "MISC:NER"})
    assert names_of(sentence) == ["PER Ada"]
    assert (sentence.text, sentence.tags["xpos"], sentence.multiword) == ("Ada's cat", ("NNP", "POS", "NN"), ((0, 1),))
    assert counts == {"sentences": 1, "tokens": 3, "PER": 1}


def test_re_docred_has_no_adjectives_articles_blanks_or_times(script, shared, tmp_path):
    script("entity_corpora").write("re-docred", shared, tmp_path / "files")

    path = tmp_path / "files" / "train.tsv"
    first, second = read_sentences(path, columns=["token", "ner"])
    assert first.words == ("The", "Canadian", "Ada", "saw", "the", "United", "States", ".")
    assert (first.id, names_of(first)) == ("dev-1-1", ["PER Ada", "LOC United States"])
    assert names_of(second) == []


def test_crossner_has_three_labels_and_the_places_in_names_of_elections(script, shared, tmp_path):
    script("entity_corpora").write("crossner", shared, tmp_path / "files")

    sentences = read_sentences(tmp_path / "files" / "train.tsv", columns=["token", "ner"])
    ai, literature, music, politics, science = (each for each in sentences if each.words != (".",))
    assert names_of(ai) == ["ORG Association for Ants"]
    assert names_of(literature) == ["PER Ada"]
    assert names_of(music) == ["ORG Ants"]
    assert names_of(politics) == ["LOC Japan", "LOC Japan", "LOC US", "LOC Japan"]
    assert names_of(science) == ["LOC Mars", "PER Kelvin"]


def test_sentences_of_test_sets_are_left_out_and_said(script, shared, tmp_path, capsys):
    words = ["the", "canadian", "ADA", "saw", "the", "united", "states"]
    rows = "".join(f"{word}\tO\n" for word in words)
    (tmp_path / "test.tsv").write_text(rows + "\n", encoding="utf-8")
    tests = convert({"test": tmp_path / "test.tsv"}, tmp_path / "held-out", columns=["token", "ner"]).directory

    counts = script("entity_corpora").write("re-docred", shared, tmp_path / "files", [tests])

    assert counts["sentences"] == 1
    assert "re-docred: 1 sentences stand in held-out test" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[{", r"dev\.json: not JSON"),
        ('{"sents": []}', r"dev\.json: a list of documents .* is due here"),
        (json.dumps([{**DOCUMENT, "sents": [["Ada"]]}]), r"document 1: the mention 'Canadian' is not in sentence 0"),
    ],
)
def test_documents_of_another_shape_are_errors(script, shared, tmp_path, content, message):
    (shared / "ner/Re-DocRED/dev.json").write_text(content, encoding="utf-8")

    with pytest.raises(DataError, match=message):
        script("entity_corpora").write("re-docred", shared, tmp_path / "files")

    assert not (tmp_path / "files" / "train.tsv").exists()


def test_a_missing_file_is_an_error_that_says_what_the_source_is(script, shared, tmp_path):
    (shared / "ner/Re-DocRED/dev.json").unlink()

    with pytest.raises(DataError, match=r"dev\.json: cannot be read: .*; SOURCE is the folder of real corpora"):
        script("entity_corpora").write("re-docred", shared, tmp_path / "files")


CORPORA = Path(__file__).resolve().parents[2] / "corpora"


@pytest.fixture(scope="module")
def english_tests(shared_corpora, tmp_path_factory):
    """The test sets of the English model, converted."""
    folder, sources = (
        tmp_path_factory.mktemp("tests"),
        {
            "uner-english-ewt": "UNER_English-EWT",
            "uner-english-pud": "UNER_English-PUD",
            "wikigold-test": "wikigold",
            "broad-twitter": "broad_twitter_corpus",
            "wnut17": "wnut17",
            "europarl": "europarl",
        },
    )
    return [
        convert_recipe(CORPORA / name, folder / name, shared_corpora / "ner" / source, warn=str).directory
        for name, source in sources.items()
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("corpus", "recipe", "counts", "left_out"),
    [
        (
            "gum",
            "gum-free",
            {"sentences": 5_005, "tokens": 94_591, "PER": 1_343, "LOC": 1_618, "ORG": 892},
            ["1 sentences share eight words in a row with europarl test", "1 sentences stand in uner-english-ewt dev"],
        ),
        (
            "re-docred",
            "re-docred",
            {"sentences": 8_076, "tokens": 200_599, "PER": 4_775, "LOC": 6_977, "ORG": 3_684},
            [],
        ),
        (
            "crossner",
            "crossner",
            {"sentences": 5_325, "tokens": 204_487, "PER": 6_686, "LOC": 5_419, "ORG": 6_489},
            ["2 sentences share eight words in a row with wikigold-test test"],
        ),
    ],
)
def test_the_real_corpora(script, shared_corpora, english_tests, tmp_path, capsys, corpus, recipe, counts, left_out):
    told = []

    found = script("entity_corpora").write(corpus, shared_corpora, tmp_path / "files", english_tests)

    assert found == counts
    assert [line.partition(": ")[2] for line in capsys.readouterr().err.splitlines()][1:] == left_out
    converted = convert_recipe(CORPORA / recipe, tmp_path / "corpus", tmp_path / "files", warn=told.append)
    assert [message for message in told if "empty nodes" not in message] == []
    assert converted.splits["train"].sentences == counts["sentences"]
