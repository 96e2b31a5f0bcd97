"""Serialized records to ragged columns of strings, inside the graph."""

from collections.abc import Mapping, Sequence

from tagger.backend import tf
from tagger.corpus.training_records import TrainingRecords


def _parse_records(records: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.RaggedTensor]:
    """The `tokens` and each layer of tags of serialized SequenceExamples `[N]`.

    The columns are ragged strings `[N, (T)]`. The row of a layer is empty where its sentence does not have that layer.
    """
    specs = {name: tf.io.RaggedFeature(tf.string, row_splits_dtype=tf.int64) for name in ("tokens", *layers)}
    _, lists, _ = tf.io.parse_sequence_example(records, sequence_features=specs)
    return {name: ragged.merge_dims(1, 2) for name, ragged in lists.items()}


def parse_tasks(
    records: tf.Tensor,
    origins: tf.Tensor,
    tasks: Sequence[str],
    others: Sequence[str],
    corpora: Sequence[TrainingRecords],
) -> dict[str, tf.RaggedTensor]:
    """The `tokens`, the tags of each task and the `others` of records `[N]`.

    The columns are ragged strings `[N, (T)]`. `origins` `[N]` holds the number of each record's corpus, which says in
    which layer it has a task's tags and what these are called in the model. `others` are feature lists with the same
    name in every corpus.
    """
    used = {task: _uses(task, corpora) for task in tasks}
    layers = {layer for uses in used.values() for layer, _, _ in uses}
    lists = _parse_records(records, sorted(layers.union(others)))
    columns = {name: lists[name] for name in ("tokens", *others)}
    for task, uses in used.items():
        parts = []
        for layer, names, numbers in uses:
            column = lists[layer]
            if len(numbers) < len(corpora):
                column = _keep_rows(column, tf.reduce_any(origins[:, tf.newaxis] == numbers, axis=1))
            parts.append(column.with_flat_values(_rename(column.flat_values, names)))
        empty = _keep_rows(lists["tokens"], tf.zeros_like(origins, tf.bool))
        columns[task] = parts[0] if len(parts) == 1 else tf.concat(parts or [empty], axis=1)
    return columns


def _uses(task: str, corpora: Sequence[TrainingRecords]) -> list[tuple[str, Mapping[str, str], list[int]]]:
    """Each way in which corpora hold a task, with the numbers of these corpora.

    A way is a layer of tags and the tags in it that are renamed.
    """
    uses: list[tuple[str, Mapping[str, str], list[int]]] = []
    for number, corpus in enumerate(corpora):
        layer = task if corpus.layers is None else corpus.layers.get(task)
        if layer is None:
            continue
        names = corpus.renamed.get(task, {})
        for other_layer, other_names, numbers in uses:
            if (other_layer, other_names) == (layer, names):
                numbers.append(number)
                break
        else:
            uses.append((layer, names, [number]))
    return uses


def _keep_rows(column: tf.RaggedTensor, kept: tf.Tensor) -> tf.RaggedTensor:
    """Ragged `[N, (T)]` with the rows that are not `kept` `[N]` emptied."""
    return tf.ragged.boolean_mask(column, column.with_flat_values(tf.repeat(kept, column.row_lengths())))


def _rename(tags: tf.Tensor, names: Mapping[str, str]) -> tf.Tensor:
    """Tags `[N]`, those in `names` replaced by their new name."""
    renamed = tags
    for tag, name in names.items():
        renamed = tf.where(tags == tag, name, renamed)
    return renamed
