"""A load generator: keep-alive connections on one event loop, each sends its next request when the last is answered.

It speaks just enough HTTP/1.1 to cost little, since it shares the machine with what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Load:
    """What a run saw."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    def rate_of(self, status: int) -> float:
        """Answers with one status a second."""
        return self.statuses.get(status, 0) / self.seconds

    def quantile_ms(self, q: float) -> float:
        """Latency in milliseconds, nearest rank."""
        return float(np.quantile(self.latencies_s, q, method="inverted_cdf")) * 1000


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, load: Load, next_request: Callable[[], bytes | None], keep_bodies: bool) -> None:
        self._load, self._next, self._keep = load, next_request, keep_bodies
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = self._next()
        if request is None:
            self._transport.close()
            self._finish()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
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
        if self._keep:
            self._load.bodies.append(rest[:length])
        self._buffer = rest[length:]
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


def post(path: str, body: bytes, token: str = "") -> bytes:
    """The bytes of one POST."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str) -> bytes:
    """The bytes of one GET."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def run(
    port: int,
    next_request: Callable[[], bytes | None],
    *,
    connections: int,
    keep_bodies: bool = False,
) -> Load:
    """Send requests from so many connections until ``next_request`` gives None to each of them."""

    async def go() -> Load:
        load = Load()
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        protocols = [
            (await loop.create_connection(lambda: _Connection(load, next_request, keep_bodies), "127.0.0.1", port))[1]
            for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.done for protocol in protocols))
        load.seconds = time.perf_counter() - started
        return load

    return asyncio.run(go())
