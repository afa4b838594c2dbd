"""The luck of trips: two numbers for each purpose, the same under every rule."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from greenlane.twin.luck import uniforms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The twin's purposes end at 8.
TURNOUT: Final = 32
"""Whether a trip falls through, and how punctual it is."""
CHOICE: Final = 33
"""Its carrier's size, and which of them."""
TRUCK: Final = 34
ASKING: Final = 35
"""How early it asks, and how fast."""
BOT: Final = 36
LOT: Final = 37
BUYING: Final = 38
"""Whether it would buy a place, and whether it would put its truck into a stranger's carrier for it."""
VERIFIED: Final = 39
"""Whether its carrier is verified."""
SALE: Final = 40
"""Whether a sale to it is found out, and whether the place comes to it or to another."""
PHANTOM: Final = 41
"""Of a reseller's entries in a ballot: the lot, and the slot wished for."""


def luck_of(numbers: Ints, purpose: int, seed: int) -> Floats:
    """[2, numbers] uniform numbers in (0, 1)."""
    luck = np.empty((2, len(numbers)))
    _fill(numbers, purpose, seed, luck)
    return luck


@njit(cache=True, nogil=True)
def _fill(numbers: Ints, purpose: int, seed: int, luck: Floats) -> None:
    for at in range(len(numbers)):
        luck[0, at], luck[1, at] = uniforms(seed, 0, numbers[at], 0, purpose)
