"""Waits as they are now: the trucks that came through lately, and those that still wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from greenlane.gate.models import Passage
from greenlane.gate.queries import unseen_exits
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document, lanes_open
from greenlane.standard.cbp_feed import LaneWait, PortWait
from greenlane.standard.clocks import measure
from greenlane.standard.columns import ClockColumn
from greenlane.standard.current import METHOD, CurrentWait, current_wait
from greenlane.standard.open_waits import OpenWait, WaitKind
from greenlane.standard.outcomes import Clock, Measured, Missing, Reason
from greenlane.standard.timeline import PassageTimes

LATELY: Final = timedelta(hours=1)
VALID: Final = timedelta(minutes=5)
GIVEN_UP: Final = timedelta(days=2)
"""A truck of which nothing was read for so long is not taken as waiting any more."""
NOW_CLOCKS: Final = ("outside", "inside")
Key = tuple[int, str]
"""Checkpoint id, direction."""


@dataclass(frozen=True, slots=True)
class WaitNow:
    """A current wait and what a reader needs to judge it.

    Attributes:
        clock: ``outside`` or ``inside``.
        wait: seconds, how many trucks it rests on, how many wait now.
        measured_at: the last reading that went in; None when there is none.
        valid_until: after this it must not be shown as a current wait.
        method: how it was made.
    """

    clock: str
    wait: CurrentWait
    measured_at: datetime | None
    valid_until: datetime
    method: str = METHOD


def current_waits(checkpoint: Checkpoint, direction: str, at: datetime) -> dict[str, WaitNow]:
    """The waits outside and inside at one checkpoint and direction, as measured at `at`."""
    here = Q(checkpoint=checkpoint, direction=direction)
    return _waits(here, at).get((checkpoint.pk, direction)) or _nothing(at)


def all_current_waits(keys: Iterable[Key], at: datetime) -> dict[Key, dict[str, WaitNow]]:
    """The same for many checkpoints and directions, in one query."""
    found = _waits(Q(), at)
    return {key: found.get(key) or _nothing(at) for key in keys}


_FIELDS: Final = (
    "pk",
    "checkpoint_id",
    "direction",
    "last_at",
    "queue_end_at",
    "park_in_at",
    "entry_at",
    "exit_at",
    "booking__slot__starts_at",
)


def _waits(where: Q, at: datetime) -> dict[Key, dict[str, WaitNow]]:
    lately = Q(entry_at__gt=at - LATELY, entry_at__lte=at) | Q(exit_at__gt=at - LATELY, exit_at__lte=at)
    under_way = Q(phase__in=["waiting", "called", "inside", "coming"], last_at__gt=at - GIVEN_UP)
    rows = Passage.objects.filter(where & (lately | under_way)).values_list(*_FIELDS)
    outside: dict[Key, list[Clock]] = defaultdict(list)
    inside: dict[Key, list[Clock]] = defaultdict(list)
    last: dict[Key, datetime] = {}
    gone = unseen_exits(at)
    for row in rows:
        values = dict(zip(_FIELDS, row, strict=True))
        key = (values["checkpoint_id"], values["direction"])
        clocks = measure(_times(values), at=at)
        if _counts(clocks.outside, values["entry_at"], at):
            outside[key].append(clocks.outside)
        if values["pk"] not in gone and _counts(clocks.inside, values["exit_at"], at):
            inside[key].append(clocks.inside)
        last[key] = max(last.get(key, values["last_at"]), values["last_at"])
    return {
        key: {
            "outside": _now("outside", outside[key], last[key], at),
            "inside": _now("inside", inside[key], last[key], at),
        }
        for key in last
    }


def _times(values: dict[str, Any]) -> PassageTimes:
    return PassageTimes(
        slot_start=values["booking__slot__starts_at"],
        queue_end_at=values["queue_end_at"],
        park_in_at=values["park_in_at"],
        entry_at=values["entry_at"],
        exit_at=values["exit_at"],
    )


def _counts(clock: Clock, ended_at: datetime | None, at: datetime) -> bool:
    """Ended within the last hour, or running; a truck that came before its slot has not begun to wait."""
    if isinstance(clock, Measured):
        return ended_at is not None and at - LATELY < ended_at <= at
    return clock.reason is Reason.OPEN and bool(clock.at_least)


def _now(clock: str, clocks: list[Clock], last: datetime, at: datetime) -> WaitNow:
    return WaitNow(clock, current_wait(ClockColumn.of(clocks)), min(last, at), at + VALID)


def _nothing(at: datetime) -> dict[str, WaitNow]:
    nothing = current_wait(ClockColumn.of([Missing(Reason.NOT_ENTERED)]))
    return {clock: WaitNow(clock, nothing, None, at + VALID) for clock in NOW_CLOCKS}


def open_waits(checkpoint: Checkpoint, direction: str, at: datetime) -> list[OpenWait]:
    """The current waits as open data; those that nothing was measured of have no seconds."""
    return [
        OpenWait(
            checkpoint=checkpoint.code,
            direction=direction,
            clock=clock,
            kind=WaitKind.CURRENT,
            checkpoint_time=at,
            queue=now.wait.queue,
            wait_s=now.wait.wait_s,
            measured_at=now.measured_at or at,
            valid_until=now.valid_until,
            method=now.method,
            n=now.wait.n,
            uncertainty_s=now.wait.uncertainty_s,
        )
        for clock, now in current_waits(checkpoint, direction, at).items()
    ]


def cbp_ports(at: datetime) -> list[PortWait]:
    """Every checkpoint and direction as a port of the CBP feed."""
    checkpoints = Checkpoint.objects.select_related("crossing").order_by("crossing__code", "side")
    ports = [(each, way) for each in checkpoints for way in checkpoint_document(each).directions]
    waits = all_current_waits([(each.pk, way) for each, way in ports], at)
    return [_port(each, way, waits[each.pk, way]["outside"], at) for each, way in ports]


def _port(checkpoint: Checkpoint, direction: str, now: WaitNow, at: datetime) -> PortWait:
    document = checkpoint_document(checkpoint)
    way, local = document.directions[direction], document.local(at)
    first = way.stages[0]
    open_lanes = lanes_open(checkpoint, direction, at).get(first.code, [])
    wait = now.wait.wait_s if now.wait.wait_s is not None else now.wait.at_least_s
    return PortWait(
        port_number=f"{checkpoint.code}:{direction}",
        border=" - ".join(
            Checkpoint.objects.filter(crossing_id=checkpoint.crossing_id)
            .order_by("side")
            .values_list("country", flat=True)
        ),
        port_name=document.names.en,
        crossing_name=str(checkpoint.crossing.names.get("en") or checkpoint.crossing.code),
        hours=_hours(document.opening),
        at=local,
        is_open=document.is_open(at),
        maximum_lanes=len(first.lanes),
        standard=LaneWait(
            document.local(now.measured_at) if now.measured_at else None,
            None if wait is None else round(wait / 60),
            len(open_lanes),
        ),
    )


def _hours(opening: Iterable[Any]) -> str:
    shifts = list(opening)
    if sum(shift.minutes_per_week for shift in shifts) >= 7 * 24 * 60:
        return "24 hrs/day"
    return ", ".join(f"{shift.opens}-{shift.closes}" for shift in shifts)
