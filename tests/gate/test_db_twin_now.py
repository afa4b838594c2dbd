"""The twin begins with the checkpoint as it is: who is where, which lanes are open, who is booked."""

from __future__ import annotations

import json

import pytest
from gate_world import OUT, World, clock
from typer.testing import CliRunner

from greenlane.gate.commands import match_pending
from greenlane.planning import cli
from greenlane.planning.queries import scenario_from_now
from greenlane.registry import clock as platform_clock
from greenlane.registry.commands import change_lane
from greenlane.registry.models import Lane, Role
from greenlane.twin import simulate
from greenlane.twin.demand import Booked
from greenlane.twin.scenario import Scenario
from greenlane.twin.start import Start

pytestmark = pytest.mark.django_db


def busy(world: World) -> None:
    """One truck long inside, one at a stage, one in the park, one booked for 9:30 and another for 10:00."""
    world.booked("333AAA01", clock(30))
    world.booked("444AAA01", clock(60))
    world.seen("501KZA03", "entry", 5)
    world.seen("733ABC01", "entry", 18)
    world.seen("733ABC01", "stage_in", 21, stage="border", lane="P2")
    world.seen("909XYZ05", "park_in", 10)
    match_pending(clock(22))


def started(scenario: Scenario) -> Start:
    assert scenario.start is not None
    return scenario.start


def test_trucks_stand_where_they_were_seen(world: World) -> None:
    busy(world)
    start = started(scenario_from_now(world.checkpoint, OUT, clock(22), 120.0))
    long, short = start.inside
    assert (long.stage, long.lane, long.entered) == ("weighing", None, 17.0)
    assert (short.stage, short.lane, short.since, short.entered) == ("border", "border/P2", 1.0, 4.0)
    assert [(truck.came, truck.slot, truck.called) for truck in start.outside] == [(12.0, None, None)]


def test_lanes_are_open_as_the_shift_lead_left_them(world: World) -> None:
    lane = Lane.objects.get(stage__checkpoint=world.checkpoint, stage__direction=OUT, code="P1")
    before = started(scenario_from_now(world.checkpoint, OUT, clock(22), 60.0)).lanes_open["border/P1"]
    change_lane(world.staff(Role.SHIFT_LEAD), lane, not before, "test", clock(20))
    after = started(scenario_from_now(world.checkpoint, OUT, clock(22), 60.0)).lanes_open["border/P1"]
    assert after is not before


def test_bookings_are_those_that_stand(world: World) -> None:
    """The slot of 9:00 has begun at 9:22; its trucks are there or late."""
    world.booked("222AAA01", clock(0))
    busy(world)
    scenario = scenario_from_now(world.checkpoint, OUT, clock(22), 120.0)
    booked = next(source for source in scenario.demand if isinstance(source, Booked))
    made = {start: number for start, number in zip(booked.starts, booked.bookings, strict=True) if number}
    assert made == {8.0: 1, 38.0: 1}


def test_the_next_hours_follow_from_who_is_there(world: World) -> None:
    busy(world)
    result = simulate(scenario_from_now(world.checkpoint, OUT, clock(22), 60.0), 20)
    there = result.clocks[result.clocks["number"] >= 15 << 27]
    assert len(there) == 20 * 3
    long = there[there["due"] == -17.0]
    assert (long["inside"] > 17.0).all()
    assert result.engine == "event loop"


def test_the_command_forecasts_hours(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(world)
    monkeypatch.setattr(platform_clock, "now", lambda: clock(22))
    arguments = ["zabaikalsk", "--hours", "3", "--replications", "5"]
    told = CliRunner().invoke(cli.app, [*arguments, "--json"], catch_exceptions=False)
    document = json.loads(told.stdout)
    assert (document["inside"], document["outside"], len(document["outside_p95"])) == (2, 1, 3)
    assert document["from"] == ["18:22", "19:22", "20:22"]
    shown = CliRunner().invoke(cli.app, arguments, catch_exceptions=False).stdout
    assert "2 inside, 1 outside" in shown
