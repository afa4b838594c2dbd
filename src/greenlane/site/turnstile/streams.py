"""GET /api/v1/stream/CHECKPOINT/DIRECTION: server-sent events that say *that* a board changed, never what.

They carry no personal data, so they need no sign-in; the page fetches its board, with its own rights, on a
hint.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator

import asyncpg

from greenlane.errors import GreenlaneError
from greenlane.site.turnstile.http import Receive, Scope, Send

HEARTBEAT_S = 15.0
LEAST_GAP_S = 0.5
"""Hints closer together than this become one."""
MOST_STREAMS = 5_000


class Boards:
    """Wakes the streams of a board when the database tells that it changed."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.streams = 0

    def changed(self, board: str) -> None:
        for event in self._waiting.get(board, ()):
            event.set()

    @contextlib.contextmanager
    def listening(self, board: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting[board].add(event)
        self.streams += 1
        try:
            yield event
        finally:
            self._waiting[board].discard(event)
            self.streams -= 1


class Streams:
    """The streams door."""

    def __init__(self, pool: asyncpg.Pool, boards: Boards) -> None:
        self._pool, self._boards = pool, boards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        board = await self._board(scope["path"])
        if self._boards.streams >= MOST_STREAMS:
            raise GreenlaneError("busy", "Too many boards are open.", mend="Reload in a minute.", status=503)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ],
            }
        )
        gone = asyncio.create_task(_until_gone(receive))
        try:
            with self._boards.listening(board) as changed:
                await send(_part("retry: 3000\n\n"))
                while not gone.done():
                    hinted = asyncio.create_task(changed.wait())
                    await asyncio.wait(
                        {hinted, gone}, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED
                    )
                    hinted.cancel()
                    if changed.is_set():
                        changed.clear()
                        await send(_part(f"id: {time.time_ns()}\nevent: board\ndata: {board}\n\n"))
                        await asyncio.sleep(LEAST_GAP_S)
                    else:
                        await send(_part(": alive\n\n"))
        finally:
            gone.cancel()

    async def _board(self, path: str) -> str:
        *_, code, direction = path.rstrip("/").split("/")
        checkpoint = await self._pool.fetchval("SELECT id FROM registry_checkpoint WHERE code = $1", code)
        if checkpoint is None or direction not in ("outbound", "inbound"):
            raise GreenlaneError(
                "board_unknown", f"There is no board {code}/{direction}.", field="checkpoint",
                mend="Take the code from /api/v1/crossings.", status=404,
            )  # fmt: skip
        return f"{checkpoint}:{direction}"


def _part(text: str) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
