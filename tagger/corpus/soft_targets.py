"""Soft targets: averaged probabilities of teacher models, stored in each record.

Soft targets stand beside the gold tags. A record holds the most probable classes of each token. What a class is depends
on the task's decoder: a tag, or with a CRF the transition from one tag to the next.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tagger.backend import tf

CLASSES_KEPT = 8
"""Classes stored for each token.
The probability of all other classes together is far below a trained model's error."""
NUMBERS = 2 * CLASSES_KEPT
"""32-bit numbers stored for each token: first the classes, then their probabilities."""


class SoftTargets(NamedTuple):
    """The most probable classes of each token, and their probabilities.

    Classes are int32, probabilities float32 with a sum of 1; both are `[B, T, CLASSES_KEPT]`. Both are 0 in padding,
    in sentences that are not annotated for the task, which every loss masks, and in those that no teacher has tagged,
    whose loss is that of their gold tags alone.
    """

    classes: tf.Tensor
    probabilities: tf.Tensor
    weight: float
    """The share of the loss that soft targets have; gold tags have the rest."""


def soft_targets_key(task: str) -> str:
    """The name of the feature list that holds a task's soft targets.

    No task can have such a name.
    """
    return f"{task}/soft"


def pack_soft_targets(probabilities: np.ndarray) -> list[bytes]:
    """The values of the feature list, one for each token.

    `probabilities` are `[T, N]`, of N classes.
    """
    count = min(CLASSES_KEPT, probabilities.shape[1])
    classes = np.argpartition(-probabilities, count - 1, axis=1)[:, :count]
    kept = np.take_along_axis(probabilities, classes, axis=1)
    kept = kept / kept.sum(axis=1, keepdims=True)
    numbers = np.zeros((len(probabilities), NUMBERS), "<i4")
    numbers[:, :count] = classes
    numbers[:, CLASSES_KEPT : CLASSES_KEPT + count] = kept.astype("<f4").view("<i4")
    return [row.tobytes() for row in numbers]


def unpack_soft_targets(values: tf.RaggedTensor, longest: tf.Tensor) -> tf.Tensor:
    """The numbers `[B, T, NUMBERS]`, int32, of packed values `[B, (T)]`.

    The numbers are padded to `longest` tokens.
    """
    numbers = tf.io.decode_raw(values.flat_values, tf.int32, fixed_length=4 * NUMBERS)
    numbers = tf.ensure_shape(numbers, [None, NUMBERS])
    return values.with_flat_values(numbers).to_tensor(0, shape=tf.stack([-1, longest, NUMBERS]))


def soft_targets(batch: Mapping[str, tf.Tensor], task: str, weight: float) -> SoftTargets | None:
    """The soft targets of a batch for a task; None where the batch has none."""
    numbers = batch.get(f"soft/{task}")
    if numbers is None:
        return None
    classes, probabilities = tf.split(numbers, 2, axis=2)
    return SoftTargets(classes, tf.bitcast(probabilities, tf.float32), weight)


def soft_signature(tasks: Sequence[str]) -> dict[str, tf.TensorSpec]:
    """The name, shape and type of the tensors that hold the soft targets of tasks in a batch."""
    return {f"soft/{task}": tf.TensorSpec([None, None, NUMBERS], tf.int32, f"soft/{task}") for task in tasks}
