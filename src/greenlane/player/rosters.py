"""The published roster of a checkpoint's day, read from the public API as any outsider may."""

from __future__ import annotations

import time
from datetime import date
from typing import Any, Final

from greenlane.player.client import Api, RefusedError, seconds
from greenlane.player.day_roster import DayRoster
from greenlane.player.journey import Leg

FRESH_S: Final = 60.0
"""Wall seconds after which a roster is asked for anew: it may be published or taken back during the day."""


class Rosters:
    """Rosters by leg and local day, each kept for a minute. Safe for several threads."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._kept: dict[tuple[str, date], tuple[float, DayRoster | None]] = {}

    def of(self, leg: Leg, day: date) -> DayRoster | None:
        """The published roster; None where there is none, or the server knows of no rosters."""
        kept = self._kept.get((leg.name, day))
        if kept is None or time.monotonic() - kept[0] > FRESH_S:
            kept = time.monotonic(), self._asked(leg, day)
            self._kept[leg.name, day] = kept
        return kept[1]

    def _asked(self, leg: Leg, day: date) -> DayRoster | None:
        try:
            told = self._api.get(
                f"/checkpoints/{leg.checkpoint.code}/{leg.direction}/roster", params={"day": day.isoformat()}
            )
        except RefusedError as refusal:
            if refusal.status != 404:
                raise
            return None
        return _read(told) if told["plan"] is not None else None


def _read(told: dict[str, Any]) -> DayRoster:
    return DayRoster(
        {
            (lane["stage"], lane["lane"]): tuple(
                (seconds(span["opens_at"]), seconds(span["closes_at"])) for span in lane["open"]
            )
            for lane in told["lanes"]
        }
    )
