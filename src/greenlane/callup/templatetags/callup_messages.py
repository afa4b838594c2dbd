"""Kinds of messages, in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

register = template.Library()

KINDS = {
    "call": gettext_noop("Call"),
    "recall": gettext_noop("Recall"),
    "missed": gettext_noop("Call missed"),
    "drawn": gettext_noop("Drawn in the ballot"),
    "not_drawn": gettext_noop("Not drawn in the ballot"),
    "offered": gettext_noop("Place offered"),
    "offer_over": gettext_noop("Offer over"),
    "moved_by_guarantee": gettext_noop("Moved by the guarantee"),
    "credited": gettext_noop("Credit"),
    "strike": gettext_noop("Strike"),
    "appeal_decided": gettext_noop("Appeal decided"),
    "priority_granted": gettext_noop("Priority"),
    "test": gettext_noop("Test"),
}


@register.filter
def message_kind(kind: str) -> str:
    """What a message tells of: ``recall`` is ``Recall``."""
    return _(KINDS[kind]) if kind in KINDS else kind
