"""What changes bookings: one use case and one transaction each.

The database decides who has a place and which states may follow each other (sql/places.sql); the commands say
what a person may do when, and turn the database's refusals into errors that a person can act on.
"""

from greenlane.booking.commands.course import (
    expire_holds,
    mark_called,
    mark_entered,
    mark_no_shows,
    mark_recalled,
)
from greenlane.booking.commands.day_quotas import (
    QuotaChange,
    SlotChange,
    publish_quotas,
    put_back_quotas,
)
from greenlane.booking.commands.holder import cancel, confirm, move, swap
from greenlane.booking.commands.slots import (
    close_slot,
    make_slots,
    merge_slots,
    open_slot,
    set_capacity,
    set_rules,
)
from greenlane.booking.commands.take import book, hold, take

__all__ = [
    "QuotaChange",
    "SlotChange",
    "book",
    "cancel",
    "close_slot",
    "confirm",
    "expire_holds",
    "hold",
    "make_slots",
    "mark_called",
    "mark_entered",
    "mark_no_shows",
    "mark_recalled",
    "merge_slots",
    "move",
    "open_slot",
    "publish_quotas",
    "put_back_quotas",
    "set_capacity",
    "set_rules",
    "swap",
    "take",
]
