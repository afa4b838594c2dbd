"""Who wishes to cross, and when: the same under every rule that is tried."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.rule_trial.rules import RuleError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
UNKNOWN: Final = -1
"""A carrier that is not known, and the fleet of such a one."""
SMALL_MOST: Final = 5
MIDDLE_MOST: Final = 20
"""Trucks of the largest small carrier, and of the largest middle one."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Trips that trucks are to make, in the order of the wished time.

    Attributes:
        first_day, days: the local days that are counted; minutes run from the midnight that begins the first.
        origin: ``simulated`` or ``recorded``, and from what, in words.
        wished: [trips] minutes at which the truck would like to be at the checkpoint.
        books: [trips] whether it asks for a slot; the others come to the live queue.
        lead: [trips] minutes before the wished time at which it asks, were the slot open by then.
        click: [trips] minutes that it takes to ask once a slot is open.
        kind: [trips] ``channel/class``.
        carrier: [trips] number of the carrier, `UNKNOWN` for none.
        fleet: [trips] trucks of the carrier, `UNKNOWN` where not known.
        truck: [trips] number of the truck, on which no-shows count.
        is_bot: [trips] whether a program asks, within milliseconds.
        absent: [trips] whether the trip falls through, so that a booked truck never comes.
        offset: [trips] minutes from the start of the slot to its arrival, as far as no rule bounds them; NaN
            to draw them by the described punctuality with the trip's own luck.
        left_out: what of the record is not in here, in words with its number.
    """

    first_day: date
    days: int
    origin: str
    wished: Floats
    books: Flags
    lead: Floats
    click: Floats
    kind: NDArray[np.str_]
    carrier: Ints
    fleet: Ints
    truck: Ints
    is_bot: Flags
    absent: Flags
    offset: Floats
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = {len(getattr(self, each.name)) for each in fields(self) if each.name in _ARRAYS}
        if len(counts) != 1:
            raise RuleError("wishes", "The arrays have different lengths.", "Give one item for each trip.")
        if not len(self.wished):
            raise RuleError("wishes", "Nobody wishes to cross in this time.", "Choose another time.")
        if self.days < 1 or not np.isfinite(self.wished).all():
            raise RuleError("wishes", "A wished time or the days are missing.", "Give them.")

    @property
    def trips(self) -> int:
        """How many."""
        return len(self.wished)

    @property
    def vehicle_class(self) -> NDArray[np.str_]:
        """[trips] the class of each truck."""
        return np.array([kind.partition("/")[2] for kind in self.kind.tolist()])

    @property
    def week(self) -> Ints:
        """[trips] the week in which each was wished; -1 before the first, and as many as weeks after them."""
        return np.clip(np.floor(self.wished / (7 * 1440.0)), -1, self.weeks).astype(np.int64)

    @property
    def weeks(self) -> int:
        """Whole weeks."""
        return self.days // 7


_ARRAYS: Final = frozenset(
    {"wished", "books", "lead", "click", "kind", "carrier", "fleet", "truck", "is_bot", "absent", "offset"}
)
