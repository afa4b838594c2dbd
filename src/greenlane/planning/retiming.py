"""New times for those already booked, when a checkpoint takes fewer trucks than its slots promised. Pure.

Nobody is overtaken: who was to come before another still does, or at the same time. Nobody comes earlier
than booked. Each gets the first slot in that order that has room, so that no other times in the same order
are sooner for anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenlane.planning.goal import PlanError


@dataclass(frozen=True, slots=True)
class Retimed:
    """A booking's new slot.

    Attributes:
        booking: its key.
        slot: place of its slot among those given; None where the day has no room left for it.
        was: the place of the slot that it had.
    """

    booking: int
    was: int
    slot: int | None

    @property
    def is_moved(self) -> bool:
        """Whether it has to come at another time."""
        return self.slot != self.was


def retimed(bookings: Sequence[tuple[int, int]], room: Sequence[int]) -> list[Retimed]:
    """The bookings in their order with the slots that they get.

    Args:
        bookings: key and slot of each, in the order in which they are to come: by slot, then as they were
            made.
        room: [slots] trucks that each slot can take now, in order of time.

    Raises:
        PlanError: the bookings are not in the order of their slots.
    """
    if any(room_of < 0 for room_of in room):
        raise PlanError("room", "A slot has room for fewer than no trucks.", "Give 0 or more.")
    left, at, found, before = list(room), 0, [], 0
    for key, slot in bookings:
        if not 0 <= slot < len(room) or slot < before:
            raise PlanError("bookings", f"Booking {key} is out of order.", "Sort them by their slots.")
        before = slot
        at = max(at, slot)
        while at < len(room) and left[at] == 0:
            at += 1
        if at < len(room):
            left[at] -= 1
        found.append(Retimed(key, slot, at if at < len(room) else None))
    return found


def room_of_slots(slots: Sequence[tuple[float, float]], per_hour: float, at: float) -> list[int]:
    """[slots] whole trucks that a checkpoint takes in each slot's time, at so many an hour from ``at`` on.

    Fractions are carried from slot to slot, so that in all no truck is lost.

    Args:
        slots: begin and end of each, seconds since the epoch, in order of time. Where they overlap, a slot's
            time goes to the begin of the next.
    """
    room, before, reached = [], 0, 0.0
    for place, (begin, end) in enumerate(slots):
        until = min(end, slots[place + 1][0]) if place + 1 < len(slots) else end
        reached += max(until - max(begin, at), 0.0) / 3600.0 * per_hour
        # A little above: 0.25 of an hour four times is one whole truck at one an hour.
        room.append(int(reached + 1e-9) - before)
        before += room[-1]
    return room
