"""The annotation page as an ASGI application: its files, the excerpts of a project, and the answers to them.

It is for one annotator at a time, who sits at the same machine: answers are written in the order in which they arrive.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.annotation.annotation_project import AnnotationProject
from tagger.annotation.answer_log import ACCEPT, KINDS, AnswerLog, GivenAnswer
from tagger.documents import parse_json
from tagger.errors import DataError
from tagger.service.http_errors import JSON, Headers, HttpError, internal_error, invalid_value
from tagger.service.limits import Limits
from tagger.service.page_files import PAGE_FOLDER, page_files
from tagger.service.request_body import BodyReader, ClientGone, Receive, Send, drain
from tagger.text.render import json_line
from tagger.text.sentence import Sentence

ANNOTATION_PAGE_FOLDER = Path(__file__).resolve().parent / "annotation_page"
_SAFE: Headers = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]

_LOOPBACK = re.compile(rb"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", re.IGNORECASE)
"""Names under which this machine alone reaches itself; others may be led here by a page's own DNS ("rebinding")."""

_NUMBER = re.compile("[0-9]{1,9}")

Reply = tuple[bytes, str, Headers]
"""The body of an answer, its media type, and its headers."""


class AnnotationApplication:
    """Shows a project to one annotator, and writes each answer to the disk before it says so."""

    def __init__(
        self, project: AnnotationProject, log: AnswerLog, annotator: str, limits: Limits, *, is_local: bool = True
    ) -> None:
        self._project, self._log, self._annotator = project, log, annotator
        self._is_local = is_local
        self._bodies = BodyReader(limits)
        self._files = page_files(PAGE_FOLDER) | page_files(ANNOTATION_PAGE_FOLDER)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            return
        status, error = 200, None
        try:
            body, media_type, headers = await self._reply(scope, receive)
        except ClientGone:
            return
        except HttpError as refused:
            error = refused
        except OSError as failed:
            error = HttpError(500, "not_saved", f"the answer could not be written to the disk: {failed.strerror}")
        except DataError as damaged:
            error = HttpError(500, "damaged", str(damaged))
        except Exception:
            error = internal_error()
        if error is not None:
            status, body, media_type, headers = error.status, error.line.encode() + b"\n", JSON, error.headers
            if error.close:
                await drain(receive)
        about = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body)), *_SAFE, *headers]
        await send({"type": "http.response.start", "status": status, "headers": about})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _reply(self, scope: Mapping[str, Any], receive: Receive) -> Reply:
        """Return the answer to a request. Raises HttpError, and OSError where an answer cannot be written."""
        path, method = scope["path"], scope["method"]
        if self._is_local and not _LOOPBACK.fullmatch(dict(scope["headers"]).get(b"host", b"")):
            raise HttpError(421, "misdirected", "ask for localhost or 127.0.0.1; --host ADDRESS serves others", "Host")
        if path == "/v1/answers":
            if method != "POST":
                raise HttpError(405, "method_not_allowed", "this address takes POST", headers=[(b"allow", b"POST")])
            return self._take(await self._content(scope, receive))
        if method not in ("GET", "HEAD"):
            raise HttpError(405, "method_not_allowed", "this address takes GET", headers=[(b"allow", b"GET, HEAD")])
        if file := self._files.get(path):
            return file.content, file.media_type, file.headers
        if path == "/v1/project":
            return _json(self._describe())
        name, _, number = path.rpartition("/")
        if name == "/v1/excerpts" and _NUMBER.fullmatch(number) and int(number) < len(self._project):
            return _json(self._excerpt(int(number)))
        raise HttpError(404, "not_found", "nothing is at this address", "path")

    async def _content(self, scope: Mapping[str, Any], receive: Receive) -> dict[str, Any]:
        """Read the JSON object of a request. Raises HttpError for what another page may have sent."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and origin.partition(b"://")[2] != headers.get(b"host"):
            raise HttpError(403, "forbidden", "answers are taken from this server's own page", "Origin", close=True)
        if headers.get(b"content-type", b"").partition(b";")[0].strip() != JSON.encode():
            raise HttpError(415, "unsupported_media_type", f"send {JSON}", "Content-Type", close=True)
        body = await self._bodies.read(headers.get(b"content-length"), receive)
        try:
            content = parse_json(body)
        except ValueError as error:
            raise HttpError(400, "invalid_json", f"the body is no JSON: {error}", "body") from None
        if not isinstance(content, dict):
            raise invalid_value("body", "the body must be an object")
        return content

    def _take(self, content: dict[str, Any]) -> Reply:
        """Write an answer to the disk. Raises HttpError for one that cannot be, OSError where writing fails."""
        if content.get("annotator", self._annotator) != self._annotator:  # from a page that was left open
            message = f"{self._annotator} annotates here now: load the page again"
            raise HttpError(409, "other_annotator", message, "annotator")
        number, kind, tags = content.get("excerpt"), content.get("answer"), content.get("tags", {})
        if type(number) is not int or not 0 <= number < len(self._project):
            raise invalid_value("excerpt", f"'excerpt' must be a number from 0 to {len(self._project) - 1}")
        if kind not in KINDS:
            raise invalid_value("answer", f"'answer' must be one of {', '.join(KINDS)}")
        if kind == ACCEPT:
            if not isinstance(tags, dict):
                raise invalid_value("tags", "'tags' must have a list of tags for each task")
            try:
                self._project.check_tags(number, tags)
            except DataError as error:
                raise invalid_value("tags", str(error)) from None
        own = {task: tags[task] for task in self._project.project.tasks} if kind == ACCEPT else {}
        self._log.add(GivenAnswer(number, kind, own))
        return _json({"answered": len(self._log.answers), "next": self._next(number)})

    def _describe(self) -> dict[str, object]:
        project = self._project.project
        tasks = [
            {"name": task, "spans": task in project.span_tasks, "labels": project.labels[task]}
            for task in project.tasks
        ]
        return {
            "annotator": self._annotator,
            "model": project.model,
            "tasks": tasks,
            "count": len(self._project),
            "answered": len(self._log.answers),
            "next": self._next(-1),
        }

    def _next(self, number: int) -> int | None:
        """Return the first excerpt after a number, or else before it, that has no answer; None where all have one."""
        order = (*range(number + 1, len(self._project)), *range(number + 1))
        return next((each for each in order if each not in self._log.answers), None)

    def _excerpt(self, number: int) -> dict[str, object]:
        """Return an excerpt as the page shows it: words with what stands after each, and the tags to begin with."""
        excerpt, answer = self._project.excerpt(number), self._log.answers.get(number)
        words = [word for sentence in excerpt.sentences for word in _words(sentence)]
        words[-1]["after"] = ""
        predicted = {task: excerpt.tags(task) for task in self._project.project.tasks}
        return {
            "excerpt": number,
            "file": excerpt.file,
            "start": excerpt.sentences[0].start,
            "words": words,
            "predicted": predicted,
            "scores": excerpt.scores,
            "tags": dict(answer.tags) if answer is not None and answer.kind == ACCEPT else predicted,
            "answer": None if answer is None else answer.kind,
        }


def _words(sentence: Sentence) -> list[dict[str, str]]:
    """Return the words of a sentence, with the text that stands after each."""
    following = [*sentence.starts[1:], sentence.end]
    between = [
        # Words of one token that do not stand in the text have the same place.
        sentence.text[end - sentence.start : start - sentence.start] if start >= end else "·"
        for end, start in zip(sentence.ends, following, strict=True)
    ]
    between[-1] += sentence.after or " "
    return [{"text": word, "after": after} for word, after in zip(sentence.words, between, strict=True)]


def _json(content: object) -> Reply:
    return json_line(content).encode(), JSON, []
