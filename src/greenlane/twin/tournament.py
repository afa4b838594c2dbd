"""The next of several moments, one for each lane: a tournament of which each round is kept.

A lane's moment is changed by playing its own rounds again, whose opponents are known: no branch depends on
what is compared, unlike in a heap. Equal moments come by lane. Moments from 0 up are in the order of their
bits as whole numbers, which are compared faster.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from greenlane.twin.arrays import MATCH, Records
from greenlane.twin.kernel import inner, row

NEVER: Final = int(np.float64(np.inf).view(np.int64))


def tournament(lanes: int) -> Records:
    """`MATCH`, all at `NEVER`: the final in row 1, the lanes in the second half."""
    half = 1 << max(lanes - 1, 1).bit_length()
    matches = np.zeros(2 * half, MATCH)
    matches["moment"] = NEVER
    matches["lane"][half:] = np.arange(half)
    return matches


@inner
def as_moment(time: float) -> int:
    """A time from 0 up, as it is compared."""
    return int(np.float64(time).view(np.int64))


@inner
def as_time(moment: int) -> float:
    """The time again."""
    return float(np.int64(moment).view(np.float64))


@inner
def play(matches: Records, lane: int, moment: int) -> None:
    """Set a lane's moment, and who is next."""
    at, winner = (len(matches) >> 1) + lane, lane
    row(matches, at).moment = moment
    while at > 1:
        other = row(matches, at ^ 1)
        # All bits set where the other wins: the earlier, of equals the left one, whose number is even. Chosen
        # by them, for half of all jumps would be foreseen wrongly.
        loses = (other.moment - (at & 1) - moment) >> 63
        moment ^= (moment ^ other.moment) & loses
        winner ^= (winner ^ other.lane) & loses
        at >>= 1
        row(matches, at).moment = moment
        row(matches, at).lane = winner
