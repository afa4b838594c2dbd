"""The passages that readings, bookings and officers' decisions give: computed again from nothing.

The live matcher drives the same `Line` from the database, so for the same readings in the same order of
arrival both give the same passages, however the live ones were grouped into batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from greenlane.gate.cohorts import Decision, fixed_before_entry
from greenlane.gate.due import ExpectedBooking
from greenlane.gate.line import Arrival, Line, OpenPassage, PlacedEvent
from greenlane.gate.plates import match_key
from greenlane.gate.timeline import Timeline, build_timeline


@dataclass(frozen=True, slots=True)
class ReplayedPassage:
    """One truck's crossing as the readings give it; `key` is the id of the event that it began with."""

    key: UUID
    plate: str
    country: str
    booking: ExpectedBooking | None
    channel: str
    pre_arrival: bool
    revision: int
    timeline: Timeline

    @property
    def vehicle_class(self) -> str:
        """The class of the booking; empty for a truck without one."""
        return self.booking.vehicle_class if self.booking else ""


def replay(
    readings: Iterable[Arrival],
    bookings: Iterable[ExpectedBooking] = (),
    corrections: Sequence[PlacedEvent] = (),
    decisions: Iterable[Decision] = (),
    *,
    at: datetime | None = None,
) -> list[ReplayedPassage]:
    """The passages of one checkpoint and direction, in the order in which they began to be known.

    Args:
        readings: in order of arrival.
        bookings: every booking whose truck may have shown up.
        corrections: officers' and the platform's events, each after as many readings as it says.
        decisions: risk channels.
        at: the time of asking (aware), by which overdue exits count as missed; None leaves them open.
    """
    line = Line(bookings)
    pending = sorted(corrections, key=lambda placed: placed.after)
    placed_count = 0
    for count, arrival in enumerate(readings):
        while placed_count < len(pending) and pending[placed_count].after <= count:
            line.place(pending[placed_count])
            placed_count += 1
        line.take(arrival)
    for placed in pending[placed_count:]:
        line.place(placed)
    known = tuple(decisions)
    by_booking, by_plate = _keyed(known)
    return [
        finished(
            passage,
            build_timeline(passage.events, at=at),
            by_booking.get(passage.booking.id if passage.booking else None, ())
            + by_plate.get(match_key(passage.plate), ()),
        )
        for passage in line.touched.values()
    ]


def finished(passage: OpenPassage, timeline: Timeline, decisions: Iterable[Decision]) -> ReplayedPassage:
    """A passage of the line with its timeline, and its channel out of the decisions that may concern it."""
    decision = fixed_before_entry(
        decisions,
        booking=passage.booking.id if passage.booking else None,
        plate_key=match_key(passage.plate),
        first_at=passage.first_at,
        timeline=timeline,
    )
    return ReplayedPassage(
        key=passage.key,
        plate=passage.plate,
        country=passage.country,
        booking=passage.booking,
        channel=decision.channel if decision else "",
        pre_arrival=decision.pre_arrival if decision else False,
        revision=passage.revision,
        timeline=timeline,
    )


def _keyed(
    decisions: Sequence[Decision],
) -> tuple[dict[int | None, tuple[Decision, ...]], dict[str, tuple[Decision, ...]]]:
    by_booking: dict[int | None, tuple[Decision, ...]] = {}
    by_plate: dict[str, tuple[Decision, ...]] = {}
    for decision in decisions:
        if decision.booking is not None:
            by_booking[decision.booking] = (*by_booking.get(decision.booking, ()), decision)
        else:
            by_plate[decision.plate_key] = (*by_plate.get(decision.plate_key, ()), decision)
    return by_booking, by_plate
