"""When a service that begins now will end."""

from __future__ import annotations

from greenlane.twin.arrays import Records
from greenlane.twin.kernel import inner, row


@inner
def end_of_service(lanes: Records, outages: Records, lane: int, start: float, minutes: float) -> float:
    """The moment at which a lane has worked so many minutes.

    Outages that are over by the start are struck off the lane's, so starts may not go back in time.
    """
    own, end = row(lanes, lane), start + minutes
    while own.outages_from < own.outages_to and row(outages, own.outages_from).end <= start:
        own.outages_from += 1
    for at in range(own.outages_from, own.outages_to):
        if row(outages, at).begin >= end:
            break
        end += row(outages, at).end - max(row(outages, at).begin, start)
    return end
