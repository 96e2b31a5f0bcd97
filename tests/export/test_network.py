"""ONNX Runtime and TensorFlow: the same scores from the same weights, for every cell, option and shape of network."""

import numpy as np
import onnxruntime
import pytest

from tagger.backend import tf
from tagger.config import check_config
from tagger.export.network import character_graph, sentence_graph
from tagger.network.network import Network, Sizes

SIZES = Sizes(words=12, characters=9, tags={"upos": 6, "ner": 4}, first_singleton=12)
LENGTHS = np.array([1, 7, 3, 7, 2], np.int32)
OPERATORS = {
    "rnn": ("basic_rnn", {}),
    "rnn, relu": ("basic_rnn", {"activation": "relu"}),
    "gru": ("gru", {}),
    "gru, reset after": ("gru", {"reset_after": True}),
    "gru, reset after, relu": ("gru", {"reset_after": True, "activation": "relu"}),
    "lstm": ("lstm", {}),
    "lstm, peepholes": ("lstm", {"use_peepholes": True}),
    "lstm, forget bias, sigmoid": ("lstm", {"forget_bias": 2.5, "activation": "sigmoid"}),
    "basic lstm, relu": ("basic_lstm", {"activation": "relu"}),
    "coupled lstm": ("coupled_lstm", {}),
    "coupled lstm, peepholes": ("coupled_lstm", {"use_peepholes": True, "forget_bias": 0.5}),
    "lstm block": ("lstm_block", {}),
    "lstm block, peepholes": ("lstm_block", {"use_peephole": True}),
}


def network_of(encoder: dict, characters: str = "none") -> Network:
    """A small network with random values in every variable, biases and peepholes among them."""
    config = check_config(
        {
            "tasks": {task: {} for task in SIZES.tags},
            "words": {"dimension": 6},
            "characters": {"encoder": characters, "dimension": 4, "filters": 3, "units": 3, "widths": [1, 2, 3, 4]},
            "encoder": {"units": 6, **encoder},
        },
        "test",
    )
    network = Network(config, SIZES)
    generator = np.random.default_rng(3)
    for variable in network.trainable_variables:
        variable.assign(generator.normal(scale=0.4, size=variable.shape).astype(np.float32))
    return network


def batch_of(lengths: np.ndarray) -> dict[str, np.ndarray]:
    """Random ids; the words of the characters are empty, of one character, and longer than any filter."""
    generator = np.random.default_rng(4)
    real = np.arange(lengths.max()) < lengths[:, None]
    spelled = np.array([0, 0, 1, 2, 5, 8])  # the row of padding, then words of so many characters
    characters = generator.integers(1, SIZES.characters, [6, 8]) * (np.arange(8) < spelled[:, None])
    return {
        "words": (generator.integers(1, SIZES.words, real.shape) * real).astype(np.int32),
        "distinct": (generator.integers(1, 6, real.shape) * real).astype(np.int32),
        "characters": characters.astype(np.int32),
        "lengths": lengths,
    }


def run(model, outputs: list[str] | None, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def check(network: Network, lengths: np.ndarray = LENGTHS) -> None:
    """Hold the scores of real tokens, and their best tags, to those of TensorFlow."""
    batch = batch_of(lengths)
    inputs = {name: batch[name] for name in ("words", "lengths")}
    if network.characters:
        model = character_graph(network.characters).model({}, "0")
        spelled = run(model, None, {"characters": batch["characters"][1:]})["spellings"]
        inputs |= {"distinct": batch["distinct"], "spellings": np.pad(spelled, [[1, 0], [0, 0]])}
    scores = run(sentence_graph(network).model({}, "0"), None, inputs)
    expected = network.scores({key: tf.constant(value) for key, value in batch.items()}, False, tf.zeros([2], tf.int32))
    real = np.arange(lengths.max()) < lengths[:, None]
    assert set(scores) == {f"scores/{task}" for task in expected}
    for task, of in expected.items():
        ours, theirs = scores[f"scores/{task}"][real], of.numpy()[real]
        assert np.ptp(theirs) > 0.1
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        np.testing.assert_array_equal(ours.argmax(-1), theirs.argmax(-1))


@pytest.mark.parametrize("bidirectional", [True, False], ids=["both directions", "one direction"])
@pytest.mark.parametrize(("layers", "residual"), [(1, False), (2, False), (3, True)], ids=["1", "2", "3 residual"])
@pytest.mark.parametrize(("cell", "options"), OPERATORS.values(), ids=OPERATORS)
def test_a_cell_that_has_an_operator_scores_as_in_tensorflow(cell, options, layers, residual, bidirectional):
    encoder = {"cell": cell, "options": options, "layers": layers, "residual": residual, "bidirectional": bidirectional}
    network = network_of(encoder)
    check(network)
    kinds = {node.op_type for node in sentence_graph(network).proto().node}
    assert kinds & {"LSTM", "GRU", "RNN"} and "Scan" not in kinds


@pytest.mark.parametrize("encoder", ["convolution", "bidirectional", "none"])
def test_words_are_spelled_as_in_tensorflow(encoder):
    check(network_of({}, encoder))


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [9], [4, 4]])
def test_sentences_of_one_word_and_of_one_length_score_as_in_tensorflow(lengths):
    check(network_of({}, "convolution"), np.array(lengths, np.int32))
