"""The arrays of a market of places: wishes, the reseller's slots, carriers, ways and entries.

Few arrays of many fields: each array that a compiled function is handed costs seconds of compiling.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.rule_trial.wishes import Floats, Ints

PLACED, FULL, BLOCKED, BOUGHT, LATER = 1, 2, 3, 4, 5
"""What became of a wish: a place, none, refused after no-shows, one bought, one that somebody gave back."""
WISH, OPENS, ENTRY, GIVES_UP = range(4)
"""What happens, with the number of a wish, a slot, an entry, a slot."""

TRIP: Final = np.dtype([
    ("slot", "i8"),
    ("start", "f8"),
    ("carrier", "i8"),
    ("truck", "i8"),
    ("of_class", "i8"),
    ("has_priority", "i8"),
    ("misses", "i8"),
    ("pooled", "i8"),
    ("buys", "i8"),
    ("hands_over", "i8"),
    ("lot", "f8"),
    ("seen", "f8"),
    ("missed_sale", "f8"),
    ("outcome", "i8"),
    ("got", "i8"),
    ("missed_before", "i8"),
])  # fmt: skip
"""A wish: the wished slot and its start; carrier, truck and class by number; whether the class has priority,
the truck will not be there in time, the carrier is not verified, it would buy a place, and put its truck
into a strange carrier; its turn among those who look again where there is no list; luck of being seen in a
sale, and of the sale; what became of it, the slot it got, and the truck's missed trip before."""
SLOT: Final = np.dtype([
    ("drawn", "f8"),
    ("wanted", "i8"),
    ("taken", "i8"),
    ("given_up", "i8"),
    ("lost", "i8"),
    ("sold", "i8", (4,)),
    ("closed", "i8", (2,)),
])  # fmt: skip
"""The reseller's side of a slot: minutes of its draw, NaN without one; places that he would still take, took,
gave up unsold, lost in selling, sold by each means; his carriers closed over a sale in it, not verified and
verified."""
OWN: Final = np.dtype([("kind", "i8"), ("free", "i8"), ("entered", "i8"), ("closed_until", "f8")])
"""A carrier of his: 1 for a verified one; trucks without a place, now and as a draw began; when it opens."""
WAY: Final = np.dtype([("means", "i8"), ("needs_hand_over", "i8"), ("success", "f8"), ("found_out", "f8")])
"""A way to hand a place over, as `reseller.Way`; means -1 after the last."""
ENTRY_OF: Final = np.dtype([("own", "i8"), ("number", "i8"), ("slot", "i8"), ("draw", "f8")])
"""An entry of a ballot: its carrier, the truck's number there, the wished slot, minutes of the draw."""
Records = NDArray[np.void]


class Market(NamedTuple):
    """Everything but the room.

    Attributes:
        trips, slots, own, entries: of the records above.
        held: [slots, own] unsold places of the reseller.
        ways: [2, ways] for carriers not verified and verified.
        pool: [hours] places left in draws for all that are not verified.
        waiting: wishes without a place in the order of their refusal; the first number is how many.
        last_missed: [trucks] the trip that each missed last, or -1.
        times: as `greenlane.planning.rule_trial.placing.times_of`; then the minutes until there is another
            carrier, not verified and verified; then 1 where freed places go by the list.
        first: number of the reseller's first carrier in the room's caps.
        of_class: of his invented trucks.
    """

    trips: Records
    slots: Records
    own: Records
    entries: Records
    held: Ints
    ways: Records
    pool: Ints
    waiting: Ints
    last_missed: Ints
    times: Floats
    first: int
    of_class: int
