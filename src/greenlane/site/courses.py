"""Where bookings are taken: each checkpoint and direction, and the slots there."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from greenlane.booking.commands import make_slots, open_ballots
from greenlane.booking.models import Rules
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint


def courses(crossing: str = "") -> list[tuple[Checkpoint, str, int]]:
    """Checkpoint, direction and horizon in days, wherever bookings are taken; of one crossing if named."""
    rules = Rules.objects.select_related("checkpoint__crossing").order_by("pk")
    if crossing:
        rules = rules.filter(checkpoint__crossing__code=crossing)
    return [(each.checkpoint, each.direction, each.horizon_days) for each in rules]


def open_slots(crossing: str = "", days_back: int = 0) -> int:
    """Make the slots up to each checkpoint's horizon, outbound also of days before; how many are new."""
    at = now()
    made = 0
    for checkpoint, direction, horizon in courses(crossing):
        today = at.astimezone(ZoneInfo(checkpoint.zone)).date()
        since = today - timedelta(days=days_back if direction == "outbound" else 0)
        made += make_slots(checkpoint, direction, since, today + timedelta(days=horizon), at)
    open_ballots(at)
    return made
