"""The line of readings of one checkpoint and direction, taken one after the other.

The line keeps what the matcher needs to know of each passage and no more. What it makes of a reading depends
on the readings and officers' decisions that came before, in their order, and on the bookings: not on how
they were grouped into batches, nor on the time of day. The live matcher and a recomputation both drive it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from greenlane.gate.candidates import Candidate
from greenlane.gate.due import DueIndex, ExpectedBooking, is_under_way
from greenlane.gate.effective import PassageEvent
from greenlane.gate.matching import Match, NewPassage, Scored, Unclear, match
from greenlane.gate.order import ENTRY, PHASE
from greenlane.gate.plates import match_key
from greenlane.gate.readings import Reading
from greenlane.gate.timeline import build_timeline
from greenlane.gate.visits import DUPLICATE_WINDOW

FAULT: Final = "fault"
"""Why a reading was set aside on which the matcher itself failed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A reading and when it arrived (aware)."""

    reading: Reading
    record_time: datetime


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event that an officer or the platform put on a passage: a resolved reading, a correction, a call.

    Attributes:
        passage: key of the passage; equal to the event's id where it begins a new one.
        event: the event; with `corrects` set, a correction.
        plate, country: of the truck, where the event tells it: a new passage takes them.
        after: how many readings of the line had been taken before it.
    """

    passage: UUID
    event: PassageEvent
    plate: str = ""
    country: str = ""
    after: int = 0


@dataclass(slots=True)
class OpenPassage:
    """What the line knows of one passage.

    Attributes:
        key: id of the event that it began with.
        first_at, last_at, last_point: first and last time seen, and where last; "" when no event stands.
        revision: 1, and one more for each correction and each event that came after the truck had left.
        events: events taken since the line was set up; all of them where it was set up from nothing.
    """

    key: UUID
    plate: str
    country: str
    first_at: datetime
    last_at: datetime
    last_point: str = ""
    booking: ExpectedBooking | None = None
    revision: int = 1
    events: list[PassageEvent] = field(default_factory=list)
    candidate_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.candidate_id = f"passage:{self.key}"

    @property
    def is_outside(self) -> bool:
        """Not seen at the entry barrier or beyond it."""
        return not self.last_point or PHASE[self.last_point] < ENTRY

    def candidate(self) -> Candidate:
        """As the matcher takes it."""
        booking = self.booking
        return Candidate(
            id=self.candidate_id,
            sort="passage",
            plate=self.plate,
            country=self.country or None,
            trailer_plate=(booking.trailer_plate or None) if booking else None,
            codes=(booking.code,) if booking else (),
            expected_at=booking.slot_start if booking else None,
            last_point=self.last_point or None,
            last_at=self.last_at if self.last_point else None,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """The reading became an event of a passage; `method` and `score` as in `matching.Match`, or ``new``."""

    passage: OpenPassage
    event: PassageEvent
    method: str
    score: float


@dataclass(frozen=True, slots=True)
class SetAside:
    """The reading is for an officer: the candidates, the best first, and why."""

    candidates: tuple[Scored, ...]
    reason: str
    detail: str = ""


class Line:
    """The state of one line.

    Args:
        bookings: those not used by any passage yet.
        passages: those under way. Of a passage that a correction may meet, `events` must hold all its events.
    """

    def __init__(
        self, bookings: Iterable[ExpectedBooking] = (), passages: Iterable[OpenPassage] = ()
    ) -> None:
        self.passages: dict[UUID, OpenPassage] = {}
        self.touched: dict[UUID, OpenPassage] = {}
        self._index = DueIndex(self._narrow)
        self._unused: dict[str, ExpectedBooking] = {}
        self._by_plate: dict[str, list[ExpectedBooking]] = {}
        self._ids: dict[str, OpenPassage] = {}
        self._at = datetime.max.replace(tzinfo=UTC)
        for booking in bookings:
            self.expect(booking)
        for passage in passages:
            self.know(passage)

    def expect(self, booking: ExpectedBooking) -> None:
        """Look out for the truck of a booking."""
        candidate = booking.candidate()
        self._unused[candidate.id] = booking
        self._by_plate.setdefault(match_key(booking.plate), []).append(booking)
        self._index.add(candidate)

    def take(self, arrival: Arrival) -> Taken | SetAside:
        """Find the truck of the next reading. A reading on which the matcher fails is set aside, and stops
        nothing."""
        try:
            return self._take(arrival)
        except Exception as fault:
            return SetAside((), FAULT, f"{type(fault).__name__}: {fault}"[:200])

    def find(self, reading: Reading) -> OpenPassage | None:
        """The passage under way that the reading would join, or None. Changes nothing."""
        self._at = reading.event_time
        outcome = match(self._index, reading)
        return self._ids.get(outcome.candidate.id) if isinstance(outcome, Match) else None

    def place(self, placed: PlacedEvent) -> OpenPassage | None:
        """Put an event on its passage; None where that passage is not known here."""
        event = placed.event
        self._at = event.event_time
        passage = self.passages.get(placed.passage)
        if passage is None:
            if placed.passage != event.event_id:
                return None
            booking = self._booking_for(placed.plate, placed.country)
            passage = self._open(event, placed.plate, placed.country, booking)
        if event.corrects is None:
            self._add(passage, event)
        else:
            passage.events.append(event)
            passage.revision += 1
            _look_again(passage)
            self.know(passage)
        self.touched[passage.key] = passage
        return passage

    def _take(self, arrival: Arrival) -> Taken | SetAside:
        reading = arrival.reading
        self._at = reading.event_time
        outcome = match(self._index, reading)
        if isinstance(outcome, Unclear):
            return SetAside(outcome.candidates, outcome.reason)
        event = PassageEvent(
            reading.event_id,
            reading.point,
            reading.event_time,
            arrival.record_time,
            reading.stage,
            reading.lane,
            reading.skew_s,
        )
        if isinstance(outcome, NewPassage):
            passage = self._open(event, reading.value, reading.country or "", None)
            method = "new"
        else:
            booking = self._unused.get(outcome.candidate.id)
            passage = self._of_booking(booking, event) if booking else self._ids[outcome.candidate.id]
            method = outcome.method
        self._add(passage, event)
        self.touched[passage.key] = passage
        return Taken(passage, event, method, outcome.score)

    def _open(
        self, event: PassageEvent, plate: str, country: str, booking: ExpectedBooking | None
    ) -> OpenPassage:
        passage = OpenPassage(event.event_id, plate, country, event.event_time, event.event_time)
        if booking:
            self._use(booking, passage)
        return passage

    def _of_booking(self, booking: ExpectedBooking, event: PassageEvent) -> OpenPassage:
        """The passage of a truck named by its booking: one seen before it was booked, or a new one."""
        same_plate = (self._ids.get(found.id) for found in self._index.with_plate(booking.plate))
        unbooked = [passage for passage in same_plate if passage is not None and self._adopts(passage)]
        if not unbooked:
            return self._open(event, booking.plate, booking.country, booking)
        seen = max(unbooked, key=lambda passage: (passage.last_at, passage.key.hex))
        self._use(booking, seen)
        return seen

    def _add(self, passage: OpenPassage, event: PassageEvent) -> None:
        if passage.last_point == "exit" and not _is_same_exit(passage, event):
            passage.revision += 1
        if passage.booking is None and passage.is_outside and PHASE[event.point] <= ENTRY:
            booking = self._booking_for(passage.plate, passage.country)
            if booking:
                self._use(booking, passage)
        passage.events.append(event)
        passage.first_at = min(passage.first_at, event.event_time)
        if not passage.last_point or event.event_time >= passage.last_at:
            passage.last_at, passage.last_point = event.event_time, event.point
        self.know(passage)

    def know(self, passage: OpenPassage) -> None:
        """Look out for the truck of a passage under way, as it stands now."""
        self.passages[passage.key] = passage
        self._ids[passage.candidate_id] = passage
        self._index.add(passage.candidate())

    def _use(self, booking: ExpectedBooking, passage: OpenPassage) -> None:
        """The booking is this passage's, and looked out for no more."""
        passage.booking = booking
        candidate_id = f"booking:{booking.id}"
        self._index.remove(candidate_id)
        if self._unused.pop(candidate_id, None):
            self._by_plate[match_key(booking.plate)].remove(booking)

    def _booking_for(self, plate: str, country: str) -> ExpectedBooking | None:
        """The booking that a truck seen now without one has made meanwhile: the one with the nearest slot."""
        due = [
            booking
            for booking in self._by_plate.get(match_key(plate), ())
            if booking.is_due(self._at) and not (country and booking.country and country != booking.country)
        ]
        return min(due, key=lambda one: (abs(one.slot_start - self._at), one.id), default=None)

    def _adopts(self, passage: OpenPassage) -> bool:
        return passage.booking is None and passage.is_outside

    def _narrow(self, found: list[Candidate]) -> list[Candidate]:
        """Those that can be seen at the time of the reading at hand.

        A booking is left out beside a passage of its own truck that has none: the passage stands for it.
        """
        due = [candidate for candidate in found if self._is_due(candidate)]
        if len(due) < 2:
            return due
        stand_ins = {
            match_key(candidate.plate)
            for candidate in due
            if (passage := self._ids.get(candidate.id)) is not None and self._adopts(passage)
        }
        if not stand_ins:
            return due
        return [c for c in due if c.sort == "passage" or match_key(c.plate) not in stand_ins]

    def _is_due(self, candidate: Candidate) -> bool:
        passage = self._ids.get(candidate.id)
        if passage is None:
            return self._unused[candidate.id].is_due(self._at)
        return is_under_way(candidate.last_point, passage.first_at, passage.last_at, self._at)


def _is_same_exit(passage: OpenPassage, event: PassageEvent) -> bool:
    return event.point == "exit" and abs(event.event_time - passage.last_at) <= DUPLICATE_WINDOW


def _look_again(passage: OpenPassage) -> None:
    """Where and when the truck was seen, after a correction."""
    standing = build_timeline(passage.events).effective
    if not standing:
        passage.last_point = ""
        return
    passage.first_at = standing[0].event_time
    passage.last_at, passage.last_point = standing[-1].event_time, standing[-1].point
