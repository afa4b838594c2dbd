"""Whose turn it is: slots in order, latecomers after those on time, the live queue in its share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.callup.policy import RecentCalls, ReleaseRules, Waiting, room, turns

NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
RULES = ReleaseRules(inside_limit=10, late=timedelta(minutes=30), lead=timedelta(minutes=5), live_share=0.1)


def clock(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def booked(passage: int, slot: float, arrived: float = -60, travel: float = 0) -> Waiting:
    """A truck whose slot begins `slot` minutes after nine and lasts 30 minutes."""
    return Waiting(passage, clock(arrived), passage, clock(slot), clock(slot + 30), timedelta(minutes=travel))


def live(passage: int, arrived: float) -> Waiting:
    return Waiting(passage, clock(arrived))


def order(*trucks: Waiting, at: float = 0, recent: RecentCalls = RecentCalls()) -> list[int]:
    return [truck.passage for truck in turns(trucks, RULES, clock(at), recent)]


def test_slots_go_in_order_then_arrivals() -> None:
    assert order(booked(1, 0, -10), booked(2, -30, -5), booked(3, 0, -20)) == [2, 3, 1]


def test_a_truck_is_called_when_it_can_be_at_the_barrier_at_its_slot() -> None:
    truck = booked(1, 30, travel=20)
    assert order(truck, at=4) == []
    assert order(truck, at=5) == [1]


def test_a_latecomer_goes_after_those_that_kept_their_time() -> None:
    late = booked(1, -120, arrived=-50)
    just_in_time = booked(2, -120, arrived=-60)
    assert order(late, just_in_time, booked(3, 0)) == [2, 3, 1]


def test_trucks_without_a_booking_go_when_no_booked_one_can() -> None:
    assert order(live(1, -5), live(2, -10), booked(3, 60)) == [2, 1]


def test_the_live_queue_gets_its_share_in_its_order() -> None:
    trucks = [booked(number, 0, arrived=-number) for number in range(1, 20)]
    called = order(*trucks, live(101, -90), live(102, -80))
    assert [place for place, passage in enumerate(called) if passage > 100] == [9, 19]
    assert [passage for passage in called if passage > 100] == [101, 102]


def test_calls_of_the_last_hour_count_for_the_share() -> None:
    trucks = (booked(1, 0), live(2, -90))
    assert order(*trucks, recent=RecentCalls(booked=9, live=0)) == [2, 1]
    assert order(*trucks, recent=RecentCalls(booked=9, live=1)) == [1, 2]


@pytest.mark.parametrize(("inside", "on_the_way", "free"), [(0, 0, 10), (6, 3, 1), (6, 4, 0), (12, 3, 0)])
def test_those_inside_and_on_the_way_share_one_limit(inside: int, on_the_way: int, free: int) -> None:
    assert room(RULES, inside, on_the_way) == free


trucks_of_a_park = st.lists(
    st.builds(
        lambda slot, arrived: (slot, arrived),
        st.one_of(st.none(), st.integers(-180, 60)),
        st.integers(-300, 0),
    ),
    max_size=30,
)


@given(trucks_of_a_park, st.floats(0, 1), st.randoms(use_true_random=False))
def test_nobody_is_called_twice_or_forgotten_whatever_the_order_of_asking(
    park: list[tuple[int | None, int]], share: float, chance: object
) -> None:
    rules = replace(RULES, live_share=share)
    trucks = [
        live(number, arrived) if slot is None else booked(number, slot, arrived)
        for number, (slot, arrived) in enumerate(park)
    ]
    called = turns(trucks, rules, clock(0))
    due = {truck.passage for truck in trucks if truck.slot_start is None or truck.slot_start <= clock(5)}
    assert sorted(truck.passage for truck in called) == sorted(due)
    shuffled = list(trucks)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert turns(shuffled, rules, clock(0)) == called
