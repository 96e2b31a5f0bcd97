"""`tagger tag --engine ray` with Ray's own cluster on this machine."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install 'rnn-tagger[ray]'"
    ),
]
LONGEST = 300  # seconds after which a test that waits has failed
ROWS = 4000


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Path:
    """A folder of JSON lines files; each line has a unique id."""
    folder = tmp_path_factory.mktemp("rows")
    for file in range(8):
        lines = [{"id": file * ROWS + row, "text": "Ada sees Paris. She likes the old tree."} for row in range(ROWS)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{file}.jsonl").write_text(text, encoding="utf-8")
    return folder


def command_of(rows: Path, model: Path, output: Path) -> list[str]:
    arguments = ["tag", "--engine", "ray", rows, "--model", model, "--output", output]
    return [sys.executable, "-c", "from tagger.cli import main; main()", *map(str, arguments)]


def ids(output: Path) -> list[int]:
    return [json.loads(line)["id"] for path in sorted(output.glob("part-*")) for line in path.open(encoding="utf-8")]


def ray_workers() -> list[int]:
    """The process ids of Ray's workers that hold a model."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::MapWorker"):
            found.append(int(folder.name))
    return found


def wait_until(condition, process: subprocess.Popen) -> None:
    last = time.monotonic() + LONGEST
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < last
        time.sleep(0.02)


def test_every_line_is_tagged_once_when_a_worker_or_the_run_is_killed(rows, tiny_model, tmp_path, clean_environment):
    output = tmp_path / "out"
    command = command_of(rows, tiny_model, output)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": clean_environment}

    with subprocess.Popen(command, **options, start_new_session=True) as process:
        wait_until(lambda: any(output.glob("part-*")), process)
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=LONGEST)
    whole = {path.name: path.stat().st_mtime_ns for path in output.glob("part-*")}
    assert 0 < len(whole) < 8 and not (output / "_SUCCESS").exists()

    last = time.monotonic() + LONGEST
    while ray_workers() and time.monotonic() < last:  # workers of the first run end by themselves
        time.sleep(0.1)
    with subprocess.Popen(command, **options) as process:
        wait_until(lambda: len(list(output.glob("part-*"))) > len(whole), process)
        os.kill(ray_workers()[0], signal.SIGKILL)
        said = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, said
    assert said[0] == ""
    lines = said[1].splitlines()  # our messages, and Ray's message on the worker that died
    assert lines[0] == f"{len(whole)} of 8 parts are there already" and lines[-1] == f"wrote 8 parts to {output}"
    assert sum(line.startswith("part ") for line in lines) == 8 - len(whole)
    assert sorted(ids(output)) == list(range(8 * ROWS))
    assert {name: (output / name).stat().st_mtime_ns for name in whole} == whole  # not tagged again
    names = {path.name for path in output.iterdir()}
    assert names == {"plan.json", "_SUCCESS", *(f"part-{number:05d}.jsonl" for number in range(8))}


def test_an_error_in_a_part_is_reported_after_all_other_parts(tiny_model, tmp_path, clean_environment):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"id": 1, "text": "Ada left."}\n', encoding="utf-8")
    (tmp_path / "in" / "b.jsonl").write_text('{"id": 2}\n', encoding="utf-8")
    (tmp_path / "in" / "c.jsonl").write_text('{"id": 3, "tokens": ["Ada"]}\n', encoding="utf-8")
    command = command_of(tmp_path / "in", tiny_model, tmp_path / "out")
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment, timeout=LONGEST)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"tagger: {tmp_path}/in/b.jsonl:1: has no 'text'" in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2 + 1  # two parts and the error: nothing of Ray's
    assert done.stderr.splitlines()[-1].endswith("; the same command goes on with what is not done")
    assert sorted(ids(tmp_path / "out")) == [1, 3]
    assert not (tmp_path / "out" / "_SUCCESS").exists()
