import gzip

import pytest

from tagger.errors import ConfigError, DataError
from tagger.text.formats import guess_format, read_sentences

CONLLU = "1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tNER=B-PER\n2\tslept\t_\tVERB\t_\t_\t_\t_\t_\t_\n\n"
ROWS = "Ada PROPN B-PER\nslept VERB O\n\n"
JSONL = '{"tokens": ["Ada", "slept"], "upos": ["PROPN", "VERB"], "ner": ["B-PER", "O"]}\n'
TAGS = {"upos": ("PROPN", "VERB"), "ner": ("B-PER", "O")}


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("a.conllu", CONLLU, {"tasks": {"upos": "UPOS", "ner": "MISC:NER"}}),
        ("a.conll", ROWS, {"columns": ["token", "upos", "ner"]}),
        ("a.train", ROWS, {"columns": ["token", "upos", "ner"], "separator": " "}),
        ("a.conll", ROWS, {"columns": ["token", "pos", "x"], "tasks": {"upos": "pos", "ner": "x"}}),
        ("a.jsonl", JSONL, {}),
        ("a.anything", JSONL, {"format": "jsonl"}),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_one_call_reads_every_format(tmp_path, name, text, options, compressed):
    file = tmp_path / (name + ".gz" if compressed else name)
    file.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    (sentence,) = read_sentences(file, **options)
    assert (sentence.words, sentence.tags) == (("Ada", "slept"), TAGS)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("en-ud-train.conllu", "conllu"),
        ("EN.CONLLU.XZ", "conllu"),
        ("emerging.dev.conll", "columns"),
        ("train.txt.gz", "columns"),
        ("x.ndjson", "jsonl"),
        ("nltk:treebank[:80%]", "nltk"),
    ],
)
def test_the_name_implies_the_format(name, format):
    assert guess_format(name) == format


def test_options_of_another_format_are_errors(tmp_path):
    for options, message in (
        ({"columns": ["token"]}, "--columns and --separator are for column files, not for format jsonl"),
        ({"separator": ","}, "--columns and --separator are for column files"),
        ({"offsets": "utf16"}, "there are no offsets 'utf16'; there are characters, utf-16, bytes, crlf, inclusive"),
    ):
        with pytest.raises(ConfigError, match=message):
            read_sentences(tmp_path / "x", "jsonl", **options)
    for options, message in (
        ({"offsets": "bytes"}, "--offsets is for spans"),
        ({"labels": "x"}, "--labels is for ids"),
    ):
        with pytest.raises(ConfigError, match=f"{message}.*not for format conllu"):
            read_sentences(tmp_path / "x", "conllu", **options)


def test_columns_may_be_written_as_on_the_command_line(tmp_path):
    file = tmp_path / "a.conll"
    file.write_text("Ada NNP B-PER\n", encoding="utf-8")
    for format in (None, "columns"):
        (found,) = read_sentences(file, format, columns="token, _, ner", tasks={"names": "ner"})
        assert found.tags == {"names": ("B-PER",)}


def test_a_path_of_nothing_is_said_to_be_so(tmp_path):
    for name in ("none", "none/", "none.doc", "none.conll"):
        with pytest.raises(DataError, match=f"{name}: there is no such file or folder"):
            read_sentences(f"{tmp_path}/{name}")


def test_a_name_that_implies_no_format_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("train", "-", "x.doc"):
        (tmp_path / name).touch()
        with pytest.raises(ConfigError, match="does not tell its format"):
            read_sentences(name)
    with pytest.raises(ConfigError, match="no format 'conll'"):
        read_sentences("x", "conll")


def test_columns_must_be_named(tmp_path):
    (tmp_path / "x.conll").touch()
    with pytest.raises(ConfigError, match="what do its columns hold"):
        read_sentences(tmp_path / "x.conll")
    with pytest.raises(ConfigError, match="no column 'pos'"):
        read_sentences(tmp_path / "x.conll", columns=["token", "ner"], tasks={"upos": "pos"})


def test_a_task_that_no_sentence_has_is_an_error(tmp_path):
    file = tmp_path / "a.conllu"
    file.write_text(CONLLU)
    with pytest.raises(DataError, match=r"a.conllu: no sentence has tags in 'XPOS' \(task 'xpos'\)"):
        list(read_sentences(file, tasks={"upos": "UPOS", "xpos": "XPOS"}))
    assert list(next(read_sentences(file)).tags) == ["upos"]


@pytest.mark.parametrize("name", ["a.conllu", "a.conll", "a.jsonl"])
def test_a_file_without_a_sentence_is_an_error(tmp_path, name):
    file = tmp_path / name
    options = {"columns": ["token", "ner"]} if name == "a.conll" else {}
    file.touch()
    with pytest.raises(DataError, match="is empty"):
        list(read_sentences(file, **options))
    file.write_text("\n \n\n")
    with pytest.raises(DataError, match="no sentence in it"):
        list(read_sentences(file, **options))
