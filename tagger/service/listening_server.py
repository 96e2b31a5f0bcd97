"""uvicorn as both servers run it: silent, with limits, and ended by a signal."""

import asyncio
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tagger.errors import MissingPackageError
from tagger.packages import install_line
from tagger.service.limits import Limits

try:
    import uvicorn

    from tagger.service.http_protocol import LimitedProtocol
except ImportError as error:
    raise MissingPackageError(
        f"this command needs uvicorn and httptools, which could not be imported ({error}): {install_line('serve')}"
    ) from None


def server_config(application: Any, limits: Limits, **settings: Any) -> uvicorn.Config:  # noqa: ANN401 (uvicorn's own)
    """Return uvicorn's configuration of an application, with further `settings` of uvicorn's own."""
    return uvicorn.Config(
        application,
        http=partial(LimitedProtocol, limits=limits),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        **settings,
    )


class ListeningServer(uvicorn.Server):
    """uvicorn's server, which calls `is_ready` when it listens, and ends well when it is told to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready: Callable[[], None] = lambda: None

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Listen to signals while the block runs."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.is_ready()

    def stop(self) -> None:
        """End once what was asked is answered."""
        self.should_exit = True
