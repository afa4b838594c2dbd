"""What is wrong with a truck, a trailer or a driver is told by field, with the mend."""

from __future__ import annotations

import pytest

from greenlane.registry.fleet import DriverRow, TruckRow, read_driver, read_trailer, read_truck
from greenlane.registry.vin import check_digit, check_digit_fits, is_vin

VIN = "1M8GDM9AXKP042788"
"""The example of 49 CFR 565; its check digit is X."""


def test_a_truck_is_cleaned() -> None:
    row, checked = read_truck(
        {"plate": " ab  123 c", "country": "pl", "vin": VIN.lower(), "length_m": "16,5", "gross_kg": "40000"}
    )
    assert row == TruckRow("AB 123 C", "PL", VIN, "", 16.5, None, 40_000)
    assert checked.problems == checked.warnings == ()


@pytest.mark.parametrize(
    ("field", "value", "mend"),
    [
        ("plate", "", "Fill it in."),
        ("plate", "--", "Give 2 to 16 letters and digits, as on the vehicle."),
        ("plate", "AB\x00123", "Type it again."),
        ("plate", "A" * 17, "Shorten it."),
        ("country", "ZZ", "Give its two letters, such as PL or KZ."),
        ("country", "Poland", "Shorten it."),
        ("vin", "1M8GDM9AXKP04278I", "Give its 17 letters and digits; none is I, O or Q."),
        ("vin", "1M8GDM9AXKP04278", "Give its 17 letters and digits; none is I, O or Q."),
        ("length_m", "long", "Give metres, above 0 and up to 60."),
        ("gross_kg", "-1", "Give kilograms, above 0 and up to 500000."),
        ("height_m", "nan", "Give metres, above 0 and up to 8."),
    ],
)
def test_a_fault_names_its_field_and_mend(field: str, value: str, mend: str) -> None:
    row, checked = read_truck({"plate": "AB 123", "country": "PL"} | {field: value})
    assert row is None
    first = checked.problems[0]
    assert (first.field, first.mend) == (field, mend)


def test_an_unknown_class_lists_the_known_ones() -> None:
    _, checked = read_truck({"plate": "AB 123", "country": "PL", "vehicle_class": "huge"})
    assert checked.problems[0].field == "vehicle_class"
    assert "perishable" in checked.problems[0].mend


def test_a_wrong_check_digit_is_a_warning_and_no_refusal() -> None:
    wrong = VIN.replace("AXK", "A1K")
    assert is_vin(wrong)
    assert check_digit(VIN) == "X"
    assert not check_digit_fits(wrong)
    row, checked = read_trailer({"plate": "T 12", "country": "KZ", "vin": wrong})
    assert row is not None
    assert row.vin == wrong
    assert [warning.field for warning in checked.warnings] == ["vin"]


def test_a_driver_is_known_by_document_else_by_name() -> None:
    with_document, _ = read_driver({"full_name": "Invented  Person", "document": "n1"})
    without, _ = read_driver({"full_name": "Invented Person", "phone": "+48 22 123 45 67"})
    assert with_document == DriverRow("Invented Person", "", "n1")
    assert with_document.key == ("document", "N1")
    assert without is not None
    assert without.key == ("name", "invented person")
    assert read_driver({"full_name": "Invented", "phone": "call me"})[0] is None
