"""Fills an empty, migrated database for the test of kill -9, and prints what its clients need as JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import django

django.setup()

from django.db import transaction  # noqa: E402 - Django must be set up first
from places_world import (  # noqa: E402
    make_account,
    make_carrier,
    make_checkpoint,
    make_quota,
    make_slot,
    make_token,
    make_truck,
)

from greenlane.gate.models import Device  # noqa: E402
from greenlane.registry.clock import now  # noqa: E402

CLIENTS, TRUCKS, SLOTS = 16, 120, 6


@transaction.atomic
def seed() -> dict[str, object]:
    checkpoint = make_checkpoint(carrier_share=0.5, hour_capacity=2000)
    start = now() + timedelta(days=1)
    slots = [make_slot(checkpoint, start + timedelta(minutes=30 * number)) for number in range(SLOTS)]
    for number, slot in enumerate(slots):
        # One slot in three is soon full, so that places are refused in the rush as well.
        make_quota(slot, "slot", 60 if number % 3 == 0 else 2000)
    make_quota(slots[0], "day", 10_000, wide=timedelta(days=1))
    clients = []
    for _ in range(CLIENTS):
        carrier = make_carrier()
        token = make_token(make_account(carrier), "bookings")
        clients.append({"token": token, "trucks": [make_truck(carrier).pk for _ in range(TRUCKS)]})
    Device.objects.create(
        checkpoint=checkpoint,
        direction="outbound",
        name="camera",
        kind="camera",
        points=["entry"],
        prefix="camera",
        digest=hashlib.sha256(b"gld_camera").hexdigest(),
        made_at=now(),
    )
    return {"slots": [slot.pk for slot in slots], "clients": clients, "device": "gld_camera"}


print(json.dumps(seed()))
