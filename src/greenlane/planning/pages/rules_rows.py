"""Rules as people read them, in their language."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.utils.translation import gettext as _

from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.registry.crossing import SlotRules
from greenlane.registry.models import VehicleClass


def rules_rows(book: RuleBook) -> list[tuple[str, str]]:
    """Every rule with its value, by the name that it has in the file."""
    return [(f"slots.{each.name}", value_shown(getattr(book.slots, each.name))) for each in fields(SlotRules)]


def value_shown(value: Any) -> str:
    """A rule's value."""
    if value is None:
        return _("no limit")
    if isinstance(value, dict):
        return ", ".join(f"{class_name(code)}: {number}" for code, number in value.items()) or _("no limit")
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:g}"


def class_name(code: str) -> str:
    return str(VehicleClass(code).label) if code in VehicleClass.values else code
