"""Slots and quotas of a day, as a crossing's rules ask for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from greenlane.booking.plan import plan_day, share_places
from greenlane.registry.crossing import Checkpoint, Park, SlotRules
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.hours import Shift

FILE = Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml"
EVERY_DAY = (Shift(tuple(range(7)), 0, 1440),)
RULES = SlotRules(
    horizon_days=14,
    slot_minutes=30,
    step_minutes=30,
    hold_minutes=5,
    early_minutes=180,
    late_minutes=30,
    void_minutes=120,
    move_cutoff_minutes=180,
    moves_per_trip=1,
    carrier_share=0.1,
    priority_share=0.05,
    live_share=0.1,
    slot_capacity=20,
    hour_capacity=None,
    day_capacity=None,
    neighbour_per_hour=None,
    no_show_limit=2,
    no_show_window_days=90,
    no_show_block_days=14,
    grace_behind_minutes=30,
    inside_limit=40,
    release_lead_minutes=0,
)


def warsaw(**rules: Any) -> Checkpoint:
    """The Polish side, open all day, with these slot rules outbound and one park of 80 places."""
    crossing = read_crossing(FILE)
    checkpoint = next(side for side in crossing.checkpoints if side.zone == "Europe/Warsaw")
    outbound = replace(checkpoint.directions["outbound"], slots=replace(RULES, **rules))
    park = Park(code="north", names={"en": "North"}, places=80, travel_minutes=10)
    return replace(
        checkpoint,
        opening=EVERY_DAY,
        directions={**checkpoint.directions, "outbound": outbound},
        parks=(park,),
    )


def test_an_ordinary_day_is_filled_with_slots_from_midnight_to_midnight() -> None:
    day = plan_day(warsaw(), "outbound", date(2026, 5, 4))
    assert len(day.slots) == 48
    assert day.slots[0] == (datetime(2026, 5, 3, 22, tzinfo=UTC), datetime(2026, 5, 3, 22, 30, tzinfo=UTC))
    assert all(end == start for (_, end), (start, _) in pairwise(day.slots))
    assert day.slots[-1][1] == datetime(2026, 5, 4, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)]
)
def test_the_days_on_which_clocks_change_lose_and_double_no_slot(day: date, hours: int) -> None:
    planned = plan_day(warsaw(hour_capacity=40, day_capacity=900), "outbound", day)
    assert len(planned.slots) == len(set(planned.slots)) == 2 * hours
    assert planned.slots[-1][1] - planned.slots[0][0] == timedelta(hours=hours)
    by_kind = Counter(quota.kind for quota in planned.quotas)
    assert by_kind["hour"] == by_kind["park"] == hours
    (whole_day,) = [quota for quota in planned.quotas if quota.kind == "day"]
    assert (whole_day.starts_at, whole_day.ends_at) == (planned.slots[0][0], planned.slots[-1][1])


def test_each_hour_quota_covers_the_slots_that_start_in_it() -> None:
    planned = plan_day(warsaw(hour_capacity=40), "outbound", date(2026, 10, 25))
    hours = [quota for quota in planned.quotas if quota.kind == "hour"]
    for start, _ in planned.slots:
        assert sum(hour.starts_at <= start < hour.ends_at for hour in hours) == 1


def test_quotas_are_exactly_those_that_the_rules_name() -> None:
    rules = {"class_per_hour": {"livestock": 2, "dangerous": 1}, "neighbour_per_hour": 30}
    planned = plan_day(warsaw(**rules), "outbound", date(2026, 5, 4))
    by_kind = Counter(quota.kind for quota in planned.quotas)
    assert by_kind == {"slot": 48, "share": 3 * 48, "neighbour": 24, "class": 2 * 24, "park": 24}
    first = [quota for quota in planned.quotas if quota.starts_at == planned.slots[0][0]]
    assert {
        (quota.kind, quota.vehicle_class or quota.share or quota.park, quota.capacity) for quota in first
    } == {
        ("slot", "", 20),
        ("share", "booked", 17),
        ("share", "live", 2),
        ("share", "priority", 1),
        ("neighbour", "", 30),
        ("class", "livestock", 2),
        ("class", "dangerous", 1),
        ("park", "north", 80),
    }
    assert all(quota.of_one_slot == (quota.kind in ("slot", "share")) for quota in planned.quotas)


def test_overlapping_slots_each_have_their_own_places() -> None:
    planned = plan_day(warsaw(slot_minutes=60, step_minutes=20), "outbound", date(2026, 5, 4))
    starts = [start for start, _ in planned.slots]
    assert {after - before for before, after in pairwise(starts)} == {timedelta(minutes=20)}
    assert all(end - start == timedelta(hours=1) for start, end in planned.slots)
    own = [quota for quota in planned.quotas if quota.kind == "slot"]
    assert [(quota.starts_at, quota.ends_at) for quota in own] == list(planned.slots)


def test_a_checkpoint_that_is_shut_has_no_slots_and_no_quotas() -> None:
    shut_on_monday = replace(warsaw(day_capacity=500), opening=(Shift((1, 2), 0, 1440),))
    planned = plan_day(shut_on_monday, "outbound", date(2026, 5, 4))
    assert planned.slots == planned.quotas == ()


@pytest.mark.parametrize(
    ("capacity", "live", "priority", "booked"),
    [(20, 0.1, 0.05, 17), (10, 0.1, 0.05, 8), (100, 0.07, 0.0, 93), (100, 0.55, 0.0, 45), (7, 0.5, 0.5, 3)],
)
def test_shares_are_whole_places_and_ordinary_bookings_get_the_rest(
    capacity: int, live: float, priority: float, booked: int
) -> None:
    shares = share_places(replace(RULES, slot_capacity=capacity, live_share=live, priority_share=priority))
    assert sum(shares.values()) == capacity
    assert shares["booked"] == booked or (live, priority) == (0.5, 0.5)
    assert min(shares.values()) >= 0


def test_every_share_of_every_capacity_adds_up() -> None:
    for capacity in range(1, 60):
        for hundredths in range(0, 51):
            shares = share_places(
                replace(RULES, slot_capacity=capacity, live_share=hundredths / 100, priority_share=0.5)
            )
            assert sum(shares.values()) == capacity
            assert shares["live"] == -(-capacity * hundredths // 100)
            assert min(shares.values()) >= 0
