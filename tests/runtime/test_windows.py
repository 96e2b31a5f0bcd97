import itertools
import threading

import pytest

from tagger.runtime.windows import AHEAD, FIRST_WINDOW, WINDOW, WINDOW_TOKENS, in_turn, read_ahead
from tagger.text.sentence import Sentence

LONG = 60
"""Seconds after which a test that waits for another thread has failed."""


def sentence(word: object, length: int = 1) -> Sentence:
    return Sentence.from_words([str(word)] * length)


def numbers(windows) -> list[int]:
    return [int(each.words[0]) for window in windows for each in window]


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "tagger reads ahead"]


EACH_WAY = pytest.mark.parametrize(
    "read", [in_turn, read_ahead, lambda source: read_ahead(source, waits=False)], ids=["in turn", "ahead", "no wait"]
)


@EACH_WAY
@pytest.mark.parametrize("count", [0, 1, FIRST_WINDOW - 1, FIRST_WINDOW, FIRST_WINDOW + 1, 5000])
def test_every_sentence_comes_once_and_in_order(read, count):
    windows = list(read(sentence(number) for number in range(count)))
    assert numbers(windows) == list(range(count))
    assert all(0 < len(window) <= WINDOW for window in windows)
    assert not readers()


def test_windows_begin_small_and_grow():
    sizes = [len(window) for window in itertools.islice(in_turn(map(sentence, itertools.count())), 8)]
    assert sizes == [FIRST_WINDOW * 2**power for power in range(6)] + [WINDOW] * 2


@EACH_WAY
def test_a_window_of_long_sentences_is_full_before_it_has_as_many(read):
    windows = list(read(sentence(number, 10_000) for number in range(20)))
    assert max(sum(map(len, window)) for window in windows) < WINDOW_TOKENS + 10_000
    assert numbers(windows) == list(range(20))


@EACH_WAY
@pytest.mark.parametrize("count", [0, 3, FIRST_WINDOW, 3000])
def test_what_the_source_raises_comes_after_all_that_it_gave_before(read, count):
    def source():
        for number in range(count):
            yield sentence(number)
        raise KeyError("the source's own")

    given = []
    with pytest.raises(KeyError, match="the source's own"):
        for window in read(source()):
            given += numbers([window])
    assert given == list(range(count))
    assert not readers()


@EACH_WAY
def test_no_more_is_read_than_a_few_windows_ahead(read):
    taken = []
    windows = read(sentence(taken.append(number) or number) for number in itertools.count())
    assert not taken
    given = sum(len(window) for window in itertools.islice(windows, 20))
    windows.close()
    assert given <= len(taken) <= given + (AHEAD + 1) * WINDOW
    assert not readers()


def test_what_fits_into_the_first_window_of_a_source_that_never_waits_is_read_by_the_caller():
    threads = set()
    source = (sentence(threads.add(threading.current_thread()) or number) for number in range(FIRST_WINDOW - 1))
    assert len(numbers(read_ahead(source, waits=False))) == FIRST_WINDOW - 1
    assert threads == {threading.current_thread()}


def test_what_has_come_is_not_held_back_until_more_comes():
    """Each sentence is given only when the one before it has come out."""
    came_out = threading.Semaphore(1)

    def source():
        for number in range(5):
            assert came_out.acquire(timeout=LONG), "the sentence before is held back"
            yield sentence(number)

    given = []
    for window in read_ahead(source()):
        given += numbers([window])
        came_out.release()
    assert given == list(range(5))


def test_a_source_that_waits_does_not_keep_whoever_has_had_enough():
    go_on = threading.Event()

    def source():
        yield sentence(0)
        go_on.wait(LONG)
        yield sentence(1)

    windows = read_ahead(source())
    assert numbers([next(windows)]) == [0]
    windows.close()
    (reader,) = readers()
    go_on.set()
    reader.join(LONG)
    assert not readers()
