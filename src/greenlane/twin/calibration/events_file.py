"""Readings in a file, one a row, to observations. The form is told in docs/reference/calibration.md."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from greenlane.twin.calibration.observations import CalibrationError, Observations
from greenlane.twin.calibration.readings import POINTS, Readings, observations_of

REQUIRED: Final = ("passage", "point", "event_time")
OPTIONAL: Final = ("stage", "lane", "channel", "class", "slot_start")
_STAGE_POINTS: Final = ("stage_in", "stage_out")


@dataclass(slots=True)
class _Columns:
    passages: list[str]
    points: list[str]
    times: list[datetime | None]
    stages: list[str]
    lanes: list[str]
    channels: list[str]
    classes: list[str]
    slots: list[datetime | None]


def read_events(path: Path, zone: str, progress: Callable[[int], None] | None = None) -> Observations:
    """The observations of a CSV or Parquet file of readings.

    Args:
        zone: of the checkpoint.
        progress: told how many rows were read.

    Raises:
        CalibrationError: the file or one of its rows cannot be used; names line, column and mend.
    """
    if not path.is_file():
        raise CalibrationError("events", f"{path} is not a file.", "Check the path.")
    rows = _parquet_rows(path) if path.suffix == ".parquet" else _csv_rows(path)
    columns = _Columns([], [], [], [], [], [], [], [])
    for line, row in rows:
        _take(columns, row, f"line {line}", path)
        if progress is not None and line % 10_000 == 0:
            progress(line)
    if not columns.passages:
        raise CalibrationError("events", f"{path} has no readings.", "Give one row a reading.")
    return observations_of(_readings(columns, ZoneInfo(zone)))


def _csv_rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        try:
            header = [name.strip() for name in next(reader, [])]
            _check_header(header, path)
            for row in reader:
                if row:
                    yield reader.line_num, dict(zip(header, row, strict=False))
        except UnicodeDecodeError:
            raise CalibrationError("events", f"{path} is not UTF-8.", "Save it as UTF-8.") from None
        except csv.Error as error:
            raise CalibrationError(
                f"line {reader.line_num}", f"{path} is not CSV: {error}.", "Mend the line."
            ) from None


def _parquet_rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise CalibrationError(
            "events", "Reading Parquet needs pyarrow.", "Install it (`pip install pyarrow`), or give CSV."
        ) from None
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ValueError):
        raise CalibrationError("events", f"{path} is not Parquet.", "Check the file.") from None
    _check_header(list(file.schema_arrow.names), path)
    line = 0
    for batch in file.iter_batches():
        for row in batch.to_pylist():
            line += 1
            yield line, row


def _check_header(header: Sequence[str], path: Path) -> None:
    for name in REQUIRED:
        if name not in header:
            raise CalibrationError(
                name,
                f"{path} has no column {name!r}.",
                f"Name the columns in the first line: {', '.join((*REQUIRED, *OPTIONAL))}.",
            )


def _take(columns: _Columns, row: dict[str, Any], line: str, path: Path) -> None:
    """One row into the columns."""
    passage, point = str(row.get("passage") or "").strip(), str(row.get("point") or "").strip()
    if not passage:
        raise CalibrationError(f"{line}, passage", f"{path}: it is empty.", "Name the passage.")
    if point not in POINTS:
        raise CalibrationError(
            f"{line}, point", f"{path}: {point!r} is not a point.", f"Use {', '.join(POINTS)}."
        )
    stage = _text(row, "stage")
    if point in _STAGE_POINTS and not stage:
        raise CalibrationError(f"{line}, stage", f"{path}: {point} needs a stage.", "Give its code.")
    time = _time(row.get("event_time"), f"{line}, event_time", path)
    slot = _time(row.get("slot_start"), f"{line}, slot_start", path)
    if point == "no_show" and slot is None:
        raise CalibrationError(f"{line}, slot_start", f"{path}: no_show needs a slot.", "Give its start.")
    if point != "no_show" and time is None:
        raise CalibrationError(f"{line}, event_time", f"{path}: it is empty.", "Give the time.")
    columns.passages.append(passage)
    columns.points.append(point)
    columns.times.append(time)
    columns.stages.append(stage)
    columns.lanes.append(_text(row, "lane"))
    columns.channels.append(_text(row, "channel"))
    columns.classes.append(_text(row, "class"))
    columns.slots.append(slot)


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _time(value: Any, where: str, path: Path) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise CalibrationError(
            where, f"{path}: {value!r} is not a time.", "Write ISO 8601, as 2026-11-24T08:00:00+03:00."
        ) from None
    if time.tzinfo is None:
        raise CalibrationError(where, f"{path}: {value} has no zone.", "Add its offset, such as +03:00.")
    return time


def _readings(columns: _Columns, zone: ZoneInfo) -> Readings:
    known = [time for time in (*columns.times, *columns.slots) if time is not None]
    first = min(known).astimezone(zone)
    epoch = first.replace(hour=0, minute=0, second=0, microsecond=0)

    def minutes(times: Iterable[datetime | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([np.nan if each is None else (each - epoch).total_seconds() / 60.0 for each in times])

    return Readings(
        epoch,
        columns.passages,
        columns.points,
        minutes(columns.times),
        columns.stages,
        columns.lanes,
        columns.channels,
        columns.classes,
        minutes(columns.slots),
    )
