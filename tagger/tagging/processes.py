"""Running tasks in several worker processes, with the results in the order of the tasks."""

import logging
import multiprocessing
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar, cast

from tagger.errors import TaggerError

Task = TypeVar("Task")
Result = TypeVar("Result")

KILLED_MESSAGE = "a worker process was killed ({how}): where memory is short, fewer --jobs need less of it"


def in_processes(
    tasks: Iterable[Task], make: Callable[[], Callable[[Task], Result]], jobs: int
) -> Generator[Result, None, None]:
    """Yield the results of all tasks in their order, from `jobs` processes.

    In each process `make` returns the function that turns a task into its result. At most two tasks for each process
    are read ahead of the next result. An error of a worker is raised here as soon as it is known, an error of the
    iterable after all results before it. No process is left, however it ends. Raises TaggerError where a process was
    killed.
    """
    with ExitStack() as stack:
        stack.enter_context(_each_message_once())
        source = stack.enter_context(closing(_Source(tasks)))
        idle: list[_Worker[Task, Result]] = []
        busy: dict[Connection, tuple[_Worker[Task, Result], int]] = {}
        results: dict[int, Result] = {}
        sent = due = workers = 0
        while busy or not source.is_over:
            wants_more = not source.is_over and (idle or workers < jobs) and sent - due < 2 * jobs
            for ready in cast(list[Connection], wait([*busy, *([source.bell] if wants_more else ())])):
                if ready is not source.bell:
                    worker, number = busy.pop(ready)
                    results[number] = worker.receive()
                    idle.append(worker)
                elif (task := source.take()) is not None:
                    if not idle:
                        idle.append(stack.enter_context(_Worker(make)))
                        workers += 1
                    worker = idle.pop()
                    worker.send(task)
                    busy[worker.connection] = worker, sent
                    sent += 1
            while due in results:
                due += 1
                yield results.pop(due - 1)
        if source.error is not None:
            raise source.error


class _Source(Generic[Task]):
    """Tasks that a thread reads, one ahead, so that results need not wait for the next task.

    The connection `bell` becomes readable when there is a task to take, or none is left.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.bell, self._ring = multiprocessing.Pipe(duplex=False)
        self.error: BaseException | None = None
        self.is_over = self._is_closed = False
        self._task: Task | None = None
        self._room = threading.Semaphore()
        # A thread that waits for a terminal cannot be stopped, and must not keep the program alive.
        self._thread = threading.Thread(target=self._read, args=[iter(tasks)], name="tagger reads tasks", daemon=True)
        self._thread.start()

    def take(self) -> Task | None:
        """The next task, once the bell has rung; None where none is left.

        None may be left because of an `error`.
        """
        self.bell.recv_bytes()
        task, self._task = self._task, None
        self.is_over = task is None
        self._room.release()
        return task

    def _read(self, tasks: Iterator[Task]) -> None:
        try:
            self._room.acquire()
            for task in tasks:
                if self._is_closed:
                    return
                self._task = task
                self._ring.send_bytes(b"!")
                self._room.acquire()
        except BaseException as error:  # raised where the results are taken
            self.error = error
        if not self._is_closed:
            self._ring.send_bytes(b"!")

    def close(self) -> None:
        """Stop the thread: at once, or as soon as its iterable, if it waits for that, gives a task."""
        self._is_closed = True
        self._room.release()
        self._thread.join(timeout=0.25)


@dataclass(frozen=True, slots=True)
class _Answer(Generic[Result]):
    """What a worker sends back for a task: result or error, and the messages it logged."""

    result: Result | None = None
    error: BaseException | None = None
    trace: str = ""
    messages: list[str] = field(default_factory=list)


class _Worker(Generic[Task, Result]):
    """A process that works on one task after the other.

    As a context manager it kills the process at the end.
    """

    def __init__(self, make: Callable[[], Callable[[Task], Result]]) -> None:
        context = multiprocessing.get_context("spawn")  # this process may have threads, which no fork survives
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_serve, args=[theirs, make], daemon=True)
        resource_tracker.ensure_running()  # starting it here, because starting it later would unblock the signal
        # Ctrl-C is for this process alone, which ends the others: SIGINT is blocked in them from their beginning.
        old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)
        theirs.close()

    def __enter__(self) -> "_Worker[Task, Result]":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()  # it holds nothing that could be damaged
        self._process.join()
        self.connection.close()

    def send(self, task: Task) -> None:
        """Send a task to the process, which must be idle."""
        try:
            self.connection.send(task)
        except OSError:
            raise self._death() from None

    def receive(self) -> Result:
        """Receive the result of a task, and log the messages that came with it.

        Raises the worker's error.
        """
        try:
            answer: _Answer[Result] = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        for message in answer.messages:
            logging.getLogger("tagger").warning("%s", message)
        if isinstance(answer.error, TaggerError):
            raise answer.error
        if answer.error is not None:
            raise RuntimeError(f"a worker process failed:\n{answer.trace}") from answer.error
        return cast(Result, answer.result)

    def _death(self) -> TaggerError:
        """The error that tells how the process died."""
        self._process.join(timeout=5)
        code = self._process.exitcode
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        return TaggerError(KILLED_MESSAGE.format(how=how))


def _serve(connection: Connection, make: Callable[[], Callable[[Task], Result]]) -> None:
    """The main function of a worker process.

    The worker answers tasks until the other end of the connection is closed.
    """
    messages = _MessageList()
    logging.getLogger("tagger").addHandler(messages)
    logging.getLogger("tagger").propagate = False
    work: Callable[[Task], Result] | None = None
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        answer: _Answer[Result]
        try:
            work = work or make()
            answer = _Answer(work(task), messages=messages.take())
        except Exception as error:
            answer = _Answer(error=error, trace=traceback.format_exc(), messages=messages.take())
        try:
            connection.send(answer)
        except BrokenPipeError:
            sys.exit(1)


@contextmanager
def _each_message_once() -> Iterator[None]:
    """Print what this process or its workers log to stderr, each message only once."""
    handler = _PrintOnce()
    logging.getLogger("tagger").addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger("tagger").removeHandler(handler)


class _PrintOnce(logging.Handler):
    """Prints messages to stderr, each only once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._printed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Print a message, unless it was printed before."""
        message = record.getMessage()
        if message not in self._printed:
            self._printed.add(message)
            print(message, file=sys.stderr)


class _MessageList(logging.Handler):
    """Keeps the messages that a worker logs, to be printed once for all workers."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self._messages.append(record.getMessage())

    def take(self) -> list[str]:
        """Return the messages since the last call."""
        messages, self._messages = self._messages, []
        return messages
