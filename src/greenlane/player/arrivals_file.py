"""Arrivals from a recorded file. Pure but for reading the file.

Four forms of CSV (also ``.csv.gz``), told apart by their header:

``hour,trucks``
    Trucks in each local hour, 0 to 23; hours left out have none.
``time`` (further columns are ignored)
    One row a truck: ISO 8601 with its offset. These very times are played.
``scraped_at,crossing_id,...,vehicles_waiting,virtual_wait_s``
    The electronic queue of Ukraine as recorded by border-queue-logger. Only rows of the crossing, of trucks,
    are used. Its wait is the number of trucks waiting times a headway of whole minutes, so 3600 / headway
    trucks an hour are let in; below `LEAST_QUEUE` waiting the headway cannot be told and the falls of the
    queue between two polls count instead, a lower bound. All truck queues of a crossing are added. A date of
    the record is played by its own hours, another by the mean of all.
``hour,port_name,direction,vehicle_type,...,volume``
    The counts of Otay Mesa (SANDAG, 2017): commercial vehicles of the port, northbound or southbound as the
    journey goes, in the hours 1 to 24.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from greenlane.errors import GreenlaneError
from greenlane.player.arrivals import Demand, Hourly, Recorded
from greenlane.player.journey import Journey
from greenlane.registry.crossing import Crossing

LEAST_QUEUE = 30
"""Trucks waiting below which several whole minutes fit the wait equally well."""
LONGEST_GAP_S = 3 * 3600
"""Two polls farther apart than this say nothing about the hours between them."""

Row = tuple[int, dict[str, str]]
"""Line in the file and the fields."""


class ArrivalsFileError(GreenlaneError):
    """The file cannot be played: names file, line and column."""

    def __init__(self, path: Path, line: int, column: str | None, what: str, mend: str) -> None:
        super().__init__("arrivals_file", f"{path}:{line}: {what}", field=column, mend=mend)


def read_arrivals(path: Path, crossing: Crossing, journey: Journey) -> Demand:
    """The demand that a file records for a journey.

    Raises:
        ArrivalsFileError: it cannot be read, has another form, or holds nothing of the crossing.
    """
    return _Reader(path, crossing, journey).read()


class _Reader:
    def __init__(self, path: Path, crossing: Crossing, journey: Journey) -> None:
        self._path, self._crossing, self._journey = path, crossing, journey

    def read(self) -> Demand:
        rows, header = self._rows()
        forms: tuple[tuple[set[str], Callable[[list[Row]], Demand]], ...] = (
            ({"hour", "trucks"}, self._by_hour),
            ({"time"}, self._trace),
            ({"scraped_at", "crossing_id", "vehicles_waiting", "virtual_wait_s"}, self._electronic_queue),
            ({"hour", "port_name", "direction", "vehicle_type", "volume"}, self._port_counts),
        )
        for columns, read in forms:
            if columns <= set(header):
                return read(rows)
        raise self._error(
            1,
            None,
            f"the header is none that can be played: {', '.join(header)[:120]}.",
            "Use hour,trucks or time; docs/how-to/play.md tells all forms.",
        )

    def _rows(self) -> tuple[list[Row], list[str]]:
        opened = gzip.open if self._path.suffix == ".gz" else open
        try:
            with opened(self._path, "rt", encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                header = [name.strip() for name in reader.fieldnames or ()]
                rows = [(reader.line_num, row) for row in reader]
        except UnicodeDecodeError:
            raise self._error(1, None, "is not UTF-8.", "Save it as UTF-8.") from None
        except csv.Error as error:
            raise self._error(1, None, f"is no CSV: {error}.", "Save it as CSV.") from None
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self._error(1, None, f"cannot be read: {reason.lower()}.", "Check the path.") from None
        for line, row in rows:
            if None in row or None in row.values():
                raise self._error(
                    line, None, f"does not have the {len(header)} fields of the header.", "Mend the line."
                )
        if not rows:
            raise self._error(1, None, "holds no row.", "Give a header and one row or more.")
        return rows, header

    # The forms

    def _by_hour(self, rows: list[Row]) -> Demand:
        hourly = [0.0] * 24
        seen: dict[int, int] = {}
        for line, row in rows:
            hour = int(self._number(line, row, "hour", 0, 23, whole=True))
            if hour in seen:
                raise self._error(
                    line, "hour", f"hour {hour} stands twice, first on line {seen[hour]}.", "Remove one."
                )
            seen[hour] = line
            hourly[hour] = self._number(line, row, "trucks", 0, 10_000)
        return Hourly(tuple(hourly))

    def _trace(self, rows: list[Row]) -> Demand:
        return Recorded(tuple(sorted(self._time(line, row, "time") for line, row in rows)))

    def _electronic_queue(self, rows: list[Row]) -> Demand:
        parts = self._crossing.code.lower().split("-")
        ids = {row["crossing_id"].lower() for _, row in rows}
        mine = [
            (line, row)
            for line, row in rows
            if row["crossing_id"].lower() in parts and row.get("vehicle_class", "truck").startswith("truck")
        ]
        if not mine:
            raise self._error(
                2,
                "crossing_id",
                f"no row is of {self._crossing.code}; the file has {', '.join(sorted(ids))}.",
                "Play a crossing that the file records.",
            )
        queues: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for line, row in mine:
            if row["vehicles_waiting"] == "" or row["virtual_wait_s"] == "":
                continue
            name = row.get("echerha_id") or row.get("vehicle_class") or ""
            poll = (
                self._time(line, row, "scraped_at"),
                self._number(line, row, "vehicles_waiting", 0, 1_000_000),
                self._number(line, row, "virtual_wait_s", 0, 1e9),
            )
            queues[name].append(poll)
        return _mean_by_hour(
            (piece for polls in queues.values() for piece in let_in(sorted(polls))),
            self._journey.first.checkpoint.zone,
        )

    def _port_counts(self, rows: list[Row]) -> Demand:
        first, facing = (
            self._journey.first.checkpoint,
            self._crossing.facing(self._journey.first.checkpoint.code),
        )
        north = (facing.lat > first.lat) == (self._journey.first.direction == "outbound")
        way = "Northbound" if north else "Southbound"
        port = self._crossing.code.replace("-", " ").lower()
        hourly = [0.0] * 24
        found = False
        for line, row in rows:
            if (row["port_name"].lower(), row["direction"], row["vehicle_type"]) == (port, way, "Commercial"):
                hour = int(self._number(line, row, "hour", 1, 24, whole=True))
                hourly[hour % 24] += self._number(line, row, "volume", 0, 10_000)
                found = True
        if not found:
            ports = ", ".join(sorted({row["port_name"] for _, row in rows}))
            raise self._error(
                2,
                "port_name",
                f"no commercial row is of {port!r} {way}; the file has {ports}.",
                "Name the way that the file counts, with --checkpoint and --direction.",
            )
        return Hourly(tuple(hourly))

    # Fields

    def _number(
        self, line: int, row: dict[str, str], column: str, least: float, most: float, *, whole: bool = False
    ) -> float:
        text = row[column].strip()
        try:
            number = float(text)
        except ValueError:
            raise self._error(line, column, f"{text!r} is not a number.", "Write digits.") from None
        if not least <= number <= most or (whole and number != int(number)):
            kind = "a whole number" if whole else "a number"
            raise self._error(
                line, column, f"{text} is not {kind} from {least:g} to {most:g}.", "Correct the figure."
            )
        return number

    def _time(self, line: int, row: dict[str, str], column: str) -> float:
        text = row[column].strip()
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise self._error(
                line, column, f"{text!r} is not a time.", "Write it as 2026-05-04T10:00:00+02:00."
            ) from None
        if at.tzinfo is None:
            raise self._error(
                line, column, f"{text} does not say in which zone it is.", "End it with Z or an offset."
            )
        return at.timestamp()

    def _error(self, line: int, column: str | None, what: str, mend: str) -> ArrivalsFileError:
        return ArrivalsFileError(self._path, line, column, what, mend)


def headway_s(wait_s: float, waiting: float) -> float | None:
    """The smallest whole minute that divides the published wait and explains it by no more trucks than wait
    (and two, since the two figures are read a moment apart); None below `LEAST_QUEUE`."""
    if waiting < LEAST_QUEUE or wait_s <= 0:
        return None
    for minutes in range(1, 121):
        if wait_s % (minutes * 60) == 0 and wait_s / (minutes * 60) <= waiting + 2:
            return minutes * 60.0
    return None


def let_in(polls: list[tuple[float, float, float]]) -> Iterator[tuple[float, float, float]]:
    """From polls of one queue (time, waiting, wait in seconds) in order: (start, end, trucks an hour)."""
    for (start, before, wait_s), (end, after, _) in pairwise(polls):
        if not 0 < end - start <= LONGEST_GAP_S:
            continue
        headway = headway_s(wait_s, before)
        yield start, end, 3600.0 / headway if headway else max(0.0, before - after) * 3600.0 / (end - start)


def _mean_by_hour(pieces: Iterable[tuple[float, float, float]], zone: str) -> Hourly:
    """Rates of several queues, in pieces of time, as trucks an hour by local date and hour.

    Each queue's pieces are cut at quarters of an hour; a quarter counts by its middle. The usual day is the
    mean over all dates that have the hour.
    """
    there = ZoneInfo(zone)
    totals: dict[tuple[date, int], float] = defaultdict(float)
    for start, end, rate in pieces:
        at = start
        while at < end:
            until = min(end, (at // 900 + 1) * 900)
            local = datetime.fromtimestamp((at + until) / 2, UTC).astimezone(there)
            totals[local.date(), local.hour] += rate * (until - at) / 3600.0
            at = until
    by_hour: dict[int, list[float]] = defaultdict(list)
    for (_, hour), trucks in totals.items():
        by_hour[hour].append(trucks)
    usual = tuple(sum(by_hour[hour]) / len(by_hour[hour]) if by_hour[hour] else 0.0 for hour in range(24))
    dates = {day for day, _ in totals}
    by_date = {
        day: tuple(totals[day, hour] for hour in range(24))
        for day in dates
        if all((day, hour) in totals for hour in range(24))
    }
    return Hourly(usual, by_date)
