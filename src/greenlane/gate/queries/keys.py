"""The public keys with which anyone can check a pass."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from django.db.models import Q

from greenlane.gate import jws
from greenlane.gate.models import SigningKey
from greenlane.gate.pass_keys import public_key_from_pem

PASS_LIFE: Final = timedelta(days=30)
"""A retired key stays public this long: no pass that it signed is good for longer."""


def public_keys(at: datetime) -> list[dict[str, Any]]:
    """The keys in force at `at`, as JSON Web Keys (RFC 8037) with their PEM beside."""
    kept = SigningKey.objects.filter(Q(retired_at=None) | Q(retired_at__gt=at - PASS_LIFE)).order_by("pk")
    return [_as_jwk(key) for key in kept]


def all_public_pems() -> list[str]:
    """Every key that ever signed here, as PEM: what is kept for good stays open to checking."""
    return list(SigningKey.objects.order_by("pk").values_list("public_pem", flat=True))


def all_public_keys() -> list[dict[str, Any]]:
    """Every key that ever signed here, in the shape of `public_keys`."""
    return [_as_jwk(key) for key in SigningKey.objects.order_by("pk")]


def _as_jwk(key: SigningKey) -> dict[str, Any]:
    public = public_key_from_pem(key.public_pem.encode())
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
        "kid": key.key_id,
        "x": jws.encode(raw),
        "pem": key.public_pem,
    }
