"""The back office: every list opens, and what must not be edited is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from greenlane.registry.clock import now
from greenlane.registry.commands import load_crossing, make_account, make_administrator, register_carrier
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Carrier, Truck

pytestmark = pytest.mark.django_db
CROSSING = Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml"
OURS = [
    model
    for model in admin.site._registry
    if model._meta.app_label in ("registry", "booking", "gate", "callup", "standard")
]


@pytest.fixture
def office() -> Client:
    """An administrator with a second factor, and a crossing in force."""
    root = make_account("root@example.org", now())
    make_administrator(root)
    TOTP.activate(root, generate_totp_secret())
    load_crossing(read_crossing(CROSSING), root, now())
    client = Client()
    client.force_login(root)
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_list_opens_and_can_be_searched(office: Client, model: type) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert office.get(address).status_code == 200
    assert office.get(address, {"q": "x"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["registry_crossing", "registry_apitoken", "registry_answer", "booking_booking"]
)
def test_what_is_only_added_to_cannot_be_made_by_hand(office: Client, name: str) -> None:
    assert office.get(reverse(f"admin:{name}_add")).status_code == 403


def test_a_truck_saved_in_the_back_office_has_its_plate_key(office: Client) -> None:
    dispatcher = make_account("dispatcher@example.org", now())
    register_carrier(dispatcher, "Carrier (invented)", "PL", now())
    form = {"plate": "АВ 123", "country": "PL", "carrier": Carrier.objects.get().pk, "vehicle_class": "laden"}
    assert office.post(reverse("admin:registry_truck_add"), form).status_code == 302
    assert Truck.objects.get().plate_key == "AB123"
