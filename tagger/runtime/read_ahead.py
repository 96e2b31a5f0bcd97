"""Windows of sentences, several of them worked on at a time: while the network ends with one, the next is looked up."""

import atexit
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Generic, NoReturn, TypeVar

from tagger.runtime.windows import Reader, in_turn, is_full
from tagger.text.sentence import Sentence

Result = TypeVar("Result")
Window = list[Sentence]

WAITING = 1
"""Results that may wait for whoever takes them, beside those that are worked on."""


def read_ahead(
    sentences: Iterable[Sentence], work: Callable[[Window], Result], *, waits: bool = True, threads: int = 1
) -> Iterator[Result]:
    """What `work` makes of each window of sentences, which are read in a thread of their own; with several `threads` as
    many windows are worked on at a time.

    `waits` tells that reading may have to wait for something. Where it never has to, what fits into the first window
    is read and worked on without any thread, and windows are the same each time: what a model in 8 bits gives depends,
    if barely, on what else is in them.
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
        with closing(SideBySide(work, reader, threads)) as results:
            yield from results


class SideBySide(Iterator[Result], Generic[Result]):
    """What `work` makes of the windows of a source, in their order, by `threads` threads that take them in turn. What
    the source or `work` raises comes out after what was made of the windows before."""

    def __init__(self, work: Callable[[Window], Result], source: Reader, threads: int) -> None:
        self._work, self._source, self._most = work, source, threads + WAITING
        self._takes = threading.Lock()  # held while a window is taken, so that its number is its place
        self._changed = threading.Condition()
        self._made: dict[int, Callable[[], Result]] = {}
        self._taken = self._given = 0
        self._is_closed = False
        # As with the thread that reads, none of them must keep the program alive. But where the program ends while one
        # runs the network, which is no Python, all of it would abort: they are waited for, as at any end.
        atexit.register(self.close)
        self._threads = [
            threading.Thread(target=self._run, name="tagger tags ahead", daemon=True) for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def __next__(self) -> Result:
        with self._changed:
            while self._given not in self._made:
                self._changed.wait()
            made = self._made[self._given]()  # what raises stays there
            del self._made[self._given]
            self._given += 1
            self._changed.notify_all()
        return made

    def _run(self) -> None:
        while True:
            with self._takes:
                number = self._taken
                if not self._has_room(number):
                    return
                try:
                    window = next(self._source)
                except BaseException as error:  # its end too
                    self._put(number, _raiser(error))
                    self.stop()
                    return
                self._taken += 1
            try:
                made = self._work(window)
            except BaseException as error:
                self._put(number, _raiser(error))
                self.stop()
                return
            self._put(number, lambda made=made: made)

    def _has_room(self, number: int) -> bool:
        """Wait until the window of this number may be taken; whether there is anybody to take it for."""
        with self._changed:
            while number - self._given >= self._most and not self._is_closed:
                self._changed.wait()
            return not self._is_closed

    def _put(self, number: int, give: Callable[[], Result]) -> None:
        with self._changed:
            self._made[number] = give
            self._changed.notify_all()

    def stop(self) -> None:
        """Take no more windows."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, and wait until each window that was taken is done with."""
        atexit.unregister(self.close)
        self.stop()
        self._source.close()
        for thread in self._threads:
            thread.join()


def _raiser(error: BaseException) -> Callable[[], NoReturn]:
    """A function that raises it."""

    def give() -> NoReturn:
        raise error

    return give
