"""Trucks, trailers and drivers as a carrier gives them: the faults of each field, and the clean row.

Pure: no Django.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

import pycountry

from greenlane.registry.codes import VEHICLE_CLASSES
from greenlane.registry.plates import plate_key
from greenlane.registry.vin import check_digit_fits, is_vin, normal_vin
from greenlane.registry.worded import worded

LONGEST_PLATE: Final = 16
GREATEST: Final = {"length_m": 60.0, "height_m": 8.0, "gross_kg": 500_000.0}
"""Beyond these a figure is taken for one in another unit; exceptional transports stay below them."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault of one field, and its mend; both `worded`, so that pages can say them in another language."""

    field: str
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class TruckRow:
    """A truck that may be saved. Lengths in metres, weight in kilograms; empty or None where not given."""

    plate: str
    country: str
    vin: str = ""
    vehicle_class: str = ""
    length_m: float | None = None
    height_m: float | None = None
    gross_kg: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it apart from others: country and plate key."""
        return self.country, plate_key(self.plate)


@dataclass(frozen=True, slots=True)
class TrailerRow:
    """A trailer that may be saved."""

    plate: str
    country: str
    vin: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it apart from others: country and plate key."""
        return self.country, plate_key(self.plate)


@dataclass(frozen=True, slots=True)
class DriverRow:
    """A driver that may be saved."""

    full_name: str
    phone: str = ""
    document: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells a driver apart inside a carrier: the document, else the name."""
        return ("document", self.document.upper()) if self.document else ("name", self.full_name.casefold())


Row = TypeVar("Row", TruckRow, TrailerRow, DriverRow)
Given = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one row found: ``problems`` forbid to save it, ``warnings`` do not."""

    problems: tuple[FieldProblem, ...] = ()
    warnings: tuple[FieldProblem, ...] = ()


class _Fields:
    """Reads the fields of one row and gathers what is wrong with them."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.problems: list[FieldProblem] = []
        self.warnings: list[FieldProblem] = []

    def text(self, field: str, longest: int, *, needed: bool = False) -> str:
        value = self.given.get(field)
        text = " ".join(str(value).split()) if value is not None else ""
        if needed and not text:
            self.problem(field, worded("is missing"), worded("Fill it in."))
        if len(text) > longest:
            self.problem(
                field, worded("is longer than %(most)d characters", most=longest), worded("Shorten it.")
            )
        if not text.isprintable():
            self.problem(field, worded("holds a control character"), worded("Type it again."))
        return text

    def problem(self, field: str, message: str, mend: str) -> None:
        self.problems.append(FieldProblem(field, message, mend))

    def plate(self) -> str:
        plate = self.text("plate", LONGEST_PLATE, needed=True).upper()
        if plate and not 2 <= len(plate_key(plate)) <= LONGEST_PLATE:
            self.problem(
                "plate",
                worded("“%(plate)s” is not a number plate", plate=plate),
                worded("Give 2 to 16 letters and digits, as on the vehicle."),
            )
        return plate

    def country(self) -> str:
        country = self.text("country", 2, needed=True).upper()
        if len(country) == 2 and country not in country_codes():
            self.problem(
                "country",
                worded("“%(country)s” is not a country", country=country),
                worded("Give its two letters, such as PL or KZ."),
            )
        return country

    def vin(self) -> str:
        vin = normal_vin(self.text("vin", 40))
        if vin and not is_vin(vin):
            self.problem(
                "vin",
                worded("“%(vin)s” is not a VIN", vin=vin),
                worded("Give its 17 letters and digits; none is I, O or Q."),
            )
        elif vin and not check_digit_fits(vin):
            self.warnings.append(
                FieldProblem(
                    "vin",
                    worded("its check digit does not fit"),
                    worded("Compare it with the registration document."),
                )
            )
        return vin

    def choice(self, field: str, choices: tuple[str, ...]) -> str:
        chosen = self.text(field, 40).lower()
        if chosen and chosen not in choices:
            self.problem(
                field,
                worded("“%(given)s” is not known", given=chosen),
                worded("Choose one of: %(known)s.", known=", ".join(choices)),
            )
        return chosen

    def number(self, field: str) -> float | None:
        text = self.text(field, 40).replace(",", ".")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        greatest = GREATEST[field]
        if not 0 < number <= greatest:
            mend = (
                worded("Give metres, above 0 and up to %(most)g.", most=greatest)
                if field.endswith("_m")
                else worded("Give kilograms, above 0 and up to %(most)g.", most=greatest)
            )
            self.problem(field, worded("“%(given)s” is not a figure that fits", given=text), mend)
            return None
        return number

    @property
    def checked(self) -> Checked:
        return Checked(tuple(self.problems), tuple(self.warnings))


def read_truck(given: Given) -> tuple[TruckRow | None, Checked]:
    """The truck that the fields describe; None when there are problems. Unknown fields are left aside."""
    fields = _Fields(given)
    plate, country, vin = fields.plate(), fields.country(), fields.vin()
    vehicle_class = fields.choice("vehicle_class", VEHICLE_CLASSES)
    length_m, height_m, gross_kg = (fields.number(name) for name in ("length_m", "height_m", "gross_kg"))
    weight = round(gross_kg) if gross_kg is not None else None
    row = TruckRow(plate, country, vin, vehicle_class, length_m, height_m, weight)
    return (None if fields.problems else row), fields.checked


def read_trailer(given: Given) -> tuple[TrailerRow | None, Checked]:
    """The trailer that the fields describe; None when there are problems."""
    fields = _Fields(given)
    row = TrailerRow(fields.plate(), fields.country(), fields.vin())
    return (None if fields.problems else row), fields.checked


def read_driver(given: Given) -> tuple[DriverRow | None, Checked]:
    """The driver that the fields describe; None when there are problems."""
    fields = _Fields(given)
    phone = fields.text("phone", 20)
    if phone and not is_phone(phone):
        fields.problem(
            "phone",
            worded("“%(phone)s” is not a phone number", phone=phone),
            worded("Give it with its country, such as +48 22 ...."),
        )
    row = DriverRow(fields.text("full_name", 200, needed=True), phone, fields.text("document", 40))
    return (None if fields.problems else row), fields.checked


def is_phone(text: str) -> bool:
    """Whether a text can be a phone number: five digits and more, with what people write between them."""
    return sum(sign.isdigit() for sign in text) >= 5 and not set(text) - set("+0123456789 ()-.")


Reader = Callable[[Given], tuple[Row | None, Checked]]


@cache
def country_codes() -> frozenset[str]:
    """The two-letter codes of ISO 3166-1, and XK, which plates of Kosovo use."""
    return frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}
