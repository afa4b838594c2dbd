"""The slots and quotas that the rules of a crossing's file ask for. Pure: no Django."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from greenlane.registry.crossing import Checkpoint, Park, SlotRules


@dataclass(frozen=True, slots=True)
class PlannedQuota:
    """Places over a time, for the trucks that the selectors name (empty: for all).

    ``of_one_slot``: the quota belongs to the slot that starts at ``starts_at``, also where slots overlap.
    """

    kind: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    of_one_slot: bool = False
    vehicle_class: str = ""
    share: str = ""
    park: str = ""


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """Slots (start, end) and quotas of one local day."""

    slots: tuple[tuple[datetime, datetime], ...]
    quotas: tuple[PlannedQuota, ...]


def plan_day(checkpoint: Checkpoint, direction: str, day: date) -> PlannedDay:
    """What must exist so that trucks can book the local date ``day``; times in UTC."""
    rules = checkpoint.directions[direction].slots
    length = timedelta(minutes=rules.slot_minutes)
    starts = [start.astimezone(UTC) for start in checkpoint.slot_starts(direction, day)]
    slots = tuple((start, start + length) for start in starts)
    quotas = [quota for start, end in slots for quota in _slot_quotas(rules, start, end)]
    for hour in sorted({_local_hour(start, checkpoint.zone) for start in starts}):
        quotas += _hour_quotas(rules, checkpoint.parks_for(direction), hour)
    if starts and rules.day_capacity is not None:
        first, after = _local_day(day, checkpoint.zone)
        quotas.append(PlannedQuota("day", first, after, rules.day_capacity))
    return PlannedDay(slots, tuple(quotas))


class ShareRules(Protocol):
    """What is needed of rules to share out the places of a slot."""

    @property
    def slot_capacity(self) -> int: ...
    @property
    def live_share(self) -> float: ...
    @property
    def priority_share(self) -> float: ...


def share_places(rules: ShareRules) -> dict[str, int]:
    """Places of a slot by share. The live and priority shares are kept whole; ordinary bookings get the
    rest.
    """
    live = _part(rules.slot_capacity, rules.live_share)
    priority = min(_part(rules.slot_capacity, rules.priority_share), rules.slot_capacity - live)
    return {"booked": rules.slot_capacity - live - priority, "live": live, "priority": priority}


def priority_places(bookings: int, priority_share: float, live_share: float) -> int:
    """Of so many places for bookings, the live queue's not among them, those for trucks with priority."""
    return min(_part(bookings, priority_share / (1.0 - live_share)), bookings) if live_share < 1.0 else 0


def _part(places: int, share: float) -> int:
    # Rounded first: 0.07 * 100 is a little above 7 in binary, and would become 8.
    return math.ceil(round(places * share, 6))


def _slot_quotas(rules: SlotRules, start: datetime, end: datetime) -> Iterator[PlannedQuota]:
    yield PlannedQuota("slot", start, end, rules.slot_capacity, of_one_slot=True)
    for share, places in share_places(rules).items():
        yield PlannedQuota("share", start, end, places, of_one_slot=True, share=share)


def _hour_quotas(rules: SlotRules, parks: tuple[Park, ...], hour: datetime) -> Iterator[PlannedQuota]:
    after = hour + timedelta(hours=1)
    if rules.hour_capacity is not None:
        yield PlannedQuota("hour", hour, after, rules.hour_capacity)
    if rules.neighbour_per_hour is not None:
        yield PlannedQuota("neighbour", hour, after, rules.neighbour_per_hour)
    for vehicle_class, places in rules.class_per_hour.items():
        yield PlannedQuota("class", hour, after, places, vehicle_class=vehicle_class)
    for park in parks:
        yield PlannedQuota("park", hour, after, park.places, park=park.code)


def _local_hour(at: datetime, zone: str) -> datetime:
    local = at.astimezone(ZoneInfo(zone))
    return at - timedelta(minutes=local.minute, seconds=local.second)


def _local_day(day: date, zone: str) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    return midnight.astimezone(UTC), datetime.combine(
        day + timedelta(days=1), time.min, ZoneInfo(zone)
    ).astimezone(UTC)
