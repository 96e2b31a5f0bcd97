"""Clients that are slow, silent, greedy or wrong, at a service with tight limits."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

LIMITS = {
    "max-bytes": 100_000,
    "max-characters": 60_000,
    "max-in-flight": 2,
    "max-connections": 40,
    "read-seconds": 0.5,
    "write-seconds": 0.5,
    "idle-seconds": 1,
}


@pytest.fixture(scope="module")
def tight(start, tiny_model):
    with start("--model", tiny_model, *(part for name, value in LIMITS.items() for part in (f"--{name}", value))) as it:
        yield it


@contextmanager
def connected(server) -> Iterator[socket.socket]:
    with socket.create_connection(server.address, timeout=10) as connection:
        yield connection


def received(connection) -> bytes:
    """All that comes until the server closes the connection."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def error_of(answer: bytes) -> tuple[int, str]:
    """The status and the code of an answer that is an error, and the last on its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head and b"content-type: application/json" in head
    return int(head.split()[1]), json.loads(body)["error"]["code"]


def post(length, body=b"", more=b""):
    head = b"POST /v1/tag HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n" + more
    return head + (b"content-length: %d\r\n" % length if length is not None else b"") + b"\r\n" + body


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET /healthz HT", (408, "read_timeout")),
        (b"\r\n\r\n", (408, "read_timeout")),
        (post(10, b"Ada"), (408, "read_timeout")),
        (post(None, b"3\r\nAda\r\n", b"transfer-encoding: chunked\r\n"), (408, "read_timeout")),
        (post(200_000), (413, "too_large")),
        (post(10**30), (400, "bad_request")),
        (post(200_000, b"a" * 200_000), (413, "too_large")),
        (post(None, b"30d40\r\n" + b"a" * 200_000, b"transfer-encoding: chunked\r\n"), (413, "too_large")),
        (b"GET /" + b"a" * 40_000, (431, "head_too_large")),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 8_000, (431, "head_too_large")),
        (b"\x16\x03\x01\x02\x00\x01", (400, "bad_request")),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", (400, "bad_request")),
        (b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n", (400, "bad_request")),
        (post(None, b"no size\r\nAda", b"transfer-encoding: chunked\r\n"), (400, "bad_request")),
    ],
)
def test_what_is_too_slow_too_large_or_no_http_is_an_error_and_closed(tight, sent, expected):
    with connected(tight) as connection:
        connection.sendall(sent)
        answer = received(connection)
    assert error_of(answer) == expected


def test_a_body_that_is_longer_than_it_says_is_answered_as_far_as_it_says_and_closed(tight):
    with connected(tight) as connection:
        connection.sendall(post(3, b"Ada left."))
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 200") and answer.count(b"HTTP/1.1") == 1
    assert b'"text": "Ada", "start": 0' in answer


def test_a_client_that_sends_a_byte_now_and_then_is_cut(tight):
    with connected(tight) as connection:
        began = time.monotonic()
        with pytest.raises(OSError):
            for byte in b"GET /healthz HTTP/1.1\r\nx: " + b"a" * 100:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)
        assert time.monotonic() - began < 3


def test_a_body_that_is_not_read_does_not_go_on_for_ever(tight):
    with connected(tight) as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(200):
                connection.sendall(b"a" * 1000)
                time.sleep(0.02)


def test_a_client_that_leaves_is_no_fault(tight):
    for sent in (post(10, b"Ada"), post(9, b"Ada left."), b"GET /"):
        with connected(tight) as connection:
            connection.sendall(sent)
    with tight.client() as client:
        assert client.get("/readyz").status_code == 200
    assert "failed" not in tight.log.read_text()


def test_requests_that_were_sent_one_after_the_other_are_answered_in_their_order(tight):
    with connected(tight) as connection:
        connection.sendall(post(4, b"Ada.") + b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = received(connection)
    assert answer.count(b"HTTP/1.1 200") == 2 and answer.index(b'"sentences"') < answer.index(b'"ok"')


def test_another_protocol_is_not_spoken(tight):
    upgrade = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    with connected(tight) as connection:
        connection.sendall(upgrade)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_idle_connections_are_closed_and_no_more_are_open_than_may_be(tight):
    connections = [socket.create_connection(tight.address, timeout=10) for _ in range(60)]
    refused = [error_of(received(each)) for each in connections[-5:]]
    assert refused == [(503, "too_many_connections")] * 5
    began = time.monotonic()
    assert received(connections[0]) == b""
    assert time.monotonic() - began < 5
    for each in connections:
        each.close()
    with tight.client() as client:
        assert client.get("/readyz").status_code == 200


def test_a_client_that_does_not_read_is_cut(tight):
    text = b"Ada left. " * 6_000
    with connected(tight) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(4):
            connection.sendall(post(len(text), text, b"accept: application/json\r\n"))
        with tight.client() as client:
            assert wait_for(lambda: "tagger_connections 2" in client.get("/metrics").text)
            assert wait_for(lambda: "tagger_connections 1" in client.get("/metrics").text)


def test_more_requests_than_may_be_in_work_are_refused_and_may_come_again(tight):
    text = "Ada left. " * 6_000
    with tight.client() as client, ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(client.post, "/v1/tag", json={"text": text}) for _ in range(2)]
        assert wait_for(lambda: "tagger_in_flight 2" in client.get("/metrics").text, pause=0.001)
        answers = [client.post("/v1/tag", json={"text": "Ada left."}) for _ in range(2)]
        busy = [each for each in answers if each.status_code == 429]
        assert busy and busy[0].json()["error"]["code"] == "busy" and busy[0].headers["retry-after"] == "1"
        assert [each.result().status_code for each in asked] == [200, 200]
        assert client.post("/v1/tag", json={"text": "Ada left."}).status_code == 200


def wait_for(condition, pause=0.05):
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def test_an_answer_that_takes_too_long_is_an_error(start, tiny_model):
    with start("--model", tiny_model, "--answer-seconds", 0.01) as server, server.client() as client:
        answer = client.post("/v1/tag", json={"text": "Ada left. " * 30_000})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "answer_timeout")
        assert answer.headers["retry-after"] == "1"


def test_nothing_else_is_said(tight):
    lines = tight.log.read_text().splitlines()
    assert [line for line in lines if not line.startswith("Punkt")] == [f"tagger serve: tiny at {tight.url}"]


def test_httpx_reads_why_its_body_was_refused(tight):
    answer = httpx.post(f"{tight.url}/v1/tag", content=b"a" * 5_000_000, headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
