"""The look-ahead decides as the twin does in the same state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numba import njit

from greenlane.callup.look_ahead import add_work, how_many, kind_of, kinds_of, predicted, steps_of
from greenlane.planning.queries.now import _kind
from greenlane.registry.crossing_file import read_crossing
from greenlane.twin.arrays import some_trucks, some_visits
from greenlane.twin.calling import _may_go, _predicted_clock
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.described import kind_code, model_of
from greenlane.twin.model import Model
from greenlane.twin.run_state import Run, begin

CROSSINGS = Path(__file__).parent.parent.parent / "crossings"
DESCRIBED = read_crossing(CROSSINGS / "zabaikalsk-manzhouli.yaml").checkpoint("A").directions["outbound"]
KINDS = list(kinds_of(DESCRIBED))
LANES = [(stage.code, lane.code) for stage in DESCRIBED.stages for lane in stage.lanes]
TARGET = 12.0


def twin_model() -> Model:
    """The described checkpoint, called up by the predicted clock."""
    checkpoint = read_crossing(CROSSINGS / "zabaikalsk-manzhouli.yaml").checkpoint("A")
    model = model_of(checkpoint, "outbound", date(2026, 5, 4))
    return replace(model, call_up=replace(model.call_up, rule="predicted", target=TARGET))


MODEL = twin_model()


def opened(closed: set[tuple[str, str]]) -> dict[str, list[str]]:
    """The lanes that are open, by stage."""
    lanes: dict[str, list[str]] = {}
    for stage, lane in LANES:
        lanes.setdefault(stage, [])
        if (stage, lane) not in closed:
            lanes[stage].append(lane)
    return lanes


def test_the_steps_are_those_of_the_model() -> None:
    lanes = opened(set())
    for kind in MODEL.kinds:
        channel, vehicle_class = kind.code.split("/")
        steps = steps_of(DESCRIBED, (channel, vehicle_class), lanes)
        assert tuple(step.stage for step in steps) == kind.route
        assert [step.minutes for step in steps] == pytest.approx([each.mean for each in kind.service])
    assert [kind_code(*kind) for kind in KINDS] == [kind.code for kind in MODEL.kinds]


def test_a_truck_of_an_unknown_channel_counts_as_the_twin_counts_it() -> None:
    stages = ["", *(stage.code for stage in DESCRIBED.stages)]
    for channel in ("", "green", "red", "violet"):
        for vehicle_class in ("", "laden", "perishable", "empty", "bus"):
            for stage in stages:
                ours = kind_of(DESCRIBED, channel, vehicle_class, stage)
                theirs = _kind(MODEL, channel, vehicle_class, stage)
                assert (kind_code(*ours) if ours else None) == theirs


places = st.lists(st.tuples(st.integers(0, len(KINDS) - 1), st.floats(0, 40)), max_size=40)


@pytest.mark.slow
@hypothesis_settings(max_examples=60)
@given(places, st.integers(0, len(KINDS) - 1), st.floats(0, 45), st.sets(st.sampled_from(LANES), max_size=12))
def test_the_clock_and_the_decision_are_the_twins(
    called: list[tuple[int, float]], kind: int, travel: float, closed: set[tuple[str, str]]
) -> None:
    lanes = opened(closed)
    work: dict[str, float] = {}
    for number, _ in called:
        add_work(work, steps_of(DESCRIBED, KINDS[number], lanes))
    ours = predicted(steps_of(DESCRIBED, KINDS[kind], lanes), work, travel)

    network = compile_network(MODEL)
    network.lanes["is_open"] = [tuple(lane.code.split("/")) not in closed for lane in MODEL.lanes]
    trucks = some_trucks(1)
    trucks["kind"], trucks["travel"] = kind, travel
    run = begin(network, trucks, some_visits(np.zeros((1, network.steps.shape[1]))), compile_call_up(MODEL))
    run.stages["work"] = [work.get(stage.code, 0.0) for stage in MODEL.stages]
    inside, checks, may_go = _twins_decision(run, 0)
    assert ours.inside == pytest.approx(inside)
    assert ours.inside == inf or ours.checks == pytest.approx(checks)
    assert ours.keeps(TARGET) == may_go


@njit
def _twins_decision(run: Run, truck: int) -> tuple[float, float, bool]:
    """The twin's own functions, which compiled code alone may call."""
    inside, checks = _predicted_clock(run, truck)
    return inside, checks, _may_go(run, truck)


@given(places, st.integers(0, 40))
def test_more_work_inside_never_calls_more(called: list[tuple[int, float]], most: int) -> None:
    lanes = opened(set())
    trucks = [(steps_of(DESCRIBED, KINDS[number], lanes), travel) for number, travel in called]
    work: dict[str, float] = {}
    free = how_many(trucks, work, TARGET, most)
    assert free <= most
    for steps, _ in trucks:
        add_work(work, steps)
    assert how_many(trucks, work, TARGET, most) <= free


def test_a_stage_without_an_open_lane_calls_nobody() -> None:
    stage = DESCRIBED.stages_for(*KINDS[0])[1].code
    lanes = opened({(code, lane) for code, lane in LANES if code == stage})
    clock = predicted(steps_of(DESCRIBED, KINDS[0], lanes), {}, 5.0)
    assert clock.inside == inf
    assert not clock.keeps(TARGET)


def test_who_can_only_get_worse_goes_when_nobody_is_before_it() -> None:
    slow = max(KINDS, key=lambda kind: sum(step.minutes for step in steps_of(DESCRIBED, kind, opened(set()))))
    steps = steps_of(DESCRIBED, slow, opened(set()))
    assert predicted(steps, {}, 5.0).keeps(0.1)
    assert not predicted(steps, {steps[1].stage: 1000.0}, 5.0).keeps(0.1)
