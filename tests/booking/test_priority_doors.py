"""Priority's pages and API: published to everyone, granted by officers, nothing personal in what is told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from greenlane.booking.commands import book, grant_priority
from greenlane.booking.models import Booking, PriorityUse, Slot
from greenlane.registry.clock import now
from greenlane.registry.commands import make_token, save_truck
from greenlane.registry.models import Account, Grant, LookUp, Role
from scene import Scene, crossing_at_work

pytestmark = [pytest.mark.db, pytest.mark.django_db]
USES = "/priority/nur-zholy/outbound/"
GRANT = f"{USES}grant/"
API = "/api/v1/checkpoints/nur-zholy/outbound/priority"


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """One crossing for all tests here: each test's own changes are undone, and the crossing at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield crossing_at_work()
        transaction.set_rollback(True)


@pytest.fixture
def officer(scene: Scene) -> Account:
    account = Account.objects.create(username="officer@example.org", email="officer@example.org")
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=Role.OFFICER, given_at=now())
    TOTP.activate(account, generate_totp_secret())
    return account


@pytest.fixture
def booking(scene: Scene) -> Booking:
    """Perishable goods, in the last slot there is."""
    row = {"plate": "777ABC02", "country": "KZ", "vehicle_class": "perishable"}
    truck = save_truck(scene.dispatcher, row, now())
    slot = Slot.objects.filter(checkpoint=scene.checkpoint, direction="outbound").order_by("-starts_at")[0]
    return book(scene.dispatcher, slot.pk, truck, now(), "")


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, "django.contrib.auth.backends.ModelBackend")
    return client


def bearer(account: Account) -> str:
    return f"Bearer {make_token(account, account, 'test', ['bookings'], now())[1]}"


def send(client: Client, body: dict[str, Any], account: Account, key: str = "") -> Any:
    headers = {"Authorization": bearer(account), "Idempotency-Key": key}
    return client.post("/api/v1/priority", json.dumps(body), content_type="application/json", headers=headers)


def test_an_officer_looks_a_truck_up_and_grants(scene: Scene, officer: Account, booking: Booking) -> None:
    client = signed_in(officer)
    found = client.post(GRANT, {"code": booking.code.lower()}).content.decode()
    assert booking.plate in found
    assert 'value="perishable"' in found
    assert 'value="livestock"' not in found, "only reasons that fit are offered"
    assert LookUp.objects.get().subject == f"place {booking.code}"
    given = {"code": booking.code, "grant": "1", "reason": "perishable", "detail": "berries", "slot": ""}
    assert client.post(GRANT, given)["Location"] == USES
    booking.refresh_from_db()
    assert booking.share == "priority"


def test_a_refusal_is_told_on_the_page(scene: Scene, officer: Account, booking: Booking) -> None:
    client = signed_in(officer)
    assert client.post(GRANT, {"code": "GL-00000-00000"}).status_code == 404
    given = {"code": booking.code, "grant": "1", "reason": "other", "detail": "", "slot": ""}
    assert client.post(GRANT, given).status_code == 422
    given = {"code": booking.code, "grant": "1", "reason": "livestock", "detail": "", "slot": ""}
    assert client.post(GRANT, given).status_code == 200, "a reason that was not offered is none"
    assert not PriorityUse.objects.exists()


def test_only_staff_opens_the_officers_page(scene: Scene, client: Client) -> None:
    assert client.get(GRANT).status_code == 302
    assert signed_in(scene.driver).get(GRANT).status_code == 403


def test_everyone_reads_the_uses_without_names(
    scene: Scene, officer: Account, booking: Booking, client: Client
) -> None:
    grant_priority(officer, booking.code, "perishable", "berries", now())
    page, told = client.get(USES).content.decode(), client.get(API).json()
    table = client.get(f"{API}.csv")
    for text in (page, json.dumps(told), table.content.decode()):
        assert "berries" in text
        assert not any(secret in text for secret in (booking.code, booking.plate, officer.email))
    assert told["by_reason"] == {"perishable": 1}
    assert told["places"] >= told["taken"] == 1
    assert told["months"] == [told["month"]]
    assert table["Content-Type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(table.content.decode()))
    assert row["reason"] == "perishable"
    assert row["officer"] == told["uses"][0]["officer"]


def test_a_detail_is_no_formula_in_a_spreadsheet(
    scene: Scene, officer: Account, booking: Booking, client: Client
) -> None:
    grant_priority(officer, booking.code, "other", "=1+1", now())
    (row,) = csv.DictReader(io.StringIO(client.get(f"{API}.csv").content.decode()))
    assert row["detail"] == "'=1+1"


@pytest.mark.parametrize("month", ["2026-13", "May", "0001-01", "9999-12", "2026-5", "2026-05-01"])
def test_a_month_that_is_none_is_refused_by_its_field(scene: Scene, client: Client, month: str) -> None:
    answer = client.get(API, {"month": month})
    assert (answer.status_code, answer.json()["field"]) == (422, "month")
    assert client.get(USES, {"month": month}).status_code == 404


def test_another_month_is_empty(scene: Scene, client: Client) -> None:
    told = client.get(API, {"month": "2001-02"}).json()
    assert (told["month"], told["uses"], told["places"]) == ("2001-02", [], 0)


def test_the_api_grants_once_for_a_key(
    scene: Scene, officer: Account, booking: Booking, client: Client
) -> None:
    wish = {"code": booking.code, "reason": "perishable"}
    first, again = (send(client, wish, officer, "k") for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert PriorityUse.objects.count() == 1
    assert send(client, wish, scene.dispatcher).status_code == 403
    assert send(client, wish | {"reason": "hurry"}, officer).status_code == 422
    assert send(client, wish | {"slot": 2**62}, officer).json()["field"] == "slot"
