"""HTTP/1.1 connections with limits: of their number, of the head of a request, and of slow or silent clients.

uvicorn's protocol, to which the limits are added that it does not have.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tagger.service.http_errors import HttpError, later
from tagger.service.limits import MAX_HEAD_BYTES, Limits
from tagger.service.request_body import CONNECTION, ClientConnection

LINGER_SECONDS = 1.0
"""Seconds for which what a client still sends is dropped after a refusal, so that it can read why."""
REFUSED_CONNECTIONS = 50
"""Connections that linger so beyond the greatest number."""
LEAST_TAKEN = 10_000
"""Bytes of an answer that a client must take in the time that is given to it."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, limits: Limits, **options: Any) -> None:  # noqa: ANN401 (uvicorn's own)
        super().__init__(*arguments, **options)
        self._limits = limits
        self._in_head = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._unwritten = 0
        self._client = ClientConnection()
        self._cycles: list[RequestResponseCycle] = []  # of the requests that are not answered yet
        self._is_broken = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or refuse it where there are too many."""
        super().connection_made(transport)
        self._client.is_closed = transport.is_closing
        if len(self.connections) > self._limits.max_connections:
            self._refuse(later("too_many_connections", "too many connections are open", close=True))
            return
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop what was asked for on this connection."""
        for timer in (self._head_timer, self._write_timer, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        for cycle in self._cycles:  # uvicorn tells only the last of several
            cycle.disconnected = True
        self._client.close()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request. The time for its head begins with the first byte."""
        if self._is_broken or self.transport.is_closing():
            return
        super().data_received(data)
        if self.parser is None or self._is_broken or self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(_head_too_large())
                return
        # Between requests too, where what comes is the rest of a body that nobody reads, or empty lines.
        is_between = self.cycle is None or self.cycle.response_complete
        if (self._in_head or is_between) and self._head_timer is None:
            self._head_timer = self.loop.call_later(self._limits.read_seconds, self._head_is_late)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Answer a request whose head is there."""
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        # Where the whole head came at once, `data_received` has not seen its size.
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            self._head_bytes = MAX_HEAD_BYTES + 1
            raise ValueError  # which stops the parser, and comes back as `send_400_response`
        cast(dict[str, Any], self.scope)[CONNECTION] = self._client
        super().on_headers_complete()
        self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete] + [self.cycle]

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the client to take the last answer."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_writing()

    def pause_writing(self) -> None:
        """Wait for the client to take what was written, but not for ever."""
        super().pause_writing()
        self._watch_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle."""
        super().timeout_keep_alive_handler()
        self._watch_writing()

    def shutdown(self) -> None:
        """Close the connection after the request in work."""
        super().shutdown()
        self._watch_writing()

    def send_400_response(self, msg: str) -> None:
        """Say that what came is no HTTP, or that its head is too large."""
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(_head_too_large())
        else:
            self._refuse(HttpError(400, "bad_request", "this is no HTTP request", close=True))

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._is_broken or (self.cycle is not None and not self.cycle.response_complete):
            return  # it was refused, or a request is in work, and the next one is in no hurry
        seconds = f"the request did not come within {self._limits.read_seconds:g} seconds"
        self._refuse(HttpError(408, "read_timeout", seconds, close=True))

    def _refuse(self, error: HttpError) -> None:
        """Write an error by hand and close, or close after the answer to the request that came before."""
        self._is_broken = True
        is_in_work = self.cycle is not None and not self.cycle.response_complete
        if is_in_work and not self.cycle.more_body:
            self.cycle.keep_alive = False
            return
        body = error.line.encode() + b"\n"
        if not (is_in_work and self.cycle.response_started):
            head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *error.headers]
            lines = [b"HTTP/1.1 %d \r\n" % error.status]
            lines += [name + b": " + value + b"\r\n" for name, value in (*head, (b"connection", b"close"))]
            self.transport.write(b"".join([*lines, b"\r\n", body]))
        if len(self.connections) > self._limits.max_connections + REFUSED_CONNECTIONS:
            self.transport.close()
        else:
            self.transport.write_eof()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)
        self._watch_writing()

    def _watch_writing(self) -> None:
        """Cut the connection unless the client takes what was written."""
        if self._write_timer is None and self.transport.get_write_buffer_size():
            self._unwritten = self.transport.get_write_buffer_size()
            self._write_timer = self.loop.call_later(self._limits.write_seconds, self._check_writing)

    def _check_writing(self) -> None:
        self._write_timer = None
        left = self.transport.get_write_buffer_size()
        if left and left > self._unwritten - LEAST_TAKEN:
            self.transport.abort()
        else:
            self._watch_writing()


def _head_too_large() -> HttpError:
    most = f"the address and headers of a request have at most {MAX_HEAD_BYTES:,} bytes"
    return HttpError(431, "head_too_large", most, close=True)
