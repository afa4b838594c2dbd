"""Visits of stages, from the reads at their entrances and exits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.gate.effective import PassageEvent

DUPLICATE_WINDOW: Final = timedelta(seconds=60)
"""Reads of one point that follow each other within this time are one passing."""


@dataclass(frozen=True, slots=True)
class StageVisit:
    """One visit of one stage; a time that was not read is None. A stage visited twice has two."""

    stage: str
    lane: str | None
    in_at: datetime | None
    out_at: datetime | None

    @property
    def first_at(self) -> datetime:
        """The earlier of the times that were read."""
        return min(time for time in (self.in_at, self.out_at) if time is not None)


def passings(events: Iterable[PassageEvent]) -> list[list[PassageEvent]]:
    """Events of one point, in order of time, split where more than `DUPLICATE_WINDOW` lies between two."""
    groups: list[list[PassageEvent]] = []
    for event in events:
        if groups and event.event_time - groups[-1][-1].event_time <= DUPLICATE_WINDOW:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def stage_visits(events: Iterable[PassageEvent]) -> tuple[StageVisit, ...]:
    """The visits that the ``stage_in`` and ``stage_out`` events (in order of time) show, in order of their
    first time.

    Of repeated reads the first counts going in and the last coming out. An entrance is paired with the next
    exit of the same stage, unless another entrance comes first.
    """
    by_stage: dict[str, list[PassageEvent]] = {}
    for event in events:
        if event.point in ("stage_in", "stage_out") and event.stage:
            by_stage.setdefault(event.stage, []).append(event)
    visits = [visit for stage, reads in by_stage.items() for visit in _of_stage(stage, reads)]
    return tuple(sorted(visits, key=lambda visit: (visit.first_at, visit.stage)))


def _of_stage(stage: str, reads: list[PassageEvent]) -> list[StageVisit]:
    marks = [group[0] for group in passings(read for read in reads if read.point == "stage_in")]
    marks += [group[-1] for group in passings(read for read in reads if read.point == "stage_out")]
    # At one instant going in comes first, so that a visit of no length is one visit.
    marks.sort(key=lambda read: (read.event_time, read.point == "stage_out"))
    visits: list[StageVisit] = []
    entered: PassageEvent | None = None
    for mark in marks:
        if mark.point == "stage_in":
            if entered is not None:
                visits.append(StageVisit(stage, entered.lane or None, entered.event_time, None))
            entered = mark
        elif entered is None:
            visits.append(StageVisit(stage, mark.lane or None, None, mark.event_time))
        else:
            lane = entered.lane or mark.lane or None
            visits.append(StageVisit(stage, lane, entered.event_time, mark.event_time))
            entered = None
    if entered is not None:
        visits.append(StageVisit(stage, entered.lane or None, entered.event_time, None))
    return visits
