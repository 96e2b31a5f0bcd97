"""Records to padded batches of ids, as one `tf.data` graph.

Records are shuffled and gathered in pools; a pool is sorted by length, cut into batches, and the batches come in a
random order. Everything random follows from the seed and the number of the epoch alone. Several corpora are drawn from
in proportion, so that a small one is not used up at the beginning of an epoch.
"""

from collections.abc import Mapping, Sequence

from tagger.backend import tf
from tagger.corpus.bucketing import Batching, cut_into_batches
from tagger.corpus.composed_words import composed_words
from tagger.corpus.list_lookup import list_inputs
from tagger.corpus.lookup import Batch, Lookup
from tagger.corpus.lower_case import SentencesInLowerCase
from tagger.corpus.parsing import parse_tasks
from tagger.corpus.sampling import epoch_records
from tagger.corpus.soft_targets import soft_signature, soft_targets_key, unpack_soft_targets
from tagger.corpus.span_replacement import SpanReplacement
from tagger.corpus.training_records import TrainingRecords, WorkerShare

_LOWERED = "in lower case"
"""The column of a pool that says which sentences are read in lower case.
No task can have this name."""


def training_batches(
    corpora: Sequence[TrainingRecords],
    lookup: Lookup,
    tasks: Sequence[str],
    batching: Batching,
    seed: int,
    epochs: range,
    *,
    skip: int = 0,
    share: WorkerShare = WorkerShare(),  # noqa: B008 (frozen)
    lowering: SentencesInLowerCase | None = None,
    composing: bool = False,
    soft: Sequence[str] = (),
    replacing: SpanReplacement | None = None,
) -> tf.data.Dataset:
    """The batches of some epochs, one epoch after the other, with an empty batch after each.

    A batch holds what `Lookup.inputs` and `Lookup.given` return and, for each task, `tags/TASK` `[B, T]`, int32, and
    `annotated/TASK` `[B]`, bool: whether the sentence has tags of that task, and `has_tag/TASK` `[B, T]`: whether the
    token has one. For each task in `soft`, whose soft targets the records hold, it has `soft/TASK` `[B, T, NUMBERS]`,
    int32. The first `skip` batches of the first epoch are left out. With `lowering`, the sentences that it draws are
    read in lower case; with `composing`, which corpora with words that are not in NFC need, all words are read in NFC;
    with `replacing`, which goes with no `soft` targets, sentences that it draws have other spans.
    """
    corpora = [records for records in corpora if records.sentences_per_epoch(share)] or corpora[:1]

    def pool_of(records: tf.Tensor, origins: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor | tf.RaggedTensor]:
        pool = parse_tasks(records, origins, tasks, [*lookup.given_layers, *map(soft_targets_key, soft)], corpora)
        if replacing:
            pool = replacing(pool, origins, corpora, tf.random.experimental.stateless_fold_in(seed, 2))
        if lowering:
            # A seed of its own: the draw must not depend on the order of the batches.
            seed = tf.random.experimental.stateless_fold_in(seed, 1)
            pool[_LOWERED] = lowering.draw(tf.shape(records)[0], seed)
        return pool

    # No function here needs AutoGraph, which takes seconds to read their code.
    @tf.autograph.experimental.do_not_convert
    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        # This graph's own seed: without it, shuffle mixes in the program's seed, and fails where that is 0.
        tf.random.set_seed(1)
        seeds = tf.random.experimental.stateless_fold_in(tf.constant([seed, 0], tf.int64), epoch)
        records = epoch_records(corpora, epoch, share, seeds[0])
        records = records.shuffle(batching.shuffle_buffer, seed=seeds[1], reshuffle_each_iteration=False)
        pools = records.batch(batching.batch_size * batching.pool)
        if len(corpora) == 1:
            pools = pools.map(lambda records: (records, tf.zeros_like(records, tf.int64)))

        def batches_of(index: tf.Tensor, pool: tuple[tf.Tensor, tf.Tensor]) -> tf.data.Dataset:
            seed = tf.random.experimental.stateless_fold_in(seeds, index)
            records, origins = pool
            return cut_into_batches(pool_of(records, origins, seed), batching, seed)

        batches = pools.enumerate().flat_map(batches_of)
        nothing = (tf.constant([], tf.string), tf.constant([], tf.int64))
        end = tf.data.Dataset.from_tensors(nothing).map(lambda records, origins: pool_of(records, origins, seeds))
        return batches.skip(tf.where(epoch == epochs.start, tf.constant(skip, tf.int64), 0)).concatenate(end)

    @tf.autograph.experimental.do_not_convert
    def encode(sentences: Mapping[str, tf.Tensor | tf.RaggedTensor]) -> Batch:
        tokens = composed_words(sentences["tokens"]) if composing else sentences["tokens"]
        batch = lookup.inputs(lowering(tokens, sentences[_LOWERED]) if lowering else tokens)
        batch |= lookup.given(tokens, sentences)
        batch |= list_inputs(lookup.lists, tokens) if lookup.lists else {}
        longest = tf.shape(batch["words"], tf.int64)[1]
        for task in tasks:
            batch[f"tags/{task}"] = lookup.tags(task, sentences[task], longest)
            has_tag = sentences[task].with_flat_values(sentences[task].flat_values != "")
            batch[f"annotated/{task}"] = tf.reduce_any(has_tag, axis=1)
            batch[f"has_tag/{task}"] = has_tag.to_tensor(False, shape=tf.stack([-1, longest]))
        for task in soft:
            batch[f"soft/{task}"] = unpack_soft_targets(sentences[soft_targets_key(task)], longest)
        return batch

    batches = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(epoch_batches)
    return batches.map(encode, num_parallel_calls=2, deterministic=True).prefetch(8)


def batch_signature(
    tasks: Sequence[str], form_inputs: Sequence[str] = (), given: Sequence[str] = (), soft: Sequence[str] = ()
) -> dict[str, tf.TensorSpec]:
    """The name, shape and type of each tensor in a batch of `training_batches`.

    `form_inputs` are the lookup's, `given` its `given_layers` and `list_layers`; `soft` is as in `training_batches`.
    """
    rows = {
        "words": tf.int32,
        "distinct": tf.int32,
        "characters": tf.int32,
        **dict.fromkeys(form_inputs, tf.int32),
        **{f"given/{layer}": tf.int32 for layer in given},
        **{f"tags/{task}": tf.int32 for task in tasks},
        **{f"has_tag/{task}": tf.bool for task in tasks},
    }
    columns = {"lengths": tf.int32, **{f"annotated/{task}": tf.bool for task in tasks}}
    return {
        **{name: tf.TensorSpec([None, None], dtype, name) for name, dtype in rows.items()},
        **{name: tf.TensorSpec([None], dtype, name) for name, dtype in columns.items()},
        **soft_signature(soft),
    }


def is_epoch_end(batch: Batch) -> bool:
    """Whether a batch is the empty one that follows the last batch of an epoch."""
    return batch["lengths"].shape[0] == 0
