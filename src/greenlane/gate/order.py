"""Whether a reading can belong to a truck, by what was seen of the truck before: the order of points, and
time.

Readings arrive late and out of order, so a reading of an early point is judged by its own time: an entry that
arrives after the exit is in order when it happened before it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from greenlane.gate.candidates import Candidate

OUTSIDE, ENTRY, INSIDE, EXIT = range(4)
PHASE: Final = {
    "queue_end": OUTSIDE,
    "park_in": OUTSIDE,
    "park_out": OUTSIDE,
    "call": OUTSIDE,
    "entry": ENTRY,
    "stage_in": INSIDE,
    "stage_out": INSIDE,
    "exit": EXIT,
}
"""The four parts of a way. Within OUTSIDE and INSIDE any order may occur: trucks leave the park and come
back, are called twice, are sent to a stage again."""

CLOCK_TOLERANCE: Final = timedelta(seconds=60)
"""Two devices may disagree by this much before an order counts as impossible: four times the 15 s of skew
beyond which a reading is excluded from the clocks."""
REPEAT_WINDOW: Final = timedelta(minutes=30)
"""Reads of a truck that stands at a barrier are one passing of it; a read of the same barrier later than this
is another trip, or another truck."""
NEAR_TIME: Final = timedelta(hours=12)
"""A near plate is trusted only for a truck expected within this time of the reading, early or late."""


def another_trip(candidate: Candidate, point: str, at: datetime) -> bool:
    """Whether the truck had already left when it was seen coming: the reading begins a new passage."""
    return (
        candidate.last_point == "exit"
        and PHASE[point] <= ENTRY
        and candidate.last_at is not None
        and at > candidate.last_at + CLOCK_TOLERANCE
    )


def possible(candidate: Candidate, point: str, at: datetime) -> bool:
    """Whether the reading is in order with the last point that was seen of the truck."""
    if candidate.last_point is None or candidate.last_at is None:
        return True
    before, now = PHASE[candidate.last_point], PHASE[point]
    if now > before:
        return at >= candidate.last_at - CLOCK_TOLERANCE
    if now < before:
        return at <= candidate.last_at + CLOCK_TOLERANCE
    return before in (OUTSIDE, INSIDE) or abs(at - candidate.last_at) <= REPEAT_WINDOW


def likely(candidate: Candidate, point: str, at: datetime, stage: str | None) -> bool:
    """Whether the truck is due at the point: inside for a stage or the exit, expected about now for the
    rest."""
    if PHASE[point] >= INSIDE:
        entered = candidate.last_point is not None and PHASE[candidate.last_point] >= ENTRY
        return entered and (stage is None or not candidate.stages_due or stage in candidate.stages_due)
    return candidate.expected_at is None or abs(at - candidate.expected_at) <= NEAR_TIME
