"""The signature of a webhook's delivery. Pure: no Django.

``Greenlane-Signature: t=1764000000,v1=<hexadecimal HMAC-SHA256>`` over ``<t>.<body>`` with the webhook's
secret. The time is inside, so that an old delivery cannot be played again for long.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

HEADER: Final = "Greenlane-Signature"
KEY_HEADER: Final = "Greenlane-Key"
SECRET_PREFIX: Final = "whs_"


def signature(secret: str, body: bytes, at: int) -> str:
    """The header's value for a body sent at `at` (seconds since the epoch, of the wall clock)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def new_secret() -> str:
    """A secret that cannot be guessed: 256 bits."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)
