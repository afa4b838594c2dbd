"""What the log tells of one booking, ticket, truck, hindrance, call. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Place:
    """A booking, under its masked id."""

    state: str
    start: datetime
    end: datetime
    share: str
    changed_at: datetime


@dataclass(slots=True)
class Ticket:
    since: datetime
    good_until: datetime
    state: str
    changed_at: datetime


@dataclass(slots=True)
class Stop:
    """A hindrance, until it is lifted."""

    what: str
    starts: datetime
    ends: datetime | None
    lifted: datetime | None


@dataclass(slots=True)
class Truck:
    """A passage, under its masked id; `number` is its turn among those that came at the same moment.

    `told_at` is the time of its last call that the log has come to.
    """

    number: int
    phase: str
    in_at: datetime | None
    out_at: datetime | None
    called_at: datetime | None
    place: str | None
    ticket: str | None
    changed_at: datetime
    told_at: datetime | None = None
    missed: int = 0
    missed_at: datetime | None = None


@dataclass(slots=True)
class Called:
    """A call, and whether it was taken back or missed since."""

    at: datetime
    turn: str
    is_booked: bool
    recalled: bool = False
    missed: bool = False
