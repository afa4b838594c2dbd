"""A CSV of trucks: whatever a spreadsheet writes is read; every fault has its line and field."""

from __future__ import annotations

import pytest

from greenlane.registry.fleet import read_truck
from greenlane.registry.trucks_csv import (
    MOST_LINES,
    TRUCK_COLUMNS,
    LineProblem,
    Sheet,
    SheetError,
    read_sheet,
)


def read(text: str) -> Sheet:
    return read_sheet(text.encode(), TRUCK_COLUMNS, read_truck)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_comma_semicolon_and_tab_are_read(separator: str) -> None:
    lines = ["plate,country,vehicle_class", "AB 123,PL,laden", "", "AC 124,KZ,empty"]
    sheet = read("\ufeff" + "\r\n".join(lines).replace(",", separator))
    assert [(line, row.plate, row.vehicle_class) for line, row in sheet.rows] == [
        (2, "AB 123", "laden"),
        (4, "AC 124", "empty"),
    ]
    assert sheet.problems == ()


def test_columns_stand_in_any_order_and_unknown_ones_are_left_aside() -> None:
    sheet = read("Colour,Country,Plate\nred,PL,AB 123\n")
    assert [row.key for _, row in sheet.rows] == [("PL", "AB123")]


def test_bad_lines_are_told_and_good_ones_kept() -> None:
    sheet = read("plate,country,vin\nAB 123,PL,\nAC 124,XX,123\nAD 125,PL,,too,many\nAE 126,KZ,\n")
    assert [line for line, _ in sheet.rows] == [2, 5]
    assert sheet.problems == (
        LineProblem(3, "country", "“XX” is not a country", "Give its two letters, such as PL or KZ."),
        LineProblem(3, "vin", "“123” is not a VIN", "Give its 17 letters and digits; none is I, O or Q."),
        LineProblem(
            4, "line", "has 5 cells, the header has 3", "Put a cell that holds a separator in quotes."
        ),
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "csv_empty"),
        (b" \r\n", "csv_empty"),
        (b"plate,vin\nA,B\n", "csv_column_missing"),
        ("plate,country\nАВ,PL\n".encode("cp1251"), "csv_not_utf8"),
        (b'plate,country\n"AB 1"x,PL\n', "csv_broken"),
        (b"plate,country\n" + b"AB 1,PL\n" * (MOST_LINES + 1), "csv_too_long"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_mend(content: bytes, code: str) -> None:
    with pytest.raises(SheetError) as refused:
        read_sheet(content, TRUCK_COLUMNS, read_truck)
    assert refused.value.code == code
    assert refused.value.mend
