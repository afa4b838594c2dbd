"""Quotas: as many as the standard allows, no more; more lanes or a longer target never allow fewer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlane.planning.goal import Goal, PlanError
from greenlane.planning.quotas import (
    Apportionment,
    QuotaLimits,
    booked_of,
    largest_quotas,
    with_bookings,
)
from greenlane.planning.rehearsal import Rehearsal
from greenlane.planning.retiming import retimed
from greenlane.twin.demand import Booked, Live
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import CallUpPolicy, Kind, Lane, Model, Stage
from greenlane.twin.scenario import Scenario

IN_SLOT = Distribution("empirical", 15.0, values=tuple(float(minute) for minute in range(31)))
STARTS = tuple(30.0 * number for number in range(16))


def scene(lanes: int = 2, mean: float = 4.0, *, no_shows: float = 0.1, parks: bool = False) -> Scenario:
    """Eight hours of half-hour slots at one stage, with a few live trucks."""
    policy = CallUpPolicy("limit", lanes + 1, travel=Distribution("fixed", 1.0)) if parks else CallUpPolicy()
    model = Model(
        (Stage("customs"),),
        tuple(Lane(f"C{number}", ("customs",)) for number in range(lanes)),
        (Kind("green/laden", ("customs",), (Distribution("gamma", mean, 0.5),)),),
        call_up=policy,
    )
    demand = (Live((0.0, 480.0), (2.0,)), Booked(STARTS, (0,) * 16, IN_SLOT, no_shows))
    return Scenario(model, demand, 480.0)


EVEN = {"even": (1.0,) * 16}


def total(scenario: Scenario, goal: Goal = Goal(), limits: QuotaLimits = QuotaLimits(slot=60)) -> int:
    return sum(largest_quotas(scenario, goal, EVEN, limits, replications=6).bookings)


@pytest.mark.slow
def test_the_standard_holds_with_the_quotas_and_not_with_many_more() -> None:
    scenario = scene()
    quotas = largest_quotas(scenario, Goal(), EVEN, QuotaLimits(slot=60), replications=20)
    assert quotas.holds
    assert quotas.bound_by == "standard"
    other = with_bookings(scenario, quotas.bookings)
    assert Rehearsal(other, Goal(), 60, seed=77).kept(other.model).share >= 0.945
    more = with_bookings(scenario, [round(number * 1.15) for number in quotas.bookings])
    assert Rehearsal(more, Goal(), 60, seed=77).kept(more.model).share < 0.95
    assert max(quotas.bookings) - min(quotas.bookings) <= 1


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(lanes=st.integers(1, 3), mean=st.sampled_from((3.0, 5.0)), target=st.sampled_from((6.0, 10.0)))
def test_more_lanes_and_a_longer_target_allow_no_fewer(lanes: int, mean: float, target: float) -> None:
    goal = Goal(target=target, quantile=0.9)
    here = total(scene(lanes, mean), goal)
    assert total(scene(lanes + 1, mean), goal) >= here
    assert total(scene(lanes, mean), replace(goal, target=target + 3.0)) >= here


@pytest.mark.slow
def test_no_shows_are_booked_over_as_far_as_the_park_has_places() -> None:
    few, many = total(scene(no_shows=0.0)), total(scene(no_shows=0.3))
    assert many * 0.7 == pytest.approx(few, rel=0.08)
    roomy = largest_quotas(scene(parks=True), Goal(), EVEN, QuotaLimits(60, places=200), replications=10)
    tight = largest_quotas(scene(parks=True), Goal(), EVEN, QuotaLimits(60, places=1), replications=10)
    assert sum(tight.bookings) < sum(roomy.bookings)
    assert tight.bound_by == "park"
    assert tight.overflow <= 0.05
    assert roomy.overflow == 0.0


def test_the_neighbours_acceptance_bounds_every_hour() -> None:
    limits = QuotaLimits(slot=60, per_hour=12.0)
    quotas = largest_quotas(scene(4), Goal(), EVEN, limits, replications=6)
    by_hour = np.add.reduceat(quotas.bookings, range(0, 16, 2))
    assert quotas.bound_by == "neighbour"
    assert (by_hour * 0.9 + 2.0 <= 12.0 + 1e-9).all()
    assert by_hour.sum() * 0.9 / 8.0 + 2.0 > 11.0


def test_slots_bound_where_the_standard_does_not() -> None:
    quotas = largest_quotas(scene(6), Goal(), EVEN, QuotaLimits(slot=3), replications=4)
    assert quotas.bookings == (3,) * 16
    assert quotas.bound_by == "slot"


def test_the_shape_that_allows_most_is_taken() -> None:
    rush = tuple(float(number < 2) for number in range(16))
    quotas = largest_quotas(scene(), Goal(), {"rush": rush, **EVEN}, QuotaLimits(slot=60), replications=6)
    assert quotas.shape == "even"


@given(
    st.lists(st.tuples(st.floats(0.0, 9.0), st.integers(0, 6)), min_size=1, max_size=12), st.integers(0, 60)
)
def test_one_booking_more_takes_none_from_any_slot(slots: list[tuple[float, int]], number: int) -> None:
    order = Apportionment(tuple(weight for weight, _ in slots), [most for _, most in slots])
    fewer, more = order.bookings(number), order.bookings(number + 1)
    assert all(one <= other for one, other in zip(fewer, more, strict=True))
    assert sum(more) == min(number + 1, order.most)
    assert all(given <= most for given, (_, most) in zip(more, slots, strict=True))


def test_shares_follow_the_shape() -> None:
    order = Apportionment((1.0, 3.0, 2.0), [100] * 3)
    assert order.bookings(60) == [10, 30, 20]


def test_without_slots_there_is_nothing_to_fill() -> None:
    scenario = replace(scene(), demand=(Live((0.0, 480.0), (2.0,)),))
    with pytest.raises(PlanError, match="slots"):
        booked_of(scenario)


@given(
    st.lists(st.integers(0, 7), max_size=30).map(sorted),
    st.lists(st.integers(0, 5), min_size=8, max_size=8),
)
def test_new_times_keep_the_order_and_are_the_soonest(slots: list[int], room: list[int]) -> None:
    found = retimed(list(enumerate(slots)), room)
    placed = [each for each in found if each.slot is not None]
    assert [each.booking for each in found] == list(range(len(slots)))
    assert all(each.slot >= each.was for each in placed if each.slot is not None)
    order = [each.slot for each in placed]
    assert order == sorted(order, key=lambda slot: slot or 0)
    assert found[: len(placed)] == placed, "whoever finds no room is last"
    used = np.bincount([each.slot for each in placed if each.slot is not None], minlength=8)
    assert (used <= room).all()
    for before, each in zip([None, *placed], placed, strict=False):
        earliest = max(each.was, 0 if before is None or before.slot is None else before.slot)
        assert each.slot is not None
        assert all(used[slot] == room[slot] for slot in range(earliest, each.slot)), "no sooner slot had room"


def test_bookings_out_of_order_are_refused() -> None:
    with pytest.raises(PlanError, match="Booking 2"):
        retimed([(1, 3), (2, 1)], [1] * 5)
