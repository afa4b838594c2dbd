"""Touch and idle time, and each stage's own: what of the time inside was work, and where. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from greenlane.standard.outcomes import Clock, Measured, Missing, Reason
from greenlane.standard.timeline import PassageTimes, StageVisit

MAX_SKEW_S: Final = 15.0
"""A device whose clock is off by more is left out (three minutes, usual elsewhere, would drown a standard
of ten)."""

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class StageClocks:
    """Touch, idle and the clock of every stage visited."""

    touch: Clock
    idle: Clock
    stages: Mapping[str, Clock]


@dataclass(frozen=True, slots=True)
class _Stay:
    """One visit: the interval that is certain, and what is wrong with it; None where there is nothing."""

    stage: str
    interval: Interval | None
    fault: Reason | None


def union_seconds(intervals: Iterable[Interval]) -> float:
    """Seconds in the union of intervals ``(start, end)`` with ``start <= end``: overlaps count once."""
    total = 0.0
    reach: datetime | None = None
    for start, end in sorted(intervals):
        if reach is None or start > reach:
            total += (end - start).total_seconds()
            reach = end
        elif end > reach:
            total += (end - reach).total_seconds()
            reach = end
    return total


def stage_clocks(times: PassageTimes, inside: Clock, *, at: datetime) -> StageClocks:
    """Touch = union of the stage intervals, idle = inside less touch, and every stage by itself.

    Args:
        times: the passage.
        inside: its inside clock.
        at: now; a stage that the truck is in is counted up to here, as "at least".
    """
    if isinstance(inside, Missing) and inside.reason in (Reason.NOT_ENTERED, Reason.TURNED_AWAY):
        nothing = Missing(inside.reason)
        return StageClocks(nothing, nothing, {})
    is_open = isinstance(inside, Missing) and inside.reason is Reason.OPEN
    stays = [_read(visit, times, now=at if is_open else None) for visit in times.visits]
    touch = _touch(stays, inside)
    return StageClocks(touch, _idle(stays, inside, touch), _by_stage(stays))


def _read(visit: StageVisit, times: PassageTimes, *, now: datetime | None) -> _Stay:
    start, end = visit.in_at, visit.out_at
    if start is not None and end is None and now is not None and _is_last(visit, start, times.visits):
        return _Stay(visit.stage, (start, max(start, now)), Reason.OPEN)
    if start is None or end is None:
        return _Stay(visit.stage, None, Reason.STAGE_MISSING)
    if end < start or not _fits(start, end, times):
        return _Stay(visit.stage, None, Reason.INVALID_CLOCK)
    # Devices may differ by some seconds: what lies outside the barriers is cut, so that touch <= inside.
    if times.entry_at is not None:
        start, end = max(start, times.entry_at), max(end, times.entry_at)
    if times.exit_at is not None:
        start, end = min(start, times.exit_at), min(end, times.exit_at)
    return _Stay(visit.stage, (start, end), None)


def _is_last(visit: StageVisit, start: datetime, visits: Sequence[StageVisit]) -> bool:
    """No other stage saw the truck after this one did: it may still be there."""
    others = (time for other in visits if other is not visit for time in (other.in_at, other.out_at))
    return all(time <= start for time in others if time is not None)


def _fits(start: datetime, end: datetime, times: PassageTimes) -> bool:
    early = times.entry_at is not None and (times.entry_at - start).total_seconds() > MAX_SKEW_S
    late = times.exit_at is not None and (end - times.exit_at).total_seconds() > MAX_SKEW_S
    return not early and not late


def _known(stays: Iterable[_Stay]) -> float:
    return union_seconds(stay.interval for stay in stays if stay.interval is not None)


def _worst(stays: Iterable[_Stay]) -> Reason | None:
    faults = {stay.fault for stay in stays}
    for reason in (Reason.INVALID_CLOCK, Reason.STAGE_MISSING, Reason.OPEN):
        if reason in faults:
            return reason
    return None


def _by_stage(stays: Sequence[_Stay]) -> dict[str, Clock]:
    clocks: dict[str, Clock] = {}
    for stage in dict.fromkeys(stay.stage for stay in stays):
        own = [stay for stay in stays if stay.stage == stage]
        fault, known = _worst(own), _known(own)
        clocks[stage] = Measured(known) if fault is None else Missing(fault, known)
    return clocks


def _touch(stays: Sequence[_Stay], inside: Clock) -> Clock:
    known = _known(stays)
    if isinstance(inside, Missing):
        # Without both barriers the intervals still hold, except where the clocks contradict each other.
        return Missing(inside.reason, None if inside.reason is Reason.INVALID_CLOCK else known)
    fault = _worst(stays) if stays else Reason.STAGE_MISSING
    return Measured(known) if fault is None else Missing(fault, known)


def _idle(stays: Sequence[_Stay], inside: Clock, touch: Clock) -> Clock:
    if isinstance(inside, Measured) and isinstance(touch, Measured):
        return Measured(max(0.0, inside.seconds - touch.seconds))
    reason = touch.reason if isinstance(touch, Missing) else Reason.STAGE_MISSING
    read_so_far = all(stay.fault in (None, Reason.OPEN) for stay in stays)
    if isinstance(inside, Missing) and inside.reason is Reason.OPEN and read_so_far:
        return Missing(reason, max(0.0, (inside.at_least or 0.0) - _known(stays)))
    return Missing(reason)
