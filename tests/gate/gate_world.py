"""A checkpoint at work for the tests of the gate. Plates and people are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from greenlane.booking.commands import set_rules
from greenlane.booking.models import Booking, Slot
from greenlane.gate.commands import register_device
from greenlane.gate.models import Device, Event, Passage, Reading
from greenlane.registry.commands import load_crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Carrier, Checkpoint, Grant, Truck
from greenlane.registry.queries import checkpoint_document

CROSSINGS = Path(__file__).parent.parent.parent / "crossings"
NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
OUT = "outbound"
_numbers = count(1)


def clock(minutes: float) -> datetime:
    """So many minutes after nine."""
    return NINE + timedelta(minutes=minutes)


@dataclass
class World:
    """Zabaikalsk outbound, with one device for all points."""

    checkpoint: Checkpoint
    device: Device
    carrier: Carrier
    holder: Account

    def staff(self, role: str) -> Account:
        """An account with one role here."""
        name = f"{role}{next(_numbers)}@example.org"
        account = Account.objects.create(username=name, email=name)
        Grant.objects.create(account=account, checkpoint=self.checkpoint, role=role, given_at=NINE)
        return account

    def booked(self, plate: str, slot_at: datetime = NINE, **changes: Any) -> Booking:
        """A confirmed booking of a new truck, made the day before."""
        truck = Truck.objects.create(
            carrier=self.carrier, plate=plate, plate_key=plate, country="KZ", vehicle_class="laden"
        )
        slot, _ = Slot.objects.get_or_create(
            checkpoint=self.checkpoint,
            direction=OUT,
            starts_at=slot_at,
            ends_at=slot_at + timedelta(minutes=30),
        )
        number = next(_numbers)
        fields = {
            "code": f"GL-{number:05d}-{number:05d}",
            "checkpoint": self.checkpoint,
            "direction": OUT,
            "slot": slot,
            "first_slot": slot,
            "account": self.holder,
            "carrier": self.carrier,
            "truck": truck,
            "plate": plate,
            "plate_key": plate,
            "plate_country": "KZ",
            "vehicle_class": "laden",
            "state": "confirmed",
            "asked_for": slot_at,
            "made_at": slot_at - timedelta(days=1),
            "confirmed_at": slot_at - timedelta(days=1),
            "changed_at": slot_at - timedelta(days=1),
        } | changes
        return Booking.objects.create(**fields)

    def seen(self, plate: str, point: str, minutes: float, **changes: Any) -> Reading:
        """A reading that has arrived, two seconds after it was taken unless told otherwise."""
        stage = changes.pop("stage", "")
        fields = {
            "event_id": UUID(int=next(_numbers)),
            "device": self.device,
            "checkpoint": self.checkpoint,
            "direction": OUT,
            "point": point,
            "stage": stage,
            "lane": "1" if stage else "",
            "event_time": clock(minutes),
            "zone_offset": "+09:00",
            "record_time": clock(minutes) + timedelta(seconds=2),
            "kind": "plate",
            "value": plate,
            "country": "KZ",
            "confidence": 0.95,
        } | changes
        return Reading.objects.create(**fields)

    def whole_way(self, plate: str, start: float = 0) -> list[Reading]:
        """Every reading of an undisturbed trip: into the park at `start`, barriers at +20 and +28."""
        return [
            self.seen(plate, "park_in", start),
            self.seen(plate, "park_out", start + 10),
            self.seen(plate, "entry", start + 20),
            self.seen(plate, "stage_in", start + 21, stage="border"),
            self.seen(plate, "stage_out", start + 23, stage="border"),
            self.seen(plate, "stage_in", start + 24, stage="customs"),
            self.seen(plate, "stage_out", start + 27, stage="customs"),
            self.seen(plate, "exit", start + 28),
        ]


def make_world() -> World:
    """Load the crossing and register the device."""
    load_crossing(read_crossing(CROSSINGS / "zabaikalsk-manzhouli.yaml"), None, NINE)
    checkpoint = Checkpoint.objects.select_related("crossing").get(code="zabaikalsk")
    set_rules(checkpoint, OUT, checkpoint_document(checkpoint).directions[OUT].slots)
    points = ["queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit"]
    register_device(checkpoint, OUT, "camera", "camera", points, NINE)
    carrier = Carrier.objects.create(name="Invented Haulage", country="KZ")
    holder = Account.objects.create(
        username="dispatcher@example.org",
        email="dispatcher@example.org",
        carrier=carrier,
        carrier_role="dispatcher",
    )
    return World(checkpoint, Device.objects.get(), carrier, holder)


def only_passage() -> Passage:
    """The one passage that there is."""
    return Passage.objects.get()


def event_of(reading: Reading) -> Event:
    """What a reading became."""
    return Event.objects.get(pk=reading.event_id)
