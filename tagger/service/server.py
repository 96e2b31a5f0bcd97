"""One worker process of the service: models, application and uvicorn, until it is told to stop."""

import asyncio
import gc
import logging
import resource
import signal
import socket
import sys
from collections.abc import Callable, Generator, Mapping, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagger.errors import ConfigError, TaggerError
from tagger.processors import available_processors
from tagger.service.application import Application
from tagger.service.collector import Collector
from tagger.service.limits import Limits
from tagger.service.listening_server import ListeningServer, server_config
from tagger.service.served_models import ServedModels
from tagger.service.service_metrics import ROW, Metrics

if TYPE_CHECKING:
    import uvicorn

BACKLOG = 1024
"""Connections that wait to be accepted."""
SWITCH_SECONDS = 0.001
"""Seconds for which a thread of Python's may keep others waiting, a fifth of the default: a worker's threads tag, write
answers and read requests."""
MEASURE_SECONDS = 1.0
_FILES_BESIDE = 100
"""Files that a process has open beside its connections."""


@dataclass(frozen=True)
class ServeOptions:
    """What is served, and where. `models` are folders or names of shipped models; empty means the English one.

    `threads` tag in each of `workers` processes; None shares the processors. `batch_wait` is in seconds, `batch_words`
    as in Collector, and pages of `origins` may read answers. `rules` is a file of rules for all models, and `min_score`
    as in `tagger.load`.
    """

    models: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int | None = None
    batch_wait: float = 0.002
    batch_words: int = 2048
    limits: Limits = field(default_factory=Limits)
    origins: tuple[str, ...] = ()
    rules: str | None = None
    min_score: Mapping[str, float] | None = None


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket at an address, which other sockets may share. Raises ConfigError where that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            bound.bind(address)
        except BaseException:
            bound.close()
            raise
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{host}, port {port}: cannot listen there ({reason}); choose another with --port") from None
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the URL of a socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def log(message: str) -> None:
    """Say one line to whoever runs the service."""
    print(f"tagger serve: {message}", file=sys.stderr, flush=True)


def run_worker(
    options: ServeOptions,
    listen: Callable[[], socket.socket],
    numbers: MutableSequence[float] | None = None,
    worker: int = 0,
    ready: Callable[[ServedModels, socket.socket], None] = lambda models, bound: None,
    parent: int | None = None,
) -> None:
    """Load the models, then serve until a signal says to stop.

    `listen` returns the socket, `numbers` are those of all workers, and `ready` is called when the port answers. The
    worker also stops when the file `parent` is at its end, because the process at its other end is gone. Raises
    TaggerError where a model cannot be loaded.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to load anew
    _allow_files(options.limits.max_connections + _FILES_BESIDE)
    metrics = Metrics(numbers if numbers is not None else [0.0] * ROW, worker)
    threads = options.threads or max(1, available_processors() // options.workers)
    models = ServedModels(options.models, min_score=options.min_score, rules=options.rules)
    gc.collect()
    gc.freeze()  # the vocabularies stay, and need not be looked through again and again
    collector = Collector(metrics, lanes=threads, wait=options.batch_wait, batch_words=options.batch_words)
    application = Application(
        models,
        collector,
        metrics,
        options.limits,
        origins=options.origins,
        connections=lambda: len(server.server_state.connections),
    )
    config = server_config(
        application,
        options.limits,
        timeout_keep_alive=options.limits.idle_seconds,
        timeout_graceful_shutdown=options.limits.grace,
        backlog=BACKLOG,
    )
    server = _Server(config, application, models, metrics, parent)
    bound = listen()
    server.is_ready = lambda: ready(models, bound)
    try:
        server.run(sockets=[bound])
    finally:
        collector.close()


class _Server(ListeningServer):
    """The server of a worker, which also ends with its parent process, and loads models anew."""

    def __init__(
        self,
        config: "uvicorn.Config",
        application: Application,
        models: ServedModels,
        metrics: Metrics,
        parent: int | None,
    ) -> None:
        super().__init__(config)
        self._application, self._models, self._metrics, self._parent = application, models, metrics, parent
        self._reloading: asyncio.Task[None] | None = None
        self._reload_again = False

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Listen to signals, and to the end of the parent process, while the block runs."""
        loop = asyncio.get_running_loop()
        with super().capture_signals():
            loop.add_signal_handler(signal.SIGHUP, self._reload)
            if self._parent is not None:
                loop.add_reader(self._parent, self._parent_is_gone)
            yield

    async def on_tick(self, counter: int) -> bool:
        """Measure once in a while what is in work."""
        if counter % round(MEASURE_SECONDS * 10) == 0:
            self._application.measure()
        return await super().on_tick(counter)

    def stop(self) -> None:
        """End, and let the application say so to those who still ask."""
        super().stop()
        self._application.is_stopping = True

    def _parent_is_gone(self) -> None:
        if self._parent is not None:
            asyncio.get_running_loop().remove_reader(self._parent)
        self.stop()

    def _reload(self) -> None:
        if self._reloading and not self._reloading.done():
            self._reload_again = True
            return
        self._reloading = asyncio.get_running_loop().create_task(self._reload_models())

    async def _reload_models(self) -> None:
        while True:
            self._reload_again = False
            try:
                await asyncio.to_thread(self._models.reload)
            except TaggerError as error:
                self._metrics.reloaded(failed=True)
                log(f"the models stay as they are, because one cannot be loaded: {error}")
            except Exception as error:
                self._metrics.reloaded(failed=True)
                log(f"the models stay as they are, because one cannot be loaded: {type(error).__name__}")
            else:
                self._metrics.reloaded(failed=False)
                log(f"loaded {', '.join(self._models.by_name)} anew")
            if not self._reload_again:
                return


def _allow_files(count: int) -> None:
    """Let this process open so many files, or as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < count:
        log(f"only {wanted - _FILES_BESIDE} connections may be open here, because this system allows {hard} files")


def serve_alone(options: ServeOptions) -> None:
    """Serve from this process. Raises TaggerError where the models or the address cannot be used."""
    bound = bind(options.host, options.port)  # before the models, because it fails sooner
    logging.getLogger("tagger").setLevel(logging.WARNING)
    run_worker(options, lambda: bound, ready=say_ready)


def say_ready(models: ServedModels, bound: socket.socket) -> None:
    """Say which models are served, and where."""
    log(f"{', '.join(models.by_name)} at {address_of(bound)}")
