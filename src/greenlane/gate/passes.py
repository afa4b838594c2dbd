"""The pass: a signed code that opens the barrier for one vehicle, checked without any network.

It is a JSON Web Signature (Ed25519) over the booking code, the checkpoint and direction, the vehicle and the
time it is good for. A gate needs the public key alone. The plate is bound in its folded form
(`plates.match_key`), so that the barrier camera's reading can be compared with it as it is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from greenlane.errors import GreenlaneError
from greenlane.gate import jws
from greenlane.gate.jws import key_id
from greenlane.gate.pass_keys import (
    generate_key,
    key_set,
    private_key_from_pem,
    private_key_pem,
    public_key_from_pem,
    public_key_pem,
)
from greenlane.gate.plates import match_key, normalise
from greenlane.registry.codes import INBOUND, OUTBOUND

__all__ = [
    "PassClaims",
    "PassRefused",
    "VerifiedPass",
    "generate_key",
    "issue",
    "key_id",
    "key_set",
    "private_key_from_pem",
    "private_key_pem",
    "public_key_from_pem",
    "public_key_pem",
    "qr_svg",
    "verify",
    "vin_mark",
]

LEEWAY: Final = timedelta(seconds=15)
"""How far the gate's clock may be off at the ends of a pass's time: the most skew that a device may have."""
DIRECTION_LETTERS: Final = {OUTBOUND: "o", INBOUND: "i"}
"""Directions as written in a pass, where every character makes the code harder to scan."""
VIN_MARK_LENGTH: Final = 8
QUIET_ZONE: Final = 4
"""White modules round the code, as ISO/IEC 18004 asks for."""


_DIRECTIONS: Final = {letter: direction for direction, letter in DIRECTION_LETTERS.items()}


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says.

    Attributes:
        booking: public code of the booking.
        checkpoint, direction: where it is good; direction ``outbound`` or ``inbound``.
        plate: as typed; only its `match_key` goes into the pass.
        country: ISO 3166-1 alpha-2.
        valid_from, valid_until: aware; kept to whole seconds.
        vin: where known; only its `vin_mark` goes into the pass.
    """

    booking: str
    checkpoint: str
    direction: str
    plate: str
    country: str
    valid_from: datetime
    valid_until: datetime
    vin: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedPass:
    """A pass that was found good; `plate_key` is the folded plate, `vin_mark` see there, times are UTC."""

    booking: str
    checkpoint: str
    direction: str
    plate_key: str
    country: str
    valid_from: datetime
    valid_until: datetime
    vin_mark: str | None
    key_id: str


class PassRefused(GreenlaneError):
    """The pass does not open this barrier now. `code` says why:

    ``pass_changed``, ``pass_unknown_key``, ``pass_expired``, ``pass_not_yet_valid``,
    ``pass_other_checkpoint``, ``pass_other_direction``, ``pass_other_vehicle``.
    """

    status = 403


def issue(private_key: Ed25519PrivateKey, claims: PassClaims) -> str:
    """Sign a pass: under 300 characters with the usual codes, a QR code of version 13 or less at level M.

    Raises:
        ValueError: a text is empty, the direction unknown, a time naive, or the end not after the beginning.
    """
    plate = match_key(claims.plate)
    if not (claims.booking and claims.checkpoint and plate):
        raise ValueError("a pass needs a booking, a checkpoint and a plate")
    if claims.direction not in DIRECTION_LETTERS:
        raise ValueError(
            f"{claims.direction!r} is not a direction; use one of {', '.join(DIRECTION_LETTERS)}"
        )
    if claims.valid_from.tzinfo is None or claims.valid_until.tzinfo is None:
        raise ValueError("the times of a pass need a zone")
    if claims.valid_until <= claims.valid_from:
        raise ValueError("a pass must end after it begins")
    vehicle = (claims.country, plate, vin_mark(claims.vin) if claims.vin else "")
    payload = {
        "sub": claims.booking,
        "aud": claims.checkpoint,
        "dir": DIRECTION_LETTERS[claims.direction],
        "veh": "/".join(vehicle).rstrip("/"),
        "nbf": int(claims.valid_from.timestamp()),
        "exp": int(claims.valid_until.timestamp()),
    }
    return jws.sign(private_key, payload)


def verify(
    token: str,
    public_keys: Mapping[str, Ed25519PublicKey],
    *,
    plate: str,
    checkpoint: str,
    at: datetime,
    direction: str | None = None,
    country: str | None = None,
    vin: str | None = None,
) -> VerifiedPass:
    """Check a pass as shown at a barrier at time `at`, with the public keys alone.

    Args:
        token: the text of the code.
        public_keys: the keys in force by id, see `key_set`.
        plate: of the vehicle that shows the pass, as read or typed.
        direction, country, vin: compared where given (and, country and vin, where the pass holds one).

    Raises:
        PassRefused: with the reason as its code.
    """
    found = _opened(token.strip(), public_keys)
    if at >= found.valid_until + LEEWAY:
        raise PassRefused(
            "pass_expired",
            f"The pass was good until {found.valid_until:%Y-%m-%d %H:%M} UTC.",
            field="token",
            mend="Open the booking again: it shows the pass that is good now.",
        )
    if at < found.valid_from - LEEWAY:
        raise PassRefused(
            "pass_not_yet_valid",
            f"The pass is good from {found.valid_from:%Y-%m-%d %H:%M} UTC.",
            field="token",
            mend="Come back at that time.",
        )
    if checkpoint != found.checkpoint:
        raise PassRefused(
            "pass_other_checkpoint",
            f"The pass is for the checkpoint {found.checkpoint}.",
            field="checkpoint",
            mend="Show it there, or move the booking.",
        )
    if direction is not None and direction != found.direction:
        raise PassRefused(
            "pass_other_direction",
            f"The pass is for the direction {found.direction}.",
            field="direction",
            mend="Use the lanes of that direction, or move the booking.",
        )
    _same_vehicle(found, plate, country, vin)
    return found


def _opened(token: str, public_keys: Mapping[str, Ed25519PublicKey]) -> VerifiedPass:
    try:
        payload, signer = jws.open_signed(token, public_keys)
    except jws.UnknownKey:
        raise PassRefused(
            "pass_unknown_key",
            "The pass was signed by someone that this gate does not know.",
            field="token",
            mend="Fetch the public keys again; if the pass is still refused, it was not issued here.",
        ) from None
    except jws.NotSigned:
        raise _changed() from None
    return _claims(payload, signer)


def _claims(payload: Mapping[str, Any], signer: str) -> VerifiedPass:
    try:
        country, plate_key, *mark = payload["veh"].split("/")
        direction = _DIRECTIONS[payload["dir"]]
        booking, checkpoint = payload["sub"], payload["aud"]
        if not (isinstance(booking, str) and isinstance(checkpoint, str)):
            raise _changed()
        return VerifiedPass(
            booking=booking,
            checkpoint=checkpoint,
            direction=direction,
            plate_key=plate_key,
            country=country,
            valid_from=datetime.fromtimestamp(payload["nbf"], UTC),
            valid_until=datetime.fromtimestamp(payload["exp"], UTC),
            vin_mark=mark[0] if mark else None,
            key_id=signer,
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
        # Signed with our key, yet no pass: another kind of token of the same issuer.
        raise _changed() from None


def _same_vehicle(found: VerifiedPass, plate: str, country: str | None, vin: str | None) -> None:
    fields = {
        "plate": match_key(plate) == found.plate_key,
        "country": not country or not found.country or country == found.country,
        "vin": not vin or not found.vin_mark or vin_mark(vin) == found.vin_mark,
    }
    for field, same in fields.items():
        if not same:
            raise PassRefused(
                "pass_other_vehicle",
                f"The pass is for a vehicle with another {field}.",
                field=field,
                mend="If the carrier has changed the truck, show the pass that was issued after the change.",
            )


def vin_mark(vin: str) -> str:
    """48 bits of the VIN's SHA-256: enough to compare with, and shorter in the code than the VIN itself."""
    return jws.encode(sha256(normalise(vin).encode("utf-8")).digest())[:VIN_MARK_LENGTH]


def _changed() -> PassRefused:
    return PassRefused(
        "pass_changed",
        "The pass is damaged, was changed, or is no pass.",
        field="token",
        mend="Show the pass again from the booking page, at full brightness.",
    )


def qr_svg(token: str) -> str:
    """The QR code (level M) as an inline SVG element that scales to its box, with its quiet zone, dark on
    white."""
    code = segno.make(token, error="m", boost_error=False, micro=False)
    out = io.BytesIO()
    code.save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        omitsize=True,
        xmldecl=False,
        svgns=True,
        light="#fff",
        dark="#000",
    )
    return out.getvalue().decode("utf-8").strip()
