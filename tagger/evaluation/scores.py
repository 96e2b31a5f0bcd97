"""The figures of an evaluation: frozen data between 0 and 1, with the counts they stand on."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass


def share(part: float, whole: float) -> float:
    """A part of a whole, between 0 and 1; 0 of nothing is 0."""
    return part / whole if whole else 0.0


@dataclass(frozen=True)
class Figures:
    """Precision, recall, their harmonic mean, and how many there were to find."""

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def of(cls, right: int, predicted: int, gold: int) -> "Figures":
        """The figures of three counts: found and right, found, to be found."""
        return cls(share(right, predicted), share(right, gold), share(2 * right, predicted + gold), gold)

    @classmethod
    def mean(cls, parts: Iterable["Figures"]) -> "Figures":
        """The unweighted mean of several (macro average), 0 where there are none."""
        parts = list(parts)
        return cls(
            share(sum(part.precision for part in parts), len(parts)),
            share(sum(part.recall for part in parts), len(parts)),
            share(sum(part.f1 for part in parts), len(parts)),
            sum(part.support for part in parts),
        )


@dataclass(frozen=True)
class PlainScores:
    """How well a task of plain tags is done: `accuracy` over all tokens, over `known` and over `unknown` words.

    `sentence_accuracy` is the share of sentences right from end to end; `unknown_tags` counts the gold tags that the
    model does not know, each of them counted as wrong.
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
    """How well a span task is done: `precision`, `recall` and `f1` of whole spans (micro average), by type and macro.

    `accuracy` is that of the tokens' tags; `invalid_sequences` are the sentences whose predicted tags the scheme does
    not allow.
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


@dataclass(frozen=True)
class Scores:
    """An evaluation: what was scored and the figures of each task. `sentences` and `tokens` count all that was read."""

    split: str
    sentences: int
    tokens: int
    tasks: Mapping[str, PlainScores | SpanScores]

    def as_dict(self) -> dict[str, object]:
        """Plain dictionaries, as `eval --json` prints them."""
        return asdict(self)
