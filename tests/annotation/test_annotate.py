"""`tagger annotate` from the command line, with the English model."""

import json

import pytest

TEXT = "Ada Lovelace left London.\r\n\r\nShe likes trees.\nIn Paris she met Mr. Smith.\n"


@pytest.fixture
def texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT.encode())
    (folder / "empty.txt").write_text("\n")
    return folder


def read(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_folder_of_texts_becomes_a_file_of_sentences_or_of_passages(tagger, texts, tmp_path):
    done = tagger("annotate", "texts", "--to", "jsonl", "--tasks", "ner", "--output", "out/all.jsonl")
    assert done.code == 0
    lines = read(tmp_path / "out" / "all.jsonl")
    assert [each["text"] for each in lines] == [
        "Ada Lovelace left London.",
        "She likes trees.",
        "In Paris she met Mr. Smith.",
    ]
    assert [(each["meta"]["source"], each["meta"]["start"]) for each in lines] == [
        ("texts/a.txt", start) for start in (0, 27, 44)
    ]
    assert [(span["label"], span["text"]) for span in lines[0]["spans"]] == [("PER", "Ada Lovelace"), ("LOC", "London")]
    assert "texts/empty.txt: skipped, because nothing is in it" in done.err
    assert done.err.endswith("wrote out/all.jsonl: 3 sentences\n")
    done = tagger("annotate", "texts/a.txt", "--to", "prodigy", "--unit", "passage", "--output", "passages.jsonl")
    assert [each["text"] for each in read(tmp_path / "passages.jsonl")] == [
        "Ada Lovelace left London.",
        "She likes trees.\nIn Paris she met Mr. Smith.",
    ]


def test_spans_are_where_the_text_has_them(tagger, texts, tmp_path):
    """Also where sentences follow each other without a space, and names stand in tokens of several words."""
    (texts / "a.txt").write_text("Ada Lovelace left London.[1]Then Ada's son met Mary's.\n")
    for tool in ("jsonl", "prodigy"):
        options = ["--unit", "passage", "--tasks", "ner", "--output", f"{tool}.jsonl"]
        assert tagger("annotate", "texts/a.txt", "--to", tool, *options).code == 0
        (line,) = read(tmp_path / f"{tool}.jsonl")
        assert line["text"] == "Ada Lovelace left London.[1]Then Ada's son met Mary's."
        found = [line["text"][span["start"] : span["end"]] for span in line["spans"]]
        assert found == ["Ada Lovelace", "London", "Ada", "Mary"]


def test_what_is_there_stays_where_nothing_can_be_read_and_where_it_is_what_is_read(tagger, texts, tmp_path):
    (texts / "b.txt").write_bytes(b"\xff\xfe\xff\n")
    (tmp_path / "kept.json").write_text("before")
    done = tagger("annotate", "texts/b.txt", "--to", "label-studio", "--output", "kept.json", "--overwrite")
    assert done.code == 1 and "UTF-8" in done.err
    assert (tmp_path / "kept.json").read_text() == "before"
    done = tagger("annotate", "texts/a.txt", "--to", "jsonl", "--output", "texts/a.txt", "--overwrite")
    assert done.code == 1 and (texts / "a.txt").read_bytes() == TEXT.encode()


def test_a_queue_is_written_with_the_first_to_annotate_at_its_front(tagger, texts, tmp_path):
    (texts / "b.txt").write_text("It rained. Washington spoke. Then it rained again.\n" * 20)
    done = tagger("annotate", "texts", "--queue", 2, "--to", "label-studio", "--output", "tasks.json", "--labels", "X")
    assert "wrote tasks.json: 2 sentences, the first of them the most useful to annotate" in done.err
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert tasks[0]["data"]["text"] == "Washington spoke."  # a person, a place or a government
    assert "tasks.interface.xml" in done.err
    assert '<Label value="X"/>' in (tmp_path / "tasks.interface.xml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "word", "--output", "o"], "there is no such tool; there are label-studio, doccano"),
        (["--to", "jsonl"], "say --to TOOL and --output FILE"),
        (["--to", "jsonl", "--output", "o", "--tasks", "pos"], "the model has no such task; it has upos, xpos, ner"),
        (["--to", "brat", "--output", "o", "--tasks", "upos"], "holds the spans of one task, but --tasks is upos"),
        (
            ["--to", "jsonl", "--output", "o", "--queue", "2", "--seek", "CAR"],
            "--seek CAR: the model has no such label",
        ),
        (["--to", "jsonl", "--output", "o", "--seek", "ORG"], "--seek goes with --queue"),
        (["--to", "jsonl", "--output", "o", "--unit", "page"], "there are sentence, passage"),
        (["--to", "jsonl", "--output", "texts"], "texts: is a folder; name a file"),
        (["--to", "conllu", "--output", "o", "--labels", "X"], "--labels goes with label-studio, brat and serve"),
        (["--annotator", "ada"], "--annotator goes with serve and collect"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(tagger, texts, tmp_path, arguments, message):
    done = tagger("annotate", "texts/a.txt", *arguments)
    assert done.code == 1
    assert message in done.err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve"], "say --output FOLDER, where the project and its answers are kept"),
        (["serve", "--output", "o"], "o: there is no project yet: name the files to annotate"),
        (["serve", "--output", "texts"], "texts: no project there"),
        (["serve", "texts", "--output", "o", "--to", "brat"], "--to and --overwrite do not go with serve"),
        (["serve", "nowhere", "--output", "o"], "nowhere: no file there"),
        (["collect", "texts"], "say which project, and --output FILE"),
        (["collect", "texts", "--output", "o"], "texts: no project there"),
        (["collect", "texts", "--output", "o", "--to", "brat"], "the answers are written as jsonl or conllu"),
    ],
)
def test_wrong_use_of_the_page_is_said(tagger, texts, tmp_path, arguments, message):
    done = tagger("annotate", *arguments)
    assert done.code == 1
    assert message in done.err
    assert not (tmp_path / "o").exists()
