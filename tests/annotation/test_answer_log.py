"""Answers on disk: appended, flushed one by one, and whole after a kill."""

import errno
import os
import resource
import signal

import pytest

from tagger.annotation.answer_log import ACCEPT, SKIP, UNDO, AnswerLog, GivenAnswer, read_answers
from tagger.errors import DataError

FIRST = GivenAnswer(0, ACCEPT, {"ner": ["B-PER", "O"]})
SECOND = GivenAnswer(1, SKIP, {})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ada.jsonl"


def test_every_answer_is_on_disk_when_it_was_given(path, monkeypatch):
    log, flushed = AnswerLog(path), []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_size))
    sizes = []
    for answer in (FIRST, SECOND):
        log.add(answer)
        sizes.append(path.stat().st_size)
        assert read_answers(path) == log.answers  # as another process would find it, with the file still open
    assert flushed == sizes
    assert log.answers == {0: FIRST, 1: SECOND}


def test_the_last_answer_holds_and_can_be_taken_back_and_nothing_is_rewritten(path):
    log = AnswerLog(path)
    other = GivenAnswer(0, ACCEPT, {"ner": ["O", "O"]})
    before = b""
    for answer in (FIRST, SECOND, other, GivenAnswer(1, UNDO, {})):
        log.add(answer)
        assert path.read_bytes().startswith(before)
        before = path.read_bytes()
    log.close()
    assert AnswerLog(path).answers == {0: other}


def test_an_answer_that_is_taken_back_leaves_the_one_before_it(path):
    log = AnswerLog(path)
    for answer in (FIRST, GivenAnswer(0, SKIP, {}), GivenAnswer(0, UNDO, {})):
        log.add(answer)
    assert log.answers == read_answers(path) == {0: FIRST}


def test_nothing_of_an_answer_that_the_disk_has_no_room_for_comes_later(path):
    """A limit on the file's size is a full disk: a part of the line is written, and then no more."""
    log = AnswerLog(path)
    log.add(FIRST)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            log.add(SECOND)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    log.add(SECOND)
    assert read_answers(path) == {0: FIRST, 1: SECOND}


def test_a_line_that_a_kill_cut_short_is_dropped_and_all_before_it_stay(path):
    log = AnswerLog(path)
    log.add(FIRST)
    log.add(SECOND)
    log.close()
    whole = path.read_bytes()
    end_of_first = whole.index(b"\n") + 1
    for size in range(end_of_first, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert read_answers(path) == {0: FIRST}
    log = AnswerLog(path)
    assert (log.answers, path.stat().st_size) == ({0: FIRST}, end_of_first)
    log.add(SECOND)
    assert read_answers(path) == {0: FIRST, 1: SECOND}


def test_an_answer_without_its_line_end_stays_and_the_next_has_a_line_of_its_own(path):
    log = AnswerLog(path)
    log.add(FIRST)
    log.close()
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert read_answers(path) == {0: FIRST}
    log = AnswerLog(path)
    assert log.answers == {0: FIRST}
    log.add(SECOND)
    assert read_answers(path) == {0: FIRST, 1: SECOND}


def test_an_undo_without_its_line_end_is_not_joined_by_the_next_answer(path):
    path.write_text('{"excerpt": 0, "answer": "undo", "tags": {}}')
    log = AnswerLog(path)
    log.add(SECOND)
    assert read_answers(path) == {1: SECOND}


def test_an_answer_that_cannot_be_written_leaves_the_file_as_it_was(path, monkeypatch):
    log = AnswerLog(path)
    log.add(FIRST)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            log.add(SECOND)
    assert (path.read_bytes(), log.answers) == (before, {0: FIRST})
    log.add(SECOND)
    assert read_answers(path) == {0: FIRST, 1: SECOND}


def test_anything_else_is_an_error_with_its_line(path):
    path.write_text('{"excerpt": 0, "answer": "skip", "tags": {}}\n[1]\n')
    with pytest.raises(DataError, match=r"ada\.jsonl:2: not an answer of tagger annotate"):
        AnswerLog(path)
