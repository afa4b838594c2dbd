"""The key by which number plates are told apart. Pure: no Django."""

from __future__ import annotations

import unicodedata
from typing import Final

LOOK_ALIKE_LETTERS: Final = dict(
    zip(
        "АВЕЁКМНОРСТУҮХІЇЅЈӨԚԜ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "ABEEKMHOPCTYYXIISJOQW" + "ABEZHIKMNOPTYX",
        strict=True,
    )
)
"""Cyrillic and Greek capitals drawn like Latin ones. Russian, Belarusian and Ukrainian plates use only such
letters by design, so that they can be read abroad; drivers type them in either script."""

_FOLD = str.maketrans(LOOK_ALIKE_LETTERS)


def plate_key(text: str) -> str:
    """The form in which two spellings of one plate are equal, and two plates are not.

    Upper case, letters and digits only, look-alike letters of other scripts as Latin, digits as 0-9, accents
    dropped; Chinese signs stay. What a camera confuses (O and 0, B and 8) stays apart: it may be two trucks.
    Applying it twice changes nothing.

    >>> plate_key("а 123-вс 77") == plate_key("A123BC77")
    True
    """
    while True:
        upper = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
        folded = "".join(_plain(sign) for sign in upper if sign.isalnum()).translate(_FOLD)
        if folded == text:
            return folded
        text = folded


def _plain(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    base = unicodedata.normalize("NFKD", sign)[0]
    # Only alphabets lose their marks; a Hangul block taken apart would become another text.
    return base if base.isalnum() and not "가" <= sign <= "힣" else sign
