"""Scripts are imported as modules, as they import each other."""

from functools import partial
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def script(import_from):
    """Import a module of the scripts."""
    return partial(import_from, SCRIPTS)
