"""What is read of call-ups."""

from greenlane.callup.queries.messages import (
    calls_told,
    checkpoint_of_call,
    standing_call,
    told_of_booking,
    told_of_call,
    unreached,
)
from greenlane.callup.queries.queue import (
    NextTruck,
    Queue,
    approved_mass_calls,
    next_up,
    on_the_way,
    pause_at,
    queue_at,
)
from greenlane.callup.queries.spared import spared_bookings
from greenlane.callup.queries.travel import drives_from, travel_from

__all__ = [
    "NextTruck",
    "Queue",
    "approved_mass_calls",
    "calls_told",
    "checkpoint_of_call",
    "drives_from",
    "next_up",
    "on_the_way",
    "pause_at",
    "queue_at",
    "spared_bookings",
    "standing_call",
    "told_of_booking",
    "told_of_call",
    "travel_from",
    "unreached",
]
