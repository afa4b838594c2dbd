"""Codes such as ``GL-7K3MQ-9XDPA``: random, easy to read over a phone. The first two letters say of what."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which are mistaken for others."""

BOOKING = "GL"
TICKET = "LQ"
ENTRY = "LT"
"""Kinds of codes: a booking's, a ticket's of the live queue, an entry's of a ballot. L is no letter of the
alphabet, so none can be taken for the beginning of what follows it."""

_LENGTH = 10
_MISREAD = str.maketrans("ILOU", "110V")


def new_code(kind: str = BOOKING) -> str:
    """A random code of 50 bits."""
    # One read of the system's randomness: in a rush, a read a letter was the greater part of a request.
    bits = secrets.randbits(5 * _LENGTH)
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 5 * _LENGTH, 5))
    return f"{kind}-{letters[:5]}-{letters[5:]}"


def read_code(text: str, kind: str = BOOKING) -> str:
    """The code that a person meant: upper case, look-alikes corrected, hyphens put back.

    A text that cannot be a code comes back unchanged, and will be found nowhere.
    """
    letters = text.upper().replace("-", "").replace(" ", "").removeprefix(kind).translate(_MISREAD)
    if len(letters) != _LENGTH or any(letter not in ALPHABET for letter in letters):
        return text
    return f"{kind}-{letters[:5]}-{letters[5:]}"
