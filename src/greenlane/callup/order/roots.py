"""The signed root of a day: until where the log reached, and with which hash. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from greenlane.callup.order.chain import FORMAT, text_of, time_of
from greenlane.gate import jws


@dataclass(frozen=True, slots=True)
class Root:
    """What is signed: the lines `first_seq` to `last_seq` were there at `signed_at`, and end in `head`.

    On a day without lines `last_seq` is one less than `first_seq`, and the head that of the day before.
    """

    checkpoint: str
    direction: str
    day: date
    first_seq: int
    last_seq: int
    head: str
    signed_at: datetime


class RootNotSigned(ValueError):
    """The token is not the root of such a log, signed by one of the keys."""


def sign_root(key: Ed25519PrivateKey, root: Root) -> str:
    """The token: a JSON Web Signature as passes are, see `gate.jws`."""
    payload = {
        "log": FORMAT,
        "checkpoint": root.checkpoint,
        "direction": root.direction,
        "day": root.day.isoformat(),
        "first_seq": root.first_seq,
        "last_seq": root.last_seq,
        "head": root.head,
        "at": text_of(root.signed_at),
    }
    return jws.sign(key, payload)


def open_root(token: str, keys: Mapping[str, Ed25519PublicKey]) -> tuple[Root, str]:
    """What a token says, and the id of the key that signed it.

    Raises:
        RootNotSigned: the signature does not fit, its key is not known, or it signs something else.
    """
    try:
        payload, signer = jws.open_signed(token, keys)
    except jws.UnknownKey as unknown:
        raise RootNotSigned(
            f"it was signed by the key {unknown}, which is not among the public keys"
        ) from None
    except jws.NotSigned as fault:
        raise RootNotSigned(str(fault)) from None
    try:
        if payload["log"] != FORMAT:
            raise RootNotSigned("it signs something else")
        return (
            Root(
                checkpoint=str(payload["checkpoint"]),
                direction=str(payload["direction"]),
                day=date.fromisoformat(payload["day"]),
                first_seq=int(payload["first_seq"]),
                last_seq=int(payload["last_seq"]),
                head=str(payload["head"]),
                signed_at=time_of(payload["at"]),
            ),
            signer,
        )
    except (KeyError, TypeError, ValueError):
        raise RootNotSigned("it signs something else") from None
