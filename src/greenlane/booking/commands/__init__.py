"""What changes bookings: one use case and one transaction each.

The database decides who has a place and which states may follow each other (sql/places.sql); the commands say
what a person may do when, and turn the database's refusals into errors that a person can act on.
"""

from greenlane.booking.commands.appeals import DECIDED_BY, appeal, decide_appeal, look_at_appeal
from greenlane.booking.commands.ballot_entries import (
    Wish,
    enter_ballot,
    grant_entry_priority,
    withdraw_entry,
)
from greenlane.booking.commands.ballot_witnesses import commit_witness, reveal_witness
from greenlane.booking.commands.ballots import draw_ballot, draw_ballots, open_ballots
from greenlane.booking.commands.course import (
    expire_holds,
    mark_called,
    mark_entered,
    mark_no_shows,
    mark_recalled,
)
from greenlane.booking.commands.credits import use_credit
from greenlane.booking.commands.day_quotas import (
    QuotaChange,
    SlotChange,
    publish_quotas,
    put_back_quotas,
)
from greenlane.booking.commands.guarantee import keep_guarantee
from greenlane.booking.commands.holder import cancel, confirm, move, swap
from greenlane.booking.commands.live import join_live, join_live_here, leave_live
from greenlane.booking.commands.live_course import (
    expire_live,
    leave_booked,
    mark_live_back,
    mark_live_called,
    mark_live_entered,
)
from greenlane.booking.commands.priority import grant_priority, look_up_place, use_priority
from greenlane.booking.commands.resale import decide_signal, find_signals, look_at_signal
from greenlane.booking.commands.serving import look_again, serve_line, serve_list
from greenlane.booking.commands.slots import (
    close_slot,
    make_slots,
    merge_slots,
    open_slot,
    set_capacity,
    set_rules,
)
from greenlane.booking.commands.take import book, hold, take
from greenlane.booking.commands.waiting import accept_offer, decline_offer, join_list, leave_list

__all__ = [
    "DECIDED_BY",
    "QuotaChange",
    "SlotChange",
    "Wish",
    "accept_offer",
    "appeal",
    "book",
    "cancel",
    "close_slot",
    "commit_witness",
    "confirm",
    "decide_appeal",
    "decide_signal",
    "decline_offer",
    "draw_ballot",
    "draw_ballots",
    "enter_ballot",
    "expire_holds",
    "expire_live",
    "find_signals",
    "grant_entry_priority",
    "grant_priority",
    "hold",
    "join_list",
    "join_live",
    "join_live_here",
    "keep_guarantee",
    "leave_booked",
    "leave_list",
    "leave_live",
    "look_again",
    "look_at_appeal",
    "look_at_signal",
    "look_up_place",
    "make_slots",
    "mark_called",
    "mark_entered",
    "mark_live_back",
    "mark_live_called",
    "mark_live_entered",
    "mark_no_shows",
    "mark_recalled",
    "merge_slots",
    "move",
    "open_ballots",
    "open_slot",
    "publish_quotas",
    "put_back_quotas",
    "reveal_witness",
    "serve_line",
    "serve_list",
    "set_capacity",
    "set_rules",
    "swap",
    "take",
    "use_credit",
    "use_priority",
    "withdraw_entry",
]
