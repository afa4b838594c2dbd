"""A retry gets its first answer, also one that an earlier version of the platform kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from places_world import make_truck

from greenlane.booking.commands import book
from greenlane.booking.models import Slot
from greenlane.registry.clock import now
from greenlane.registry.commands import make_token
from greenlane.registry.models import Answer
from scene import crossing_at_work

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LATER_FIELDS = ("swaps", "strike", "excused")


def test_an_answer_kept_before_a_field_existed_is_given_again(client: Client) -> None:
    person = crossing_at_work().dispatcher
    assert person.carrier is not None
    slot = Slot.objects.filter(direction="outbound").order_by("-starts_at")[0]
    booking = book(person, slot.pk, make_truck(person.carrier).pk, now(), "")
    _, secret = make_token(person, person, "test", ["bookings"], now())

    def cancel() -> Any:
        return client.post(
            f"/api/v1/bookings/{booking.code}/cancel",
            json.dumps({"why": "no cargo"}),
            content_type="application/json",
            headers={"authorization": f"Bearer {secret}", "idempotency-key": "k1"},
        )

    first = cancel()
    assert first.status_code == 200, first.content
    kept = Answer.objects.get(key="k1")
    kept.body = {name: value for name, value in kept.body.items() if name not in LATER_FIELDS}
    kept.save()
    again = cancel()
    assert again.status_code == 200, again.content
    assert again.json()["code"] == booking.code
