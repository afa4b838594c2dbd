"""The twin against the record: the same trucks, clock by clock and hour by hour."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from recorded_days import EPOCH, only, recorded

from greenlane.registry.crossing import Checkpoint
from greenlane.registry.crossing_file import read_crossing
from greenlane.twin.calibration.observations import CalibrationError, Observations
from greenlane.twin.calibration.validation import (
    INSIDE,
    LEAST_IN_HOUR,
    OUTSIDE,
    Clocks,
    compared,
    recorded_clocks,
    simulated_clocks,
)

pytestmark = pytest.mark.slow

CROSSING = Path(__file__).parents[3] / "crossings" / "zabaikalsk-manzhouli.yaml"
WAY = "outbound"


@cache
def checkpoint() -> Checkpoint:
    return read_crossing(CROSSING).checkpoint("A")


@cache
def seen() -> Observations:
    """Trucks that come one in two minutes; of two in ten the channel or the class is not known."""
    found = recorded(1_000, 1)
    dice = np.random.default_rng(1)
    unknown = dice.random(len(found.channel)) < 0.1
    spread = {name: 2.0 * getattr(found, name) for name in ("arrival", "slot_start", "called", "entry")}
    return only(found, channel=np.where(unknown, -1, found.channel).astype(np.int32), **spread)


def slower(factor: float) -> Checkpoint:
    """The checkpoint with a slower customs."""
    way = checkpoint().directions[WAY]
    stages = tuple(
        replace(
            stage,
            service=replace(
                stage.service,
                mean_s=stage.service.mean_s * factor,
                channel_mean_s={k: v * factor for k, v in stage.service.channel_mean_s.items()},
            ),
        )
        if stage.code == "customs"
        else stage
        for stage in way.stages
    )
    return replace(checkpoint(), directions={**checkpoint().directions, WAY: replace(way, stages=stages)})


def by_clock(record: Clocks, twin: Clocks) -> dict[str, tuple[float, float]]:
    return {
        each.clock: (each.distance, each.minutes_apart)
        for each in compared(record, twin)
        if each.hour is None
    }


def test_the_right_figures_are_close_and_wrong_ones_are_told_by_their_stage() -> None:
    record = simulated_clocks(checkpoint(), WAY, seen(), replications=8, seed=7)
    right = by_clock(record, simulated_clocks(checkpoint(), WAY, seen(), replications=8, seed=8))
    wrong = by_clock(record, simulated_clocks(slower(1.5), WAY, seen(), replications=8, seed=8))
    assert {OUTSIDE, INSIDE, "at customs", "at border"} <= set(right)
    assert max(distance for distance, _ in right.values()) < 0.15
    assert right["at customs"][0] < 0.06
    assert wrong["at customs"][0] > 0.15
    assert wrong["at border"][0] < 0.06
    assert wrong[INSIDE][1] > 2 * right[INSIDE][1]


def test_clocks_of_the_record_are_those_of_the_reference() -> None:
    """Outside from the later of slot and arrival, which may be before the entry by nothing, never by less."""
    nan = np.nan
    found = only(
        recorded(10, 1),
        arrival=np.array([100.0, 100.0, nan, 100.0]),
        slot_start=np.array([110.0, nan, 110.0, 130.0]),
        called=np.full(4, nan),
        entry=np.array([120.0, 120.0, 120.0, 120.0]),
        exit=np.array([128.0, nan, 131.0, 125.0]),
        channel=np.zeros(4, np.int32),
        vehicle_class=np.zeros(4, np.int32),
        no_show=np.zeros(4, np.bool_),
        stages=("customs",),
        passage=np.array([0, 1], np.int32),
        stage=np.array([0, 0], np.int32),
        lane=np.array([0, 0], np.int32),
        entered=np.array([121.0, 121.0]),
        left=np.array([124.5, nan]),
    )
    clocks = recorded_clocks(found)
    assert clocks.minutes[OUTSIDE].tolist() == [10.0, 20.0]
    assert clocks.minutes[INSIDE].tolist() == [8.0, 11.0, 5.0]
    assert clocks.minutes["at customs"].tolist() == [3.5]
    assert clocks.hour[INSIDE].tolist() == [2.0, 2.0, 2.0]
    assert str(EPOCH.tzinfo) == "Asia/Chita"


def test_distances_by_hand_and_hours_with_too_few_are_not_compared() -> None:
    record = np.concatenate([np.full(LEAST_IN_HOUR, 4.0), np.full(LEAST_IN_HOUR - 1, 9.0)])
    hours = np.concatenate([np.full(LEAST_IN_HOUR, 8.0), np.full(LEAST_IN_HOUR - 1, 9.0)])
    twin = record + 1.5
    rows = compared(Clocks({INSIDE: record}, {INSIDE: hours}), Clocks({INSIDE: twin}, {INSIDE: hours}))
    assert [row.hour for row in rows] == [None, 8]
    assert rows[0].minutes_apart == pytest.approx(1.5)
    assert rows[0].distance == pytest.approx(LEAST_IN_HOUR / (2 * LEAST_IN_HOUR - 1))
    assert rows[1].means == (4.0, 5.5)


def test_trucks_go_the_way_of_their_channel_and_those_without_one_by_share() -> None:
    few = recorded(40, 1)
    n, came = len(few.channel), int(few.came.sum())

    def inspected(channel: int, channels: tuple[str, ...] = ("green", "red")) -> int:
        all_alike = only(few, channels=channels, channel=np.full(n, channel, np.int32))
        return len(simulated_clocks(checkpoint(), WAY, all_alike, replications=1).minutes["at inspection"])

    route = checkpoint().directions[WAY].routes
    assert "inspection" in route["red"]
    assert "inspection" not in route["green"]
    assert inspected(0) == 0
    assert inspected(1) == came
    assert 0 < inspected(-1) < came


def test_nobody_cannot_be_simulated() -> None:
    nobody = only(seen(), no_show=np.ones(len(seen().entry), np.bool_))
    with pytest.raises(CalibrationError, match="No truck came"):
        simulated_clocks(checkpoint(), WAY, nobody)
