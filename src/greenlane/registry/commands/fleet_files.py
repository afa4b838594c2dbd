"""CSV files of trucks, trailers and drivers: good lines are kept, bad lines are told by line and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from greenlane.registry.commands.drivers import keep_drivers
from greenlane.registry.commands.saving import Saved, may_keep_fleet
from greenlane.registry.commands.telling import refusals_told, told_line
from greenlane.registry.commands.vehicles import keep_vehicles
from greenlane.registry.fleet import Reader, Row, read_driver, read_trailer, read_truck
from greenlane.registry.models import Account, Trailer, Truck
from greenlane.registry.trucks_csv import (
    DRIVER_COLUMNS,
    TRAILER_COLUMNS,
    TRUCK_COLUMNS,
    LineProblem,
    Sheet,
    read_sheet,
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: lines kept, and of these made and changed; the lines that were not kept and why;
    warnings on lines that were kept all the same."""

    saved: int
    made: int
    changed: int
    problems: tuple[LineProblem, ...]
    warnings: tuple[LineProblem, ...]


def import_trucks_csv(account: Account, content: bytes, at: datetime) -> Imported:
    """Save the trucks of a CSV file, as `save_trucks`.

    Raises:
        SheetError: the file as a whole cannot be read; nothing is saved.
        GreenlaneError: ``no_carrier`` or ``not_allowed`` (403).
    """
    carrier = may_keep_fleet(account)
    sheet = _sheet(content, TRUCK_COLUMNS, read_truck)
    saved = keep_vehicles(Truck, carrier, [row for _, row in sheet.rows])
    return _imported([line for line, _ in sheet.rows], saved, sheet.problems, sheet.warnings)


def import_trailers_csv(account: Account, content: bytes, at: datetime) -> Imported:
    """Save the trailers of a CSV file; as `import_trucks_csv`."""
    carrier = may_keep_fleet(account)
    sheet = _sheet(content, TRAILER_COLUMNS, read_trailer)
    saved = keep_vehicles(Trailer, carrier, [row for _, row in sheet.rows])
    return _imported([line for line, _ in sheet.rows], saved, sheet.problems, sheet.warnings)


def import_drivers_csv(account: Account, content: bytes, at: datetime) -> Imported:
    """Save the drivers of a CSV file; as `import_trucks_csv`."""
    carrier = may_keep_fleet(account)
    sheet = _sheet(content, DRIVER_COLUMNS, read_driver)
    saved = keep_drivers(carrier, [row for _, row in sheet.rows])
    return _imported([line for line, _ in sheet.rows], saved, sheet.problems, sheet.warnings)


def _sheet(content: bytes, columns: tuple[str, ...], read_row: Reader[Row]) -> Sheet[Row]:
    """The file as `read_sheet` reads it, its faults in the language in force."""
    with refusals_told():
        sheet = read_sheet(content, columns, read_row)
    problems, warnings = map(told_line, sheet.problems), map(told_line, sheet.warnings)
    return Sheet(sheet.rows, tuple(problems), tuple(warnings))


def _imported(
    lines: Sequence[int],
    saved: Saved,
    problems: Sequence[LineProblem],
    warnings: Sequence[LineProblem],
) -> Imported:
    rejected = [
        LineProblem(lines[index], problem.field, problem.message, problem.mend)
        for index, problem in saved.rejected
    ]
    told = sorted([*problems, *rejected], key=lambda problem: problem.line)
    kept = sum(1 for saved_id in saved.ids if saved_id is not None)
    return Imported(kept, saved.made, saved.changed, tuple(told), tuple(warnings))
