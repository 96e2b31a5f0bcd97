import pytest

from tagger.errors import DataError
from tagger.text import blocks
from tagger.text.blocks import read_blocks, with_blank_line
from tagger.text.sentence import Sentence


def words_only(block):
    """Parse a format with one word per line and `#` for comments."""
    rows = [at for at, line in enumerate(block.lines) if line.strip() and line[0] != "#"]
    if not rows:
        return None
    return Sentence.from_words([block.lines[at].strip() for at in rows], origin=block.origin("words", rows))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("a\nb\n\nc\n\n", [("a", "b"), ("c",)]),
        ("\n\na\n\n\n\nb", [("a",), ("b",)]),
        ("# one\n\n\t\n# two\n\na\n# three\nb\n \n# four\n\n# five\n", [("a", "b")]),
        ("a\n--\nb\n--\n--\n\nc\n--\n", [("a",), ("b",), ("c",)]),
        ("a\r\n\r\nb\r\n", [("a",), ("b",)]),
    ],
)
def test_no_line_is_lost(tmp_path, text, sentences):
    file = tmp_path / "some.txt"
    file.write_text(text.replace("--", "#--"), newline="")
    read = list(read_blocks(file, words_only, separates=lambda line: line.startswith("#--")))
    assert [sentence.words for sentence in read] == sentences
    assert "".join(line for sentence in read for line in sentence.origin.lines) == text.replace("--", "#--")
    lines = text.split("\n")
    for sentence in read:
        for index, word in enumerate(sentence.words):
            assert lines[int(sentence.place(index).rpartition(":")[2]) - 1].strip() == word


def test_a_file_without_a_sentence_is_an_error(tmp_path):
    file = tmp_path / "some.txt"
    file.write_text("# one\n\n\n")
    with pytest.raises(DataError, match=r"some.txt: no sentence in it"):
        list(read_blocks(file, words_only))


@pytest.mark.parametrize("text", ["a", "a\n", "a\n\n", "a\n\t"])
def test_a_missing_blank_line_is_added(text):
    lines = text.splitlines(keepends=True)
    assert with_blank_line(lines) == {"a\n\t": "a\n\t\n"}.get(text, "a\n\n")


def test_a_sentence_without_end_is_refused_with_its_first_line(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_BLOCK_LINES", 4)
    file = tmp_path / "endless.conllu"
    file.write_text("a\nb\nc\n\n" + "d\n" * 9)
    with pytest.raises(DataError, match=r"endless\.conllu:5: no sentence ends in the 4 lines from here on"):
        list(read_blocks(file, lambda block: Sentence.from_words(block.lines)))
