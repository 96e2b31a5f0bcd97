"""Agreement of two annotators, against calculations by hand."""

import pytest

from tagger.annotation.agreement import agreement, cohens_kappa, span_f1
from tagger.annotation.answer_log import ACCEPT, SKIP, GivenAnswer


def test_kappa_is_what_it_is_by_hand():
    """Of 50: both yes 20, yes and no 5, no and yes 10, both no 15. po = 0.7, pe = 0.5 * 0.6 + 0.5 * 0.4 = 0.5."""
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohens_kappa(first, second) == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert cohens_kappa(first, first) == 1
    assert cohens_kappa(["O"] * 3, ["O"] * 3) == 1  # not defined
    assert cohens_kappa(["a", "b"], ["b", "a"]) == pytest.approx((0 - 0.5) / (1 - 0.5))


def test_the_f1_of_spans_is_what_it_is_by_hand():
    """Spans PER 0-1 and LOC 3; PER 0-1 and LOC 3-4: one of two and two is shared. In the second text, one of one."""
    pairs = [
        (["B-PER", "I-PER", "O", "B-LOC", "O"], ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"]),
        (["B-PER", "O"], ["B-PER", "O"]),
    ]
    assert span_f1(pairs[:1]) == pytest.approx(2 * 1 / (2 + 2))
    assert span_f1(pairs) == pytest.approx(2 * 2 / (3 + 3))
    assert span_f1([(["O"], ["B-PER"])]) == 0
    assert span_f1([(["O"], ["O"])]) == 1


def test_only_what_both_have_accepted_counts():
    """Of three words two agree: po = 2/3, pe = (2 * 1 + 1 * 2) / 9 = 4/9."""
    one = {
        0: GivenAnswer(0, ACCEPT, {"ner": ["B-PER", "O", "O"]}),
        1: GivenAnswer(1, ACCEPT, {"ner": ["O"]}),
        2: GivenAnswer(2, ACCEPT, {"ner": ["O"]}),
    }
    other = {0: GivenAnswer(0, ACCEPT, {"ner": ["B-PER", "B-PER", "O"]}), 1: GivenAnswer(1, SKIP, {})}
    found = agreement("ner", one, other, has_spans=True)
    assert (found.excerpts, found.words) == (1, 3)
    assert found.kappa == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert found.f1 == pytest.approx(2 / 3)
    assert str(found) == "ner: Cohen's kappa 0.400, F1 of spans 0.667 (1 excerpt, 3 words)"
    assert agreement("ner", one, other, has_spans=False).f1 is None
