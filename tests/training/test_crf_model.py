"""A model with a CRF for entities, from training to tagging."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.read import open_corpus, read_split
from tagger.export.saved_model import export_saved_model
from tagger.model.folder import open_model
from tagger.runtime.tagger import load
from tagger.text.scheme import invalid_positions
from tagger.training.train import train


@pytest.fixture(scope="module")
def crf_model(tiny_corpus, tiny_config, tmp_path_factory):
    """Return the folder of a trained model, and its metrics."""
    folder = tmp_path_factory.mktemp("crf") / "model"
    config = load_config(tiny_config, ["tasks.ner.decoder=crf"])
    return folder, train(config, [open_corpus(tiny_corpus)], folder)


@pytest.fixture(scope="module")
def words(tiny_corpus) -> list[tuple[str, ...]]:
    sentences = [sentence.words for split in ("train", "test") for sentence in read_split(tiny_corpus, split)]
    return [*sentences, ("York", "York", "Lovelace", "Ada", "?"), ("Lovelace",)]


def test_it_learns_and_its_transitions_have_scores(crf_model):
    folder, metrics = crf_model
    assert metrics["history"][-1]["loss"] < metrics["history"][0]["loss"] / 2
    assert metrics["test"]["tasks"]["ner"]["f1"] > 0.5
    assert metrics["test"]["tasks"]["ner"]["invalid_sequences"] == 0
    reader = tf.train.load_checkpoint(str(folder / "checkpoint" / "weights"))
    transitions = next(name for name in reader.get_variable_to_shape_map() if "between" in name)
    assert np.abs(reader.get_tensor(transitions)).max() > 0.05


def test_onnx_runtime_and_tensorflow_give_the_same_tags_and_scores(crf_model, words):
    folder, _ = crf_model
    one, other = (list(load(folder, runtime=runtime).tag(words)) for runtime in ("onnx", "tensorflow"))
    assert one == other
    for mine, theirs in zip(one, other, strict=True):
        assert not invalid_positions(mine.tags["ner"], "IOB2")
        for task in ("upos", "ner"):
            assert mine.scores(task) == pytest.approx(theirs.scores(task), abs=1e-4)


def test_the_saved_model_gives_the_same_tags(crf_model, words, tmp_path):
    folder, _ = crf_model
    export_saved_model(open_model(folder), tmp_path / "saved")
    longest = max(map(len, words))
    tokens = tf.constant([[*each, *[""] * (longest - len(each))] for each in words])
    tag = tf.saved_model.load(str(tmp_path / "saved")).signatures["tag"]
    outputs = tag(tokens=tokens, lengths=tf.constant(list(map(len, words)), tf.int32))
    for row, sentence in zip(outputs["tags/ner"].numpy(), load(folder).tag(words), strict=True):
        assert tuple(tag.decode() for tag in row[: len(sentence)]) == sentence.tags["ner"]


@pytest.mark.slow
@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_a_cost_for_missed_spans_finds_more_of_them(decoder, tiny_corpus, tiny_config, tmp_path):
    found = []
    for cost in (0, 8):
        settings = [f"tasks.ner.decoder={decoder}", f"tasks.ner.miss_cost={cost}", "training.epochs=3"]
        config = load_config(tiny_config, settings)
        train(config, [open_corpus(tiny_corpus)], tmp_path / str(cost))
        texts = [sentence.words for sentence in read_split(tiny_corpus, "test")]
        tagged = list(load(tmp_path / str(cost)).tag(texts))
        assert not any(invalid_positions(sentence.tags["ner"], "IOB2") for sentence in tagged)
        found.append(sum(tag != "O" for sentence in tagged for tag in sentence.tags["ner"]))
    assert found[1] > found[0] + 2
