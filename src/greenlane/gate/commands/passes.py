"""Passes: the signing key, and issuing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from greenlane.booking.models import Booking, State
from greenlane.booking.queries import rules_of
from greenlane.errors import GreenlaneError
from greenlane.gate import passes
from greenlane.gate.models import SigningKey

_KEY_LOCK = 0x676C5F6B
"""Number of the advisory lock under which a key is made."""


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """A pass and the time for which it opens the barrier."""

    token: str
    valid_from: datetime
    valid_until: datetime


def issue_pass(booking: Booking, at: datetime) -> IssuedPass:
    """Sign the pass of a booking, good from its earliest arrival until it becomes void.

    Raises:
        GreenlaneError: ``no_pass`` (409) unless the booking is confirmed or called.
    """
    if booking.state not in (State.CONFIRMED, State.CALLED):
        raise GreenlaneError(
            "no_pass",
            _("A pass is given for a confirmed booking; this one is: %(state)s.")
            % {"state": booking.get_state_display()},
            field="booking",
            mend=_("Confirm the booking first, or book again."),
            status=409,
        )
    rules = rules_of(booking.checkpoint_id, booking.direction)
    slot = booking.slot
    claims = passes.PassClaims(
        booking=booking.code,
        checkpoint=booking.checkpoint.code,
        direction=booking.direction,
        plate=booking.plate,
        country=booking.plate_country,
        valid_from=slot.starts_at - timedelta(minutes=rules.early_minutes),
        valid_until=slot.ends_at + timedelta(minutes=rules.void_minutes),
        vin=booking.vin or None,
    )
    token = passes.issue(signing_key(at), claims)
    return IssuedPass(token, claims.valid_from, claims.valid_until)


def signing_key(at: datetime) -> Ed25519PrivateKey:
    """The key that signs passes on this machine; made at first use."""
    directory = Path(settings.GREENLANE_KEYS)
    key = _kept_key(directory)
    if key is not None:
        return key
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY_LOCK])
        return _kept_key(directory) or _new_key(directory, at)


def _kept_key(directory: Path) -> Ed25519PrivateKey | None:
    for key_id in SigningKey.objects.filter(retired_at=None).order_by("-pk").values_list("key_id", flat=True):
        file = _file(directory, key_id)
        if file.exists():
            return passes.private_key_from_pem(file.read_bytes())
    return None


def _new_key(directory: Path, at: datetime) -> Ed25519PrivateKey:
    key = passes.generate_key()
    key_id = passes.key_id(key.public_key())
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_file(directory, key_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(passes.private_key_pem(key))
    SigningKey.objects.create(
        key_id=key_id, public_pem=passes.public_key_pem(key.public_key()).decode(), made_at=at
    )
    return key


def _file(directory: Path, key_id: str) -> Path:
    return directory / f"pass-{key_id}.pem"
