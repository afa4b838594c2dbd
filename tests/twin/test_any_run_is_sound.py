"""What a user may rely on in any run of the event loop, whatever the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_checkpoints import Case, cases, run, takes

from greenlane.twin import event_loop
from greenlane.twin.arrays import NOBODY
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.model import CallUpPolicy


@pytest.mark.slow
@settings(max_examples=50)
@given(cases())
def test_any_run_is_sound(case: Case) -> None:
    """Each of the promises below."""
    visits = run(case)
    _nobody_is_lost(case, visits)
    _one_truck_a_lane(case, visits)
    _closed_lanes_take_nobody(case, visits)
    _first_come_first_served(case, visits)
    _officers_suffice(case, visits)
    _littles_law(case, visits)


def _nobody_is_lost(case: Case, visits: np.ndarray) -> None:
    """Each truck is served once at each stage of its way, one after the other, and comes out."""
    for truck, way in zip(case.trucks, visits, strict=True):
        kind = case.model.kinds[truck["kind"]]
        first, last = truck["position"], len(kind.route)
        seen, not_seen = way[first:last], np.concatenate((way[:first], way[last:]))
        for name in ("enter", "start", "end"):
            assert np.isfinite(seen[name]).all()
            assert np.isnan(not_seen[name]).all()
        for code, lane in zip(kind.route[first:], seen["lane"], strict=True):
            assert code in case.model.lanes[lane].stages
            assert takes(case.model.lanes[lane], kind)
        assert (not_seen["lane"] == NOBODY).all()
        assert seen["enter"][0] >= truck["arrival"]
        assert (seen["start"] >= seen["enter"]).all()
        down = [_down_between(case.outages[visit["lane"]], visit["start"], visit["end"]) for visit in seen]
        np.testing.assert_allclose(seen["end"], seen["start"] + seen["service"] + down, rtol=0.0, atol=1e-9)
        assert (seen["enter"][1:] >= seen["end"][:-1]).all()


def _down_between(outages: list[tuple[float, float]], start: float, end: float) -> float:
    """Minutes of that time in which a lane was down."""
    return sum(max(0.0, min(up, end) - max(down, start)) for down, up in outages)


def _one_truck_a_lane(case: Case, visits: np.ndarray) -> None:
    """No lane serves two trucks at once; a truck that is blocked holds its lane."""
    left = visits["end"].copy()
    alone = case.trucks["convoy"] < 0
    goes_on = np.isfinite(visits["enter"][:, 1:]) & np.isfinite(left[:, :-1]) & alone[:, None]
    left[:, :-1][goes_on] = visits["enter"][:, 1:][goes_on]
    for lane in range(len(case.model.lanes)):
        here = visits["lane"] == lane
        order = np.argsort(visits["start"][here])
        assert (visits["start"][here][order][1:] >= left[here][order][:-1]).all()


def _closed_lanes_take_nobody(case: Case, visits: np.ndarray) -> None:
    for truck, way in zip(case.trucks, visits, strict=True):
        for position, visit in enumerate(way):
            is_first = truck["lane"] >= 0 and position == truck["position"]
            if visit["lane"] >= 0 and not is_first:
                hours = case.model.lanes[visit["lane"]].hours
                assert any(opens <= visit["start"] < closes for opens, closes in hours)
                assert not any(down <= visit["start"] < up for down, up in case.outages[visit["lane"]])


def _first_come_first_served(case: Case, visits: np.ndarray) -> None:
    """Among trucks of one rank that may use the same lanes of a stage."""
    queues: dict[tuple[str, int, tuple[bool, ...]], list[tuple[float, float]]] = {}
    for truck, way in zip(case.trucks, visits, strict=True):
        kind = case.model.kinds[truck["kind"]]
        for code, visit in zip(kind.route, way, strict=False):
            takers = tuple(code in lane.stages and takes(lane, kind) for lane in case.model.lanes)
            if visit["lane"] >= 0:
                queues.setdefault((code, kind.rank_at(code), takers), []).append(
                    (visit["enter"], visit["start"])
                )
    for times in queues.values():
        starts = [start for _, start in sorted(times)]
        assert starts == sorted(starts)


def _officers_suffice(case: Case, visits: np.ndarray) -> None:
    """Whenever a truck begins where officers are shared, there is one for it."""
    pools = {stage.code: stage.pool for stage in case.model.stages}
    for pool in case.model.pools:
        working = [pools[lane.stages[0]] == pool.code for lane in case.model.lanes]
        here = (visits["lane"] >= 0) & np.array([*working, False])[visits["lane"]]
        starts, ends = visits["start"][here], visits["end"][here]
        for now in starts[starts > 0.0]:
            # What happened at the moment of a change may have happened before it.
            officers = max(
                [count for time, count in pool.officers if time <= now][-1],
                [count for time, count in pool.officers if time < now][-1],
            )
            assert np.count_nonzero((starts <= now) & (now < ends)) <= officers


def _littles_law(case: Case, visits: np.ndarray) -> None:
    """At each stage those there, counted from moment to moment, make up the minutes spent there; never are
    there fewer than none, and at last nobody."""
    for stage in case.model.stages:
        at = [
            (truck, position)
            for truck, row in enumerate(case.trucks)
            for position, code in enumerate(case.model.kinds[row["kind"]].route)
            if code == stage.code and position >= row["position"]
        ]
        came = np.array([visits["enter"][place] for place in at])
        gone = np.array([visits["end"][place] for place in at])
        times = np.concatenate((came, gone))
        order = np.lexsort((np.repeat((0, 1), len(at)), times))
        there = np.cumsum(np.repeat((1, -1), len(at))[order])
        assert (there >= 0).all()
        assert there.size == 0 or there[-1] == 0
        assert (there[:-1] * np.diff(times[order])).sum() == pytest.approx((gone - came).sum(), abs=1e-6)


@settings(max_examples=30)
@given(cases(), st.integers(1, 8))
def test_no_more_are_called_and_inside_than_the_limit(case: Case, limit: int) -> None:
    """Where nobody is called or inside at the start, and none goes in company."""
    model = replace(case.model, call_up=CallUpPolicy("limit", limit))
    trucks = case.trucks.copy()
    trucks["called"], trucks["position"], trucks["lane"], trucks["convoy"] = False, 0, NOBODY, NOBODY
    visits = case.visits.copy()
    event_loop.run(compile_network(model), trucks, visits, compile_call_up(model))
    out = np.nanmax(visits["end"], axis=1)
    assert (trucks["release"] >= trucks["arrival"]).all()
    for now in trucks["release"]:
        assert np.count_nonzero(trucks["release"] <= now) - np.count_nonzero(out <= now) <= limit
