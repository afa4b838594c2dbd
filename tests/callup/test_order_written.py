"""Every transition that affects order becomes an entry with the transaction that makes it."""

from __future__ import annotations

import pytest
from gate_world import OUT, World, clock

from greenlane.callup.commands import recall, release
from greenlane.callup.models import OrderEntry
from greenlane.gate.commands import match_pending
from greenlane.registry.models import Role

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
    for entry in OrderEntry.objects.order_by("pk"):
        print(entry.pk, entry.kind, entry.at, entry.facts)
