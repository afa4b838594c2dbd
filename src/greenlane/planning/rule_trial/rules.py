"""The rules of one checkpoint and direction, as one value with a digest."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Final

from greenlane.errors import GreenlaneError
from greenlane.registry import crossing
from greenlane.registry.crossing import SlotRules

NO_LIMIT: Final = 1 << 40
"""Places where there is no cap."""
UNSEEN: Final = (
    "hold_minutes",
    "move_cutoff_minutes",
    "moves_per_trip",
    "grace_behind_minutes",
    "unverified_share",
    "offer_minutes",
    "passed_over_limit",
    "live_ticket_hours",
    "swaps_per_trip",
    "swap_cooldown_minutes",
    "late_cancel_minutes",
    "guarantee_minutes",
    "fee_cents",
    "calls_per_minute",
    "mass_call",
    "return_behind",
)
"""Fields of the rules that a trial does not act out: whoever changes them is told so."""


class RuleError(GreenlaneError):
    """Rules that cannot be tried or put in force; ``field`` names what is wrong."""

    def __init__(self, field: str, message: str, mend: str, *, code: str = "rules_unsound") -> None:
        super().__init__(code, message, field=field, mend=mend, status=422)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of one checkpoint and direction.

    Attributes:
        effective: the local date from whose beginning on they hold.
        slots: as in a crossing's file.
    """

    checkpoint: str
    direction: str
    effective: date
    slots: SlotRules

    @property
    def digest(self) -> str:
        """SHA-256 of all rules with their date: what a report speaks of."""
        text = json.dumps(self.as_document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def as_document(self) -> dict[str, Any]:
        """A JSON-able dict, which `of_document` reads back to equal rules."""
        document = asdict(self)
        document["effective"] = self.effective.isoformat()
        document["slots"]["class_per_hour"] = dict(self.slots.class_per_hour)
        return document

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> RuleBook:
        """The rules of an `as_document` dict. KeyError or TypeError if it is not one."""
        return cls(
            document["checkpoint"],
            document["direction"],
            date.fromisoformat(document["effective"]),
            SlotRules(**document["slots"]),
        )

    def put_into(self, checkpoint: crossing.Checkpoint) -> crossing.Checkpoint:
        """The description of the checkpoint with these rules in place of its own.

        Raises:
            RuleError: the rules are of another checkpoint or of a direction that it does not have.
        """
        if self.checkpoint != checkpoint.code:
            raise RuleError(
                "checkpoint", f"The rules are of {self.checkpoint!r}.", f"Give rules of {checkpoint.code!r}."
            )
        if self.direction not in checkpoint.directions:
            known = ", ".join(checkpoint.directions)
            raise RuleError("direction", f"There is no {self.direction!r} here.", f"Use one of: {known}.")
        described = replace(checkpoint.directions[self.direction], slots=self.slots)
        return replace(checkpoint, directions={**checkpoint.directions, self.direction: described})


@dataclass(frozen=True, slots=True)
class Changed:
    """A rule that differs, with its dotted field; ``is_tried``: whether a trial acts it out."""

    field: str
    old: Any
    new: Any
    is_tried: bool


def described_rules(checkpoint: crossing.Checkpoint, direction: str, effective: date) -> RuleBook:
    """The rules of a crossing's description."""
    return RuleBook(checkpoint.code, direction, effective, checkpoint.directions[direction].slots)


def changes(old: RuleBook, new: RuleBook) -> tuple[Changed, ...]:
    """What differs, without the date."""
    found = []
    for each in fields(SlotRules):
        was, becomes = getattr(old.slots, each.name), getattr(new.slots, each.name)
        if isinstance(was, dict) and isinstance(becomes, dict):
            was, becomes = dict(was), dict(becomes)
        if was != becomes:
            found.append(Changed(f"slots.{each.name}", was, becomes, each.name not in UNSEEN))
    return tuple(found)


def carrier_cap(book: RuleBook) -> int:
    """Places of one carrier in an hour, as booking has it: its share of the hour's, rounded up, or one."""
    rules = book.slots
    if rules.carrier_share >= 1.0:
        return NO_LIMIT
    return max(1, math.ceil(round(rules.carrier_share * hour_places(book), 6)))


def hour_places(book: RuleBook) -> int:
    """Places of an hour, of which the shares of carriers are taken."""
    rules = book.slots
    return rules.hour_capacity or rules.slot_capacity * 60 // rules.step_minutes
