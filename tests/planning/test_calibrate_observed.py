"""What the gate's passages show for calibration, corrections and all."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from greenlane.planning.queries.observed import observations
from greenlane.twin.calibration.observations import Observations
from greenlane.twin.calibration.service_times import stage_times

sys.path.append(str(Path(__file__).parent.parent / "gate"))

if TYPE_CHECKING:
    from gate_world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    from gate_world import make_world

    return make_world()


def seen(world: World, hours: float = 24) -> Observations:
    from gate_world import NINE, OUT

    return observations(world.checkpoint, OUT, NINE - timedelta(hours=1), NINE + timedelta(hours=hours))


def after_nine(minutes: float) -> float:
    return minutes + 60.0


def matched(minutes: float) -> None:
    from gate_world import clock

    from greenlane.gate.commands import match_pending

    match_pending(clock(minutes))


def test_a_booked_truck_and_its_visits(world: World) -> None:
    from gate_world import clock

    world.booked("501KZA03", clock(15))
    world.whole_way("501KZA03")
    matched(60)
    found = seen(world)
    assert found.epoch == clock(-60)
    assert str(found.epoch.tzinfo) == world.checkpoint.zone
    assert found.arrival[0] == after_nine(0)
    assert found.slot_start[0] == after_nine(15)
    assert (found.entry[0], found.exit[0]) == (after_nine(20), after_nine(28))
    assert found.booked.tolist() == [True]
    assert found.classes[found.vehicle_class[0]] == "laden"
    assert found.channel.tolist() == [-1]
    visits = {
        found.stages[stage]: (found.lanes[lane], entered, left)
        for stage, lane, entered, left in zip(found.stage, found.lane, found.entered, found.left, strict=True)
    }
    assert visits == {
        "border": ("1", after_nine(21), after_nine(23)),
        "customs": ("1", after_nine(24), after_nine(27)),
    }
    assert stage_times(found, "customs").sample.tolist() == [3.0]


def test_a_corrected_reading_is_not_the_one_that_counts(world: World) -> None:
    from gate_world import clock

    from greenlane.gate.commands import correct_event

    readings = world.whole_way("501KZA03")
    matched(60)
    officer = world.staff("officer")
    correct_event(officer, readings[6].event_id, "did_not_occur", "another truck", clock(50))
    found = seen(world)
    customs = stage_times(found, "customs")
    assert (customs.complete, customs.unread) == (0, 1)
    assert stage_times(found, "border").complete == 1


def test_who_never_came_has_a_slot_and_no_times(world: World) -> None:
    from gate_world import clock

    world.booked("501KZA03", clock(15), state="no_show")
    world.booked("502KZA03", clock(15), state="cancelled")
    found = seen(world)
    assert found.no_show.tolist() == [True]
    assert found.slot_start.tolist() == [after_nine(15)]
    assert np.isnan(found.arrival).all()
    assert found.came.sum() == 0


def test_only_trucks_of_the_period_and_direction(world: World) -> None:
    world.whole_way("501KZA03", 0)
    world.whole_way("777BCD09", 100)
    matched(200)
    assert len(seen(world, hours=1).entry) == 1
    assert len(seen(world).entry) == 2
    from gate_world import NINE

    other = observations(world.checkpoint, "inbound", NINE, NINE + timedelta(days=1))
    assert len(other.entry) == 0
    assert other.stages == ()


def test_times_of_a_device_with_a_wrong_clock_are_left_out(world: World) -> None:
    world.seen("501KZA03", "park_in", 0)
    world.seen("501KZA03", "entry", 20)
    world.seen("501KZA03", "stage_in", 21, stage="border", skew_s=40.0)
    world.seen("501KZA03", "stage_out", 23, stage="border")
    matched(60)
    found = seen(world)
    assert found.arrival.tolist() == [after_nine(0)]
    assert np.isnan(found.entry).all()
    assert len(found.entered) == 0


def test_a_missed_reading_is_nan_and_the_end_is_the_last_reading_of_all(world: World) -> None:
    world.seen("501KZA03", "entry", 20)
    world.seen("501KZA03", "stage_in", 21, stage="border")
    world.seen("501KZA03", "stage_out", 26, stage="customs")
    world.whole_way("777BCD09", 30)
    matched(90)
    found = seen(world)
    assert found.until == after_nine(58)
    first = found.passage == 0
    assert np.isnan(found.left[first]).tolist() == [True, False]
    assert np.isnan(found.entered[first]).tolist() == [False, True]
    assert np.isnan(found.exit[0])
