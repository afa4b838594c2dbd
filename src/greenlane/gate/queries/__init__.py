"""What is read of the gate, shaped for pages, the API and the other rooms."""

from greenlane.gate.queries.board import board_state
from greenlane.gate.queries.devices import device_of_token, devices_of
from greenlane.gate.queries.export import epcis_document
from greenlane.gate.queries.keys import all_public_keys, all_public_pems, public_keys
from greenlane.gate.queries.passages import (
    has_pending,
    inside_now,
    lines_with_waiting,
    passage_shown,
    passages_of,
    timeline,
    trucks_in_park,
    unclear_of,
)
from greenlane.gate.queries.replayed import replayed
from greenlane.gate.queries.unseen import unseen_exits

__all__ = [
    "all_public_keys",
    "all_public_pems",
    "board_state",
    "device_of_token",
    "devices_of",
    "epcis_document",
    "has_pending",
    "inside_now",
    "lines_with_waiting",
    "passage_shown",
    "passages_of",
    "public_keys",
    "replayed",
    "timeline",
    "trucks_in_park",
    "unclear_of",
    "unseen_exits",
]
