"""What a crossing answers: lanes open, arrivals, routes, slot starts over the change of clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from crossing_texts import GOOD

from greenlane.registry.crossing import Checkpoint, Crossing, Direction
from greenlane.registry.crossing_file import read_crossing

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.fixture(scope="module")
def crossing() -> Crossing:
    return read_crossing(GOOD)


@pytest.fixture(scope="module")
def left(crossing: Crossing) -> Checkpoint:
    return crossing.checkpoint("left")


@pytest.fixture(scope="module")
def outbound(left: Checkpoint) -> Direction:
    return left.directions["outbound"]


def test_a_trip_goes_out_through_one_checkpoint_and_in_through_the_facing_one(crossing: Crossing) -> None:
    legs = crossing.trip_from("right")
    assert [(checkpoint.code, direction) for checkpoint, direction in legs] == [
        ("right", "outbound"),
        ("left", "inbound"),
    ]
    with pytest.raises(KeyError):
        crossing.checkpoint("middle")


@pytest.mark.parametrize(
    ("at", "lanes"),
    [
        (datetime(2026, 11, 23, 22, 0, tzinfo=KYIV), 3),  # Monday: the night shift opens
        (datetime(2026, 11, 24, 5, 59, tzinfo=KYIV), 3),
        (datetime(2026, 11, 24, 6, 0, tzinfo=KYIV), 2),  # its end is excluded
        (datetime(2026, 11, 28, 3, 0, tzinfo=KYIV), 3),  # Saturday morning belongs to Friday's shift
        (datetime(2026, 11, 29, 3, 0, tzinfo=KYIV), 2),  # no shift begins on Saturday
        (datetime(2026, 11, 23, 21, 0, tzinfo=UTC), 3),  # 23:00 in Kyiv
    ],
)
def test_lanes_open_follow_shifts_over_midnight(left: Checkpoint, at: datetime, lanes: int) -> None:
    assert left.lanes_open("outbound", at)["booth"] == lanes


def test_no_lane_is_open_while_the_checkpoint_is_closed(crossing: Crossing) -> None:
    right = crossing.checkpoint("right")
    night = datetime(2026, 11, 24, 23, 0, tzinfo=ZoneInfo("Europe/Warsaw"))
    assert set(right.lanes_open("inbound", night).values()) == {0}


def test_expected_arrivals_are_by_local_hour_and_weekday(left: Checkpoint, outbound: Direction) -> None:
    assert outbound.arrivals.per_day == 276
    assert outbound.arrivals.expected(7) == 7
    monday_ten_in_kyiv = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert left.expected_arrivals("outbound", monday_ten_in_kyiv) == 20
    assert left.expected_arrivals("outbound", datetime(2026, 11, 29, 8, 0, tzinfo=UTC)) == 0


def test_a_channel_visits_its_stages_and_a_class_only_those_meant_for_it(outbound: Direction) -> None:
    assert [stage.code for stage in outbound.stages_for("red")] == ["gate", "booth", "search", "out"]
    assert [stage.code for stage in outbound.stages_for("red", "empty")] == ["gate", "booth", "out"]
    assert [stage.code for stage in outbound.stages_for("green", "laden")] == ["gate", "booth", "out"]
    assert outbound.plan_s("green") == 180


def test_service_time_is_the_channels_mean_times_the_class_factor(outbound: Direction) -> None:
    service = outbound.stage("booth").service
    assert service.time_for("green", "laden").mean_s == 100
    assert service.time_for("red", "laden").mean_s == 200
    assert service.time_for("red", "empty").mean_s == 100
    assert service.time_for("green", "laden").cv == 0.5


def test_a_lane_takes_its_channels_only(outbound: Direction) -> None:
    search, booth = outbound.stage("search").lanes[0], outbound.stage("booth").lanes[0]
    assert search.takes("red", "laden")
    assert not search.takes("green", "laden")
    assert booth.takes("green", "bus")


def test_parks_serve_the_directions_they_name(left: Checkpoint) -> None:
    assert [park.code for park in left.parks_for("outbound")] == ["yard"]
    assert left.parks_for("inbound") == ()


def test_names_fall_back_to_english(left: Checkpoint) -> None:
    assert (left.names.get("ru"), left.names.get("zh-hans"), left.names.get("pl")) == ("Левый", "左", "Left")


@pytest.mark.parametrize(
    ("day", "slots"),
    [
        (date(2026, 11, 24), 96),
        (date(2026, 3, 29), 92),  # 23 hours: clocks go from 03:00 to 04:00
        (date(2026, 10, 25), 100),  # 25 hours: 03:00 to 04:00 comes twice
    ],
)
def test_slots_are_neither_lost_nor_doubled_when_the_clocks_change(
    left: Checkpoint, day: date, slots: int
) -> None:
    starts = left.slot_starts("outbound", day)
    moments = [start.astimezone(UTC) for start in starts]
    assert len(starts) == slots
    assert {(later - earlier).seconds for earlier, later in pairwise(moments)} == {900}
    assert {start.date() for start in starts} == {day}
    assert starts[0] == datetime(day.year, day.month, day.day, tzinfo=KYIV)


def test_slots_lie_wholly_inside_the_opening_hours(crossing: Crossing) -> None:
    starts = crossing.checkpoint("right").slot_starts("inbound", date(2026, 11, 24))
    assert (starts[0].strftime("%H:%M"), starts[-1].strftime("%H:%M")) == ("06:00", "21:30")
    assert len(starts) == 63


def test_what_is_not_live_or_priority_is_booked(outbound: Direction) -> None:
    assert replace(outbound.slots, live_share=0.25, priority_share=0.25).booked_share == 0.5
