import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from tagger.errors import DataError
from tagger.evaluation.significance import sentence_counts
from tagger.evaluation.sums import PlainSums, SpanSums, strict_spans

# A case worked by hand. Sentence one:
#
#     token   Ada    Lovelace met Smith  of     the Bank   of     England .
#     gold    B-PER  I-PER    O   B-PER  O      O   B-ORG  I-ORG  I-ORG   O
#     pred.   B-PER  I-PER    O   B-PER  I-PER  O   B-LOC  O      B-LOC   O
#
# and sentence two:  London/B-LOC Paris/B-LOC, predicted correctly.
#
#     gold spans   PER Ada Lovelace | PER Smith    | ORG Bank of England         | LOC London | LOC Paris    5
#     pred. spans  PER Ada Lovelace | PER Smith of | LOC Bank     | LOC England  | LOC London | LOC Paris    6
#     right        PER Ada Lovelace                                              | LOC London | LOC Paris    3
#
#     all   precision 3/6 = 0.5, recall 3/5 = 0.6, F1 2 * 3 / (6 + 5) = 6/11
#     LOC   precision 2/4 = 0.5, recall 2/2 = 1.0, F1 2 * 2 / (4 + 2) = 2/3
#     ORG   none predicted, one gold: 0, 0, 0
#     PER   precision 1/2 = 0.5, recall 1/2 = 0.5, F1 2 * 1 / (2 + 2) = 1/2
#     macro precision (0.5 + 0 + 0.5) / 3 = 1/3, recall (1 + 0 + 0.5) / 3 = 1/2, F1 (2/3 + 0 + 1/2) / 3 = 7/18
#     tags  wrong at "of", "Bank", "of", "England": 8 of 12 right; one sentence of two right
WORDS = ["Ada", "Lovelace", "met", "Smith", "of", "the", "Bank", "of", "England", "."]
GOLD = ["B-PER", "I-PER", "O", "B-PER", "O", "O", "B-ORG", "I-ORG", "I-ORG", "O"]
PREDICTED = ["B-PER", "I-PER", "O", "B-PER", "I-PER", "O", "B-LOC", "O", "B-LOC", "O"]


def test_spans_of_a_case_worked_by_hand():
    sums = SpanSums()
    sums.add(WORDS, GOLD, PREDICTED)
    sums.add(["London", "Paris"], ["B-LOC", "B-LOC"], ["B-LOC", "B-LOC"])
    scores = sums.scores()

    assert (scores.precision, scores.recall, scores.f1, scores.support) == pytest.approx((0.5, 0.6, 6 / 11, 5))
    figures = {label: (row.precision, row.recall, row.f1, row.support) for label, row in scores.types.items()}
    assert figures["LOC"] == pytest.approx((0.5, 1.0, 2 / 3, 2))
    assert figures["ORG"] == (0.0, 0.0, 0.0, 1)
    assert figures["PER"] == pytest.approx((0.5, 0.5, 0.5, 2))
    assert (scores.macro.precision, scores.macro.recall, scores.macro.f1) == pytest.approx((1 / 3, 1 / 2, 7 / 18))
    assert scores.accuracy == pytest.approx(8 / 12)
    assert (scores.sentences, scores.sentences_right, scores.sentence_accuracy) == (2, 1, 0.5)
    assert scores.invalid_sequences == 0


def test_sums_add_up():
    kinds = (lambda: SpanSums({"Ada", "the"}.__contains__, ["O"]), PlainSums)
    for kind in kinds:
        whole, first, second = kind(), kind(), kind()
        for sums in (whole, first):
            sums.add(WORDS, GOLD, PREDICTED)
        for sums in (whole, second):
            sums.add(["the", "I"], ["B-LOC", "B-LOC"], ["B-LOC", "I-PER"])
        together = second.empty()
        assert together.scores() == kind().scores()
        together.include(first)
        together.include(second)
        assert together.scores() == whole.scores()
        assert first.sentences == second.sentences == 1


def conlleval_counts(gold_tags, given_tags):
    """Count right, predicted and gold chunks by type, as conlleval.pl does.

    Its loop (Tjong Kim Sang, CoNLL-2000 to 2003) is followed. It makes one pass over all tokens, with an `O` between
    sentences, and sees only where chunks start and end.
    """

    def split(tag):
        return tuple(tag.split("-", 1)) if "-" in tag else (tag, "")

    def ends(before, now):
        (mark, kind), (next_mark, next_kind) = before, now
        return mark in "BI" and (next_mark in "BO" or kind != next_kind)

    def starts(before, now):
        (mark, kind), (next_mark, next_kind) = before, now
        return next_mark == "B" or (next_mark == "I" and (mark == "O" or kind != next_kind))

    right, given, gold = Counter(), Counter(), Counter()
    gold_before = given_before = ("O", "")
    inside_right = None  # the type of a chunk that is right so far
    for gold_now, given_now in [*zip(map(split, gold_tags), map(split, given_tags), strict=True), (("O", ""),) * 2]:
        gold_ends, given_ends = ends(gold_before, gold_now), ends(given_before, given_now)
        if inside_right:
            if gold_ends and given_ends and gold_before[1] == given_before[1]:
                right[inside_right] += 1
                inside_right = None
            elif gold_ends != given_ends or gold_now[1] != given_now[1]:
                inside_right = None
        gold_starts, given_starts = starts(gold_before, gold_now), starts(given_before, given_now)
        if gold_starts and given_starts and gold_now[1] == given_now[1]:
            inside_right = gold_now[1]
        gold[gold_now[1]] += gold_starts
        given[given_now[1]] += given_starts
        gold_before, given_before = gold_now, given_now
    return +right, +given, +gold


@st.composite
def valid_tags(draw, length):
    tags = []
    for _ in range(length):
        inside = [f"I-{tags[-1][2:]}"] if tags and tags[-1] != "O" else []
        tags.append(draw(st.sampled_from(["O", "B-PER", "B-LOC", *inside * 2])))
    return tags


@settings(deadline=None)
@given(st.data(), st.lists(st.integers(1, 12), min_size=1, max_size=5))
def test_spans_of_valid_tags_equal_those_of_conlleval(data, lengths):
    sums, all_gold, all_given = SpanSums(), [], []
    for length in lengths:
        gold, predicted = data.draw(valid_tags(length)), data.draw(valid_tags(length))
        sums.add(["word"] * length, gold, predicted)
        all_gold += [*gold, "O"]
        all_given += [*predicted, "O"]

    assert (sums.right_spans, sums.predicted_spans, sums.gold_spans) == conlleval_counts(all_gold, all_given)


TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1), min_size=1))
def test_figures_equal_those_of_seqevals_strict_report(sentences):
    gold = [[right for right, _ in sentence] for sentence in sentences]
    predicted = [[given for _, given in sentence] for sentence in sentences]
    sums = SpanSums()
    for right, tags in zip(gold, predicted, strict=True):
        sums.add(["word"] * len(right), right, tags)
    scores = sums.scores()
    if not scores.types:
        return  # seqeval cannot average over no types
    report = classification_report(gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)

    ours = {**scores.types, "micro avg": scores, "macro avg": scores.macro}
    assert ours.keys() == report.keys() - {"weighted avg"}
    for name, figures in ours.items():
        theirs = report[name]
        assert figures.precision == pytest.approx(theirs["precision"])
        assert figures.recall == pytest.approx(theirs["recall"])
        assert figures.f1 == pytest.approx(theirs["f1-score"])
        assert figures.support == theirs["support"]


def test_a_run_of_tags_that_iob2_forbids_is_not_a_span():
    sums = SpanSums()
    sums.add(["Ada", "Lovelace"], ["B-PER", "I-PER"], ["I-PER", "I-PER"])
    sums.add(["in", "Rome"], ["O", "B-LOC"], ["O", "B-LOC"])
    scores = sums.scores()

    assert (scores.precision, scores.recall) == (1.0, 0.5)
    assert scores.invalid_sequences == 1


def test_a_tag_outside_the_scheme_is_an_error_that_names_it():
    with pytest.raises(DataError, match=r"'E-PER' is not a tag of IOB2.*--scheme"):
        strict_spans(["B-PER", "E-PER"], "IOB2")


def test_a_sentence_of_many_thousand_tags_is_scored():
    tags = ["B-PER", "I-PER", "O", "B-LOC"] * 2500
    sums = SpanSums()
    sums.add(["word"] * len(tags), tags, tags)
    assert (sums.scores().f1, sums.scores().support) == (1.0, 5000)


def test_plain_tags_of_a_case_worked_by_hand():
    # the/DET cat/NOUN sleeps/VERB | cats/NOUN sleep/VERB, with "cats" predicted as VERB and "sleep" as NOUN;
    # NOUN: predicted twice (cat, sleep), right once, gold twice (cat, cats); so precision and recall 1/2, as VERB.
    sums = PlainSums(known={"the", "cat", "sleeps", "sleep"}.__contains__)
    sums.add(["the", "cat", "sleeps"], ["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB"])
    sums.add(["cats", "sleep"], ["NOUN", "VERB"], ["VERB", "NOUN"])
    scores = sums.scores()

    assert (scores.accuracy, scores.tokens) == (3 / 5, 5)
    assert (scores.known, scores.known_tokens) == (3 / 4, 4)
    assert (scores.unknown, scores.unknown_tokens) == (0.0, 1)
    assert (scores.sentences_right, scores.sentence_accuracy) == (1, 0.5)
    figures = {tag: (row.precision, row.recall, row.f1, row.support) for tag, row in scores.tags.items()}
    assert figures == {"DET": (1.0, 1.0, 1.0, 1), "NOUN": (0.5, 0.5, 0.5, 2), "VERB": (0.5, 0.5, 0.5, 2)}


def test_gold_tags_unknown_to_the_model_are_wrong_and_counted():
    sums = PlainSums(tags={"NOUN", "VERB"})
    sums.add(["oh", "cats", "oh"], ["INTJ", "NOUN", "INTJ"], ["NOUN", "NOUN", "VERB"])
    scores = sums.scores()

    assert scores.unknown_tags == {"INTJ": 2}
    assert scores.accuracy == 1 / 3
    assert (scores.tags["INTJ"].recall, scores.tags["INTJ"].support) == (0.0, 2)


def test_columns_of_different_length_are_an_error():
    with pytest.raises(DataError, match=r"2 tokens .'one two'., 2 gold tags and 1 predicted"):
        PlainSums().add(["one", "two"], ["NUM", "NUM"], ["NUM"])


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(itertools.product("ABC", "ABC"))), min_size=1), st.integers(0, 30))
def test_sums_do_not_depend_on_where_sentences_end(pairs, cut):
    whole, parts = PlainSums(), PlainSums()
    words, gold, predicted = ["w"] * len(pairs), [right for right, _ in pairs], [given for _, given in pairs]
    whole.add(words, gold, predicted)
    parts.add(words[:cut], gold[:cut], predicted[:cut])
    parts.add(words[cut:], gold[cut:], predicted[cut:])
    assert whole.scores().tags == parts.scores().tags
    assert whole.scores().accuracy == parts.scores().accuracy


def test_tokens_that_are_not_annotated_do_not_count():
    plain, spans = PlainSums(), SpanSums()
    plain.add(["a", "b", "c"], ["X", "", "Y"], ["X", "Y", "X"])
    assert (plain.tokens, plain.right, plain.scores().tags["Y"].support) == (2, 1, 1)
    plain.add(["a", "b"], ["X", ""], ["X", "Y"])
    assert (plain.sentences_right, plain.scores().accuracy) == (1, 2 / 3)
    # The second span may be longer than its tags say, and the prediction over "d e" may be right.
    gold = ["B-P", "I-P", "O", "B-P", "", "O", "B-P"]
    spans.add(list("abcdefg"), gold, ["B-P", "I-P", "O", "B-P", "I-P", "O", "O"])
    assert (spans.gold_spans, spans.predicted_spans, spans.right_spans) == ({"P": 2}, {"P": 1}, {"P": 1})
    assert sentence_counts(gold, ["O", "O", "O", "O", "B-P", "O", "B-P"], "IOB2") == (2, 3)
    assert sentence_counts(["X", "", "Y"], ["X", "Y", "X"], None) == (1, 2)
