"""A truck that comes without an account, as typed at a kiosk or at the desk. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass

from greenlane.registry.fleet import FieldProblem, is_phone, read_truck
from greenlane.registry.plates import plate_key
from greenlane.registry.worded import worded

LONGEST_PHONE = 20


@dataclass(frozen=True, slots=True)
class WalkUp:
    """What is asked of it: plate and country as on the plate, class, and where to send the call."""

    plate: str
    country: str
    vehicle_class: str
    phone: str = ""
    language: str = "en"

    @property
    def plate_key(self) -> str:
        """The form in which two spellings of the plate are equal."""
        return plate_key(self.plate)


def read_walk_up(
    plate: str, country: str, vehicle_class: str, phone: str = "", language: str = "en"
) -> tuple[WalkUp | None, tuple[FieldProblem, ...]]:
    """What was typed, in its stored form; None when there are problems. Rules as for a carrier's trucks."""
    row, checked = read_truck({"plate": plate, "country": country, "vehicle_class": vehicle_class})
    problems = list(checked.problems)
    if not vehicle_class.strip():
        problems.append(FieldProblem("vehicle_class", worded("is missing"), worded("Fill it in.")))
    phone = " ".join(phone.split())
    if phone and (len(phone) > LONGEST_PHONE or not is_phone(phone)):
        problems.append(
            FieldProblem(
                "phone",
                worded("“%(phone)s” is not a phone number", phone=phone[:LONGEST_PHONE]),
                worded("Give it with its country, such as +48 22 ...."),
            )
        )
    if row is None or problems:
        return None, tuple(problems)
    return WalkUp(row.plate, row.country, row.vehicle_class, phone, language), ()
