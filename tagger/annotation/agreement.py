"""How far two annotators agree: Cohen's kappa over words, and F1 over spans."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tagger.annotation.answer_log import ACCEPT, GivenAnswer
from tagger.text.scheme import spans_from_tags


@dataclass(frozen=True)
class Agreement:
    """The agreement of two annotators on one task, in the excerpts that both have accepted.

    `kappa` is Cohen's (1960), over the tags of words; `f1` is over spans with the same label and places, whichever of
    the two is taken as right, and None for plain tags.
    """

    task: str
    excerpts: int
    words: int
    kappa: float
    f1: float | None

    def __str__(self) -> str:
        spans = "" if self.f1 is None else f", F1 of spans {self.f1:.3f}"
        what = f"{self.excerpts:,} excerpt{'s' * (self.excerpts != 1)}, {self.words:,} words"
        return f"{self.task}: Cohen's kappa {self.kappa:.3f}{spans} ({what})"


def agreement(
    task: str, one: Mapping[int, GivenAnswer], other: Mapping[int, GivenAnswer], *, has_spans: bool
) -> Agreement:
    """Return the agreement of two annotators, given their answers."""
    both = [number for number in one if number in other and one[number].kind == other[number].kind == ACCEPT]
    pairs = [(one[number].tags[task], other[number].tags[task]) for number in both]
    first = [tag for tags, _ in pairs for tag in tags]
    second = [tag for _, tags in pairs for tag in tags]
    return Agreement(task, len(both), len(first), cohens_kappa(first, second), span_f1(pairs) if has_spans else None)


def cohens_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Return (po - pe) / (1 - pe): how much of the agreement that chance would not have given is there.

    It is 1 where both have used the same tag throughout, for which kappa is not defined.
    """
    if not first:
        return 1.0
    observed = sum(map(str.__eq__, first, second)) / len(first)
    ours, theirs = Counter(first), Counter(second)
    expected = sum(ours[tag] * theirs[tag] for tag in ours) / len(first) ** 2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def span_f1(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> float:
    """Return 2 |A and B| / (|A| + |B|) over the spans of pairs of tags; 1 where neither has a span."""
    first = {(number, *span) for number, (tags, _) in enumerate(pairs) for span in spans_from_tags(tags)}
    second = {(number, *span) for number, (_, tags) in enumerate(pairs) for span in spans_from_tags(tags)}
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1.0
