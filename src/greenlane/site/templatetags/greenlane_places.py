"""Countries by name, in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from greenlane.registry.countries import country_choices

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The country of two letters: ``KZ`` is ``Kazakhstan``; an unknown code stays as it is."""
    return dict(country_choices(get_language() or "en")).get(code, code)
