"""The systemd unit: what systemd says of it, where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from bare_image import DEPLOY

UNIT = DEPLOY / "tagger.service"
MOST_EXPOSED = 2.0
"""Of systemd's ten points of exposure; 0 is none."""


def settings() -> dict[str, list[str]]:
    """The values of each setting of the unit."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def unit(tmp_path) -> Path:
    """The unit with a program that is there."""
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/tagger/bin/tagger", "/bin/true"), encoding="utf-8")
    return path


def analyze(*arguments: object) -> subprocess.CompletedProcess:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_wrong_with_the_unit(unit):
    done = analyze("verify", unit)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert unit.name not in done.stderr  # other units of the machine may have faults


def test_systemd_finds_the_unit_hardly_exposed(unit):
    done = analyze("security", "--offline=yes", "--no-pager", unit)
    found = re.search(r"exposure level for tagger.service: ([0-9.]+)", done.stdout)
    if not found:
        pytest.skip(f"this systemd judges no file: {done.stderr}")
    assert float(found[1]) < MOST_EXPOSED


def test_the_unit_reloads_by_the_signal_that_the_service_reads_and_waits_for_its_grace():
    found = settings()
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert found["KillSignal"] == ["SIGTERM"] and found["KillMode"] == ["mixed"]
    assert {"DynamicUser", "ProtectSystem", "NoNewPrivileges", "MemoryMax", "TasksMax"} <= found.keys()
