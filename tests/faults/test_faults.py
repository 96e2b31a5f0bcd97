"""The service among strangers: load, lies, silence, killed workers, replaced models. `scripts/load_test` does more.

The service here has small limits, so that each of them is reached in a second or two.
"""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import socket
import threading
import time
from contextlib import ExitStack
from http.client import IncompleteRead
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loading import NUISANCES, load
from serving import Service, answer_of, chunked_head, head, open_files, vanish, wrong_offsets

import tagger

pytestmark = pytest.mark.slow

TEXT = "Ada Lovelace was born in London."
LONG = "Ada Lovelace was born in London, as we know. " * 300
LARGE = 4 * LONG
"""Texts that are tagged in some tenths of a second, and in about a second."""
CONNECTIONS, IN_FLIGHT = 30, 8
SECONDS = 1.0
"""Limit of each read and write."""
ENGLISH = Path(tagger.__file__).parent / "model" / "shipped" / "english"


@pytest.fixture(scope="module")
def strict():
    """A service whose limits are small."""
    limits = {
        "--max-connections": CONNECTIONS,
        "--max-in-flight": IN_FLIGHT,
        "--max-bytes": 200_000,
        "--read-seconds": SECONDS,
        "--write-seconds": SECONDS,
        "--idle-seconds": 2 * SECONDS,
    }
    with Service(*(word for pair in limits.items() for word in pair)) as service:
        yield service


@pytest.fixture(autouse=True)
def nothing_failed(request):
    """After each test the service has logged no text, no traceback and no fault of its own."""
    yield
    if "strict" in request.fixturenames:
        written = request.getfixturevalue("strict").written
        assert "Traceback" not in written and "failed" not in written, written
        assert "Ada" not in written, written


def is_well(service: Service) -> bool:
    """Whether the service tags a text."""
    answer = service.tag(TEXT)
    return answer.status == 200 and wrong_offsets(TEXT, answer.json) == []


def is_at_rest(service: Service) -> bool:
    """Whether no request is in work and no connection is open but the one that asks."""
    lines = service.get("/metrics").body.decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return all(float(value) <= 1 for name, value in values.items() if "in_flight" in name or "connections" in name)


@given(st.text(st.characters(exclude_categories=()), max_size=200), st.booleans())
@settings(max_examples=60)
def test_offsets_of_any_text_index_what_was_sent(strict, text, utf16):
    text = json.loads(json.dumps(text))  # in which two escaped halves of a character are the character
    offsets = "utf-16" if utf16 else "characters"
    answer = strict.tag({"text": text, "offsets": offsets})
    assert answer.status == 200, answer.body
    assert wrong_offsets(text, answer.json, utf16=utf16) == []
    plain = strict.tag(text.encode("utf-8", "surrogatepass"), f"?offsets={offsets}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        assert (plain.status, plain.code) == (400, "invalid_utf8")
    else:
        assert plain.status == 200 and plain.json == answer.json


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 met 🇫🇷 Ada 𝔏ovelace.",
        "Cafe\u0301 naïve A\u030a\u0323 e\u0301\u0300.",
        "שלום Ada, مرحبا بالعالم. \u202eabc\u202c",
        "a\u0000b \u0000 c",
        "lone \ud800 and \udfff, whole \ud83d\ude00",
        "a\r\nb\rc\u2028d\u2029e\u0085f\ufeffg",
        " \n\t ",
        "",
    ],
)
def test_offsets_of_hard_texts_index_what_was_sent(strict, text):
    text = json.loads(json.dumps(text))
    for offsets in ("characters", "utf-16"):
        answer = strict.tag({"text": text, "offsets": offsets, "scores": True, "top": 2})
        assert answer.status == 200, answer.body
        assert wrong_offsets(text, answer.json, utf16=offsets == "utf-16") == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (head(4) + b"Ada\xff", 400, "invalid_utf8"),
        (head(4, kind="application/json") + b'"\xff\xff"', 400, "invalid_utf8"),
        (head(100_000, kind="application/json") + b"[" * 100_000, 400, "invalid_json"),
        (head(100_000, kind="application/json") + b"[" * 50_000 + b"]" * 50_000, 400, "invalid_json"),
        (head(100_009, kind="application/json") + b'{"text": ' + b'{"a":' * 20_000, 400, "invalid_json"),
        (head(10_009, kind="application/json") + b'{"top":' + b"9" * 10_000 + b"}\n", 400, "invalid_json"),
        (head(12, kind="application/json") + b'{"text": NaN', 400, "invalid_json"),
        (head(8, kind="application/json") + b'{"text":', 400, "invalid_json"),
        (head(0, kind="application/json"), 400, "invalid_json"),
        (head(4, "Content-Encoding: gzip") + b"\x1f\x8b\x08\x00", 415, "unsupported_media_type"),
        (head(200_001), 413, "too_large"),
        (head(10**15), 413, "too_large"),
        (head(10**30), 400, "bad_request"),
        (head("nine") + b"Ada left.", 400, "bad_request"),
        (head("-1") + b"Ada left.", 400, "bad_request"),
        (head(9, "Content-Length: 4") + b"Ada left.", 400, "bad_request"),
        (chunked_head() + b"zzz\r\nAda left.\r\n", 400, "bad_request"),
        (chunked_head() + b"4\r\nAda left.\r\n0\r\n\r\n", 400, "bad_request"),
        (chunked_head() + b"fffffffffffffffff\r\nAda", 400, "bad_request"),
        (chunked_head() + b"".join(b"fff0\r\n" + b"a" * 0xFFF0 + b"\r\n" for _ in range(4)), 413, "too_large"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, 400, "bad_request"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", 431, "head_too_large"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", 431, "head_too_large"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_broken_gets_one_error_of_one_shape(strict, content, status, code):
    answer = strict.send(content)
    assert answer is not None and (answer.status, answer.code) == (status, code), answer
    assert is_well(strict)


def test_a_body_longer_than_its_length_is_read_to_its_length_and_no_further(strict):
    with strict.connect() as connection:
        connection.sendall(head(12) + b"Ada sleeps. GARBAGE that is no request\r\n\r\n")
        first = answer_of(connection)
        assert first is not None and first.status == 200
        assert wrong_offsets("Ada sleeps. ", first.json) == []
        second = answer_of(connection)
        assert second is None or (second.status, second.code) == (400, "bad_request")
        assert connection.recv(1) == b""


def test_a_length_and_chunks_together_smuggle_no_second_request(strict):
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with strict.connect() as connection:
        connection.sendall(head(len(smuggled), "Transfer-Encoding: chunked") + smuggled)
        first = answer_of(connection)
        assert first is not None and first.status in (200, 400)
        second = answer_of(connection)
        assert second is None or second.status == 400, "bytes of a body were answered as a request"


def test_a_body_shorter_than_its_length_times_out_and_ends_where_the_client_does(strict):
    began = time.monotonic()
    answer = strict.send(head(100) + b"Ada left.")
    assert answer is not None and (answer.status, answer.code) == (408, "read_timeout")
    assert time.monotonic() - began < SECONDS + 2
    began = time.monotonic()
    answer = strict.send(head(100) + b"Ada left.", finish=True)
    assert answer is None or answer.status in (400, 408)
    assert time.monotonic() - began < SECONDS + 2


@pytest.mark.parametrize("what", [b"GET /healthz HTTP/1.1\r\nHost: " + b"a" * 500, head(500) + b"a" * 400])
def test_a_slow_writer_is_cut(strict, what):
    began = time.monotonic()
    with strict.connect() as connection:
        connection.settimeout(0.1)
        received = b""
        for at in range(0, len(what), 10):
            try:
                connection.sendall(what[at : at + 10])
                received += connection.recv(1 << 16)
                break  # closed, or answered
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert not received or b" 408 " in received.splitlines()[0], received
    assert time.monotonic() - began < SECONDS + 2
    assert is_well(strict)


def test_a_slow_reader_is_cut_and_its_memory_given_back(strict):
    path = "/v1/tag?scores=true&top=10"  # an answer of eight megabytes, more than the system takes for later
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", strict.port))
        connection.sendall(head(len(LARGE), path=path) + LARGE.encode())
        time.sleep(0.2)
        assert strict.wait_until(lambda: is_at_rest(strict), SECONDS + 15)  # while nobody reads
        connection.settimeout(5)
        with pytest.raises((ConnectionError, IncompleteRead)):
            answer_of(connection, whole=True)
    assert is_well(strict)


def test_idle_connections_fill_the_limit_and_no_more_and_are_closed(strict):
    assert strict.wait_until(lambda: is_at_rest(strict), 5)
    with ExitStack() as stack:
        idle = [stack.enter_context(strict.connect()) for _ in range(CONNECTIONS)]
        time.sleep(0.2)
        answer = strict.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer is not None and (answer.status, answer.code) == (503, "too_many_connections")
        assert answer.headers["retry-after"]
        for connection in idle:
            connection.settimeout(2 * SECONDS + 5)
            assert connection.recv(1 << 16).partition(b"\r\n")[0] in (b"", b"HTTP/1.1 408 Request Timeout")
    assert is_well(strict)


def test_clients_that_vanish_leave_nothing_behind(strict):
    assert strict.wait_until(lambda: is_at_rest(strict), 5)
    before = strict.open_files()
    leaving = [content for content, then in NUISANCES.values() if then in ("leaves", "waits")]
    for number in range(60):
        with strict.connect() as connection:
            connection.sendall(leaving[number % len(leaving)])
            if number % 3:
                vanish(connection)
            elif number % 2:
                time.sleep(0.02)
    assert strict.wait_until(lambda: is_at_rest(strict), 15)
    assert strict.open_files() <= before + 2
    assert is_well(strict)


def test_full_load_gives_answers_or_429_and_flat_memory():
    with Service("--max-in-flight", IN_FLIGHT) as service:
        findings = asyncio.run(load(service, 8, clients=3 * IN_FLIGHT, nuisances=3, seed=1))
        assert findings.wrong == []
        assert set(findings.statuses) == {200, 429}, findings.statuses
        earlier, later = findings.growth()
        assert later < 1.25 * earlier, f"{earlier / 1e6:.0f} MB became {later / 1e6:.0f} MB"
        assert service.wait_until(lambda: is_at_rest(service), 15)
        assert is_well(service)
        assert "Traceback" not in service.written


def test_a_killed_worker_is_replaced_and_the_request_in_it_gets_an_error():
    with Service("--workers", 2) as service:
        assert service.wait_until(lambda: len(service.workers()) == 2, 20)
        outcomes: list[int] = []
        long = json.dumps({"text": LONG}).encode()

        def ask() -> None:
            with service.connect() as connection:
                connection.sendall(head(len(long), kind="application/json") + long)
                answer = answer_of(connection)
                outcomes.append(answer.status if answer else 0)

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
        killed = max(service.workers(), key=open_files)  # the one that has the most of the requests
        os.kill(killed, signal.SIGKILL)
        for _ in range(20):
            answer = service.send(head(len(TEXT)) + TEXT.encode())
            assert answer is None or answer.status == 200  # None: the killed one's connection
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive(), "a request of the killed worker hangs"
        assert len(outcomes) == 6 and 0 in outcomes and set(outcomes) <= {0, 200}, outcomes
        assert service.wait_until(lambda: len(service.workers()) == 2 and killed not in service.workers(), 20)
        assert all(is_well(service) for _ in range(10))


def renamed_tag(folder: Path, old: str, new: str) -> None:
    """Give a tag of a model's parts of speech another name."""
    tags = folder / "vocabulary" / "tags.upos.txt"
    content = tags.read_text(encoding="utf-8").replace(f"{old}\n", f"{new}\n").encode()
    tags.write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"]["vocabulary/tags.upos.txt"] = {"size": len(content), "sha256": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def tags_of(answer: dict) -> set[str]:
    return {token["upos"] for sentence in answer["sentences"] for token in sentence["tokens"]}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_replaced_model_folder_is_read_at_sighup_and_a_broken_one_is_not(tmp_path, workers):
    first, second, place = tmp_path / "first", tmp_path / "second", tmp_path / "mine"
    shutil.copytree(ENGLISH, place)
    shutil.copytree(ENGLISH, second)
    renamed_tag(second, "PROPN", "NAME")
    with Service("--model", place, "--workers", workers) as service:
        place.rename(first)
        second.rename(place)
        assert "PROPN" in tags_of(service.tag(TEXT).json)
        service.signal(signal.SIGHUP)
        asked = 4 * workers  # some for each worker
        assert service.wait_until(lambda: all("NAME" in tags_of(service.tag(TEXT).json) for _ in range(asked)), 20), (
            service.written
        )
        (place / "model.onnx").write_bytes(b"broken")
        service.signal(signal.SIGHUP)
        time.sleep(1)
        answers = [service.tag(TEXT) for _ in range(asked)]
        assert all(answer.status == 200 and "NAME" in tags_of(answer.json) for answer in answers)
        assert str(tmp_path) not in "".join(answer.body.decode() for answer in answers)


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_ends_what_is_in_work_and_takes_no_more(workers):
    with Service("--workers", workers, "--grace", 30) as service:
        long = json.dumps({"text": LONG}).encode()
        with ExitStack() as stack:
            busy = [stack.enter_context(service.connect()) for _ in range(4)]
            for connection in busy:
                connection.sendall(head(len(long), kind="application/json") + long)
            idle = stack.enter_context(service.connect())
            time.sleep(0.1)
            service.signal(signal.SIGTERM)
            for connection in busy:
                answer = answer_of(connection)
                assert answer is not None and answer.status == 200
                assert wrong_offsets(LONG, answer.json) == []
            idle.settimeout(10)
            assert idle.recv(1) == b""
        assert service.process.wait(10) == 0, service.written
        with pytest.raises(ConnectionError):
            service.connect()
        assert "Traceback" not in service.written


def test_sigterm_waits_for_silent_clients_no_longer_than_the_grace():
    with Service("--grace", 1, "--read-seconds", 60) as service, service.connect() as silent:
        silent.sendall(head(1000) + b"Ada left")
        time.sleep(0.2)
        began = time.monotonic()
        service.signal(signal.SIGTERM)
        assert service.process.wait(20) == 0, service.written
        assert time.monotonic() - began < 6
