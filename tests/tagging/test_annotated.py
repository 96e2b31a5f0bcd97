"""`tagger tag --from`: annotated files keep their tokens and get tags."""

import json

import pytest

from tagger.errors import ConfigError, DataError
from tagger.model.shipped_models import model_names
from tagger.runtime.tagger import load
from tagger.tagging.annotated import AnnotatedFiles
from tagger.text.conllu import read_conllu
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence

CONLLU = """# sent_id = a-1
# text = Ada didn't sleep.
1\tAda\tAda\t_\tNNP\t_\t_\t_\t_\tNote=kept
2-3\tdidn't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdid\tdo\t_\tVBD\t_\t_\t_\t_\t_
3\tn't\tnot\t_\tRB\t_\t_\t_\t_\t_
4\tsleep\tsleep\t_\tVB\t_\t_\t_\t_\tSpaceAfter=No
5\t.\t.\t_\t.\t_\t_\t_\t_\t_

"""


def written(folder, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_conllu_keeps_its_lines_and_gets_the_models_tags(tagger, tiny_model, tmp_path):
    path = written(tmp_path, "a.conllu", CONLLU)
    done = tagger("tag", path, "--from", "conllu", "--model", tiny_model, "--format", "conllu")
    assert (done.code, done.err) == (0, "")
    words = ["Ada", "did", "n't", "sleep", "."]
    (expected,) = load(tiny_model).tag([words])
    lines, before = done.out.splitlines(), CONLLU.splitlines()
    assert lines[:2] == before[:2] and lines[3] == before[3] and "Note=kept" in lines[2]
    (found,) = read_conllu(written(tmp_path, "b.conllu", done.out), {"upos": "UPOS", "xpos": "XPOS", "ner": "MISC:NER"})
    assert (found.words, found.tags["xpos"]) == (tuple(words), ("NNP", "VBD", "RB", "VB", "."))
    assert {task: found.tags.get(task, ("O",) * 5) for task in ("upos", "ner")} == dict(expected.tags)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("PROPN Ada x\nVERB left y\n\nX She z\n", ["columns", "--columns", "upos,token,_"]),
        (
            "Ada,x,PROPN\nleft,y,VERB\n\nShe,z,X\n",
            ["columns", "--columns", "token,_,pos", "--separator", ",", "--given", "upos=pos"],
        ),
        ('{"tokens": ["Ada", "left"], "upos": ["PROPN", "VERB"]}\n{"tokens": ["She"], "upos": ["X"]}\n', ["jsonl"]),
        ('{"tokens": ["Ada", "left"], "p": ["PROPN", "VERB"]}\n{"tokens": ["She"]}\n', ["jsonl", "--given", "upos=p"]),
        (
            "1\tAda\t_\tPROPN" + "\t_" * 6 + "\n2\tleft\t_\tVERB" + "\t_" * 6 + "\n\n1\tShe" + "\t_" * 8 + "\n\n",
            ["conllu"],
        ),
        (
            "1\tAda\t_\t_\tPROPN" + "\t_" * 5 + "\n2\tleft\t_\t_\tVERB" + "\t_" * 5 + "\n\n1\tShe" + "\t_" * 8 + "\n\n",
            ["conllu", "--given", "upos=XPOS"],
        ),
    ],
    ids=["columns", "another column", "jsonl", "another key", "conllu", "another column of conllu"],
)
def test_a_model_that_reads_tags_finds_them_in_every_format(tagger, given_model, tmp_path, text, options):
    path = written(tmp_path, "file", text)
    done = tagger("tag", path, "--model", given_model, "--format", "jsonl", "--scores", "--from", *options)
    assert (done.code, done.err) == (0, "")
    tagged = [
        Sentence.from_words(["Ada", "left"], tags={"upos": ["PROPN", "VERB"]}),
        Sentence.from_words(["She"], tags={"upos": ["X"]}),
    ]
    for line, expected in zip(done.out.splitlines(), load(given_model).tag(tagged), strict=True):
        tokens = json.loads(line)["tokens"]
        assert [token["text"] for token in tokens] == list(expected.words)
        assert [token["score"]["ner"] for token in tokens] == pytest.approx(expected.scores("ner"), abs=1e-3)


@pytest.mark.parametrize("format", ["conllu", "text", "json"])
def test_several_processes_write_the_same_as_one(tagger, given_model, tmp_path, small_chunks, format):
    paths = [written(tmp_path, name, CONLLU.replace("a-1", name) * 600) for name in ("one.conllu", "two.conllu")]
    command = ["tag", *paths, "--from", "conllu", "--given", "upos=XPOS", "--model", given_model, "--format", format]
    alone, together = tagger(*command), tagger(*command, "--jobs", "2")
    assert alone.code == together.code == 0
    assert alone.out == together.out
    assert len(alone.out) > 20_000


@pytest.mark.skipif("english" not in model_names(), reason="no English model comes with this install")
@pytest.mark.parametrize("options", [[], ["--model", "english"]], ids=["no model named", "a shipped model's name"])
def test_several_processes_find_a_shipped_model(tagger, tmp_path, options):
    command = ["tag", written(tmp_path, "a.conllu", CONLLU), "--from", "conllu", *options]
    alone, together = tagger(*command), tagger(*command, "--jobs", "2")
    assert (together.code, together.err) == (0, "")
    assert together.out == alone.out != ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "nltk"], "--from nltk: there is no such format to read; there are conllu, columns, "),
        (["--from", "columns"], "--from columns: what do they hold?"),
        (["--from", "jsonl", "--columns", "token"], "--columns and --separator go with --from columns"),
        (["--columns", "token"], "--columns, --separator and --given go with --from"),
        (["--offsets", "utf-16"], "--labels and --offsets go with --from, such as --from jsonl"),
        (
            ["--from", "conllu", "--offsets", "utf-16"],
            "--offsets is for spans in JSON and brat's files, not for format",
        ),
        (["--from", "conllu", "--given", "pos"], "'pos': write it as LAYER=PLACE, such as pos=XPOS"),
        (["--from", "conllu", "--given", "pos=XPOS"], "--given pos=XPOS: the model reads no tags at all"),
        (["--from", "jsonl", "--pretokenized"], "leave one of them out"),
        (["--from", "jsonl", "--engine", "ray"], "--from goes without --engine ray"),
    ],
)
def test_options_that_do_not_go_together_are_an_error(tagger, tiny_model, tmp_path, options, message):
    done = tagger("tag", written(tmp_path, "a", CONLLU), "--model", tiny_model, *options)
    assert (done.code, done.out) == (1, "")
    assert message in done.err


def test_spans_of_annotation_tools_guide_the_tokens_and_are_never_an_obstacle(tmp_path):
    line = '{"text": "🎉 Ada-Bob left", "label": [[3, 6, "PER"], [3, 10, "PER"]]}\n{"text": " ", "label": []}\n'
    files = AnnotatedFiles("doccano", offsets="utf-16")
    (sentence,) = files.read(written(tmp_path, "a", line), [], remarks := Remarks())
    assert (sentence.words, sentence.tags) == (("🎉", "Ada-Bob", "left"), {})
    assert [str(remark) for remark in remarks] == [f"records without a word, skipped: 1, at {tmp_path}/a:2"]


def test_a_layer_must_be_in_the_file():
    with pytest.raises(ConfigError, match="the model reads 'pos': say where CoNLL-U has it, such as --given pos=XPOS"):
        AnnotatedFiles("conllu").read("a.conllu", ["pos"])
    with pytest.raises(ConfigError, match="task 'pos': there is no column 'pos' in token,_"):
        AnnotatedFiles("columns", ("token", "_")).read("a.tsv", ["pos"])


def test_a_file_without_any_tag_of_a_layer_is_an_error(tmp_path):
    sentences = AnnotatedFiles("conllu").read(written(tmp_path, "a.conllu", CONLLU), ["upos"])
    with pytest.raises(DataError, match=r"a\.conllu: no sentence has tags in 'UPOS' \(task 'upos'\)"):
        list(sentences)
