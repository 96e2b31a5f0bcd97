"""The image of the service: what the Dockerfile and the compose file say, and the same commands without Docker."""

import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from bare_image import DEPLOY, ROOT, Image, in_context, may_mount, read_dockerfile

DOCKERFILE = DEPLOY / "Dockerfile"
MEGABYTES = 400
BASE = 125
"""Megabytes of python:3.12-slim, as Docker lists it."""
TEXT = "Ada Lovelace was born in London."


def test_the_image_has_a_user_a_health_check_and_a_signal_and_pins_no_version():
    build, last = read_dockerfile(DOCKERFILE)
    assert [each.all("FROM")[0].split()[0] for each in (build, last)] == ["python:3.12-slim"] * 2
    assert [part.isdigit() and part != "0" for part in last.all("USER")[0].split(":")] == [True, True]
    assert last.all("STOPSIGNAL") == ["SIGTERM"]
    assert last.words("ENTRYPOINT")[:2] == ["tagger", "serve"]
    assert last.words("HEALTHCHECK")[0] == "python"
    assert "==" not in "".join(build.all("RUN"))
    assert not last.all("RUN")  # so that no layer holds what another removes


def test_the_context_holds_what_is_copied_and_nothing_else():
    ignored = DEPLOY / "Dockerfile.dockerignore"
    copied = [source for rest in read_dockerfile(DOCKERFILE)[0].all("COPY") for source in rest.split()[:-1]]
    assert all((ROOT / source).exists() and in_context(source, ignored) for source in copied)
    assert in_context("tagger/model/shipped/english/model.onnx", ignored)
    for path in (
        ".git/config",
        ".venv/bin/python",
        "models/mine",
        "tests/conftest.py",
        "tagger/text/__pycache__/a.pyc",
    ):
        assert not in_context(path, ignored)


def test_the_compose_file_takes_rights_and_room_away():
    yaml = pytest.importorskip("yaml")
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert {"restart", "mem_limit", "cpus", "pids_limit", "stop_grace_period"} <= service.keys()
    assert service["volumes"] == ["./models:/models:ro"]
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DOCKERFILE


@pytest.fixture(scope="module")
def image():
    """The image, installed as the Dockerfile says, in a folder that other users may enter."""
    pip = [shutil.which("python") or "python3", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="tagger-image-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        reached = [*pip, "download", "--no-deps", "--dest", str(root / "reached"), "hatchling"]
        if subprocess.run(reached, capture_output=True, check=False).returncode:
            pytest.skip("pip reaches no registry here")
        made = Image(DOCKERFILE, root / "image")
        made.build()
        yield made


@pytest.fixture(scope="module")
def served(image):
    """The image's service: its process, its port, and a file of what it writes."""
    with start(image) as running:
        yield running


@contextmanager
def start(image, *options):
    """Start the image on a free port, and end it after the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as written:
        process = image.start("--port", str(port), *options, stdout=written, stderr=written)
        try:
            latest = time.monotonic() + 40
            while process.poll() is None and time.monotonic() < latest and ask(port, "/readyz")[0] != 200:
                time.sleep(0.1)
            yield process, port, written
        finally:
            process.kill()
            process.wait()


def ask(port: int, path: str, body: str | None = None) -> tuple[int, bytes]:
    """The status and body of an answer; 0 where nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        kind = {"Content-Type": "text/plain"} if body else {}
        connection.request("POST" if body else "GET", path, body, kind)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def said(written) -> str:
    written.seek(0)
    return written.read().decode()


@pytest.mark.slow
def test_the_image_is_small(image):
    megabytes = image.size() / 1e6
    print(f"{megabytes:.0f} MB")
    assert megabytes + BASE < MEGABYTES


@pytest.mark.slow
def test_the_image_serves_without_a_home_and_without_a_place_to_write(served, image):
    _, port, written = served
    assert ask(port, "/readyz")[0] == 200, said(written)
    status, answer = ask(port, "/v1/tag", TEXT)
    assert status == 200, answer
    (sentence,) = json.loads(answer)["sentences"]
    assert [token["text"] for token in sentence["tokens"]] == [*TEXT[:-1].split(), "."]
    assert not list(Path(image.place("/opt/tagger")).rglob("*.log"))


@pytest.mark.slow
def test_the_service_of_the_image_has_no_rights(served):
    if not may_mount():
        pytest.skip("only root can make a file system that nobody may write")
    process, _, _ = served
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert fields["Uid"].split() == ["65532"] * 4
    assert fields["NoNewPrivs"] == "1"
    assert {int(fields[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapBnd")} == {0}
    mounts = Path(f"/proc/{process.pid}/mounts").read_text(encoding="utf-8").splitlines()
    options = {line.split()[1]: line.split()[3].split(",") for line in mounts}  # the last one of a place counts
    assert "ro" in options["/"] and "ro" in options["/tmp"]
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"HOME=" not in environment


@pytest.mark.slow
def test_the_health_check_sees_a_service_and_its_absence(served, image):
    _, port, _ = served
    assert image.check_health(lambda word: word.replace("8000", str(port))) == 0
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = str(nobody.getsockname()[1])
        assert image.check_health(lambda word: word.replace("8000", closed)) == 1


@pytest.mark.slow
def test_the_image_serves_with_several_workers(image):
    with start(image, "--workers", "2") as (process, port, written):
        assert ask(port, "/v1/tag", TEXT)[0] == 200, said(written)
        process.terminate()
        assert process.wait(20) == 0, said(written)


@pytest.mark.slow
def test_the_service_of_the_image_leaves_when_it_is_told(served):
    process, port, written = served
    assert ask(port, "/readyz")[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, said(written)
    assert "Traceback" not in said(written)
    assert TEXT not in said(written)


def docker(*arguments: str) -> str:
    """What a command of Docker prints; an error of it is an AssertionError."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stderr}"
    return done.stdout.strip()


@pytest.mark.slow
def test_docker_builds_and_runs_the_image():
    if not shutil.which("docker"):
        pytest.skip("docker is not installed")
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers")
    name = docker("build", "--quiet", "-f", str(DOCKERFILE), str(ROOT))
    assert int(docker("image", "inspect", "--format", "{{.Size}}", name)) < MEGABYTES * 10**6
    container = docker("run", "--detach", "--read-only", "--cap-drop", "ALL", "-p", "127.0.0.1::8000", name)
    try:
        port = int(docker("port", container, "8000").splitlines()[0].rpartition(":")[2])
        latest = time.monotonic() + 60
        while time.monotonic() < latest and ask(port, "/readyz")[0] != 200:
            time.sleep(0.1)
        assert ask(port, "/v1/tag", TEXT)[0] == 200, docker("logs", container)
        docker("stop", container)
        assert docker("inspect", "--format", "{{.State.ExitCode}}", container) == "0"
    finally:
        docker("rm", "--force", container)
