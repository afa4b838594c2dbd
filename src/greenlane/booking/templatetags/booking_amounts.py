"""Sums of money, in the currency in which the checkpoint takes its fee."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def amount(cents: int) -> str:
    """Hundredths as a sum: 930 is ``9.30``."""
    return f"{cents // 100}.{cents % 100:02d}"
