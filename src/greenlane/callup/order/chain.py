"""The chain: canonical lines, each hashed together with the hash before it. Pure: no Django."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

FORMAT: Final = "greenlane-order/1"
MASK_LENGTH: Final = 20
"""Hexadecimal characters of a masked id: 80 bits."""


def canonical(value: Mapping[str, Any]) -> str:
    """The one spelling of a JSON object: keys sorted, no spaces, signs of all scripts as they are.

    Lines hold text, whole numbers, lists and objects alone, which every language writes alike.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def line_of(
    seq: int, at: datetime, kind: str, facts: Mapping[str, Any], digest: str, added_digest: str = ""
) -> str:
    """The public line of an entry.

    Args:
        at: aware; written in UTC, to the microsecond.
        digest: of the row that made it, as it became; empty where the row was deleted.
        added_digest: of the row in its table's own log, where there is one.
    """
    entry: dict[str, Any] = {"seq": seq, "at": text_of(at), "kind": kind, "facts": facts, "row": digest}
    if added_digest:
        entry["added"] = added_digest
    return canonical(entry)


def text_of(time: datetime) -> str:
    """A time as lines have it: UTC with microseconds and Z."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_of(text: str) -> datetime:
    """Reads `text_of`.

    Raises:
        ValueError: it is no such text.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def first_hash(checkpoint: str, direction: str) -> str:
    """What stands before the first line: the log of one line cannot be passed off as that of another."""
    return sha256(f"{FORMAT} {checkpoint} {direction}".encode()).hexdigest()


def next_hash(previous: str, line: str) -> str:
    """SHA-256 of the hash before, as text, with the line behind it; hexadecimal."""
    return sha256((previous + line).encode("utf-8")).hexdigest()


def mask(code: str) -> str:
    """The id of a booking, ticket or place on the list in the log: whoever has its code finds its lines."""
    return sha256(f"greenlane:{code}".encode()).hexdigest()[:MASK_LENGTH]
