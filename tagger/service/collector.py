"""Requests that arrive together share a batch, and a large one does not keep small ones waiting.

Small requests wait until a thread is free, or a few milliseconds where one is free already, and those that wait by then
are segmented and tagged together. A large one is tagged by itself, a window of sentences at a time, on threads that
small ones do not use; several large ones take turns after each window.
"""

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tagger.errors import DataError
from tagger.runtime.tagger import Tagger
from tagger.service.answers import TaggedText
from tagger.service.http_errors import HttpError, internal_error, invalid_value, later
from tagger.service.service_metrics import Metrics
from tagger.text.sentence import Sentence

CHARACTERS_A_WORD = 5
"""How many characters a word has, about."""
LARGE_CHARACTERS = 8_000
"""Characters from which a request is tagged by itself."""
LARGE_AT_ONCE = 4
"""Large requests that take turns; others wait, so that few results are in memory at a time."""

Render = Callable[[Iterator[TaggedText]], Iterator[str]]
"""Writes the answer to a request, in pieces."""


@dataclass(eq=False, slots=True)
class Job:
    """A request: texts, or sentences of words, and how its answer is written."""

    tagger: Tagger
    texts: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...] | None
    scores: bool
    render: Render
    characters: int
    answer: "asyncio.Future[bytes]"
    steps: Generator[bytes | None, None, None] | None = field(default=None)
    """The work on a large request: None after each part, at last the answer."""


class Collector:
    """Collects the requests that wait, and tags them in threads. Its methods are for the event loop's thread.

    `lanes` parts of large requests are in work at a time, and half as many batches. A request waits for others at most
    `wait` seconds. `batch_words` words, about, share a batch at most; with 0 each request is tagged alone, as
    `tagger.load(model)(text)` does it.

    Two batches at a time on two processors take more work than one that is twice as large, because threads wait for the
    interpreter: with 64 clients and sentences of 17 words, 80 microseconds of a processor a word against 62 (medians of
    four rounds in turn, on two cores with other work).
    """

    def __init__(self, metrics: Metrics, *, lanes: int = 1, wait: float = 0.002, batch_words: int = 2048) -> None:
        self._metrics, self._wait, self._batch_characters = metrics, wait, batch_words * CHARACTERS_A_WORD
        self._waiting: deque[Job] = deque()
        self._large: deque[Job] = deque()
        self._free, self._free_for_large = (lanes + 1) // 2, lanes
        self._taking_turns = 0
        self._timer: asyncio.TimerHandle | None = None
        self._threads = ThreadPoolExecutor(self._free + self._free_for_large, "tagger serve")
        self._turns: deque[Job] = deque()

    def submit(self, job: Job, *, is_alone: bool) -> None:
        """Tag a request; its `answer` is set. `is_alone` tells that no other one is in work or on its way."""
        self._metrics.characters(job.characters)
        if job.characters > LARGE_CHARACTERS:
            self._large.append(job)
            self._start_large()
            return
        self._waiting.append(job)
        if not self._free:
            return
        if is_alone or not self._wait or not self._batch_characters:
            self._start_batches()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._wait, self._start_batches)

    def close(self) -> None:
        """Drop what waits, and let the threads end after the parts that they work on."""
        for job in (*self._waiting, *self._large, *self._turns):
            job.answer.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start_batches(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._free and (batch := self._next_batch()):
            self._free -= 1
            self._metrics.batch(len(batch))
            work = asyncio.get_running_loop().run_in_executor(self._threads, _answers, batch)
            work.add_done_callback(lambda done, batch=batch: self._batch_done(batch, done))  # type: ignore[misc]

    def _next_batch(self) -> list[Job]:
        """Take the requests that are tagged together: those of one model, the oldest first."""
        batch: list[Job] = []
        others: list[Job] = []
        characters = 0
        while self._waiting:
            job = self._waiting.popleft()
            if job.answer.done():  # nobody waits for it any more
                continue
            if batch and job.tagger is not batch[0].tagger:
                others.append(job)
                continue
            if batch and characters + job.characters > self._batch_characters:
                self._waiting.appendleft(job)
                break
            batch.append(job)
            characters += job.characters
        self._waiting.extendleft(reversed(others))
        return batch

    def _batch_done(self, batch: list[Job], done: "asyncio.Future[list[bytes | Exception]]") -> None:
        self._free += 1
        answers = [] if done.cancelled() else done.result()
        for job, answer in zip(batch, answers, strict=False):
            _set_answer(job, answer)
        if self._waiting:
            self._start_batches()

    def _start_large(self) -> None:
        while self._large and self._taking_turns < LARGE_AT_ONCE:
            job = self._large.popleft()
            if not job.answer.done():
                job.steps = _steps(job)
                self._turns.append(job)
                self._taking_turns += 1
        while self._turns and self._free_for_large:
            self._free_for_large -= 1
            job = self._turns.popleft()
            work = asyncio.get_running_loop().run_in_executor(self._threads, _next_step, job)
            work.add_done_callback(lambda done, job=job: self._step_done(job, done))  # type: ignore[misc]

    def _step_done(self, job: Job, done: "asyncio.Future[bytes | Exception | None]") -> None:
        self._free_for_large += 1
        answer = None if done.cancelled() else done.result()
        if answer is not None:
            _set_answer(job, answer)
        if job.answer.done():
            self._taking_turns -= 1
        else:
            self._turns.append(job)
        self._start_large()


def http_error(error: Exception) -> HttpError:
    """Return what the client is told of an error, and log one that is no fault of the client's."""
    if isinstance(error, HttpError):
        return error
    if isinstance(error, DataError):
        return invalid_value("", str(error))
    if isinstance(error, MemoryError):
        return later("too_much", "there is not enough memory for this request now")
    # The message may quote the text, and no text is logged.
    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    logging.getLogger(__name__).error("failed: %s at %s", type(error).__name__, " < ".join(reversed(frames[-6:])))
    return internal_error()


def _set_answer(job: Job, answer: bytes | Exception) -> None:
    if job.answer.done():  # it took too long, or the client is gone
        return
    if isinstance(answer, bytes):
        job.answer.set_result(answer)
    else:
        job.answer.set_exception(answer)


def _answers(batch: list[Job]) -> list[bytes | Exception]:
    """Return the answer to each request of a batch, or the error that it ends in."""
    try:
        tagged = _tagged_together(batch)
    except Exception as error:
        return [error] if len(batch) == 1 else [_answers([job])[0] for job in batch]
    answers: list[bytes | Exception] = []
    for job, texts in zip(batch, tagged, strict=True):
        try:
            answers.append(_encoded(job, iter(texts)))
        except Exception as error:
            answers.append(error)
    return answers


def _tagged_together(batch: list[Job]) -> list[list[TaggedText]]:
    """Return the texts of each request with their tagged sentences."""
    tagger = batch[0].tagger
    texts = [text for job in batch for text in job.texts]
    split = tagger.sentences_of(texts)
    untagged: list[list[list[Sentence]]] = []
    for job in batch:
        if job.sentences is None:
            untagged.append(list(islice(split, len(job.texts))))
        else:
            untagged.append([[Sentence.from_words(words) for words in job.sentences]])
    every = [sentence for texts_of_job in untagged for sentences in texts_of_job for sentence in sentences]
    tagged = tagger.tag(every, scores=any(job.scores for job in batch), overlap=False)
    return [
        [(text, list(islice(tagged, len(sentences)))) for text, sentences in zip(_texts_of(job), each, strict=True)]
        for job, each in zip(batch, untagged, strict=True)
    ]


def _next_step(job: Job) -> bytes | Exception | None:
    """Work on a large request for one more window. Returns its answer where that was the last one."""
    try:
        return next(job.steps) if job.steps and not job.answer.done() else None
    except Exception as error:
        return error


def _steps(job: Job) -> Generator[bytes | None, None, None]:
    """Tag a large request window by window, as `tagger.load(model)(text)` does."""
    windows = _Windows(job)
    pieces = bytearray()
    for piece in job.render(windows.texts()):
        pieces += piece.encode()
        if windows.has_begun:
            windows.has_begun = False
            yield None
    yield bytes(pieces)


class _Windows:
    """Reads the tagged sentences of a request, and tells when a window of them has begun."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.has_begun = False

    def texts(self) -> Iterator[TaggedText]:
        """Yield each text with its sentences, which are tagged when they are asked for."""
        job = self._job
        if job.sentences is not None:
            yield None, self._sentences(map(Sentence.from_words, job.sentences))
            return
        for texts in _groups(job.texts):
            if len(texts) == 1:
                yield texts[0], self._sentences(job.tagger.readers()["text"](texts, 0))
                continue
            split = list(job.tagger.sentences_of(texts))
            tagged = self._sentences(sentence for sentences in split for sentence in sentences)
            for text, sentences in zip(texts, split, strict=True):
                yield text, list(islice(tagged, len(sentences)))

    def _sentences(self, sentences: Iterator[Sentence]) -> Iterator[Sentence]:
        for window in self._job.tagger.windows(sentences, scores=self._job.scores, overlap=False):
            self.has_begun = True
            yield from window


def _groups(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts in groups of a size that one window has, about."""
    group: list[str] = []
    characters = 0
    for text in texts:
        if group and characters + len(text) > LARGE_CHARACTERS:
            yield group
            group, characters = [], 0
        group.append(text)
        characters += len(text)
    if group:
        yield group


def _texts_of(job: Job) -> tuple[str | None, ...]:
    return (None,) if job.sentences is not None else job.texts


def _encoded(job: Job, texts: Iterator[TaggedText]) -> bytes:
    return "".join(job.render(texts)).encode()
