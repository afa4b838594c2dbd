"""The event loop against two other simulators, truck by truck, and what must hold of any run."""

from __future__ import annotations

import math
from typing import NamedTuple

import ciw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy_checkpoint import simulate

from greenlane.twin import event_loop
from greenlane.twin.arrays import NOBODY, some_trucks, some_visits
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import ALWAYS, CallUpPolicy, Kind, Lane, Model, Pool, Stage

MEAN = Distribution("fixed", 5.0)
Hours = tuple[tuple[float, float], ...]


class Case(NamedTuple):
    """A model and the trucks that come to it."""

    model: Model
    trucks: np.ndarray
    visits: np.ndarray


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Small checkpoints with all that the event loop knows, in which everybody comes out at last."""
    pools = [f"p{number}" for number in range(draw(st.integers(0, 2)))]
    pool_of = {
        f"s{number}": draw(st.sampled_from([None, *pools])) for number in range(draw(st.integers(1, 5)))
    }
    kinds = draw(_kinds(list(pool_of)))
    lanes = draw(_lanes(kinds, pool_of))
    with_room = set(pool_of) - {kind.route[0] for kind in kinds}
    with_room -= {code for lane in lanes if len(lane.stages) > 1 for code in lane.stages}
    rooms = st.sampled_from([None, 0, 0, 1, 2, 3])
    limit = draw(st.one_of(st.none(), st.integers(1, 12)))
    return Model(
        tuple(Stage(code, draw(rooms) if code in with_room else None, pool_of[code]) for code in pool_of),
        tuple(lanes),
        tuple(kinds),
        tuple(Pool(code, draw(_shifts())) for code in pools),
        CallUpPolicy() if limit is None else CallUpPolicy("limit", limit),
    )


@st.composite
def _kinds(draw: st.DrawFn, stages: list[str]) -> list[Kind]:
    """Routes that leave stages out, in one order for all, which need not be that of the stages' numbers."""
    order = draw(st.permutations(stages))
    kinds = []
    for number in range(draw(st.integers(1, 4))):
        on_route = draw(st.sets(st.sampled_from(order), min_size=1))
        route = tuple(code for code in order if code in on_route)
        kinds.append(Kind(f"k{number}", route, (MEAN,) * len(route), draw(st.integers(0, 2))))
    return kinds


@st.composite
def _lanes(draw: st.DrawFn, kinds: list[Kind], pool_of: dict[str, str | None]) -> list[Lane]:
    """One to four lanes a stage, some for several stages that share their officers, some for a few kinds."""
    stages: list[tuple[str, ...]] = [(code,) for code in pool_of for _ in range(draw(st.integers(1, 3)))]
    companions = [
        group
        for pool in sorted(set(pool_of.values()), key=str)
        if len(group := [code for code in pool_of if pool_of[code] == pool]) > 1
    ]
    if companions and draw(st.booleans()):
        shared = draw(st.sampled_from(companions))
        stages.append(tuple(draw(st.permutations(shared))[: draw(st.integers(2, len(shared)))]))
    stages = draw(st.permutations(stages))
    codes = [kind.code for kind in kinds]
    takes = [draw(st.one_of(st.none(), st.sets(st.sampled_from(codes)))) for _ in stages]
    for kind in kinds:
        for code in kind.route:
            takers = [taken for served, taken in zip(stages, takes, strict=True) if code in served]
            if not any(taken is None or kind.code in taken for taken in takers):
                takers[0].add(kind.code)
    return [
        Lane(f"l{number}", served, draw(_hours()), None if taken is None else tuple(sorted(taken)))
        for number, (served, taken) in enumerate(zip(stages, takes, strict=True))
    ]


@st.composite
def _hours(draw: st.DrawFn) -> Hours:
    """Open for ever from some minute on."""
    if draw(st.booleans()):
        return ALWAYS
    edges = sorted(draw(st.sets(st.integers(0, 300), min_size=1, max_size=5)))
    opens, closes = edges[-1::-2][::-1], edges[-2::-2][::-1]
    if len(closes) == len(opens):
        opens.insert(0, -1)
    return tuple((float(a), float(b)) for a, b in zip(opens, [*closes, math.inf], strict=True))


@st.composite
def _shifts(draw: st.DrawFn) -> tuple[tuple[float, int], ...]:
    times = sorted(draw(st.sets(st.integers(1, 300), max_size=4)))
    counts = [draw(st.integers(0, 4)) for _ in times]
    return tuple(zip([0.0, *map(float, times)], [*counts, draw(st.integers(1, 4))], strict=True))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A model with trucks, some of them inside at the start; their times come from one seed."""
    model = draw(models())
    count = draw(st.integers(1, 60))
    gap = draw(st.sampled_from([0.5, 1.0, 2.0, 5.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    with_convoys = draw(st.booleans()) and all(stage.room is None for stage in model.stages)
    trucks = some_trucks(count)
    trucks["kind"] = rng.integers(0, len(model.kinds), count)
    trucks["arrival"] = np.cumsum(rng.exponential(gap, count))
    trucks["turn"] = rng.permutation(count)
    if model.call_up.rule == "limit":
        trucks["called"] = rng.random(count) < 0.2
        trucks["travel"] = rng.exponential(10.0, count) * draw(st.booleans())
    if draw(st.booleans()):
        _put_inside(model, trucks, rng)
    if with_convoys:
        _form_convoys(trucks, rng)
    longest = max(len(kind.route) for kind in model.kinds)
    return Case(model, trucks, some_visits(rng.exponential(5.0, (count, longest))))


def _put_inside(model: Model, trucks: np.ndarray, rng: np.random.Generator) -> None:
    """The first trucks are inside at minute 0: in a lane, or in a line if it is of any length."""
    free = set(range(len(model.lanes)))
    rooms = {stage.code: stage.room for stage in model.stages}
    for truck in trucks[: rng.integers(0, 8)]:
        kind = model.kinds[truck["kind"]]
        position = int(rng.integers(0, len(kind.route)))
        code = kind.route[position]
        takers = sorted(
            lane for lane in free if code in model.lanes[lane].stages and _takes(model.lanes[lane], kind)
        )
        truck["arrival"], truck["called"] = 0.0, True
        if takers and rng.random() < 0.7:
            truck["position"], truck["lane"] = position, takers[0]
            free.remove(takers[0])
        elif rooms[code] is None:
            truck["position"] = position


def _form_convoys(trucks: np.ndarray, rng: np.random.Generator) -> None:
    """Of neighbours, which come together and have turns that follow one another."""
    most = 4
    at = int(np.count_nonzero(trucks["arrival"] == 0.0))
    convoy = 0
    while at < len(trucks):
        size = int(rng.integers(1, most + 1))
        members = trucks[at : at + size]
        if len(members) > 1:
            members["convoy"], convoy = convoy, convoy + 1
            for name in ("kind", "arrival", "called", "travel"):
                members[name] = members[name][0]
            members["turn"] = members["turn"][0] + np.arange(len(members)) / 100.0
        at += size


def _takes(lane: Lane, kind: Kind) -> bool:
    return lane.kinds is None or kind.code in lane.kinds


def _run(case: Case) -> np.ndarray:
    visits = case.visits.copy()
    event_loop.run(compile_network(case.model), case.trucks.copy(), visits, compile_call_up(case.model))
    return visits


@settings(max_examples=120)
@given(cases())
def test_simpy_agrees(case: Case) -> None:
    """Each truck enters, begins and ends at the same moments in SimPy."""
    visits = _run(case)
    for name, expected in zip(
        ("enter", "start", "end"), simulate(case.model, case.trucks, case.visits), strict=True
    ):
        np.testing.assert_allclose(visits[name], expected, rtol=0.0, atol=1e-9, equal_nan=True, err_msg=name)


def test_an_officer_goes_to_the_truck_blocked_longest() -> None:
    """Two trucks are blocked before lanes of their own that share one officer; the first of them is next."""
    model = Model(
        (Stage("s0"), Stage("s1", 0, "p")),
        (
            *(Lane(code, ("s0",)) for code in ("l0", "l1", "l2")),
            *(Lane(code, ("s1",), kinds=(kind,)) for code, kind in (("l3", "a"), ("l4", "b"), ("l5", "a"))),
        ),
        (Kind("a", ("s0", "s1"), (MEAN, MEAN)), Kind("b", ("s0", "s1"), (MEAN, MEAN))),
        (Pool("p", ((0.0, 1),)),),
    )
    trucks = some_trucks(3)
    trucks["arrival"], trucks["kind"] = (0.0, 0.1, 0.2), (0, 1, 0)
    visits = _run(Case(model, trucks, some_visits(np.array([[1.0, 10.0], [2.0, 1.0], [3.0, 1.0]]))))
    np.testing.assert_allclose(visits["start"][:, 1], [1.0, 11.0, 12.0])


def test_a_convoy_is_called_up_whole_whatever_the_limit() -> None:
    """Were only one of two called, it would wait for the other inside, for ever."""
    model = Model(
        (Stage("s0"), Stage("s1")),
        (Lane("l0", ("s0",)), Lane("l1", ("s1",))),
        (Kind("k", ("s0", "s1"), (MEAN, MEAN)),),
        call_up=CallUpPolicy("limit", 1),
    )
    trucks = some_trucks(3)
    trucks["convoy"][1:] = 0
    visits = _run(Case(model, trucks, some_visits(np.ones((3, 2)))))
    np.testing.assert_allclose(visits["end"], [[1.0, 2.0], [3.0, 5.0], [4.0, 6.0]])


@settings(max_examples=60)
@given(cases())
def test_any_run_is_sound(case: Case) -> None:
    """What a user may rely on, whatever the model."""
    visits = _run(case)
    _nobody_is_lost(case, visits)
    _one_truck_a_lane(case, visits)
    _closed_lanes_take_nobody(case, visits)
    _first_come_first_served(case, visits)
    _officers_suffice(case, visits)


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
            assert _takes(case.model.lanes[lane], kind)
        assert (not_seen["lane"] == NOBODY).all()
        assert seen["enter"][0] >= truck["arrival"]
        assert (seen["start"] >= seen["enter"]).all()
        assert (seen["end"] == seen["start"] + seen["service"]).all()
        assert (seen["enter"][1:] >= seen["end"][:-1]).all()


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


def _first_come_first_served(case: Case, visits: np.ndarray) -> None:
    """Among trucks of one rank that may use the same lanes of a stage."""
    queues: dict[tuple[str, int, tuple[bool, ...]], list[tuple[float, float]]] = {}
    for truck, way in zip(case.trucks, visits, strict=True):
        kind = case.model.kinds[truck["kind"]]
        for code, visit in zip(kind.route, way, strict=False):
            takers = tuple(code in lane.stages and _takes(lane, kind) for lane in case.model.lanes)
            if visit["lane"] >= 0:
                queues.setdefault((code, kind.rank, takers), []).append((visit["enter"], visit["start"]))
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
            officers = [count for time, count in pool.officers if time <= now][-1]
            assert np.count_nonzero((starts <= now) & (now < ends)) <= officers


@pytest.mark.parametrize(
    ("lanes", "rooms"),
    [
        ((1, 1), (None,)),
        ((3, 2), (None,)),
        ((2, 2), (0,)),
        ((1, 1), (1,)),
        ((3, 2), (2,)),
        ((1, 1, 1), (None, None)),
        ((2, 3, 1), (None, None)),
        ((1, 1, 1), (0, 0)),
        ((3, 2, 2), (1, 0)),
        ((2, 3, 2), (3, None)),
        ((2, 1, 3), (None, 1)),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_ciw_agrees(lanes: tuple[int, ...], rooms: tuple[int | None, ...], seed: int) -> None:
    """Stages in a row with lanes alike; Ciw says how long each truck was served, and when they came out."""
    count, rng = 200, np.random.default_rng(seed)
    gaps, minutes = rng.exponential(2.5, count), rng.exponential(4.0, (len(lanes), count))
    records = _ciw_records(gaps, minutes, lanes, rooms)
    service = np.full((count, len(lanes)), np.nan)
    for record in records:
        service[record.id_number - 1, record.node - 1] = record.service_time
    stages = [Stage(f"s{number}", room) for number, room in enumerate((None, *rooms))]
    model = Model(
        tuple(stages),
        tuple(
            Lane(f"{stage.code}-{number}", (stage.code,))
            for stage, many in zip(stages, lanes, strict=True)
            for number in range(many)
        ),
        (Kind("k", tuple(stage.code for stage in stages), (MEAN,) * len(stages)),),
    )
    trucks = some_trucks(count)
    trucks["arrival"] = np.cumsum(gaps)
    visits = _run(Case(model, trucks, some_visits(service)))
    exits = sorted(record.exit_date for record in records if record.node == len(lanes))
    np.testing.assert_allclose(np.sort(visits["end"][:, -1]), exits, rtol=0.0, atol=1e-9)


def _ciw_records(
    gaps: np.ndarray, minutes: np.ndarray, lanes: tuple[int, ...], rooms: tuple[int | None, ...]
) -> list[ciw.data_record.DataRecord]:
    """What Ciw saw of every truck at every stage."""
    following = np.eye(len(lanes), k=1).tolist()
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps.tolist(), math.inf]), *[None] * len(rooms)],
        service_distributions=[ciw.dists.Sequential(row.tolist()) for row in minutes],
        routing=following,
        number_of_servers=list(lanes),
        queue_capacities=[math.inf, *[math.inf if room is None else room for room in rooms]],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(1e6)
    return simulation.get_all_records()
