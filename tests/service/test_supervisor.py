"""Signals, and several worker processes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

TEXT = "Ada Lovelace sees New York. " * 3_000


def stops(server, number=signal.SIGTERM, seconds=10):
    server.process.send_signal(number)
    return server.process.wait(seconds)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_work_is_finished_before_it_stops(start, tiny_model, number):
    with start("--model", tiny_model) as server, server.client() as client, ThreadPoolExecutor(1) as threads:
        assert client.post("/v1/tag", json={"text": "Ada left."}).status_code == 200
        asked = threads.submit(httpx.post, f"{server.url}/v1/tag", json={"text": TEXT}, timeout=30)
        while "tagger_in_flight 1" not in client.get("/metrics").text:
            assert not asked.done()
        assert stops(server, number) == 0
        assert asked.result().status_code == 200 and len(asked.result().json()["sentences"]) == 3_000
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/healthz")


def test_what_cannot_be_finished_in_time_is_an_error(start, tiny_model):
    with start("--model", tiny_model, "--grace", 0.1) as server, server.client() as client:
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(httpx.post, f"{server.url}/v1/tag", json={"text": TEXT * 5}, timeout=30)
            while "tagger_in_flight 1" not in client.get("/metrics").text:
                assert not asked.done()
            assert stops(server) == 0
        answer = asked.result()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "shutting_down")


def test_models_are_loaded_anew_when_it_is_told_so_and_not_before(start, tiny_model, tmp_path):
    folder, damaged = tmp_path / "served", tmp_path / "damaged"
    shutil.copytree(tiny_model, folder)
    shutil.copytree(tiny_model, damaged)
    (damaged / "model.onnx").write_bytes(b"")
    with start("--model", folder) as server, server.client() as client:
        before = client.post("/v1/tag", json={"text": "Ada left."}).json()
        version = client.get("/v1/models").json()["models"][0]["version"]
        folder.rename(tmp_path / "old")
        damaged.rename(folder)
        assert client.post("/v1/tag", json={"text": "Ada left."}).json() == before
        server.process.send_signal(signal.SIGHUP)
        server.says("the models stay as they are, because one cannot be loaded")
        assert client.post("/v1/tag", json={"text": "Ada left."}).json() == before

        shutil.rmtree(folder)
        shutil.copytree(tiny_model, folder)
        (folder / "manifest.json").write_text((folder / "manifest.json").read_text() + "\n")
        server.process.send_signal(signal.SIGHUP)
        server.says("loaded served anew")
        assert client.post("/v1/tag", json={"text": "Ada left."}).json() == before
        assert client.get("/v1/models").json()["models"][0]["version"] != version
        numbers = client.get("/metrics").text
        assert "tagger_reloads_total 1\n" in numbers and "tagger_failed_reloads_total 1\n" in numbers


def command(*arguments):
    words = [sys.executable, "-m", "tagger", "serve", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_what_cannot_be_served_is_said_in_one_line(server, tiny_model, tmp_path):
    port = server.address[1]
    for arguments, said in [
        (("--model", tmp_path / "none"), "no such model folder"),
        (("--model", tiny_model, "--port", port), f"port {port}: cannot listen there (Address already in use)"),
        (("--model", tiny_model, "--port", port, "--workers", 2), "Address already in use"),
        (("--read-seconds", 0), "--read-seconds 0.0: give a number above 0"),
    ]:
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("tagger: ") and said in line


@pytest.mark.slow
def test_workers_that_cannot_start_end_the_command(tmp_path):
    done = command("--model", tmp_path / "none", "--workers", 2, "--port", 0)
    assert done.returncode == 1 and "no such model folder" in done.stderr and "Traceback" not in done.stderr


def children(process):
    """The worker processes of a supervisor, which starts a helper of Python's too."""
    found = []
    for task in os.listdir(f"/proc/{process.pid}/task"):
        for pid in Path(f"/proc/{process.pid}/task/{task}/children").read_text().split():
            if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(int(pid))
    return found


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_another_answers(start, tiny_model):
    with start("--model", tiny_model, "--workers", 2) as server:
        workers = children(server.process)
        assert len(workers) == 2
        with ThreadPoolExecutor(8) as threads:
            stop = time.monotonic() + 4

            def ask(number):
                answers = []
                while time.monotonic() < stop:
                    try:
                        body = {"text": "Ada left. " * (2_000 if number < 2 else 1)}
                        answers.append(httpx.post(f"{server.url}/v1/tag", json=body, timeout=20).status_code)
                    except httpx.TransportError as error:
                        answers.append(error)
                return answers

            asked = [threads.submit(ask, number) for number in range(8)]
            time.sleep(1)
            os.kill(workers[0], signal.SIGKILL)
            answers = [answer for each in asked for answer in each.result()]
        errors = [answer for answer in answers if answer != 200]
        assert answers.count(200) > 20 and len(errors) <= 16  # none, where nothing was in work at the killed one
        assert not any(isinstance(error, httpx.TimeoutException) for error in errors)
        server.says("worker 0 has ended (SIGKILL) and is replaced")
        end = time.monotonic() + 20
        while len(children(server.process)) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert workers[1] in children(server.process)


@pytest.mark.slow
def test_signals_and_numbers_are_those_of_all_workers(start, tiny_model):
    with start("--model", tiny_model, "--workers", 2) as server:
        for _ in range(20):  # each on a connection of its own
            assert httpx.post(f"{server.url}/v1/tag", json={"text": "Ada left."}).status_code == 200
        numbers = httpx.get(f"{server.url}/metrics").text
        assert 'tagger_requests_total{route="tag",status="200"} 20\n' in numbers and "tagger_workers 2\n" in numbers
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        while len(re.findall("loaded tiny anew", server.log.read_text())) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        workers = children(server.process)
        assert stops(server) == 0
        assert not any(os.path.exists(f"/proc/{worker}") for worker in workers)


@pytest.mark.slow
def test_workers_end_when_their_supervisor_is_killed(start, tiny_model):
    with start("--model", tiny_model, "--workers", 2) as server:
        workers = children(server.process)
        server.process.kill()
        server.process.wait()
        end = time.monotonic() + 15
        while any(os.path.exists(f"/proc/{worker}") for worker in workers):
            assert time.monotonic() < end
            time.sleep(0.05)


def test_without_uvicorn_the_command_says_what_to_install():
    code = "import sys; sys.modules['uvicorn'] = None; from tagger.cli import main; main(['serve'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().endswith(": pip install 'rnn-tagger[serve]'") and done.stderr.count("\n") == 1
