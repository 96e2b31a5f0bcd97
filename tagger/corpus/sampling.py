"""Which records an epoch reads, and in what order.

The choice depends on the shards, the weights of the corpora, and the shares of the workers.
"""

import math
from collections.abc import Sequence

from tagger.backend import tf
from tagger.corpus.training_records import TrainingRecords, WorkerShare

_GOLDEN_RATIO = (math.sqrt(5.0) - 1.0) / 2.0
"""The fractional part of the golden ratio.
The fractional parts of its multiples are spread most evenly over 0 to 1."""
_SHARDS_READ_AT_ONCE = 8
_RECORDS_PER_TURN = 8
"""Records taken from one shard before the next shard's turn."""
_READ_BUFFER = 1 << 20
"""Bytes read from a shard at once."""


def epoch_records(
    corpora: Sequence[TrainingRecords], epoch: tf.Tensor, share: WorkerShare, seed: tf.Tensor
) -> tf.data.Dataset:
    """The serialized records of one epoch, drawn from all corpora in proportion.

    A corpus's part is as large as what an epoch reads of it. With several corpora the elements are pairs: a record and
    the number of its corpus, int64. `epoch` is a scalar and `seed` `[2]`, both int64.
    """
    datasets = [_corpus_records(records, epoch, seed, share) for records in corpora]
    if len(datasets) == 1:
        return datasets[0]
    numbered = [
        dataset.map(lambda record, number=number: (record, tf.constant(number, tf.int64)))
        for number, dataset in enumerate(datasets)
    ]
    weights = [records.sentences_per_epoch(share) for records in corpora]
    return tf.data.Dataset.sample_from_datasets(numbered, weights, seed=seed, rerandomize_each_iteration=False)


def repetitions(number: tf.Tensor, epoch: tf.Tensor, weight: float) -> tf.Tensor:
    """How often an epoch reads sentence `number` of a corpus: `weight` on average.

    Over any number of epochs, the total differs from that average by less than one. Sentence n is read when `phase(n) +
    epoch * weight` passes a whole number. Phases are multiples of the golden ratio, which are spread evenly over any
    stretch of numbers, so that each epoch and each part of a corpus gets its share.
    """
    phase = tf.math.floormod(tf.cast(number, tf.float64) * _GOLDEN_RATIO, 1.0)
    epoch = tf.cast(epoch, tf.float64)
    return tf.cast(tf.floor(phase + (epoch + 1.0) * weight) - tf.floor(phase + epoch * weight), tf.int64)


def _corpus_records(corpus: TrainingRecords, epoch: tf.Tensor, seed: tf.Tensor, share: WorkerShare) -> tf.data.Dataset:
    """The records that an epoch reads of one corpus, or of a worker's share of it.

    The shards come in a random order.
    """
    has_whole_shards = share.has_whole_shards(len(corpus.paths))
    shards = range(len(corpus.paths))[share.index :: share.workers] if has_whole_shards else range(len(corpus.paths))
    # A sentence with several repetitions is read in several passes, so that no more than the shuffle buffer is held.
    passes = [(shard, reading) for reading in range(math.ceil(corpus.weight)) for shard in shards]
    files = tf.data.Dataset.from_tensor_slices(
        (
            [str(corpus.paths[shard]) for shard, _ in passes],
            tf.constant([sum(corpus.sentences[:shard]) for shard, _ in passes], tf.int64),  # number of its first
            tf.constant([reading for _, reading in passes], tf.int64),
        )
    )

    def read(path: tf.Tensor, first: tf.Tensor, reading: tf.Tensor) -> tf.data.Dataset:
        records = tf.data.TFRecordDataset(path, buffer_size=_READ_BUFFER)
        if float(corpus.weight).is_integer():
            return records
        numbered = records.enumerate(first)
        numbered = numbered.filter(lambda number, _: repetitions(number, epoch, corpus.weight) > reading)
        return numbered.map(lambda _, record: record)

    records = files.shuffle(len(passes), seed=seed, reshuffle_each_iteration=False).interleave(
        read, cycle_length=min(len(passes), _SHARDS_READ_AT_ONCE), block_length=_RECORDS_PER_TURN
    )
    if not has_whole_shards:
        records = records.shard(share.workers, share.index)
    if corpus.max_tokens:
        records = records.filter(lambda record: _length(record) <= corpus.max_tokens)
    return records


def _length(record: tf.Tensor) -> tf.Tensor:
    """The number of tokens of one serialized record."""
    tokens = {"tokens": tf.io.FixedLenSequenceFeature([], tf.string)}
    return tf.shape(tf.io.parse_single_sequence_example(record, sequence_features=tokens)[1]["tokens"])[0]
