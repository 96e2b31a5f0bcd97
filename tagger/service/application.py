"""The service as an ASGI application: which address does what, and how every answer is written.

Plain ASGI, because a framework costs as much as the tagging of a sentence in a batch: through the application alone, a
request of 100 bytes takes 184 microseconds with FastAPI, 63 with Starlette and 6 so, on the project's two cores.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tagger.service.answers import MEDIA_TYPES, AnswerShape, accepted, render_answer
from tagger.service.collector import Collector, Job, http_error
from tagger.service.http_errors import JSON, Headers, HttpError, later
from tagger.service.limits import Limits
from tagger.service.openapi import openapi_document
from tagger.service.page_files import PageFile, page_files
from tagger.service.request_body import (
    CONNECTION,
    BodyReader,
    ClientConnection,
    ClientGone,
    Message,
    Receive,
    Send,
    check_encoding,
    drain,
)
from tagger.service.served_models import ServedModels
from tagger.service.service_metrics import ROUTES, Metrics
from tagger.service.tag_request import TagRequest, json_request, query_options, text_request
from tagger.service.tag_stream import answer_stream

_GONE = 499
_ANSWER_CSP = b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; sandbox"
_CARD = re.compile(r"/v1/models/([^/]+)/card")
_SAFE: Headers = [(b"x-content-type-options", b"nosniff")]

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is written whole."""

    body: bytes
    media_type: str = JSON
    status: int = 200
    headers: Headers = ()


class Application:
    """Answers requests with the models. `connections` tells how many connections are open."""

    def __init__(
        self,
        models: ServedModels,
        collector: Collector,
        metrics: Metrics,
        limits: Limits | None = None,
        *,
        origins: tuple[str, ...] = (),
        connections: Callable[[], int] = lambda: 0,
    ) -> None:
        self.limits = limits or Limits()
        self._models, self._collector, self._metrics = models, collector, metrics
        self._origins, self._connections = [origin.encode() for origin in origins], connections
        self._bodies = BodyReader(self.limits)
        self._pages = page_files()
        self._openapi = openapi_document(self.limits, list(MEDIA_TYPES))
        self._arriving = self._in_flight = 0
        self.is_stopping = False
        self._routes: dict[str, dict[str, Callable[[Scope, Receive], Awaitable[Answer]]]] = {
            "/v1/tag": {"POST": self._tag},
            "/v1/models": {"GET": self._describe_models},
            "/openapi.json": {"GET": self._describe_routes},
            "/healthz": {"GET": self._healthy},
            "/readyz": {"GET": self._ready},
            "/metrics": {"GET": self._count},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        client: ClientConnection = scope.get(CONNECTION) or ClientConnection()
        state = _Sending(send, client, self._cross_origin_headers(scope) if self._origins else [])
        try:
            await self._respond(scope, receive, state)
        except ClientGone:
            state.status = _GONE
        finally:
            self._metrics.answered(_route(scope["path"]), state.status or _GONE, time.perf_counter() - began)

    async def _respond(self, scope: Scope, receive: Receive, state: "_Sending") -> None:
        """Write the answer to a request, or the error that it ends in. Raises ClientGone."""
        try:
            if scope["path"] == "/v1/tag/stream" and scope["method"] == "POST":
                await self._stream(scope, receive, state)
            else:
                answer = await self._find(scope)(scope, receive)
                await state.whole(answer)
        except ClientGone:
            raise
        except asyncio.CancelledError:  # the client is gone, or the time to stop is over
            if self.is_stopping and not state.status:
                await state.error(later("shutting_down", "the service stops", close=True), receive)
        except Exception as error:
            if state.status:
                http_error(error)  # for the log
                raise ConnectionAbortedError from None  # the client must not take what it has for the whole answer
            await state.error(http_error(error), receive)

    def _find(self, scope: Scope) -> Callable[[Scope, Receive], Awaitable[Answer]]:
        """Return what answers at an address. Raises HttpError where nothing does."""
        path, method = scope["path"], scope["method"]
        methods = self._routes.get(path)
        if methods is None:
            methods = self._methods_of(path)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            there = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
            allow = [(b"allow", there.encode())]
            if method == "OPTIONS":
                return _answer_of(Answer(b"", status=204, headers=allow))
            raise HttpError(405, "method_not_allowed", f"this address takes {there}", "method", headers=allow)
        return handler

    def _methods_of(self, path: str) -> dict[str, Callable[[Scope, Receive], Awaitable[Answer]]]:
        """Return the methods of an address that is not always there."""
        if path == "/v1/tag/stream":
            return {"POST": self._describe_routes}  # POST itself is answered before
        if page := self._pages.get(path):
            return {"GET": _answer_of(_page_answer(page))}
        if card := _CARD.fullmatch(path):
            text = self._models.find(card[1]).card
            return {"GET": _answer_of(Answer(text.encode(), "text/markdown; charset=utf-8"))}
        raise HttpError(404, "not_found", "nothing is at this address; /openapi.json lists all that are", "path")

    async def _tag(self, scope: Scope, receive: Receive) -> Answer:
        headers = _headers(scope)
        check_encoding(headers)
        self._arriving += 1
        try:
            body = await self._bodies.read(headers.get(b"content-length"), receive)
        finally:
            self._arriving -= 1
        request = self._read_request(headers.get(b"content-type", b""), body, scope["query_string"])
        shape, job = self._job(request, accepted(headers.get(b"accept")))
        answer = await self._answer(job, scope)
        if shape.media_type == JSON:
            return Answer(answer)
        policy = [(b"content-security-policy", _ANSWER_CSP)] if shape.media_type == "text/html" else []
        return Answer(answer, f"{shape.media_type}; charset=utf-8", headers=policy)

    def _read_request(self, content_type: bytes, body: bytes, query: bytes) -> TagRequest:
        media_type, _, parameters = content_type.decode("latin-1").lower().partition(";")
        charset = re.search(r"charset=\"?([\w-]*)", parameters)
        if media_type.strip() in (JSON, "text/plain") and (not charset or charset[1] in ("utf-8", "utf8", "us-ascii")):
            if media_type.strip() == JSON:
                return json_request(body, self.limits)
            return text_request(body, query, self.limits)
        raise HttpError(415, "unsupported_media_type", f"send {JSON} or text/plain, in UTF-8", "Content-Type")

    def _job(self, request: TagRequest, media_type: str) -> tuple[AnswerShape, Job]:
        options = request.options
        model = self._models.find(options.model)
        layout = model.layout(options.tasks, scores=options.scores, top=options.top)
        shape = AnswerShape(model.name, layout, media_type, request.is_list, options.utf16, options.min_score)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        return shape, Job(
            model.tagger,
            request.texts,
            request.sentences,
            options.wants_scores,
            lambda texts: render_answer(texts, shape),
            request.characters,
            future,
        )

    async def _answer(self, job: Job, scope: Scope) -> bytes:
        """Return the answer to a request. Raises HttpError where too many are in work, or where it takes too long."""
        self._check_room()
        future = job.answer
        client: ClientConnection = scope.get(CONNECTION) or ClientConnection()
        client.waiting.append(future.cancel)
        timer = asyncio.get_running_loop().call_later(self.limits.answer_seconds, _give_up, future)
        self._in_flight += 1
        try:
            self._collector.submit(job, is_alone=self._in_flight + self._arriving == 1)
            return await future
        finally:
            self._in_flight -= 1
            timer.cancel()
            client.waiting.remove(future.cancel)

    def _check_room(self) -> None:
        if self.is_stopping:
            raise later("shutting_down", "the service stops", close=True)
        if self._in_flight >= self.limits.max_in_flight:
            most = f"{self.limits.max_in_flight} requests are in work, which is the most: ask again later"
            raise later("busy", most, status=429)

    async def _stream(self, scope: Scope, receive: Receive, state: "_Sending") -> None:
        check_encoding(_headers(scope))
        options = query_options(scope["query_string"])
        self._check_room()
        self._in_flight += 1
        try:
            await answer_stream(options, self._models, self._collector, self.limits, receive, state.stream)
        finally:
            self._in_flight -= 1

    async def _describe_models(self, scope: Scope, receive: Receive) -> Answer:
        return Answer(self._models.description.encode())

    async def _describe_routes(self, scope: Scope, receive: Receive) -> Answer:
        return Answer(self._openapi)

    async def _healthy(self, scope: Scope, receive: Receive) -> Answer:
        return Answer(b'{"status": "ok"}\n')

    async def _ready(self, scope: Scope, receive: Receive) -> Answer:
        if self.is_stopping:
            raise later("shutting_down", "the service stops", close=True)
        return Answer(b'{"status": "ready"}\n')

    async def _count(self, scope: Scope, receive: Receive) -> Answer:
        self.measure()
        return Answer(self._metrics.text().encode(), "text/plain; version=0.0.4; charset=utf-8")

    def measure(self) -> None:
        """Write what is in work now into this worker's numbers."""
        self._metrics.gauge(in_flight=self._in_flight, connections=self._connections())

    def _cross_origin_headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Return the headers that let pages of the origins that were named read the answer (CORS)."""
        headers = _headers(scope)
        origin = headers.get(b"origin")
        found: list[tuple[bytes, bytes]] = [(b"vary", b"origin")]
        if origin is None or not (origin in self._origins or b"*" in self._origins):
            return found
        found.append((b"access-control-allow-origin", origin))
        if scope["method"] == "OPTIONS":
            found += [
                (b"access-control-allow-methods", b"GET, HEAD, POST"),
                (b"access-control-allow-headers", b"accept, content-type"),
                (b"access-control-max-age", b"600"),
            ]
        return found


class _Sending:
    """Writes an answer. `status` is 0 until the answer has begun."""

    def __init__(self, send: Send, client: ClientConnection, headers: list[tuple[bytes, bytes]]) -> None:
        self._write, self._client, self._headers = send, client, headers
        self.status = 0

    async def _send(self, message: Message) -> None:
        try:
            await self._write(message)
        except (OSError, RuntimeError):  # uvicorn's, where the connection was closed just now
            if self._client.is_closed():
                raise ClientGone from None
            raise

    async def whole(self, answer: Answer) -> None:
        """Write an answer whose body is there."""
        await self._begin(answer)
        await self._send({"type": "http.response.body", "body": answer.body})

    async def error(self, error: HttpError, receive: Receive) -> None:
        """Write an error. Where the connection is to be closed, the rest of the body is read first and dropped."""
        headers = [*error.headers, (b"connection", b"close")] if error.close else error.headers
        answer = Answer(error.line.encode() + b"\n", status=error.status, headers=headers)
        if not error.close:
            await self.whole(answer)
            return
        await self._begin(answer)
        await self._send({"type": "http.response.body", "body": answer.body, "more_body": True})
        if error.status != 408:
            await drain(receive)
        await self._send({"type": "http.response.body", "body": b""})

    async def stream(self, piece: bytes, *, more: bool = True) -> None:
        """Write a piece of JSON lines; the first one begins the answer."""
        if not self.status:
            self.status = 200
            headers = [(b"content-type", b"application/x-ndjson"), *_SAFE, *self._headers]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _begin(self, answer: Answer) -> None:
        self.status = answer.status
        headers = [
            (b"content-type", answer.media_type.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            *_SAFE,
            *answer.headers,
            *self._headers,
        ]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})


def _page_answer(page: PageFile) -> Answer:
    return Answer(page.content, page.media_type, headers=page.headers)


def _answer_of(answer: Answer) -> Callable[[Scope, Receive], Awaitable[Answer]]:
    """Return a handler that gives an answer that is known."""

    async def handle(scope: Scope, receive: Receive) -> Answer:
        return answer

    return handle


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _route(path: str) -> int:
    """Return the place in ROUTES of an address."""
    if path == "/v1/tag":
        return 0
    if path == "/v1/tag/stream":
        return 1
    if path.startswith("/v1/models"):
        return 2
    return 3 if path == "/" or path.startswith("/page/") else len(ROUTES) - 1


def _give_up(future: "asyncio.Future[bytes]") -> None:
    if not future.done():
        future.set_exception(later("answer_timeout", "the answer took too long: send less, or ask again later"))
