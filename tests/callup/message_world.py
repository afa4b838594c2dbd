"""Calls, people and channels for the tests of messages. Plates, people and addresses are invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from gate_world import OUT, World, clock

from greenlane.booking.models import Booking, LiveTicket
from greenlane.callup.messages.adapter import ChannelAdapter, Outcome, Outgoing, Receipt, Result
from greenlane.callup.models import Call, ChannelChoice
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Driver

_numbers = count(1)


def make_driver(world: World, language: str = "ru", phone: str = "+77010000001") -> Account:
    """A driver of the carrier with an account and a phone."""
    number = next(_numbers)
    driver = Driver.objects.create(carrier=world.carrier, full_name=f"Invented Person {number}")
    name = f"driver{number}@example.org"
    return Account.objects.create(
        username=name,
        email=name,
        carrier=world.carrier,
        carrier_role="driver",
        driver=driver,
        phone=phone,
        language=language,
    )


def make_passage(world: World, plate: str, booking: Booking | None = None) -> Passage:
    """A truck that was called from the park."""
    return Passage.objects.create(
        checkpoint=world.checkpoint,
        direction=OUT,
        booking=booking,
        plate=plate,
        plate_key=plate,
        country="KZ",
        vehicle_class="laden",
        opened_by=uuid4(),
        phase=Passage.Phase.CALLED,
        first_at=clock(-60),
        last_at=clock(0),
        park_in_at=clock(-60),
        called_at=clock(0),
    )


def make_call(
    world: World,
    plate: str = "501KZA03",
    *,
    driver: Account | None = None,
    ticket: LiveTicket | None = None,
    at: datetime | None = None,
) -> Call:
    """A call of a booked truck, or of a ticket's."""
    booking = None
    if ticket is None:
        booking = world.booked(plate, clock(0), driver=driver.driver if driver else None)
    at = at or clock(0)
    return Call.objects.create(
        passage=make_passage(world, plate, booking),
        booking=booking,
        ticket=ticket,
        checkpoint=world.checkpoint,
        direction=OUT,
        called_at=at,
        gate_by=at + timedelta(minutes=30),
    )


def make_ticket(world: World, plate: str, phone: str, language: str) -> LiveTicket:
    """A ticket of the live queue, given at the kiosk."""
    number = next(_numbers)
    return LiveTicket.objects.create(
        code=f"LQ-{number:05d}",
        number=number,
        day=clock(0).date(),
        checkpoint=world.checkpoint,
        direction=OUT,
        plate=plate,
        plate_key=plate,
        country="KZ",
        vehicle_class="laden",
        phone=phone,
        language=language,
        via="kiosk",
        joined_at=clock(-60),
        good_until=clock(600),
        state="called",
    )


def choose(account: Account, channel: str, is_on: bool, address: str = "") -> None:
    ChannelChoice.objects.create(account=account, channel=channel, is_on=is_on, address=address)


class Recorder(ChannelAdapter):
    """Keeps what it is given, and answers as told: by address, else by default."""

    def __init__(self, default: Result = Result.SENT, answers: dict[str, Result] | None = None) -> None:
        self.default, self.answers = default, answers or {}
        self.sent: list[Outgoing] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        for message in messages:
            result = self.answers.get(message.address, self.default)
            self.sent.append(message)
            yield Outcome(message.id, result, f"ref-{message.id}", "" if result is Result.SENT else "told so")

    def poll(self, references: Sequence[str]) -> Iterable[Receipt]:
        return [Receipt("delivered", reference) for reference in references]
