"""The guarantee with what the gate has seen: who came to the park keeps the turn, others get a later slot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from greenlane.booking.commands import book, mark_entered
from greenlane.booking.models import Booking, Credit, Rules, Slot
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.registry.commands import save_truck
from greenlane.site.promises import keep_promises, waiting_since
from scene import Scene, crossing_at_work

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def scene() -> Scene:
    made = crossing_at_work()
    Rules.objects.filter(checkpoint=made.checkpoint).update(carrier_share=1.0)
    return made


def booked(scene: Scene, slot: Slot, plate: str) -> Booking:
    at = slot.starts_at - timedelta(hours=8)
    truck = save_truck(scene.dispatcher, {"plate": plate, "country": "KZ"}, at)
    return book(scene.dispatcher, slot.pk, truck, at, "")


def passage(scene: Scene, plate: str, came: datetime, **given: Any) -> Passage:
    return Passage.objects.create(
        checkpoint=scene.checkpoint,
        direction="outbound",
        opened_by=uuid4(),
        plate=plate,
        plate_key=match_key(plate),
        first_at=came,
        last_at=came,
        park_in_at=came,
        **{"phase": Passage.Phase.WAITING} | given,
    )


def test_who_came_to_the_park_keeps_the_turn_and_who_did_not_gets_a_later_slot(scene: Scene) -> None:
    slots = Slot.objects.filter(checkpoint=scene.checkpoint, direction="outbound").order_by("starts_at")
    slot = slots.filter(starts_at__gt=timezone.now() + timedelta(hours=3))[0]
    waits, called, booked_there, at_home, entered = (
        booked(scene, slot, f"70{number} INV 07") for number in range(5)
    )
    came = slot.starts_at - timedelta(minutes=20)
    passage(scene, waits.plate, came, booking=waits)
    passage(scene, called.plate, came, booking=called, phase=Passage.Phase.CALLED)
    passage(scene, booked_there.plate, came)
    passage(scene, entered.plate, came, booking=entered, phase=Passage.Phase.INSIDE)
    at = slot.ends_at + timedelta(minutes=70)
    mark_entered([entered.pk], at)
    expected = dict.fromkeys((waits.pk, called.pk, booked_there.pk), came)
    assert waiting_since(scene.checkpoint, "outbound", at) == expected
    assert keep_promises(scene.checkpoint, "outbound", at) == 4
    for booking in (waits, called, booked_there):
        booking.refresh_from_db()
        assert booking.slot_id == slot.pk
    at_home.refresh_from_db()
    assert at_home.slot.starts_at > at
    credited = Credit.objects.filter(kind="priority").values_list("booking", flat=True)
    assert set(credited) == {waits.pk, called.pk, booked_there.pk, at_home.pk}
