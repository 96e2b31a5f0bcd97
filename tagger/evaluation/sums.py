"""Counts behind the scores of a task, which add up and are divided once at the end."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from tagger.errors import DataError
from tagger.evaluation.scores import Figures, PlainScores, SpanScores, share
from tagger.evaluation.span_matches import count_matches, match_figures
from tagger.text.scheme import invalid_positions


@dataclass
class TokenSums:
    """Counts of tokens and sentences of one task, and of those that are right.

    `known` tells whether the model knows a word. `tags` are the tags that the model can predict, None where that is
    unknown.
    """

    known: Callable[[str], bool] = field(default=lambda word: True)
    tags: Collection[str] | None = None
    sentences: int = 0
    sentences_right: int = 0
    known_tokens: int = 0
    known_right: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, words: Sequence[str], gold: Sequence[str], predicted: Sequence[str]) -> None:
        """Count one sentence: its words, their gold tags and their predicted tags.

        A token whose gold tag is "" is not annotated and does not count.
        """
        if not len(words) == len(gold) == len(predicted):
            raise DataError(
                f"cannot score a sentence of {len(words)} tokens ('{' '.join(words[:5])}'), "
                f"{len(gold)} gold tags and {len(predicted)} predicted ones: these must be as many"
            )
        if "" in gold:
            rows = [row for row in zip(words, gold, predicted, strict=True) if row[1]]
            words, gold, predicted = zip(*rows, strict=True) if rows else ((), (), ())
        self.sentences += 1
        self.sentences_right += tuple(gold) == tuple(predicted)
        self.pairs.update(zip(gold, predicted, strict=True))
        for word, gold_tag, predicted_tag in zip(words, gold, predicted, strict=True):
            if self.known(word):
                self.known_tokens += 1
                self.known_right += gold_tag == predicted_tag

    def empty(self) -> Self:
        """New counts of the same kind and settings, all zero."""
        empty = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, int | Counter):
                setattr(empty, name, type(value)())
        return empty

    def include(self, other: "TokenSums") -> None:
        """Add the counts of other sentences of the same task."""
        for name, counted in vars(other).items():
            if isinstance(counted, int | Counter):
                setattr(self, name, getattr(self, name) + counted)

    @property
    def tokens(self) -> int:
        """The number of tokens counted."""
        return self.pairs.total()

    @property
    def right(self) -> int:
        """The number of tokens whose predicted tag is right."""
        return sum(count for (gold, predicted), count in self.pairs.items() if gold == predicted)

    @property
    def unknown_tags(self) -> dict[str, int]:
        """The gold tags that the model cannot predict, each with its count in the corpus."""
        counts: Counter[str] = Counter()
        for (gold, _), count in self.pairs.items():
            if self.tags is not None and gold not in self.tags:
                counts[gold] += count
        return dict(sorted(counts.items()))


@dataclass
class PlainSums(TokenSums):
    """Counts of a task with plain tags, such as parts of speech."""

    def scores(self) -> PlainScores:
        """The scores of all sentences counted so far."""
        gold: Counter[str] = Counter()
        predicted: Counter[str] = Counter()
        right: Counter[str] = Counter()
        for (gold_tag, predicted_tag), count in self.pairs.items():
            gold[gold_tag] += count
            predicted[predicted_tag] += count
            if gold_tag == predicted_tag:
                right[gold_tag] += count
        return PlainScores(
            accuracy=share(self.right, self.tokens),
            known=share(self.known_right, self.known_tokens),
            unknown=share(self.right - self.known_right, self.tokens - self.known_tokens),
            tokens=self.tokens,
            known_tokens=self.known_tokens,
            unknown_tokens=self.tokens - self.known_tokens,
            sentences=self.sentences,
            sentences_right=self.sentences_right,
            sentence_accuracy=share(self.sentences_right, self.sentences),
            unknown_tags=self.unknown_tags,
            tags={tag: Figures.from_counts(right[tag], predicted[tag], gold[tag]) for tag in sorted(gold | predicted)},
        )


@dataclass
class SpanSums(TokenSums):
    """Counts of a task whose tags mark spans.

    Spans are found as seqeval does in strict mode: a run of tags that breaks the rules of the scheme is not a span,
    in gold and predicted tags alike. Where all tags are valid, the counts equal those of conlleval (Tjong Kim Sang and
    Buchholz 2000).
    """

    scheme: str = "IOB2"
    invalid_sequences: int = 0
    gold_spans: Counter[str] = field(default_factory=Counter)
    predicted_spans: Counter[str] = field(default_factory=Counter)
    right_spans: Counter[str] = field(default_factory=Counter)
    matches: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, words: Sequence[str], gold: Sequence[str], predicted: Sequence[str]) -> None:
        """Count one sentence. Raises DataError for a tag that the scheme does not have."""
        super().add(words, gold, predicted)
        gold_spans, predicted_spans = scored_spans(gold, predicted, self.scheme)
        self.gold_spans.update(label for label, _, _ in gold_spans)
        self.predicted_spans.update(label for label, _, _ in predicted_spans)
        self.right_spans.update(label for label, _, _ in gold_spans & predicted_spans)
        self.matches += count_matches(gold_spans, predicted_spans)
        self.invalid_sequences += bool(invalid_positions(list(predicted), self.scheme))

    def scores(self) -> SpanScores:
        """The scores of all sentences counted so far."""
        types = {
            label: Figures.from_counts(self.right_spans[label], self.predicted_spans[label], self.gold_spans[label])
            for label in sorted(self.gold_spans | self.predicted_spans)
        }
        every = Figures.from_counts(self.right_spans.total(), self.predicted_spans.total(), self.gold_spans.total())
        return SpanScores(
            precision=every.precision,
            recall=every.recall,
            f1=every.f1,
            support=every.support,
            accuracy=share(self.right, self.tokens),
            tokens=self.tokens,
            sentences=self.sentences,
            sentences_right=self.sentences_right,
            sentence_accuracy=share(self.sentences_right, self.sentences),
            invalid_sequences=self.invalid_sequences,
            unknown_tags=self.unknown_tags,
            types=types,
            macro=Figures.mean(types.values()),
            matches=match_figures(self.matches),
        )


def scored_spans(
    gold: Sequence[str], predicted: Sequence[str], scheme: str
) -> tuple[set[tuple[str, int, int]], set[tuple[str, int, int]]]:
    """The gold and the predicted spans of a sentence that count, as in `strict_spans`.

    Where the gold tags of some tokens are "", because these are not annotated, the spans that hold such a token or end
    right before one are left out: nobody knows whether they are right.
    """
    if "" not in gold:
        return strict_spans(gold, scheme), strict_spans(predicted, scheme)
    known = [*map(bool, gold), True]
    found = (strict_spans([tag or "O" for tag in gold], scheme), strict_spans(predicted, scheme))
    kept = tuple({span for span in spans if all(known[span[1] : span[2] + 1])} for spans in found)
    return kept[0], kept[1]


def strict_spans(tags: Sequence[str], scheme: str) -> set[tuple[str, int, int]]:
    """The spans that seqeval counts in strict mode.

    A span is its label, first token, and the token after the last one. Raises DataError for a tag outside the scheme.
    """
    if all(tag == "O" for tag in tags):
        return set()
    from seqeval import scheme as seqeval_scheme

    try:
        entities = seqeval_scheme.Tokens(list(tags), getattr(seqeval_scheme, scheme)).entities
    except (KeyError, IndexError, ValueError):
        # seqeval looks at the first letter of a tag alone, and its own message names neither tag nor place.
        wrong = [tag for tag in tags if tag[:1] not in {"IOB1": "IOB", "IOB2": "IOB", "IOBES": "IOBES"}[scheme]]
        raise DataError(
            f"'{wrong[0]}' is not a tag of {scheme}, so its spans cannot be scored: "
            "convert the corpus again and name its scheme with --scheme"
        ) from None
    return {(entity.tag, entity.start, entity.end) for entity in entities}
