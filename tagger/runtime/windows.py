"""Sentences in windows, so that those of similar length can be tagged together; they are never waited for long."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from tagger.text.sentence import Sentence

FIRST_WINDOW = 32
"""Sentences of the first window, so that something comes out soon; each further one may have twice as many."""
WINDOW = 1024
"""Sentences of a window at most."""
WINDOW_TOKENS = 32_768
"""Tokens at which a window is full whatever its sentences, so that memory is bounded."""
AHEAD = 2
"""Full windows that may wait for the network."""
IDLE = 0.02
"""Seconds without a further sentence after which those that are there go to the network."""
PATIENCE = 0.25
"""Seconds after which they do even if more keep coming."""


class Filling:
    """The window that is being read."""

    def __init__(self) -> None:
        self._size, self._tokens = FIRST_WINDOW, 0
        self.sentences: list[Sentence] = []

    def add(self, sentence: Sentence) -> bool:
        """Take a sentence; whether the window is full with it."""
        self.sentences.append(sentence)
        self._tokens += len(sentence)
        return len(self.sentences) >= self._size or self._tokens >= WINDOW_TOKENS

    def take(self) -> list[Sentence]:
        """The window as it is; the next one begins."""
        self._size, self._tokens = min(2 * self._size, WINDOW), 0
        taken, self.sentences = self.sentences, []
        return taken


def is_full(window: Sequence[Sentence]) -> bool:
    """Whether there may be more than the first window."""
    return len(window) >= FIRST_WINDOW or sum(map(len, window)) >= WINDOW_TOKENS


def in_turn(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    """Windows that are read one after the other by whoever asks for them. Where reading fails, what was read before it
    comes out first."""
    filling = Filling()
    try:
        for sentence in sentences:
            if filling.add(sentence):
                yield filling.take()
    except Exception:
        if filling.sentences:
            yield filling.take()
        raise
    if filling.sentences:
        yield filling.take()


class Reader(Iterator[list[Sentence]]):
    """A thread that reads and tokenizes, and what it has read: the same windows, at most AHEAD of them, and one that is
    being filled; smaller ones where sentences come more slowly than they are asked for, but for a source that never
    `waits`, whose windows are always the same. One thread may ask for them, and another close it: there are no more
    then."""

    def __init__(self, source: Iterator[Sentence], *, waits: bool = True) -> None:
        self._changed = threading.Condition()
        self._ready: deque[list[Sentence]] = deque()
        self._filling = Filling()
        self._began = 0.0  # when the first sentence of the window came
        self._waits = waits
        self._error: BaseException | None = None
        self._is_done = self._is_closed = False
        # A thread that waits for a terminal or a socket cannot be stopped, and must not keep the program alive.
        self._thread = threading.Thread(target=self._read, args=[source], name="tagger reads ahead", daemon=True)
        self._thread.start()

    def __next__(self) -> list[Sentence]:
        with self._changed:
            while not (self._ready or self._is_done or self._is_closed or self._has_waited()):
                pass
            if self._is_closed:
                raise StopIteration
            if self._ready:
                window = self._ready.popleft()
            elif self._filling.sentences:
                window = self._filling.take()
            elif self._error is not None:
                raise self._error
            else:
                raise StopIteration
            self._changed.notify()
            return window

    def _has_waited(self) -> bool:
        """Wait until something has changed; whether what is there has waited long enough."""
        count = len(self._filling.sentences) if self._waits else 0
        self._changed.wait(IDLE if count else None)
        now = len(self._filling.sentences)
        return bool(count) and not self._ready and (now == count or time.monotonic() - self._began > PATIENCE)

    def _read(self, source: Iterator[Sentence]) -> None:
        try:
            for sentence in source:
                with self._changed:
                    if not self._put(sentence):
                        return
        except BaseException as error:  # of whatever kind: it is raised where it belongs, after the sentences before it
            self._error = error
        finally:
            with self._changed:
                self._is_done = True
                self._changed.notify()

    def _put(self, sentence: Sentence) -> bool:
        """Take a sentence, and wait for room where the window is full; whether there is anybody to read for."""
        if not self._filling.sentences:
            self._began = time.monotonic()
            self._changed.notify()
        if self._filling.add(sentence):
            self._ready.append(self._filling.take())
            self._changed.notify()
            while len(self._ready) >= AHEAD and not self._is_closed:
                self._changed.wait()
        return not self._is_closed

    def close(self) -> None:
        """Let the thread end: at once, or, while it waits for its source, as soon as that gives anything."""
        with self._changed:
            self._is_closed = True
            self._ready.clear()
            self._changed.notify_all()
        self._thread.join(timeout=PATIENCE)
