"""Working on several windows of sentences at a time.

While the network finishes one window, the words of the next are looked up.
"""

import atexit
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Generic, NoReturn, TypeVar

from tagger.runtime.windows import Reader, in_turn, is_full
from tagger.text.sentence import Sentence

Result = TypeVar("Result")
Window = list[Sentence]

RESULTS_AHEAD = 1
"""Most finished results that wait for the caller, beside the windows that are worked on."""


def read_ahead(
    sentences: Iterable[Sentence], work: Callable[[Window], Result], *, waits: bool = True, threads: int = 1
) -> Generator[Result, None, None]:
    """Yield the result of `work` for each window of sentences, read by a background thread.

    `threads` windows are worked on at a time. `waits` tells that the source may have to wait, for a terminal or a
    network. Where it never does, what fits into the first window is read and worked on without any thread, and the
    windows are the same each time; with 8-bit weights the scores of a sentence depend slightly on the others in its
    window.
    """
    source = iter(sentences)
    if not waits:
        for window in in_turn(source):
            yield work(window)
            if is_full(window):
                break
        else:
            return
    reader = Reader(source, waits=waits)
    if threads == 1:
        with closing(reader):
            yield from map(work, reader)
    else:
        with closing(_ParallelWindows(work, reader, threads)) as results:
            yield from results


class _ParallelWindows(Iterator[Result], Generic[Result]):
    """Results of `work` on the windows of a source, in their order.

    `threads` threads take windows in turn. An error of the source or of `work` is raised after the results of the
    windows before it.
    """

    def __init__(self, work: Callable[[Window], Result], source: Reader, threads: int) -> None:
        self._work, self._source, self._most_pending = work, source, threads + RESULTS_AHEAD
        self._taking = threading.Lock()  # held while a window is taken, so that windows are numbered in their order
        self._changed = threading.Condition()
        self._results: dict[int, Callable[[], Result]] = {}
        self._taken = self._returned = 0
        self._is_closed = False
        # Daemon threads, so that they never keep the program alive. If the program ended while one runs the network,
        # which is not Python, it would abort: so they are waited for at exit.
        atexit.register(self.close)
        self._threads = [
            threading.Thread(target=self._run, name="tagger tags ahead", daemon=True) for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def __next__(self) -> Result:
        with self._changed:
            while self._returned not in self._results:
                self._changed.wait()
            result = self._results[self._returned]()  # an error stays, and is raised again by the next call
            del self._results[self._returned]
            self._returned += 1
            self._changed.notify_all()
        return result

    def _run(self) -> None:
        while True:
            with self._taking:
                number = self._taken
                if not self._has_room(number):
                    return
                try:
                    window = next(self._source)
                except BaseException as error:  # StopIteration too
                    self._put(number, _raiser(error))
                    self.stop()
                    return
                self._taken += 1
            try:
                result = self._work(window)
            except BaseException as error:
                self._put(number, _raiser(error))
                self.stop()
                return
            self._put(number, partial(_identity, result))

    def _has_room(self, number: int) -> bool:
        """Wait until the window of this number may be taken; return False once closed."""
        with self._changed:
            while number - self._returned >= self._most_pending and not self._is_closed:
                self._changed.wait()
            return not self._is_closed

    def _put(self, number: int, result: Callable[[], Result]) -> None:
        with self._changed:
            self._results[number] = result
            self._changed.notify_all()

    def stop(self) -> None:
        """Take no more windows."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, and wait until all windows that were taken are finished."""
        atexit.unregister(self.close)
        self.stop()
        self._source.close()
        for thread in self._threads:
            thread.join()


def _raiser(error: BaseException) -> Callable[[], NoReturn]:
    """A function that raises `error`."""

    def raise_error() -> NoReturn:
        raise error

    return raise_error


def _identity(result: Result) -> Result:
    return result
