"""Figures as people read them, in their language."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def share_text(value: float) -> str:
    """A share in per cent with one decimal; one that is not whole is not shown as such."""
    if value != value:
        return "–"
    percent = value * 100.0
    shown = min(round(percent, 1), 99.9) if percent < 100.0 else 100.0
    return f"{number_format(shown, 1)} %"


def minutes_text(value: float) -> str:
    """Minutes with one decimal; a dash where nothing was measured; ``never`` where trucks do not get out."""
    if value != value:
        return "–"
    if value == float("inf"):
        return _("never")
    return str(number_format(round(value, 1), 1, force_grouping=True))
