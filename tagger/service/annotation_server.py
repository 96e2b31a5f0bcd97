"""The server of the annotation page: one process, one annotator, until a signal says to stop."""

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn

from tagger.annotation.annotation_project import AnnotationProject
from tagger.annotation.answer_log import AnswerLog
from tagger.files import locked
from tagger.service.annotation_application import AnnotationApplication
from tagger.service.http_protocol import LimitedProtocol
from tagger.service.limits import Limits
from tagger.service.server import address_of, bind

MAX_CONNECTIONS = 50


def serve_annotation(folder: Path, annotator: str, host: str, port: int, say: Callable[[str], None]) -> None:
    """Show a project to an annotator until SIGINT or SIGTERM. `say` is told where, and at the end how much is done.

    Raises TaggerError where the project or the address cannot be used, or another server writes the same answers.
    """
    project = AnnotationProject(folder)
    path = project.answers_file(annotator)
    bound = bind(host, port)
    with locked(path):
        log = AnswerLog(path)
        limits = Limits(max_connections=MAX_CONNECTIONS)
        is_local = ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback
        application = AnnotationApplication(project, log, annotator, limits, is_local=is_local)
        config = uvicorn.Config(
            application,
            http=partial(LimitedProtocol, limits=limits),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = _AnnotationServer(config)
        done = f"{annotator} has answered {len(log.answers):,} of {len(project):,}"
        server.is_ready = lambda: say(f"{done}: go on at {address_of(bound)}")
        try:
            server.run(sockets=[bound])
        finally:
            log.close()
        say(f"{annotator} has answered {len(log.answers):,} of {len(project):,}; the same command goes on from there")


class _AnnotationServer(uvicorn.Server):
    """uvicorn's server, which says when it listens, and ends well when it is told to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready: Callable[[], None] = lambda: None

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Listen to signals while the block runs."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.is_ready()

    def _stop(self) -> None:
        self.should_exit = True
