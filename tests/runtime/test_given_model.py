"""A model that reads given tags: its folder, runtimes, scoring, tagging and export."""

import json

import numpy as np
import onnx
import pytest

from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus, read_split
from tagger.errors import DataError, ModelError
from tagger.evaluation.split import score_split
from tagger.model.batching import PIECE_TOKENS
from tagger.model.folder import open_model
from tagger.network.saved_weights import load_predictor
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.tagger import load
from tagger.tagging.part_tagger import PartTagger
from tagger.tagging.parts import cut_into_parts
from tagger.tagging.tag_files import TagOptions
from tagger.text.sentence import Sentence

pytestmark = pytest.mark.slow

TAGS = ["DET", "NOUN", "PROPN", "VERB", "X", "", "\ud800", "?"]


@pytest.fixture(scope="module")
def folder(given_model):
    return open_model(given_model)


@pytest.fixture(scope="module")
def tensorflow(folder):
    return load_predictor(folder)


def sentences() -> list[Sentence]:
    """Sentences of many lengths, a third without the layer, some with unknown tags."""
    generator = np.random.default_rng(2)
    made = []
    for number, length in enumerate([5, 1, 0, 40, 2, PIECE_TOKENS + 30, 7, 3] * 3):
        words = generator.choice(["Ada", "Lovelace", "The", "dog", "left", "York", "."], length).tolist()
        tags = {"upos": generator.choice(TAGS, length).tolist()}
        made.append(Sentence.from_words(words, tags=tags if number % 3 else {}))
    return made


def test_the_model_folder_has_the_layer_and_its_tags(folder, given_model):
    assert folder.given["upos"].entries == ("ADJ", "DET", "NOUN", "PRON", "PROPN", "PUNCT", "VERB")
    assert load(given_model).given == ("upos",)
    assert "which reads the `upos` of each token" in (given_model / "README.md").read_text(encoding="utf-8")


def test_onnx_and_tensorflow_give_the_same_tags_and_scores(folder, tensorflow):
    predictor = OnnxPredictor(folder)
    assert predictor.predict(sentences()) == tensorflow.predict(sentences())
    for ours, theirs in zip(predictor.scores(sentences()), tensorflow.scores(sentences()), strict=True):
        np.testing.assert_allclose(ours["ner"], theirs["ner"], atol=1e-4)


@pytest.mark.parametrize("runtime", ["onnx", "tensorflow"])
def test_given_tags_change_the_scores_and_an_unknown_tag_counts_as_missing(given_model, runtime):
    words = ["Ada", "left", "York", "."]
    tagged = [Sentence.from_words(words, tags={"upos": tags}) for tags in (["NOUN"] * 4, ["PROPN"] * 4, ["X"] * 4)]
    noun, name, unknown, bare = load(given_model, runtime).tag([*tagged, words])
    assert np.abs(np.subtract(noun.scores("ner"), name.scores("ner"))).max() > 1e-3
    assert unknown.scores("ner") == pytest.approx(bare.scores("ner"), abs=1e-6)
    assert noun.tags["upos"] == ("NOUN",) * 4


def test_scoring_reads_the_tags_of_the_corpus_and_fails_without_them(
    tagger, given_model, tiny_corpus, tiny_files, tmp_path
):
    done = tagger("eval", given_model, tiny_corpus, "--json")
    assert json.loads(done.out)["tasks"]["ner"]["f1"] == 1.0
    without = convert(tiny_files, tmp_path / "corpus", columns=["token", "_", "ner"])
    with pytest.raises(DataError, match="the model reads 'upos', which split 'test' does not have"):
        score_split(load(given_model), without, "test")
    config = given_model / "config.toml"
    done = tagger("train", config, "--corpus", without.directory, "--output", tmp_path / "model")
    assert done.code == 1 and r"[given.upos]: no 'upos' there, only ner" in done.err


@pytest.mark.parametrize("options", [[], ["--pretokenized"], ["--jobs", "2"]])
def test_plain_text_is_refused_on_the_command_line(tagger, given_model, tmp_path, options):
    (tmp_path / "text.txt").write_text("Ada left .", encoding="utf-8")
    done = tagger("tag", tmp_path / "text.txt", "--model", given_model, *options)
    assert (done.code, done.out) == (1, "")
    assert "this model reads 'upos' of each token, which a plain text does not have" in done.err
    assert "--from" in done.err


def test_plain_text_is_refused_in_python(given_model):
    model = load(given_model)
    for tag in (model, lambda text: next(model.stream([text]))):
        with pytest.raises(DataError, match="give it annotated sentences, in Python as Sentences"):
            tag("Ada left.")


def test_rows_of_json_lines_must_have_the_given_tags(given_model, tmp_path):
    row = {"tokens": ["Ada", "left"], "upos": ["PROPN", "VERB"]}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    tag = PartTagger(TagOptions(given_model), str(tmp_path))
    assert tag(cut_into_parts([str(path)])[0]) == 1
    (expected,) = load(given_model).tag([Sentence.from_words(row["tokens"], tags={"upos": row["upos"]})])
    found = json.loads((tmp_path / "part-00000.jsonl").read_text(encoding="utf-8"))["sentences"][0]["tokens"]
    assert [token["ner"] for token in found] == list(expected.tags["ner"])
    for wrong in ({"tokens": ["Ada"]}, {"tokens": ["Ada"], "upos": ["X", "X"]}, {"text": "Ada"}, {"tokens": [1]}):
        path.write_text(json.dumps(wrong) + "\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"rows.jsonl:1: .*the model reads .*'upos'"):
            tag(cut_into_parts([str(path)])[0])


def test_an_onnx_file_that_does_not_fit_the_given_tags_is_refused(folder, given_model, tmp_path):
    from shutil import copytree

    copy = copytree(given_model, tmp_path / "model")
    (copy / "vocabulary" / "given.upos.txt").write_text("NOUN\nVERB\n", encoding="utf-8")
    (copy / "manifest.json").unlink()  # which would say first that the file has changed
    with pytest.raises(ModelError, match="of other vocabularies than the folder has"):
        OnnxPredictor(open_model(copy))


def test_an_8_bit_model_reads_given_tags(tagger, given_model, tiny_corpus, tmp_path):
    command = [
        "export",
        given_model,
        "--int8",
        "--corpus",
        tiny_corpus,
        "--max-loss",
        100,
        "--output",
        tmp_path / "small",
    ]
    assert tagger(*command).code == 0
    about = {each.key: each.value for each in onnx.load(tmp_path / "small" / "model.onnx").metadata_props}
    assert (about["precision"], about["given/upos"]) == ("int8", "9")
    with open_corpus(tiny_corpus) as corpus:
        gold = list(read_split(corpus, "test"))
    assert [each.tags["ner"] for each in load(tmp_path / "small").tag(gold)] == [each.tags["ner"] for each in gold]
