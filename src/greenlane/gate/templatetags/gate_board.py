"""What the shift lead's board shows of seconds, shares and reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from greenlane.gate.models import Point

register = template.Library()

REASONS = {
    "ambiguous": gettext_lazy("several trucks fit"),
    "low_confidence": gettext_lazy("read badly"),
    "order_impossible": gettext_lazy("the truck cannot be there now"),
    "unlikely": gettext_lazy("near a plate that is not due"),
    "too_far": gettext_lazy("no plate inside is like it"),
    "unknown_code": gettext_lazy("the code is not known"),
    "illegible": gettext_lazy("nothing legible"),
    "fault": gettext_lazy("the reading could not be worked"),
}
FLAGS = {
    "entry_missing": gettext_lazy("entry not read"),
    "exit_missing": gettext_lazy("exit not read"),
    "invalid_clock": gettext_lazy("a device's clock is wrong"),
    "late": gettext_lazy("readings came late"),
    "repeated": gettext_lazy("a barrier was read again"),
}


class StageNamed(Protocol):
    """A stage by code and, in the reader's language, by name."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


@register.filter
def clock_time(seconds: float | None) -> str:
    """A length of time: ``4:12``, from an hour on ``1 h 05``, from two days on days; a dash for none."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole < 48 * 3600:
        return _("%(hours)d h %(minutes)02d") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}
    return _("%(days)d d") % {"days": whole // 86400}


@register.filter
def share_of(seconds: float | None, limit: float) -> str:
    """Part of a limit for the class `clock`, 0 to 1."""
    return f"{min(1.0, (seconds or 0.0) / limit if limit else 1.0):.2f}"


@register.filter
def tone(seconds: float | None, limit: float) -> str:
    """``ok`` to three quarters of a limit, ``warn`` to the limit, ``bad`` beyond."""
    if seconds is None:
        return ""
    return "bad" if seconds > limit else "warn" if seconds > 0.75 * limit else "ok"


@register.filter
def reason_text(code: str) -> str:
    """Why a reading is unclear."""
    return str(REASONS.get(code, code))


@register.filter
def point_text(code: str) -> str:
    """Where a reading was taken."""
    return str(Point(code).label) if code in Point.values else code


@register.filter
def stage_text(code: str, stages: Iterable[StageNamed]) -> str:
    """The name of a stage; the code of one that is no more."""
    return next((stage.name for stage in stages if stage.code == code), code)


@register.filter
def seconds_in_zone(at: datetime, zone: str) -> str:
    """The time of day to the second: ``14:30:07``."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}"


@register.filter
def flag_text(code: str) -> str:
    """What is noteworthy of a passage."""
    return str(FLAGS.get(code, code))
