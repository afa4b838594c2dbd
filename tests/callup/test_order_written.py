"""Every transition that affects order becomes an entry with the transaction that makes it."""

from __future__ import annotations

import pytest
from gate_world import OUT, World, clock
from order_world import make_ticket

from greenlane.booking.commands import swap
from greenlane.callup.commands import recall, release
from greenlane.callup.models import OrderEntry
from greenlane.gate.commands import match_pending
from greenlane.registry.models import Carrier, Role, Truck

pytestmark = pytest.mark.django_db


def kinds(source: str) -> list[str]:
    return list(OrderEntry.objects.filter(source=source).order_by("pk").values_list("kind", flat=True))


def test_a_trip_is_written_down_step_by_step(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "park_in", 0)
    match_pending(clock(0))
    (call,) = release(world.checkpoint, OUT, clock(10))
    recall(call.pk, world.staff(Role.SHIFT_LEAD), "lane broke down", clock(11))
    release(world.checkpoint, OUT, clock(12))
    world.seen("501KZA03", "entry", 30)
    world.seen("501KZA03", "exit", 38)
    match_pending(clock(39))
    assert kinds("booking") == [
        *("booking.confirmed", "booking.called", "booking.recalled", "booking.called", "booking.entered")
    ]
    assert kinds("call") == ["call.made", "call.recalled", "call.made"]
    assert kinds("passage") == [
        "truck.waiting",
        "truck.called",
        "truck.waiting",
        "truck.called",
        "truck.left",
    ]


@pytest.mark.parametrize("is_called", [False, True])
def test_a_booking_that_changes_to_a_truck_in_the_park_tells_which(world: World, is_called: bool) -> None:
    """Else nobody could judge that truck's next call: its passage does not name the booking yet."""
    Carrier.objects.filter(pk=world.carrier.pk).update(verified_at=clock(-60))
    booking = world.booked("501KZA03", clock(15))
    other = Truck.objects.create(
        carrier=world.carrier, plate="777KZA01", plate_key="777KZA01", country="KZ", vehicle_class="laden"
    )
    make_ticket(world, other.plate_key, -5)
    world.seen(other.plate_key, "park_in", 0)
    match_pending(clock(0))
    assert len(release(world.checkpoint, OUT, clock(5)) if is_called else []) == is_called
    swap(world.holder, booking.code, clock(6), truck_id=other.pk)
    passage = OrderEntry.objects.filter(source="passage").latest("pk")
    assert passage.kind == ("truck.called" if is_called else "truck.waiting")
    swapped = OrderEntry.objects.get(kind="booking.swapped")
    assert swapped.facts["truck"] == passage.facts["truck"]
