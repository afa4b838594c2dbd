"""When the checkpoint owes its guarantee to a booking, and what. Pure: no Django.

The guarantee is reciprocal: who comes late or not at all gets strikes, and a checkpoint that is late by more
than its rules promise pays: a later slot, the fee back, and priority once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

CREDIT_DAYS: Final = 90
"""So long a credit of priority is good: as long as a strike counts under the rules' default."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """A booking whose truck has not passed the entry barrier.

    Attributes:
        is_called: it is on the way to the barrier.
        in_park_since: when its truck came to the park where it waits; None where it does not wait there.
    """

    slot_end: datetime
    is_called: bool
    in_park_since: datetime | None


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a checkpoint is at one time.

    Attributes:
        behind: how far it is behind its booked times.
        seen: trucks entered lately, or some wait in the park: ``behind`` is more than trucks staying away.
        promise: ``guarantee_minutes`` of the rules.
        late: ``late_minutes`` of the rules: who comes later than that after the slot has lost the turn.
    """

    behind: timedelta
    seen: bool
    promise: timedelta
    late: timedelta


def is_owed(booking: Delayed, lateness: Lateness, at: datetime) -> bool:
    """Whether the checkpoint owes its guarantee to the booking at ``at``.

    Its slot ended at least ``promise`` ago, and either the checkpoint is more than that behind, or the truck
    has waited in the park since before it lost its turn.
    """
    if at - booking.slot_end < lateness.promise:
        return False
    if booking.in_park_since is not None:
        return booking.in_park_since <= booking.slot_end + lateness.late
    return lateness.seen and lateness.behind > lateness.promise


def gets_new_slot(booking: Delayed) -> bool:
    """Whether a booking that is owed the guarantee moves: not where its truck waits or drives already, for
    then it keeps its turn."""
    return not booking.is_called and booking.in_park_since is None
