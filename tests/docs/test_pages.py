"""Every command and program that the documentation shows is run, page by page, and prints what the page says."""

import importlib.util
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pages import DOCS, ROOT, blocks_of, difference, pages, uses_quickstart

QUICK = {"README.md", "index.md", "tagging.md", "python.md", "english.md", "sharing.md", "redaction.md", "rules.md"}
"""Pages that only tag with the English model, so that each command takes a second."""
PORT = 8000
"""Port at which pages have a service listen; a test takes a free one in its place."""
FEWER_EPOCHS = {
    "quickstart.md": "--set training.epochs=2 --set segmenter.epochs=1",
    "train.md": "--set segmenter.epochs=1",
}
"""Settings with which the trainings of a page take less time and print the same lines.
Those of other pages train no segmenter, which would take longer than the tagger and is not what they are about."""
INTERPRETER = """
import json, linecache, sys, warnings
warnings.filterwarnings("ignore")
variables = {"__name__": "__main__"}
for number, line in enumerate(sys.stdin):
    code, name = json.loads(line), f"block {number}"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)  # TensorFlow reads the source of functions
    exec(compile(code, name, "exec"), variables)
    print("--- done ---", flush=True)
"""
"""A Python that runs one block a line, with the variables of those before."""
NOISE = (
    "Punkt's English model is not installed",
    "WARNING: All log messages before absl",
    "WARNING:absl:",
    "I0000 ",
    "W0000 ",
    "E0000 ",
)
"""How lines begin that depend on the machine: what NLTK has downloaded, and what TensorFlow says of its processors."""


@pytest.fixture(scope="session")
def environment(clean_environment):
    """The environment of a reader who has activated the project's own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"PATH": path, "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1", "COLUMNS": "120"}
    # What a page installs and unpacks is in its own folder.
    packages = {"PYTHONPATH": os.pathsep.join([str(ROOT), "packages"]), "PIP_TARGET": "packages", "PIP_NO_DEPS": "1"}
    return {**clean_environment, **settings, **packages, "PIP_NO_INDEX": "1", "TAGGER_CACHE": "cache"}


@pytest.fixture(scope="session")
def quickstart(environment, made_once):
    """A folder with the corpus and the model that `scripts/quickstart` leaves, after fewer epochs."""
    return made_once("quickstart", lambda folder: make_quickstart(checkout(folder), environment)) / "clone"


def make_quickstart(folder, environment):
    """Run the two commands of `scripts/quickstart` that the pages rely on."""
    commands = [line for line in (ROOT / "scripts" / "quickstart").read_text("utf-8").splitlines() if "$tagger" in line]
    wanted = [line.replace("step $tagger", "tagger") for line in commands if " convert " in line or " train " in line]
    assert len(wanted) == 2
    script = "\n".join([wanted[0], wanted[1] + " --set training.epochs=3 --set segmenter.epochs=1"])
    run(["bash", "-euc", script], folder, environment)


def checkout(folder):
    """A folder that looks like a clone of the project to the commands of a page."""
    clone = folder / "clone"
    clone.mkdir()
    for name in ("corpora", "configs", "benchmarks", "scripts", "docs"):
        (clone / name).symlink_to(ROOT / name)
    if (ROOT.parent / "shared").is_dir():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    return clone


def run(command, folder, environment, expected=0):
    """What a command prints on both streams. Fails where it ends with another exit code."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == expected, f"{shlex.join(command)}\n{done.stdout}"
    return without_noise(done.stdout)


class Python:
    """Runs the `python` blocks of a page in one process."""

    def __init__(self, folder, environment):
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        command = [sys.executable, "-u", "-c", INTERPRETER]
        self._process = subprocess.Popen(command, cwd=folder, env=environment, text=True, **streams)

    def __call__(self, code):
        """What a block prints. Fails where it raises."""
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        lines = []
        for line in self._process.stdout:
            if line == "--- done ---\n":
                return without_noise("".join(lines))
            lines.append(line)
        pytest.fail("".join([code, *lines]))

    def close(self):
        self._process.communicate()


def without_noise(printed):
    return "".join(line for line in printed.splitlines(keepends=True) if not line.startswith(NOISE))


def is_missing(needed):
    """Whether a page's `needs` is not here: a path that begins with `../`, else a package or a program."""
    if needed.startswith("../"):
        return not (ROOT / needed).exists()
    return importlib.util.find_spec(needed) is None and shutil.which(needed) is None


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return str(bound.getsockname()[1])


def end_services(folder):
    """End what a page has started in the background and not ended itself."""
    for path in folder.glob("*.pid"):
        command = Path(f"/proc/{path.read_text().strip()}/cmdline")
        if command.exists() and b"tagger" in command.read_bytes():
            os.kill(int(path.read_text()), signal.SIGTERM)


def runnable_pages():
    """Each page with something to run, slow but for those that only tag."""
    for page in pages():
        if any(block.is_code for block in blocks_of(page)):
            name = page.relative_to(DOCS).as_posix() if page.is_relative_to(DOCS) else page.name
            yield pytest.param(page, id=name, marks=[] if name in QUICK else pytest.mark.slow)


@pytest.mark.parametrize("page", list(runnable_pages()))
def test_what_a_page_shows_runs_and_prints_what_it_says(page, tmp_path, environment, request):
    folder = checkout(tmp_path)
    if uses_quickstart(page):
        source = request.getfixturevalue("quickstart")
        for made in ("data", "models"):
            shutil.copytree(source / made, folder / made)
    python = Python(folder, environment)
    request.addfinalizer(python.close)
    request.addfinalizer(partial(end_services, folder))
    printed, skipped, port = None, [], free_port()
    for block in blocks_of(page):
        block = replace(
            block, content=block.content.replace(f":{PORT}", f":{port}").replace(f"port {PORT}", f"port {port}")
        )
        place = f"{page.name}:{block.line}"
        needed = block.told("needs")
        if block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.content, encoding="utf-8")
        elif block.is_code and (block.told("skip") is not None or (needed and is_missing(needed))):
            assert block.told("skip") != "", f"{place}: skipped for no reason"
            printed = None
            if needed:
                skipped.append(needed)
        elif block.language == "sh":
            name, _, value = (block.told("with") or "").partition("=")
            settings = {**environment, name: value} if name else environment
            fewer = FEWER_EPOCHS.get(page.name, "--set segmenter.train=never")
            commands = block.content.replace("tagger train ", f"tagger train {fewer} ")
            printed = run(["bash", "-euo", "pipefail", "-c", commands], folder, settings, block.exit_code)
        elif block.language == "python":
            printed = python(block.content)
        elif block.language == "text" and block.follows_code and printed is not None:
            why = difference(block.content, printed, numbers_vary=block.told("numbers vary") is not None)
            assert not why, f"{place}: {why}"
    if skipped and len(skipped) == sum(block.is_code for block in blocks_of(page)):
        pytest.skip(f"not here: {', '.join(skipped)}")
