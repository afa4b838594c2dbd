"""The time by which the player acts: the server's clock, or a past day's at some speed."""

from __future__ import annotations

import time
from typing import Protocol

from greenlane.player.client import Api, seconds

SYNC_S = 30.0
"""Seconds of wall time between two looks at the server's clock."""


class Clock(Protocol):
    """A running clock."""

    speed: float

    def now(self) -> float:
        """Seconds since the epoch."""


class ServerClock:
    """The platform's clock: wall time, or a rehearsal that starts elsewhere and may run faster."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.speed = 1.0
        self._sync()

    def now(self) -> float:
        if time.monotonic() - self._read_at > SYNC_S:
            self._sync()
        return self._shown + (time.monotonic() - self._read_at) * self.speed

    def _sync(self) -> None:
        told = self._api.get("/clock")
        self._shown, self.speed = seconds(told["now"]), float(told["speed"])
        self._read_at = time.monotonic()


class PastClock:
    """A past time, running on at ``speed``."""

    def __init__(self, start: float, speed: float) -> None:
        self.speed = speed
        self._start, self._began = start, time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._began) * self.speed
