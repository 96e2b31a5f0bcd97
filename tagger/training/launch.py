"""Several workers on one machine: started together, and again from the last checkpoint when one of them dies."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import IO

from tagger.errors import TaggerError, WorkerLostError

RESTARTS = 3
"""How often a run is started again before it is given up."""
GRACE = 10.0
"""Seconds that the others have to end by themselves when one has ended with an error."""


def launch(arguments: Sequence[str], workers: int) -> int:
    """Run `tagger ARGUMENTS` as so many workers of one training, and with `--resume` again where one of them dies: the
    exit code. The first worker speaks for all of them.

    Raises TaggerError where another one ends with an error of its own, and where they die too often.
    """
    for attempt in range(RESTARTS + 1):
        again = ["--resume"] if attempt and "--resume" not in arguments else []
        with ExitStack() as stack:
            said = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(workers - 1)]
            codes = _run([*arguments, *again], workers, said)
            failed = {number: code for number, code in enumerate(codes) if code not in (0, WorkerLostError.exit_code)}
            if not any(codes) or failed.get(0, 0) > 0:
                return codes[0]
            for number, code in failed.items():
                if code > 0:
                    raise TaggerError(f"worker {number} ended with exit code {code}{_last_words(said[number - 1])}")
        died = ", ".join(f"worker {number} died (signal {-code})" for number, code in failed.items())
        if attempt < RESTARTS:
            say = died or "the workers lost each other"
            print(f"tagger: {say}: all of them start again from the last checkpoint", file=sys.stderr, flush=True)
    raise TaggerError(f"the workers died {RESTARTS + 1} times: train with fewer of them, or look for what ends them")


def _run(arguments: Sequence[str], workers: int, said: Sequence[IO[bytes]]) -> list[int]:
    """The exit codes of all workers, none of which is left when one has ended with an error."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    processes = []
    try:
        for number in range(workers):
            task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": number}}
            environment = {**os.environ, "TF_CONFIG": json.dumps(task)}
            command = [sys.executable, "-m", "tagger", *arguments]
            errors = said[number - 1] if number else None
            processes.append(subprocess.Popen(command, env=environment, stderr=errors, stdin=subprocess.DEVNULL))
        while not any(process.poll() for process in processes):
            if all(process.poll() == 0 for process in processes):
                break
            time.sleep(0.05)
        with suppress(subprocess.TimeoutExpired):
            last = time.monotonic() + GRACE
            for process in processes:
                process.wait(max(0.0, last - time.monotonic()))
    finally:
        killed = [process for process in processes if process.poll() is None]
        for process in killed:
            process.kill()
        for process in processes:
            process.wait()
    # Who had to be killed here had lost the others and did not notice.
    return [WorkerLostError.exit_code if process in killed else process.returncode for process in processes]


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _last_words(said: IO[bytes]) -> str:
    """The last line of what a worker has said."""
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1]}" if lines else ""
