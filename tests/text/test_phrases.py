"""Files of phrases: their tokenizations, and what is wrong with them."""

import gzip
import lzma

import pytest

from tagger.errors import DataError
from tagger.text.phrases import read_phrases


def phrases_of(path, content, most_words=32):
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return list(read_phrases(path, most_words))


def test_a_phrase_is_a_line_split_at_white_space(tmp_path):
    content = "\ufeff# capitals\n#\nParis\n\n  New   York \r\n東京\n#MeToo\n"
    found = [each[0] for each in phrases_of(tmp_path / "names.txt", content)]
    assert found == [("Paris",), ("New", "York"), ("東京",), ("#MeToo",)]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("New York", [["New", "York"]]),
        ("Washington D.C.", [["Washington", "D.C."], ["Washington", "D", ".", "C", "."]]),
        ("Winston-Salem", [["Winston-Salem"], ["Winston", "-", "Salem"]]),
        ("Portland, Oregon", [["Portland,", "Oregon"], ["Portland", ",", "Oregon"]]),
        ("O’Brien's", [["O’Brien's"], ["O’Brien", "'s"], ["O", "’", "Brien", "'", "s"]]),
    ],
)
def test_marks_are_split_off_as_corpora_do(tmp_path, phrase, expected):
    (found,) = phrases_of(tmp_path / "names.txt", phrase)
    assert [list(words) for words in found] == expected


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_files_may_be_compressed(tmp_path, compress):
    assert phrases_of(tmp_path / "names", compress(b"Ada\nLovelace\n")) == [(("Ada",),), (("Lovelace",),)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"names.txt: the file is empty"),
        (b"# nothing\n\n", r"names.txt: there is no phrase in it, only comments and empty lines"),
        (b"Paris\nM\xfcnchen\n", r"names.txt:2:2: byte 0xfc is not UTF-8"),
        (b"Paris\na b c d\n", r"names.txt:2: a phrase of 4 words, of which one may have 3: write one name a line"),
        (b"a-b-c\n", r"names.txt:1: a phrase of 5 words"),
    ],
)
def test_what_is_wrong_with_a_file_is_an_error_that_says_where(tmp_path, content, said):
    with pytest.raises(DataError, match=said):
        phrases_of(tmp_path / "names.txt", content, 3)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"cities.txt: there is no such file"):
        list(read_phrases(tmp_path / "cities.txt", 3))
