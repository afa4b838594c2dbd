"""Who may be put before others, and what of it is published. Pure: no Django."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from greenlane.registry.plates import plate_key

GOODS: Final = {
    "perishable": "perishable",
    "livestock": "livestock",
    "humanitarian": "humanitarian",
    "dangerous": "dangerous",
}
"""The vehicle class that a reason asks for; the other reasons are about people and hold for every class."""
BY_THE_PLATFORM: Final = "guarantee"
"""The reason that no officer gives: what the checkpoint owes for being late."""
TOLD_IN_WORDS: Final = "other"

_CONTACT = re.compile(r"\d(?:[ ().-]?\d){6,}|\S@\S")
"""Seven digits and more are a phone or document number; an @ between letters is an e-mail address."""
_LEAST_NAME = 3
"""Shorter words of a name are particles, which any sentence may hold."""


def fits(reason: str, vehicle_class: str) -> bool:
    """Whether a truck of that class may have priority for that reason."""
    return GOODS.get(reason, vehicle_class) == vehicle_class


def personal_in(detail: str, plates: Iterable[str], names: Iterable[str]) -> str:
    """What of a text for the public is personal: ``contact``, ``plate``, ``name``, or nothing.

    Args:
        plates: those of the truck and its trailer.
        names: of the driver and the carrier; each word of a name counts.
    """
    if _CONTACT.search(detail):
        return "contact"
    folded = plate_key(detail)
    if any(len(key) >= _LEAST_NAME and key in folded for key in map(plate_key, plates)):
        return "plate"
    words = set(re.findall(r"\w+", detail.casefold()))
    said = {word for name in names for word in re.findall(r"\w+", name.casefold())}
    return "name" if any(len(word) >= _LEAST_NAME and word in words for word in said) else ""
