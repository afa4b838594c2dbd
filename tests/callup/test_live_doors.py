"""The live queue's pages and API: open to look at, joined by those who may, secret where it must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import signing
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from greenlane.booking.models import LiveTicket
from greenlane.callup.pages.kiosk import PRINTED_SALT, SALT
from greenlane.registry.clock import now
from greenlane.registry.commands import make_token, save_truck
from greenlane.registry.models import Account, Grant, Role
from scene import Scene, crossing_at_work

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LINE = "/live/nur-zholy/outbound/"
KIOSK = "/live/kiosk/nur-zholy/outbound/"
DESK = "/live/desk/nur-zholy/outbound/"
API = "/api/v1/checkpoints/nur-zholy/outbound/live"
TYPED = {"plate": "777ABC02", "country": "KZ", "vehicle_class": "empty", "phone": ""}


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


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, "django.contrib.auth.backends.ModelBackend")
    return client


def as_kiosk(officer: Account) -> Client:
    client = signed_in(officer)
    client.post(f"{DESK}open/")
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def send(client: Client, address: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def bearer(account: Account) -> str:
    return f"Bearer {make_token(account, account, 'test', ['bookings'], now())[1]}"


def test_everyone_sees_how_the_queue_stands(scene: Scene, client: Client) -> None:
    assert client.get(LINE).status_code == 200
    told = client.get(API).json()
    assert (told["waiting"], told["released"], told["by_class"]) == (0, 0, {})
    expected = told["next_available"]
    assert expected["low"] < expected["middle"] < expected["high"]
    assert client.get("/live/nowhere/outbound/").status_code == 404
    assert client.get("/api/v1/checkpoints/nur-zholy/sideways/live").status_code == 422


def test_the_slots_page_leads_here(scene: Scene, client: Client) -> None:
    assert LINE in text(client.get(scene.slots_address))


def test_a_driver_takes_a_number_on_the_page(scene: Scene) -> None:
    client = signed_in(scene.driver)
    answer = client.post(LINE, TYPED | {"truck": "new"})
    ticket = LiveTicket.objects.get()
    assert answer["Location"] == f"/live/t/{ticket.code}/"
    assert (ticket.account, ticket.vehicle_class, ticket.via) == (scene.driver, "empty", "phone")
    assert ticket.code in text(client.get(LINE))


def test_who_is_not_signed_in_is_sent_there(scene: Scene, client: Client) -> None:
    answer = client.post(LINE, TYPED | {"truck": "new"})
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert not LiveTicket.objects.exists()


def test_a_ticket_is_for_whoever_has_its_code(scene: Scene, client: Client) -> None:
    signed_in(scene.driver).post(LINE, TYPED | {"truck": "new"})
    ticket = LiveTicket.objects.get()
    answer = client.get(f"/live/t/{ticket.code}/")
    assert "777ABC02" not in text(answer)
    assert "<svg" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert client.get("/live/t/LQ-00000-00000/").status_code == 404
    client.post(f"/live/t/{ticket.code}/leave/")
    ticket.refresh_from_db()
    assert ticket.state == "left"


def test_a_kiosk_gives_numbers_and_nothing_else(scene: Scene, officer: Account) -> None:
    client = as_kiosk(officer)
    assert client.get(f"/shift/{scene.checkpoint.code}/outbound/").status_code == 302, "signed out"
    assert client.get(DESK).status_code == 302
    shown = client.post(KIOSK, TYPED)
    ticket = LiveTicket.objects.get()
    assert (ticket.via, ticket.by, ticket.account) == ("kiosk", officer, None)
    printed = text(client.get(shown["Location"]))
    assert f"data-number>{ticket.number}<" in printed
    assert "main-nav" not in printed
    again = client.post(KIOSK, TYPED)
    assert again.status_code == 409
    assert ticket.code not in text(again)


def test_a_device_is_a_kiosk_only_by_an_officer_and_for_its_line(
    scene: Scene, officer: Account, client: Client
) -> None:
    assert client.post(KIOSK, TYPED).status_code == 302
    for mark in (
        "",
        "made-up",
        signing.dumps([officer.pk, "nur-zholy", "inbound"], salt=SALT),
        signing.dumps(7, salt=SALT),
    ):
        client.cookies["kiosk"] = mark
        assert client.get(KIOSK)["Location"] == DESK
    assert signed_in(scene.driver).post(f"{DESK}open/").status_code == 403
    assert not LiveTicket.objects.exists()


def test_a_kiosk_ends_with_the_right_of_its_officer(scene: Scene, officer: Account) -> None:
    client = as_kiosk(officer)
    assert client.get(KIOSK).status_code == 200
    Grant.objects.filter(account=officer).delete()
    assert client.post(KIOSK, TYPED)["Location"] == DESK
    assert not LiveTicket.objects.exists()


def test_a_kiosk_shows_a_ticket_again_only_by_its_own_mark(scene: Scene, officer: Account) -> None:
    client = as_kiosk(officer)
    client.post(KIOSK, TYPED)
    code = LiveTicket.objects.get().code
    for printed in (code, signing.dumps(code, salt="another"), signing.dumps(code, salt=PRINTED_SALT)[:-1]):
        assert code not in text(client.get(KIOSK, {"printed": printed}))


def test_the_desk_gives_a_ticket_again(scene: Scene, officer: Account) -> None:
    client = signed_in(officer)
    assert client.get(DESK).status_code == 200
    first = client.post(DESK, TYPED)["Location"]
    assert client.post(DESK, TYPED)["Location"] == first
    assert client.post(DESK, TYPED | {"phone": "?"}).status_code == 422
    assert signed_in(scene.driver).get(DESK).status_code == 403


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_a_ticket_remembers_the_language_of_the_kiosk(scene: Scene, officer: Account, language: str) -> None:
    client = as_kiosk(officer)
    client.post("/i18n/setlang/", {"language": language, "next": KIOSK})
    client.post(KIOSK, TYPED)
    assert LiveTicket.objects.get().language == language


def test_the_api_joins_once_for_a_key_and_leaves(scene: Scene, client: Client) -> None:
    row = {"plate": "777ABC02", "country": "KZ", "vehicle_class": "laden"}
    truck = save_truck(scene.dispatcher, row, now())
    known = {"Authorization": bearer(scene.dispatcher), "Idempotency-Key": "one"}
    first, again = (send(client, API, {"truck": truck}, **known) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    code = first.json()["code"]
    assert (first.json()["number"], first.json()["ahead"], first.json()["in_park"]) == (1, 0, False)
    assert client.get(f"/api/v1/live/{code}").json()["state"] == "waiting"
    mine = client.get("/api/v1/live", headers={"Authorization": known["Authorization"]}).json()["tickets"]
    assert [ticket["code"] for ticket in mine] == [code]
    left = send(client, f"/api/v1/live/{code}/leave", {}, **(known | {"Idempotency-Key": "two"}))
    assert left.json()["state"] == "left"


def test_the_api_refuses_with_the_field_and_the_mend(scene: Scene, officer: Account, client: Client) -> None:
    desk, word = f"{API}/desk", bearer(officer)
    for body, status, field in (
        (TYPED | {"plate": "?"}, 422, "plate"),
        (TYPED | {"vehicle_class": "tank"}, 422, "vehicle_class"),
        (TYPED | {"language": "xx"}, 422, "wish.language"),
    ):
        answer = send(client, desk, body, Authorization=word)
        assert (answer.status_code, answer.json()["field"]) == (status, field)
        assert answer.json()["mend"]
    assert send(client, desk, TYPED, Authorization=word).status_code == 201
    assert send(client, desk, TYPED, Authorization=bearer(scene.dispatcher)).status_code == 403
    assert send(client, API, {"truck": 1}).status_code == 401
    assert client.get("/api/v1/live/LQ-00000-00000").status_code == 404
