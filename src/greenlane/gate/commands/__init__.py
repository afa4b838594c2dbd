"""What changes at the gate: one use case and one transaction each."""

from greenlane.gate.commands.calls import hold_line, record_calls, record_recall, record_recalls
from greenlane.gate.commands.channels import decide_channels
from greenlane.gate.commands.devices import register_device, renew_token, set_enabled
from greenlane.gate.commands.matching import match_pending
from greenlane.gate.commands.officer import correct_event, log_look_up, resolve_unclear
from greenlane.gate.commands.passes import issue_pass, signing_key

__all__ = [
    "correct_event",
    "decide_channels",
    "hold_line",
    "issue_pass",
    "log_look_up",
    "match_pending",
    "record_calls",
    "record_recall",
    "record_recalls",
    "register_device",
    "renew_token",
    "resolve_unclear",
    "set_enabled",
    "signing_key",
]
