"""Those who wait for a place. Names and plates are invented."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from places_world import NOW, Scene, make_account, make_carrier, make_truck

from greenlane.booking.commands import book
from greenlane.booking.commands.waiting import join_list
from greenlane.booking.models import Booking, Slot, WaitingGroup
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Truck

DAY = timedelta(days=1)


def a_carrier(*, trucks: int = 1, vehicle_class: str = "laden") -> tuple[Account, list[Truck]]:
    carrier = make_carrier()
    return make_account(carrier), [make_truck(carrier, vehicle_class) for _ in range(trucks)]


def waits(scene: Scene, at: datetime = NOW, *, trucks: int = 1, vehicle_class: str = "laden") -> WaitingGroup:
    """A group of a carrier of its own that any slot of the scene's day suits."""
    account, fleet = a_carrier(trucks=trucks, vehicle_class=vehicle_class)
    start = scene.slot.starts_at
    return join_list(
        account, scene.checkpoint, "outbound", [truck.pk for truck in fleet], start - DAY, start + DAY, at
    )


def taken_by(scene: Scene, slot: Slot | None = None) -> Booking:
    account, (truck,) = a_carrier()
    return book(account, (slot or scene.slot).pk, truck.pk, NOW, "")


def state_of(group: WaitingGroup) -> str:
    return WaitingGroup.objects.get(pk=group.pk).state


def refused(code: str) -> pytest.RaisesExc[GreenlaneError]:
    return pytest.raises(GreenlaneError, check=lambda error: error.code == code)
