"""What booking does when the registry tells of a change."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from greenlane.booking.commands import set_rules
from greenlane.registry import crossing
from greenlane.registry.models import Checkpoint
from greenlane.registry.signals import checkpoint_described


@receiver(checkpoint_described)
def set_rules_of(*, checkpoint: Checkpoint, described: crossing.Checkpoint, **_signal: Any) -> None:
    """Put the booking rules of a crossing's file in force together with its checkpoint."""
    for direction in described.directions.values():
        set_rules(checkpoint, direction.code, direction.slots)
