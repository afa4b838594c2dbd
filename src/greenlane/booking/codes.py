"""Public booking codes such as ``GL-7K3MQ-9XDPA``: random, easy to read over a phone."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which are mistaken for others."""

_LENGTH = 10
_MISREAD = str.maketrans("ILOU", "110V")


def new_code() -> str:
    """A random code of 50 bits."""
    # One read of the system's randomness: in a rush, a read a letter was the greater part of a request.
    bits = secrets.randbits(5 * _LENGTH)
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 5 * _LENGTH, 5))
    return f"GL-{letters[:5]}-{letters[5:]}"


def read_code(text: str) -> str:
    """The code that a person meant: upper case, look-alikes corrected, hyphens put back.

    A text that cannot be a code comes back unchanged, and will be found nowhere.
    """
    letters = text.upper().replace("-", "").replace(" ", "").removeprefix("GL").translate(_MISREAD)
    if len(letters) != _LENGTH or any(letter not in ALPHABET for letter in letters):
        return text
    return f"GL-{letters[:5]}-{letters[5:]}"
