"""A file of readings becomes observations; what is wrong in it is told by line, column and mend."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from greenlane.twin.calibration.events_file import read_events
from greenlane.twin.calibration.observations import CalibrationError

HEADER = "passage,point,stage,lane,event_time,channel,class,slot_start\n"
GOOD = HEADER + (
    "7,park_in,,,2026-10-25T00:10:00+02:00,green,laden,2026-10-25T00:30:00+02:00\n"
    "7,entry,,,2026-10-25T00:41:00+02:00,,,\n"
    "7,stage_in,customs,C1,2026-10-24T22:42:00+00:00,,,\n"
    "7,stage_out,customs,,2026-10-25T00:45:30+02:00,,,\n"
    "7,exit,,,2026-10-25T00:46:00+02:00,,,\n"
    "8,no_show,,,,,empty,2026-10-25T01:00:00+02:00\n"
)


def write(directory: Path, text: str) -> Path:
    path = directory / "events.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_readings_of_one_truck_become_its_passage(tmp_path: Path) -> None:
    seen = read_events(write(tmp_path, GOOD), "Europe/Berlin")
    assert seen.epoch.isoformat() == "2026-10-25T00:00:00+02:00"
    assert seen.arrival[0] == 10.0
    assert seen.slot_start.tolist() == [30.0, 60.0]
    assert (seen.entry[0], seen.exit[0]) == (41.0, 46.0)
    assert (seen.entered.tolist(), seen.left.tolist()) == ([42.0], [45.5])
    assert (seen.stages, seen.lanes) == (("customs",), ("C1",))
    assert seen.channels[seen.channel[0]] == "green"
    assert seen.no_show.tolist() == [False, True]
    assert seen.resolution == pytest.approx(1 / 6)
    assert seen.until == 46.0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("passage,point", "truck,point", "passage: .* no column 'passage'. Name the columns"),
        ("7,entry", "7,gate", "line 3, point: .*'gate' is not a point. Use queue_end"),
        ("7,entry", ",entry", "line 3, passage: .* empty. Name the passage."),
        ("customs,C1", ",C1", "line 4, stage: .*stage_in needs a stage"),
        ("2026-10-25T00:46:00+02:00", "noon", "line 6, event_time: .*'noon' is not a time. Write ISO 8601"),
        ("2026-10-25T00:46:00+02:00", "2026-10-25T00:46:00", "line 6, event_time: .* no zone"),
        ("2026-10-25T00:46:00+02:00", "", "line 6, event_time: .* empty"),
        (",2026-10-25T01:00:00+02:00", ",", "line 7, slot_start: .*no_show needs a slot"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_mend(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(CalibrationError, match=told):
        read_events(write(tmp_path, GOOD.replace(old, new)), "Europe/Berlin")


def test_a_file_without_readings_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="has no readings"):
        read_events(write(tmp_path, HEADER), "Europe/Berlin")
    with pytest.raises(CalibrationError, match=r"is not a file. Check the path"):
        read_events(tmp_path / "nothing.csv", "Europe/Berlin")
    latin = tmp_path / "latin.csv"
    latin.write_bytes(HEADER.encode() + b"7,entry,\xe9,,2026-10-25T00:41:00+02:00,,,\n")
    with pytest.raises(CalibrationError, match=r"is not UTF-8. Save it as UTF-8"):
        read_events(latin, "Europe/Berlin")


def test_parquet_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "events.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(CalibrationError, match=r"needs pyarrow. Install it"):
        read_events(path, "Europe/Berlin")


@pytest.mark.slow
def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    from pyarrow import csv

    table = csv.read_csv(
        write(tmp_path, GOOD), convert_options=csv.ConvertOptions(column_types={"passage": "string"})
    )
    path = tmp_path / "events.parquet"
    parquet.write_table(table, path)
    first, second = read_events(write(tmp_path, GOOD), "Europe/Berlin"), read_events(path, "Europe/Berlin")
    for field in ("arrival", "slot_start", "entry", "exit", "entered", "left"):
        np.testing.assert_array_equal(getattr(first, field), getattr(second, field))
