"""The days over which booking's counts are published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ninja import Schema
from pydantic import Field

from greenlane.booking.models import Rules
from greenlane.booking.queries import rules_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint as checkpoint_of

DEFAULT_DAYS: Final = 90
MOST_DAYS: Final = 366
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2200, 1, 1)


class Published(Schema):
    """Local dates of the checkpoint, both included; without them the last 90 days up to today."""

    since: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)
    until: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)


@dataclass(frozen=True, slots=True)
class Period:
    """A checkpoint's local days ``since`` to ``until``, as times [start, end)."""

    checkpoint: Checkpoint
    rules: Rules
    since: date
    until: date
    start: datetime
    end: datetime


def period_of(code: str, direction: str, asked: Published, at: datetime) -> Period:
    """The days asked for at a checkpoint.

    Raises:
        GreenlaneError: ``checkpoint_unknown``, ``no_booking`` (404), ``bad_request`` (422).
    """
    checkpoint = checkpoint_of(code)
    rules = rules_of(checkpoint.pk, direction)
    zone = ZoneInfo(checkpoint.zone)
    until = asked.until or at.astimezone(zone).date()
    since = asked.since or until - timedelta(days=DEFAULT_DAYS - 1)
    if not since <= until < since + timedelta(days=MOST_DAYS):
        raise GreenlaneError(
            "bad_request",
            "The last day must not be before the first, and at most 366 days are counted.",
            field="until",
            mend="Ask for fewer days.",
            status=422,
        )
    start = datetime.combine(since, time(), zone)
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    return Period(checkpoint, rules, since, until, start, end)
