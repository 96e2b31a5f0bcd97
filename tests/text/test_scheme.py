import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tagger.errors import DataError
from tagger.text.scheme import (
    SCHEMES,
    SchemeDetector,
    convert_tags,
    describe_invalid,
    invalid_positions,
    may_follow,
    repair_tags,
    spans_from_tags,
    tags_from_spans,
)

# One sentence in each scheme: two LOC spans that touch, then a PER of one token.
WRITTEN = {
    "IOB1": "I-LOC I-LOC I-LOC B-LOC O I-PER",
    "IOB2": "B-LOC I-LOC I-LOC B-LOC O B-PER",
    "IOBES": "B-LOC I-LOC E-LOC S-LOC O S-PER",
    "BILOU": "B-LOC I-LOC L-LOC U-LOC O U-PER",
    "BMES": "B-LOC M-LOC E-LOC S-LOC O S-PER",
    "BMEWO": "B-LOC M-LOC E-LOC W-LOC O W-PER",
    "IOE1": "I-LOC I-LOC E-LOC I-LOC O I-PER",
    "IOE2": "I-LOC I-LOC E-LOC E-LOC O E-PER",
}
SPANS = [("LOC", 0, 2), ("LOC", 3, 3), ("PER", 5, 5)]
LOSSLESS = [scheme for scheme in SCHEMES if scheme != "IO"]

any_tags = st.lists(st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in "BIES" for label in ("X", "Y", "B-Z"))]))


@st.composite
def some_spans(draw):
    lengths = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "X", "Y", "a-b"]))))
    spans, at = [], 0
    for length, label in lengths:
        if label:
            spans.append((label, at, at + length - 1))
        at += length
    return spans, at


@pytest.mark.parametrize("scheme", LOSSLESS)
def test_a_sentence_is_valid_in_the_scheme_it_is_written_in(detect_scheme, scheme):
    assert invalid_positions(WRITTEN[scheme].split(), scheme) == []
    assert spans_from_tags(WRITTEN[scheme].split()) == SPANS
    assert " ".join(tags_from_spans(SPANS, 6, scheme)) == WRITTEN[scheme]
    assert detect_scheme([WRITTEN[scheme].split()]) == scheme


@pytest.mark.parametrize(
    ("scheme", "previous", "current", "allowed"),
    [
        ("IOB2", None, "I-X", False),
        ("IOB2", "O", "I-X", False),
        ("IOB2", "B-X", "I-X", True),
        ("IOB2", "B-X", "I-Y", False),
        ("IOB2", "B-X", "S-X", False),
        ("IOB1", None, "I-X", True),
        ("IOB1", None, "B-X", False),
        ("IOB1", "I-Y", "B-X", False),
        ("IOB1", "I-X", "B-X", True),
        ("IOB1", "B-X", "B-X", True),
        ("IOBES", "B-X", "E-X", True),
        ("IOBES", "B-X", "B-X", False),
        ("IOBES", "B-X", None, False),
        ("IOBES", "E-X", "I-X", False),
        ("IOBES", "S-X", None, True),
        ("IOB2", "O", "NOUN", False),
        ("IOB2", "O", "B-", False),
    ],
)
def test_which_tag_may_follow_which(scheme, previous, current, allowed):
    assert may_follow(scheme, previous, current) is allowed


@given(some_spans(), st.sampled_from(LOSSLESS), st.sampled_from(LOSSLESS))
def test_converting_loses_nothing(spans_and_length, source, target):
    spans, length = spans_and_length
    tags = tags_from_spans(spans, length, source)
    assert invalid_positions(tags, source) == []
    converted = convert_tags(tags, source, target)
    assert spans_from_tags(converted) == spans
    assert convert_tags(converted, target, source) == tags


@given(any_tags, st.sampled_from(LOSSLESS))
def test_any_sequence_is_read_as_seqeval_reads_it(tags, scheme):
    assert spans_from_tags(tags) == get_entities(tags)
    repaired = repair_tags(tags, scheme)
    assert invalid_positions(repaired, scheme) == []
    assert spans_from_tags(repaired) == get_entities(tags)


@given(any_tags, st.sampled_from(SCHEMES))
def test_repair_leaves_a_valid_sequence_alone(tags, scheme):
    if not invalid_positions(tags, scheme):
        assert repair_tags(tags, scheme) == tags


def test_an_invalid_tag_is_named_with_its_place():
    tags = ["O", "I-PER", "O"]
    assert invalid_positions(tags, "IOB2") == [1]
    with pytest.raises(DataError, match="tag 2: 'I-PER' may not follow 'O' in IOB2"):
        convert_tags(tags, "IOB2", "IOBES")
    assert invalid_positions(["B-X"], "IOBES") == [1]
    assert describe_invalid(["B-X"], 1, "IOBES") == "the sentence may not end after 'B-X' in IOBES"
    assert describe_invalid(["PER"], 0, "IOB2") == "'PER' is not a tag of IOB2"


def test_a_label_may_hold_hyphens():
    assert spans_from_tags(["B-WORK-OF-ART", "I-WORK-OF-ART"]) == [("WORK-OF-ART", 0, 1)]


def test_spans_that_overlap_or_leave_the_sentence_are_refused():
    with pytest.raises(DataError, match="overlaps"):
        tags_from_spans([("X", 0, 2), ("Y", 2, 3)], 5, "IOB2")
    with pytest.raises(DataError, match="not inside 2 tokens"):
        tags_from_spans([("X", 1, 2)], 2, "IOB2")


@pytest.mark.parametrize(
    ("sequences", "scheme"),
    [
        ([["DET", "NOUN", "O"]], None),
        ([["O", "O"]], None),
        ([["NN", "B-52", "VB"], ["O"]], None),
        ([["B-X"], ["O"]], "IOB2"),
        ([["I-X", "B-X"], ["O", "I-Y", "I-X"]], "IOB1"),
        ([["S-X"], ["B-X", "I-X", "E-X", "O"]], "IOBES"),
    ],
)
def test_the_scheme_is_detected(detect_scheme, sequences, scheme):
    assert detect_scheme(sequences) == scheme


def test_span_tags_that_fit_no_scheme_are_not_taken_for_plain_tags():
    detector = SchemeDetector()
    detector.add(["B-X", "I-X", "O", "X"])
    detector.add(["B-X", "O", "I-Y"])
    assert detector.looks_like_spans
    assert detector.scheme is None
    assert (detector.closest, detector.violations("IOB2")) == ("IOB2", 2)


def test_violations_are_counted_over_all_sentences():
    detector = SchemeDetector()
    detector.add(["B-X", "I-X"])
    detector.add(["I-X"])
    assert detector.scheme is None
    assert (detector.closest, detector.violations("IOB2")) == ("IOB2", 1)


def test_neighbours_of_one_label_merge_in_io(detect_scheme):
    assert " ".join(tags_from_spans(SPANS, 6, "IO")) == "I-LOC I-LOC I-LOC I-LOC O I-PER"
    assert detect_scheme([["I-LOC", "O"]]) == "IOB1"  # read as IO is


def test_repair_never_makes_o_of_a_named_tag():
    repaired = repair_tags(["U-PER", "O", "B-LOC", "L-LOC", "PER", "B-", "0", "o"], "IOB2")
    assert " ".join(repaired) == "B-PER O B-LOC I-LOC B-PER B-ENTITY O O"


@pytest.mark.parametrize(
    ("scheme", "tags", "converted"),
    [
        ("BILOU", ["B-X", "", "L-X", "", "U-X"], ["B-X", "", "I-X", "", "B-X"]),
        ("IOB2", ["", "I-X", "O"], ["", "I-X", "O"]),
        ("IOB1", ["", "I-X", "I-X"], ["", "B-X", "I-X"]),
    ],
)
def test_a_token_without_annotation_stays_so_and_forbids_nothing(scheme, tags, converted):
    assert invalid_positions(tags, scheme) == []
    assert convert_tags(tags, scheme, "IOB2") == converted
    assert repair_tags(converted, "IOB2") == converted


def test_memory_for_many_plain_tags_is_bounded():
    detector = SchemeDetector()
    for number in range(300):
        detector.add([f"B-{number % 7}", *(f"word{number}-{other}" for other in range(300)), "O"])
    assert (detector.span_tags, detector.other_tags, len(detector.tags) < 70_000) == (300, 90_000, True)
    assert detector.violations("IOB2") == 90_000
