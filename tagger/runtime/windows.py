"""Reading sentences into windows, whose sentences are tagged together.

Windows are large enough to batch sentences of similar length, and none waits long for more sentences.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from tagger.text.sentence import Sentence

FIRST_WINDOW = 32
"""Sentences of the first window, small so that results come soon; each window may have twice as many as the last."""
WINDOW_SENTENCES = 1024
"""Most sentences of a window."""
WINDOW_TOKENS = 32_768
"""Tokens at which a window is full, however few sentences it has, so that memory is bounded."""
WINDOW_CHARACTERS = 2**20
"""Characters at which a window is full, however few and long its tokens are."""
WINDOWS_READ_AHEAD = 2
"""Most full windows that are read ahead of the network."""
IDLE_SECONDS = 0.02
"""Seconds without a new sentence after which a window goes to the network although it is not full."""
LONGEST_WAIT_SECONDS = 0.25
"""Seconds after its first sentence at which a window goes to the network, even while more sentences arrive."""


class _GrowingWindow:
    """The window that is being read."""

    def __init__(self) -> None:
        self._size, self._tokens, self._characters = FIRST_WINDOW, 0, 0
        self.sentences: list[Sentence] = []

    def add(self, sentence: Sentence) -> bool:
        """Add a sentence; return whether the window is full now."""
        self.sentences.append(sentence)
        self._tokens += len(sentence)
        self._characters += len(sentence.text)
        is_long = self._tokens >= WINDOW_TOKENS or self._characters >= WINDOW_CHARACTERS
        return is_long or len(self.sentences) >= self._size

    def take(self) -> list[Sentence]:
        """Return the window as it is, and begin the next one."""
        self._size, self._tokens = min(2 * self._size, WINDOW_SENTENCES), 0
        self._characters = 0
        taken, self.sentences = self.sentences, []
        return taken


def is_full(window: Sequence[Sentence]) -> bool:
    """Whether a first window is full, so that more sentences may follow it."""
    characters = sum(len(sentence.text) for sentence in window)
    return len(window) >= FIRST_WINDOW or sum(map(len, window)) >= WINDOW_TOKENS or characters >= WINDOW_CHARACTERS


def in_turn(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    """Yield windows that are read in the caller's thread.

    An error of the source is raised after the sentences before it.
    """
    window = _GrowingWindow()
    try:
        for sentence in sentences:
            if window.add(sentence):
                yield window.take()
    except Exception:
        if window.sentences:
            yield window.take()
        raise
    if window.sentences:
        yield window.take()


class Reader(Iterator[list[Sentence]]):
    """Windows of sentences, read and tokenized by a background thread.

    At most WINDOWS_READ_AHEAD full windows and one that is growing are held. The windows are those of `in_turn`, but
    smaller where sentences arrive more slowly than they are asked for, unless the source never `waits`. One thread may
    iterate while another calls `close`, which ends the iteration.
    """

    def __init__(self, source: Iterator[Sentence], *, waits: bool = True) -> None:
        self._changed = threading.Condition()
        self._ready: deque[list[Sentence]] = deque()
        self._growing = _GrowingWindow()
        self._began = 0.0  # when the first sentence of the growing window arrived
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
            elif self._growing.sentences:
                window = self._growing.take()
            elif self._error is not None:
                raise self._error
            else:
                raise StopIteration
            self._changed.notify()
            return window

    def _has_waited(self) -> bool:
        """Wait for a change; return whether the growing window has waited long enough."""
        count = len(self._growing.sentences) if self._waits else 0
        self._changed.wait(IDLE_SECONDS if count else None)
        now = len(self._growing.sentences)
        return (
            bool(count) and not self._ready and (now == count or time.monotonic() - self._began > LONGEST_WAIT_SECONDS)
        )

    def _read(self, source: Iterator[Sentence]) -> None:
        try:
            for sentence in source:
                with self._changed:
                    if not self._put(sentence):
                        return
        except BaseException as error:  # raised where it belongs: after the sentences before it
            self._error = error
        finally:
            with self._changed:
                self._is_done = True
                self._changed.notify()

    def _put(self, sentence: Sentence) -> bool:
        """Add a sentence, wait for room if the window is full; return whether to read on."""
        if not self._growing.sentences:
            self._began = time.monotonic()
            self._changed.notify()
        if self._growing.add(sentence):
            self._ready.append(self._growing.take())
            self._changed.notify()
            while len(self._ready) >= WINDOWS_READ_AHEAD and not self._is_closed:
                self._changed.wait()
        return not self._is_closed

    def close(self) -> None:
        """Stop the thread: at once, or when the source it waits for gives a sentence."""
        with self._changed:
            self._is_closed = True
            self._ready.clear()
            self._changed.notify_all()
        self._thread.join(timeout=LONGEST_WAIT_SECONDS)
