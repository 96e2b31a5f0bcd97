from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import ModelError
from tagger.model.vocabulary import (
    FIRST_TAG,
    FIRST_WORD,
    Vocabulary,
    character_window,
    load_vocabulary,
    tag_vocabulary,
    with_composed_entries,
    word_vocabulary,
)

ENTRIES = st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True).map(tuple)


def test_words_are_sorted_by_count_and_spelling_so_that_words_seen_once_come_last():
    vocabulary = word_vocabulary({"the": 3, "once": 1, "a": 2, "of": 2, "also": 1})
    assert vocabulary.entries == ("the", "a", "of", "also", "once")
    assert [vocabulary.ids[word] for word in vocabulary.entries] == [2, 3, 4, 5, 6]
    assert len(vocabulary) == 7  # includes padding and the unknown word
    assert "once" in vocabulary and "never" not in vocabulary


def test_words_rarer_than_the_minimum_are_left_out():
    assert word_vocabulary({"the": 3, "a": 2, "once": 1}, min_count=2).entries == ("the", "a")


def test_tags_are_sorted_by_spelling_and_start_at_1():
    vocabulary = tag_vocabulary(["NOUN", "ADJ", "NOUN", "VERB"])
    assert dict(vocabulary.ids) == {"ADJ": 1, "NOUN": 2, "VERB": 3}


@given(ENTRIES)
def test_a_saved_vocabulary_is_read_back_whatever_its_entries(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("vocabulary") / "words.txt"
    Vocabulary(entries, FIRST_WORD).save(path)
    assert load_vocabulary(path, FIRST_WORD) == Vocabulary(entries, FIRST_WORD)


def test_line_breaks_and_backslashes_are_escaped(tmp_path: Path):
    path = tmp_path / "words.txt"
    Vocabulary(("a\nb", "\\n", "\r", "\u2028", ""), FIRST_WORD).save(path)
    assert path.read_bytes() == "a\\nb\n\\\\n\n\\r\n\u2028\n\n".encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"the\na", "cut short"),
        (b"the\nthe\n", "an entry twice"),
        (b"caf\xe9\n", "not UTF-8"),
    ],
)
def test_a_damaged_vocabulary_is_an_error_that_names_the_file(tmp_path: Path, content, message):
    path = tmp_path / "tags.upos.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=f"tags.upos.txt: .*{message}"):
        load_vocabulary(path, FIRST_TAG)


@pytest.mark.parametrize(
    ("word", "most", "read"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcefg"), ("abcdefg", 5, "abefg"), ("abc", 2, "ac"), ("", 2, "")],
)
def test_half_of_the_characters_read_of_a_long_word_are_from_each_end(word, most, read):
    assert "".join(character_window(word, most)) == read


def test_entries_are_composed_unless_that_would_make_two_of_one_or_cut_a_character():
    words = Vocabulary(("Zoe\u0308", "a", "Zoë", "e\u0301"), FIRST_WORD)
    assert with_composed_entries(words).entries == ("Zoe\u0308", "a", "Zoë", "é")
    characters = Vocabulary(("\u212b", "\ufb2a"), FIRST_WORD)
    assert with_composed_entries(characters).entries == ("Å", "\ufb2a")
    assert with_composed_entries(same := Vocabulary(("a", "é"), FIRST_WORD)) is same
