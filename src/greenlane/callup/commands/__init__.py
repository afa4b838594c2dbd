"""What changes call-ups: one use case and one transaction each."""

from greenlane.callup.commands.by_hand import call_now
from greenlane.callup.commands.choices import choose_channels
from greenlane.callup.commands.hindrances import lift, tell_missing
from greenlane.callup.commands.mass import (
    DryRun,
    approve_mass_call,
    ask_mass_call,
    end_mass_calls,
    refuse_mass_call,
)
from greenlane.callup.commands.missing import mark_missed
from greenlane.callup.commands.recalling import PAUSE, pause_calls, recall, recall_all, resume_calls
from greenlane.callup.commands.receipts import (
    answer_call,
    answer_ticket_call,
    mark_ticket_read,
    record_receipts,
)
from greenlane.callup.commands.releasing import release
from greenlane.callup.commands.resting import tell_driving, tell_rest
from greenlane.callup.commands.sealing import seal_order, sign_roots
from greenlane.callup.commands.sending import send_messages
from greenlane.callup.commands.telling import tell_calls

__all__ = [
    "PAUSE",
    "DryRun",
    "answer_call",
    "answer_ticket_call",
    "approve_mass_call",
    "ask_mass_call",
    "call_now",
    "choose_channels",
    "end_mass_calls",
    "lift",
    "mark_missed",
    "mark_ticket_read",
    "pause_calls",
    "recall",
    "recall_all",
    "record_receipts",
    "refuse_mass_call",
    "release",
    "resume_calls",
    "seal_order",
    "send_messages",
    "sign_roots",
    "tell_calls",
    "tell_driving",
    "tell_missing",
    "tell_rest",
]
