"""Which trucks a reading can be of, by its time: bookings that are firm then, passages that are under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.gate.candidates import Candidate, CandidateIndex, Near
from greenlane.gate.order import ENTRY, PHASE
from greenlane.gate.timeline import T_MAX

EARLIEST: Final = timedelta(hours=12)
"""A truck seen this long before its slot may be the booked one; seen earlier, it is another trip of it."""
LATEST: Final = timedelta(hours=24)
"""And so long after its slot began."""
AFTER_EXIT: Final = timedelta(hours=6)
"""A truck that has left is known so long after its exit: for repeated reads, and so that its plate is not
taken for a misread of a neighbour's when it comes again."""
MOST_WAIT: Final = timedelta(days=10)
"""A truck that has not entered is looked for this long after it was last seen: queues of a week and more are
on record at land borders."""


@dataclass(frozen=True, slots=True)
class ExpectedBooking:
    """A booking whose truck may show up.

    Attributes:
        id, code: key and public code.
        plate, country, trailer_plate: of the truck and its trailer.
        slot_start: aware.
        firm_from, firm_until: it was a booking with a truck between these times; `firm_until` is None while
            it stands, and where it was used.
        vehicle_class: code.
    """

    id: int
    code: str
    plate: str
    country: str
    slot_start: datetime
    firm_from: datetime
    firm_until: datetime | None = None
    vehicle_class: str = ""
    trailer_plate: str = ""

    def is_due(self, at: datetime) -> bool:
        """Whether its truck may be seen at `at`: the booking is firm, and its slot near."""
        if at < self.firm_from or (self.firm_until is not None and at >= self.firm_until):
            return False
        return self.slot_start - EARLIEST < at <= self.slot_start + LATEST

    def candidate(self) -> Candidate:
        """As the matcher takes it, before the first reading."""
        return Candidate(
            id=f"booking:{self.id}",
            sort="booking",
            plate=self.plate,
            country=self.country or None,
            trailer_plate=self.trailer_plate or None,
            codes=(self.code,),
            expected_at=self.slot_start,
        )


def is_under_way(last_point: str | None, first_at: datetime, last_at: datetime, at: datetime) -> bool:
    """Whether a passage seen from `first_at` to `last_at` may be seen at `at`, before or after."""
    if at < first_at - T_MAX:
        return False
    if last_point is None or PHASE[last_point] < ENTRY:
        return at <= last_at + MOST_WAIT
    return at <= last_at + (AFTER_EXIT if last_point == "exit" else T_MAX)


def _names(candidate: Candidate) -> tuple[str, str | None, tuple[str, ...]]:
    return candidate.plate, candidate.trailer_plate, candidate.codes


class DueIndex(CandidateIndex):
    """Candidates, of which only those are found that `narrow` leaves for the reading at hand."""

    def __init__(self, narrow: Callable[[list[Candidate]], list[Candidate]]) -> None:
        super().__init__()
        self._narrow = narrow
        self._places: dict[str, list[tuple[dict[str, dict[str, Candidate]], str]]] = {}

    def add(self, candidate: Candidate) -> None:
        """Put in a candidate; one known by the same names is exchanged without working out its keys anew."""
        before = self._by_id.get(candidate.id)
        if before is not None and _names(before) == _names(candidate):
            self._by_id[candidate.id] = candidate
            for table, key in self._places[candidate.id]:
                table[key][candidate.id] = candidate
            return
        super().add(candidate)
        self._places[candidate.id] = list(self._keys(candidate))

    def get(self, candidate_id: str) -> Candidate | None:
        found = super().get(candidate_id)
        return found if found is not None and self._narrow([found]) else None

    def with_plate(self, value: str) -> list[Candidate]:
        found = super().with_plate(value)
        return self._narrow(found) if found else found

    def with_trailer(self, value: str) -> list[Candidate]:
        found = super().with_trailer(value)
        return self._narrow(found) if found else found

    def with_code(self, value: str) -> list[Candidate]:
        found = super().with_code(value)
        return self._narrow(found) if found else found

    def near(self, value: str) -> list[Near]:
        found = super().near(value)
        kept = {candidate.id for candidate in self._narrow([near.candidate for near in found])}
        return [near for near in found if near.candidate.id in kept]
