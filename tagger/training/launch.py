"""Starts several workers on one machine, and starts them again when one dies."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import IO

from tagger.errors import TaggerError, WorkerLostError

_RESTARTS = 3
"""How often the workers are started again before the run is given up."""
_SET_PARENT_DEATH_SIGNAL = 1
"""The number of this request to `prctl`, from Linux' `sys/prctl.h`."""
_GRACE = 10.0
"""Seconds in which the other workers must end after one has ended with an error.
Workers that are still running then are killed."""


def launch(arguments: Sequence[str], workers: int) -> int:
    """Run `tagger ARGUMENTS` in processes that train together; return the exit code.

    When one of the workers dies, all start again with `--resume`, from the last checkpoint. Only the first worker's
    stderr is shown. Raises TaggerError where another worker ends with an error of its own, and where workers die too
    often.
    """
    for attempt in range(_RESTARTS + 1):
        again = ["--resume"] if attempt and "--resume" not in arguments else []
        with ExitStack() as stack:
            outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(workers - 1)]
            codes = _run([*arguments, *again], workers, outputs)
            failed = {number: code for number, code in enumerate(codes) if code not in (0, WorkerLostError.exit_code)}
            if not any(codes) or failed.get(0, 0) > 0:
                return codes[0]
            for number, code in failed.items():
                if code > 0:
                    raise TaggerError(f"worker {number} ended with exit code {code}{_last_line(outputs[number - 1])}")
        died = ", ".join(f"worker {number} died (signal {-code})" for number, code in failed.items())
        if attempt < _RESTARTS:
            reason = died or "the workers lost each other"
            print(f"tagger: {reason}: all of them start again from the last checkpoint", file=sys.stderr, flush=True)
    raise TaggerError(f"the workers died {_RESTARTS + 1} times: train with fewer of them, or look for what ends them")


def _run(arguments: Sequence[str], workers: int, outputs: Sequence[IO[bytes]]) -> list[int]:
    """Run all workers until one ends with an error; return their exit codes.

    The stderr of each worker but the first goes to `outputs`.
    """
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(workers):
            task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": number}}
            environment = {**os.environ, "TF_CONFIG": json.dumps(task)}
            command = [sys.executable, "-m", "tagger", *arguments]
            errors = outputs[number - 1] if number else None
            processes.append(
                subprocess.Popen(
                    command, env=environment, stderr=errors, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent
                )
            )
        while not any(process.poll() for process in processes):
            if all(process.poll() == 0 for process in processes):
                break
            time.sleep(0.05)
        with suppress(subprocess.TimeoutExpired):
            last = time.monotonic() + _GRACE
            for process in processes:
                process.wait(max(0.0, last - time.monotonic()))
    finally:
        killed = [process for process in processes if process.poll() is None]
        for process in killed:
            process.kill()
        for process in processes:
            process.wait()
    # A worker that had to be killed here had lost the others without noticing.
    return [WorkerLostError.exit_code if process in killed else process.returncode for process in processes]


def _end_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, however that ends.

    Otherwise workers go on without the process that was killed, and keep the output locked.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that no process listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _last_line(output: IO[bytes]) -> str:
    """Return `: ` and the last line that a worker wrote to stderr, if it wrote any."""
    output.seek(0)
    lines = output.read().decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1]}" if lines else ""
