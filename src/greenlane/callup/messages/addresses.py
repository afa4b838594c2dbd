"""Addresses as a channel needs them, and as others may see them. Pure: no Django."""

from __future__ import annotations

import re

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
PLATE_END = 4


def phone_number(text: str) -> str | None:
    """A phone number in the form of E.164, ``+77000000000``; None where it is none with its country code."""
    digits = re.sub(r"[\s().\-\u2010-\u2015]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    return digits if _PHONE.fullmatch(digits) else None


def is_device_token(text: str) -> bool:
    """Whether a text may be a device's push token: 16 to 200 characters of ASCII without spaces."""
    return 16 <= len(text) <= 200 and re.fullmatch(r"[!-~]+", text) is not None


def masked(address: str) -> str:
    """An address as staff and colleagues see it: enough to know it, too little to use it."""
    if "://" in address:
        return address.split("://", 1)[1].split("/", 1)[0]
    if "@" in address:
        name, _, host = address.partition("@")
        return f"{name[:1]}…@{host}"
    return f"…{address[-3:]}" if len(address) > 6 else "…"


def plate_end(plate: str) -> str:
    """A plate by its last characters, ``*4567``: enough for its driver, in letters that an SMS carries."""
    letters = [sign for sign in plate if sign.isalnum()]
    return "*" + "".join(letters[-PLATE_END:]) if letters else ""
