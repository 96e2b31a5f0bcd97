"""Runs commands of `tagger` in processes of their own, and kills them at a chosen moment.

A process is forked from one that has imported everything, so that a run costs its own work and no imports. The moment
is a time, or better the n-th operation on the files of a folder: right before a file is opened, renamed or removed.
"""

import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_OPERATIONS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree"}
_POLL = 0.002  # seconds


@dataclass(frozen=True)
class Moment:
    """When a process is killed: after some seconds, or before its n-th operation on files, from 1."""

    seconds: float = 0.0
    operation: int = 0


@dataclass(frozen=True)
class Run:
    """How a command ended: its exit code, or None where the kill ended it; and how long it took."""

    code: int | None
    seconds: float
    operations: int
    said: str


def run(arguments: list[str], folder: Path, kill: Moment | None = None, with_signal: int = signal.SIGKILL) -> Run:
    """Run `tagger ARGUMENTS` with `folder` as the current one, and kill it there if it still runs at that moment."""
    log = folder.with_name(folder.name + ".log")
    counter = mmap.mmap(-1, 16)  # operations so far; 1 if the process killed itself
    started = time.monotonic()
    process = os.fork()
    if process == 0:
        _be_command(arguments, folder, log, counter, kill.operation if kill else 0, with_signal)
    killed = False
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        if kill and kill.seconds and not killed and time.monotonic() - started >= kill.seconds:
            with suppress(ProcessLookupError):  # it is not the leader of its session yet
                os.killpg(process, with_signal)
                killed = True
        time.sleep(_POLL)
    seconds = time.monotonic() - started
    _end_session(process)
    operations, killed_itself = struct.unpack("qq", counter[:16])
    code = os.waitstatus_to_exitcode(status)
    # Ray aborts where it is told to end while it starts.
    ended_by_kill = code in (-with_signal, -signal.SIGABRT) or ((killed or killed_itself) and code == 130)
    said = log.read_text(encoding="utf-8", errors="replace")
    return Run(None if ended_by_kill else code, seconds, operations, said)


def _be_command(
    arguments: list[str], folder: Path, log: Path, counter: mmap.mmap, operation: int, with_signal: int
) -> None:
    """Become the command; never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
        os.chdir(folder)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(output, stream)
        sys.addaudithook(_counting(folder, counter, operation, with_signal))
        from tagger.cli import main

        main(arguments)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:  # before the command itself heeds it, Python ends with this code too
        code = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _counting(
    folder: Path, counter: mmap.mmap, operation: int, with_signal: int
) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook that counts operations on a folder's files, and kills the process before the n-th."""
    process, place = os.getpid(), str(folder)

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event not in _OPERATIONS or os.getpid() != process:
            return
        path = arguments[0]
        name = os.path.abspath(os.fsdecode(path)) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if not name.startswith(place):
            return
        number = struct.unpack("q", counter[:8])[0] + 1
        counter[:8] = struct.pack("q", number)
        if number == operation:
            counter[8:16] = struct.pack("q", 1)
            os.kill(process, with_signal)

    return count


def _end_session(session: int) -> None:
    """End what a killed command has left running: the processes of its session, and no others."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                os.kill(int(stat.parent.name), signal.SIGKILL)
        except (OSError, ValueError):
            continue
