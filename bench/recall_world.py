"""Trucks that are called and on their way, with drivers and carriers to be told. Everything is invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from bench.passages import CODE, DIRECTION

if TYPE_CHECKING:
    from greenlane.registry.models import Account, Carrier, Checkpoint

CARRIERS: Final = 100
PUSH_EACH: Final = 4
"""Every so manieth driver has a device for push besides."""
LANGUAGES: Final = ("en", "ru", "zh-hans")


@dataclass(frozen=True, slots=True)
class Called:
    """The checkpoint, who may recall there, and how many messages of each channel a recall is to write."""

    checkpoint: Checkpoint
    lead: Account
    messages: dict[str, int]


def make_called(trucks: int, hook: str, at: datetime) -> Called:
    """Release so many booked trucks at once from the park; each carrier has a webhook under `hook`."""
    from greenlane.booking.models import Rules
    from greenlane.callup.commands import release
    from greenlane.callup.models import Message
    from greenlane.registry.models import Checkpoint, Role

    checkpoint = Checkpoint.objects.select_related("crossing").get(code=CODE)
    ample = {"inside_limit": trucks, "mass_call": trucks, "calls_per_minute": trucks, "call_up": "limit"}
    Rules.objects.filter(checkpoint=checkpoint, direction=DIRECTION).update(**ample)
    _park(checkpoint, _bookings(checkpoint, trucks, _carriers(hook, at), at), at)
    _learn()
    called = len(release(checkpoint, DIRECTION, at))
    if called != trucks:
        raise RuntimeError(f"{called} trucks were called, not {trucks}")
    # The calls themselves were told long ago.
    Message.objects.update(state="sent", sent_at=at)
    _learn()
    lead = _account("lead", None)
    lead.save()
    lead.grants.create(checkpoint=checkpoint, role=Role.SHIFT_LEAD, given_at=at)
    counts = {"email": trucks, "sms": trucks, "webhook": trucks, "push": -(-trucks // PUSH_EACH)}
    return Called(checkpoint, lead, counts)


def _learn() -> None:
    """Let the database know its tables, as one that has worked for a while does."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _account(name: str, carrier: Carrier | None, **given: Any) -> Account:
    from greenlane.registry.models import Account

    address = f"{name}@example.org"
    role = "driver" if carrier else ""
    return Account(username=address, email=address, password="!", carrier=carrier, carrier_role=role, **given)


def _carriers(hook: str, at: datetime) -> list[Carrier]:
    from greenlane.callup.models import Webhook
    from greenlane.registry.models import Carrier

    carriers = Carrier.objects.bulk_create(
        Carrier(name=f"Invented Haulage {number}", country="KZ") for number in range(CARRIERS)
    )
    Webhook.objects.bulk_create(
        Webhook(carrier=carrier, url=f"{hook}/{carrier.pk}", secret="whs_bench", made_at=at)
        for carrier in carriers
    )
    return carriers


def _bookings(checkpoint: Checkpoint, trucks: int, carriers: Sequence[Carrier], at: datetime) -> list[Any]:
    from greenlane.booking.models import Booking, Slot
    from greenlane.callup.models import ChannelChoice
    from greenlane.registry.models import Account, Driver, Truck

    owners = [carriers[number % len(carriers)] for number in range(trucks)]
    drivers = Driver.objects.bulk_create(
        Driver(carrier=owner, full_name=f"Invented Person {number}") for number, owner in enumerate(owners)
    )
    accounts = Account.objects.bulk_create(
        _account(
            f"driver{number}",
            driver.carrier,
            driver=driver,
            phone=f"+7701{number:07d}",
            language=LANGUAGES[number % len(LANGUAGES)],
        )
        for number, driver in enumerate(drivers)
    )
    ChannelChoice.objects.bulk_create(
        ChannelChoice(account=account, channel="push", address=f"device-token-{account.pk:012d}")
        for account in accounts[::PUSH_EACH]
    )
    plates = [f"{number:04d}XTA" for number in range(trucks)]
    made = Truck.objects.bulk_create(
        Truck(carrier=owner, plate=plate, plate_key=plate, country="KZ", vehicle_class="laden")
        for plate, owner in zip(plates, owners, strict=True)
    )
    start = at - timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    slot, _ = Slot.objects.get_or_create(
        checkpoint=checkpoint, direction=DIRECTION, starts_at=start, ends_at=start + timedelta(minutes=30)
    )
    return Booking.objects.bulk_create(
        Booking(
            code=f"GL-X{number:04d}-{number:05d}",
            checkpoint=checkpoint,
            direction=DIRECTION,
            slot=slot,
            first_slot=slot,
            account=accounts[number],
            carrier=owners[number],
            driver=drivers[number],
            truck=truck,
            plate=truck.plate,
            plate_key=truck.plate_key,
            plate_country="KZ",
            vehicle_class="laden",
            state="confirmed",
            asked_for=start,
            made_at=at,
            confirmed_at=at,
            changed_at=at,
        )
        for number, truck in enumerate(made)
    )


def _park(checkpoint: Checkpoint, bookings: Sequence[Any], at: datetime) -> None:
    """The trucks stand in the park, as their readings would have told."""
    from greenlane.gate.models import Event, Passage

    came = at - timedelta(hours=1)
    passages = Passage.objects.bulk_create(
        Passage(
            opened_by=uuid4(),
            checkpoint=checkpoint,
            direction=DIRECTION,
            booking=booking,
            plate=booking.plate,
            plate_key=booking.plate_key,
            country="KZ",
            vehicle_class="laden",
            phase=Passage.Phase.WAITING,
            first_at=came,
            last_point="park_in",
            last_at=came,
            park_in_at=came,
        )
        for booking in bookings
    )
    Event.objects.bulk_create(
        Event(
            event_id=passage.opened_by,
            passage=passage,
            point="park_in",
            event_time=came,
            zone_offset="+05:00",
            record_time=came,
            method="exact",
            score=1.0,
        )
        for passage in passages
    )
