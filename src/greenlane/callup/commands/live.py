"""The steady duty of the live queue: tickets end when trucks have entered or booked, or in time."""

from __future__ import annotations

from datetime import datetime

from greenlane.booking.commands import expire_live, leave_booked, mark_live_entered
from greenlane.booking.models import LiveTicket
from greenlane.booking.queries.live import STANDING
from greenlane.callup.queries.live_tickets import tickets_entered, tickets_in_park
from greenlane.registry.models import Checkpoint


def end_live(at: datetime) -> int:
    """End the tickets whose time is over, at all checkpoints; the number of them.

    A ticket whose truck came into the park in time does not run out, however long the queue is.
    """
    ended, in_park = 0, set[int]()
    for checkpoint, direction in _lines():
        entered = tickets_entered(checkpoint, direction, at)
        ended += mark_live_entered(list(entered), at, entered)
        in_park |= tickets_in_park(checkpoint, direction, at).keys()
    return ended + leave_booked(at) + expire_live(at, in_park)


def _lines() -> list[tuple[Checkpoint, str]]:
    """Checkpoints and directions for which tickets stand."""
    standing = LiveTicket.objects.filter(state__in=STANDING).order_by()
    lines = set(standing.values_list("checkpoint_id", "direction").distinct())
    found = Checkpoint.objects.select_related("crossing").in_bulk({pk for pk, _ in lines})
    return [(found[pk], direction) for pk, direction in sorted(lines)]
