"""Bearer tokens: made once, shown once, kept only as their SHA-256. Pure: no Django.

A token reads ``glt_<prefix>_<secret>`` (an account's) or ``gld_<prefix>_<secret>`` (a device's). The prefix
names the token in lists and logs; the secret has 43 letters and digits, about 256 bits, so a plain SHA-256
without salt is enough: it cannot be found by trying.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["glt", "gld"]
ACCOUNT: Final = "glt"
DEVICE: Final = "gld"

PREFIX_LENGTH: Final = 10
SECRET_LENGTH: Final = 43

_LETTERS = string.ascii_letters + string.digits
_FORM = re.compile(rf"(glt|gld)_([a-z0-9]{{{PREFIX_LENGTH}}})_([A-Za-z0-9]{{{SECRET_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as text, its public prefix, and the digest (64 hexadecimal digits) that is kept of it."""

    text: str = field(repr=False)
    kind: str
    prefix: str
    digest: str


def make_token(kind: Kind) -> Token:
    """A new random token."""
    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(PREFIX_LENGTH))
    secret = "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LENGTH))
    text = f"{kind}_{prefix}_{secret}"
    return Token(text, kind, prefix, digest_of(text))


def parse_token(text: str) -> Token | None:
    """The parts of a token, or None when the text does not have the form of one."""
    form = _FORM.fullmatch(text)
    return Token(text, form[1], form[2], digest_of(text)) if form else None


def digest_of(text: str) -> str:
    """SHA-256 of the whole token, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
