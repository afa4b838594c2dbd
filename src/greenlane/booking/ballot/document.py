"""The public file of a ballot: everything that its draw depends on, and the draw. Pure: no Django.

It has no plate, no name and no account. A carrier is known by a mask that holds inside one ballot only. Times
are ISO texts in UTC, shares decimal texts, so that every language writes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

FORMAT: Final = "greenlane-ballot-1"

Count = Annotated[int, msgspec.Meta(ge=0)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Part of the file; what it does not know it refuses."""


class Header(_Part, frozen=True):
    """Which ballot: its line, local day and window, and the commitment to the checkpoint's seed."""

    id: int
    checkpoint: str
    direction: str
    day: str
    zone: str
    opens_at: str
    closes_at: str
    commitment: str


class RulesUsed(_Part, frozen=True):
    """The published rules that the draw followed. `hour_places` are the places of an hour of which the
    shares are taken."""

    allocation: str
    carrier_share: str
    unverified_share: str
    hour_places: Count
    most_lost: Count


class WitnessMade(_Part, frozen=True):
    """A witness and the commitment to its seed, made before the closing."""

    name: str
    checkpoint: str
    commitment: str


class Limit(_Part, frozen=True):
    """Places over a time, for the entries that its selectors name (empty: all).

    Attributes:
        free: places free when the list was closed.
        each_carrier: so many for each carrier, counted apart.
    """

    id: str
    kind: str
    free: Count
    vehicle_class: str = msgspec.field(default="", name="class")
    share: str = ""
    park: str = ""
    carrier: str = ""
    verified: Literal["", "no"] = ""
    each_carrier: bool = False


class DrawnSlot(_Part, frozen=True):
    """A slot of the day and the limits that it is under, by their ids."""

    id: int
    starts_at: str
    ends_at: str
    limits: list[str]


class Entry(_Part, frozen=True):
    """A wish in the draw: its slots are ids, best first."""

    number: str
    carrier: str
    verified: Literal["yes", "no"]
    vehicle_class: str = msgspec.field(name="class")
    share: Literal["booked", "priority"]
    park: str
    lost_before: Count
    weight: Count
    slots: list[int]
    asked_for: str


class LeftOut(_Part, frozen=True):
    """A wish that is not in the draw, and why."""

    number: str
    why: str


class EntryList(_Part, frozen=True):
    """What is fixed and published at the closing, before any seed is told."""

    ballot: Header
    rules: RulesUsed
    rules_digest: str
    witnesses: list[WitnessMade]
    limits: list[Limit]
    slots: list[DrawnSlot]
    entries: list[Entry]
    left_out: list[LeftOut]


class TurnTold(_Part, frozen=True):
    """An entry's turn. `slot` is what the draw gave it (None: none had room); `why` is empty, unless the
    place could not be booked: the truck was busy by then, or an officer closed the slot."""

    number: str
    key: str
    slot: int | None
    share: str
    why: str


class Document(_Part, frozen=True):
    """The whole file. Until the draw the seeds are empty, and there are no turns."""

    format: str
    entry_list: EntryList = msgspec.field(name="list")
    list_digest: str
    seed: str = ""
    witness_seeds: list[str] = []
    final: str = ""
    turns: list[TurnTold] = []


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, without spaces, ASCII alone: what every digest is made over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest(part: Any) -> str:
    """SHA-256 over the canonical form of a part of the file, or of plain values."""
    return hashlib.sha256(canonical(msgspec.to_builtins(part))).hexdigest()


def plain(document: Document) -> dict[str, Any]:
    """The file as plain values."""
    told: dict[str, Any] = msgspec.to_builtins(document)
    return told


def read(told: Any) -> Document:
    """The file from plain values.

    Raises:
        msgspec.ValidationError: a part is missing, of another kind, or unknown.
    """
    return msgspec.convert(told, Document)


def time_text(at: datetime) -> str:
    """A time as the file writes it: 2026-05-07T06:00:00Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
