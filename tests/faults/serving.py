"""A service in a process of its own, asked as a browser would ask, or byte by byte as nobody should."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

_START = 60.0  # seconds until it is ready


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its headers in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error; an answer that is not of the errors' one shape raises."""
        assert self.headers["content-type"].startswith("application/json"), self.headers
        (error,) = self.json.values()
        assert list(error) == ["code", "message", "where"], error
        return error["code"]


class Service:
    """`tagger serve` with some options, on a free port, until the block ends."""

    def __init__(self, *options: object) -> None:
        self._options = [str(option) for option in options]

    def __enter__(self) -> "Service":
        self._written = tempfile.TemporaryFile()
        command = [sys.executable, "-m", "tagger", "serve", "--port", "0", *self._options]
        self.process = subprocess.Popen(command, stdout=self._written, stderr=self._written)
        found = self.wait_until(lambda: re.search(r" at http://127\.0\.0\.1:(\d+)", self.written), _START)
        assert found, f"not ready: {self.written}"
        self.port = int(found[1])
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def written(self) -> str:
        """What the service wrote to its terminal."""
        place = os.dup(self._written.fileno())
        with os.fdopen(place, "rb") as file:
            return os.pread(file.fileno(), 1 << 20, 0).decode()

    def wait_until(self, happens: Callable[[], Any], seconds: float) -> Any:
        """Return what the call returns as soon as it is true, or at last what it is after the seconds."""
        latest = time.monotonic() + seconds
        while not (result := happens()) and time.monotonic() < latest and self.process.poll() is None:
            time.sleep(0.02)
        return result

    def get(self, path: str) -> Answer:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path)
            return read_answer(connection.getresponse())

    def tag(self, body: str | bytes | Mapping[str, object], query: str = "") -> Answer:
        """The answer to a plain text, or to a mapping sent as JSON."""
        is_json = isinstance(body, Mapping)
        content = json.dumps(body).encode() if is_json else body.encode() if isinstance(body, str) else body
        kind = "application/json" if is_json else "text/plain"
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", f"/v1/tag{query}", content, {"Content-Type": kind})
            return read_answer(connection.getresponse())

    def connect(self) -> socket.socket:
        """A connection of one's own, which waits 30 seconds for an answer at most."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def send(self, *pieces: bytes, finish: bool = False) -> Answer | None:
        """The first answer to bytes of one's own; None where the connection is closed without one."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            if finish:
                connection.shutdown(socket.SHUT_WR)
            return answer_of(connection)

    def processes(self) -> list[int]:
        """The service's process and those below it."""
        found = [self.process.pid]
        for process in found:  # which grows
            for tasks in Path(f"/proc/{process}/task").glob("*/children"):
                found += map(int, tasks.read_text(encoding="ascii").split())
        return found

    def workers(self) -> list[int]:
        """The processes that answer, where there are several."""
        return [process for process in self.processes()[1:] if _is_worker(process)]

    def memory(self) -> int:
        """Bytes of memory that the service's processes have."""
        return sum(map(_resident, self.processes()))

    def open_files(self) -> int:
        """How many files and connections the service's processes have open."""
        return sum(map(open_files, self.processes()))

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


def open_files(process: int) -> int:
    """How many files and connections a process has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def _is_worker(process: int) -> bool:
    command = Path(f"/proc/{process}/cmdline").read_bytes()
    return b"resource_tracker" not in command


def _resident(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) * 1024 if found else 0


def read_answer(response: HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def answer_of(connection: socket.socket, *, whole: bool = False) -> Answer | None:
    """The next answer on a connection; None where it is closed without one.

    Where the answer must be there and `whole`, a connection that is cut is a ConnectionError or IncompleteRead.
    """
    response = HTTPResponse(connection)
    try:
        response.begin()
    except ConnectionError:  # a reset, or the end before the first byte
        if whole:
            raise
        return None
    return read_answer(response)


def head(length: int | str, *lines: str, path: str = "/v1/tag", kind: str = "text/plain") -> bytes:
    """The head of a POST request that says it has a body of so many bytes."""
    first = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", f"Content-Length: {length}"]
    return "\r\n".join([*first, *lines, "", ""]).encode()


def chunked_head(*lines: str, path: str = "/v1/tag") -> bytes:
    """The head of a POST request whose body comes in chunks."""
    first = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: text/plain", "Transfer-Encoding: chunked"]
    return "\r\n".join([*first, *lines, "", ""]).encode()


def vanish(connection: socket.socket) -> None:
    """Close a connection with a reset, as a machine does that is switched off and on."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wrong_offsets(text: str, answer: Any, *, utf16: bool = False) -> list[str]:
    """What of an answer has offsets that do not give its text, and whether characters are in no token."""
    units = text.encode("utf-16-le", "surrogatepass")

    def part(start: int, end: int) -> str:
        return units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass") if utf16 else text[start:end]

    wrong, covered = [], []
    for sentence in answer["sentences"]:
        if not _same(part(sentence["start"], sentence["end"]), sentence["text"]):
            wrong.append(f"sentence {sentence['text']!r}")
        words = [word for token in sentence["tokens"] for word in token.get("words", [token])]
        spans = [span for each in sentence["spans"].values() for span in each]
        for each in (*sentence["tokens"], *spans):
            if not _same(part(each["start"], each["end"]), each["text"]):
                wrong.append(f"{each['text']!r} at {each['start']}")
        for word in words:
            if not {"upos", "text", "start", "end"} <= word.keys():
                wrong.append(f"{word} has no tag")
        covered += [part(token["start"], token["end"]) for token in sentence["tokens"]]
    if "".join("".join(covered).split()) != "".join(text.split()):
        wrong.append("some characters are in no token")
    return wrong


def _same(sent: str, answered: str) -> bool:
    """Whether two texts are the same, but for the kind of white space inside a word, which is always a space."""
    return sent == answered or " ".join(sent.split()) == " ".join(answered.split())
