import bz2
import gzip
import io
import lzma
import os
import sys
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import DataError
from tagger.text import reading
from tagger.text.reading import is_live, raw_lines, text_pieces

TEXT = "eins\nzwei \u2028 \x0b \x85 \x0c zwei\r\n\n\u00fcber"
LINES = ["eins\n", "zwei \u2028 \x0b \x85 \x0c zwei\r\n", "\n", "\u00fcber"]


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_lines_end_only_at_line_feeds_whatever_the_compression(tmp_path, compress):
    file = tmp_path / "any.name"
    file.write_bytes(compress(TEXT.encode()))
    assert list(raw_lines(file)) == LINES


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from(["a", "é", "字", "😀", "e\u0301", "\r", "\n", "\r\n", "\ufeff", "\u2028"]), max_size=30),
    st.integers(4, 9),
)
def test_long_lines_come_in_pieces_that_cut_no_character_and_no_line_break(tmp_path_factory, characters, size):
    file, text = tmp_path_factory.mktemp("pieces") / "file", "".join(characters)
    file.write_bytes(gzip.compress(text.encode()) if size % 2 else text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PIECE_BYTES", size)
        pieces = list(text_pieces(file, allow_empty=True))
    assert "".join(pieces) == text.removeprefix("\ufeff")
    assert "".join(pieces) == "".join(raw_lines(file, allow_empty=True))
    assert all(len(piece.encode()) <= size + 3 and "\n" not in piece[:-1] for piece in pieces)
    assert not any(one.endswith("\r") and other.startswith("\n") for one, other in pairwise(pieces))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"one\n" + "é".encode() * 9 + b"\xe9f\n", ":2:19: byte 0xe9"),
        (b"\xef\xbb\xbf" + b"abc" * 9 + b"\xff", ":1:31: byte 0xff"),
        (b"abcdefgh\xe5\xad", ":1:9: byte 0xe5"),
        (b"abcdefg\xe5\n", ":1:8: byte 0xe5"),
        ("Grüße\n".encode("utf-16"), ":1:1: byte 0xff is not UTF-8; .* -f UTF-16"),
    ],
)
def test_a_wrong_byte_in_a_piece_has_its_place_in_the_line(tmp_path, monkeypatch, content, place):
    monkeypatch.setattr(reading, "PIECE_BYTES", 8)
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    with pytest.raises(DataError, match=f"bad.txt{place}"):
        list(text_pieces(file))


def test_a_line_that_is_too_long_is_refused_before_it_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 1 << 20)
    file = tmp_path / "long.jsonl"
    file.write_bytes(b"[]\n" + b"x" * ((1 << 20) - 1) + b"\n")
    assert [len(line) for line in raw_lines(file)] == [3, 1 << 20]
    file.write_bytes(gzip.compress(b"[]\n[]\n" + bytes(100 << 20), 1))
    tracemalloc.start()
    with pytest.raises(DataError, match=r"long\.jsonl:3: a line of over 1 MiB"):
        list(raw_lines(file))
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_the_suffix_of_a_file_does_not_matter(tmp_path):
    file = tmp_path / "plain.gz"
    file.write_text("BZh is no bzip2\n")
    assert list(raw_lines(file)) == ["BZh is no bzip2\n"]


def test_pipes_are_live_and_files_are_not(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    assert not is_live(tmp_path / "file")
    assert is_live(tmp_path / "pipe")
    reading, writing = os.pipe()
    with open(reading) as pipe, (tmp_path / "file").open() as file:
        monkeypatch.setattr("sys.stdin", pipe)
        assert is_live("-")
        monkeypatch.setattr("sys.stdin", file)
        assert not is_live("-")
    os.close(writing)


def test_a_byte_order_mark_is_dropped_only_at_the_start(tmp_path):
    file = tmp_path / "marked.txt"
    file.write_bytes(b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\n")
    assert list(raw_lines(file)) == ["one\n", "\ufefftwo\n"]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_standard_input(monkeypatch, compress):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(compress(TEXT.encode()))))
    assert list(raw_lines("-")) == LINES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"one\nca\xe9f\n", ":2:3: byte 0xe9 is not UTF-8"),
        (b"\xef\xbb\xbfca\xe9f\n", ":1:6: byte 0xe9 is not UTF-8"),
        ("Grüße\n".encode("utf-16"), ":1:1: byte 0xff is not UTF-8; .* -f UTF-16"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"one\n" * 100_000, mtime=0)[:-20], "gzip data is damaged or cut short after line [0-9]+"),
        (lzma.compress(b"one\n" * 100_000)[:-20], "xz data is damaged or cut short"),
        (bz2.compress(b"one\n" * 100_000)[:-8], "bzip2 data is damaged or cut short"),
    ],
)
def test_a_file_that_is_no_text_is_an_error_with_its_place(tmp_path, content, message):
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    with pytest.raises(DataError, match=f"bad.txt.*{message}"):
        list(raw_lines(file))


def test_an_empty_file_is_allowed_if_the_caller_says_so(tmp_path):
    file = tmp_path / "empty.txt"
    file.touch()
    assert list(raw_lines(file, allow_empty=True)) == []


def test_a_path_that_cannot_be_opened_is_an_error(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        list(raw_lines(tmp_path / "missing.txt"))
    with pytest.raises(DataError, match="this is a folder"):
        list(raw_lines(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_read_permission_is_an_error(tmp_path):
    file = tmp_path / "locked.txt"
    file.write_text("one\n")
    file.chmod(0)
    with pytest.raises(DataError, match="permissions"):
        list(raw_lines(file))


def test_one_line_of_a_million_words(tmp_path):
    file = tmp_path / "long.txt"
    file.write_text("word " * 1_000_000)
    assert [len(line) for line in raw_lines(file)] == [5_000_000]


@given(st.lists(st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n"])))
def test_lines_end_as_on_any_system(tmp_path_factory, parts):
    file = tmp_path_factory.mktemp("any") / "file.txt"
    file.write_bytes(b"".join(parts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PIECE_BYTES", 3)
        assert list(raw_lines(file, any_end=True, allow_empty=True)) == [
            line.decode() for line in b"".join(parts).splitlines(keepends=True)
        ]


def test_standard_input_is_not_read_through_the_buffer_that_the_interpreter_locks_at_its_end(monkeypatch):
    read, write = os.pipe()
    os.write(write, b"text")
    os.close(write)
    stdin = os.fdopen(read, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "__stdin__", stdin)
    with reading.open_bytes("-") as stream:
        assert stream is not stdin.buffer and stream.read() == b"text"
    assert not stdin.closed
    stdin.close()
