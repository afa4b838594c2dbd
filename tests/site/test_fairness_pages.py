"""What people and programs see of limits, the guarantee, appeals and signs of resale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from greenlane.booking.commands import book, mark_no_shows
from greenlane.booking.models import Appeal, Booking, Credit, ResaleSignal, Rules, Slot, State
from greenlane.registry.clock import now
from greenlane.registry.commands import make_account, make_administrator, make_token, save_truck
from greenlane.registry.models import Account, Carrier, Grant, LookUp, Role
from scene import Scene, crossing_at_work

pytestmark = [pytest.mark.django_db, pytest.mark.db]

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield crossing_at_work()
        transaction.set_rollback(True)


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, BACKEND)
    return client


def staff(scene: Scene, role: str) -> Client:
    account = make_account(f"{role}@example.org", now())
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=role, given_at=now())
    TOTP.activate(account, generate_totp_secret())
    assert Authenticator.objects.filter(user=account).exists()
    return signed_in(account)


def booked(scene: Scene, plate: str = "700 INV 07", late: bool = False) -> Booking:
    """A booking of the dispatcher's for tomorrow, or for the next slot."""
    at = now()
    truck = save_truck(scene.dispatcher, {"plate": plate, "country": "KZ"}, at)
    slots = Slot.objects.filter(checkpoint=scene.checkpoint, direction="outbound").order_by("starts_at")
    slot = slots.filter(starts_at__gt=at + timedelta(minutes=30 if late else 12 * 60))[0]
    return book(scene.dispatcher, slot.pk, truck, at, "")


def unverify(scene: Scene) -> None:
    """The scene's carriers are verified; make one as it is before an administrator has seen its document."""
    Carrier.objects.filter(pk=scene.dispatcher.carrier_id).update(verified_at=None)
    scene.dispatcher.refresh_from_db()


def struck(scene: Scene, plate: str = "700 INV 07") -> Booking:
    booking = booked(scene, plate, late=True)
    signed_in(scene.dispatcher).post(f"/bookings/{booking.code}/cancel/", {})
    booking.refresh_from_db()
    return booking


# Holders ---------------------------------------------------------------------------------------------------


def test_what_a_cancellation_costs_is_told_before(scene: Scene) -> None:
    client = signed_in(scene.dispatcher)
    early, late = booked(scene), booked(scene, "701 INV 07", late=True)
    page = client.get(f"/bookings/{early.code}/cancel/").content.decode()
    assert "Cancelling costs nothing until" in page
    page = client.get(f"/bookings/{late.code}/cancel/").content.decode()
    assert "It is late: cancelling now counts as half a no-show." in page
    Slot.objects.filter(pk=late.slot_id).update(state="closed")
    page = client.get(f"/bookings/{late.code}/cancel/").content.decode()
    assert "It is late, but it does not count." in page
    late.refresh_from_db()
    assert late.state == State.CONFIRMED


def test_a_strike_is_seen_appealed_and_decided(scene: Scene) -> None:
    booking, client = struck(scene), signed_in(scene.dispatcher)
    assert "Was it not your fault?" in client.get(f"/bookings/{booking.code}/").content.decode()
    client.post(f"/bookings/{booking.code}/appeal/", {"text": "The road was closed <b>"})
    page = client.get(f"/bookings/{booking.code}/").content.decode()
    assert "The road was closed &lt;b&gt;" in page
    made = Appeal.objects.get()
    officer = staff(scene, Role.OFFICER)
    assert booking.code in officer.get("/officers/appeals/").content.decode()
    page = officer.get(f"/officers/appeals/{made.pk}/").content.decode()
    assert "Behind at the end of the slot" in page
    assert officer.post(f"/officers/appeals/{made.pk}/", {"decision": "granted"}).status_code == 422
    officer.post(f"/officers/appeals/{made.pk}/", {"decision": "granted", "why": "it was"})
    booking.refresh_from_db()
    assert booking.excused
    assert LookUp.objects.filter(subject=f"appeal {made.pk}").exists()
    assert "it was" in client.get(f"/bookings/{booking.code}/").content.decode()


def test_a_carrier_sees_strikes_limits_and_credits(scene: Scene) -> None:
    booking, client = struck(scene), signed_in(scene.dispatcher)
    unverify(scene)
    Booking.objects.filter(pk=booking.pk).update(strike=4)
    at = now()
    Credit.objects.create(
        booking=booking,
        carrier=booking.carrier,
        account=scene.dispatcher,
        kind="fee",
        cents=930,
        behind_minutes=75,
        at=at,
    )
    page = client.get("/carrier/standing/").content.decode()
    for told in ("no bookings before", "9.30", booking.code, "not verified"):
        assert told in page
    assert "1 truck cannot book everywhere" in client.get("/carrier/").content.decode()
    token = make_token(scene.dispatcher, scene.dispatcher, "test", ["bookings"], at)[1]
    told = client.get("/api/v1/trucks/standing", headers={"Authorization": f"Bearer {token}"}).json()
    assert [(each["plate"], each["strikes"]) for each in told] == [("700 INV 07", 4)]
    assert len(told[0]["limits"]) == Rules.objects.count(), "a limit holds at every checkpoint"


def test_a_credit_is_offered_where_it_can_be_used(scene: Scene) -> None:
    booking, client = booked(scene), signed_in(scene.dispatcher)
    Credit.objects.create(
        booking=booking,
        carrier=booking.carrier,
        account=scene.dispatcher,
        kind="priority",
        behind_minutes=75,
        at=now(),
        good_until=now() + timedelta(days=9),
    )
    page = client.get(f"/bookings/{booking.code}/").content.decode()
    assert "you have priority once" in page
    credit = Credit.objects.get()
    assert client.post(f"/bookings/{booking.code}/credit/", {"credit": "x"}).status_code == 302
    client.post(f"/bookings/{booking.code}/credit/", {"credit": str(credit.pk)})
    booking.refresh_from_db()
    assert booking.share == "priority"
    assert "you have priority once" not in client.get(f"/bookings/{booking.code}/").content.decode()


def test_an_unverified_carrier_reads_why_its_truck_cannot_be_exchanged(scene: Scene) -> None:
    unverify(scene)
    booking, client = booked(scene), signed_in(scene.dispatcher)
    other = save_truck(scene.dispatcher, {"plate": "702 INV 07", "country": "KZ"}, now())
    page = client.get(f"/bookings/{booking.code}/swap/").content.decode()
    assert "once an administrator has seen" in page
    page = client.post(f"/bookings/{booking.code}/swap/", {"truck": str(other)})
    assert page.status_code == 409
    assert "has been verified" in page.content.decode()


# Everyone --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_limits_and_guarantee_are_public_and_name_nobody(scene: Scene, language: str) -> None:
    booking = struck(scene)
    with translation.override(language):
        page = Client().get(f"/promises/{scene.checkpoint.code}/outbound/")
    assert page.status_code == 200
    for secret in (booking.code, booking.plate, str(booking.carrier)):
        assert secret not in page.content.decode()
    assert Client().get(f"/promises/{scene.checkpoint.code}/sideways/").status_code == 404
    assert Client().get("/promises/nowhere/outbound/").status_code == 404


def test_the_published_counts_are_open_data(scene: Scene) -> None:
    struck(scene)
    mark_no_shows(scene.checkpoint, "outbound", now())
    address = f"/api/v1/public/checkpoints/{scene.checkpoint.code}/outbound"
    limits = Client().get(f"{address}/limits").json()
    assert (limits["late_cancels"], limits["appeals"], limits["bookings_ended"]) == (1, 0, 1)
    guarantee = Client().get(f"{address}/guarantee?since=2026-01-01&until=2026-01-31").json()
    assert (guarantee["bookings"], guarantee["since"]) == (0, "2026-01-01")
    refused = Client().get(f"{address}/limits?since=2026-02-01&until=2026-01-31")
    assert (refused.status_code, refused.json()["field"]) == (422, "until")
    assert Client().get("/api/v1/public/checkpoints/nowhere/outbound/limits").status_code == 404


def test_an_appeal_goes_over_http_once(scene: Scene) -> None:
    booking = struck(scene)
    token = make_token(scene.dispatcher, scene.dispatcher, "test", ["bookings"], now())[1]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}
    sent = {"text": "The road was closed."}
    address = f"/api/v1/bookings/{booking.code}/appeal"
    first, again = (
        Client().post(address, sent, content_type="application/json", headers=headers).json()
        for _ in range(2)
    )
    assert first == again
    assert (first["booking"], first["decision"]) == (booking.code, "")
    decided = Client().post(
        f"/api/v1/appeals/{first['id']}/decision",
        {"granted": True, "why": "mine"},
        content_type="application/json",
        headers=headers | {"Idempotency-Key": "k2"},
    )
    assert (decided.status_code, decided.json()["code"]) == (403, "not_allowed")
    told = Client().get(f"/api/v1/bookings/{booking.code}/cancellation", headers=headers).json()
    assert (told["strikes"], told["excuse"]) == (0, "")


# Staff -----------------------------------------------------------------------------------------------------


def test_officers_pages_are_for_officers(scene: Scene) -> None:
    for address in ("/officers/appeals/", "/officers/resale/"):
        assert Client().get(address).status_code == 302
        assert signed_in(scene.dispatcher).get(address).status_code == 403
    planner = staff(scene, Role.PLANNER)
    assert planner.get("/officers/resale/").status_code == 403
    assert staff(scene, Role.SHIFT_LEAD).get("/officers/resale/").status_code == 403
    assert staff(scene, Role.OFFICER).get("/officers/resale/").status_code == 200


def test_a_sign_of_resale_is_looked_at_and_decided(scene: Scene) -> None:
    carrier = scene.dispatcher.carrier
    assert carrier is not None
    signal = ResaleSignal.objects.create(
        checkpoint=scene.checkpoint,
        kind="edits",
        subject="carrier 1 at 1",
        found_at=now(),
        seen_at=now(),
        evidence={
            "carriers": [carrier.pk],
            "count": 7,
            "bookings": ["GL-AAAAA-AAAAA"],
            "figures": {
                "what": "truck and driver",
                "edited": 7,
                "bookings": 9,
                "base_share": 0.02,
                "chance": 1 / 4_000_000,
            },
        },
    )
    officer = staff(scene, Role.OFFICER)
    assert "Bookings edited much more than others" in officer.get("/officers/resale/").content.decode()
    page = officer.get(f"/officers/resale/{signal.pk}/").content.decode()
    for told in ("7 of 9 bookings", "2.0 %", "1 in 4,000,000", carrier.name, "GL-AAAAA-AAAAA"):
        assert told in page
    assert officer.post(f"/officers/resale/{signal.pk}/", {"decision": "confirmed"}).status_code == 422
    officer.post(f"/officers/resale/{signal.pk}/", {"decision": "dismissed", "why": "drivers were ill"})
    signal.refresh_from_db()
    assert (signal.state, signal.why) == ("dismissed", "drivers were ill")
    assert officer.get("/officers/resale/999999/").status_code == 404


def test_an_administrator_verifies_a_carrier_on_its_page(scene: Scene) -> None:
    carrier = scene.dispatcher.carrier
    assert carrier is not None
    unverify(scene)
    assert staff(scene, Role.OFFICER).get("/carriers/").status_code == 403
    root = make_account("root@example.org", now())
    make_administrator(root)
    TOTP.activate(root, generate_totp_secret())
    client = signed_in(root)
    assert carrier.name in client.get(f"/carriers/?q={carrier.name}").content.decode()
    assert client.post("/carriers/", {"carrier": carrier.pk, "document": ""}).status_code == 422
    assert client.post("/carriers/", {"carrier": "x", "document": "a"}).status_code == 404
    client.post("/carriers/", {"carrier": carrier.pk, "document": "extract", "register_number": "BIN 1"})
    kept = Carrier.objects.get(pk=carrier.pk)
    assert kept.verified_at is not None
    assert kept.tax_id == "BIN 1"
    page = client.post(
        "/admin/registry/carrier/", {"action": "take_back", "_selected_action": [carrier.pk]}, follow=True
    )
    assert page.status_code == 200
    kept.refresh_from_db()
    assert kept.verified_at is None
