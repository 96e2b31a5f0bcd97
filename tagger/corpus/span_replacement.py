"""Replaces the spans of training sentences by other spans of train with the same label.

A model that sees `Paris` where train has `New York` learns what stands around a place rather than the place (mention
replacement, Dai & Adel 2020).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.training_records import TrainingRecords
from tagger.text.scheme import spans_from_tags
from tagger.text.sentence import TOKENS

Pool = dict[str, tf.Tensor | tf.RaggedTensor]
_Row = list[bytes]
"""The words of a sentence, or their tags of one layer."""


@dataclass(frozen=True)
class TrainSpan:
    """The words of a span of train, and their tags of the layers that its sentence has."""

    words: tuple[bytes, ...]
    tags: tuple[tuple[str, tuple[bytes, ...]], ...]
    """Pairs of a layer and the tags of the words in it."""

    def of_layer(self, layer: str) -> tuple[bytes, ...] | None:
        """The tags of the words in one layer; None where the sentence does not have it."""
        return dict(self.tags).get(layer)


class SpanReplacement:
    """Draws training sentences, and replaces each of their spans by one with the same label."""

    def __init__(
        self,
        task: str,
        rate: float,
        spans: Mapping[str, Sequence[TrainSpan]],
        plain: Sequence[str],
        fixed: Sequence[str],
    ) -> None:
        """`rate` is the share of the sentences that are drawn, and `spans` are the different spans of each label.

        `task` has the spans. Layers that are `plain` get the tags of the new words; a sentence with tags of a layer in
        `fixed` stays as it is.
        """
        self._task, self._rate, self._spans = task, rate, spans
        self._plain, self._fixed = list(plain), list(fixed)
        self._candidates = cache(self._with_layers)

    def __call__(self, pool: Pool, origins: tf.Tensor, corpora: Sequence[TrainingRecords], seed: tf.Tensor) -> Pool:
        """A pool of sentences in which the spans of those that are drawn are replaced.

        `pool` holds ragged columns `[N, (T)]` by name, and `origins` `[N]` the numbers of the sentences' corpora, whose
        `max_tokens` no sentence exceeds. `seed` `[2]`, int64, decides what is drawn. Python is called, so that a graph
        with this cannot be saved.
        """
        limits = tf.gather(tf.constant([corpus.max_tokens for corpus in corpora], tf.int64), origins)
        changed, read = [TOKENS, self._task, *self._plain], [*self._fixed]
        columns = [part for name in changed for part in (pool[name].flat_values, pool[name].row_splits)]
        columns += [pool[name].row_splits for name in read]
        outputs = tf.numpy_function(
            self._replaced, [seed, limits, *columns], [tf.string, tf.int64] * len(changed), stateful=False
        )
        outputs = [tf.ensure_shape(output, [None]) for output in outputs]
        return pool | {
            name: tf.RaggedTensor.from_row_splits(values, splits, validate=False)
            for name, values, splits in zip(changed, outputs[::2], outputs[1::2], strict=True)
        }

    def _replaced(self, seed: np.ndarray, limits: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
        """Values and row splits of words, tags of the task and each plain layer; of `fixed` layers row splits alone."""
        generator = np.random.default_rng([number % 2**64 for number in seed.tolist()])
        count = 2 * (2 + len(self._plain))
        is_free = np.all([splits[1:] == splits[:-1] for splits in columns[count:]] or [[True]], axis=0)
        is_drawn = (generator.random(len(limits)) < self._rate) & is_free
        rows = [_rows(values, splits) for values, splits in zip(columns[:count:2], columns[1:count:2], strict=True)]
        for number in np.flatnonzero(is_drawn).tolist():
            sentence = [column[number] for column in rows]
            replaced = self._with_other_spans(sentence, generator)
            if not limits[number] or len(replaced[0]) <= limits[number]:
                for column, row in zip(rows, replaced, strict=True):
                    column[number] = row
        return [part for column in rows for part in _flat(column)]

    def _with_other_spans(self, sentence: Sequence[_Row], generator: np.random.Generator) -> list[_Row]:
        """The words, tags of the task and tags of the plain layers of a sentence with other spans."""
        words, tags, *others = sentence
        layers = tuple(layer for layer, row in zip(self._plain, others, strict=True) if row)
        made: list[_Row] = [[] for _ in sentence]
        after = 0
        for label, first, last in spans_from_tags([tag.decode("utf-8") for tag in tags]):
            span = self._other_span(label, layers, tuple(words[first : last + 1]), generator)
            if span is None:
                continue
            for row, given in zip(made, sentence, strict=True):
                row += given[after:first]
            written = label.encode("utf-8")
            made[0] += span.words
            made[1] += [b"B-" + written, *[b"I-" + written] * (len(span.words) - 1)]
            for layer, row in zip(self._plain, made[2:], strict=True):
                row += (span.of_layer(layer) or ()) if layer in layers else ()
            after = last + 1
        for row, given in zip(made, sentence, strict=True):
            row += given[after:]
        return made

    def _other_span(
        self, label: str, layers: tuple[str, ...], words: tuple[bytes, ...], generator: np.random.Generator
    ) -> TrainSpan | None:
        """A span drawn at random that has other words and all of the layers; None where there is none."""
        candidates = self._candidates(label, layers)
        first = int(generator.integers(len(candidates))) if candidates else 0
        in_turn = (candidates[(first + more) % len(candidates)] for more in range(len(candidates)))
        return next((span for span in in_turn if span.words != words), None)

    def _with_layers(self, label: str, layers: tuple[str, ...]) -> list[TrainSpan]:
        """The spans of a label whose words have tags of all of the layers."""
        return [span for span in self._spans.get(label, ()) if {*layers} <= {layer for layer, _ in span.tags}]


def span_replacement(config: Config, corpora: Sequence[MixedCorpus]) -> SpanReplacement | None:
    """What a configuration with `replace_spans` asks for; None where it does not.

    The spans are those of all train splits that are learned from, each once.
    """
    task = next((name for name, settings in config.tasks.items() if settings.replace_spans), None)
    if task is None:
        return None
    with_spans = {name for name, settings in config.tasks.items() if settings.scheme}
    for corpus in corpora:
        with_spans |= {layer for layer in config.given if (of := corpus.manifest.tasks.get(layer)) and of.scheme}
    others = [name for name in (*config.tasks, *config.given) if name != task]
    plain = [name for name in others if name not in with_spans]
    fixed = [name for name in others if name in with_spans]
    spans = _spans_of_train(task, plain, corpora)
    return SpanReplacement(task, config.tasks[task].replace_spans, spans, plain, fixed)


def _spans_of_train(task: str, plain: Sequence[str], corpora: Sequence[MixedCorpus]) -> dict[str, list[TrainSpan]]:
    """The different spans of each label, in the order in which they first occur."""
    spans: dict[str, dict[TrainSpan, None]] = {}
    for corpus in corpora:
        if not corpus.weight:
            continue
        for sentence in corpus.read("train"):
            if task not in sentence.tags or (corpus.max_tokens and len(sentence) > corpus.max_tokens):
                continue
            rows = {layer: _encoded(sentence.tags[layer]) for layer in plain if layer in sentence.tags}
            words = _encoded(sentence.words)
            for label, first, last in spans_from_tags(sentence.tags[task]):
                part = slice(first, last + 1)
                tags = tuple((layer, tuple(row[part])) for layer, row in rows.items())
                spans.setdefault(label, {})[TrainSpan(tuple(words[part]), tags)] = None
    return {label: list(found) for label, found in spans.items()}


def _encoded(strings: Sequence[str]) -> _Row:
    return [string.encode("utf-8") for string in strings]


def _rows(values: np.ndarray, splits: np.ndarray) -> list[_Row]:
    """The rows of a ragged column."""
    flat, ends = values.tolist(), splits.tolist()
    return [flat[first:last] for first, last in pairwise(ends)]


def _flat(rows: Sequence[_Row]) -> tuple[np.ndarray, np.ndarray]:
    """The values and row splits of a ragged column."""
    values = [value for row in rows for value in row]
    return np.array(values, np.object_), np.cumsum([0, *map(len, rows)], dtype=np.int64)
