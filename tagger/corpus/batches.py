"""Records to padded batches, as one `tf.data` graph.

Shards are interleaved and shuffled; the sentences of a pool of batches are sorted by length, cut into batches, and the
batches given in a random order. So each batch is padded only to its own longest sentence, which is hardly longer than
the others. Everything random follows from the seed and the epoch alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.backend import tf
from tagger.corpus.lookup import Batch, Lookup, Spelling
from tagger.corpus.lower_case import SentencesInLowerCase

LOWERED = "in lower case"
"""The column of a pool that says which sentences are read so; no task has such a name."""


@dataclass(frozen=True)
class Batching:
    """How an epoch is cut into batches: of so many sentences, or of so many tokens."""

    batch_size: int
    """Sentences; with `batch_tokens`, those that such a batch holds on average, as `by_tokens` finds them."""
    pool: int
    shuffle_buffer: int
    max_tokens: int = 0
    """Longer sentences are left out; 0 keeps all."""
    batch_tokens: int = 0
    """Tokens of a batch at most, padding included; 0 counts sentences. A longer sentence is a batch of its own."""

    def steps(self, sentences: int) -> int:
        """Batches of an epoch of so many sentences: exact where sentences are counted, else about as many."""
        pools, rest = divmod(sentences, self.batch_size * self.pool)
        return pools * self.pool + -(-rest // self.batch_size)


def by_tokens(batch_tokens: int, mean_length: float, pool: int, shuffle_buffer: int, max_tokens: int = 0) -> Batching:
    """Batches of at most `batch_tokens` tokens, where sentences have `mean_length` on average."""
    return Batching(max(1, math.ceil(batch_tokens / mean_length)), pool, shuffle_buffer, max_tokens, batch_tokens)


@dataclass(frozen=True)
class Part:
    """Which share of the corpus is read here, where several workers train one model."""

    index: int = 0
    of: int = 1

    def whole_shards(self, shards: int) -> bool:
        """Whether there are shards for everyone; else each reads all of them, and keeps every so-manieth sentence."""
        return shards >= self.of

    def sentences(self, by_shard: Sequence[int]) -> int:
        """How many sentences this share has, of those that each shard has."""
        if self.whole_shards(len(by_shard)):
            return sum(by_shard[self.index :: self.of])
        return len(range(self.index, sum(by_shard), self.of))


def training_batches(
    shards: Sequence[Path],
    lookup: Lookup,
    tasks: Sequence[str],
    batching: Batching,
    seed: int,
    epochs: range,
    *,
    skip: int = 0,
    part: Part = Part(),
    lowering: SentencesInLowerCase | None = None,
) -> tf.data.Dataset:
    """The batches of some epochs, one epoch after the other, an empty batch behind each; of the first, all after `skip`
    batches. A batch is what `Lookup.inputs` and `Lookup.given` give and, for each task, `tags/TASK` `[B, T]` and
    `annotated/TASK` `[B]`, whether the sentence has that task's tags. Some sentences are read in lower case where
    `lowering` draws them."""
    layers = (*tasks, *lookup.layers)
    whole_shards = part.whole_shards(len(shards))
    shards = shards[part.index :: part.of] if whole_shards else shards
    files = tf.data.Dataset.from_tensor_slices([str(shard) for shard in shards])

    def pool_of(records: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor | tf.RaggedTensor]:
        sentences = parse(records, layers)
        if lowering:
            # Another seed than that of the order, with which it has nothing to do.
            seed = tf.random.experimental.stateless_fold_in(seed, 1)
            sentences[LOWERED] = lowering.draw(tf.shape(records)[0], seed)
        return sentences

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        tf.random.set_seed(1)  # of this graph: shuffle would mix the program's own seed in, and fail where that is 0
        seeds = tf.random.experimental.stateless_fold_in(tf.constant([seed, 0], tf.int64), epoch)
        records = files.shuffle(len(shards), seed=seeds[0], reshuffle_each_iteration=False).interleave(
            lambda file: tf.data.TFRecordDataset(file, buffer_size=1 << 20),
            cycle_length=min(len(shards), 8),
            block_length=8,
        )
        if not whole_shards:
            records = records.shard(part.of, part.index)
        if batching.max_tokens:
            records = records.filter(lambda record: _length(record) <= batching.max_tokens)
        records = records.shuffle(batching.shuffle_buffer, seed=seeds[1], reshuffle_each_iteration=False)
        pools = records.batch(batching.batch_size * batching.pool).enumerate()

        def cut(index: tf.Tensor, pool: tf.Tensor) -> tf.data.Dataset:
            seed = tf.random.experimental.stateless_fold_in(seeds, index)
            return _cut(pool_of(pool, seed), batching, seed)

        batches = pools.flat_map(cut)
        end = tf.data.Dataset.from_tensors(tf.constant([], tf.string)).map(lambda records: pool_of(records, seeds))
        return batches.skip(tf.where(epoch == epochs.start, tf.constant(skip, tf.int64), 0)).concatenate(end)

    def encode(sentences: Mapping[str, tf.Tensor | tf.RaggedTensor]) -> Batch:
        tokens = sentences["tokens"]
        batch = lookup.inputs(lowering(tokens, sentences[LOWERED]) if lowering else tokens)
        batch |= lookup.given(tokens, sentences)
        longest = tf.shape(batch["words"], tf.int64)[1]
        for task in tasks:
            batch[f"tags/{task}"] = lookup.tags(task, sentences[task], longest)
            batch[f"annotated/{task}"] = sentences[task].row_lengths() > 0
        return batch

    batches = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(epoch_batches)
    return batches.map(encode, num_parallel_calls=2, deterministic=True).prefetch(8)


def batch_signature(tasks: Sequence[str], spelling: Spelling, given: Sequence[str] = ()) -> dict[str, tf.TensorSpec]:
    """What `training_batches` gives, by name."""
    rows = {
        "words": tf.int32,
        "distinct": tf.int32,
        "characters": tf.int32,
        **dict.fromkeys(spelling.forms.columns, tf.int32),
        **{f"given/{layer}": tf.int32 for layer in given},
        **{f"tags/{task}": tf.int32 for task in tasks},
    }
    columns = {"lengths": tf.int32, **{f"annotated/{task}": tf.bool for task in tasks}}
    return {
        **{name: tf.TensorSpec([None, None], dtype, name) for name, dtype in rows.items()},
        **{name: tf.TensorSpec([None], dtype, name) for name, dtype in columns.items()},
    }


def is_end(batch: Batch) -> bool:
    """Whether a batch is the empty one behind an epoch."""
    return batch["lengths"].shape[0] == 0


def parse(records: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.RaggedTensor]:
    """Serialized SequenceExamples `[N]` to ragged strings `[N, (T)]`: `tokens` and each layer of tags, whose row is
    empty where the sentence does not have it."""
    specs = {name: tf.io.RaggedFeature(tf.string, row_splits_dtype=tf.int64) for name in ("tokens", *layers)}
    _, lists, _ = tf.io.parse_sequence_example(records, sequence_features=specs)
    return {name: ragged.merge_dims(1, 2) for name, ragged in lists.items()}


def _length(record: tf.Tensor) -> tf.Tensor:
    """The tokens of one record."""
    tokens = {"tokens": tf.io.FixedLenSequenceFeature([], tf.string)}
    return tf.shape(tf.io.parse_single_sequence_example(record, sequence_features=tokens)[1]["tokens"])[0]


def _cut(sentences: Mapping[str, tf.Tensor | tf.RaggedTensor], batching: Batching, seed: tf.Tensor) -> tf.data.Dataset:
    """A pool of sentences as batches of similar length, in a random order."""
    lengths = sentences["tokens"].row_lengths()
    # Sentences of one length change places, so that the same ones do not meet in every epoch.
    noise = tf.random.stateless_uniform(tf.shape(lengths), seed)
    order = tf.argsort(tf.cast(lengths, tf.float32) + noise, stable=True)
    ordered = {name: tf.gather(column, order) for name, column in sentences.items()}
    if batching.batch_tokens:
        starts = _starts(tf.gather(lengths, order), batching.batch_tokens)
    else:
        starts = tf.range(0, tf.size(lengths), batching.batch_size)
    bounds = tf.stack([starts, tf.concat([starts[1:], [tf.size(lengths)]], axis=0)], axis=1)
    bounds = tf.random.experimental.stateless_shuffle(bounds, seed)
    return tf.data.Dataset.from_tensor_slices(bounds).map(
        lambda bound: {name: column[bound[0] : bound[1]] for name, column in ordered.items()}
    )


def _starts(lengths: tf.Tensor, batch_tokens: int) -> tf.Tensor:
    """Where batches of at most so many padded tokens start, of sentences with rising lengths `[N]`."""
    size = tf.size(lengths)

    def next_start(start: tf.Tensor, starts: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        padded = tf.range(1, size - start + 1, dtype=tf.int64) * lengths[start:]  # if the batch ended at each of them
        count = tf.reduce_sum(tf.cast(padded <= batch_tokens, tf.int32))
        return start + tf.maximum(count, 1), starts.write(starts.size(), start)

    starts = tf.TensorArray(tf.int32, size=0, dynamic_size=True, element_shape=[])
    _, starts = tf.while_loop(lambda start, _: start < size, next_start, (0, starts), parallel_iterations=1)
    return starts.stack()
