"""Spans matched strictly, by their bounds, in part or by their label, as SemEval-2013 task 9 and nervaluate count them.

Segura-Bedmar et al. (2013) define four measures, on the counts of MUC-5 (Chinchor and Sundheim 1993). Each aligns a
predicted span with at most one gold span that shares a token with it:

| measure | right | wrong | in part |
| --- | --- | --- | --- |
| `strict` | same bounds and label | any other overlap | |
| `exact` | same bounds, whatever the label | any other overlap | |
| `partial` | same bounds, whatever the label | | any other overlap |
| `type` | same label | another label | |

A gold span without a partner is missed, a predicted one is spurious. The counts equal those of nervaluate 1.2, which
takes the predicted spans from left to right and gives each the first free gold span that is right, or else the first
that overlaps; by `type`, of those with its label the one whose bounds are nearest.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from tagger.evaluation.scores import MatchFigures

_OUTCOMES = ("correct", "incorrect", "partial", "missed", "spurious")

Span = tuple[str, int, int]
"""A label, the first token, and the token after the last one."""
Rank = tuple[bool, int]
"""Whether a gold span is not right for a predicted one, and how far their bounds are apart."""


def _strict(gold: Span, predicted: Span) -> Rank:
    return gold != predicted, 0


def _exact(gold: Span, predicted: Span) -> Rank:
    return gold[1:] != predicted[1:], 0


def _type(gold: Span, predicted: Span) -> Rank:
    differs = gold[0] != predicted[0]
    return differs, 0 if differs else abs(gold[1] - predicted[1]) + abs(gold[2] - predicted[2])


_MEASURES: Mapping[str, Callable[[Span, Span], Rank]] = {
    "strict": _strict,
    "exact": _exact,
    "partial": _exact,
    "type": _type,
}
"""The measures, each with the rank of a gold span for a predicted one."""


def count_matches(gold: Collection[Span], predicted: Collection[Span]) -> Counter[tuple[str, str]]:
    """The counts of one sentence, by measure and outcome: correct, incorrect, partial, missed, spurious."""
    found: Counter[tuple[str, str]] = Counter()
    same = len(set(gold) & set(predicted))  # no other span can overlap both of two that are alike
    golds = sorted(set(gold) - set(predicted), key=_place)
    others = sorted(set(predicted) - set(gold), key=_place)
    for measure, rank in _MEASURES.items():
        if same:
            found[measure, "correct"] += same
        free = list(golds)
        for span in others:
            partners = [each for each in free if each[1] < span[2] and span[1] < each[2]]
            if not partners:
                found[measure, "spurious"] += 1
                continue
            ranks = [rank(each, span) for each in partners]
            best = ranks.index(min(ranks))
            free.remove(partners[best])
            wrong = "partial" if measure == "partial" else "incorrect"
            found[measure, wrong if ranks[best][0] else "correct"] += 1
        if free:
            found[measure, "missed"] += len(free)
    return found


def match_figures(counts: Mapping[tuple[str, str], int]) -> dict[str, MatchFigures]:
    """The figures of each measure, given the sums of `count_matches` over sentences."""
    return {
        measure: MatchFigures.from_counts(**{outcome: counts.get((measure, outcome), 0) for outcome in _OUTCOMES})
        for measure in _MEASURES
    }


def _place(span: Span) -> tuple[int, int]:
    return span[1], span[2]
