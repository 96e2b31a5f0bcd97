"""Full load on a service by clients of all manners: those who ask as they should, and those who do not."""

import asyncio
import json
import random
import socket
import struct
import time
from collections import Counter
from dataclasses import dataclass, field

from serving import Service, chunked_head, head, wrong_offsets

_WORDS = "Ada left the old house in Paris and never saw New York , which she liked ."
_ODD = "naïve e\u0301tude 👩\u200d💻 🇫🇷 שלום مرحبا 汉字 \u0000 a\u00adb 𝔘nicode \u202eright #tag"
_PATIENCE = 30.0  # seconds for an answer


@dataclass
class Findings:
    """What a load has shown."""

    statuses: Counter[int] = field(default_factory=Counter)
    """Answers to requests that are right, by status."""
    nuisances: Counter[str] = field(default_factory=Counter)
    """Clients that misbehaved, by manner and what they got."""
    wrong: list[str] = field(default_factory=list)
    """Answers that should not be."""
    memory: list[tuple[float, int]] = field(default_factory=list)
    """Seconds since the beginning, and bytes of memory."""

    def growth(self) -> tuple[int, int]:
        """Median bytes of memory in the second quarter of the time, and in the last one."""
        sizes = [size for _, size in self.memory]
        quarter = max(1, len(sizes) // 4)
        return _median(sizes[quarter : 2 * quarter] or sizes), _median(sizes[-quarter:])


def _median(sizes: list[int]) -> int:
    return sorted(sizes)[len(sizes) // 2]


def made_text(chooser: random.Random, words: int) -> str:
    """Words of which some are new each time, so that no cache has them, and some are in other scripts."""
    made = []
    for _ in range(words):
        kind = chooser.random()
        if kind < 0.1:
            made.append(chooser.choice(_ODD.split()))
        elif kind < 0.3:
            made.append("".join(chooser.choices("abcdefghijklmnopqrstuvwxyz", k=chooser.randint(2, 12))))
        else:
            made.append(chooser.choice(_WORDS.split()))
    return " ".join(made)


async def load(service: Service, seconds: float, *, clients: int, nuisances: int, seed: int) -> Findings:
    """Ask a service for some seconds as fast as it answers, from many clients at a time."""
    findings, ends = Findings(), time.monotonic() + seconds
    chooser = random.Random(seed)
    tasks = [_client(service.port, random.Random(chooser.random()), ends, findings) for _ in range(clients)]
    tasks += [_stream(service.port, random.Random(chooser.random()), ends, findings) for _ in range(clients // 8)]
    tasks += [_nuisance(service.port, random.Random(chooser.random()), ends, findings) for _ in range(nuisances)]
    await asyncio.gather(*tasks, _watch(service, ends, findings))
    return findings


async def _watch(service: Service, ends: float, findings: Findings) -> None:
    began = time.monotonic()
    while time.monotonic() < ends:
        await asyncio.sleep(0.25)
        findings.memory.append((time.monotonic() - began, service.memory()))


async def _client(port: int, chooser: random.Random, ends: float, findings: Findings) -> None:
    """Ask again and again, and check each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    while time.monotonic() < ends:
        text = made_text(chooser, chooser.choice([1, 20, 20, 20, 20, 200]))
        utf16 = chooser.random() < 0.3
        request = {"text": text, "scores": chooser.random() < 0.2, "offsets": "utf-16" if utf16 else "characters"}
        body = json.dumps(request).encode()
        writer.write(head(len(body), kind="application/json") + body)
        try:
            status, answer = await asyncio.wait_for(_answer(reader), _PATIENCE)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError) as error:
            findings.statuses[0] += 1
            findings.wrong.append(f"a client that did nothing wrong got no answer: {error!r}")
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
            continue
        findings.statuses[status] += 1
        if status == 200:
            findings.wrong += [f"{text!r}: {each}" for each in wrong_offsets(text, json.loads(answer), utf16=utf16)]
        elif status == 429:
            await asyncio.sleep(chooser.uniform(0.01, 0.1))
        else:
            findings.wrong.append(f"status {status} for {text!r}: {answer[:200]!r}")
    writer.close()


async def _stream(port: int, chooser: random.Random, ends: float, findings: Findings) -> None:
    """Send lines and read the answers to them, again and again."""
    while time.monotonic() < ends:
        lines = [made_text(chooser, chooser.randint(0, 30)).replace("\n", " ") for _ in range(chooser.randint(1, 100))]
        body = "".join(f"{line}\n" for line in lines).encode()
        request = head(len(body), "Connection: close", path="/v1/tag/stream") + body
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
            writer.write(request)
            first, _, content = (await asyncio.wait_for(reader.read(-1), _PATIENCE)).partition(b"\r\n\r\n")
            writer.close()
            status = int(first.split()[1])
        except (OSError, IndexError) as error:
            findings.statuses[0] += 1
            findings.wrong.append(f"a stream got no answer: {error!r}")
            continue
        findings.statuses[status] += 1
        if status == 200:
            answers = [json.loads(line) for line in _without_chunks(content).splitlines()]
            if len(answers) != len(lines):
                findings.wrong.append(f"{len(lines)} lines got {len(answers)} answers")
            for line, answer in zip(lines, answers, strict=False):
                findings.wrong += [f"{line!r}: {each}" for each in wrong_offsets(line, answer)]
        elif status == 429:
            await asyncio.sleep(chooser.uniform(0.01, 0.1))
        else:
            findings.wrong.append(f"status {status} for a stream")


def _without_chunks(content: bytes) -> bytes:
    """What chunks hold, up to the last one."""
    parts = []
    while content:
        size, _, rest = content.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        content = rest[length + 2 :] if length else b""
    return b"".join(parts)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    return int(lines[0].split()[1]), await reader.readexactly(length)


NUISANCES = {
    "half a head": (b"POST /v1/tag HTTP/1.1\r\nHost: local", "leaves"),
    "half a body": (head(1000) + b"Ada left", "leaves"),
    "a body and away": (head(9) + b"Ada left.", "leaves"),
    "a large body and away": (head(60_000) + b"Ada left Paris. " * 3750, "leaves"),
    "a large answer not read": (head(60_000, path="/v1/tag?scores=true&top=5") + b"Ada left Paris. " * 3750, "waits"),
    "a stream not read": (head(60_000, path="/v1/tag/stream?top=5") + b"Ada left Paris.\n" * 3750, "waits"),
    "half a stream": (chunked_head(path="/v1/tag/stream") + b"a\r\nAda left.\n\r\n5\r\nBo", "leaves"),
    "a length too short": (head(4) + b"Ada left.", {200, 400}),
    "two lengths": (head(9, "Content-Length: 4") + b"Ada left.", {400}),
    "a length that is none": (head("nine") + b"Ada left.", {400}),
    "a chunk that is none": (chunked_head() + b"zzz\r\nAda left.\r\n", {400}),
    "a length and chunks": (head(9, "Transfer-Encoding: chunked") + b"4\r\nAda \r\n0\r\n\r\n", {200, 400}),
    "no UTF-8": (head(4) + b"Ada\xff", {400}),
    "brackets": (head(100_000, kind="application/json") + b"[" * 100_000, {400}),
    "no JSON": (head(8, kind="application/json") + b'{"text":', {400}),
    "nothing": (b"", "leaves"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, {400}),
    "a long head": (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", {0, 400, 414, 431}),
}
"""What clients send who misbehave, and what they do then, or the statuses that they may get.

0 stands for a connection that is closed without an answer.
"""


async def _nuisance(port: int, chooser: random.Random, ends: float, findings: Findings) -> None:
    """Misbehave in one manner after the other."""
    while time.monotonic() < ends:
        manner = chooser.choice(list(NUISANCES))
        content, then = NUISANCES[manner]
        got = "left"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(content)
            if then == "waits":
                writer.transport.pause_reading()
                await asyncio.sleep(chooser.uniform(0.2, 1.0))
            elif then == "leaves":
                await asyncio.sleep(chooser.uniform(0, 0.1))
            else:
                status = await _status(reader)
                got = str(status or "closed")
                if status not in {*then, 429}:
                    findings.wrong.append(f"{manner}: {got}")
            if chooser.random() < 0.5:
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            writer.close()
        except TimeoutError:
            findings.wrong.append(f"{manner}: no answer in {_PATIENCE:.0f} seconds")
        except OSError:  # the service was faster
            got = "closed"
        findings.nuisances[f"{manner}: {got}"] += 1
        await asyncio.sleep(chooser.uniform(0, 0.05))


async def _status(reader: asyncio.StreamReader) -> int:
    """The status of an answer; 0 where the connection is closed without one."""
    try:
        status, _ = await asyncio.wait_for(_answer(reader), _PATIENCE)
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0
    return status
