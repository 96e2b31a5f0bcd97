"""Records to padded batches, as one `tf.data` graph.

Shards are interleaved and shuffled; the sentences of a pool of batches are sorted by length, cut into batches, and the
batches given in a random order. So each batch is padded only to its own longest sentence, which is hardly longer than
the others. Everything random follows from the seed and the epoch alone. Several corpora are drawn from in proportion,
so that a small one is not used up at the beginning of an epoch.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.backend import tf
from tagger.corpus.lookup import Batch, Lookup
from tagger.corpus.lower_case import SentencesInLowerCase
from tagger.corpus.soft_targets import feature_list, soft_signature, unpack

LOWERED = "in lower case"
"""The column of a pool that says which sentences are read so; no task has such a name."""

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class Batching:
    """How an epoch is cut into batches: of so many sentences, or of so many tokens."""

    batch_size: int
    """Sentences; with `batch_tokens`, those that such a batch holds on average, as `by_tokens` finds them."""
    pool: int
    shuffle_buffer: int
    batch_tokens: int = 0
    """Tokens of a batch at most, padding included; 0 counts sentences. A longer sentence is a batch of its own."""

    def steps(self, sentences: int) -> int:
        """Batches of an epoch of so many sentences: exact where sentences are counted, else about as many."""
        pools, rest = divmod(sentences, self.batch_size * self.pool)
        return pools * self.pool + -(-rest // self.batch_size)


def by_tokens(batch_tokens: int, mean_length: float, pool: int, shuffle_buffer: int) -> Batching:
    """Batches of at most `batch_tokens` tokens, where sentences have `mean_length` on average."""
    return Batching(max(1, math.ceil(batch_tokens / mean_length)), pool, shuffle_buffer, batch_tokens)


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


@dataclass(frozen=True)
class Shards:
    """The records of one corpus, and how they are read for a training."""

    paths: Sequence[Path]
    sentences: Sequence[int]
    """Of each of them."""
    weight: float = 1.0
    """How often an epoch has each sentence: `times` says in which."""
    max_tokens: int = 0
    """Longer sentences are left out; 0 keeps all."""
    layers: Mapping[str, str] | None = None
    """The feature list of each task that they are used for; None where those have the names of the tasks."""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By task: tags that have another name in the model."""

    def drawn(self, part: Part) -> float:
        """Sentences that an epoch has of a share on average, those that are too long among them."""
        return part.sentences(self.sentences) * self.weight


def training_batches(
    corpora: Sequence[Shards],
    lookup: Lookup,
    tasks: Sequence[str],
    batching: Batching,
    seed: int,
    epochs: range,
    *,
    skip: int = 0,
    part: Part = Part(),
    lowering: SentencesInLowerCase | None = None,
    soft: Sequence[str] = (),
) -> tf.data.Dataset:
    """The batches of some epochs, one epoch after the other, an empty batch behind each; of the first, all after `skip`
    batches. A batch is what `Lookup.inputs` and `Lookup.given` give and, for each task, `tags/TASK` `[B, T]` and
    `annotated/TASK` `[B]`, whether the sentence has that task's tags; for tasks of `soft`, whose targets the records
    have, `soft/TASK` `[B, T, NUMBERS]`. Some sentences are read in lower case where `lowering` draws them."""
    corpora = [shards for shards in corpora if shards.drawn(part)] or corpora[:1]

    def pool_of(records: tf.Tensor, origins: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor | tf.RaggedTensor]:
        sentences = _columns(records, origins, tasks, [*lookup.layers, *map(feature_list, soft)], corpora)
        if lowering:
            # Another seed than that of the order, with which it has nothing to do.
            seed = tf.random.experimental.stateless_fold_in(seed, 1)
            sentences[LOWERED] = lowering.draw(tf.shape(records)[0], seed)
        return sentences

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        tf.random.set_seed(1)  # of this graph: shuffle would mix the program's own seed in, and fail where that is 0
        seeds = tf.random.experimental.stateless_fold_in(tf.constant([seed, 0], tf.int64), epoch)
        records = _mixed([_records(shards, epoch, seeds[0], part) for shards in corpora], corpora, part, seeds[0])
        records = records.shuffle(batching.shuffle_buffer, seed=seeds[1], reshuffle_each_iteration=False)
        pools = records.batch(batching.batch_size * batching.pool)
        if len(corpora) == 1:
            pools = pools.map(lambda records: (records, tf.zeros_like(records, tf.int64)))

        def cut(index: tf.Tensor, pool: tuple[tf.Tensor, tf.Tensor]) -> tf.data.Dataset:
            seed = tf.random.experimental.stateless_fold_in(seeds, index)
            return _cut(pool_of(*pool, seed), batching, seed)

        batches = pools.enumerate().flat_map(cut)
        nothing = (tf.constant([], tf.string), tf.constant([], tf.int64))
        end = tf.data.Dataset.from_tensors(nothing).map(lambda *pool: pool_of(*pool, seeds))
        return batches.skip(tf.where(epoch == epochs.start, tf.constant(skip, tf.int64), 0)).concatenate(end)

    def encode(sentences: Mapping[str, tf.Tensor | tf.RaggedTensor]) -> Batch:
        tokens = sentences["tokens"]
        batch = lookup.inputs(lowering(tokens, sentences[LOWERED]) if lowering else tokens)
        batch |= lookup.given(tokens, sentences)
        longest = tf.shape(batch["words"], tf.int64)[1]
        for task in tasks:
            batch[f"tags/{task}"] = lookup.tags(task, sentences[task], longest)
            batch[f"annotated/{task}"] = sentences[task].row_lengths() > 0
        for task in soft:
            batch[f"soft/{task}"] = unpack(sentences[feature_list(task)], longest)
        return batch

    batches = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(epoch_batches)
    return batches.map(encode, num_parallel_calls=2, deterministic=True).prefetch(8)


def batch_signature(
    tasks: Sequence[str], form_inputs: Sequence[str] = (), given: Sequence[str] = (), soft: Sequence[str] = ()
) -> dict[str, tf.TensorSpec]:
    """What `training_batches` gives, by name; `form_inputs` and `given` are the lookup's `form_inputs` and `layers`,
    `soft` is as there."""
    rows = {
        "words": tf.int32,
        "distinct": tf.int32,
        "characters": tf.int32,
        **dict.fromkeys(form_inputs, tf.int32),
        **{f"given/{layer}": tf.int32 for layer in given},
        **{f"tags/{task}": tf.int32 for task in tasks},
    }
    columns = {"lengths": tf.int32, **{f"annotated/{task}": tf.bool for task in tasks}}
    return {
        **{name: tf.TensorSpec([None, None], dtype, name) for name, dtype in rows.items()},
        **{name: tf.TensorSpec([None], dtype, name) for name, dtype in columns.items()},
        **soft_signature(soft),
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


def times(number: tf.Tensor, epoch: tf.Tensor, weight: float) -> tf.Tensor:
    """How often an epoch has sentence `number` of a corpus: over epochs `weight` on average, never off by one or more.

    The n-th sentence comes in where `phase(n) + epoch * weight` passes a whole number. Phases are the multiples of the
    golden ratio, which lie evenly wherever one looks, so that each epoch and each stretch of a corpus has its share.
    """
    phase = tf.math.floormod(tf.cast(number, tf.float64) * GOLDEN, 1.0)
    epoch = tf.cast(epoch, tf.float64)
    return tf.cast(tf.floor(phase + (epoch + 1.0) * weight) - tf.floor(phase + epoch * weight), tf.int64)


def _records(shards: Shards, epoch: tf.Tensor, seed: tf.Tensor, part: Part) -> tf.data.Dataset:
    """The records that an epoch has of one corpus, or of a share of it, in an order that goes by its shards."""
    whole_shards = part.whole_shards(len(shards.paths))
    chosen = range(len(shards.paths))[part.index :: part.of] if whole_shards else range(len(shards.paths))
    # A sentence that comes so many times is read so many times: what waits to be drawn is never more than the buffer.
    passes = [(place, reading) for reading in range(math.ceil(shards.weight)) for place in chosen]
    files = tf.data.Dataset.from_tensor_slices(
        (
            [str(shards.paths[place]) for place, _ in passes],
            tf.constant([sum(shards.sentences[:place]) for place, _ in passes], tf.int64),  # number of the first
            tf.constant([reading for _, reading in passes], tf.int64),
        )
    )

    def read(path: tf.Tensor, first: tf.Tensor, reading: tf.Tensor) -> tf.data.Dataset:
        records = tf.data.TFRecordDataset(path, buffer_size=1 << 20)
        if float(shards.weight).is_integer():
            return records
        numbered = records.enumerate(first).filter(lambda number, _: times(number, epoch, shards.weight) > reading)
        return numbered.map(lambda _, record: record)

    records = files.shuffle(len(passes), seed=seed, reshuffle_each_iteration=False).interleave(
        read, cycle_length=min(len(passes), 8), block_length=8
    )
    if not whole_shards:
        records = records.shard(part.of, part.index)
    if shards.max_tokens:
        records = records.filter(lambda record: _length(record) <= shards.max_tokens)
    return records


def _mixed(
    records: Sequence[tf.data.Dataset], corpora: Sequence[Shards], part: Part, seed: tf.Tensor
) -> tf.data.Dataset:
    """The records of all corpora, drawn in proportion to how many there are; each with the number of its corpus, unless
    there is but one."""
    if len(records) == 1:
        return records[0]
    numbered = [
        each.map(lambda record, number=number: (record, tf.constant(number, tf.int64)))
        for number, each in enumerate(records)
    ]
    return tf.data.Dataset.sample_from_datasets(
        numbered, [shards.drawn(part) for shards in corpora], seed=seed, rerandomize_each_iteration=False
    )


def _columns(
    records: tf.Tensor, origins: tf.Tensor, tasks: Sequence[str], given: Sequence[str], corpora: Sequence[Shards]
) -> dict[str, tf.RaggedTensor]:
    """What `parse` gives of records `[N]` of the corpora with numbers `origins` `[N]`: for each task the layer that
    it has in the sentence's corpus, with the tags that it has in the model, and the feature lists that are `given`,
    which have the same name in all of them."""
    used: dict[str, list[tuple[str, Mapping[str, str], list[int]]]] = {task: [] for task in tasks}
    for number, shards in enumerate(corpora):
        layers = {task: task for task in tasks} if shards.layers is None else shards.layers
        for task, layer in layers.items():
            names = shards.renamed.get(task, {})
            alike = [numbers for other, others, numbers in used[task] if (other, others) == (layer, names)]
            if alike:
                alike[0].append(number)
            else:
                used[task].append((layer, names, [number]))
    lists = parse(records, sorted({layer for ways in used.values() for layer, _, _ in ways}.union(given)))
    columns = {name: lists[name] for name in ("tokens", *given)}
    for task, ways in used.items():
        parts = []
        for layer, names, numbers in ways:
            column = lists[layer]
            if len(numbers) < len(corpora):
                column = _rows_kept(column, tf.reduce_any(origins[:, tf.newaxis] == numbers, axis=1))
            parts.append(column.with_flat_values(_renamed(column.flat_values, names)))
        empty = _rows_kept(lists["tokens"], tf.zeros_like(origins, tf.bool))
        columns[task] = parts[0] if len(parts) == 1 else tf.concat(parts or [empty], axis=1)
    return columns


def _rows_kept(column: tf.RaggedTensor, kept: tf.Tensor) -> tf.RaggedTensor:
    """Some rows of `[N, (T)]` as they are, `kept` `[N]`, and the others empty."""
    return tf.ragged.boolean_mask(column, column.with_flat_values(tf.repeat(kept, column.row_lengths())))


def _renamed(tags: tf.Tensor, names: Mapping[str, str]) -> tf.Tensor:
    """Tags `[N]`, those that have another name by that."""
    renamed = tags
    for tag, name in names.items():
        renamed = tf.where(tags == tag, name, renamed)
    return renamed


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
