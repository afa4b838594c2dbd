"""Carriers whose bookings change truck and driver much more often than those of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from greenlane.booking.resale.chance import at_least
from greenlane.booking.resale.rows import EDITS, Finding, Trip

ALARM: Final = 1e-3
"""Chance that one run over all carriers of a checkpoint names an honest one: the tail of each is held against
this over their number (Bonferroni)."""
LEAST_EDITS: Final = 5
"""Fewer are told of by nobody, however unlikely: a reseller of four places is not worth an officer's hour."""
LEAST_SHARE: Final = 0.2
"""Less than one booking in five is a fleet with a bad month."""
TIMES_BASE: Final = 2.0
"""Honest fleets differ: old trucks break down, drivers' shifts end. The tail is that of a fleet which changes
twice as often as the others; tests/booking/test_resale.py has fleets from none to twice the mean."""
LATE: Final = timedelta(hours=24)
"""An exchange within the last day before the slot, when buyers look for a place."""


def edit_patterns(trips: Sequence[Trip]) -> list[Finding]:
    """For each checkpoint the carriers that exchange both truck and driver, or trucks late, beyond chance."""
    found: dict[tuple[int, int], Finding] = {}
    for is_edit, what in ((_sold, "truck and driver"), (_late, "truck in the last day")):
        for carrier, checkpoint, mine, figures in beyond_chance(trips, is_edit):
            before = found.get((carrier, checkpoint))
            if before is None or float(figures["chance"]) < float(before.figures["chance"]):
                found[carrier, checkpoint] = Finding(
                    kind=EDITS,
                    subject=f"carrier {carrier} at {checkpoint}",
                    checkpoint=checkpoint,
                    carriers=(carrier,),
                    bookings=tuple(trip.code for trip in mine),
                    figures={"what": what, **figures},
                )
    return [found[key] for key in sorted(found)]


Figures = dict[str, float | int | str]


def beyond_chance(
    trips: Sequence[Trip], is_edit: Callable[[Trip], bool]
) -> list[tuple[int, int, list[Trip], Figures]]:
    """Carriers with more edits than the other carriers of the checkpoint explain: carrier, checkpoint, the
    edited trips and the figures. ``chance`` is the tail for a carrier with `TIMES_BASE` the others' rate.

    The base rate is that of all other carriers there, with one edit and one other trip added (Laplace), so
    that a checkpoint without edits has a rate too.
    """
    by_checkpoint: dict[int, dict[int, list[Trip]]] = defaultdict(lambda: defaultdict(list))
    for trip in trips:
        by_checkpoint[trip.checkpoint][trip.carrier].append(trip)
    found = []
    for checkpoint, carriers in sorted(by_checkpoint.items()):
        edits = {carrier: [trip for trip in theirs if is_edit(trip)] for carrier, theirs in carriers.items()}
        all_trips, all_edits = sum(map(len, carriers.values())), sum(map(len, edits.values()))
        for carrier, mine in sorted(edits.items()):
            n, count = len(carriers[carrier]), len(mine)
            base = (all_edits - count + 1) / (all_trips - n + 2)
            share = count / n
            if count < LEAST_EDITS or share < LEAST_SHARE:
                continue
            chance = at_least(count, n, min(1.0, TIMES_BASE * base))
            if chance < ALARM / len(carriers):
                figures: Figures = {"edited": count, "bookings": n, "base_share": base, "chance": chance}
                found.append((carrier, checkpoint, mine, figures))
    return found


def _sold(trip: Trip) -> bool:
    return trip.is_sold


def _late(trip: Trip) -> bool:
    return any(trip.slot_start - at <= LATE for at in trip.swapped_at)
