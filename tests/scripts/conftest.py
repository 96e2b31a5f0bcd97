"""Scripts are imported as modules, as they import each other."""

import importlib
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def script(monkeypatch):
    """Import a module of the scripts, and forget it and those that it imports afterwards."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    before = dict(sys.modules)
    yield importlib.import_module
    for name in sys.modules.keys() - before.keys():
        if str(SCRIPTS) in (getattr(sys.modules[name], "__file__", "") or ""):
            del sys.modules[name]
