import itertools
import threading
import time
from functools import partial

import pytest

from tagger.runtime.read_ahead import RESULTS_AHEAD, read_ahead
from tagger.runtime.windows import (
    FIRST_WINDOW,
    IDLE_SECONDS,
    WINDOW_CHARACTERS,
    WINDOW_SENTENCES,
    WINDOW_TOKENS,
    WINDOWS_READ_AHEAD,
    in_turn,
)
from tagger.text.sentence import Sentence

LONG = 60
"""Seconds after which a test that waits for another thread has failed."""


def sentence(word: object, length: int = 1) -> Sentence:
    return Sentence.from_words([str(word)] * length)


def numbers(windows) -> list[int]:
    return [int(each.words[0]) for window in windows for each in window]


of_other_tests: set[threading.Thread] = set()
"""Threads of earlier tests, whose sources wait for what never comes, as a terminal does."""


@pytest.fixture(autouse=True)
def _forget_threads_of_other_tests() -> None:
    of_other_tests.clear()
    of_other_tests.update(threading.enumerate())


def readers() -> list[threading.Thread]:
    names = ("tagger reads ahead", "tagger tags ahead")
    return [each for each in threading.enumerate() if each.name in names and each not in of_other_tests]


AT_ONCE = 3
EACH_WAY = pytest.mark.parametrize(
    "read",
    [
        in_turn,
        partial(read_ahead, work=list),
        partial(read_ahead, work=list, waits=False),
        partial(read_ahead, work=list, threads=AT_ONCE),
        partial(read_ahead, work=list, threads=AT_ONCE, waits=False),
    ],
    ids=["in turn", "ahead", "no wait", "in parallel", "in parallel, no wait"],
)
AHEAD_WAYS = pytest.mark.parametrize("read", [partial(read_ahead, work=list, threads=count) for count in (1, AT_ONCE)])


@EACH_WAY
@pytest.mark.parametrize("count", [0, 1, FIRST_WINDOW - 1, FIRST_WINDOW, FIRST_WINDOW + 1, 5000])
def test_every_sentence_is_in_one_window_in_order(read, count):
    windows = list(read(sentence(number) for number in range(count)))
    assert numbers(windows) == list(range(count))
    assert all(0 < len(window) <= WINDOW_SENTENCES for window in windows)
    assert not readers()


@pytest.mark.parametrize("threads", [1, AT_ONCE])
def test_windows_do_not_depend_on_the_speed_of_a_source_that_never_waits(threads):
    def source():
        for number in range(3 * FIRST_WINDOW + 7):
            if number % 20 == 0:
                time.sleep(2 * IDLE_SECONDS)  # after which a source that waits would give a smaller window
            yield sentence(number)

    sizes = list(read_ahead(source(), len, waits=False, threads=threads))
    assert sizes == [FIRST_WINDOW, FIRST_WINDOW, FIRST_WINDOW + 7]


def test_windows_start_small_and_grow():
    sizes = [len(window) for window in itertools.islice(in_turn(map(sentence, itertools.count())), 8)]
    assert sizes == [FIRST_WINDOW * 2**power for power in range(6)] + [WINDOW_SENTENCES] * 2


@EACH_WAY
def test_a_window_of_long_sentences_has_fewer_of_them(read):
    windows = list(read(sentence(number, 10_000) for number in range(20)))
    assert max(sum(map(len, window)) for window in windows) < WINDOW_TOKENS + 10_000
    assert numbers(windows) == list(range(20))


@EACH_WAY
@pytest.mark.parametrize("count", [0, 3, FIRST_WINDOW, 3000])
def test_an_error_of_the_source_comes_after_the_sentences_before_it(read, count):
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
def test_only_a_few_windows_are_read_ahead(read):
    taken = []
    windows = read(sentence(taken.append(number) or number) for number in itertools.count())
    assert not taken
    given = sum(len(window) for window in itertools.islice(windows, 20))
    windows.close()
    assert given <= len(taken) <= given + (WINDOWS_READ_AHEAD + 1 + AT_ONCE + RESULTS_AHEAD) * WINDOW_SENTENCES
    assert not readers()


def test_the_first_window_of_a_source_that_never_waits_is_read_by_the_caller():
    threads = set()
    source = (sentence(threads.add(threading.current_thread()) or number) for number in range(FIRST_WINDOW - 1))
    assert len(numbers(read_ahead(source, list, waits=False, threads=AT_ONCE))) == FIRST_WINDOW - 1
    assert threads == {threading.current_thread()}


@AHEAD_WAYS
def test_sentences_are_not_held_back_until_more_arrive(read):
    """Each sentence arrives only after the one before it was returned."""
    returned = threading.Semaphore(1)

    def source():
        for number in range(5):
            assert returned.acquire(timeout=LONG), "the sentence before is held back"
            yield sentence(number)

    given = []
    for window in read(source()):
        given += numbers([window])
        returned.release()
    assert given == list(range(5))


@AHEAD_WAYS
def test_closing_does_not_wait_for_a_source_that_waits(read):
    go_on = threading.Event()

    def source():
        yield sentence(0)
        go_on.wait(LONG)
        yield sentence(1)

    windows = read(source())
    assert numbers([next(windows)]) == [0]
    windows.close()
    (reader,) = readers()
    go_on.set()
    reader.join(LONG)
    assert not readers()


def test_windows_are_worked_on_in_parallel_and_returned_in_order():
    """Work on the first window ends only after work on the second one."""
    second_done = threading.Event()

    def work(window):
        if window[0].words[0] == "0":
            assert second_done.wait(LONG), "no other window is worked on during the first one"
        elif not second_done.is_set():
            second_done.set()
        return window

    windows = list(read_ahead((sentence(number) for number in range(500)), work, threads=2))
    assert numbers(windows) == list(range(500))


def test_an_error_of_the_work_comes_after_the_results_before_it():
    def work(window):
        if any(each.words[0] == "1000" for each in window):
            raise KeyError("of the work")
        return window

    given = []
    with pytest.raises(KeyError, match="of the work"):
        for window in read_ahead(map(sentence, itertools.count()), work, threads=AT_ONCE):
            given += numbers([window])
    assert given == list(range(len(given))) and 1000 - WINDOW_SENTENCES < len(given) <= 1000
    assert not readers()


@EACH_WAY
def test_a_window_of_long_words_is_full_by_their_characters(read):
    sentences = [Sentence.from_words([str(number) + "x" * (WINDOW_CHARACTERS // 4)]) for number in range(12)]
    windows = list(read(sentences))
    assert [each.words[0].rstrip("x") for window in windows for each in window] == [str(each) for each in range(12)]
    assert max(map(len, windows)) == 4
