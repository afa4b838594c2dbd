"""The clocks of a passage: from two readings to seconds, or to the reason why there are none.

Pure: no Django. Definitions follow FHWA (wait, crossing), CAREC TFI1 (entry to exit, both sides) and the WCO
time release study (per activity); docs/reference/clocks.md has each with its source and worked examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.standard.outcomes import Clock, Measured, Missing, Reason
from greenlane.standard.timeline import TURNED_AWAY, PassageTimes
from greenlane.standard.touch import MAX_SKEW_S, stage_clocks

T_MAX: Final = timedelta(hours=24)
"""A truck that entered and was not seen to leave is "open" for so long; then its exit is missing."""
PARTNER_T_MAX: Final = timedelta(days=7)
"""The same for the exit on the other side, counted from the arrival on this one: longer than the 54.9 h that
a crossing has been measured to take (CAREC CPMM 2023, Tsiteli Khidi, outbound)."""
LEAST_INSIDE_S: Final = 20.0
"""No truck passes a checkpoint faster: less is a fault of clocks or matching."""

CLOCKS: Final = ("access", "early_wait", "outside", "inside", "touch", "idle", "two_sided")


@dataclass(frozen=True, slots=True)
class Clocks:
    """All clocks of one passage; ``stages`` has one for every stage that the truck was seen at."""

    access: Clock
    early_wait: Clock
    outside: Clock
    inside: Clock
    touch: Clock
    idle: Clock
    two_sided: Clock
    stages: Mapping[str, Clock]


def measure(times: PassageTimes, *, at: datetime) -> Clocks:
    """All clocks of a passage as they stand at an aware time.

    Args:
        times: the passage.
        at: now; decides only whether a clock without an end is still open, and how far it has run.
    """
    inside = _inside(times, at)
    work = stage_clocks(times, inside, at=at)
    return Clocks(
        access=_access(times),
        early_wait=_early_wait(times, at),
        outside=_outside(times, at),
        inside=inside,
        touch=work.touch,
        idle=work.idle,
        two_sided=_two_sided(times, at),
        stages=work.stages,
    )


def _between(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def _access(times: PassageTimes) -> Clock:
    if times.slot_start is None:
        return Missing(Reason.NO_SLOT)
    if times.asked_at is None:
        return Missing(Reason.NOT_ASKED)
    # A slot before the time asked for is no wait; as a negative number it would hide another truck's.
    return Measured(max(0.0, _between(times.asked_at, times.slot_start)))


def _early_wait(times: PassageTimes, at: datetime) -> Clock:
    arrival, slot = times.arrival_at, times.slot_start
    if slot is None:
        return Missing(Reason.NO_SLOT)
    if arrival is None:
        return _no_arrival(times)
    if arrival >= slot:
        return Measured(0.0)
    if times.entry_at is not None:
        if times.entry_at < arrival:
            return Missing(Reason.INVALID_CLOCK)
        return Measured(_between(arrival, min(slot, times.entry_at)))
    if times.readings_inside:
        return Missing(Reason.ENTRY_MISSING)
    if _is_turned_away(times):
        return Missing(Reason.TURNED_AWAY)
    if at < slot:
        return Missing(Reason.OPEN, max(0.0, _between(arrival, at)))
    return Measured(_between(arrival, slot))


def _outside(times: PassageTimes, at: datetime) -> Clock:
    arrival = times.arrival_at
    if arrival is None:
        return _no_arrival(times)
    start = arrival if times.slot_start is None else max(arrival, times.slot_start)
    if times.entry_at is None:
        if times.readings_inside:
            return Missing(Reason.ENTRY_MISSING)
        if _is_turned_away(times):
            return Missing(Reason.TURNED_AWAY)
        return Missing(Reason.OPEN, max(0.0, _between(start, at)))
    if times.entry_at < arrival or times.skew_s > MAX_SKEW_S:
        return Missing(Reason.INVALID_CLOCK)
    # Let in before its slot began: the truck waited early, not outside.
    return Measured(max(0.0, _between(start, times.entry_at)))


def _inside(times: PassageTimes, at: datetime) -> Clock:
    seen = times.readings_inside
    if not seen:
        return Missing(Reason.TURNED_AWAY if _is_turned_away(times) else Reason.NOT_ENTERED)
    if times.skew_s > MAX_SKEW_S:
        return Missing(Reason.INVALID_CLOCK)
    start = times.entry_at or seen[0]
    if times.exit_at is not None:
        stay = _between(start, times.exit_at)
        if times.entry_at is None:
            return Missing(Reason.ENTRY_MISSING, max(0.0, stay))
        return Measured(stay) if stay >= LEAST_INSIDE_S else Missing(Reason.INVALID_CLOCK)
    is_open = at - start <= T_MAX
    at_least = max(0.0, _between(start, at if is_open else seen[-1]))
    if times.entry_at is None:
        return Missing(Reason.ENTRY_MISSING, at_least)
    return Missing(Reason.OPEN if is_open else Reason.EXIT_MISSING, at_least)


def _two_sided(times: PassageTimes, at: datetime) -> Clock:
    arrival, end = times.arrival_at, times.partner_exit_at
    if end is None and not times.has_partner:
        return Missing(Reason.NO_PARTNER)
    if arrival is None:
        return _no_arrival(times)
    if end is not None:
        seconds = _between(arrival, end)
        on_this_side = max([arrival, *times.readings_inside])
        return Measured(seconds) if end >= on_this_side else Missing(Reason.INVALID_CLOCK)
    if _is_turned_away(times):
        return Missing(Reason.TURNED_AWAY)
    is_open = at - arrival <= PARTNER_T_MAX
    last = at if is_open else max([arrival, *times.readings_inside])
    return Missing(Reason.OPEN if is_open else Reason.EXIT_MISSING, max(0.0, _between(arrival, last)))


def _is_turned_away(times: PassageTimes) -> bool:
    return TURNED_AWAY in times.flags and not times.readings_inside


def _no_arrival(times: PassageTimes) -> Missing:
    """Not seen to arrive: a reading is owed once the truck is inside."""
    if times.readings_inside:
        return Missing(Reason.ARRIVAL_MISSING)
    return Missing(Reason.TURNED_AWAY if _is_turned_away(times) else Reason.NOT_ENTERED)
