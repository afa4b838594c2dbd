"""What stands in for the database and the web server in the tests of the turnstile's parts."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any


class Pool:
    """Answers every query with the rows that it was given, and remembers what it was asked."""

    def __init__(self, rows: dict[str, Any] | None = None, value: Any = None) -> None:
        self.rows, self.value = rows or {}, value
        self.asked: list[tuple[Any, ...]] = []
        self.failing: list[Exception] = []

    async def fetchrow(self, _query: str, key: str) -> Any:
        self.asked.append((key,))
        return self.rows.get(key)

    async def fetchval(self, _query: str, *values: Any) -> Any:
        self.asked.append(values)
        return self.value

    async def fetch(self, query: str, *values: Any) -> Sequence[Any]:
        self.asked.append((query, *values))
        if self.failing:
            raise self.failing.pop(0)
        return self.answer(query, *values)

    def answer(self, query: str, *values: Any) -> Sequence[Any]:
        return []

    @contextlib.asynccontextmanager
    async def acquire(self) -> AsyncIterator[Pool]:
        yield self


class TakingPool(Pool):
    """Takes every place that is asked for, but fails a batch in which a slot numbered 13 is asked for."""

    def __init__(self, *, account: Any = (7, 3, ["bookings"]), error: Exception | None = None) -> None:
        super().__init__()
        self._account, self._error = account, error
        self.batches: list[list[int]] = []

    async def fetchrow(self, _query: str, key: str) -> Any:
        return self._account

    def answer(self, query: str, *values: Any) -> Sequence[Any]:
        if "booking_take" not in query:
            return []
        slots = [wish["slot"] for wish in json.loads(values[0])]
        self.batches.append(slots)
        if self._error is not None and 13 in slots:
            raise self._error
        return [
            ("full", None, None, None, None, "hour")
            if slot == 99
            else ("taken", slot, f"GL-{slot}", "confirmed", None, "")
            for slot in slots
        ]


class Exchange:
    """One HTTP request to an ASGI door, and what came back."""

    def __init__(self, path: str = "/api/v1/places", body: bytes = b"", **headers: str) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [
                (name.replace("_", "-").encode(), value.encode("latin-1"))
                for name, value in ({"authorization": "Bearer glt_a"} | headers).items()
            ],
        }
        self._body, self.gone = body, asyncio.Event()
        self._sent = False
        self.status, self.parts = 0, []  # type: int, list[bytes]
        self.came = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._body}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.parts.append(message["body"])
            self.came.set()

    @property
    def answer(self) -> Any:
        return json.loads(b"".join(self.parts))
