"""The scores of an evaluation: figures between 0 and 1, and the counts behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field


def share(part: float, whole: float) -> float:
    """`part / whole`, and 0 where the whole is 0."""
    return part / whole if whole else 0.0


@dataclass(frozen=True)
class Figures:
    """Precision, recall and F1 of a tag or span type; `support` counts it in the gold tags."""

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def from_counts(cls, right: int, predicted: int, gold: int) -> "Figures":
        """Figures of three counts: correctly predicted, predicted, and gold."""
        return cls(share(right, predicted), share(right, gold), share(2 * right, predicted + gold), gold)

    @classmethod
    def mean(cls, parts: Iterable["Figures"]) -> "Figures":
        """The unweighted mean of several figures (macro average).

        Without figures the mean is 0. Its support is the sum of the supports.
        """
        parts = list(parts)
        return cls(
            share(sum(part.precision for part in parts), len(parts)),
            share(sum(part.recall for part in parts), len(parts)),
            share(sum(part.f1 for part in parts), len(parts)),
            sum(part.support for part in parts),
        )


@dataclass(frozen=True)
class MatchFigures:
    """Counts and figures of spans by one of the measures of SemEval-2013 task 9 (see `span_matches`).

    A span that is right in part counts as half a correct one.
    """

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int
    precision: float
    recall: float
    f1: float

    @classmethod
    def from_counts(cls, correct: int, incorrect: int, partial: int, missed: int, spurious: int) -> "MatchFigures":
        """Figures of the five counts."""
        right, found = correct + partial / 2, correct + incorrect + partial
        precision, recall = share(right, found + spurious), share(right, found + missed)
        f1 = share(2 * right, 2 * found + spurious + missed)
        return cls(correct, incorrect, partial, missed, spurious, precision, recall, f1)


@dataclass(frozen=True)
class PlainScores:
    """Scores of a task with plain tags.

    `accuracy` is over all tokens, `known` and `unknown` are the accuracy over known and unknown words. A word is known
    when it has an embedding of its own. `sentence_accuracy` is the share of sentences without a wrong tag.
    `unknown_tags` counts the gold tags that the model cannot predict, which all count as wrong. `tags` has the figures
    of each tag.
    """

    accuracy: float
    known: float
    unknown: float
    tokens: int
    known_tokens: int
    unknown_tokens: int
    sentences: int
    sentences_right: int
    sentence_accuracy: float
    unknown_tags: Mapping[str, int]
    tags: Mapping[str, Figures]


@dataclass(frozen=True)
class SpanScores:
    """Scores of a span task.

    `precision`, `recall` and `f1` are of whole spans (micro average, seqeval in strict mode). `types` has the figures
    of each span type and `macro` their mean. `accuracy` is that of the tokens' tags; `sentence_accuracy` is the share
    of sentences without a wrong tag. `invalid_sequences` counts the sentences whose predicted tags break the rules of
    the scheme. `unknown_tags` counts the gold tags that the model cannot predict. `matches` has the figures of spans
    that match strictly (`strict`), by their bounds (`exact`), in part (`partial`) and by their label (`type`).
    """

    precision: float
    recall: float
    f1: float
    support: int
    accuracy: float
    tokens: int
    sentences: int
    sentences_right: int
    sentence_accuracy: float
    invalid_sequences: int
    unknown_tags: Mapping[str, int]
    types: Mapping[str, Figures]
    macro: Figures
    matches: Mapping[str, MatchFigures] = field(default_factory=dict)


@dataclass(frozen=True)
class Scores:
    """Scores of a split, by task.

    `sentences` and `tokens` count all that was read, annotated or not.
    """

    split: str
    sentences: int
    tokens: int
    tasks: Mapping[str, PlainScores | SpanScores]

    def as_dict(self) -> dict[str, object]:
        """The scores as plain dictionaries, as `eval --json` prints them."""
        return asdict(self)
