"""JSON Web Signatures in compact form with Ed25519 (RFC 7515, RFC 8037), and nothing else of that family.

Only one algorithm is known, so none can be chosen by the sender, and only one spelling of each token is
accepted.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_ID_LENGTH: Final = 8
"""Characters of a key id: 48 bits of the key's SHA-256, in base64url."""
MOST_CHARACTERS: Final = 2_000
"""Longer texts are not read at all."""


class NotSigned(ValueError):
    """The text is not a token signed by the key that it names."""


class UnknownKey(ValueError):
    """The token names a key that is not among those given."""


def key_id(key: Ed25519PublicKey) -> str:
    """The short name of a key, derived from it: a key cannot be passed off under the name of another."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return encode(sha256(raw).digest())[:KEY_ID_LENGTH]


def sign(key: Ed25519PrivateKey, payload: Mapping[str, Any]) -> str:
    """The token: header, payload and signature, each in base64url, joined by dots."""
    header = {"alg": "EdDSA", "kid": key_id(key.public_key())}
    signed = f"{encode(_compact(header))}.{encode(_compact(payload))}"
    return f"{signed}.{encode(key.sign(signed.encode('ascii')))}"


def open_signed(token: str, keys: Mapping[str, Ed25519PublicKey]) -> tuple[dict[str, Any], str]:
    """The payload of a token and the id of the key that signed it.

    Raises:
        UnknownKey: the header is well formed, and names a key that is not in `keys`.
        NotSigned: anything else is amiss: form, algorithm, signature.
    """
    if not token.isascii() or len(token) > MOST_CHARACTERS or token.count(".") != 2:
        raise NotSigned("not a signed token")
    header_part, payload_part, signature_part = token.split(".")
    header = _object(header_part)
    signer = header.get("kid")
    if header != {"alg": "EdDSA", "kid": signer} or not isinstance(signer, str):
        raise NotSigned("not an Ed25519 token")
    key = keys.get(signer)
    if key is None:
        raise UnknownKey(signer)
    try:
        key.verify(decode(signature_part), f"{header_part}.{payload_part}".encode("ascii"))
    except InvalidSignature:
        raise NotSigned("the signature does not fit") from None
    return _object(payload_part), signer


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of base64url without padding.

    Raises:
        NotSigned: not base64url, or not the one spelling that `encode` gives: the unused bits of the last
            character could otherwise be changed unseen.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("not base64url") from None
    if encode(data) != text:
        raise NotSigned("not canonical base64url")
    return data


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(decode(part).decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise NotSigned("not JSON") from None
    if not isinstance(value, dict):
        raise NotSigned("not a JSON object")
    return value
