"""Files of raw text, tagged by a model with a segmenter: chunks, processes, lines, rows and formats agree."""

import json

import pytest

from tagger.model.folder import open_model
from tagger.runtime.sentence_builder import LONGEST_TOKEN
from tagger.tagging.part_tagger import PartTagger
from tagger.tagging.parts import cut_into_parts
from tagger.tagging.tag_files import TagOptions

TEXT = "Ada likes Paris, too. The dog don't see\nNew York! She left a cat?\n\nAda don't like the old tree.\n\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Raw texts: one of several chunks, one without a blank line, one of a long token, and an empty one."""
    folder = tmp_path_factory.mktemp("raw")
    texts = {
        "long": TEXT * (60_000 // len(TEXT)),
        "endless": TEXT.replace("\n\n", " ") * (40_000 // len(TEXT)),
        "token": "Ada left " + "x" * LONGEST_TOKEN + " Paris.\n",
        "empty": "",
    }
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def sentences(tagger, *arguments):
    done = tagger("tag", *arguments, "--format", "jsonl")
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize("name", ["long", "endless", "token"])
def test_two_processes_give_what_one_gives(tagger, raw_model, files, small_chunks, name):
    path = files / f"{name}.txt"
    text = path.read_text(encoding="utf-8")

    one = sentences(tagger, path, "--model", raw_model)

    assert sentences(tagger, path, "--model", raw_model, "--jobs", 2) == one
    at = 0
    for sentence in one:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]
        assert not text[at : sentence["start"]].strip()
        for token in sentence["tokens"]:
            assert not text[at : token["start"]].strip()
            assert text[token["start"] : token["end"]] == token["text"]
            at = token["end"]
        assert at == sentence["end"]
    assert not text[at:].strip()


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_empty_file_has_no_sentences(tagger, raw_model, files, jobs):
    done = tagger("tag", files / "empty.txt", files / "token.txt", "--model", raw_model, "--jobs", jobs)

    assert "Paris/" in done.out
    assert "Traceback" not in done.err


def test_a_multiword_token_has_its_words(tagger, raw_model, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("The dog don't see Paris.", encoding="utf-8")

    (sentence,) = sentences(tagger, path, "--model", raw_model)

    token = sentence["tokens"][2]
    assert (token["text"], token["start"], token["end"]) == ("don't", 8, 13)
    assert [word["text"] for word in token["words"]] == ["do", "n't"]
    assert all("upos" in word for word in token["words"])
    done = tagger("tag", path, "--model", raw_model, "--format", "conllu")
    assert "\n3-4\tdon't\t" in done.out
    assert "\n3\tdo\t" in done.out
    assert "\n4\tn't\t" in done.out
    assert "# text = The dog don't see Paris." in done.out


@pytest.mark.parametrize("jobs", [1, 2])
def test_lines_are_texts_of_their_own(tagger, raw_model, tmp_path, jobs):
    path = tmp_path / "text.txt"
    path.write_text("Ada left Paris\nShe likes a\ncat\n" * 3, encoding="utf-8")

    found = sentences(tagger, path, "--model", raw_model, "--lines", "--jobs", jobs)

    assert not any("\n" in sentence["text"] for sentence in found)
    assert [word for sentence in found for word in sentence["text"].split()] == path.read_text("utf-8").split()


def test_the_command_gives_what_the_model_gives_in_python(tagger, raw_model, files):
    from tagger import load

    path = files / "endless.txt"
    with path.open(encoding="utf-8") as lines:
        streamed = [(each.start, each.text) for each in load(raw_model).stream(lines)]

    assert [(each["start"], each["text"]) for each in sentences(tagger, path, "--model", raw_model)] == streamed


def test_a_model_folder_knows_of_its_segmenter(raw_model, tiny_model):
    assert open_model(raw_model).has_segmenter
    assert not open_model(tiny_model).has_segmenter


@pytest.mark.parametrize("size", [50, 1000, 10**6])
def test_parts_of_a_text_give_the_sentences_of_the_whole(tagger, raw_model, tmp_path, size):
    path = tmp_path / "text.txt"
    path.write_text(TEXT * 20, encoding="utf-8")
    tag = PartTagger(TagOptions(raw_model, format="jsonl"), str(tmp_path))

    parts = cut_into_parts([str(path)], size)
    counts = [tag(part) for part in parts]

    lines = [line for part in parts for line in (tmp_path / f"part-{part.number:05d}.jsonl").open(encoding="utf-8")]
    assert [json.loads(line) for line in lines] == sentences(tagger, path, "--model", raw_model)
    assert sum(counts) == len(lines)


def test_rows_of_json_lines_are_texts_of_their_own(raw_model, tmp_path):
    rows = [
        {"id": 7, "text": TEXT},
        {"tokens": ["Ada", "don't", "see", "Paris"]},
        {"text": ""},
        {"text": "She left. "},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (part,) = cut_into_parts([str(path)], 10**6)

    assert PartTagger(TagOptions(raw_model), str(tmp_path))(part) == 6

    found = [json.loads(line) for line in (tmp_path / "part-00000.jsonl").open(encoding="utf-8")]
    assert [{key: row[key] for key in given} for row, given in zip(found, rows, strict=True)] == rows
    assert [[each["text"] for each in row["sentences"]] for row in found] == [
        [
            *(
                "Ada likes Paris, too.",
                "The dog don't see\nNew York!",
                "She left a cat?",
                "Ada don't like the old tree.",
            ),
        ],
        ["Ada don't see Paris"],
        [],
        ["She left."],
    ]
    first = found[0]["sentences"]
    assert [TEXT[each["start"] : each["end"]] for each in first] == [each["text"] for each in first]
    assert [word["text"] for word in first[1]["tokens"][2]["words"]] == ["do", "n't"]
    assert "words" not in found[1]["sentences"][0]["tokens"][1]  # what was given as one word stays one
