"""Slots by local day: no slot is lost or doubled, also when the clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from greenlane.booking.days import days_of, nearest

KYIV = "Europe/Kyiv"


@dataclass(frozen=True)
class Offer:
    starts_at: datetime
    free: int = 1


def half_hours(first: datetime, count: int) -> list[Offer]:
    return [Offer(first + timedelta(minutes=30 * n)) for n in range(count)]


def test_the_day_on_which_clocks_go_back_has_fifty_half_hours() -> None:
    midnight = datetime(2026, 10, 24, 21, tzinfo=UTC)
    first, second = days_of(half_hours(midnight, 98), KYIV, date(2026, 10, 25), 2)
    assert (len(first.slots), len(second.slots)) == (50, 48)


def test_a_day_without_slots_is_there_and_empty() -> None:
    (day,) = days_of([], KYIV, date(2026, 11, 24), 1)
    assert (day.slots, day.open_slots) == ((), 0)


def test_parts_of_the_day_hold_every_slot_once_in_local_time() -> None:
    midnight = datetime(2026, 11, 23, 22, tzinfo=UTC)
    (day,) = days_of(half_hours(midnight, 48), KYIV, date(2026, 11, 24), 1)
    assert [(part, len(slots)) for part, slots in day.parts] == [
        ("night", 12),
        ("morning", 12),
        ("afternoon", 12),
        ("evening", 12),
    ]


def test_the_nearest_on_each_side_have_a_place_and_stand_in_order() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    hours = [Offer(noon + timedelta(hours=n), free=n % 2) for n in range(-5, 6)]
    before, after = nearest(hours, noon, 2)
    assert [slot.starts_at.hour for slot in before] == [9, 11]
    assert [slot.starts_at.hour for slot in after] == [13, 15]
