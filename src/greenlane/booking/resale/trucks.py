"""Trucks that are booked for by several carriers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from greenlane.booking.resale.contacts import most_at
from greenlane.booking.resale.rows import SHARED_TRUCK, Finding, Trip

TRUCK_CARRIERS: Final = 3
"""A truck is sold once in a quarter; booked for by three carriers, it is lent for its plate."""


def shared_trucks(trips: Sequence[Trip]) -> list[Finding]:
    """Plates and VINs booked for by three carriers, or by two in turns: there and back again is no sale."""
    uses: dict[str, list[Trip]] = defaultdict(list)
    for trip in sorted(trips, key=lambda each: (each.made_at, each.code)):
        for plate in dict.fromkeys(trip.plates):
            uses[f"plate {plate}"].append(trip)
        for vin in dict.fromkeys(trip.vins):
            if vin:
                uses[f"vin {vin}"].append(trip)
    found: dict[tuple[str, ...], Finding] = {}
    for name, theirs in sorted(uses.items()):
        turns = [
            trip.carrier
            for trip, before in zip(theirs, [None, *theirs], strict=False)
            if before is None or before.carrier != trip.carrier
        ]
        carriers = tuple(sorted(set(turns)))
        if len(carriers) < 2 or (len(carriers) < TRUCK_CARRIERS and len(turns) < 3):
            continue
        codes = tuple(trip.code for trip in theirs)
        # A truck has both a plate and a VIN: told of once.
        found.setdefault(
            codes,
            Finding(
                kind=SHARED_TRUCK,
                subject=f"{name.split()[0]} {hashlib.sha256(name.encode()).hexdigest()[:16]}",
                checkpoint=most_at(theirs),
                carriers=carriers,
                bookings=codes,
                figures={"carriers": len(carriers), "bookings": len(codes), "turns": len(turns)},
            ),
        )
    return list(found.values())
