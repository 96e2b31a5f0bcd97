import itertools
import logging
import multiprocessing
import os
import signal
import time
from functools import partial

import pytest

from tagger.errors import DataError, TaggerError
from tagger.tagging.processes import in_processes


def double(log: str = ""):
    """Make the function that workers run: it logs, doubles most tasks, and fails on some."""

    def work(task):
        if log:
            logging.getLogger("tagger.text.punkt").warning(log)
        if task == "error":
            raise DataError("the worker's own message")
        if task == "bug":
            raise ZeroDivisionError
        if task == "death":
            os.kill(os.getpid(), signal.SIGKILL)
        if task == "slow":
            time.sleep(0.5)
        return task * 2

    return work


def no_model():
    raise TaggerError("there is no model")


@pytest.fixture(autouse=True)
def no_process_is_left():
    yield
    assert multiprocessing.active_children() == []


def test_results_come_in_the_order_of_the_tasks():
    tasks = ["slow", *map(str, range(20))]
    assert list(in_processes(iter(tasks), double, 3)) == [task * 2 for task in tasks]


@pytest.mark.parametrize("count", [0, 1])
def test_no_more_processes_than_tasks_are_started(count):
    children = []
    for result in in_processes(range(count), double, 4):
        children.append((result, len(multiprocessing.active_children())))
    assert children == [(0, 1)] * count


def test_at_most_two_tasks_for_each_job_are_read_ahead():
    taken = []
    results = in_processes((taken.append(number) or number for number in itertools.count()), double, 2)
    assert [next(results) for _ in range(10)] == [2 * number for number in range(10)]
    assert len(taken) <= 10 + 4
    results.close()


def test_an_error_of_the_tasks_comes_after_the_results_before_it():
    def tasks():
        yield "a"
        yield "b"
        raise DataError("no more can be read")

    results = in_processes(tasks(), double, 2)
    assert [next(results), next(results)] == ["aa", "bb"]
    with pytest.raises(DataError, match="no more can be read"):
        next(results)


@pytest.mark.parametrize(
    ("task", "kind", "message"),
    [
        ("error", DataError, "^the worker's own message$"),
        ("bug", RuntimeError, "ZeroDivisionError"),
        ("death", TaggerError, r"a worker process was killed \(SIGKILL\): .* fewer --jobs"),
    ],
)
def test_a_worker_that_fails_or_dies_ends_the_run_with_its_error(task, kind, message):
    with pytest.raises(kind, match=message):
        list(in_processes(itertools.chain(["x", task], itertools.repeat("y")), double, 2))


def test_the_error_of_a_worker_that_cannot_start_is_raised():
    with pytest.raises(TaggerError, match=r"^there is no model$"):
        list(in_processes(range(10), no_model, 2))


def test_a_message_of_several_workers_is_printed_once(capfd):
    assert len(list(in_processes(range(8), partial(double, "no Punkt here"), 2))) == 8
    assert capfd.readouterr().err == "no Punkt here\n"


def test_tasks_and_results_may_be_larger_than_a_pipe():
    task = "x" * 3_000_000
    assert [len(result) for result in in_processes([task] * 6, double, 2)] == [6_000_000] * 6
