"""A carrier's trucks, trailers or drivers as CSV: good lines kept, bad lines told. Pure: no Django."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic

from greenlane.errors import GreenlaneError
from greenlane.registry.fleet import FieldProblem, Reader, Row
from greenlane.registry.worded import worded

TRUCK_COLUMNS: Final = ("plate", "country", "vin", "vehicle_class", "length_m", "height_m", "gross_kg")
TRAILER_COLUMNS: Final = ("plate", "country", "vin")
DRIVER_COLUMNS: Final = ("full_name", "phone", "document")
NEEDED: Final = frozenset({"plate", "country", "full_name"})

MOST_LINES: Final = 10_000
DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One fault of one field on one line (counted from 1, the header is line 1)."""

    line: int
    field: str
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Row]):
    """What a file holds: the good rows with their line numbers, and what is wrong with the others."""

    rows: tuple[tuple[int, Row], ...]
    problems: tuple[LineProblem, ...]
    warnings: tuple[LineProblem, ...]


class SheetError(GreenlaneError):
    """The file as a whole cannot be read; nothing of it is used."""

    status = 422


def read_sheet(content: bytes, columns: tuple[str, ...], read_row: Reader[Row]) -> Sheet[Row]:
    """Read a CSV file: a header line that names the columns, then one vehicle or driver a line.

    Comma, semicolon or tab may separate; the order of columns is free and unknown columns are left aside.

    Raises:
        SheetError: not UTF-8, empty, a needed column missing, a broken quote, or too long (`MOST_LINES`).
    """
    lines = _lines(_decoded(content))
    _, header = next(lines, (1, []))
    names = _columns(header, columns)
    rows: list[tuple[int, Row]] = []
    problems: list[LineProblem] = []
    warnings: list[LineProblem] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            message = worded(
                "has %(cells)d cells, the header has %(columns)d", cells=len(cells), columns=len(header)
            )
            problems.append(
                LineProblem(number, "line", message, worded("Put a cell that holds a separator in quotes."))
            )
            continue
        row, checked = read_row({name: cells[at] for name, at in names.items() if at < len(cells)})
        problems += _on_line(number, checked.problems)
        warnings += _on_line(number, checked.warnings)
        if row is not None:
            rows.append((number, row))
    return Sheet(tuple(rows), tuple(problems), tuple(warnings))


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SheetError(
            "csv_not_utf8",
            worded("Line %(line)d is not UTF-8.", line=line),
            field="file",
            mend=worded("Save the file as “CSV UTF-8” in your spreadsheet program."),
        ) from error
    if not text.strip():
        raise SheetError(
            "csv_empty",
            worded("The file is empty."),
            field="file",
            mend=worded("Its first line names the columns."),
        )
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells; a quoted cell may span lines, its row is numbered by the line it ends on."""
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if reader.line_num > MOST_LINES + 1:
                raise SheetError(
                    "csv_too_long",
                    worded("The file has more than %(most)d lines.", most=MOST_LINES),
                    field="file",
                    mend=worded("Split it into several files."),
                )
            yield reader.line_num, cells
    except csv.Error as error:
        raise SheetError(
            "csv_broken",
            worded("Line %(line)d is not CSV: %(fault)s.", line=reader.line_num, fault=error),
            field="file",
            mend=worded("Mend the quotes of that line or the one above it."),
        ) from error


def _columns(header: list[str], columns: tuple[str, ...]) -> dict[str, int]:
    """Where each known column stands."""
    given = [cell.strip().lower().replace(" ", "_") for cell in header]
    missing = [name for name in columns if name in NEEDED and name not in given]
    if missing:
        raise SheetError(
            "csv_column_missing",
            worded("The column %(column)s is missing.", column=missing[0]),
            field=missing[0],
            mend=worded("Name the columns in the first line: %(columns)s.", columns=",".join(columns)),
        )
    return {name: given.index(name) for name in columns if name in given}


def _on_line(line: int, found: tuple[FieldProblem, ...]) -> list[LineProblem]:
    return [LineProblem(line, each.field, each.message, each.mend) for each in found]
