"""How likely something is, in words that need no mathematics."""

from __future__ import annotations

from typing import Final

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()

_RAREST: Final = 1e-9


@register.filter
def odds(chance: float) -> str:
    """A chance: ``1 in 1,200``; below one in a billion ``less than 1 in 1,000,000,000``."""
    of = number_format(round(1 / max(chance, _RAREST)), force_grouping=True)
    return (_("less than 1 in %(of)s") if chance < _RAREST else _("1 in %(of)s")) % {"of": of}


@register.filter
def percent(share: float) -> str:
    """A share: ``2.5 %``."""
    return f"{number_format(share * 100, decimal_pos=1)} %"
