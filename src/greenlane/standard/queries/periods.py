"""Periods as a reader asks for them, whole hours of the checkpoint's zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.standard.periods import Period, day_of, days_period, hour_of, month_period

MOST_DAYS: Final = 400
NAMED: Final = ("today", "7d", "30d", "month")


def named_period(name: str, zone: str, at: datetime) -> Period:
    """``today``, ``7d``, ``30d`` (days up to and with today) or ``month``; any other is today."""
    today = day_of(at, zone)
    if name == "month":
        return month_period(at, zone)
    days = {"7d": 7, "30d": 30}.get(name, 1)
    return days_period(today - timedelta(days=days - 1), today, zone)


def asked_period(start: str | None, end: str | None, zone: str, at: datetime) -> Period:
    """The period from `start` to `end`, each a local date (the end's whole day is in it) or a time.

    Without a start, seven days; without an end, up to the end of today. Times are widened to whole hours.

    Raises:
        GreenlaneError: ``not_a_time``, ``period_empty`` or ``period_too_long``, naming ``from`` or ``to``.
    """
    today = day_of(at, zone)
    until = _read(end, "to", zone, is_end=True) if end else days_period(today, today, zone).end
    since = _read(start, "from", zone, is_end=False) if start else until - timedelta(days=7)
    if since >= until:
        raise GreenlaneError(
            "period_empty",
            _("The period ends before it begins."),
            field="from",
            mend=_("Give a “from” before the “to”."),
            status=422,
        )
    if until - since > timedelta(days=MOST_DAYS):
        raise GreenlaneError(
            "period_too_long",
            _("The period is longer than %(days)d days.") % {"days": MOST_DAYS},
            field="from",
            mend=_("Ask for a shorter period."),
            status=422,
        )
    return Period(hour_of(since, zone), until)


def _read(text: str, field: str, zone: str, *, is_end: bool) -> datetime:
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            period = days_period(day, day, zone)
            return period.end if is_end else period.start
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        hour = hour_of(aware, zone)
        return hour + timedelta(hours=1) if is_end and aware > hour else hour
    except (ValueError, OverflowError):
        raise GreenlaneError(
            "not_a_time",
            _("“%(text)s” is not a date or a time.") % {"text": text[:40]},
            field=field,
            mend=_("Write it as 2026-11-24 or 2026-11-24T08:00."),
            status=422,
        ) from None
