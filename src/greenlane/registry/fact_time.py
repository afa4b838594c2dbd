"""The time of a fact that reaches the platform later than it happened. Pure: no Django."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from greenlane.errors import GreenlaneError

HEADER: Final = "Greenlane-At"
SCOPE: Final = "backfill"
AHEAD: Final = timedelta(minutes=2)
"""A client's clock may be so far ahead."""


def fact_time(given: str | None, scopes: Collection[str], now: datetime) -> datetime:
    """The time at which a command counts, in UTC: ``now``, or the one that the header gives.

    Raises:
        GreenlaneError: ``scope_missing`` (403), or ``bad_request`` (422) when it is no time with its offset
            or lies ahead.
    """
    if not given:
        return now
    if SCOPE not in scopes:
        raise GreenlaneError(
            "scope_missing",
            "The token may not state times.",
            field=HEADER,
            mend=f"Leave the header out, or use a token with the scope {SCOPE}.",
            status=403,
        )
    try:
        at = datetime.fromisoformat(given)
        in_utc = at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        in_utc = None
    if in_utc is None:
        raise GreenlaneError(
            "bad_request",
            f"{given!r} is not a time with its offset.",
            field=HEADER,
            mend="Write it as 2026-11-24T06:00:00+00:00.",
            status=422,
        )
    if in_utc > now + AHEAD:
        raise GreenlaneError(
            "bad_request",
            f"{given} is in the future.",
            field=HEADER,
            mend="State the time at which it happened; leave the header out for what happens now.",
            status=422,
        )
    return in_utc
