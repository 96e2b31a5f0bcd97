"""Records to padded batches, as one `tf.data` graph.

Shards are interleaved and shuffled; the sentences of a pool of batches are sorted by length, cut into batches, and the
batches given in a random order. So each batch is padded only to its own longest sentence, which is hardly longer than
the others. Everything random follows from the seed and the epoch alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.backend import tf
from tagger.corpus.lookup import Batch, Lookup


@dataclass(frozen=True)
class Batching:
    """How an epoch is cut into batches."""

    batch_size: int
    pool: int
    shuffle_buffer: int
    max_tokens: int = 0
    """Longer sentences are left out; 0 keeps all."""

    def steps(self, sentences: int) -> int:
        """Batches of an epoch of so many sentences."""
        pools, rest = divmod(sentences, self.batch_size * self.pool)
        return pools * self.pool + -(-rest // self.batch_size)


def training_batches(
    shards: Sequence[Path], lookup: Lookup, tasks: Sequence[str], batching: Batching, seed: int, epochs: range
) -> tf.data.Dataset:
    """The batches of some epochs, one epoch after the other: what `Lookup.inputs` gives and, for each task, `tags/TASK`
    `[B, T]` and `annotated/TASK` `[B]`, whether the sentence has that task's tags."""
    files = tf.data.Dataset.from_tensor_slices([str(shard) for shard in shards])

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        tf.random.set_seed(1)  # of this graph: shuffle would mix the program's own seed in, and fail where that is 0
        seeds = tf.random.experimental.stateless_fold_in(tf.constant([seed, 0], tf.int64), epoch)
        records = files.shuffle(len(shards), seed=seeds[0], reshuffle_each_iteration=False).interleave(
            lambda file: tf.data.TFRecordDataset(file, buffer_size=1 << 20),
            cycle_length=min(len(shards), 8),
            block_length=8,
        )
        if batching.max_tokens:
            records = records.filter(lambda record: _length(record) <= batching.max_tokens)
        records = records.shuffle(batching.shuffle_buffer, seed=seeds[1], reshuffle_each_iteration=False)
        pools = records.batch(batching.batch_size * batching.pool).enumerate()
        return pools.flat_map(
            lambda index, pool: _cut(
                parse(pool, tasks), batching.batch_size, tf.random.experimental.stateless_fold_in(seeds, index)
            )
        )

    def encode(sentences: Mapping[str, tf.RaggedTensor]) -> Batch:
        batch = lookup.inputs(sentences["tokens"])
        longest = tf.shape(batch["words"], tf.int64)[1]
        for task in tasks:
            batch[f"tags/{task}"] = lookup.tags(task, sentences[task], longest)
            batch[f"annotated/{task}"] = sentences[task].row_lengths() > 0
        return batch

    batches = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(epoch_batches)
    return batches.map(encode, num_parallel_calls=2, deterministic=True).prefetch(8)


def parse(records: tf.Tensor, tasks: Sequence[str]) -> dict[str, tf.RaggedTensor]:
    """Serialized SequenceExamples `[N]` to ragged strings `[N, (T)]`: `tokens` and each task, whose row is empty where
    the sentence is not annotated for it."""
    specs = {name: tf.io.RaggedFeature(tf.string, row_splits_dtype=tf.int64) for name in ("tokens", *tasks)}
    _, lists, _ = tf.io.parse_sequence_example(records, sequence_features=specs)
    return {name: ragged.merge_dims(1, 2) for name, ragged in lists.items()}


def _length(record: tf.Tensor) -> tf.Tensor:
    """The tokens of one record."""
    tokens = {"tokens": tf.io.FixedLenSequenceFeature([], tf.string)}
    return tf.shape(tf.io.parse_single_sequence_example(record, sequence_features=tokens)[1]["tokens"])[0]


def _cut(sentences: Mapping[str, tf.RaggedTensor], batch_size: int, seed: tf.Tensor) -> tf.data.Dataset:
    """A pool of sentences as batches of similar length, in a random order."""
    lengths = sentences["tokens"].row_lengths()
    # Sentences of one length change places, so that the same ones do not meet in every epoch.
    noise = tf.random.stateless_uniform(tf.shape(lengths), seed)
    order = tf.argsort(tf.cast(lengths, tf.float32) + noise, stable=True)
    ordered = {name: tf.gather(column, order) for name, column in sentences.items()}
    starts = tf.range(0, tf.size(lengths), batch_size)
    starts = tf.random.experimental.stateless_shuffle(starts, seed)
    return tf.data.Dataset.from_tensor_slices(starts).map(
        lambda start: {name: column[start : start + batch_size] for name, column in ordered.items()}
    )
