"""Passages: the same wherever the text is cut into pieces, and all of the text."""

import threading
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagger.text.passages import CONTEXT, LONGEST, Passage, cut_as_they_arrive, passages_of, passages_of_lines

MOST = LONGEST + 4 * CONTEXT
"""Most characters that a part of a paragraph has, with the context around it."""

PIECE = st.one_of(
    st.sampled_from(
        ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n \t\n", "\x85", "\u2028", "\u2029", "  ", "\xa0", "🙂"]
    ),
    st.text("ab .", min_size=1, max_size=12),
    st.integers(1, 700).map(lambda count: "x" * count),
    st.integers(1, 300).map(lambda count: "word " * count),
    st.integers(1, 1500).map(lambda count: " " * count),
)
PIECES = st.lists(PIECE, max_size=20)


def of(text: str, start: int = 0) -> list[Passage]:
    return list(passages_of([text], start))


def parts(passages: list[Passage]) -> list[str]:
    """The parts themselves, without the text around them."""
    return [each.text[each.first - each.start : each.last - each.start] for each in passages]


@given(PIECES)
@example(["a\r", "\n", "\r", "\nb"])
@example(["a\n", " ", "\nb"])
@example(["a" * 999, "\n", "\n", "b"])
@example([" " * 5000, "a", "\n" * 3000, "b"])
def test_pieces_make_no_difference(pieces):
    text = "".join(pieces)

    assert list(passages_of(pieces)) == of(text)
    assert list(passages_of(text)) == of(text)  # a character each


@given(PIECES, st.integers(0, 10**9))
@example(["x" * 98, " " * 1500, "\r\n", "\n", "a"], 0)
@example(["x" * 98, " " * 1500, "\n\n"], 7)
@example(["a", " " * 3000], 0)
def test_parts_cover_the_text(pieces, start):
    text = "".join(pieces)
    at = 0
    is_open = False

    for each in of(text, start):
        first, last = each.first - start, each.last - start
        assert each.begins is not is_open
        assert at <= first < last
        assert not text[at:first].strip()
        assert is_open is False or first == at
        begin = each.start - start
        assert text[begin : begin + len(each.text)] == each.text
        assert begin <= first <= last <= begin + len(each.text) <= begin + MOST
        assert last - first <= LONGEST + CONTEXT
        if each.ends:
            assert last == begin + len(each.text)
        at, is_open = last, not each.ends

    assert not is_open and not text[at:].strip()


@pytest.mark.parametrize(
    "between", ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\n \t\n", "\u2029", "\x85\x85", "\u2028\n", "\n\n\n\n", " \n\n "]
)
def test_a_blank_line_ends_a_paragraph(between):
    text = f"One two.{between}Three."

    assert parts(of(text)) == ["One two.", "Three."]
    assert [(each.begins, each.ends) for each in of(text)] == [(True, True)] * 2
    assert [each.text for each in of(text)] == ["One two.", "Three."]


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", "\x85", "\u2028", "  ", "\x0b", "\x0c"])
def test_one_line_break_ends_none(between):
    assert parts(of(f"One two.{between}Three.")) == [f"One two.{between}Three."]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\u2029 \r\n", " " * 10_000])
def test_white_space_is_no_passage(text):
    assert of(text) == []


def test_a_long_paragraph_is_cut_between_words():
    text = "seven " * 1000

    found = of(text)

    assert all(part.strip().split(" ") == ["seven"] * len(part.split()) for part in parts(found))
    assert all(LONGEST <= len(part) <= LONGEST + len("seven ") for part in parts(found)[:-1])
    for each, after in pairwise(found):
        assert each.last == after.first
        assert CONTEXT - 6 <= after.first - after.start <= CONTEXT  # before, from a word's first letter on
        assert after.text.startswith("seven")
        assert after is found[-1] or CONTEXT <= after.start + len(after.text) - after.last <= CONTEXT + 6
        assert each.text.endswith("seven")


def test_text_without_spaces_is_cut_where_it_must():
    found = of("x" * 3000)

    assert [(each.first, each.last) for each in found][:2] == [(0, LONGEST + CONTEXT), (1200, 2400)]
    assert found[-1].last == 3000
    assert found[1].start == 1200 - CONTEXT


def test_offsets_count_from_the_start():
    (passage,) = of("  Word \n\n", 100)

    assert passage == Passage("Word", 102, 102, 106, begins=True, ends=True)


def test_a_paragraph_comes_when_its_end_has_arrived():
    arrived = []

    def pieces():
        for piece in ("One.\n", "\n", "Two.", " " * MOST, "Three."):
            arrived.append(piece)
            yield piece

    passages = passages_of(pieces())

    assert next(passages).text == "One."
    assert arrived == ["One.\n", "\n"]
    assert next(each.text.strip() for each in passages).startswith("Two.")


def test_lines_are_texts_of_their_own():
    lines = ["One\n", "\n", "two ", "three\r\n", "four"]

    assert parts(list(passages_of_lines(lines, 10))) == ["One", "two three", "four"]
    assert [each.first for each in passages_of_lines(lines, 10)] == [10, 15, 26]
    assert all(each.begins and each.ends for each in passages_of_lines(lines))


@given(st.lists(st.text("ab .🙂", max_size=30), max_size=8))
def test_a_line_may_come_in_pieces(lines):
    text = "".join(line + "\n" for line in lines)

    assert list(passages_of_lines(text)) == list(passages_of_lines(text.splitlines(keepends=True)))


def test_what_has_arrived_is_yielded_without_waiting():
    go_on = threading.Event()

    def pieces():
        yield "One.\n\nTwo.\n\nThr"
        assert go_on.wait(60)
        yield "ee."

    groups = cut_as_they_arrive(passages_of, pieces())
    found = []
    while len(found) < 2:
        found += next(groups)
    assert not go_on.is_set()
    go_on.set()
    found += [each for group in groups for each in group]

    assert found == of("One.\n\nTwo.\n\nThree.")


def test_an_error_comes_after_the_passages_before_it():
    def pieces():
        yield "One.\n\n" * 200
        yield "Two.\n\nThr"
        raise ValueError("broken")

    found = []

    with pytest.raises(ValueError, match="broken"):
        for group in cut_as_they_arrive(passages_of, pieces(), 7):
            found += group

    assert [each.text for each in found] == ["One."] * 200 + ["Two."]
    assert found[0].start == 7


def test_nobody_waits_for_a_reader_that_went_away():
    is_done = threading.Event()

    def pieces():
        try:
            for _ in range(1000):
                yield "One.\n\n"
        finally:
            is_done.set()

    groups = cut_as_they_arrive(passages_of, pieces())
    next(groups)
    groups.close()

    assert is_done.wait(60)


def test_cutting_as_they_arrive_gives_the_same():
    text = "".join(f"Word {number}.\n" + "\n" * (number % 3 == 0) for number in range(2000))

    groups = list(cut_as_they_arrive(passages_of, text.splitlines(keepends=True), 3))

    assert [each for group in groups for each in group] == of(text, 3)
    assert list(cut_as_they_arrive(passages_of, [])) == []
