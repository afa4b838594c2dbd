"""When the lanes of a checkpoint are planned to be open on one day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DayRoster:
    """Spans in seconds since the epoch, by code of stage and lane."""

    lanes: dict[tuple[str, str], Spans]

    def is_open(self, stage: str, lane: str, at: float) -> bool | None:
        """Whether the lane is planned to be open; None where the roster does not know it."""
        spans = self.lanes.get((stage, lane))
        return None if spans is None else any(opens <= at < closes for opens, closes in spans)

    def next_change(self, at: float) -> float | None:
        """When a lane next opens or closes; None when none does any more that day."""
        edges = chain.from_iterable(chain.from_iterable(self.lanes.values()))
        return min((edge for edge in edges if edge > at), default=None)
