from collections import Counter

import pytest

from tagger.evaluation.span_matches import count_matches, match_figures
from tagger.evaluation.sums import SpanSums, strict_spans


def five(figures):
    return figures.correct, figures.incorrect, figures.partial, figures.missed, figures.spurious


def test_the_example_of_nervaluates_documentation():
    # Its README prints for these sentences: ent_type 5 correct; exact and strict 2 correct, 3 incorrect, so 0.40;
    # partial 2 correct, 3 partial, so 0.70.
    gold = ["O B-PER I-PER O O O B-ORG I-ORG", "O B-LOC B-PER I-PER O O B-DATE"]
    found = ["O O B-PER I-PER O O B-ORG I-ORG", "O B-LOC I-LOC B-PER O O B-DATE"]
    counts = Counter()
    for one, other in zip(gold, found, strict=True):
        counts += count_matches(strict_spans(one.split(), "IOB2"), strict_spans(other.split(), "IOB2"))
    figures = match_figures(counts)
    assert {measure: five(each) for measure, each in figures.items()} == {
        "strict": (2, 3, 0, 0, 0),
        "exact": (2, 3, 0, 0, 0),
        "partial": (2, 0, 3, 0, 0),
        "type": (5, 0, 0, 0, 0),
    }
    for measure, value in (("strict", 0.4), ("exact", 0.4), ("partial", 0.7), ("type", 1.0)):
        each = figures[measure]
        assert (each.precision, each.recall, each.f1) == pytest.approx((value,) * 3)


def test_a_case_worked_by_hand():
    #     token   Ada    Lovelace met Smith  of     the Bank   of     England
    #     gold    B-PER  I-PER    O   B-PER  O      O   B-ORG  I-ORG  I-ORG
    #     pred.   B-PER  I-PER    O   B-PER  I-PER  O   B-LOC  O      B-LOC
    # `Smith of` overlaps a gold span of its label; the first LOC overlaps the ORG, which the second then has not.
    sums = SpanSums()
    sums.add(
        ["Ada", "Lovelace", "met", "Smith", "of", "the", "Bank", "of", "England"],
        ["B-PER", "I-PER", "O", "B-PER", "O", "O", "B-ORG", "I-ORG", "I-ORG"],
        ["B-PER", "I-PER", "O", "B-PER", "I-PER", "O", "B-LOC", "O", "B-LOC"],
    )
    scores = sums.scores()
    assert five(scores.matches["strict"]) == five(scores.matches["exact"]) == (1, 2, 0, 0, 1)
    assert five(scores.matches["partial"]) == (1, 0, 2, 0, 1)
    assert five(scores.matches["type"]) == (2, 1, 0, 0, 1)
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx(
        (scores.matches["strict"].precision, scores.matches["strict"].recall, scores.matches["strict"].f1)
    )
    assert (scores.matches["partial"].precision, scores.matches["partial"].recall) == (2 / 4, 2 / 3)


def test_a_label_is_found_past_a_nearer_span_of_another_label_and_exact_bounds_past_an_overlap():
    # By `type`, the prediction belongs to the LOC, though it shares more tokens with the ORG.
    assert count_matches({("ORG", 0, 3), ("LOC", 3, 4)}, {("LOC", 0, 4)}) == {
        ("strict", "incorrect"): 1,
        ("exact", "incorrect"): 1,
        ("partial", "partial"): 1,
        ("type", "correct"): 1,
        **{(measure, "missed"): 1 for measure in ("strict", "exact", "partial", "type")},
    }
    assert count_matches({("ORG", 2, 4)}, {("LOC", 2, 4)}) == {
        ("strict", "incorrect"): 1,
        ("exact", "correct"): 1,
        ("partial", "correct"): 1,
        ("type", "incorrect"): 1,
    }
    assert count_matches({("ORG", 0, 1)}, {("ORG", 1, 2)}) == {
        (measure, outcome): 1
        for measure in ("strict", "exact", "partial", "type")
        for outcome in ("missed", "spurious")
    }
