"""Booking rules of a description that is to come in force: those that hold already stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from greenlane.registry import crossing as described
from greenlane.registry.crossing_parts import Provenance, SlotRules
from greenlane.registry.signals import booking_rules_asked

ADOPTED: Final = Provenance("source", "rules in force on the platform; see its page of rules")


def with_rules_in_force(crossing: described.Crossing) -> described.Crossing:
    """The description with the booking rules that hold, wherever some do; they change by adoption alone."""
    sources = dict(crossing.sources)
    first, second = (_ruled(checkpoint, sources) for checkpoint in crossing.checkpoints)
    checkpoints = (first, second)
    if checkpoints == crossing.checkpoints:
        return crossing
    return replace(crossing, checkpoints=checkpoints, sources=sources)


def _ruled(checkpoint: described.Checkpoint, sources: dict[str, Provenance]) -> described.Checkpoint:
    directions = {}
    for code, direction in checkpoint.directions.items():
        asked: list[tuple[Any, Any]] = booking_rules_asked.send(
            sender=described.Checkpoint, checkpoint_code=checkpoint.code, direction=code
        )
        rules = next((answer for _, answer in asked if isinstance(answer, SlotRules)), None)
        if rules is not None and rules != direction.slots:
            path = f"checkpoints.{checkpoint.side}.directions.{code}.slots"
            _note(path, direction.slots, rules, sources)
            direction = replace(direction, slots=rules)
        directions[code] = direction
    return replace(checkpoint, directions=directions)


def _note(path: str, was: SlotRules, now: SlotRules, sources: dict[str, Provenance]) -> None:
    """Say of each figure that differs where it comes from."""
    before, after = _figures(was), _figures(now)
    for key in before.keys() - after.keys():
        sources.pop(f"{path}.{key}", None)
    for key, value in after.items():
        if before.get(key) != value:
            sources[f"{path}.{key}"] = ADOPTED


def _figures(rules: SlotRules) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in fields(rules):
        value = getattr(rules, each.name)
        if isinstance(value, Mapping):
            found |= {f"{each.name}.{code}": number for code, number in value.items()}
        elif value is not None:
            found[each.name] = value
    return found
