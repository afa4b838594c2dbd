"""What a clock can say: seconds, or the reason why there are none. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why a clock has no seconds."""

    OPEN = "open"
    """It still runs."""
    NOT_ENTERED = "not_entered"
    """The truck has not passed the entry barrier yet."""
    NOT_VISITED = "not_visited"
    """The truck's way did not lead through this stage."""
    TURNED_AWAY = "turned_away"
    """The truck was refused before the entry barrier."""
    NO_SLOT = "no_slot"
    """The truck came by the live queue, without a slot."""
    NOT_ASKED = "not_asked"
    """It is not known which time the carrier asked for."""
    NO_PARTNER = "no_partner"
    """The other side of the border sends no readings."""
    ARRIVAL_MISSING = "arrival_missing"
    """Neither the end of the queue nor the park saw the truck arrive."""
    ENTRY_MISSING = "entry_missing"
    """The truck was seen inside, but not at the entry barrier."""
    EXIT_MISSING = "exit_missing"
    """No exit within 24 hours of the entry."""
    STAGE_MISSING = "stage_missing"
    """A stage lacks its start or its end, or no stage saw the truck."""
    INVALID_CLOCK = "invalid_clock"
    """The readings contradict each other, or a device's clock was off by more than is allowed."""


NOT_OWED: Final = frozenset(
    {
        Reason.NOT_ENTERED,
        Reason.NOT_VISITED,
        Reason.TURNED_AWAY,
        Reason.NO_SLOT,
        Reason.NOT_ASKED,
        Reason.NO_PARTNER,
    }
)
"""Reasons for which no reading is owed: such passages are counted, but stand in no denominator."""

REASON_WORDS: Final = {
    Reason.OPEN: "still going on",
    Reason.NOT_ENTERED: "not entered yet",
    Reason.NOT_VISITED: "not visited",
    Reason.TURNED_AWAY: "turned away before the barrier",
    Reason.NO_SLOT: "no slot (live queue)",
    Reason.NOT_ASKED: "not known which time was asked for",
    Reason.NO_PARTNER: "not measured",
    Reason.ARRIVAL_MISSING: "arrival not read",
    Reason.ENTRY_MISSING: "entry not read",
    Reason.EXIT_MISSING: "exit not read within 24 hours",
    Reason.STAGE_MISSING: "a stage was not read",
    Reason.INVALID_CLOCK: "readings contradict each other",
}
"""What is shown in place of a number, in plain English."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A clock that has run from its start to its end: ``seconds`` >= 0."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Missing:
    """A clock without seconds.

    Attributes:
        reason: why.
        at_least: seconds that are certain all the same (so far, or up to the last reading), or None when
            nothing is certain. A truck that has been inside for two hours has not kept ten minutes,
            whatever its exit will say.
    """

    reason: Reason
    at_least: float | None = None

    @property
    def words(self) -> str:
        """What is shown in place of a number."""
        return REASON_WORDS[self.reason]


Clock = Measured | Missing


Stored = tuple[float | None, Reason | None, float | None]
"""A clock as a row keeps it: seconds, reason, at least."""


def stored(clock: Clock) -> Stored:
    """Seconds, or None, the reason, and what is certain."""
    if isinstance(clock, Measured):
        return clock.seconds, None, None
    return None, clock.reason, clock.at_least


def certain_seconds(clock: Clock) -> float:
    """The seconds that a clock has certainly run: measured, or at least; 0 when nothing is known."""
    return clock.seconds if isinstance(clock, Measured) else clock.at_least or 0.0
