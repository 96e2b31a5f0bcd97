"""Soft targets: what other models hold likely of a sentence of train, kept in its record beside the gold tags.

Of each token a record has the likeliest classes with their probabilities. What a class is depends on the task's
decoder: a tag, or where tags depend on their neighbours the step from a tag to the next.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tagger.backend import tf

LIKELIEST = 8
"""Classes of a token that are kept. The rest of a trained model's probability is far below what it errs by."""
NUMBERS = 2 * LIKELIEST
"""Of a token, 32 bits each: first the classes, then their probabilities."""


class SoftTargets(NamedTuple):
    """Classes of each token of a batch, int32, and their probabilities, which add up to 1; both `[B, T, LIKELIEST]`.
    In padding, and in sentences that are not annotated for the task, all are 0, and masked in every loss."""

    classes: tf.Tensor
    probabilities: tf.Tensor
    weight: float
    """Their share of the loss, beside that of the gold tags."""


def feature_list(task: str) -> str:
    """What a record calls those of a task; no task can have such a name."""
    return f"{task}/soft"


def pack(probabilities: np.ndarray) -> list[bytes]:
    """The likeliest of N classes of each token, `[T, N]`, one value of the feature list each."""
    count = min(LIKELIEST, probabilities.shape[1])
    classes = np.argpartition(-probabilities, count - 1, axis=1)[:, :count]
    kept = np.take_along_axis(probabilities, classes, axis=1)
    kept = kept / kept.sum(axis=1, keepdims=True)
    numbers = np.zeros((len(probabilities), NUMBERS), "<i4")
    numbers[:, :count] = classes
    numbers[:, LIKELIEST : LIKELIEST + count] = kept.astype("<f4").view("<i4")
    return [row.tobytes() for row in numbers]


def unpack(values: tf.RaggedTensor, longest: tf.Tensor) -> tf.Tensor:
    """The numbers `[B, T, NUMBERS]`, int32, of ragged values `[B, (T)]`, padded to the longest sentence."""
    numbers = tf.io.decode_raw(values.flat_values, tf.int32, fixed_length=4 * NUMBERS)
    numbers = tf.ensure_shape(numbers, [None, NUMBERS])
    return values.with_flat_values(numbers).to_tensor(0, shape=tf.stack([-1, longest, NUMBERS]))


def soft_targets(batch: Mapping[str, tf.Tensor], task: str, weight: float) -> SoftTargets | None:
    """Those of a batch for a task, if it has any."""
    numbers = batch.get(f"soft/{task}")
    if numbers is None:
        return None
    classes, probabilities = tf.split(numbers, 2, axis=2)
    return SoftTargets(classes, tf.bitcast(probabilities, tf.float32), weight)


def soft_signature(tasks: Sequence[str]) -> dict[str, tf.TensorSpec]:
    """What a batch has of these tasks, by name."""
    return {f"soft/{task}": tf.TensorSpec([None, None, NUMBERS], tf.int32, f"soft/{task}") for task in tasks}
