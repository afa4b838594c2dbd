"""Messages through their doors: receipts of providers, webhooks of a carrier, pages of shift and driver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from gate_world import OUT, World
from message_world import Recorder, choose, make_call, make_driver, make_ticket
from pytest_django import Settings

from greenlane.callup.commands import send_messages, tell_calls
from greenlane.callup.models import Call, CallAnswer, ChannelChoice, Message, Webhook
from greenlane.registry.clock import now
from greenlane.registry.commands import make_token
from greenlane.registry.models import Account, ApiToken, Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"
SECRET = "a secret of sixteen"


def caller(account: Account) -> Client:
    text = make_token(account, account, "test", [ApiToken.Scope.BOOKINGS], now())[1]
    return Client(headers={"Authorization": f"Bearer {text}"})


def post(client: Client, path: str, body: object = None, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1{path}", body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def staff_without_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenlane.site.staff.is_mfa_enabled", lambda _: True)


def called(world: World, driver: Account | None = None, minutes_ago: float = 10) -> Call:
    at = now() - timedelta(minutes=minutes_ago)
    call = make_call(world, driver=driver or make_driver(world), at=at)
    if call.booking is not None:
        call.booking.state = "called"
        call.booking.save()
    tell_calls([call], "call", at)
    return call


def test_the_driver_answers_and_the_shift_sees_it(world: World) -> None:
    driver = make_driver(world)
    call = called(world, driver)
    assert call.booking is not None
    lead, path = (
        caller(world.staff(Role.SHIFT_LEAD)),
        f"/api/v1/checkpoints/{world.checkpoint.code}/{OUT}/calls",
    )
    (shown,) = lead.get(f"{path}/unreached").json()
    assert (shown["call"], shown["reached_at"]) == (call.pk, None)
    assert {message["to"] for message in shown["messages"]} == {
        "…001",
        f"d…@{driver.email.partition('@')[2]}",
    }
    mine = caller(driver)
    first = post(mine, f"/bookings/{call.booking.code}/coming", key="k")
    assert first.status_code == 200, first.content
    assert post(mine, f"/bookings/{call.booking.code}/coming", key="k").json() == first.json()
    assert post(mine, f"/bookings/{call.booking.code}/coming").json() == first.json()
    assert lead.get(f"{path}/unreached").json() == []
    assert lead.get(f"{path}/told").json()[0]["answered_at"] is not None
    assert lead.get(f"/api/v1/calls/{call.pk}/messages").json()["answered_at"] is not None
    assert CallAnswer.objects.get().account == driver


def test_only_the_shift_sees_whom_calls_reached(world: World) -> None:
    call = called(world)
    for account in (world.staff(Role.PLANNER), world.holder):
        client = caller(account)
        assert client.get(f"/api/v1/calls/{call.pk}/messages").status_code == 403
        path = f"/api/v1/checkpoints/{world.checkpoint.code}/{OUT}/calls/told"
        assert client.get(path).status_code == 403
    assert caller(world.holder).get("/api/v1/calls/4711/messages").status_code == 404


def test_another_drivers_call_cannot_be_answered(world: World) -> None:
    call = called(world)
    assert call.booking is not None
    stranger = Account.objects.create(username="s@example.org", email="s@example.org")
    response = post(caller(stranger), f"/bookings/{call.booking.code}/coming")
    assert (response.status_code, response.json()["code"]) == (404, "booking_unknown")


def test_without_a_call_there_is_nothing_to_answer(world: World) -> None:
    booking = world.booked("501KZA03")
    response = post(caller(world.holder), f"/bookings/{booking.code}/coming")
    assert (response.status_code, response.json()["code"]) == (409, "not_called")


@pytest.fixture
def receipts_open(settings: Settings) -> None:
    settings.GREENLANE_CHANNELS = settings.GREENLANE_CHANNELS | {
        "sms": settings.GREENLANE_CHANNELS["sms"] | {"receipt_secret": SECRET}
    }


def receipts(body: object, secret: str = SECRET, channel: str = "sms") -> Any:
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    return client.post(f"/api/v1/receipts/{channel}", body, content_type="application/json")


@pytest.mark.usefixtures("receipts_open")
def test_a_provider_tells_of_deliveries(world: World) -> None:
    called(world)
    send_messages("sms", now(), Recorder())
    message = Message.objects.get(channel="sms")
    told = {"receipts": [{"reference": message.reference, "state": "delivered"}]}
    assert receipts(told).json() == {"known": 1}
    assert receipts(told).json() == {"known": 1}
    message.refresh_from_db()
    assert (message.state, message.delivered_at is not None) == ("delivered", True)


@pytest.mark.usefixtures("receipts_open")
@pytest.mark.parametrize(
    "body",
    [
        "", "{}", "[]", "nonsense", '{"receipts": 1}', '{"receipts": [1]}', '{"receipts": [{}]}',
        '{"receipts": [{"state": "gone", "reference": "r"}]}', '{"receipts": [{"state": "delivered"}]}',
        '{"receipts": [{"state": "read", "key": "k", "at": "2026-01-01T00:00"}]}',
        '{"receipts": [{"state": "read", "key": "k", "at": 5}]}', "[" * 100_000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_receipts_that_cannot_be_read_are_refused_clearly(body: object) -> None:
    response = receipts(body)
    assert (response.status_code, response.json()["code"]) == (422, "receipts_malformed")
    assert response.json()["mend"]


@pytest.mark.usefixtures("receipts_open")
def test_receipts_need_the_channels_secret() -> None:
    assert receipts({"receipts": []}, "another secret!!").status_code == 401
    assert receipts({"receipts": []}, "").status_code == 401
    assert receipts({"receipts": []}, "ключ").status_code == 401
    assert receipts({"receipts": []}, channel="push").json()["code"] == "receipts_closed"
    assert receipts({"receipts": []}, channel="pigeon").status_code == 422
    assert receipts({"receipts": []}).json() == {"known": 0}


def test_a_webhook_is_added_tested_renewed_and_removed(world: World, settings: Settings) -> None:
    dispatcher = caller(world.holder)
    settings.GREENLANE_CHANNELS = settings.GREENLANE_CHANNELS | {
        "webhook": settings.GREENLANE_CHANNELS["webhook"] | {"options": {"allow_private": True}}
    }
    url = "https://127.0.0.1/hook"
    made = post(dispatcher, "/webhooks", {"url": url}, "k").json()
    assert made["secret"].startswith("whs_")
    assert post(dispatcher, "/webhooks", {"url": url}, "k").json() == made | {"secret": None}
    assert post(dispatcher, "/webhooks", {"url": url}).json()["code"] == "webhook_known"
    (listed,) = dispatcher.get("/api/v1/webhooks").json()
    assert "secret" not in listed
    path = f"/webhooks/{made['id']}"
    assert post(dispatcher, f"{path}/test").status_code == 200
    adapter = Recorder()
    send_messages("webhook", now() + timedelta(seconds=1), adapter)
    assert [(message.kind, message.secret) for message in adapter.sent] == [("test", made["secret"])]
    assert dispatcher.get(f"/api/v1{path}/deliveries").json()[0]["state"] == "sent"
    renewed = post(dispatcher, f"{path}/renew").json()
    assert renewed["secret"] != made["secret"]
    assert post(dispatcher, f"{path}/switch", {"is_on": False}).json()["is_on"] is False
    assert post(dispatcher, f"{path}/test").json()["code"] == "webhook_off"
    assert post(dispatcher, f"{path}/remove", key="r").status_code == 200
    assert post(dispatcher, f"{path}/remove", key="r").status_code == 200
    assert post(dispatcher, f"{path}/remove").status_code == 404
    assert Message.objects.filter(webhook=None, kind="test").count() == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/x", "ftp://a.example/", "nonsense"]
)
def test_a_webhook_cannot_lead_inside(world: World, url: str) -> None:
    response = post(caller(world.holder), "/webhooks", {"url": url})
    assert (response.status_code, response.json()["code"]) == (422, "url_refused")
    assert response.json()["field"] == "url"


def test_webhooks_are_the_dispatchers_own(world: World) -> None:
    hook = Webhook.objects.create(carrier=world.carrier, url="https://h.example/", secret="s", made_at=now())
    assert post(caller(make_driver(world)), f"/webhooks/{hook.pk}/renew").status_code == 403
    stranger = Account.objects.create(username="s@example.org", email="s@example.org")
    assert caller(stranger).get(f"/api/v1/webhooks/{hook.pk}/deliveries").status_code == 403


def test_no_carrier_has_more_than_five(world: World) -> None:
    for number in range(5):
        Webhook.objects.create(
            carrier=world.carrier, url=f"https://h{number}.example/", secret="s", made_at=now()
        )
    assert (
        post(caller(world.holder), "/webhooks", {"url": "https://93.184.215.14/"}).json()["code"]
        == "too_many"
    )


def test_channels_are_chosen(world: World) -> None:
    driver = make_driver(world)
    client = caller(driver)
    assert client.get("/api/v1/messages/channels").json()["sms"] is True
    wanted = {"language": "zh-hans", "email": False, "sms": True, "phone": "+86 138 0000 0000"}
    chosen = post(client, "/messages/channels", wanted).json()
    assert (chosen["phone"], chosen["email"], chosen["language"]) == ("+8613800000000", False, "zh-hans")
    assert set(ChannelChoice.objects.values_list("channel", "is_on")) == {
        ("email", False),
        ("sms", True),
        ("push", False),
    }
    for wrong, field in (
        ({"sms": True, "phone": "12"}, "phone"),
        ({"sms": True}, "phone"),
        ({"push": True}, "device"),
        ({"push": True, "device": "has space inside"}, "device"),
        ({"language": "xx"}, "language"),
    ):
        refused = post(client, "/messages/channels", wrong)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_opening_the_bookings_page_is_reading(world: World, client: Client) -> None:
    driver = make_driver(world)
    call = called(world, driver)
    assert call.booking is not None
    call.booking.account = driver
    call.booking.save()
    client.force_login(driver, BACKEND)
    page = client.get(f"/bookings/{call.booking.code}/").content.decode()
    assert "I am coming" in page
    assert Message.objects.filter(account=driver, read_at=None).count() == 0
    client.post(f"/bookings/{call.booking.code}/coming/")
    assert CallAnswer.objects.get().call == call
    assert "I am coming”" in client.get(f"/bookings/{call.booking.code}/").content.decode()
    assert "read" in client.get(f"/bookings/{call.booking.code}/messages/").content.decode()


def test_whoever_holds_a_ticket_answers_its_call(world: World, client: Client) -> None:
    at = now()
    ticket = make_ticket(world, "902NEW11", "+8613800000000", "zh-hans")
    ticket.good_until = at + timedelta(hours=5)
    ticket.save()
    call = make_call(world, "902NEW11", ticket=ticket, at=at)
    tell_calls([call], "call", at)
    assert client.get(f"/live/t/{ticket.code}/").status_code == 200
    assert Message.objects.get().read_at is not None
    client.post(f"/live/t/{ticket.code}/coming/")
    assert CallAnswer.objects.get().call == call


@pytest.mark.usefixtures("staff_without_second_factor")
def test_the_shift_sees_who_was_not_reached(world: World, client: Client) -> None:
    call = called(world)
    client.force_login(world.staff(Role.SHIFT_LEAD), BACKEND)
    address = f"/shift/{world.checkpoint.code}/{OUT}/messages/"
    page = client.get(address).content.decode()
    assert call.passage.plate in page
    assert "Send somebody" in page
    assert "Send somebody" not in client.get(f"{address}?minutes=20").content.decode()
    assert client.get(f"{address}?minutes=nonsense").status_code == 200
    client.force_login(world.holder, BACKEND)
    assert client.get(address).status_code == 403


def test_the_pages_of_channels_and_webhooks(world: World, client: Client) -> None:
    client.force_login(world.holder, BACKEND)
    choose(world.holder, "email", True)
    assert 'name="email" checked' in client.get("/messages/").content.decode()
    sent = client.post("/messages/", {"language": "ru", "sms": "on", "phone": "nonsense"})
    assert (sent.status_code, 'value="nonsense"' in sent.content.decode()) == (422, True)
    assert client.post("/messages/", {"language": "ru"}).status_code == 302
    world.holder.refresh_from_db()
    assert world.holder.language == "ru"
    added = client.post("/carrier/webhooks/", {"url": "https://93.184.215.14/hook"})
    hook = Webhook.objects.get()
    assert hook.secret in added.content.decode()
    assert hook.secret not in client.get("/carrier/webhooks/").content.decode()
    for word in ("test", "switch", "renew", "remove"):
        assert client.post(f"/carrier/webhooks/{hook.pk}/{word}/").status_code in (200, 302)
    assert not Webhook.objects.exists()
    assert client.post("/carrier/webhooks/1/nonsense/").status_code == 404
    client.force_login(make_driver(world), BACKEND)
    assert client.get("/carrier/webhooks/").status_code == 403
