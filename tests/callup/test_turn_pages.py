"""The shift lead's list of turns and the driver's rests, over HTTP and as pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from call_world import parked, rules
from django.test import Client
from gate_world import OUT, World, clock

from greenlane.booking.models import Booking
from greenlane.callup.api import calls as api_of_calls
from greenlane.callup.commands import release, tell_missing, tell_rest
from greenlane.callup.models import Call, Hindrance, MassCall
from greenlane.callup.pages import calls as pages_of_calls
from greenlane.callup.pages import rests as pages_of_rests
from greenlane.gate import pages as gate_pages
from greenlane.registry.models import Account, Role
from greenlane.registry.queries import calls as calls_of_the_api

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LIST = f"/shift/zabaikalsk/{OUT}/turns/"
API = f"/api/v1/checkpoints/zabaikalsk/{OUT}"


@pytest.fixture(autouse=True)
def ten_past_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doors' clock shows 9:10."""
    for module in (pages_of_calls, pages_of_rests, api_of_calls, calls_of_the_api, gate_pages):
        monkeypatch.setattr(module, "now", lambda: clock(10))


def signed_in(account: Account) -> Client:
    """A browser in which the account is signed in, with its second factor set up."""
    TOTP.activate(account, generate_totp_secret())
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, key: str = "", **body: Any) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(path, json.dumps(body), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_the_list_says_who_is_next_and_why_others_are_not(world: World) -> None:
    rules(world, inside_limit=1)
    first, second, third, fourth = parked(world, 4)
    tell_missing(world.staff(Role.OFFICER), "CMR", clock(0), passage=third.pk)
    tell_rest(world.holder, Booking.objects.get(passages=fourth).code, "daily", clock(0))
    later = parked(world, 1, slot_at=clock(300))[0]
    client = signed_in(world.staff(Role.SHIFT_LEAD))
    page = client.get(LIST).content.decode()
    for plate in (first.plate, second.plate, third.plate, fourth.plate, later.plate):
        assert plate in page
    told = client.get(f"{API}/turns").json()
    assert [(row["place"], row["passage"], row["reason"]) for row in told["turns"]] == [
        (1, first.pk, ""),
        (2, second.pk, "room"),
        (None, third.pk, "papers"),
        (None, fourth.pk, "rest"),
        (None, later.pk, "not_due"),
    ]
    assert (told["policy"], told["inside"], told["room"]) == ("limit", 0, 1)
    assert told["turns"][2]["what"] == "CMR"


def test_strangers_and_officers_may_not_call(world: World) -> None:
    parked(world, 1)
    assert signed_in(world.holder).get(LIST).status_code == 403
    officer = signed_in(world.staff(Role.OFFICER))
    assert officer.get(LIST).status_code == 200
    release(world.checkpoint, OUT, clock(5))
    officer.post(f"{LIST}recall-all/", {"why": "no"})
    assert Call.objects.get().recalled_at is None
    status, refusal = post(officer, f"{API}/calls", passages=[1], why="no")
    assert (status, refusal["code"]) == (403, "not_allowed")


def test_two_shift_leads_make_a_mass_call_on_the_page(world: World) -> None:
    rules(world, inside_limit=1, mass_call=2)
    parked(world, 6)
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    one, two = signed_in(lead), signed_in(other)
    one.post(f"{LIST}ask/", {"count": "6", "park": "", "why": "the park must be emptied"})
    mass = MassCall.objects.get()
    assert (mass.count, mass.state, Call.objects.count()) == (6, "asked", 0)
    one.post(f"{LIST}approve/", {"mass": mass.pk, "count": "6"})
    two.post(f"{LIST}approve/", {"mass": mass.pk, "count": "5"})
    mass.refresh_from_db()
    assert mass.state == "asked"
    two.post(f"{LIST}approve/", {"mass": mass.pk, "count": "6"})
    mass.refresh_from_db()
    assert (mass.state, mass.decided_by) == ("approved", other)
    assert len(release(world.checkpoint, OUT, clock(10))) == 6
    one.post(f"{LIST}recall-all/", {"why": "mistake"})
    assert Call.objects.filter(recalled_at=None).count() == 0
    assert "Nobody is called until" in one.get(LIST).content.decode()


def test_the_board_has_the_button_that_takes_all_back(world: World) -> None:
    parked(world, 2)
    release(world.checkpoint, OUT, clock(5))
    page = signed_in(world.staff(Role.SHIFT_LEAD)).get(f"/shift/zabaikalsk/{OUT}/").content.decode()
    assert f"{LIST}recall-all/" in page


def test_the_api_does_what_the_page_does_once_for_a_key(world: World) -> None:
    rules(world, inside_limit=10)
    keys = [passage.pk for passage in parked(world, 5)]
    lead = signed_in(world.staff(Role.SHIFT_LEAD))
    status, made = post(lead, f"{API}/calls", "k1", passages=keys[3:], why="ill")
    assert (status, len(made["calls"])) == (200, 2)
    assert post(lead, f"{API}/calls", "k1", passages=keys[3:], why="ill") == (200, made)
    call = made["calls"][0]["call"]
    assert post(lead, f"/api/v1/calls/{call}/recall", "k2", why="well again")[0] == 200
    assert post(lead, f"{API}/recall", "k3", why="all wrong") == (200, {"recalled": 1})
    assert post(lead, f"{API}/recall", "k3", why="all wrong") == (200, {"recalled": 1})
    assert post(lead, f"{API}/resume", "k4") == (200, {"ended": 1})
    status, run = post(lead, f"{API}/mass-calls", "k5", count=5, why="test")
    assert (status, run["then"], run["first"]) == (200, 5, keys)
    assert post(lead, f"/api/v1/mass-calls/{run['mass']['id']}/refuse", "k6")[1]["state"] == "refused"
    assert post(lead, f"{API}/pause", "k7", why="fog", minutes=5)[0] == 200


def test_a_driver_tells_a_rest_and_takes_it_back(world: World) -> None:
    parked(world, 1)
    code = Booking.objects.get().code
    driver = signed_in(world.holder)
    page = f"/rests/{code}/"
    assert driver.get(page).status_code == 200
    assert Client().get(page).status_code == 302
    driver.post(page, {"kind": "daily", "starts_at": "", "ends_at": ""})
    rest = Hindrance.objects.get()
    assert (rest.starts_at, rest.ends_at) == (clock(10), clock(10 + 660))
    assert "daily rest" in driver.get(page).content.decode()
    driver.post(f"{page}{rest.pk}/over/")
    rest.refresh_from_db()
    assert rest.lifted_at == clock(10)
    # Local time of the checkpoint is nine hours ahead of UTC.
    driver.post(page, {"form": "day", "driven": "4:25", "driven_today": "5", "day_began": "2026-05-04T09:00"})
    assert Hindrance.objects.get(lifted_at=None).ends_at == clock(10 + 45)


def test_bad_times_are_told_with_their_field(world: World) -> None:
    parked(world, 1)
    code = Booking.objects.get().code
    driver = signed_in(world.holder)
    for body, field in (
        ({"kind": "daily", "starts_at": "9999-12-31T23:00:00Z"}, "starts_at"),
        ({"kind": "daily", "ends_at": "2026-05-04T10:00:00Z"}, "ends_at"),
        ({"kind": "nap"}, "rest.kind"),
    ):
        status, refusal = post(driver, f"/api/v1/rests/{code}", **body)
        assert (status, refusal["field"]) == (422, field)
    day = {"driven_hours": 1, "driven_today_hours": 2, "day_began": "0001-01-01T00:00:00Z"}
    status, refusal = post(driver, f"/api/v1/driving/{code}", **day)
    assert (status, refusal["field"]) == (422, "day_began")
    status, told = post(driver, f"/api/v1/driving/{code}", **(day | {"day_began": clock(-60).isoformat()}))
    assert (status, told["fits"], told["article"][:7]) == (200, True, "561 Art")
    assert told["departs_at"][:16] == (clock(10) + timedelta()).isoformat()[:16]
