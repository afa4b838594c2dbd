"""The slots of a checkpoint and direction as a dispatcher sees them, and the choice among them. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NEXT_TRY_S = 1800.0
"""A dispatcher who is told that a slot is full looks at least this far from it: an hour's or a carrier's
places are used up at its neighbours too."""
FARTHEST_S = 6 * 3600.0
"""Farther than this from the time asked for, the trip is given up (assumed)."""


@dataclass(slots=True)
class SlotView:
    """One slot; ``free`` is what was last known of it."""

    id: int
    starts_at: float
    ends_at: float
    free: int


class SlotBook:
    """Slots in order of their start."""

    def __init__(self, slots: Iterable[SlotView] = ()) -> None:
        self._slots = sorted(slots, key=lambda slot: (slot.starts_at, slot.ends_at))
        self._starts = [slot.starts_at for slot in self._slots]

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> SlotBook:
        """From the answer of ``GET /checkpoints/{code}/{direction}/slots``."""
        return cls(
            SlotView(
                int(slot["id"]),
                datetime.fromisoformat(slot["starts_at"]).timestamp(),
                datetime.fromisoformat(slot["ends_at"]).timestamp(),
                int(slot["free"]),
            )
            for slot in answer["slots"]
            if slot.get("state", "open") == "open"
        )

    def __len__(self) -> int:
        return len(self._slots)

    def wished(self, at: float) -> SlotView | None:
        """The slot that the time asks for: the last to start by then that has not ended."""
        place = bisect_right(self._starts, at) - 1
        while place >= 0 and at - self._starts[place] < 86_400:
            if self._slots[place].ends_at > at:
                return self._slots[place]
            place -= 1
        return None

    def nearest_free(self, at: float, full: Iterable[SlotView]) -> SlotView | None:
        """The nearest slot that may have a place, the later of two; none close to those found full."""
        passed = [slot.starts_at for slot in full]
        first = bisect_left(self._starts, at - FARTHEST_S)
        last = bisect_right(self._starts, at + FARTHEST_S)
        candidates = (
            slot
            for slot in self._slots[first:last]
            if slot.free > 0 and all(abs(slot.starts_at - start) >= NEXT_TRY_S for start in passed)
        )
        return min(candidates, key=lambda slot: (abs(slot.starts_at - at), -slot.starts_at), default=None)
