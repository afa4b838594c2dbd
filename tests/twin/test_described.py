"""A crossing's description, as the twin takes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.hours import ALWAYS, Shift
from greenlane.twin import event_loop
from greenlane.twin.arrays import some_trucks, some_visits
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.described import hours, model_of

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
