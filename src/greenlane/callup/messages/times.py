"""Times in messages: in the checkpoint's zone, with letters that an SMS carries. Pure: no Django."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

_LOCALES = {"en": "en_GB", "ru": "ru", "zh": "zh_Hans"}


def time_shown(at: datetime, zone: str) -> str:
    """``14:30 UTC+9``."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.utcoffset() or timedelta()
    minutes = round(abs(offset).total_seconds() / 60)
    sign = "-" if offset < timedelta() else "+"
    return f"{local:%H:%M} UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")


def day_shown(at: datetime, zone: str, language: str) -> str:
    """``24 Nov 14:30 UTC+9``, the day as the language writes it."""
    locale = _LOCALES.get(language.split("-")[0], "en_GB")
    day = str(format_skeleton("MMMd", at.astimezone(ZoneInfo(zone)), locale=locale))
    return f"{day} {time_shown(at, zone)}"
