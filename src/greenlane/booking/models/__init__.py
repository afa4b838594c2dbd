"""The tables of booking: places, and the ways to get one."""

from greenlane.booking.models.ballots import Ballot, BallotEntry
from greenlane.booking.models.fairness import Appeal, Credit, PriorityUse, ResaleSignal
from greenlane.booking.models.live import LiveTicket
from greenlane.booking.models.places import (
    ACTIVE,
    PLACED,
    Booking,
    CapacityChange,
    Change,
    Claim,
    HoldUsed,
    Quota,
    Rules,
    Share,
    Slot,
    SlotQuota,
    State,
)
from greenlane.booking.models.waiting import FreedSlot, WaitingEntry, WaitingGroup

__all__ = [
    "ACTIVE",
    "PLACED",
    "Appeal",
    "Ballot",
    "BallotEntry",
    "Booking",
    "CapacityChange",
    "Change",
    "Claim",
    "Credit",
    "FreedSlot",
    "HoldUsed",
    "LiveTicket",
    "PriorityUse",
    "Quota",
    "ResaleSignal",
    "Rules",
    "Share",
    "Slot",
    "SlotQuota",
    "State",
    "WaitingEntry",
    "WaitingGroup",
]
