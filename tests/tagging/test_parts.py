"""Cutting inputs into parts, and tagging parts in one process.

test_ray_data.py tests Ray's workers.
"""

import gzip
import json
import socket
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tagger.errors import ConfigError, DataError
from tagger.runtime.tagger import load
from tagger.tagging.part_tagger import PartTagger, _sentence_type
from tagger.tagging.parts import cut_into_parts, finish_output, open_output
from tagger.tagging.ray_data import tag_with_ray
from tagger.tagging.tag_files import TagOptions
from tagger.text.file_patterns import input_files
from tagger.text.render import render

PARAGRAPHS = [
    "Ada sees Paris.\n\n",
    "Zoë left.\nThe dog likes\na cat.\n\n \n",
    "\u20acda \U0001f600 left.\r\n\r\n",
    "She left.",
]


def written(folder: Path, content: bytes, name: str = "a.txt") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("size", [1, 20, 1000])
def test_parts_of_a_text_give_the_sentences_of_the_whole(tiny_model, tmp_path: Path, size, mark):
    path = written(tmp_path, mark + "".join(PARAGRAPHS).encode())
    parts = cut_into_parts([path], size)
    assert parts[0].start == 0 and parts[-1].end == Path(path).stat().st_size
    assert all(one.end == other.start for one, other in pairwise(parts))
    assert len(parts) == {1: 4, 20: 2, 1000: 1}[size]
    tag = PartTagger(TagOptions(tiny_model, format="jsonl"), str(tmp_path))
    counts = [tag(part) for part in parts]
    lines = [line for part in parts for line in (tmp_path / f"part-{part.number:05d}.jsonl").open(encoding="utf-8")]
    model = load(tiny_model)
    expected = "".join(render(model("".join(PARAGRAPHS)), "jsonl", model.tasks, model.span_tasks))
    assert "".join(lines) == expected  # with equal offsets
    assert sum(counts) == len(lines)


def test_rows_of_json_lines_keep_their_keys_and_get_sentences(tiny_model, tmp_path: Path):
    rows = [
        {"id": 7, "text": "Ada left. She left."},
        {"tokens": ["Ada", "sees", "New", "York"], "x": None},
        {"text": ""},
    ]
    path = written(tmp_path, "".join(json.dumps(row) + "\n" for row in rows).encode(), "rows.jsonl")
    parts = cut_into_parts([path], 10)
    assert [(part.kind, part.before) for part in parts] == [("jsonl", 0), ("jsonl", 1), ("jsonl", 2)]
    tag = PartTagger(TagOptions(tiny_model), str(tmp_path))
    assert [tag(part) for part in parts] == [2, 1, 0]
    found = [json.loads((tmp_path / f"part-{part.number:05d}.jsonl").read_text(encoding="utf-8")) for part in parts]
    assert [{key: row[key] for key in given} for row, given in zip(found, rows, strict=True)] == rows
    assert [[sentence["text"] for sentence in row["sentences"]] for row in found] == [
        ["Ada left.", "She left."],
        ["Ada sees New York"],
        [],
    ]


def test_rows_of_parquet_keep_their_columns(tiny_model, tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    table = pyarrow.table({"id": [1, 2, 3], "text": ["Ada left.", "", "Ada sees New York."]})
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=2)
    parts = cut_into_parts([str(tmp_path / "in.parquet")])
    assert [(part.start, part.end, part.before) for part in parts] == [(0, 1, 0), (1, 2, 2)]
    tag = PartTagger(TagOptions(tiny_model, scores=True), str(tmp_path))
    assert [tag(part) for part in parts] == [1, 1]
    files = [tmp_path / "part-00000.parquet", tmp_path / "part-00001.parquet"]
    rows = pyarrow.concat_tables([parquet.read_table(file) for file in files]).to_pylist()  # one schema for both
    assert [row["id"] for row in rows] == [1, 2, 3]
    sentence = rows[2]["sentences"][0]
    model = load(tiny_model)
    (expected,) = model("Ada sees New York.")
    assert [token["upos"] for token in sentence["tokens"]] == [token["upos"] for token in expected]
    assert [(span["task"], span["label"], span["text"]) for span in sentence["spans"]] == [
        ("ner", span.label, span.text) for span in expected.spans("ner")
    ]
    assert sentence["tokens"][0]["score"]["upos"] == pytest.approx(expected[0].score("upos"), abs=1e-4)


def test_parquet_has_the_words_of_multiword_tokens():
    pyarrow = pytest.importorskip("pyarrow")

    words = [{"text": "zu", "start": 0, "end": 3, "upos": "ADP"}, {"text": "dem", "start": 0, "end": 3, "upos": "DET"}]
    tokens = [
        {"text": "Zum", "start": 0, "end": 3, "words": words},
        {"text": "Haus", "start": 4, "end": 8, "upos": "NOUN"},
    ]
    (found,) = pyarrow.array([{"tokens": tokens}], _sentence_type(["upos"], False)).to_pylist()
    assert "rule: string" in str(_sentence_type(["ner"], False, rules=True))
    assert found["tokens"] == [{"upos": None, **tokens[0]}, {"words": None, **tokens[1]}]


def test_compressed_files_are_one_part(tiny_model, tmp_path: Path):
    path = written(tmp_path, gzip.compress("".join(PARAGRAPHS).encode()), "a.txt.gz")
    (part,) = cut_into_parts([path], 1)
    assert PartTagger(TagOptions(tiny_model), str(tmp_path))(part) == len(load(tiny_model)("".join(PARAGRAPHS)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "Ada"}\n{"words": ["Ada"]}\n', "a.jsonl:2: has no 'text' (a string)"),
        ("a.jsonl", b'{"text": \n', "a.jsonl:1: is not JSON"),
        ("a.jsonl", b'{"text": "Ada", "tokens": [1]}\n', "a.jsonl:1: has no 'text' (a string)"),
        ("a.txt", b"Ada\n\xff\n", "a.txt:2:1: byte 0xff is not UTF-8"),
    ],
)
def test_unreadable_input_is_an_error_with_its_place_and_nothing_is_written(
    tiny_model, tmp_path: Path, name, content, message
):
    (part,) = cut_into_parts([written(tmp_path, content, name)])
    with pytest.raises(DataError) as error:
        PartTagger(TagOptions(tiny_model), str(tmp_path))(part)
    assert message in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_bytes_of_a_later_part_that_are_not_utf8_are_located_in_the_file(tiny_model, tmp_path: Path):
    path = written(tmp_path, b"Ada left.\n\nShe \xff left.\n")
    part = cut_into_parts([path], 5)[1]
    with pytest.raises(DataError, match=r"a.txt: byte 16 \(0xff\) is not UTF-8"):
        PartTagger(TagOptions(tiny_model), str(tmp_path))(part)


def test_folders_and_patterns_are_searched_and_hidden_files_left_out(tmp_path: Path):
    for name in ("b.txt", "a.txt", ".hidden", "_note"):
        written(tmp_path, b"Ada", name)
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep", b"Ada", "c.jsonl")
    names = [Path(path).name for path in input_files([str(tmp_path)])]
    assert names == ["a.txt", "b.txt", "c.jsonl"]
    assert [Path(path).name for path in input_files([str(tmp_path / "*.txt"), str(tmp_path / "a.txt")])] == names[:2]
    with pytest.raises(DataError, match="no file there"):
        input_files([str(tmp_path / "*.xml")])


def test_folders_of_another_run_or_with_other_files_are_not_written_to(tmp_path: Path):
    open_output(tmp_path / "out", "one plan")
    (tmp_path / "out" / "part-00000.txt").touch()
    open_output(tmp_path / "out", "one plan")
    assert (tmp_path / "out" / "part-00000.txt").exists()
    with pytest.raises(ConfigError, match="holds another run"):
        open_output(tmp_path / "out", "another plan")
    open_output(tmp_path / "out", "another plan", overwrite=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["plan.json"]
    written(tmp_path, b"mine", "mine.txt")
    with pytest.raises(ConfigError, match=r"holds other files and no plan.json"):
        open_output(tmp_path, "one plan", overwrite=True)


def test_temporary_files_of_killed_runs_are_removed(tmp_path: Path):
    output = tmp_path / "out"
    output.mkdir()
    with subprocess.Popen(["true"]) as killed:
        pass
    (output / f".plan.json.{socket.gethostname()}-{killed.pid}-0123abcd.unfinished").touch()
    open_output(output, "one plan")
    (output / ".part-00003.txt.another-machine-7.unfinished").touch()
    open_output(output, "one plan")
    assert [path.name for path in output.iterdir()] == ["plan.json"]
    (output / ".part-00003.txt.another-machine-7.unfinished").touch()
    finish_output(output)
    assert sorted(path.name for path in output.iterdir()) == ["_SUCCESS", "plan.json"]


def test_lone_surrogates_and_line_separators_are_escaped_in_json_lines(tiny_model, tmp_path: Path):
    given = '{"text": "Ada \\ud800 left.", "note": "a\\u2028b"}\n'
    (part,) = cut_into_parts([written(tmp_path, given.encode(), "rows.jsonl")])
    PartTagger(TagOptions(tiny_model), str(tmp_path))(part)
    line = (tmp_path / "part-00000.jsonl").read_text(encoding="utf-8")
    assert len(line.splitlines()) == 1
    row = json.loads(line)
    assert (row["text"], row["note"]) == ("Ada \ud800 left.", "a\u2028b")


def test_a_run_with_other_rules_is_another_run(tiny_model, tmp_path: Path, monkeypatch):
    def stopped(ray, parts, options, *rest):
        assert Path(options.rules).is_absolute()
        raise InterruptedError

    monkeypatch.setattr("tagger.tagging.ray_data._import_ray", lambda: None)
    monkeypatch.setattr("tagger.tagging.ray_data._tag_parts", stopped)
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, b"Ada left.\n")

    def begin(phrase: str) -> None:
        Path("rules.toml").write_text("[[rules]]\nlabel = 'X'\nfiles = ['x.txt']\n")
        Path("x.txt").write_text(f"{phrase}\n")
        options = TagOptions(tiny_model, format="jsonl", rules="rules.toml")
        tag_with_ray([path], options, tmp_path / "tagged", say=lambda line: None)

    for _ in range(2):
        with pytest.raises(InterruptedError):
            begin("Ada")
    with pytest.raises(ConfigError, match="holds another run, of other input, options or another model"):
        begin("left")
