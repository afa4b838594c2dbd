"""Whoever is drawn and finds no room goes on the waiting list, in the order of the draw."""

from __future__ import annotations

from datetime import datetime

from greenlane.booking.commands.waiting import join_list
from greenlane.booking.models import Ballot, BallotEntry, WaitingGroup
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Driver, Trailer

FIRST_RANK = 2
"""The waiting list's rank of the first turn; those that were there before the draw have 0 or 1."""


def join_the_list(
    ballot: Ballot, entry: BallotEntry, earliest: datetime, latest: datetime, at: datetime
) -> tuple[WaitingGroup | None, str]:
    """The entry's place in the waiting list for slots that start in these times, or why it has none."""
    assert entry.rank is not None
    try:
        group = join_list(
            entry.account,
            ballot.checkpoint,
            ballot.direction,
            [entry.truck_id],
            earliest,
            latest,
            at,
            rank=FIRST_RANK + entry.rank - 1,
            share=entry.share,
            park_id=entry.park_id,
            trailers=_of_truck(entry, entry.trailer),
            drivers=_of_truck(entry, entry.driver),
        )
    except GreenlaneError as refusal:
        return None, refusal.code
    return group, ""


def _of_truck(entry: BallotEntry, part: Trailer | Driver | None) -> dict[int, int]:
    """A trailer or driver that is the carrier's still, by its truck."""
    return {entry.truck_id: part.pk} if part is not None and part.retired_at is None else {}
