"""Benchmarks are imported as modules, as they import each other."""

from functools import partial
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def script(import_from):
    """Import a module of the benchmarks."""
    return partial(import_from, BENCHMARKS)
