"""The checkpoints' guarantee, with what the gate knows: whose truck waits in the park, and since when."""

from __future__ import annotations

from datetime import datetime

from greenlane.booking.commands import keep_guarantee
from greenlane.booking.models import State
from greenlane.booking.queries import expected
from greenlane.gate.due import EARLIEST, LATEST, MOST_WAIT
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.registry.models import Checkpoint


def keep_promises(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """Pay what a checkpoint owes for being late; how many bookings got something."""
    return keep_guarantee(checkpoint, direction, at, waiting_since(checkpoint, direction, at))


def waiting_since(checkpoint: Checkpoint, direction: str, at: datetime) -> dict[int, datetime]:
    """Bookings whose trucks came to the park and have not passed the entry barrier, and when they came.

    Also of trucks that booked while they stood there: those are known by their plates.
    """
    here = Passage.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        phase__in=(Passage.Phase.WAITING, Passage.Phase.CALLED),
        park_in_at__isnull=False,
        last_at__gt=at - MOST_WAIT,
    ).only("booking_id", "plate_key", "park_in_at")
    since: dict[int, datetime] = {}
    unbooked: dict[str, datetime] = {}
    for passage in here:
        assert passage.park_in_at is not None
        if passage.booking_id is not None:
            since[passage.booking_id] = passage.park_in_at
        else:
            unbooked[passage.plate_key] = passage.park_in_at
    if unbooked:
        for truck in expected(checkpoint.pk, direction, at - LATEST, at + EARLIEST):
            key = match_key(truck.plate)
            if truck.state == State.CONFIRMED and key in unbooked:
                since.setdefault(truck.id, unbooked[key])
    return since
