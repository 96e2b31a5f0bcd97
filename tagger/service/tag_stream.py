"""A stream of texts: lines in, one JSON line out for each, in memory that does not grow with the stream."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from tagger.service.answers import AnswerShape, TaggedText, sentences_json
from tagger.service.collector import Collector, Job, http_error
from tagger.service.http_errors import HttpError
from tagger.service.limits import Limits
from tagger.service.request_body import ClientGone, Receive
from tagger.service.served_models import ServedModel, ServedModels
from tagger.service.tag_request import AnswerOptions, check_text, decoded
from tagger.text.layout import Layout

GROUP_CHARACTERS = 4_000
"""Characters of lines that are tagged together, about, so that a stream does not keep other requests waiting."""
GROUP_LINES = 64
GROUPS_AHEAD = 4
"""Groups that are read before the answers to those before them are written."""
_BYTES_A_CHARACTER = 4


class _Write(Protocol):
    async def __call__(self, piece: bytes, *, more: bool = True) -> None: ...


@dataclass
class _Group:
    """Lines that are tagged together: a text, or what is wrong with it, for each."""

    lines: list[str | HttpError] = field(default_factory=list)
    characters: int = 0

    @property
    def is_full(self) -> bool:
        return self.characters >= GROUP_CHARACTERS or len(self.lines) >= GROUP_LINES


async def answer_stream(
    options: AnswerOptions,
    models: ServedModels,
    collector: Collector,
    limits: Limits,
    receive: Receive,
    write: _Write,
) -> None:
    """Read lines, and write the sentences of each line, or its error, as one line of JSON.

    Lines are read while answers are written, but only a few ahead: a client that does not read its answers is not read
    either. Raises HttpError, before anything is written, for options that no model can follow.
    """
    model = models.find(options.model)
    layout = model.layout(options.tasks, scores=options.scores, top=options.top)
    await write(b"")
    waiting: asyncio.Queue[tuple[_Group, asyncio.Future[bytes]] | Exception | None] = asyncio.Queue(GROUPS_AHEAD)

    async def read() -> None:
        try:
            async for group in _groups(receive, limits):
                await waiting.put((group, _submit(group, model, layout, options, collector)))
            await waiting.put(None)
        except Exception as error:
            await waiting.put(error)

    reader = asyncio.create_task(read())
    try:
        while (found := await waiting.get()) is not None:
            if isinstance(found, ClientGone):
                raise found
            if isinstance(found, Exception):
                await write(http_error(found).line.encode() + b"\n")
                break
            await write(await _answer(*found, limits))
        await write(b"", more=False)
    finally:
        reader.cancel()
        while not waiting.empty():
            left = waiting.get_nowait()
            if isinstance(left, tuple):
                left[1].cancel()


async def _answer(group: _Group, tagged: "asyncio.Future[bytes]", limits: Limits) -> bytes:
    """Return the JSON lines of a group; an error of the whole group stands in the line of each of its texts."""
    try:
        return await asyncio.wait_for(tagged, limits.answer_seconds)
    except TimeoutError:
        error = HttpError(503, "answer_timeout", "the answer took too long")
    except Exception as failure:
        error = http_error(failure)
    lines = (each.line if isinstance(each, HttpError) else error.line for each in group.lines)
    return "".join(f"{line}\n" for line in lines).encode()


def _submit(
    group: _Group, model: ServedModel, layout: Layout, options: AnswerOptions, collector: Collector
) -> "asyncio.Future[bytes]":
    """Have the texts of a group tagged, and return the JSON lines of the group, which are to come."""
    texts = tuple(line for line in group.lines if isinstance(line, str))
    future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    shape = AnswerShape(model.name, layout, utf16=options.utf16, min_score=options.min_score)

    def render(tagged: Iterator[TaggedText]) -> Iterator[str]:
        for line in group.lines:
            if isinstance(line, HttpError):
                yield f"{line.line}\n"
            else:
                text, sentences = next(tagged)
                yield '{"sentences": '
                yield from sentences_json(text, sentences, shape)
                yield "}\n"

    job = Job(model.tagger, texts, None, options.wants_scores, render, sum(map(len, texts)), future)
    collector.submit(job, is_alone=True)
    return future


async def _groups(receive: Receive, limits: Limits) -> AsyncIterator[_Group]:
    """Yield the lines of a body in groups: those that have arrived together, up to a size."""
    lines = _Lines(limits)
    is_over = False
    while not is_over:
        try:
            message = await asyncio.wait_for(receive(), limits.read_seconds)
        except TimeoutError:
            raise HttpError(
                408, "read_timeout", f"nothing came for {limits.read_seconds:g} seconds", f"line {lines.number + 1}"
            ) from None
        if message["type"] != "http.request":
            raise ClientGone
        is_over = not message.get("more_body")
        group = _Group()
        for line in lines.add(message.get("body", b""), is_over=is_over):
            group.lines.append(line)
            group.characters += len(line) if isinstance(line, str) else 0
            if group.is_full:
                yield group
                group = _Group()
        if group.lines:
            yield group


class _Lines:
    """Cuts bytes that arrive in pieces into lines, of which none is held that is too long."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._most = limits, _BYTES_A_CHARACTER * limits.max_characters
        self._held: deque[bytes] = deque()
        self._size = 0
        self.number = 0

    def add(self, piece: bytes, *, is_over: bool) -> Iterator[str | HttpError]:
        """Yield the texts of the lines that are whole, without their line ends, or what is wrong with them."""
        *whole, rest = piece.split(b"\n")
        for part in whole:
            self._hold(part)
            yield self._line()
        if rest:
            self._hold(rest)
        if is_over and self._size:
            yield self._line()

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._most:
            self._held.append(part)
        else:
            self._held.clear()

    def _line(self) -> str | HttpError:
        line, size = b"".join(self._held), self._size
        self._held.clear()
        self._size = 0
        self.number += 1
        where = f"line {self.number}"
        if size > self._most:
            most = f"send lines of at most {self._limits.max_characters:,} characters"
            return HttpError(413, "too_long", f"{size:,} bytes: {most}", where)
        try:
            return check_text(decoded(line).removesuffix("\r"), where, self._limits)
        except HttpError as error:
            error.where = where
            return error
