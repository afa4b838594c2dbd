"""A description can give dangerous goods a lane of their own: they use no other, and nobody else uses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from greenlane.registry.codes import VEHICLE_CLASSES
from greenlane.registry.crossing import Checkpoint, Lane
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.hours import ALWAYS
from greenlane.twin import event_loop
from greenlane.twin.arrays import some_trucks, some_visits
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.described import model_of
from greenlane.twin.model import Model

CROSSING = Path(__file__).parent.parent.parent / "crossings" / "yahodyn-dorohusk.yaml"
DAY = date(2026, 11, 23)
OTHERS = tuple(each for each in VEHICLE_CLASSES if each != "dangerous")
STAGE = "customs"


def with_own_lane() -> Checkpoint:
    """Yahodyn inbound, with one customs lane for dangerous goods and one for all others."""
    checkpoint = read_crossing(CROSSING).checkpoint("yahodyn")
    direction = checkpoint.directions["inbound"]
    lanes = (Lane("D1", ALWAYS, classes=("dangerous",)), Lane("C1", ALWAYS, classes=OTHERS))
    stages = tuple(
        replace(stage, lanes=lanes) if stage.code == STAGE else stage for stage in direction.stages
    )
    return replace(checkpoint, directions={"inbound": replace(direction, stages=stages)})


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of(with_own_lane(), "inbound", DAY)


def test_the_lane_takes_dangerous_goods_alone(model: Model) -> None:
    kinds = {
        lane.code: {code.split("/")[1] for code in lane.kinds} for lane in model.lanes if STAGE in lane.stages
    }
    assert kinds[f"{STAGE}/D1"] == {"dangerous"}
    assert kinds[f"{STAGE}/C1"] == {kind.code.split("/")[1] for kind in model.kinds} - {"dangerous"}


def test_the_others_queue_does_not_hold_them_up(model: Model) -> None:
    """Forty laden trucks and one with dangerous goods behind them, all within some minutes."""
    laden, dangerous = (
        next(n for n, kind in enumerate(model.kinds) if kind.code == f"green/{of}")
        for of in ("laden", "dangerous")
    )
    network, trucks = compile_network(model), some_trucks(41)
    trucks["arrival"] = 720.0 + 0.1 * np.arange(41)
    trucks["kind"] = laden
    trucks["kind"][-1] = dangerous
    service = np.zeros((41, network.steps.shape[1]))
    for truck, kind in enumerate(trucks["kind"]):
        means = [each.mean for each in model.kinds[kind].service]
        service[truck, : len(means)] = means
    visits = some_visits(service)
    event_loop.run(network, trucks, visits, compile_call_up(model))
    place = model.kinds[dangerous].route.index(STAGE)
    waited = visits["start"][-1, place] - visits["enter"][-1, place]
    assert waited == pytest.approx(0.0)
    of_others = model.kinds[laden].route.index(STAGE)
    assert np.max(visits["start"][:-1, of_others] - visits["enter"][:-1, of_others]) > 10.0
