import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import apply_override, check_config
from tagger.network.network import Network, VocabularySizes
from tagger.training.step import TrainingStep

SIZES = VocabularySizes(words=6, characters=5, tags={"upos": 4}, first_singleton=6)
WORDS = np.array([[2, 3, 4], [5, 2, 0]])
BATCH = {
    "words": tf.constant(WORDS, tf.int32),
    "distinct": tf.constant(WORDS, tf.int32),
    "characters": tf.constant([[0, 0], [0, 0], [2, 3], [3, 4], [4, 0], [2, 2]], tf.int32),
    "lengths": tf.constant([3, 2], tf.int32),
    "tags/upos": tf.constant([[1, 2, 3], [2, 1, 0]], tf.int32),
    "annotated/upos": tf.constant([True, True]),
}


def step_of(*overrides: str) -> TrainingStep:
    values = {
        "tasks": {"upos": {}},
        "words": {"dimension": 4},
        "characters": {"dimension": 3, "filters": 2},
        "encoder": {"units": 3},
        "training": {"learning_rate": 0.05, "decay": "none"},
    }
    for override in overrides:
        apply_override(values, override)
    config = check_config(values, "test")
    signature = {name: tf.TensorSpec([None] * len(tensor.shape), tensor.dtype) for name, tensor in BATCH.items()}
    return TrainingStep(Network(config, SIZES), config, 100, signature)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_every_variable_moves_in_one_step(optimizer):
    step = step_of(f"training.optimizer={optimizer}", "words.unknown_rate=0.5")
    variables = step.network.trainable_variables
    before = [variable.numpy() for variable in variables]
    step.run(BATCH)
    still = [each.name for each, was in zip(variables, before, strict=True) if (each.numpy() == was).all()]
    assert still == []
    assert not step.table.numpy()[0].any()  # padding stays the zero vector
    assert (int(step.step), int(step.real), int(step.padded)) == (1, 5, 6)


def test_a_batch_is_memorised_and_the_average_follows():
    step = step_of("encoder.dropout=0", "words.unknown_rate=0", "words.singleton_rate=0", "training.average=0.9")
    losses = []
    for _ in range(60):
        step.start_epoch()
        step.run(BATCH)
        losses.append(float(step.loss_sum))
    assert losses[-1] < 0.1 < losses[0]
    assert losses[0] == pytest.approx(np.log(3), abs=0.5)  # of three tags, before anything is learned
    own = step.network.words.table.numpy()
    with step.averaged():
        averaged = step.network.words.table.numpy()
        best = step.network.best_tags(BATCH)["upos"].numpy()
    assert best[0].tolist() == [1, 2, 3] and best[1, :2].tolist() == [2, 1]
    assert not (averaged == own).all()
    assert (step.network.words.table.numpy() == own).all()
