"""Words for the list of turns."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from django import template
from django.utils.translation import gettext as _

from greenlane.booking.models import Rules
from greenlane.callup.messages.times import time_shown
from greenlane.callup.models import Call
from greenlane.callup.queries import Queue, pause_at
from greenlane.callup.queries.look_ahead import unknown_because
from greenlane.gate.queries import inside_now
from greenlane.registry.crossing_parts import CALL_BY_PREDICTION, CALL_BY_SLOT
from greenlane.registry.models import Checkpoint

register = template.Library()


@register.filter
def turn_reason(word: str) -> str:
    """Why a truck is not called now."""
    return {
        "rest": _("the driver rests"),
        "papers": _("papers missing"),
        "not_due": _("not due yet"),
        "returned": _("missed its call: comes back behind others"),
        "room": _("waits for room inside"),
    }.get(word, "")


@register.filter
def turn_by(word: str) -> str:
    """By what a truck is called."""
    return str(dict(Call.Turn.choices).get(word, ""))


@register.filter
def rest_kind(word: str) -> str:
    """A kind of rest."""
    return {
        "break": _("break of 45 minutes"),
        "second_break": _("second part of a break, 30 minutes"),
        "daily": _("daily rest, 11 hours"),
        "daily_reduced": _("reduced daily rest, 9 hours"),
        "weekly": _("weekly rest, 45 hours"),
        "weekly_reduced": _("reduced weekly rest, 24 hours"),
    }.get(word, word)


@register.simple_tag
def call_up_notice(checkpoint: Checkpoint, direction: str, at: datetime) -> str:
    """What the board must say of call-up: that it is paused, or goes by the limit for want of knowledge."""
    pause = pause_at(checkpoint, direction, at)
    if pause is not None:
        return _("Nobody is called until %(time)s.") % {"time": time_shown(pause.ends_at, checkpoint.zone)}
    rules = Rules.objects.filter(checkpoint=checkpoint, direction=direction).first()
    if rules is None or rules.call_up != CALL_BY_PREDICTION:
        return ""
    inside = inside_now(checkpoint, direction, at)
    if unknown_because(checkpoint, direction, at, inside):
        return _("The state inside is not known; the limit holds.")
    return ""


def policy_text(queue: Queue) -> str:
    """By what rule trucks are released now."""
    limit = queue.rules.inside_limit
    if queue.fallback:
        why = _("no device inside tells anything") if queue.fallback == "silent" else _("readings wait")
        return _("By the limit of %(limit)d trucks, for the state inside is not known: %(why)s.") % {
            "limit": limit,
            "why": why,
        }
    if queue.policy == CALL_BY_SLOT:
        return _("At the time of the slot.")
    if queue.policy == CALL_BY_PREDICTION:
        return _("While the predicted time inside is at most %(minutes)g minutes.") % {
            "minutes": queue.rules.call_up_target_minutes
        }
    return _("At most %(limit)d trucks inside and on the way.") % {"limit": limit}


@register.filter
def minutes_of(span: timedelta) -> int:
    """Whole minutes, rounded up."""
    return ceil(span / timedelta(minutes=1))
