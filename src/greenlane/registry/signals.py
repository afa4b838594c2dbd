"""What the registry tells the rooms that build on it and that it does not know."""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

checkpoint_described: Final = Signal()
"""A checkpoint of a crossing's file was put in force.

Sent inside the transaction that does it, with ``checkpoint`` (the row) and ``described`` (the
checkpoint of the file); an error in a receiver undoes the load.
"""

booking_rules_asked: Final = Signal()
"""A crossing's description is about to be compared with the one in force, and may be put in its place.

Sent with ``checkpoint_code`` and ``direction``; a receiver answers with the `SlotRules` that hold there and
that no file may change, or None where those of the description may come in force.
"""
