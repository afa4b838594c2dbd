"""Releases: the steady duty of call-up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from greenlane.callup.commands.calling import make_calls
from greenlane.callup.commands.mass import calls_of_mass, end_mass_calls
from greenlane.callup.models import Call
from greenlane.callup.queries import pause_at, queue_at
from greenlane.gate.commands import hold_line
from greenlane.registry.models import Checkpoint


def release(checkpoint: Checkpoint, direction: str, at: datetime) -> list[Call]:
    """Call the trucks whose turn it is: those of approved mass calls first, then as many as have room.

    Never more than the rules allow in a minute. Two releases at once call no truck twice: the second waits,
    and sees what the first did.
    """
    end_mass_calls(checkpoint, direction, at)
    if pause_at(checkpoint, direction, at) is not None:
        return []
    queue = queue_at(checkpoint, direction, at)
    if not queue.next_calls and not calls_of_mass(checkpoint, direction, queue):
        return []
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        queue = queue_at(checkpoint, direction, at, queue.rules)
        agreed = calls_of_mass(checkpoint, direction, queue)
        if agreed is not None:
            mass, turns = agreed
            return make_calls(checkpoint, direction, queue, turns, at, why=mass.why, mass=mass)
        return make_calls(checkpoint, direction, queue, queue.next_calls, at)
