"""Times as people at the checkpoint read them: in its zone, with the offset, in the reader's language.

The order and names of day and month come from the Unicode locale data (Babel): Django's own month-day format
gives "24 Ноябрь" in Russian.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from django import template
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

_LOCALES = {"en": "en_GB", "ru": "ru", "zh": "zh_Hans"}
_LONG_DAYS = {"en_GB": "EEEE d MMMM", "ru": "EEEE, d MMMM", "zh_Hans": "M月d日EEEE"}
"""The locale data has no pattern without a year that spells the weekday out."""


def _locale() -> str:
    return _LOCALES.get((get_language() or "en").split("-")[0], "en_GB")


@register.filter
def day_in_zone(at: datetime, zone: str) -> str:
    """The day: ``24 Nov``."""
    return str(format_skeleton("MMMd", at.astimezone(ZoneInfo(zone)), locale=_locale()))


@register.filter
def weekday_in_zone(at: datetime, zone: str) -> str:
    """The day with its weekday: ``Tue 24 Nov``."""
    return str(format_skeleton("MMMEd", at.astimezone(ZoneInfo(zone)), locale=_locale()))


@register.filter
def time_in_zone(at: datetime, zone: str) -> str:
    """The time of day: ``14:30``."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


@register.filter
def offset_in_zone(at: datetime, zone: str) -> str:
    """The offset from UTC in force at that time: ``UTC+2``, ``UTC+5:30``, ``UTC−8``."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = round(abs(offset).total_seconds() / 60)
    sign = "−" if offset < timedelta() else "+"
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")


@register.filter
def in_zone(at: datetime | None, zone: str) -> str:
    """Day, time and offset: ``24 Nov 14:30 UTC+2``; a dash when there is no time."""
    if at is None:
        return "–"
    return f"{day_in_zone(at, zone)} {time_in_zone(at, zone)} {offset_in_zone(at, zone)}"


@register.simple_tag
def span_in_zone(start: datetime, end: datetime, zone: str) -> str:
    """From one time to another, saying nothing twice: ``24 Nov 14:30–15:00 UTC+2``, ``24 Nov 14:30 – 25 Nov
    02:00 UTC+2``, or one time alone where both are the same.
    """
    offset, last_offset = offset_in_zone(start, zone), offset_in_zone(end, zone)
    if start == end or offset != last_offset:
        return " – ".join(dict.fromkeys((in_zone(start, zone), in_zone(end, zone))))
    day, last_day = day_in_zone(start, zone), day_in_zone(end, zone)
    until = f"–{time_in_zone(end, zone)}" if day == last_day else f" – {last_day} {time_in_zone(end, zone)}"
    return f"{day} {time_in_zone(start, zone)}{until} {offset}"


@register.filter
def minutes_as_text(minutes: float) -> str:
    """A length of time in words: ``45 min``, ``3 h``, ``2 h 05 min``, ``3 days``."""
    whole = round(minutes)
    if whole < 60:
        return _("%(minutes)d min") % {"minutes": whole}
    if whole >= 48 * 60:
        days = round(whole / 1440)
        return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    hours, rest = divmod(whole, 60)
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": rest}


@register.filter
def day_short(day: date) -> str:
    """A date: ``24 Nov``."""
    return str(format_skeleton("MMMd", _noon(day), locale=_locale()))


@register.filter
def weekday_short(day: date) -> str:
    """A date's weekday: ``Tue``."""
    return str(format_skeleton("E", _noon(day), locale=_locale()))


@register.filter
def day_long(day: date) -> str:
    """A date in full: ``Tuesday 24 November``."""
    locale = _locale()
    return str(format_date(day, _LONG_DAYS[locale], locale=locale))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
