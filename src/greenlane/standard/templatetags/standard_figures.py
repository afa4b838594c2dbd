"""Figures as people read them: lengths of time, shares, and the names of clocks, causes and verdicts."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from greenlane.registry.codes import INBOUND
from greenlane.standard.columns import STAGE

register = template.Library()

CLOCK_NAMES = {
    "access": gettext_lazy("Access"),
    "early_wait": gettext_lazy("Early wait"),
    "outside": gettext_lazy("Outside"),
    "inside": gettext_lazy("Inside"),
    "touch": gettext_lazy("Under control"),
    "idle": gettext_lazy("Between controls"),
    "two_sided": gettext_lazy("Both sides"),
}
CLOCK_SPANS = {
    "access": gettext_lazy("from the time asked for to the slot"),
    "early_wait": gettext_lazy("from arrival to the slot, where the truck came early"),
    "outside": gettext_lazy("from slot or arrival to the entry barrier"),
    "inside": gettext_lazy("from the entry barrier to the exit barrier"),
    "touch": gettext_lazy("time at the stages"),
    "idle": gettext_lazy("inside, and at no stage"),
    "two_sided": gettext_lazy("from arrival here to the exit on the other side"),
}
CAUSE_NAMES = {
    "waiting": gettext_lazy("waiting between stages"),
    "plan": gettext_lazy("the plan is longer than the standard"),
    "unknown": gettext_lazy("unknown: readings missing"),
}
VERDICTS = {
    "kept": (gettext_lazy("kept"), "ok"),
    "broken": (gettext_lazy("broken"), "bad"),
    "not_shown": (gettext_lazy("not shown"), "warn"),
}


@register.filter
def clock_time(seconds: float | None) -> str:
    """A length of time: ``8:12`` below an hour, then ``2 h 05``, ``17 h``, ``3 d 9 h``; a dash for none."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 10:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes}
    hours = round(seconds / 3600)
    if hours < 48:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}


@register.filter
def percent(share: float | None) -> str:
    """A share: ``91.3 %``; a dash when there is none. 99.97 is not shown as 100."""
    if share is None:
        return "–"
    value = share * 100
    shown = round(value, 1)
    if shown == 100 and value < 100:
        shown = 99.9
    if shown == 0 and value > 0:
        shown = 0.1
    return f"{number_format(shown, 0 if shown in (0, 100) else 1)} %"


@register.filter
def points(difference: float | None) -> str:
    """A difference of shares in points: ``+3.1``."""
    if difference is None:
        return ""
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    return sign + str(number_format(abs(difference) * 100, 1))


@register.filter
def share_of(seconds: float | None, limit_s: float) -> float:
    """How much of a standard a time is, 0 to 1, for `.clock`."""
    return min(1.0, (seconds or 0.0) / limit_s)


@register.filter
def tone(seconds: float | None, limit_s: float) -> str:
    """``ok`` up to eight tenths of a standard, ``warn`` up to it, ``bad`` above."""
    if seconds is None:
        return ""
    return "ok" if seconds <= 0.8 * limit_s else "warn" if seconds <= limit_s else "bad"


@register.filter
def verdict_name(verdict: str) -> str:
    """``kept``, ``broken`` or ``not shown``, in the reader's language."""
    return str(VERDICTS[verdict][0])


@register.filter
def verdict_tone(verdict: str) -> str:
    """The colour of a verdict."""
    return VERDICTS[verdict][1]


@register.filter
def way(direction: str, country: str) -> str:
    """``leaving PL`` or ``entering PL``."""
    if direction == INBOUND:
        return _("entering %(country)s") % {"country": country}
    return _("leaving %(country)s") % {"country": country}


def clock_name(clock: str, stages: dict[str, str]) -> str:
    """The name of a clock; of a stage's clock, the name of the stage."""
    if clock.startswith(STAGE):
        code = clock.removeprefix(STAGE)
        return stages.get(code, code)
    return str(CLOCK_NAMES[clock])


def cause_name(cause: str, stages: dict[str, str]) -> str:
    """What a breach is laid to: the name of a stage, or of another cause."""
    return str(CAUSE_NAMES[cause]) if cause in CAUSE_NAMES else stages.get(cause, cause)
