"""Counts and times of the service for Prometheus, summed over the worker processes.

Each worker writes its own row of an array that all share, so that any of them can answer for all. Format:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from bisect import bisect_left
from collections.abc import MutableSequence, Sequence
from itertools import accumulate

ROUTES = ("tag", "stream", "models", "page", "other")
"""Labels of the addresses that are counted."""
STATUSES = (200, 204, 304, 400, 404, 405, 406, 408, 413, 415, 422, 429, 431, 499, 500, 503)
"""Status codes that answers have; 499 counts requests whose client was gone before the answer."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram of times to answer."""
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
"""Upper bounds of the histogram of requests that share a batch."""

_REQUESTS = 0
_TIMES = _REQUESTS + len(ROUTES) * len(STATUSES)
_BATCHES = _TIMES + len(SECONDS) + 2  # above the last bound, and the sum
_CHARACTERS = _BATCHES + len(BATCH_SIZES) + 2
_RELOADS = _CHARACTERS + 1
_IN_FLIGHT = _RELOADS + 2  # those that failed
_CONNECTIONS = _IN_FLIGHT + 1
_RESIDENT = _CONNECTIONS + 1
ROW = _RESIDENT + 1
"""Numbers of one worker."""


class Metrics:
    """The numbers of one worker: its row of an array with one row a worker."""

    def __init__(self, numbers: MutableSequence[float], worker: int = 0) -> None:
        self._numbers, self._at = numbers, worker * ROW
        self._status_at = {status: number for number, status in enumerate(STATUSES)}
        for place in (_IN_FLIGHT, _CONNECTIONS, _RESIDENT):  # of a worker before this one that was killed
            numbers[self._at + place] = 0

    def answered(self, route: int, status: int, seconds: float) -> None:
        """Count an answer, by the place of its route in ROUTES."""
        status_at = self._status_at.get(status, len(STATUSES) - 2)
        self._numbers[self._at + _REQUESTS + route * len(STATUSES) + status_at] += 1
        if route == 0:
            self._observe(_TIMES, SECONDS, seconds)

    def characters(self, count: int) -> None:
        """Count characters that are to be tagged."""
        self._numbers[self._at + _CHARACTERS] += count

    def batch(self, requests: int) -> None:
        """Count a batch of some requests."""
        self._observe(_BATCHES, BATCH_SIZES, requests)

    def reloaded(self, *, failed: bool) -> None:
        """Count that models were loaded anew, or could not be."""
        self._numbers[self._at + _RELOADS + failed] += 1

    def gauge(self, *, in_flight: int, connections: int) -> None:
        """Set how many requests are in work and how many connections are open in this worker, and its memory."""
        self._numbers[self._at + _IN_FLIGHT] = in_flight
        self._numbers[self._at + _CONNECTIONS] = connections
        self._numbers[self._at + _RESIDENT] = _resident_bytes()

    def _observe(self, at: int, bounds: Sequence[float], value: float) -> None:
        self._numbers[self._at + at + bisect_left(bounds, value)] += 1
        self._numbers[self._at + at + len(bounds) + 1] += value

    def text(self) -> str:
        """Return the numbers of all workers together, as Prometheus reads them."""
        rows = len(self._numbers) // ROW
        total = [sum(self._numbers[row * ROW + at] for row in range(rows)) for at in range(ROW)]
        lines = [
            "# HELP tagger_requests_total Answers by address and status; 499: the client was gone before.",
            "# TYPE tagger_requests_total counter",
        ]
        lines += [
            f'tagger_requests_total{{route="{route}",status="{status}"}} {_number(count)}'
            for at, (route, status) in enumerate((route, status) for route in ROUTES for status in STATUSES)
            if (count := total[_REQUESTS + at])
        ]
        lines += _histogram(
            "tagger_tag_seconds", "Seconds from a request's head to its answer.", SECONDS, total, _TIMES
        )
        lines += _histogram("tagger_batch_requests", "Requests that share a batch.", BATCH_SIZES, total, _BATCHES)
        for name, kind, about, at in (
            ("tagger_characters_total", "counter", "Characters that were to be tagged.", _CHARACTERS),
            ("tagger_reloads_total", "counter", "Times that a worker loaded the models anew.", _RELOADS),
            ("tagger_failed_reloads_total", "counter", "Times that new models could not be loaded.", _RELOADS + 1),
            ("tagger_in_flight", "gauge", "Requests that are in work.", _IN_FLIGHT),
            ("tagger_connections", "gauge", "Open connections.", _CONNECTIONS),
            ("tagger_resident_bytes", "gauge", "Memory of the workers.", _RESIDENT),
        ):
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}", f"{name} {_number(total[at])}"]
        lines += [
            "# HELP tagger_workers Worker processes.",
            "# TYPE tagger_workers gauge",
            f"tagger_workers {rows}",
        ]
        return "\n".join(lines) + "\n"


def _histogram(name: str, about: str, bounds: Sequence[float], total: Sequence[float], at: int) -> list[str]:
    *up_to, every = accumulate(total[at : at + len(bounds) + 1])
    return [
        f"# HELP {name} {about}",
        f"# TYPE {name} histogram",
        *(f'{name}_bucket{{le="{bound}"}} {_number(count)}' for bound, count in zip(bounds, up_to, strict=True)),
        f'{name}_bucket{{le="+Inf"}} {_number(every)}',
        f"{name}_sum {total[at + len(bounds) + 1]:.6f}",
        f"{name}_count {_number(every)}",
    ]


def _number(value: float) -> str:
    return str(int(value))


def _resident_bytes() -> int:
    """Return the memory of this process; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as numbers:
            return int(numbers.read().split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return 0
