"""Which events of a passage stand, after corrections and declarations of error.

Events are only ever added. A correction is a new event that names the wrong one in `corrects`: with the
reason ``incorrect_data`` it takes its place, with ``did_not_occur`` it only strikes it out. A correction may
itself be corrected or struck out; then what it had replaced stands again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

DID_NOT_OCCUR: Final = "did_not_occur"
INCORRECT_DATA: Final = "incorrect_data"
"""The two reasons of an EPCIS 2.0 error declaration."""


@dataclass(frozen=True, slots=True)
class PassageEvent:
    """One event of one passage, as stored.

    Attributes:
        event_id: unique; the same event delivered twice counts once.
        point: one of `readings.POINTS`; without meaning for an event that strikes out another.
        event_time, record_time: when it happened by the device's clock, and when it arrived; aware.
        stage, lane: codes; empty or None where they do not apply.
        skew_s: device clock less true time in seconds, where known.
        corrects: the event that this one declares wrong.
        error_reason: `INCORRECT_DATA` or `DID_NOT_OCCUR` where `corrects` is given; empty is taken as the
        former.
    """

    event_id: UUID
    point: str
    event_time: datetime
    record_time: datetime
    stage: str | None = None
    lane: str | None = None
    skew_s: float | None = None
    corrects: UUID | None = None
    error_reason: str = ""

    @property
    def strikes_out(self) -> bool:
        """Whether it only says that another event did not occur, and shows nothing itself."""
        return self.corrects is not None and self.error_reason == DID_NOT_OCCUR

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Place among the events of a passage: by time, then by arrival, then by id."""
        return self.event_time, self.record_time, self.event_id.hex

    @property
    def arrival(self) -> tuple[datetime, str]:
        """Place among the declarations on one event: the last one counts."""
        return self.record_time, self.event_id.hex


def distinct(events: Iterable[PassageEvent]) -> tuple[PassageEvent, ...]:
    """Each event once, in `PassageEvent.order`; of two with one id, the one that arrived first."""
    kept: dict[UUID, PassageEvent] = {}
    for event in events:
        other = kept.get(event.event_id)
        if other is None or _first(event) < _first(other):
            kept[event.event_id] = event
    return tuple(sorted(kept.values(), key=lambda event: event.order))


def effective(events: tuple[PassageEvent, ...]) -> tuple[PassageEvent, ...]:
    """Those of the distinct events that stand and show something, in the order given.

    Events that declare each other wrong in a circle cancel nothing: such a circle is a fault, and hides no
    reading.
    """
    by_id = {event.event_id: event for event in events}
    declarations: dict[UUID, list[PassageEvent]] = {}
    for event in events:
        if event.corrects in by_id and not _in_circle(event, by_id):
            declarations.setdefault(event.corrects, []).append(event)
    standing = _standing(events, declarations)
    superseded = {
        event.event_id
        for rivals in declarations.values()
        for event in _all_but_last([rival for rival in rivals if standing[rival.event_id]])
    }
    return tuple(
        event
        for event in events
        if standing[event.event_id] and event.event_id not in superseded and not event.strikes_out
    )


def _standing(
    events: tuple[PassageEvent, ...], declarations: Mapping[UUID, list[PassageEvent]]
) -> dict[UUID, bool]:
    """An event stands unless a declaration on it stands. Declarations form trees, so this ends."""
    known: dict[UUID, bool] = {}
    for root in events:
        path = [root]
        while path:
            on_top = declarations.get(path[-1].event_id, [])
            unknown = [event for event in on_top if event.event_id not in known]
            if unknown:
                path += unknown
            else:
                known[path.pop().event_id] = not any(known[event.event_id] for event in on_top)
    return known


def _in_circle(event: PassageEvent, by_id: Mapping[UUID, PassageEvent]) -> bool:
    seen = {event.event_id}
    target = event.corrects
    while target is not None and target in by_id:
        if target == event.event_id:
            return True
        if target in seen:
            return False
        seen.add(target)
        target = by_id[target].corrects
    return False


def _all_but_last(rivals: list[PassageEvent]) -> list[PassageEvent]:
    return sorted(rivals, key=lambda event: event.arrival)[:-1]


def _first(event: PassageEvent) -> tuple[datetime, str]:
    return event.record_time, repr(event)
