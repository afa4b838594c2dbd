"""Slots laid out by local day, and the free ones nearest to a given one. Pure: no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

PARTS = ("night", "morning", "afternoon", "evening")


class Offered(Protocol):
    """What is needed of a slot: its start and the places left in it."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def free(self) -> int: ...


SlotT = TypeVar("SlotT", bound=Offered)


@dataclass(frozen=True, slots=True)
class Day(Generic[SlotT]):
    """A local date of the checkpoint in its zone, with its slots in order."""

    date: date
    slots: tuple[SlotT, ...]
    zone: str

    @property
    def open_slots(self) -> int:
        """How many of the slots have a place."""
        return sum(slot.free > 0 for slot in self.slots)

    @property
    def parts(self) -> list[tuple[str, list[SlotT]]]:
        """The slots by part of the day, six local hours each."""
        by_part: dict[str, list[SlotT]] = {part: [] for part in PARTS}
        for slot in self.slots:
            by_part[PARTS[slot.starts_at.astimezone(ZoneInfo(self.zone)).hour // 6]].append(slot)
        return list(by_part.items())


def days_of(slots: Sequence[SlotT], zone: str, first: date, count: int) -> list[Day[SlotT]]:
    """``count`` days from ``first`` on, each with its slots; a day without slots is there, and empty."""
    by_date: dict[date, list[SlotT]] = {first + timedelta(days=n): [] for n in range(count)}
    local_zone = ZoneInfo(zone)
    for slot in slots:
        day = slot.starts_at.astimezone(local_zone).date()
        if day in by_date:
            by_date[day].append(slot)
    return [Day(day, tuple(found), zone) for day, found in by_date.items()]


def nearest(slots: Sequence[SlotT], start: datetime, each_side: int) -> tuple[list[SlotT], list[SlotT]]:
    """The slots with a place that start nearest before and after ``start``, both in order of time."""
    free = [slot for slot in slots if slot.free > 0]
    before = [slot for slot in free if slot.starts_at < start]
    after = [slot for slot in free if slot.starts_at > start]
    return before[-each_side:], after[:each_side]
