import json
import socket
import threading
import time

import pytest


def lines_of(client, content, query=""):
    answer = client.post(f"/v1/tag/stream{query}", content=content)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def pieces(text, size):
    return (text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_each_line_is_answered_as_a_text_of_its_own(client, size):
    texts = ["Ada left.", "", "She sees 😀. She left.", "The old tree " * 700, "Paris"]
    expected = [client.post("/v1/tag", json={"text": text, "scores": True}).json()["sentences"] for text in texts]
    found = lines_of(client, pieces("\r\n".join(texts).encode(), size), "?scores=true")
    assert found == [{"sentences": sentences} for sentences in expected]


def test_a_line_that_cannot_be_tagged_has_its_error_and_the_others_are_tagged(client):
    found = lines_of(client, b"Ada left.\n\xff\nAda left.\n" + b"a" * 600_000 + b"\n" + b"a" * 3_000_000 + b"\nShe\n")
    assert found[0] == found[2] and "sentences" in found[0] and "sentences" in found[5]
    codes = [(line["error"]["code"], line["error"]["where"]) for line in found if "error" in line]
    assert codes == [("invalid_utf8", "line 2"), ("too_long", "line 4"), ("too_long", "line 5")]


def test_a_stream_of_nothing(client):
    assert lines_of(client, b"") == []
    assert lines_of(client, b"\n\n") == [{"sentences": []}] * 2
    assert client.post("/v1/tag/stream?model=none", content=b"a\n").status_code == 404


def test_lines_are_answered_while_the_client_still_sends(server):
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.sendall(b"POST /v1/tag/stream HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(3):
            connection.sendall(b"4\r\nAda\n\r\n")
            answer = b""
            while not answer.endswith(b"}\n\r\n"):
                answer += connection.recv(65536)
            assert b'{"sentences": [{"text": "Ada"' in answer


def test_a_client_that_does_not_read_is_not_read_either(server):
    line = b"The old tree sees New York. " * 1000 + b"\n"
    sent = 0
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.sendall(b"POST /v1/tag/stream HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
        connection.settimeout(0.7)
        with pytest.raises(TimeoutError):
            for _ in range(10_000):
                connection.sendall(line)
                sent += len(line)
    assert sent < 10_000_000


def test_a_client_that_leaves_a_stream_is_no_fault(server, client):
    def leave():
        with socket.create_connection(server.address, timeout=10) as connection:
            connection.sendall(b"POST /v1/tag/stream HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nAda\nShe")

    threads = [threading.Thread(target=leave) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = time.monotonic() + 10
    while "tagger_in_flight 0" not in client.get("/metrics").text:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert "failed" not in server.log.read_text()
