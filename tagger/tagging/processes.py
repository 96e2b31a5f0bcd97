"""Work that is handed to several processes, with the results in order."""

import logging
import multiprocessing
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from tagger.errors import TaggerError

Task = TypeVar("Task")
Result = TypeVar("Result")

KILLED = "a worker process was killed ({how}): where memory is short, fewer --jobs need less of it"


@dataclass(frozen=True, slots=True)
class Answer(Generic[Result]):
    """What a worker sends back: a result or what went wrong, and what it had to say beside it."""

    result: Result | None = None
    error: BaseException | None = None
    trace: str = ""
    messages: list[str] = field(default_factory=list)


def in_processes(tasks: Iterable[Task], make: Callable[[], Callable[[Task], Result]], jobs: int) -> Iterator[Result]:
    """The results of all tasks in their order, `jobs` at once; each process works with what `make` gives it there.

    At most two tasks a process are read ahead of the result that is due. What a worker raises is raised here, as soon
    as it is known, and what reading the tasks raises after all results before it. However it ends, no process is left.
    Raises TaggerError where one was killed.
    """
    with ExitStack() as stack:
        stack.enter_context(saying_once())
        source = stack.enter_context(closing(Source(tasks)))
        idle: list[Worker] = []
        busy: dict[Connection, tuple[Worker, int]] = {}
        results: dict[int, Result] = {}
        sent = due = workers = 0
        while busy or not source.is_over:
            wants_more = not source.is_over and (idle or workers < jobs) and sent - due < 2 * jobs
            for ready in wait([*busy, *([source.bell] if wants_more else ())]):
                if ready is not source.bell:
                    worker, number = busy.pop(ready)
                    results[number] = worker.receive()
                    idle.append(worker)
                elif (task := source.take()) is not None:
                    if not idle:
                        idle.append(stack.enter_context(Worker(make)))
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


class Source:
    """Tasks that are read in a thread, one ahead, so that results need not wait until there is more to do."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.bell, self._rope = multiprocessing.Pipe(duplex=False)
        self.error: BaseException | None = None
        self.is_over = self._is_closed = False
        self._task: Task | None = None
        self._room = threading.Semaphore()
        # A thread that waits for a terminal cannot be stopped, and must not keep the program alive.
        self._thread = threading.Thread(target=self._read, args=[iter(tasks)], name="tagger reads tasks", daemon=True)
        self._thread.start()

    def take(self) -> Task | None:
        """The next task, when the bell has rung; None where there is none any more, for the `error` if there is one."""
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
                self._rope.send_bytes(b"!")
                self._room.acquire()
        except BaseException as error:  # of whatever kind: it is raised where the results are taken
            self.error = error
        if not self._is_closed:
            self._rope.send_bytes(b"!")

    def close(self) -> None:
        """Let the thread end: at once, or, while it waits for more to read, as soon as there is any."""
        self._is_closed = True
        self._room.release()
        self._thread.join(timeout=0.25)


class Worker:
    """A process that answers one task after the other; leaving it as a context ends it at once."""

    def __init__(self, make: Callable[[], Callable]) -> None:
        context = multiprocessing.get_context("spawn")  # this process may have threads, which no fork survives
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=serve, args=[theirs, make], daemon=True)
        resource_tracker.ensure_running()  # starting it, as starting a process does, would unblock the signal
        # Ctrl-C is for this process alone, which ends the others: they never see it, from their very beginning.
        old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)
        theirs.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()  # it holds nothing that could be spoiled
        self._process.join()
        self.connection.close()

    def send(self, task: object) -> None:
        """Give it a task; it must be idle."""
        try:
            self.connection.send(task)
        except OSError:
            raise self._death() from None

    def receive(self) -> object:
        """Its result; what it has to say goes to the log."""
        try:
            answer: Answer = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        for message in answer.messages:
            logging.getLogger("tagger").warning("%s", message)
        if isinstance(answer.error, TaggerError):
            raise answer.error
        if answer.error is not None:
            raise RuntimeError(f"a worker process failed:\n{answer.trace}") from answer.error
        return answer.result

    def _death(self) -> TaggerError:
        self._process.join(timeout=5)
        code = self._process.exitcode
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        return TaggerError(KILLED.format(how=how))


def serve(connection: Connection, make: Callable[[], Callable]) -> None:
    """What a worker process does: answer until nobody is there to ask."""
    messages = Messages()
    logging.getLogger("tagger").addHandler(messages)
    logging.getLogger("tagger").propagate = False
    work = None
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            work = work or make()
            answer = Answer(work(task), messages=messages.taken())
        except Exception as error:
            answer = Answer(error=error, trace=traceback.format_exc(), messages=messages.taken())
        try:
            connection.send(answer)
        except BrokenPipeError:
            sys.exit(1)


@contextmanager
def saying_once() -> Iterator[None]:
    """What is logged inside the block, here or by workers, goes to stderr, but the same message only once."""
    said: set[str] = set()

    def say(record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message not in said:
            said.add(message)
            print(message, file=sys.stderr)

    handler = logging.Handler(logging.WARNING)
    handler.emit = say
    logging.getLogger("tagger").addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger("tagger").removeHandler(handler)


class Messages(logging.Handler):
    """Keeps what is logged, so that it can be said once for all processes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self._messages.append(record.getMessage())

    def taken(self) -> list[str]:
        """Those since the last time."""
        taken, self._messages = self._messages, []
        return taken
