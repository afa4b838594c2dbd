"""Public feeds of waits: the shape that CBP readers know, and rows that say how they were measured."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from timelines import clock

from greenlane.standard.cbp_feed import LaneWait, PortWait, cbp_feed
from greenlane.standard.open_waits import (
    OPEN_COLUMNS,
    FeedError,
    OpenWait,
    WaitKind,
    open_row,
    write_open_csv,
)

CHITA = ZoneInfo("Asia/Chita")  # UTC+9
PORT = PortWait(
    port_number="zabaikalsk-outbound",
    border="Russia - China",
    port_name="Zabaikalsk",
    crossing_name="Zabaikalsk - Manzhouli",
    hours="24 hrs/day",
    at=clock("07:10").astimezone(CHITA),
    is_open=True,
    maximum_lanes=9,
    standard=LaneWait(clock("07:05").astimezone(CHITA), 25, 4),
)
WAIT = OpenWait(
    checkpoint="zabaikalsk",
    direction="outbound",
    clock="outside",
    kind=WaitKind.CURRENT,
    checkpoint_time=clock("07:05").astimezone(CHITA),
    queue=12,
    wait_s=1500.0,
    measured_at=clock("07:05"),
    valid_until=clock("07:20"),
    method="median of entries in the last 60 min",
    n=31,
    uncertainty_s=120.0,
)


def test_a_port_in_the_shape_of_the_cbp_feed_with_numbers_as_numbers() -> None:
    assert json.loads(json.dumps(cbp_feed([PORT]))) == [
        {
            "port_number": "zabaikalsk-outbound",
            "border": "Russia - China",
            "port_name": "Zabaikalsk",
            "crossing_name": "Zabaikalsk - Manzhouli",
            "hours": "24 hrs/day",
            "date": "11/24/2026",
            "port_status": "Open",
            "commercial_vehicle_lanes": {
                "maximum_lanes": 9,
                "standard_lanes": {
                    "update_time": "At 4:05 pm UTC+09:00",
                    "operational_status": "delay",
                    "delay_minutes": 25,
                    "lanes_open": 4,
                },
                "FAST_lanes": {
                    "update_time": "",
                    "operational_status": "N/A",
                    "delay_minutes": None,
                    "lanes_open": None,
                },
            },
        }
    ]


@pytest.mark.parametrize(
    ("lane", "status", "minutes"),
    [
        (LaneWait(clock("07:05"), 0, 2), "no delay", 0),
        (LaneWait(clock("07:05"), 5, 0), "Lanes Closed", None),
        (LaneWait(None, None, 2), "Update Pending", None),
        (LaneWait(clock("07:05"), None, None), "Update Pending", None),
    ],
)
def test_a_lane_without_a_wait_says_why(lane: LaneWait, status: str, minutes: int | None) -> None:
    (port,) = cbp_feed([replace(PORT, fast=lane)])
    told = port["commercial_vehicle_lanes"]["FAST_lanes"]
    assert (told["operational_status"], told["delay_minutes"]) == (status, minutes)


@pytest.mark.parametrize(
    ("time", "shown"), [("00:00", "12:00 am"), ("12:30", "12:30 pm"), ("23:59", "11:59 pm")]
)
def test_hours_are_written_as_the_cbp_feed_writes_them(time: str, shown: str) -> None:
    (port,) = cbp_feed([replace(PORT, standard=LaneWait(clock(time), 1, 1))])
    assert port["commercial_vehicle_lanes"]["standard_lanes"]["update_time"] == f"At {shown} UTC+00:00"


def test_a_closed_port() -> None:
    (port,) = cbp_feed([replace(PORT, is_open=False)])
    assert port["port_status"] == "Closed"


def test_an_open_row_says_when_how_and_from_how_many_it_was_measured() -> None:
    assert open_row(WAIT) == {
        "checkpoint": "zabaikalsk",
        "direction": "outbound",
        "clock": "outside",
        "kind": "current",
        "checkpoint_time": "2026-11-24T07:05:00Z",
        "queue": 12,
        "wait_time": 1500.0,
        "measured_at": "2026-11-24T07:05:00Z",
        "valid_until": "2026-11-24T07:20:00Z",
        "method": "median of entries in the last 60 min",
        "n": 31,
        "uncertainty_s": 120.0,
    }


def test_open_csv_leaves_what_is_unknown_empty() -> None:
    stream = io.StringIO(newline="")
    unknown = replace(WAIT, kind=WaitKind.EXPECTED, queue=None, wait_s=None, n=0, uncertainty_s=None)
    write_open_csv([WAIT, unknown], stream)
    first, second = csv.DictReader(io.StringIO(stream.getvalue()))
    assert tuple(first) == OPEN_COLUMNS
    assert (first["wait_time"], first["n"]) == ("1500.0", "31")
    assert (second["kind"], second["queue"], second["wait_time"], second["n"]) == ("expected", "", "", "0")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measured_at": clock("07:05").replace(tzinfo=None)}, "measured_at"),
        ({"valid_until": clock("07:05") - timedelta(seconds=1)}, "valid_until"),
        ({"wait_s": -1.0}, "wait_s"),
        ({"n": -1}, "n"),
    ],
)
def test_a_figure_that_cannot_be_true_is_refused_by_name(change: dict, field: str) -> None:
    with pytest.raises(FeedError) as refusal:
        replace(WAIT, **change)
    assert refusal.value.field == field
    assert refusal.value.mend
