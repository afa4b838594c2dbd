"""The timeline of one passage, rebuilt from its events at any time.

The result depends on the events alone, not on the order or the batches in which they came: late uploads,
duplicates and corrections give the timeline that they would have given on time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from greenlane.gate.effective import PassageEvent, distinct, effective
from greenlane.gate.visits import StageVisit, passings, stage_visits

__all__ = ["Flag", "PassageEvent", "StageVisit", "Timeline", "build_timeline", "extend"]

Flag = Literal["entry_missing", "exit_missing", "invalid_clock", "late", "repeated"]
Phase = Literal["coming", "waiting", "called", "inside", "left", "lost"]

T_MAX: Final = timedelta(hours=24)
"""A truck not seen to leave this long after its entry counts as one whose exit was missed."""
SHORTEST_INSIDE: Final = timedelta(seconds=20)
"""No truck passes two barriers in less; a shorter or negative time inside is a clock's fault."""
MOST_SKEW_S: Final = 15.0
"""Seconds of known device skew beyond which its readings are not fit for a standard of 600 s."""
LATE_AFTER: Final = timedelta(minutes=2)
"""A reading that arrives later than this after it was taken came by a later upload, not by a live link."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One truck's way through one checkpoint.

    A time that was not read is None. Of repeated reads of a point within 60 s the first counts on the way in
    and the last on the way out; where a barrier was read again after more than that, the longest stay is
    taken and ``repeated`` flagged, so that no choice of reads can shorten a clock.

    Attributes:
        called_at: the last call before the entry.
        visits: stage visits in order of their first time.
        flags: what is wrong or noteworthy:
            ``entry_missing`` seen inside or leaving, never entering;
            ``exit_missing`` not seen to leave within `T_MAX`;
            ``invalid_clock`` inside for less than `SHORTEST_INSIDE`, or read by a device more than
            `MOST_SKEW_S` wrong; ``late`` some reading came more than `LATE_AFTER` after it was taken;
            ``repeated`` a barrier was read again after more than 60 s.
        delays: seconds from event to record of each late event that stands, by event id, the longest first.
        readings: every distinct event, those that were replaced among them.
        effective: those that stand.
    """

    queue_end_at: datetime | None
    park_in_at: datetime | None
    park_out_at: datetime | None
    called_at: datetime | None
    entry_at: datetime | None
    exit_at: datetime | None
    visits: tuple[StageVisit, ...]
    flags: frozenset[Flag]
    delays: tuple[tuple[UUID, float], ...]
    readings: tuple[PassageEvent, ...]
    effective: tuple[PassageEvent, ...]

    @property
    def last(self) -> PassageEvent | None:
        """The last event that stands, or None."""
        return self.effective[-1] if self.effective else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Reads that should exist, such as ``entry``, ``customs:in``, ``customs:out``.

        A stage left open counts only when the truck was seen elsewhere afterwards.
        """
        names = ["entry"] if "entry_missing" in self.flags else []
        last_at = self.last.event_time if self.last else None
        for visit in self.visits:
            if visit.in_at is None:
                names.append(f"{visit.stage}:in")
            elif visit.out_at is None and last_at is not None and last_at > visit.in_at:
                names.append(f"{visit.stage}:out")
        return (*names, "exit") if "exit_missing" in self.flags else tuple(names)

    @property
    def phase(self) -> Phase:
        """Where the truck is, by what was read."""
        if self.exit_at is not None:
            return "left"
        if "exit_missing" in self.flags:
            return "lost"
        if self.entry_at is not None or self.visits:
            return "inside"
        if self.called_at is not None:
            return "called"
        return "waiting" if self.park_in_at is not None else "coming"


def build_timeline(events: Iterable[PassageEvent], *, at: datetime | None = None) -> Timeline:
    """The timeline of the events of one passage, given in any order, repeated or not.

    Args:
        events: all events of the passage, corrections included.
        at: the time of asking (aware), which decides whether an exit is missing or still to come; None leaves
        an open
            passage open.
    """
    readings = distinct(events)
    standing = effective(readings)
    passed = {point: passings(e for e in standing if e.point == point) for point in _BARRIERS}
    entry_at = _first(passed["entry"])
    exit_at = _last(passed["exit"])
    visits = stage_visits(standing)
    late = {e.event_id: (e.record_time - e.event_time).total_seconds() for e in standing if _is_late(e)}
    flags: set[Flag] = set()
    if entry_at is None and (visits or exit_at is not None):
        flags.add("entry_missing")
    if exit_at is None and at is not None and _is_lost(entry_at, visits, at):
        flags.add("exit_missing")
    if _has_invalid_clock(entry_at, exit_at, standing):
        flags.add("invalid_clock")
    if late:
        flags.add("late")
    if any(len(passed[point]) > 1 for point in ("entry", "exit")):
        flags.add("repeated")
    return Timeline(
        queue_end_at=_first(passed["queue_end"]),
        park_in_at=_first(passed["park_in"]),
        park_out_at=_last(passed["park_out"]),
        called_at=_call(passed["call"], entry_at),
        entry_at=entry_at,
        exit_at=exit_at,
        visits=visits,
        flags=frozenset(flags),
        delays=tuple(sorted(late.items(), key=lambda item: (-item[1], item[0].hex))),
        readings=readings,
        effective=standing,
    )


def extend(timeline: Timeline, events: Iterable[PassageEvent], *, at: datetime | None = None) -> Timeline:
    """The timeline with more events: the same as if all had come at once."""
    return build_timeline((*timeline.readings, *events), at=at)


_BARRIERS: Final = ("queue_end", "park_in", "park_out", "call", "entry", "exit")


def _first(groups: list[list[PassageEvent]]) -> datetime | None:
    return groups[0][0].event_time if groups else None


def _last(groups: list[list[PassageEvent]]) -> datetime | None:
    return groups[-1][-1].event_time if groups else None


def _call(groups: list[list[PassageEvent]], entry_at: datetime | None) -> datetime | None:
    """The call that led to the entry: a truck that was recalled has been called more than once."""
    calls = [group[0].event_time for group in groups]
    before = [call for call in calls if entry_at is None or call <= entry_at]
    return max(before or calls, default=None)


def _is_late(event: PassageEvent) -> bool:
    # A correction is recorded when an officer makes it, which says nothing of the link.
    return event.corrects is None and event.record_time - event.event_time > LATE_AFTER


def _is_lost(entry_at: datetime | None, visits: tuple[StageVisit, ...], at: datetime) -> bool:
    inside_since = entry_at or (visits[0].first_at if visits else None)
    return inside_since is not None and at - inside_since > T_MAX


def _has_invalid_clock(
    entry_at: datetime | None, exit_at: datetime | None, standing: tuple[PassageEvent, ...]
) -> bool:
    if entry_at is not None and exit_at is not None and exit_at - entry_at < SHORTEST_INSIDE:
        return True
    return any(event.skew_s is not None and abs(event.skew_s) > MOST_SKEW_S for event in standing)
