"""Networks with random weights, run by TensorFlow and by ONNX Runtime."""

import numpy as np
import onnxruntime
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.export.sentence_graph import sentence_graph
from tagger.export.spelling_graph import spelling_graph
from tagger.model.word_features import AFFIXES, SHAPES
from tagger.network.network import Network, VocabularySizes

SIZES = VocabularySizes(words=12, characters=9, tags={"upos": 6, "ner": 4}, first_singleton=12)
LENGTHS = np.array([1, 7, 3, 7, 2], np.int32)


def network_of(encoder: dict, characters: str = "none", **sections: dict) -> Network:
    """A small network with random values in every variable, biases and peepholes included."""
    config = check_config(
        {
            "tasks": {task: {} for task in SIZES.tags},
            "words": {"dimension": 6},
            "characters": {"encoder": characters, "dimension": 4, "filters": 3, "units": 3, "widths": [1, 2, 3, 4]},
            "encoder": {"units": 6, **encoder},
            **sections,
        },
        "test",
    )
    network = Network(config, SIZES)
    generator = np.random.default_rng(3)
    for variable in network.trainable_variables:
        variable.assign(generator.normal(scale=0.4, size=variable.shape).astype(np.float32))
    return network


def batch_of(lengths: np.ndarray) -> dict[str, np.ndarray]:
    """Random ids. Words have no characters, one character, or more than any filter is wide."""
    generator = np.random.default_rng(4)
    real = np.arange(lengths.max()) < lengths[:, None]
    spelled = np.array([0, 0, 1, 2, 5, 8])  # characters of each word, after the row of padding
    characters = generator.integers(1, SIZES.characters, [6, 8]) * (np.arange(8) < spelled[:, None])
    forms = {
        SHAPES: generator.integers(0, 5, [6, 1]),  # within the smallest tables of the tests
        AFFIXES: generator.integers(0, 13, [6, 4]),
    }
    return {
        **{name: ids.astype(np.int32) for name, ids in forms.items()},
        "words": (generator.integers(1, SIZES.words, real.shape) * real).astype(np.int32),
        "distinct": (generator.integers(1, 6, real.shape) * real).astype(np.int32),
        "characters": characters.astype(np.int32),
        "lengths": lengths,
    }


def run(model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def check(network: Network, lengths: np.ndarray = LENGTHS) -> None:
    """Assert that ONNX Runtime gives real tokens the scores and tags of TensorFlow."""
    batch = batch_of(lengths)
    inputs = {name: batch[name] for name in ("words", "lengths")}
    if network.spelling:
        model = spelling_graph(network).model({}, "0")
        spelled = run(model, {name: batch[name][1:] for name in network.spelling})["spellings"]
        inputs |= {"distinct": batch["distinct"], "spellings": np.pad(spelled, [[1, 0], [0, 0]])}
    scores = run(sentence_graph(network).model({}, "0"), inputs)
    expected = network.scores({key: tf.constant(value) for key, value in batch.items()}, False, tf.zeros([2], tf.int32))
    real = np.arange(lengths.max()) < lengths[:, None]
    assert set(scores) == {f"scores/{task}" for task in expected}
    for task, values in expected.items():
        ours, theirs = scores[f"scores/{task}"][real], values.numpy()[real]
        assert np.ptp(theirs) > 0.1
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        np.testing.assert_array_equal(ours.argmax(-1), theirs.argmax(-1))


@pytest.fixture
def onnx_tools():
    """The functions of this module, as attributes."""

    class Tools:
        network = staticmethod(network_of)
        run = staticmethod(run)
        check = staticmethod(check)

    return Tools
