"""Errors that a client gets: one JSON shape for every status, with no path, version or traceback in it."""

from collections.abc import Sequence

from tagger.text.render import json_line

Headers = Sequence[tuple[bytes, bytes]]
JSON = "application/json"


class HttpError(Exception):
    """An answer that is an error.

    `code` is for programs, `message` for people, and `where` names the place in the request: a key, a header, a line.
    With `close` the connection is closed after the answer, because the rest of the request is not read.
    """

    def __init__(
        self, status: int, code: str, message: str, where: str = "", *, headers: Headers = (), close: bool = False
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.where = status, code, message, where
        self.headers: list[tuple[bytes, bytes]] = [*headers]
        self.close = close

    @property
    def line(self) -> str:
        """The error as one line of JSON."""
        return json_line({"error": {"code": self.code, "message": self.message, "where": self.where}})


def invalid_value(where: str, message: str) -> HttpError:
    """Return the error for a request that is read well, but whose value at a place cannot be used."""
    return HttpError(422, "invalid_value", message, where)


def later(code: str, message: str, *, status: int = 503, close: bool = False) -> HttpError:
    """Return the error for what may succeed when it is asked again a little later."""
    return HttpError(status, code, message, headers=[(b"retry-after", b"1")], close=close)


def internal_error() -> HttpError:
    """Return the error for a fault of the service itself, which says nothing about it."""
    return HttpError(500, "internal", "the service failed at this request; its log says where")
