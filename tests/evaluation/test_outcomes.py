import itertools

from hypothesis import given
from hypothesis import strategies as st

from tagger.evaluation.outcomes import Labelled, pair_spans
from tagger.text.scheme import repair_tags, spans_from_tags

tags = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), min_size=12, max_size=12)


def labelled(tags):
    return [Labelled(*span) for span in spans_from_tags(repair_tags(tags, "IOB2"))]


def test_spans_are_paired_with_their_best_overlap():
    gold = [Labelled("PER", 0, 1), Labelled("LOC", 4, 4), Labelled("ORG", 6, 9), Labelled("LOC", 12, 12)]
    given = [Labelled("PER", 0, 1), Labelled("ORG", 4, 5), Labelled("LOC", 6, 6), Labelled("PER", 8, 10)]
    assert pair_spans(gold, given) == [
        (gold[0], given[0]),
        (gold[1], given[1]),
        (None, given[2]),
        (gold[2], given[3]),
        (gold[3], None),
    ]


def test_pairing_prefers_the_same_tokens_to_the_same_label():
    gold, given = [Labelled("PER", 0, 0), Labelled("LOC", 1, 3)], [Labelled("LOC", 0, 0), Labelled("PER", 1, 2)]
    assert pair_spans(gold, given) == [(gold[0], given[0]), (gold[1], given[1])]


@given(tags, tags)
def test_every_span_is_in_exactly_one_pair(one, other):
    gold, given = labelled(one), labelled(other)
    pairs = pair_spans(gold, given)
    assert sorted((each for each, _ in pairs if each), key=lambda each: each.first) == gold
    assert sorted((each for _, each in pairs if each), key=lambda each: each.first) == given
    assert {pair for pair in itertools.product(gold, given) if pair[0] == pair[1]} <= set(pairs)
    assert all(one.first <= other.last and other.first <= one.last for one, other in pairs if one and other)
