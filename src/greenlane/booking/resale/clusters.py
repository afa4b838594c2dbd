"""Places that were sold and then swapped: trucks that come into carriers by exchange alone.

An honest fleet books with its own trucks and exchanges them for one another. A seller's bookings are made for
one truck and end with another that the carrier never booked for; and one buyer's truck turns up in several
sellers' carriers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from greenlane.booking.resale.contacts import most_at
from greenlane.booking.resale.edits import beyond_chance
from greenlane.booking.resale.rows import SOLD_THEN_SWAPPED, Finding, Trip

LEAST_STRANGERS: Final = 4
"""So many different trucks that a carrier never books for: more than a fleet has that only ever stand in."""
LINKING_CARRIERS: Final = 2
"""A plate belongs to one carrier at a time, so one that comes by exchange into two links them."""
LEAST_LINKED: Final = 3
"""Bookings of linked carriers that ended with a stranger: one or two may be a truck that was really sold."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A trip whose last truck came into its carrier by exchange alone."""

    trip: Trip
    plate: str


def strangers(trips: Iterable[Trip]) -> list[Stranger]:
    """Trips that ended with a truck for which their carrier made none itself, in the order of making."""
    ordered = sorted(trips, key=lambda trip: (trip.made_at, trip.code))
    own = {(trip.carrier, trip.plates[0]) for trip in ordered if trip.plates}
    return [
        Stranger(trip, trip.plates[-1])
        for trip in ordered
        if len(trip.plates) > 1 and (trip.carrier, trip.plates[-1]) not in own
    ]


def sold_then_swapped(trips: Sequence[Trip]) -> list[Finding]:
    """Carriers and groups of carriers linked by strangers' trucks."""
    found_strangers = strangers(trips)
    sold = {stranger.trip.code for stranger in found_strangers}
    plates: dict[int, set[str]] = defaultdict(set)
    for stranger in found_strangers:
        plates[stranger.trip.carrier].add(stranger.plate)

    found = []
    linked: set[int] = set()
    for carriers in _linked(found_strangers):
        theirs = [stranger for stranger in found_strangers if stranger.trip.carrier in carriers]
        if len(theirs) >= LEAST_LINKED:
            linked |= carriers
            found.append(_finding(carriers, theirs, {}))
    for carrier, _, mine, figures in beyond_chance(trips, lambda trip: trip.code in sold):
        if carrier not in linked and len(plates[carrier]) >= LEAST_STRANGERS:
            linked.add(carrier)
            codes = {trip.code for trip in mine}
            theirs = [stranger for stranger in found_strangers if stranger.trip.code in codes]
            found.append(_finding({carrier}, theirs, figures))
    return found


def _finding(
    carriers: set[int], theirs: Sequence[Stranger], figures: dict[str, float | int | str]
) -> Finding:
    trips = [stranger.trip for stranger in theirs]
    return Finding(
        kind=SOLD_THEN_SWAPPED,
        # The least key names a group: it stays the same while the group grows.
        subject=f"carriers from {min(carriers)}",
        checkpoint=most_at(trips),
        carriers=tuple(sorted(carriers)),
        bookings=tuple(trip.code for trip in trips),
        figures={
            "swapped": len(trips),
            "trucks": len({stranger.plate for stranger in theirs}),
            "carriers": len(carriers),
        }
        | figures,
    )


def _linked(found: Sequence[Stranger]) -> list[set[int]]:
    """Connected groups of carriers into which the same strangers' trucks came."""
    by_plate: dict[str, set[int]] = defaultdict(set)
    for stranger in found:
        by_plate[stranger.plate].add(stranger.trip.carrier)
    groups: list[set[int]] = []
    for carriers in by_plate.values():
        if len(carriers) < LINKING_CARRIERS:
            continue
        touching = [group for group in groups if group & carriers]
        groups = [group for group in groups if not group & carriers]
        groups.append(carriers.union(*touching))
    return sorted(groups, key=min)
