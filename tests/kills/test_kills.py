"""Whatever is killed at whatever moment ends as if it had not been: `scripts/kill_test --kills N` tries more."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
def test_what_was_killed_and_given_again_writes_the_same_bytes():
    command = [sys.executable, HERE / "command.py", "--kills", "6", "--quick"]  # a process without threads can fork
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
