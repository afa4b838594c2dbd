"""The order of a draw: tickets made from seeds that were committed to beforehand. Pure: no Django."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

SEED_BYTES = 32
_HEX = re.compile(r"[0-9a-f]{64}")


def new_seed() -> str:
    """256 random bits, as 64 hexadecimal digits."""
    return secrets.token_hex(SEED_BYTES)


def is_hash(text: str) -> bool:
    """Whether the text is 256 bits written as 64 lower-case hexadecimal digits."""
    return _HEX.fullmatch(text) is not None


def commitment_to(seed: str) -> str:
    """What is published of a seed before it is told: the SHA-256 of its bytes."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def final_seed(seed: str, list_digest: str, witness_seeds: Iterable[str]) -> str:
    """The seed of the draw: the checkpoint's own, the closed list and all witnesses mixed.

    Args:
        witness_seeds: in the order of the list; empty for a witness that did not tell its seed.
    """
    return _sha256("|".join([seed, list_digest, *witness_seeds]))


def key_of(final: str, number: str, weight: int) -> str:
    """The least of an entry's tickets; the entry with the least key has the first turn.

    An entry of weight w has the tickets SHA-256(final | number | i), 0 <= i < w: w independent uniform
    numbers. Read in ascending order, the tickets of all entries are a uniformly random order of all
    tickets, and an entry's turn comes with the first of its own. Whoever is first of those still waiting is
    therefore entry e with probability w_e / (sum of the weights of those still waiting): exactly weighted
    sampling without replacement (Efraimidis and Spirakis, 2006, do the same with real weights).
    """
    return min(_sha256(f"{final}|{number}|{ticket}") for ticket in range(weight))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
