import ast
import gzip
import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import DataError
from tagger.tagging import chunks
from tagger.tagging.chunks import batches_of_chunks, chunks_of_text, cut, read_text
from tagger.text.tokenize import TEXT_READERS

PIECES = st.lists(
    st.sampled_from(
        ["A b. ", "C d! E", "f", "\n", "\n\n", "\r\n", " \t\n", "\x0b\n", "\u2029", "\x85\n", "\r", "Mr. X ", "x" * 40]
    ),
    max_size=60,
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_CHARACTERS", 40)
    monkeypatch.setattr(chunks, "LONG_PARAGRAPH", 60)
    monkeypatch.setattr(chunks, "CHUNK_TOKENS", 8)


def lines_of(text: str) -> list[str]:
    """The lines of a text as a file gives them: cut only at line feeds."""
    return [line + "\n" for line in text.split("\n")[:-1]] + [line for line in text.split("\n")[-1:] if line]


def failing(lines):
    yield from lines
    raise DataError("the end cannot be read")


def all_until_failure(sentences) -> list:
    found = []
    with pytest.raises(DataError, match="the end cannot be read"):
        for sentence in sentences:
            found.append(sentence)
    return found


READINGS = pytest.mark.parametrize("reading", list(TEXT_READERS))


def pieces_of(text: str, cuts: list[int]) -> list[str]:
    """The lines of a text, some of them cut into pieces."""
    pieces = []
    for line in lines_of(text):
        places = sorted({0, len(line), *(cut for cut in cuts if cut < len(line))})
        pieces += [line[first:last] for first, last in itertools.pairwise(places)]
    return pieces


@READINGS
@settings(deadline=None)
@given(pieces=PIECES, cuts=st.lists(st.integers(1, 60), max_size=4))
def test_the_chunks_of_a_text_have_its_sentences_with_their_offsets(reading, pieces, cuts):
    lines = lines_of("".join(pieces))
    found = [sentence for chunk in cut(pieces_of("".join(pieces), cuts), reading) for sentence in chunk.read(reading)]
    assert found == list(TEXT_READERS[reading](iter(lines)))


@READINGS
@settings(deadline=None)
@given(pieces=PIECES, cuts=st.lists(st.integers(1, 60), max_size=4))
def test_sentences_before_a_read_error_are_the_same_with_chunks(reading, pieces, cuts):
    cut_up = pieces_of("".join(pieces), cuts)
    found = all_until_failure(sentence for chunk in cut(failing(cut_up), reading) for sentence in chunk.read(reading))
    assert found == all_until_failure(TEXT_READERS[reading](failing(cut_up)))


def test_chunks_are_of_bounded_size_and_the_text_is_read_lazily():
    read = []
    text = ((read.append(number) or f"{number} b c.\n\n") for number in itertools.count())
    for _, chunk in zip(range(50), cut(text, "text"), strict=False):
        assert chunk.size < 100
    assert len(read) < 500


def test_an_endless_paragraph_is_cut_into_chunks_of_sentences(monkeypatch):
    monkeypatch.setattr("tagger.text.tokenize.MAX_SENTENCE_LENGTH", 200)
    found = list(itertools.islice(cut((f"Ada saw {number}.\n" for number in itertools.count()), "text"), 50))
    sentences = [sentence for chunk in found for sentence in chunk.read("text")]
    assert max(sum(map(len, chunk.sentences)) for chunk in found) < 20
    assert [sentence.words[2] for sentence in sentences] == [str(number) for number in range(len(sentences))]


def test_small_files_share_a_batch_but_keep_their_own_offsets(tmp_path):
    for name, text in (("a", "A b."), ("b", "C d.\n\n" * 20), ("c", "E f.")):
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in "abc"]
    batches = list(batches_of_chunks(chunk for path in paths for chunk in chunks_of_text(path, "text")))
    assert len(batches) > 2 and len(batches[0]) == 2
    found = [sentence for batch in batches for chunk in batch for sentence in chunk.read("text")]
    assert found == [sentence for path in paths for sentence in read_text(path, TEXT_READERS["text"])]


def test_a_file_without_a_word_is_an_error_after_the_files_before_it(tmp_path):
    (tmp_path / "a").write_text("A b.")
    (tmp_path / "blank").write_text(" \n\u2029\n")
    paths = [str(tmp_path / "a"), str(tmp_path / "blank")]
    batches = batches_of_chunks(chunk for path in paths for chunk in chunks_of_text(path, "text"))
    assert [chunk.text for chunk in next(batches)] == ["A b.", " \n\u2029\n"]
    with pytest.raises(DataError, match="blank: nothing but white space in it, so nothing to tag"):
        next(batches)


BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))
from tagger.tagging.chunks import chunks_of_text, read_text
from tagger.text.tokenize import TEXT_READERS
path, reading = sys.argv[1:]
alone = [(sentence.text, sentence.start) for sentence in read_text(path, TEXT_READERS[reading])]
chunks = chunks_of_text(path, reading)
together = [(sentence.text, sentence.start) for chunk in chunks for sentence in chunk.read(reading)]
assert alone == together, together
print(alone)
"""


@pytest.mark.slow
@READINGS
def test_a_line_of_100_megabytes_is_read_in_pieces(tmp_path, reading):
    with gzip.open(tmp_path / "bomb.gz", "wb", 1) as file:
        file.write(b"Ada")
        for _ in range(100):
            file.write(b" " * (1 << 20))
        file.write(b"left.")
    command = [sys.executable, "-c", BOMB, str(tmp_path / "bomb.gz"), reading]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout) == [("Ada", 0), ("left.", 3 + (100 << 20))]
