"""Vehicle identification numbers (ISO 3779). Pure: no Django."""

from __future__ import annotations

import re
from typing import Final

LENGTH: Final = 17

_FORM = re.compile(rf"[A-HJ-NPR-Z0-9]{{{LENGTH}}}")
_VALUES: Final = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def normal_vin(text: str) -> str:
    """Upper case, without spaces and hyphens."""
    return text.upper().replace(" ", "").replace("-", "")


def is_vin(text: str) -> bool:
    """Whether a normal VIN has the right form: 17 letters and digits, none of them I, O or Q."""
    return _FORM.fullmatch(text) is not None


def check_digit(vin: str) -> str:
    """The check digit that North American rules put at the ninth place (49 CFR 565.15): ``0``-``9`` or ``X``.

    Only there and in China is it compulsory, so another ninth sign is no proof of a wrong VIN.
    """
    total = sum(
        weight * (int(sign) if sign.isdigit() else _VALUES[sign])
        for sign, weight in zip(vin, _WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def check_digit_fits(vin: str) -> bool:
    """Whether the ninth sign of a VIN is its check digit."""
    return vin[8] == check_digit(vin)
