"""A crossing at work for the tests of the figures: readings, and the passages that the gate makes of them.

Plates and people are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from greenlane.gate.commands import match_pending, register_device
from greenlane.gate.models import Device, Passage, Reading
from greenlane.registry.commands import load_crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Checkpoint
from greenlane.standard.commands import measure

CROSSINGS = Path(__file__).parent.parent / "crossings"
DAY = datetime(2026, 5, 4, tzinfo=UTC)
"""A Monday; in Zabaikalsk (UTC+9) it begins at 15:00 UTC of the day before."""
POINTS = ["queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit"]
_numbers = count(1)


def at(hour: float, day: int = 0) -> datetime:
    """An hour of the day in UTC."""
    return DAY + timedelta(days=day, hours=hour)


@dataclass
class Border:
    """Zabaikalsk and Manzhouli, with one device for each direction that was asked for."""

    near: Checkpoint
    far: Checkpoint
    devices: dict[tuple[int, str], Device] = field(default_factory=dict)

    def device(self, checkpoint: Checkpoint, direction: str) -> Device:
        key = (checkpoint.pk, direction)
        if key not in self.devices:
            register_device(checkpoint, direction, "camera", "camera", POINTS, at(-72))
            self.devices[key] = Device.objects.get(checkpoint=checkpoint, direction=direction)
        return self.devices[key]

    def seen(
        self,
        plate: str,
        point: str,
        when: datetime,
        *,
        stage: str = "",
        checkpoint: Checkpoint | None = None,
        direction: str = "outbound",
        **changes: Any,
    ) -> Reading:
        """A reading that has arrived."""
        place = checkpoint or self.near
        fields = {
            "event_id": UUID(int=next(_numbers)),
            "device": self.device(place, direction),
            "checkpoint": place,
            "direction": direction,
            "point": point,
            "stage": stage,
            "lane": "1" if stage else "",
            "event_time": when,
            "zone_offset": "+09:00",
            "record_time": when + timedelta(seconds=2),
            "kind": "plate",
            "value": plate,
            "country": "KZ",
            "confidence": 0.97,
        } | changes
        return Reading.objects.create(**fields)

    def trip(self, plate: str, entry: datetime, minutes: float, *, exits: bool = True, **where: Any) -> None:
        """A truck that came five minutes before its entry, was at customs, and left after so many minutes."""
        self.seen(plate, "park_in", entry - timedelta(minutes=5), **where)
        self.seen(plate, "entry", entry, **where)
        self.seen(plate, "stage_in", entry + timedelta(minutes=1), stage="customs", **where)
        self.seen(plate, "stage_out", entry + timedelta(minutes=minutes - 1), stage="customs", **where)
        if exits:
            self.seen(plate, "exit", entry + timedelta(minutes=minutes), **where)

    def work(self, when: datetime) -> set[int]:
        """Match and measure what waits, as the worker does."""
        changed = match_pending(when)
        measure(changed, when)
        return changed


def make_border() -> Border:
    """Load the crossing."""
    load_crossing(read_crossing(CROSSINGS / "zabaikalsk-manzhouli.yaml"), None, at(-72))
    found = Checkpoint.objects.select_related("crossing")
    return Border(found.get(code="zabaikalsk"), found.get(code="manzhouli"))


def plate(number: int) -> str:
    """A plate that no other resembles."""
    letters = "ACEHKMPTXY"
    signs = (letters[number // step % 10] for step in (1, 10, 100))
    return f"{number * 7919 % 1000:03d}{''.join(signs)}{number % 97:02d}"


def passage_of(text: str) -> Passage:
    """The one passage of a plate."""
    return Passage.objects.get(plate=text)
