"""A load generator: keep-alive connections on one event loop, each with one request under way.

It speaks just enough HTTP/1.1 to cost little, since it shares the machine with what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


class Request(NamedTuple):
    """The bytes to send, and whatever its sender wants to know it by again."""

    data: bytes
    about: Any = None


class Answer(NamedTuple):
    """What came back, beside the request's ``about``."""

    about: Any
    status: int
    body: bytes


@dataclass
class Load:
    """What a run saw.

    Attributes:
        seconds: from the first request to the last answer.
        statuses: answers by HTTP status.
        latencies_s: of every answer, in order of arrival.
        answers: kept only where `run` was asked to.
        broken: requests whose connection ended before the answer.
    """

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    broken: int = 0

    @property
    def answered(self) -> int:
        """All answers."""
        return sum(self.statuses.values())

    def count(self, status: int) -> int:
        """Answers with one status."""
        return self.statuses.get(status, 0)

    def rate_of(self, status: int) -> float:
        """Answers with one status a second."""
        return self.count(status) / self.seconds

    def quantile_ms(self, q: float) -> float:
        """Latency in milliseconds, nearest rank; 0 where nothing was answered."""
        return quantile_ms(self.latencies_s, q)


def quantile_ms(latencies_s: list[float], q: float) -> float:
    """A quantile of latencies in milliseconds, nearest rank; 0 of none."""
    if not latencies_s:
        return 0.0
    return float(np.quantile(latencies_s, q, method="inverted_cdf")) * 1000


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(
        self,
        load: Load,
        next_request: Callable[[], Request | None],
        on_answer: Callable[[Answer], None] | None,
    ) -> None:
        self._load, self._next, self._on_answer = load, next_request, on_answer
        self._buffer = b""
        self._sent = 0.0
        self._asked: Request | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        """Send the next request, or close where there is none."""
        self._asked = self._next()
        if self._asked is None:
            self._transport.close()
            self._finish()
            return
        self._sent = time.perf_counter()
        self._transport.write(self._asked.data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark or self._asked is None:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        if len(rest) < length:
            return
        status = int(head[9:12])
        self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
        self._load.latencies_s.append(time.perf_counter() - self._sent)
        if self._on_answer is not None:
            self._on_answer(Answer(self._asked.about, status, rest[:length]))
        self._buffer = rest[length:]
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._asked is not None:
            self._load.broken += 1
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


def post(path: str, body: bytes, token: str = "", key: str = "") -> bytes:
    """The bytes of one POST."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    idempotency = f"Idempotency-Key: {key}\r\n" if key else ""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{idempotency}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str) -> bytes:
    """The bytes of one GET."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def run(
    port: int,
    requests: Iterable[Request],
    *,
    connections: int,
    seconds: float | None = None,
    keep: bool = False,
    on_answer: Callable[[Answer], None] | None = None,
) -> Load:
    """Send requests in their order from so many connections, until there are no more or the time is up.

    Args:
        port: on the loopback.
        requests: taken one by one, each when a connection is free.
        connections: that stay open; each has one request under way.
        seconds: after which none is sent any more; those under way are waited for.
        keep: whether to keep the answers in `Load.answers`.
        on_answer: told of each answer, before its connection sends the next request.
    """
    return asyncio.run(_run(port, iter(requests), connections, seconds, keep, on_answer))


async def _run(
    port: int,
    requests: Iterator[Request],
    connections: int,
    seconds: float | None,
    keep: bool,
    on_answer: Callable[[Answer], None] | None,
) -> Load:
    load, loop = Load(), asyncio.get_running_loop()
    tell = load.answers.append if keep else on_answer
    until = float("inf")

    def next_request() -> Request | None:
        return next(requests, None) if time.perf_counter() < until else None

    protocols = [
        (await loop.create_connection(lambda: _Connection(load, next_request, tell), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started = time.perf_counter()
    if seconds is not None:
        until = started + seconds
    for protocol in protocols:
        protocol.send_next()
    await asyncio.gather(*(protocol.done for protocol in protocols))
    load.seconds = time.perf_counter() - started
    return load
