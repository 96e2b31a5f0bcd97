"""Servers for the tests of this folder: processes of their own, at a free port."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tagger import load


@dataclass
class Server:
    """A service that runs: its address, its process, and the file of what it says."""

    url: str
    process: subprocess.Popen
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30)

    def says(self, words: str, seconds: float = 20) -> str:
        """What the log says, once the words are in it."""
        end = time.monotonic() + seconds
        while words not in (said := self.log.read_text()):
            assert time.monotonic() < end, said
            time.sleep(0.02)
        return said


@contextmanager
def serving(log: Path, *arguments: object) -> Iterator[Server]:
    command = [sys.executable, "-m", "tagger", "serve", "--port", "0", *map(str, arguments)]
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        server = Server("", process, log)
        end = time.monotonic() + 60
        while " at http://" not in log.read_text():
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        server.url = log.read_text().split(" at ")[-1].split()[0]
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Starts a service in a `with` block."""

    def start(*arguments):
        return serving(tmp_path_factory.mktemp("serve") / "log", *arguments)

    return start


@pytest.fixture(scope="session")
def server(start, tiny_model) -> Iterator[Server]:
    """A service of the tiny model. Leave it as it is."""
    with start("--model", tiny_model, "--allow-origin", "https://example.org") as server:
        yield server


@pytest.fixture(scope="session")
def client(server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def tiny(tiny_model):
    """The tiny model, loaded in this process."""
    return load(tiny_model)
