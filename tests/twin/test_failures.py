"""Lanes that fail: what becomes of the truck in them, and that their luck is their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import Network, Records, some_trucks, some_visits
from greenlane.twin.compiling import compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.failures import with_failures
from greenlane.twin.model import ALWAYS, Failures, Kind, Lane, Model, ModelError, Stage

MINUTE = Distribution("exponential", 1.0)
EVERY_TEN = Failures(Distribution("fixed", 10.0), Distribution("fixed", 5.0))
"""Down from 10 to 15, 25 to 30, 40 to 45 ..."""


def model_of(*lanes: Lane) -> Model:
    return Model((Stage("booth"),), lanes, (Kind("truck", ("booth",), (MINUTE,)),))


def lane(
    failures: Failures | None, hours: tuple[tuple[float, float], ...] = ALWAYS, code: str = "L1"
) -> Lane:
    return Lane(code, ("booth",), hours, failures=failures)


def times(model: Model, arrivals: list[float], minutes: list[float]) -> list[tuple[float, float]]:
    """Start and end of each truck's service, by both kernels."""
    network = with_failures(model, compile_network(model), 100.0, 1, 0)
    trucks = some_trucks(len(arrivals))
    trucks["arrival"] = arrivals
    by_events, by_stages = (some_visits(np.array(minutes)[:, None]) for _ in range(2))
    event_loop.run(network, trucks.copy(), by_events)
    stage_recursion.run(network, model.order(), trucks, by_stages)
    for field in ("start", "end", "lane"):
        np.testing.assert_array_equal(by_events[field], by_stages[field])
    return [(float(visit["start"]), float(visit["end"])) for visit in by_events[:, 0]]


@pytest.mark.parametrize(
    ("hours", "arrives", "minutes", "start", "end"),
    [
        (ALWAYS, 2.0, 3.0, 2.0, 5.0),  # done before it fails
        (ALWAYS, 8.0, 2.0, 8.0, 10.0),  # done as it fails
        (ALWAYS, 8.0, 4.0, 8.0, 17.0),  # waits in the lane; the work done is not lost
        (ALWAYS, 8.0, 16.0, 8.0, 34.0),  # through two failures
        (ALWAYS, 12.0, 1.0, 15.0, 16.0),  # comes while it is down
        (((0.0, 12.0), (50.0, 90.0)), 8.0, 4.0, 8.0, 17.0),  # it closes meanwhile: finished all the same
        (((0.0, 12.0), (50.0, 90.0)), 11.0, 1.0, 50.0, 51.0),  # repaired, but closed by then
        (((0.0, 5.0), (12.0, 90.0)), 6.0, 1.0, 15.0, 16.0),  # failed while closed: opens late
        (((0.0, 5.0), (16.0, 90.0)), 6.0, 1.0, 16.0, 17.0),  # failed and repaired while closed
        (((0.0, 5.0), (27.0, 29.0), (60.0, 90.0)), 6.0, 1.0, 60.0, 61.0),  # down all the time it was to open
    ],
)
def test_a_truck_in_a_lane_that_fails(
    hours: tuple[tuple[float, float], ...], arrives: float, minutes: float, start: float, end: float
) -> None:
    assert times(model_of(lane(EVERY_TEN, hours)), [arrives], [minutes]) == [(start, end)]


def test_who_waits_goes_to_a_lane_that_works() -> None:
    model = model_of(lane(EVERY_TEN), lane(None, code="L2"))
    assert times(model, [9.0, 9.5, 9.6], [2.0, 4.0, 1.0]) == [(9.0, 16.0), (9.5, 13.5), (13.5, 14.5)]


def test_repairs_that_take_no_time_change_nothing() -> None:
    failures = Failures(Distribution("exponential", 4.0), Distribution("fixed", 0.0))
    dice = np.random.default_rng(5)
    arrivals, minutes = np.cumsum(dice.exponential(1.5, 60)).tolist(), dice.exponential(1.0, 60).tolist()
    assert times(model_of(lane(failures)), arrivals, minutes) == times(
        model_of(lane(None)), arrivals, minutes
    )


def test_where_no_lane_fails_the_network_is_the_same() -> None:
    model = model_of(lane(None))
    network = compile_network(model)
    assert with_failures(model, network, 1e6, 1, 0) is network


def outages(network: Network, number: int) -> Records:
    here = network.lanes[number]
    return network.outages[here["outages_from"] : here["outages_to"]]


FAILS = Failures(Distribution("exponential", 30.0), Distribution("gamma", 6.0, 0.5))


def test_a_lane_has_the_same_luck_in_every_scenario() -> None:
    """Also beside other lanes; another lane, replication or seed has its own."""
    alone = model_of(lane(FAILS))
    among = model_of(lane(FAILS, code="L0"), lane(FAILS))
    first = outages(with_failures(alone, compile_network(alone), 1e4, 1, 0), 0)
    network = with_failures(among, compile_network(among), 1e4, 1, 0)
    np.testing.assert_array_equal(outages(network, 1), first)
    assert outages(network, 0)["begin"][0] != first["begin"][0]
    for seed, replication in ((2, 0), (1, 1)):
        other = with_failures(alone, compile_network(alone), 1e4, seed, replication)
        assert outages(other, 0)["begin"][0] != first["begin"][0]


def test_it_is_down_for_the_share_that_was_asked_for() -> None:
    model = model_of(lane(FAILS))
    found = outages(with_failures(model, compile_network(model), 1e6, 1, 0), 0)
    assert (found["end"] - found["begin"]).sum() / 1e6 == pytest.approx(6.0 / 36.0, rel=0.03)
    up = found["begin"][1:] - found["end"][:-1]
    assert up.mean() == pytest.approx(30.0, rel=0.03)
    assert (up >= 0.0).all()
    assert found["begin"][-1] < 1e6


@pytest.mark.parametrize(
    ("failures", "field"),
    [
        (replace(FAILS, between=Distribution("fixed", 0.0)), "lanes.L1.failures.between"),
        (replace(FAILS, between=Distribution("empirical", 1.0, values=(0.0,))), "lanes.L1.failures.between"),
        (replace(FAILS, repair=Distribution("fixed", -1.0)), "lanes.L1.failures.repair"),
    ],
)
def test_failures_without_sense_are_refused(failures: Failures, field: str) -> None:
    with pytest.raises(ModelError) as refusal:
        model_of(lane(failures))
    assert refusal.value.field == field
