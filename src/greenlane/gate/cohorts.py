"""The risk channel of a passage: the one that was fixed before the truck entered, and no later one.

A cohort chosen after the fact could be chosen to look fast. A decision after the entry is kept, and does not
move the passage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.gate.timeline import Timeline

OLDEST_DECISION: Final = timedelta(hours=24)
"""A decision on a plate (not on a booking) holds for a passage that begins within this time of it; an older
one was for another trip."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A channel decided for a booking, or for a plate where there is none.

    `number` puts decisions of one instant in order; `plate_key` is a `plates.match_key`.
    """

    number: int
    channel: str
    pre_arrival: bool
    decided_at: datetime
    booking: int | None
    plate_key: str


def entered_at(timeline: Timeline) -> datetime | None:
    """When the truck entered, or the first time that it was seen inside; None while it is outside."""
    if timeline.entry_at is not None:
        return timeline.entry_at
    return timeline.visits[0].first_at if timeline.visits else timeline.exit_at


def fixed_before_entry(
    decisions: Iterable[Decision],
    *,
    booking: int | None,
    plate_key: str,
    first_at: datetime,
    timeline: Timeline,
) -> Decision | None:
    """The last decision for the truck that was made before it entered, or None."""
    entered = entered_at(timeline)
    standing = (
        decision
        for decision in decisions
        if (entered is None or decision.decided_at < entered)
        and (
            decision.booking == booking
            if decision.booking is not None
            else decision.plate_key == plate_key and decision.decided_at >= first_at - OLDEST_DECISION
        )
    )
    return max(standing, key=lambda decision: (decision.decided_at, decision.number), default=None)
