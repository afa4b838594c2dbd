"""People and programs before one server: each acts in its own time, over a few keep-alive connections."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

CONNECTIONS = 64
REFUSED = 409


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who wants one thing.

    Attributes:
        who: whatever its sender wants to know it by again.
        after_s: seconds from the release to the first request.
        pause_s: seconds between a refusal and the next request.
        requests: the bytes of each, tried in turn until one is granted.
    """

    who: Any
    after_s: float
    pause_s: float
    requests: Sequence[bytes]


@dataclass
class Outcome:
    """Who was granted what, by `Actor.who`; answers by status; bodies that nobody expected."""

    granted: dict[Any, dict[str, Any]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)


def run(port: int, actors: Sequence[Actor], release: Callable[[], None]) -> Outcome:
    """Release, and let everyone act until each was granted something or has tried all it wanted.

    Args:
        port: on the loopback.
        release: what everyone waits for; the clocks of all actors start when it is done.
    """
    return asyncio.run(_run(port, actors, release))


async def _run(port: int, actors: Sequence[Actor], release: Callable[[], None]) -> Outcome:
    lines: asyncio.Queue[_Line] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        lines.put_nowait(_Line(*await asyncio.open_connection("127.0.0.1", port)))
    outcome = Outcome()
    release()
    await asyncio.gather(*(_act(actor, lines, outcome) for actor in actors))
    while not lines.empty():
        lines.get_nowait().writer.close()
    return outcome


async def _act(actor: Actor, lines: asyncio.Queue[_Line], outcome: Outcome) -> None:
    await asyncio.sleep(actor.after_s)
    for request in actor.requests:
        line = await lines.get()
        try:
            status, body = await line.ask(request)
        finally:
            lines.put_nowait(line)
        outcome.statuses[status] += 1
        if status == 201:
            outcome.granted[actor.who] = json.loads(body)
            return
        if status != REFUSED:
            outcome.unexpected[f"{status} {body[:200].decode(errors='replace')}"] += 1
            return
        await asyncio.sleep(actor.pause_s)


@dataclass(frozen=True, slots=True)
class _Line:
    """One connection, used by one actor at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for each in head.split(b"\r\n")[1:]:
            if each[:15].lower() == b"content-length:":
                length = int(each[15:])
        return int(head[9:12]), await self.reader.readexactly(length)
