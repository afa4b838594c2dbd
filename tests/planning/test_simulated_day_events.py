"""A simulated day's events: the same run as the twin's, with nothing lost on the way to the screen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from planning_world import CROSSINGS, DAY, LINE, World, signed_in

from greenlane.planning.asking import Asked
from greenlane.planning.day_events import AWAY, TENTHS, day_events
from greenlane.registry import crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Role
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.setting import read_settings
from greenlane.twin.simulation import Run, Simulator


@pytest.fixture(scope="module")
def yahodyn() -> crossing.Checkpoint:
    """A checkpoint with call-up from a park outbound, and without inbound."""
    return read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml").checkpoint("yahodyn")


def run_of(checkpoint: crossing.Checkpoint, direction: str, asked: Asked) -> tuple[Run, float]:
    scenario = scenario_of(checkpoint, direction, asked.day, settings=read_settings(asked.settings))
    return Simulator(scenario).run(asked.seed, 0), scenario.warm_up


def unfolded(events: dict[str, Any], flat: list[int]) -> list[float]:
    """Times of a truck: arrival, release, then joins, starts, ends of each stage; NaN where it never came."""
    times, at = [float(flat[1])], 2
    for _ in range(2):
        if at >= len(flat) or flat[at] == AWAY:
            return times
        times.append(times[-1] + flat[at])
        at += 1
    for _ in events["kinds"][flat[0]]["route"]:
        for length in range(4):
            if length == 2:  # the number of the lane
                at += 1
                continue
            if at >= len(flat) or flat[at] == AWAY:
                return times
            times.append(times[-1] + flat[at])
            at += 1
    return times


@pytest.mark.parametrize(
    ("direction", "settings"),
    [
        ("outbound", ()),
        ("inbound", ()),
        ("outbound", ("call_up.rule=predicted", "call_up.target=8")),
        ("outbound", ("call_up.rule=slot",)),
        ("outbound", ("call_up.rule=none",)),
        ("inbound", ("room.customs=1", "lanes.customs=2", "arrivals=1.3")),
    ],
)
def test_times_are_those_of_the_run(
    yahodyn: crossing.Checkpoint, direction: str, settings: tuple[str, ...]
) -> None:
    asked = Asked(DAY, settings, seed=5)
    events = day_events(yahodyn, direction, asked)
    run, begin = run_of(yahodyn, direction, asked)
    trucks, visits = run.drawn.trucks, run.visits
    last = np.array([len(kind["route"]) - 1 for kind in events["kinds"]])[trucks["kind"]]
    leaves = visits["end"][np.arange(len(trucks)), last]
    there = np.flatnonzero((run.drawn.came < begin + 1440.0) & ~(leaves <= begin - 60.0))
    there = there[np.argsort(run.drawn.came[there], kind="stable")]
    assert len(events["trucks"]) == len(there)
    for number, flat in zip(there.tolist(), events["trucks"], strict=True):
        stages = len(events["kinds"][flat[0]]["route"])
        times = unfolded(events, flat)
        row = visits[number, :stages]
        wanted = [run.drawn.came[number], *np.stack([row["enter"], row["start"], row["end"]], 1).ravel()]
        known = [round((time - begin) * TENTHS) for time in wanted if not math.isnan(time)]
        assert flat[0] == trucks[number]["kind"]
        assert [times[0], *times[2 : 2 + 3 * stages]] == known
        if len(known) == len(wanted):
            assert [flat[6 + 4 * stage] for stage in range(stages)] == row["lane"].tolist()


@pytest.mark.django_db
@pytest.mark.usefixtures("noon", "ready")
def test_the_address_gives_the_day_that_it_asks_for(world: World) -> None:
    client = signed_in(world.staff(Role.SHIFT_LEAD))
    told = client.get(f"{LINE}day/events?day=2026-11-25&seed=3&set=arrivals=1.5").json()
    assert told == day_events(world.described, "outbound", Asked(DAY, ("arrivals=1.5",), seed=3))
    assert told["target"] == 10 * TENTHS
    assert client.get(f"{LINE}day/events?set=lanes.no=1").status_code == 422
    assert math.isclose(told["tenths"], 1440 * TENTHS)


@pytest.mark.django_db
@pytest.mark.usefixtures("noon", "ready")
def test_the_shift_leads_board_leads_to_it(world: World) -> None:
    lead = signed_in(world.staff(Role.SHIFT_LEAD))
    assert f"{LINE}day/" in lead.get("/shift/yahodyn/outbound/").content.decode()
    officer = signed_in(world.staff(Role.OFFICER))
    assert f"{LINE}day/" not in officer.get("/shift/yahodyn/outbound/").content.decode()
    page = lead.get(f"{LINE}day/?day=2026-11-25&set=arrivals=1.5").content.decode()
    assert "arrivals=1.5&amp;v=1" in page
    assert 'data-zone="Europe/Kyiv"' in page
