"""An assumed mix of carriers, for weeks of which no bookings are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from greenlane.planning.rule_trial.rules import RuleError
from greenlane.planning.rule_trial.wishes import MIDDLE_MOST, SMALL_MOST


@dataclass(frozen=True, slots=True)
class Stratum:
    """Carriers of one size.

    Attributes:
        fleet: trucks of each.
        trips_share: of all booked trips.
        lead_days: mean days ahead at which they ask, exponential.
        click_minutes: mean minutes that a person there needs once a slot is open, exponential.
    """

    fleet: int
    trips_share: float
    lead_days: float
    click_minutes: float


@dataclass(frozen=True, slots=True)
class Mix:
    """Who the carriers are.

    Attributes:
        strata: their shares sum to 1.
        bot_share: of the carriers, who let a program ask at the moment a slot opens.
        trips_per_truck: booked trips of a truck in a week.
        assumed: why these figures.
    """

    strata: tuple[Stratum, ...] = (
        Stratum(2, 0.35, 2.0, 240.0),
        Stratum(12, 0.35, 4.0, 60.0),
        Stratum(60, 0.30, 7.0, 20.0),
    )
    bot_share: float = 0.03
    trips_per_truck: float = 1.0
    assumed: str = (
        "no register says how the trips over a border divide among carriers: a third each for fleets of 2, "
        "12 and 60; larger fleets have dispatchers who ask earlier and faster; a few carriers use programs, "
        "since places at scarce crossings are known to be taken by them"
    )

    def __post_init__(self) -> None:
        if not self.strata or any(each.fleet < 1 for each in self.strata):
            raise RuleError("mix.strata", "There is a carrier without a truck.", "Give fleets of 1 or more.")
        if abs(sum(each.trips_share for each in self.strata) - 1.0) > 1e-6:
            raise RuleError("mix.strata", "The shares of trips do not sum to 1.", "Let them sum to 1.")
        if any(each.lead_days < 0.0 or each.click_minutes < 0.0 for each in self.strata):
            raise RuleError("mix.strata", "A time is below 0.", "Give 0 or more.")
        if not 0.0 <= self.bot_share <= 1.0 or not self.trips_per_truck > 0.0:
            raise RuleError("mix", "bot_share is no share, or no truck makes trips.", "Give 0 to 1; above 0.")

    def as_document(self) -> dict[str, Any]:
        """A JSON-able dict for the report."""
        return {
            "fleets": [each.fleet for each in self.strata],
            "trips_shares": [each.trips_share for each in self.strata],
            "lead_days": [each.lead_days for each in self.strata],
            "click_minutes": [each.click_minutes for each in self.strata],
            "bot_share": self.bot_share,
            "trips_per_truck": self.trips_per_truck,
            "assumed": self.assumed,
        }


USUAL: Final = Mix()
SIZES: Final = {
    "small": (1, SMALL_MOST),
    "middle": (SMALL_MOST + 1, MIDDLE_MOST),
    "large": (MIDDLE_MOST + 1, 1_000_000),
}
"""Trucks of the smallest and of the largest carrier of each size."""
