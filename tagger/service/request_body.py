"""Reading the body of a request: whole, within limits of size and time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from tagger.service.http_errors import HttpError, later
from tagger.service.limits import HELD_REQUESTS, Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
"""What an application is given to read a request and to write its answer: https://asgi.readthedocs.io."""

DRAINED_SECONDS = 1.0
"""Seconds for which the rest of a refused body is read and dropped, so that the client can read why."""
DRAINED_BYTES = 2**26


CONNECTION = "tagger.connection"
"""Key of a request's scope for its ClientConnection, where the server has one."""


@dataclass(eq=False)
class ClientConnection:
    """What a server tells of a connection: whether it is closed, and then it calls each of `waiting`."""

    is_closed: Callable[[], bool] = lambda: False
    waiting: list[Callable[[], object]] = field(default_factory=list)

    def close(self) -> None:
        """Tell those that wait that the client is gone."""
        for call in [*self.waiting]:
            call()


class ClientGone(Exception):
    """The client has closed its connection before its request was over."""


class BodyReader:
    """Reads bodies. All requests of a worker share one, which knows how many bytes are held in memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0

    async def read(self, length: bytes | None, receive: Receive) -> bytes:
        """Return the body of a request, whose Content-Length is `length`.

        Raises HttpError for one that is too large or comes too slowly, ClientGone where the client leaves.
        """
        if length is not None and (not length.isdigit() or int(length) > self._limits.max_bytes):
            raise self._too_large()
        held = 0
        try:
            async with asyncio.timeout(self._limits.read_seconds):
                message = await receive()
                if not message.get("more_body"):
                    return self._checked(message)
                pieces = []
                while True:
                    piece = self._checked(message)
                    pieces.append(piece)
                    held += len(piece)
                    self._held += len(piece)
                    if held > self._limits.max_bytes:
                        raise self._too_large()
                    if self._held > HELD_REQUESTS * self._limits.max_bytes:
                        raise later("busy", "too many large requests at a time", status=429, close=True)
                    if not message.get("more_body"):
                        return b"".join(pieces)
                    message = await receive()
        except TimeoutError:
            seconds = self._limits.read_seconds
            message_ = f"the body did not come within {seconds:g} seconds"
            raise HttpError(408, "read_timeout", message_, "body", close=True) from None
        finally:
            self._held -= held

    def _checked(self, message: Message) -> bytes:
        if message["type"] != "http.request":
            raise ClientGone
        body: bytes = message.get("body", b"")
        if len(body) > self._limits.max_bytes:
            raise self._too_large()
        return body

    def _too_large(self) -> HttpError:
        most = f"send at most {self._limits.max_bytes:,} bytes in a request"
        return HttpError(413, "too_large", f"the body is too large: {most}", "body", close=True)


def check_encoding(headers: Mapping[bytes, bytes]) -> None:
    """Raise HttpError for a body that is compressed."""
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise HttpError(415, "unsupported_media_type", "send the body uncompressed", "Content-Encoding", close=True)


async def drain(receive: Receive) -> None:
    """Read and drop the rest of a body, up to a limit."""
    dropped = 0
    try:
        async with asyncio.timeout(DRAINED_SECONDS):
            while dropped < DRAINED_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                dropped += len(message.get("body", b""))
    except TimeoutError:
        return
