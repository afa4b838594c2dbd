"""Rules as people read them, in their language."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.utils.translation import gettext as _

from greenlane.planning.rule_trial.rules import Allocation, CallUp, RuleBook
from greenlane.registry.crossing import SlotRules
from greenlane.registry.models import VehicleClass


def rules_rows(book: RuleBook) -> list[tuple[str, str]]:
    """Every rule with its value, by the name that it has in the file."""
    rows = []
    for part, kind in (("slots", SlotRules), ("allocation", Allocation), ("call_up", CallUp)):
        for each in fields(kind):
            value = getattr(getattr(book, part), each.name)
            rows.append((f"{part}.{each.name}", value_shown(value)))
    return rows


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
