"""A crossing's description, as the twin takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenlane.registry.crossing import (
    Checkpoint,
    Failures,
    OfficerPool,
    ServiceGroup,
    ServiceTime,
    Staffing,
    observed_time,
)
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.hours import ALWAYS, Shift
from greenlane.twin import event_loop
from greenlane.twin.arrays import some_trucks, some_visits
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.described import hours, kind_code, model_of
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Pool

CROSSINGS = sorted((Path(__file__).parent.parent.parent / "crossings").glob("*.yaml"))
DAY = date(2026, 11, 23)


@pytest.mark.parametrize("path", CROSSINGS, ids=lambda path: path.stem)
def test_every_shipped_direction_is_a_sound_model(path: Path) -> None:
    """A quiet day's trucks all come out, in about the time that their stages take."""
    for checkpoint in read_crossing(path).checkpoints:
        for code, direction in checkpoint.directions.items():
            model = model_of(checkpoint, code, DAY)
            assert sum(kind.share for kind in model.kinds) == pytest.approx(1.0)
            network = compile_network(model)
            trucks = some_trucks(60)
            trucks["arrival"] = 720.0 + 5.0 * np.arange(60)
            trucks["kind"] = np.arange(60) % len(model.kinds)
            service = np.zeros((60, network.steps.shape[1]))
            for truck, kind in enumerate(trucks["kind"]):
                service[truck, : len(model.kinds[kind].route)] = [
                    each.mean for each in model.kinds[kind].service
                ]
            visits = some_visits(service)
            event_loop.run(network, trucks, visits, compile_call_up(model))
            for truck, kind in enumerate(trucks["kind"]):
                route = model.kinds[kind].route
                assert set(route) <= {stage.code for stage in direction.stages}
                assert np.isfinite(visits["end"][truck, len(route) - 1]), (checkpoint.code, code, truck)


def test_otay_mesas_lanes_open_as_observed_in_2017() -> None:
    """Five general lanes and two FAST from 6, one more from 7, one of each more from 10, all until 22."""
    (path,) = (path for path in CROSSINGS if path.stem == "otay-mesa")
    model = model_of(read_crossing(path).checkpoint("otay-mesa-us"), "inbound", DAY)
    primary = [lane for lane in model.lanes if lane.stages == ("primary",)]
    opened = [
        sum(any(opens <= 60.0 * hour < closes for opens, closes in lane.hours) for lane in primary)
        for hour in range(24)
    ]
    assert opened == [0] * 6 + [7, 8, 8, 8] + [10] * 12 + [0] * 2


YAHODYN = read_crossing(CROSSINGS[0].with_name("yahodyn-dorohusk.yaml")).checkpoint("yahodyn")


def with_stages(**changed: dict[str, Any]) -> Checkpoint:
    """Yahodyn inbound with parts of its stages as given, by stage; ``direction``: parts of the direction."""
    direction = YAHODYN.directions["inbound"]
    stages = tuple(replace(stage, **changed.get(stage.code, {})) for stage in direction.stages)
    direction = replace(direction, stages=stages, **changed.get("direction", {}))
    return replace(YAHODYN, directions={"inbound": direction})


def test_kinds_of_one_class_are_neighbours_with_channels_in_the_order_of_their_shares() -> None:
    direction = YAHODYN.directions["inbound"]
    codes = [kind.code for kind in model_of(YAHODYN, "inbound", DAY).kinds]
    assert codes == [
        kind_code(channel, vehicle_class)
        for vehicle_class, class_share in direction.class_shares.items()
        for channel, channel_share in direction.channel_shares.items()
        if class_share * channel_share > 0
    ]
    assert len(codes) > 6


def test_fitted_and_observed_times_are_those_of_the_model_in_minutes() -> None:
    observed = observed_time([30.0, 60.0, 150.0])
    groups = (
        ServiceGroup("green", "laden", ServiceTime(90.0, 0.7, "weibull", 12.0)),
        ServiceGroup("red", None, observed),
    )
    service = replace(YAHODYN.directions["inbound"].stage("border").service, groups=groups)
    model = model_of(with_stages(border={"service": service}), "inbound", DAY)
    times = {kind.code: kind.service[kind.route.index("border")] for kind in model.kinds}
    assert times["green/laden"] == Distribution("weibull", 1.5, 0.7, 0.2)
    assert times["red/empty"] == Distribution(
        "empirical", observed.mean_s / 60, observed.cv, values=(0.5, 1.0, 2.5)
    )
    assert times["green/empty"].family == service.family


def test_officers_come_and_go_by_the_minute_of_the_run() -> None:
    """Three by day, one at night that begins on Monday alone: DAY is a Monday."""
    shifts = (Staffing(Shift(tuple(range(7)), 360, 1320), 3), Staffing(Shift((0,), 1320, 1800), 1))
    checkpoint = with_stages(
        direction={"officers": (OfficerPool("team", shifts),)},
        border={"officers": "team"},
        weighing={"officers": "team"},
    )
    model = model_of(checkpoint, "inbound", DAY)
    assert model.pools == (Pool("team", ((0.0, 0), (360.0, 3), (1320.0, 1), (1800.0, 3), (2760.0, 0))),)
    assert {stage.code: stage.pool for stage in model.stages if stage.pool} == {
        "border": "team",
        "weighing": "team",
    }


def test_a_lane_works_for_further_stages_and_fails_as_described() -> None:
    """Green trucks are not examined, but the examiners' lane helps them at customs."""
    lanes = YAHODYN.directions["inbound"].stage("inspection").lanes
    failures = Failures(50.0, 20.0, "gamma", 0.5)
    shared = replace(lanes[0], code="I9", also=("customs",), channels=("green", "red"), failures=failures)
    model = model_of(with_stages(inspection={"lanes": (*lanes, shared)}), "inbound", DAY)
    lane = next(lane for lane in model.lanes if lane.code == "inspection/I9")
    assert lane.stages == ("inspection", "customs")
    assert lane.kinds
    assert {code.partition("/")[0] for code in lane.kinds} == {"green", "red"}
    assert lane.failures is not None
    assert lane.failures.between == Distribution("gamma", 3000.0, 0.5)
    assert lane.failures.repair == Distribution("gamma", 20.0, 0.5)
    assert all(other.failures is None for other in model.lanes if other is not lane)


def test_hours_go_over_midnight_and_meet() -> None:
    night = Shift((0,), 22 * 60, 30 * 60)
    morning = Shift((1,), 6 * 60, 8 * 60)
    assert hours([night, morning], "UTC", date(2026, 11, 24), 1) == ((0.0, 480.0),)
    assert hours([night, morning], "UTC", date(2026, 11, 23), 1) == ((1320.0, 1800.0),)


@pytest.mark.parametrize(("day", "length"), [(date(2026, 10, 25), 1500.0), (date(2026, 3, 29), 1380.0)])
def test_a_day_on_which_the_clock_is_changed_has_its_own_length(day: date, length: float) -> None:
    assert hours(ALWAYS, "Europe/Kyiv", day, 1) == ((0.0, length),)


def test_hours_are_those_of_the_shifts_at_every_minute() -> None:
    shifts = [Shift((0, 2, 4), 390, 915), Shift((1, 2, 3), 1300, 1700)]
    spans = hours(shifts, "UTC", DAY, 7)
    begin = datetime(2026, 11, 23, tzinfo=UTC)
    for minute in range(0, 7 * 1440, 5):
        local = begin + timedelta(minutes=minute)
        is_on = any(shift.covers(local) for shift in shifts)
        assert any(opens <= minute < closes for opens, closes in spans) == is_on, local
