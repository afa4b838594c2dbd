"""A run from the state of a checkpoint goes on as the run that was interrupted would have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from twin_scenes import one_stage, steady

from greenlane.twin.demand import Recorded
from greenlane.twin.distributions import Distribution
from greenlane.twin.drawing import table_of
from greenlane.twin.model import CallUpPolicy, Kind, Lane, Model, ModelError, Stage
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Simulator, simulate
from greenlane.twin.start import InsideNow, OutsideNow, Start, remaining

FIXED = Model(
    stages=(Stage("customs"), Stage("exit")),
    lanes=(Lane("C1", ("customs",)), Lane("C2", ("customs",)), Lane("E1", ("exit",))),
    kinds=(
        Kind("green/laden", ("customs", "exit"), (Distribution("fixed", 4.0), Distribution("fixed", 1.5))),
        Kind("red/laden", ("customs", "exit"), (Distribution("fixed", 11.0), Distribution("fixed", 1.5))),
    ),
)
CAME = np.cumsum(np.array([0.3, 1.1, 0.4, 2.0, 0.7, 0.2, 1.3, 0.5, 1.9, 0.6] * 4))
KINDS = tuple("red/laden" if number % 4 == 2 else "green/laden" for number in range(40))


@pytest.mark.parametrize("now", [3.05, 9.7, 17.45, 30.0])
def test_a_run_from_its_own_state_goes_on_as_it_was(now: float) -> None:
    """Times of service are fixed, so that what follows is certain."""
    whole = Simulator(Scenario(FIXED, (Recorded(tuple(CAME), KINDS),), 200.0)).run(1, 0)
    visits = whole.visits
    inside, exits = [], []
    for truck in sorted(range(40), key=lambda truck: _joined(visits[truck], now)):
        for position, stage in enumerate(("customs", "exit")):
            enter, start, end = (float(visits[truck][position][name]) for name in ("enter", "start", "end"))
            if enter <= now < end:
                lane = ("C1", "C2", "E1")[int(visits[truck][position]["lane"])] if start <= now else None
                since = now - (start if lane else enter)
                entered = now - float(visits[truck][0]["start"]) if lane or position else 0.0
                inside.append(InsideNow(KINDS[truck], stage, lane, since, entered))
                exits.append(visits[truck][1]["end"] - now)
    later = [truck for truck in range(40) if CAME[truck] > now]
    rest = Recorded(tuple(CAME[later] - now), tuple(KINDS[truck] for truck in later))
    again = Simulator(Scenario(FIXED, (rest,), 200.0, start=Start(tuple(inside)))).run(1, 0)
    exits += [visits[truck][1]["end"] - now for truck in later]
    assert again.visits["end"][:, 1] == pytest.approx(np.array(exits), abs=1e-9)


def _joined(visit: np.ndarray, now: float) -> float:
    entered = [float(enter) for enter in visit["enter"] if enter <= now]
    return max(entered, default=np.inf)


def test_what_is_left_of_a_service_is_given_how_long_it_has_lasted() -> None:
    exponential, fixed = table_of(Distribution("exponential", 3.0)), table_of(Distribution("fixed", 10.0))
    u = (np.arange(2000) + 0.5) / 2000
    left = np.array([remaining(exponential, 5.0, float(each)) for each in u])
    assert left.mean() == pytest.approx(3.0, rel=0.02), "an exponential time has no memory"
    assert remaining(fixed, 4.0, 0.3) == pytest.approx(6.0)
    assert remaining(fixed, 12.0, 0.3) == 0.0
    gamma = Distribution("gamma", 3.0, 0.5)
    dice = gamma.quantile(np.random.default_rng(1).random(400_000))
    left = np.array([remaining(table_of(gamma), 3.0, float(each)) for each in u])
    assert left.mean() == pytest.approx((dice[dice > 3.0] - 3.0).mean(), rel=0.02)


def test_lanes_are_as_they_are_now_until_their_plan_changes() -> None:
    model = one_stage(Distribution("fixed", 1.0), 2)
    planned = (
        replace(model.lanes[0], hours=((0.0, 60.0), (90.0, 120.0))),
        replace(model.lanes[1], hours=((30.0, 50.0),)),
    )
    start = Start(lanes_open={"C0": False, "C1": True})
    scenario = Scenario(replace(model, lanes=planned), (Recorded((1.0, 55.0, 95.0)),), 120.0, start=start)
    run = Simulator(scenario).run(1, 0)
    assert run.visits["lane"][:, 0].tolist() == [1, 0, 0]
    assert run.visits["start"][:, 0].tolist() == [1.0, 90.0, 95.0]


def test_those_outside_keep_their_turn_and_their_clock() -> None:
    policy = CallUpPolicy("limit", 1, travel=Distribution("fixed", 2.0))
    model = one_stage(Distribution("fixed", 3.0), call_up=policy)
    start = Start(
        outside=(
            OutsideNow("green/0", came=50.0),
            OutsideNow("green/0", came=40.0, slot=-60.0),
            OutsideNow("green/0", came=30.0, slot=-30.0, called=1.5),
        )
    )
    result = simulate(Scenario(model, (), 60.0, start=start), 1)
    run = Simulator(Scenario(model, (), 60.0, start=start)).run(1, 0)
    entered = {
        float(came): float(at) for came, at in zip(run.drawn.came, run.visits["start"][:, 0], strict=True)
    }
    assert entered == {-30.0: 0.5, -40.0: 5.5, -50.0: 10.5}
    assert sorted(result.minutes("outside")) == [30.5, 45.5, 60.5]


def test_trucks_inside_count_from_their_entry() -> None:
    start = Start(inside=(InsideNow("green/0", "customs", "C0", since=1.0, entered=2.5),))
    model = one_stage(Distribution("fixed", 3.0))
    result = simulate(Scenario(model, steady(0.0001, 60.0), 60.0, start=start), 1)
    assert result.minutes("inside").tolist() == [4.5]
    assert result.figure("outside", "trucks").value == 0.0


@pytest.mark.parametrize(
    ("start", "field"),
    [
        (Start(outside=(OutsideNow("blue", 1.0),)), "start.kind"),
        (Start(inside=(InsideNow("green/0", "xray", None, 1.0, 1.0),)), "start.stage"),
        (Start(inside=(InsideNow("green/0", "customs", "C9", 1.0, 1.0),)), "start.lane"),
        (Start(inside=(InsideNow("green/0", "customs", "C0", 1.0, 1.0),) * 2), "start.lane"),
        (Start(lanes_open={"C7": True}), "start.lanes_open"),
    ],
)
def test_a_state_that_the_model_does_not_know_is_refused_by_field(start: Start, field: str) -> None:
    model = one_stage(Distribution("fixed", 3.0))
    with pytest.raises(ModelError) as refusal:
        Scenario(model, steady(1.0, 60.0), 60.0, start=start)
    assert refusal.value.field == field
