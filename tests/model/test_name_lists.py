"""Names of lists in sentences, compared with a search that compares words."""

import random

import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.model.name_lists import (
    BEGIN,
    END,
    INSIDE,
    MOST_WORDS,
    NO_MATCH,
    SINGLE,
    NameList,
    NameLists,
    make_name_list,
    open_name_list,
)

SIGNS = {NO_MATCH: ".", BEGIN: "B", INSIDE: "I", END: "E", SINGLE: "S"}


def list_of(*phrases: str) -> NameList:
    return make_name_list([(tuple(phrase.split()),) for phrase in phrases])


def marked(names: NameList, *sentences: str) -> str:
    """The marks of all words of some sentences, a character each."""
    rows = [sentence.split() for sentence in sentences]
    words = [word for row in rows for word in row]
    return "".join(
        SIGNS[mark] for mark in NameLists({"x": names}).marks(words, [len(row) for row in rows])["x"].tolist()
    )


def marked_by_words(phrases: set[tuple[str, ...]], words: list[str]) -> str:
    """The same by comparing words: leftmost first, and of these the longest."""
    marks, at = "", 0
    while at < len(words):
        fits = [n for n in range(1, len(words) - at + 1) if tuple(words[at : at + n]) in phrases]
        longest = max(fits, default=0)
        marks += "." if not longest else "S" if longest == 1 else "B" + "I" * (longest - 2) + "E"
        at += max(longest, 1)
    return marks


def test_the_leftmost_and_then_the_longest_name_is_marked():
    names = list_of("New York", "New York City", "York City Hall", "Paris")
    assert marked(names, "in new york and PARIS") == ".BE.S"
    assert marked(names, "New York City Hall") == "BIE."
    assert marked(names, "New York New York City") == "BEBIE"
    assert marked(names, "York New City York") == "...."


def test_a_name_that_only_begins_is_no_name_and_the_order_of_words_counts():
    names = list_of("Rio de Janeiro", "a b")
    assert marked(names, "Rio de la Plata") == "...."
    assert marked(names, "b a b a") == ".BE."


def test_no_name_goes_beyond_its_sentence():
    assert marked(list_of("New York"), "in New", "York , New York") == "....BE"
    assert marked(list_of("a"), "", "a", "") == "S"


def test_words_are_compared_in_lower_case_in_nfc_and_with_plain_apostrophes():
    names = list_of("ZÜRICH", "O'Brien")
    assert marked(names, "Zu\u0308rich zürich O’BRIEN zurich") == "SSS."
    assert marked(names, "\ud800 \0") == ".."


def test_each_list_is_matched_on_its_own():
    lists = NameLists({"city": list_of("Paris"), "person": list_of("Paris Hilton")})
    marks = lists.marks(["Paris", "Hilton", "in", "Paris"], [4])
    assert marks["city"].tolist() == [SINGLE, NO_MATCH, NO_MATCH, SINGLE]
    assert marks["person"].tolist() == [BEGIN, END, NO_MATCH, NO_MATCH]
    assert all(column.dtype == np.int32 for column in marks.values())
    assert {name: len(column) for name, column in lists.marks([], []).items()} == {"city": 0, "person": 0}


def test_the_marks_are_those_of_a_search_that_compares_words():
    generator = random.Random(1)
    for _ in range(30):
        phrases = {tuple(generator.choices("abcd", k=generator.randint(1, 5))) for _ in range(generator.randint(1, 40))}
        names = make_name_list([(phrase,) for phrase in sorted(phrases)])
        assert names.phrases == len(phrases)
        rows = [generator.choices("abcde", k=generator.randint(0, 30)) for _ in range(20)]
        expected = "".join(marked_by_words(phrases, row) for row in rows)
        assert marked(names, *(" ".join(row) for row in rows)) == expected


def test_the_longest_phrase_is_found():
    words = [f"w{number}" for number in range(MOST_WORDS)]
    names = list_of(" ".join(words))
    assert marked(names, " ".join(["w0", *words, "w1"])) == "." + "B" + "I" * (MOST_WORDS - 2) + "E" + "."


def test_a_list_counts_phrases_once_and_no_other_tokenization():
    names = make_name_list([(("D.C.",), ("D", ".", "C", ".")), (("d.c.",),), (("Paris",),)])
    assert names.phrases == 2
    assert marked(names, "D . C . d.c.") == "BIIES"


def test_a_saved_list_holds_hashes_alone_and_is_small(tmp_path):
    names = make_name_list([((f"First{n % 500}", f"Last{n}"),) for n in range(20_000)])
    names.save(tmp_path / "list.npy")
    assert (tmp_path / "list.npy").stat().st_size == 128 + 8 * 20_500  # a header, the names and their first words
    assert b"irst" not in (tmp_path / "list.npy").read_bytes() and b"ast" not in (tmp_path / "list.npy").read_bytes()
    found = open_name_list(tmp_path / "list.npy")
    np.testing.assert_array_equal(found.hashes, names.hashes)
    assert (marked(found, "first7 last7 first7 last8"), found.phrases) == ("BE..", 20_000)


def test_hashes_are_the_same_in_every_version():
    """The folders of models have them: BLAKE2 of `new`, which goes on, and joined with that of `york`, a phrase."""
    assert list_of("New York").hashes.tolist() == [0xDCD20899F512A472, 0xE2FE25B34DF8F235]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(0, np.uint64),
        np.array([2, 1], np.uint64),
        np.array([1, 1], np.uint64),
        np.zeros((2, 2), np.uint64),
        np.arange(3.0),
    ],
)
def test_an_array_that_is_no_list_is_an_error(tmp_path, wrong):
    np.save(tmp_path / "list.npy", wrong)
    with pytest.raises(ModelError, match="not a list of names as training writes it"):
        open_name_list(tmp_path / "list.npy")


def test_a_damaged_or_missing_list_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="there is no such file: the model folder is not whole"):
        open_name_list(tmp_path / "list.npy")
    (tmp_path / "list.npy").write_bytes(b"\x93NUMPY\x01")
    with pytest.raises(ModelError, match="damaged"):
        open_name_list(tmp_path / "list.npy")
