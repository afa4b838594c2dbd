"""The platform's one notion of "now": wall time, or a rehearsal that starts elsewhere and may run faster."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

VARIABLE = "GREENLANE_CLOCK"


@dataclass(frozen=True)
class Clock:
    """A clock that showed ``shown`` at the wall time ``wall`` (epoch seconds), ``speed`` times as fast.

    The default shows wall time.
    """

    shown: float = 0.0
    wall: float = 0.0
    speed: float = 1.0

    def now(self) -> datetime:
        """The time that this clock shows, in UTC."""
        return datetime.fromtimestamp(self.shown + (time.time() - self.wall) * self.speed, UTC)

    @property
    def is_wall(self) -> bool:
        return self.speed == 1.0 and self.shown == self.wall

    def as_text(self) -> str:
        """The form that `parse_clock` reads; handed from a process to its children."""
        return f"{self.shown}@{self.wall}*{self.speed}"


def parse_clock(text: str) -> Clock:
    """Read ``"SHOWN@WALL*SPEED"`` (seconds since the epoch) or ``""`` for wall time.

    Raises:
        ValueError: the text has another form.
    """
    if not text:
        return Clock()
    shown, _, rest = text.partition("@")
    wall, _, speed = rest.partition("*")
    try:
        return Clock(float(shown), float(wall), float(speed))
    except ValueError:
        raise ValueError(
            f"{VARIABLE}: {text!r} is not SHOWN@WALL*SPEED, such as 1764000000@1764003600*60."
        ) from None


@cache
def platform_clock() -> Clock:
    """The clock of this process, read once from the environment."""
    return parse_clock(os.environ.get(VARIABLE, ""))


def now() -> datetime:
    """The time of the platform, in UTC: what every page, command and job calls "now"."""
    return platform_clock().now()
