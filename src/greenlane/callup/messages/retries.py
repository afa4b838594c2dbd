"""When a message is tried again, and when no more. Pure: no Django."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

PAUSES_S: Final = (3, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 3600)
"""After the first attempt, the second, ...: about three hours in all. The first come fast, because a call
that is a quarter of an hour late is worth little."""
MOST_ATTEMPTS: Final = len(PAUSES_S) + 1
CHANNEL_PAUSE: Final = timedelta(seconds=5)
"""A provider that is away is asked again so soon; it costs no message an attempt."""


def pause_after(attempts: int, spread: int) -> timedelta | None:
    """The pause after so many attempts; None when there is no other.

    `spread` (any number, such as the row's id) lengthens it by up to a quarter, so that what failed together
    does not come again together.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    pause = PAUSES_S[max(attempts, 1) - 1]
    return timedelta(seconds=pause * (1 + (spread * 7919 % 100) / 400))
