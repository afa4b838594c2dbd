"""A park full of trucks for the tests of call-up. Plates are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from gate_world import NINE, OUT, World, clock

from greenlane.booking.models import Booking, Rules, Slot
from greenlane.callup.models import Call
from greenlane.gate.models import Event, Passage
from greenlane.registry.models import Truck

_numbers = count(1)


def rules(world: World, **changes: object) -> Rules:
    """The line's rules, changed."""
    Rules.objects.filter(checkpoint=world.checkpoint, direction=OUT).update(**changes)
    return Rules.objects.get(checkpoint=world.checkpoint, direction=OUT)


def parked(world: World, number: int, slot_at: datetime = NINE, came: float = -60) -> list[Passage]:
    """So many booked trucks in the park, in order of arrival; written at once, as if they had been read."""
    slot, _ = Slot.objects.get_or_create(
        checkpoint=world.checkpoint,
        direction=OUT,
        starts_at=slot_at,
        ends_at=slot_at + timedelta(minutes=30),
    )
    plates = [f"{next(_numbers):05d}KZA" for _ in range(number)]
    trucks = Truck.objects.bulk_create(
        Truck(carrier=world.carrier, plate=plate, plate_key=plate, country="KZ", vehicle_class="laden")
        for plate in plates
    )
    made_at = slot_at - timedelta(days=1)
    bookings = Booking.objects.bulk_create(
        Booking(
            code=f"GL-{truck.plate[:5]}-{truck.pk:05d}",
            checkpoint=world.checkpoint,
            direction=OUT,
            slot=slot,
            first_slot=slot,
            account=world.holder,
            carrier=world.carrier,
            truck=truck,
            plate=truck.plate,
            plate_key=truck.plate,
            plate_country="KZ",
            vehicle_class="laden",
            state="confirmed",
            asked_for=slot_at,
            made_at=made_at,
            confirmed_at=made_at,
            changed_at=made_at,
        )
        for truck in trucks
    )
    return _passages(world, bookings, came)


def _passages(world: World, bookings: Sequence[Booking], came: float) -> list[Passage]:
    events, passages = [], []
    for place, booking in enumerate(bookings):
        at = clock(came) + timedelta(seconds=place)
        key = uuid4()
        passages.append(
            Passage(
                opened_by=key,
                checkpoint=world.checkpoint,
                direction=OUT,
                booking=booking,
                plate=booking.plate,
                plate_key=booking.plate_key,
                country="KZ",
                vehicle_class="laden",
                phase=Passage.Phase.WAITING,
                first_at=at,
                last_point="park_in",
                last_at=at,
                park_in_at=at,
            )
        )
        events.append((key, at))
    made = Passage.objects.bulk_create(passages)
    Event.objects.bulk_create(
        Event(
            event_id=key,
            passage=passage,
            point="park_in",
            event_time=at,
            zone_offset="+09:00",
            record_time=at,
            method="exact",
            score=1.0,
        )
        for passage, (key, at) in zip(made, events, strict=True)
    )
    return made


def call_rows(world: World, passages: Sequence[Passage], at: datetime, **fields: object) -> list[Call]:
    """Calls as a program with a fault would write them: the rows alone."""
    return [
        Call(
            passage=passage,
            booking_id=passage.booking_id,
            checkpoint=world.checkpoint,
            direction=OUT,
            called_at=at,
            gate_by=at + timedelta(minutes=50),
            **fields,
        )
        for passage in passages
    ]
