"""Random checkpoints with all that the event loop knows, and the trucks that come to them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from greenlane.twin import event_loop
from greenlane.twin.arrays import Network, some_trucks, some_visits
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.failures import with_failures
from greenlane.twin.model import ALWAYS, CallUpPolicy, Failures, Kind, Lane, Model, Pool, Stage

MEAN = Distribution("fixed", 5.0)
FAILS_FOR = 600.0
FAILURES = st.sampled_from(
    [
        None,
        None,
        Failures(Distribution("exponential", 40.0), Distribution("exponential", 8.0)),
        Failures(Distribution("lognormal", 15.0, 0.5), Distribution("gamma", 2.0, 0.5)),
        Failures(Distribution("exponential", 30.0), Distribution("fixed", 0.0)),
    ]
)
Hours = tuple[tuple[float, float], ...]


class Case(NamedTuple):
    """A model, the trucks that come to it, and when its lanes fail."""

    model: Model
    trucks: np.ndarray
    visits: np.ndarray
    seed: int = 0

    @property
    def network(self) -> Network:
        """With its failures."""
        return with_failures(self.model, compile_network(self.model), FAILS_FOR, self.seed, 0)

    @property
    def outages(self) -> list[list[tuple[float, float]]]:
        """Of each lane."""
        lanes, outages = self.network.lanes, self.network.outages
        return [
            [(float(begin), float(end)) for begin, end in outages[lane["outages_from"] : lane["outages_to"]]]
            for lane in lanes
        ]


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
    call_up = draw(
        st.sampled_from([CallUpPolicy(), CallUpPolicy("limit", draw(st.integers(1, 12)))])
        # No sum of mean times is the target: whether it is reached then hangs on the order of adding.
        | st.floats(26.0, 90.0).map(lambda target: CallUpPolicy("predicted", target=target + 0.01234))
    )
    return Model(
        tuple(Stage(code, draw(rooms) if code in with_room else None, pool_of[code]) for code in pool_of),
        tuple(lanes),
        tuple(kinds),
        tuple(Pool(code, draw(_shifts())) for code in pools),
        call_up,
    )


@st.composite
def _kinds(draw: st.DrawFn, stages: list[str]) -> list[Kind]:
    """Routes that leave stages out, in one order for all, which need not be that of the stages' numbers."""
    order = draw(st.permutations(stages))
    kinds = []
    for number in range(draw(st.integers(1, 4))):
        on_route = draw(st.sets(st.sampled_from(order), min_size=1))
        route = tuple(code for code in order if code in on_route)
        ranks = st.integers(0, 2)
        rank = draw(ranks | st.tuples(*[ranks] * len(route)))
        kinds.append(Kind(f"k{number}", route, (MEAN,) * len(route), rank))
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
        Lane(
            f"l{number}",
            served,
            draw(_hours()),
            None if taken is None else tuple(sorted(taken)),
            draw(FAILURES),
        )
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
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    with_convoys = draw(st.booleans()) and all(stage.room is None for stage in model.stages)
    trucks = some_trucks(count)
    trucks["kind"] = rng.integers(0, len(model.kinds), count)
    trucks["arrival"] = np.cumsum(rng.exponential(gap, count))
    trucks["turn"] = rng.permutation(count)
    if model.call_up.rule != "none":
        trucks["called"] = rng.random(count) < 0.2
        trucks["travel"] = rng.exponential(10.0, count) * draw(st.booleans())
    if draw(st.booleans()):
        _put_inside(model, trucks, rng)
    if with_convoys:
        _form_convoys(trucks, rng)
    longest = max(len(kind.route) for kind in model.kinds)
    return Case(model, trucks, some_visits(rng.exponential(5.0, (count, longest))), seed)


def _put_inside(model: Model, trucks: np.ndarray, rng: np.random.Generator) -> None:
    """The first trucks are inside at minute 0: in a lane, or in a line if it is of any length."""
    free = set(range(len(model.lanes)))
    rooms = {stage.code: stage.room for stage in model.stages}
    for truck in trucks[: rng.integers(0, 8)]:
        kind = model.kinds[truck["kind"]]
        position = int(rng.integers(0, len(kind.route)))
        code = kind.route[position]
        takers = sorted(
            lane for lane in free if code in model.lanes[lane].stages and takes(model.lanes[lane], kind)
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


def takes(lane: Lane, kind: Kind) -> bool:
    return lane.kinds is None or kind.code in lane.kinds


def run(case: Case) -> np.ndarray:
    """Its visits, by the event loop."""
    visits = case.visits.copy()
    event_loop.run(case.network, case.trucks.copy(), visits, compile_call_up(case.model))
    return visits
