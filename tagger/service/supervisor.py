"""Several worker processes at one address: one that ends is replaced, and signals reach all of them.

Each worker listens for itself (SO_REUSEPORT), so that the system shares connections among those that are there.
"""

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from types import FrameType
from typing import Any

from tagger.errors import TaggerError
from tagger.service.served_models import ServedModels
from tagger.service.server import (
    ServeOptions,
    address_of,
    bind,
    log,
    run_worker,
    serve_alone,
)
from tagger.service.service_metrics import ROW

LEAST_SECONDS = 2.0
"""Seconds between two starts of the same worker, so that one that cannot start does not keep the machine busy."""
_BEYOND_GRACE = 5.0
_READY = b"r"


def serve(options: ServeOptions) -> None:
    """Serve until SIGTERM or SIGINT. Raises TaggerError where the models or the address cannot be used."""
    if options.workers == 1:
        serve_alone(options)
    else:
        _Supervisor(options).run()


@dataclass
class _Worker:
    process: BaseProcess
    ready: int
    """File that can be read when the worker answers, or is gone."""
    started: float
    is_ready: bool = False


class _Supervisor:
    """Starts workers, replaces those that end, and stops all of them."""

    def __init__(self, options: ServeOptions) -> None:
        # A port that another program listens at must not be shared with it by accident.
        probe = bind(options.host, options.port)
        host, port = probe.getsockname()[:2]
        probe.close()
        self._address = bind(host, port, shared=True)  # keeps the port; it does not listen
        self._options = replace(options, host=host, port=port)
        self._context = multiprocessing.get_context("spawn")
        self._numbers: Any = self._context.RawArray("d", ROW * options.workers)
        self._alive, self._lifeline = os.pipe()  # workers stop when this process, the only writer, is gone
        self._signals, self._signal_writer = os.pipe()
        self._workers: dict[int, _Worker] = {}
        self._start_at: dict[int, float] = dict.fromkeys(range(options.workers), 0.0)
        self._is_stopping = False

    def run(self) -> None:
        """Serve until a signal says to stop."""
        os.set_blocking(self._signal_writer, False)
        old = {number: signal.signal(number, self._heard) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            self._start_due()
            self._wait_for_first()
            while not self._is_stopping:
                self._start_due()
                self._wait()
        finally:
            self._stop()
            for number, handler in old.items():
                signal.signal(number, handler)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGHUP:
            self._is_stopping = True
        os.write(self._signal_writer, bytes([number]))

    def _start_due(self) -> None:
        """Start the workers that are missing and may be started again."""
        now = time.monotonic()
        for number in range(self._options.workers):
            if number not in self._workers and self._start_at[number] <= now:
                self._start(number)

    def _start(self, number: int) -> None:
        ready, theirs = os.pipe()
        process = self._context.Process(
            target=_work,
            args=[self._options, self._numbers, number, _File(self._alive), _File(theirs)],
            name=f"tagger serve {number}",
        )
        process.start()
        os.close(theirs)
        self._start_at[number] = time.monotonic() + LEAST_SECONDS
        self._workers[number] = _Worker(process, ready, time.monotonic())

    def _wait_for_first(self) -> None:
        """Wait until all workers answer. Raises TaggerError where one cannot be started."""
        while not self._is_stopping and not all(worker.is_ready for worker in self._workers.values()):
            self._wait(replace_ended=False)
            if not self._is_stopping and len(self._workers) < self._options.workers:
                raise TaggerError("a worker could not be started, as said above")

    def _wait(self, *, replace_ended: bool = True) -> None:
        """Wait for a signal, or for a worker that is ready or has ended."""
        waiting: dict[Any, int] = {worker.process.sentinel: number for number, worker in self._workers.items()}
        for number, worker in self._workers.items():
            if not worker.is_ready:
                waiting[worker.ready] = number
        missing = len(self._workers) < self._options.workers
        for found in wait([self._signals, *waiting], 0.2 if missing else None):
            if found == self._signals:
                self._pass_on(os.read(self._signals, 16))
                continue
            number = waiting[found]
            if number not in self._workers:
                continue
            worker = self._workers[number]
            if found == worker.ready and os.read(worker.ready, 1) == _READY:
                worker.is_ready = True
                if all(each.is_ready for each in self._workers.values()) and not missing:
                    log(f"{self._options.workers} workers at {address_of(self._address)}")
            else:
                self._ended(number, worker, is_replaced=replace_ended)

    def _ended(self, number: int, worker: _Worker, *, is_replaced: bool) -> None:
        worker.process.join()
        os.close(worker.ready)
        del self._workers[number]
        if is_replaced and not self._is_stopping:
            log(f"worker {number} has ended ({_how(worker.process)}) and is replaced")

    def _pass_on(self, numbers: bytes) -> None:
        if signal.SIGHUP in numbers:
            for worker in self._workers.values():
                if worker.is_ready and worker.process.pid:
                    os.kill(worker.process.pid, signal.SIGHUP)

    def _stop(self) -> None:
        """Let the workers finish what they hold, and end those that take too long."""
        self._is_stopping = True
        for worker in self._workers.values():
            worker.process.terminate()
        until = time.monotonic() + self._options.limits.grace + _BEYOND_GRACE
        for worker in self._workers.values():
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._address.close()


class _File:
    """An open file that a process gets when it is started. There it is a number again."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Callable[[Any], int], tuple[Any]]:
        return _number_of, (DupFd(self._number),)  # while the process is started, this copies nothing by a socket


def _number_of(copy: Any) -> int:  # noqa: ANN401 (multiprocessing's own)
    number: int = copy.detach()
    return number


def _how(process: BaseProcess) -> str:
    code = process.exitcode
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _work(options: ServeOptions, numbers: MutableSequence[float], number: int, parent: int, bell: int) -> None:
    """Run one worker, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor says when to stop

    def say_ready(models: ServedModels, bound: socket.socket) -> None:
        os.write(bell, _READY)
        os.close(bell)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    listen = partial(bind, options.host, options.port, shared=True)
    try:
        run_worker(options, listen, numbers, number, say_ready, parent)
    except TaggerError as error:
        log(str(error))
        raise SystemExit(error.exit_code) from None
