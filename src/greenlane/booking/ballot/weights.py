"""How many tickets an entry has: the published rule of weights. Pure: no Django.

Every entry has one ticket, and one more for each of the truck's last ballots of this checkpoint and direction
that it lost in a row, up to three. A place, by whatever way, ends the row. Trucks of carriers that are not
verified have one ticket: they could be invented, and entered every day to have more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

MOST_LOST: Final = 3


def weight_of(lost_before: int, most: int = MOST_LOST) -> int:
    """The tickets of a truck that lost so many ballots in a row."""
    return 1 + min(lost_before, most)


def lost_in_a_row(
    drawn: Iterable[tuple[datetime, bool]], last_place: datetime | None, most: int = MOST_LOST
) -> int:
    """How many of a truck's last ballots it lost in a row, at most `most`.

    Args:
        drawn: when each was drawn and whether the truck got a place in it, newest first.
        last_place: when the truck last got a place here, by whatever way.
    """
    lost = 0
    for drawn_at, has_place in drawn:
        if has_place or lost == most or (last_place is not None and last_place >= drawn_at):
            break
        lost += 1
    return lost
