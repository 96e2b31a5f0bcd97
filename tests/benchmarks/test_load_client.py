"""The client that measures services: what it sends, counts and times."""

import socketserver
import threading
import time

import pytest

SECONDS = 0.02


@pytest.fixture
def client(script):
    return script("load_client")


class Handler(socketserver.StreamRequestHandler):
    """Answers each request after SECONDS: with 200, or with 429 where its body is `no`."""

    def handle(self) -> None:
        while head := self.rfile.readline():
            lines = [head, *iter(self.rfile.readline, b"\r\n")]
            (length,) = (int(line.split(b":")[1]) for line in lines if line.startswith(b"Content-Length"))
            status = b"429 Too Many" if self.rfile.read(length) == b"no" else b"200 OK"
            time.sleep(SECONDS)
            self.wfile.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\n\r\n")
            self.wfile.write(b"{}")  # in a piece of its own


@pytest.fixture
def port():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_closed_loop_sends_each_request_once_and_counts_failures(client, port):
    requests = [client.as_request("/v1/tag", body) for body in (b"a", b"no", b"b", b"no", b"c")]
    outcome = client.closed_loop(port, requests, clients=2, most_seconds=60)
    assert (len(outcome.latencies), outcome.failed) == (3, 2)
    assert min(outcome.latencies) >= SECONDS
    assert outcome.seconds >= 3 * SECONDS  # one of two clients sends three of five requests, or more


def test_a_closed_loop_ends_when_its_time_is_over(client, port):
    requests = [client.as_request("/", b"a")] * 10_000
    outcome = client.closed_loop(port, requests, clients=4, most_seconds=5 * SECONDS)
    assert 4 <= len(outcome.latencies) < 10_000


def test_an_open_loop_counts_the_time_that_requests_wait(client, port):
    """Ten requests arrive at once at a service that answers one at a time: the last one waits for nine others."""
    requests = [client.as_request("/", b"a")] * 9 + [client.as_request("/", b"no")]
    outcome = client.open_loop(port, requests, rate=1e6, connections=1, seed=1)
    assert (len(outcome.latencies), outcome.failed) == (9, 1)
    assert outcome.latencies == sorted(outcome.latencies)
    assert outcome.latencies[-1] >= 8 * SECONDS


def test_a_percentile_is_a_value_that_so_many_do_not_exceed(client):
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [client.percentile(values, percent) for percent in (1, 20, 50, 95, 100)] == [1, 1, 3, 5, 5]
