"""Recorded arrivals: what each form means, and what is said of a file that cannot be played."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from greenlane.player.arrivals import Hourly, Recorded, day_bounds
from greenlane.player.arrivals_file import ArrivalsFileError, headway_s, let_in, read_arrivals
from greenlane.player.fleet import make_fleet
from greenlane.player.journey import journeys_of
from greenlane.player.plan import plan_day
from greenlane.registry.crossing_file import read_crossing

CROSSINGS = Path(__file__).parents[2] / "crossings"
YAHODYN = read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml")
OTAY = read_crossing(CROSSINGS / "otay-mesa.yaml")
DAY = date(2026, 5, 4)


def _read(tmp_path: Path, text: str, name: str = "a.csv") -> Hourly | Recorded:
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    demand = read_arrivals(path, YAHODYN, journeys_of(YAHODYN)[0])
    assert isinstance(demand, (Hourly, Recorded))
    return demand


def test_trucks_by_hour(tmp_path: Path) -> None:
    demand = _read(tmp_path, "hour,trucks\n6,120\n7,60.5\n", "a.csv.gz")
    assert isinstance(demand, Hourly)
    assert (demand.usual[6], demand.usual[7], demand.per_day) == (120.0, 60.5, 180.5)
    times = demand.times(DAY, "Europe/Kyiv", np.random.default_rng(1))
    hours = (times - day_bounds(DAY, "Europe/Kyiv")[0]) // 3600
    assert set(hours) == {6.0, 7.0}


def test_a_trace_is_played_at_its_very_times(tmp_path: Path) -> None:
    demand = _read(
        tmp_path,
        "plate,time\nX1,2026-05-04T10:00:00+03:00\nX2,2026-05-04T08:30:00Z\nX3,2026-05-05T08:30:00Z\n",
    )
    times = demand.times(DAY, "Europe/Kyiv", np.random.default_rng(1))
    assert (times - day_bounds(DAY, "Europe/Kyiv")[0]).tolist() == [10 * 3600, 11.5 * 3600]
    journey = journeys_of(YAHODYN)[0]
    trips = plan_day(journey, make_fleet(journey, ["UA"], 1, 50), DAY, 1, demand)
    assert [trip.arrives_at for trip in trips if trip.comes] == times.tolist()


def test_the_electronic_queue_gives_trucks_by_headway_and_by_falls_when_few_wait(tmp_path: Path) -> None:
    header = "scraped_at,crossing_id,echerha_id,vehicle_class,vehicles_waiting,virtual_wait_s\n"
    rows = [
        *(f"2026-06-20T{hour:02d}:{minute}:00Z,dorohusk,16,truck_ge_7_5t,1241,364800\n"
          for hour in range(24) for minute in ("00", "30")),
        *(f"2026-06-20T{hour:02d}:00:00Z,dorohusk,99,truck_empty,{20 - hour % 2 * 6},0\n"
          for hour in range(24)),
        "2026-06-20T10:00:00Z,medyka,1,truck_empty,500,150000\n",
        "2026-06-20T10:00:00Z,dorohusk,3,bus,,\n",
    ]  # fmt: skip
    demand = _read(tmp_path, header + "".join(rows))
    assert isinstance(demand, Hourly)
    # 300 s a truck are 12 an hour; the small queue falls by 6 in every other hour.
    assert sorted({round(trucks) for trucks in demand.usual[5:20]}) == [12, 18]


def test_the_headway_is_the_smallest_whole_minute_that_explains_the_wait() -> None:
    assert headway_s(364_800, 1_241) == 300.0
    assert headway_s(364_800, 10) is None
    assert headway_s(0, 100) is None


def test_polls_far_apart_say_nothing_of_the_time_between() -> None:
    polls = [(0.0, 20.0, 0.0), (3600.0, 14.0, 0.0), (3600.0 * 9, 0.0, 0.0)]
    assert list(let_in(polls)) == [(0.0, 3600.0, 6.0)]


def test_the_counts_of_a_port_go_by_direction(tmp_path: Path) -> None:
    header = "hour,port_name,direction,vehicle_type,traveler_type,volume\n"
    rows = "16,Otay Mesa,Northbound,Commercial,_All_,379\n16,Otay Mesa,Southbound,Commercial,_All_,200\n"
    other = "16,San Ysidro,Northbound,Commercial,_All_,9\n16,Otay Mesa,Northbound,Passenger,_All_,9\n"
    path = tmp_path / "counts.csv"
    path.write_text(header + rows + other)
    from_mexico = next(j for j in journeys_of(OTAY) if j.first.checkpoint.country == "MX")
    from_us = next(j for j in journeys_of(OTAY) if j.first.checkpoint.country == "US")
    north, south = read_arrivals(path, OTAY, from_mexico), read_arrivals(path, OTAY, from_us)
    assert (north.per_day, south.per_day) == (379.0, 200.0)
    path.write_text(header + rows.splitlines()[0] + "\n")
    with pytest.raises(
        ArrivalsFileError, match=r"no commercial row is of 'otay mesa' Southbound.*--direction"
    ):
        read_arrivals(path, OTAY, from_us)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"a\.csv:1: holds no row"),
        ("hour,trucks\n", r"a\.csv:1: holds no row"),
        ("colour,size\n1,2\n", r"a\.csv:1: the header is none that can be played: colour, size"),
        ("hour,trucks\n6,many\n", r"trucks: .*a\.csv:2: 'many' is not a number"),
        ("hour,trucks\n24,1\n", r"hour: .*a\.csv:2: 24 is not a whole number from 0 to 23"),
        ("hour,trucks\n6,-1\n", r"trucks: .*a\.csv:2: -1 is not a number from 0"),
        ("hour,trucks\n6,1\n6,2\n", r"hour: .*a\.csv:3: hour 6 stands twice, first on line 2"),
        ("hour,trucks\n6\n", r"a\.csv:2: does not have the 2 fields of the header"),
        ("time\nyesterday\n", r"time: .*a\.csv:2: 'yesterday' is not a time"),
        ("time\n2026-05-04T10:00:00\n", r"time: .*a\.csv:2: .* does not say in which zone"),
        (
            "scraped_at,crossing_id,vehicles_waiting,virtual_wait_s\n2026-05-04T10:00:00Z,medyka,1,60\n",
            r"crossing_id: .*no row is of yahodyn-dorohusk; the file has medyka",
        ),
    ],
)
def test_a_file_that_cannot_be_played_is_named_with_line_and_column(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ArrivalsFileError, match=told):
        _read(tmp_path, text)


def test_a_file_that_is_absent_or_no_text_is_named(tmp_path: Path) -> None:
    journey = journeys_of(YAHODYN)[0]
    with pytest.raises(ArrivalsFileError, match=r"none\.csv:1: cannot be read: no such file"):
        read_arrivals(tmp_path / "none.csv", YAHODYN, journey)
    (tmp_path / "bin.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArrivalsFileError, match="is not UTF-8"):
        read_arrivals(tmp_path / "bin.csv", YAHODYN, journey)
    (tmp_path / "bad.csv.gz").write_bytes(b"not gzip")
    with pytest.raises(ArrivalsFileError, match="cannot be read"):
        read_arrivals(tmp_path / "bad.csv.gz", YAHODYN, journey)
