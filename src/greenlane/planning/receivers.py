"""What planning answers when the registry asks."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from greenlane.planning.queries.rules import slots_in_force
from greenlane.registry.crossing import SlotRules
from greenlane.registry.signals import booking_rules_asked


@receiver(booking_rules_asked)
def rules_of_line(*, checkpoint_code: str, direction: str, **_signal: Any) -> SlotRules | None:
    """Booking rules come with a crossing's first description; from then on they go live by adoption alone."""
    return slots_in_force(checkpoint_code, direction)
