"""Public keys from a file, for whoever checks passes or logs without a server. Pure: no Django."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from greenlane.errors import GreenlaneError
from greenlane.gate.pass_keys import key_set, public_key_from_pem


def read_keys(file: Path, source: str = "/api/v1/public/keys") -> dict[str, Ed25519PublicKey]:
    """The public keys of a file: JSON as served at ``source``, or one key as PEM.

    Raises:
        GreenlaneError: ``keys_unreadable``.
    """
    try:
        text = file.read_text(encoding="utf-8")
        pems = [text] if text.startswith("-----BEGIN") else _pems(json.loads(text))
        return key_set(*(public_key_from_pem(pem.encode()) for pem in pems))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise GreenlaneError(
            "keys_unreadable",
            f"{file} holds no public keys: {fault}.",
            field="--keys",
            mend=f"Fetch the file again from {source}.",
        ) from fault


def _pems(document: Any) -> list[str]:
    return [str(key["pem"]) for key in document["keys"]]
