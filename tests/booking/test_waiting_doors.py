"""The waiting list over HTTP and on its pages."""

from __future__ import annotations

import json
import re
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from places_world import make_account, make_carrier, make_truck

from greenlane.booking.commands import serve_list
from greenlane.booking.models import Booking, Slot, State, WaitingGroup
from greenlane.registry.clock import now
from greenlane.registry.commands import make_token
from greenlane.registry.models import Account, Checkpoint, Truck
from scene import crossing_at_work

pytestmark = [pytest.mark.db, pytest.mark.django_db]


class Line:
    """Nur Zholy with one slot of tomorrow that is full, and a carrier's dispatcher with two trucks."""

    def __init__(self) -> None:
        scene = crossing_at_work()
        self.checkpoint: Checkpoint = scene.checkpoint
        noon = datetime.combine(scene.tomorrow, time(12), ZoneInfo(self.checkpoint.zone))
        self.slot: Slot = Slot.objects.get(checkpoint=self.checkpoint, starts_at=noon)
        self.account: Account = scene.dispatcher
        carrier = scene.dispatcher.carrier
        assert carrier is not None
        self.carrier = carrier
        self.trucks: list[Truck] = [make_truck(self.carrier) for _ in range(2)]
        self.token = make_token(self.account, self.account, "test", ["bookings"], now())[1]
        self.places(0)

    def places(self, number: int) -> None:
        """So many places in all in the slot."""
        self.slot.own_quotas.filter(kind="slot").update(capacity=number)

    def post(self, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"authorization": f"Bearer {self.token}"} | ({"idempotency-key": key} if key else {})
        return Client().post(
            f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1/{path}", headers={"authorization": f"Bearer {self.token}"})

    def wish(self, **given: Any) -> dict[str, Any]:
        return {
            "checkpoint": self.checkpoint.code,
            "direction": "outbound",
            "trucks": [{"truck": self.trucks[0].pk}],
            "earliest": self.slot.starts_at.isoformat(),
            "latest": self.slot.starts_at.isoformat(),
        } | given


@pytest.fixture
def line() -> Line:
    return Line()


def test_joining_waiting_and_taking_the_offer(line: Line) -> None:
    joined = line.post("waiting", line.wish())
    assert joined.status_code == 201, joined.content
    told = joined.json()
    assert (told["state"], told["position"], told["before"], told["offer_until"]) == ("waiting", 1, 0, None)
    line.places(1)
    serve_list(now())
    offered = line.get(f"waiting/{told['number']}").json()
    assert offered["state"] == "offered"
    assert datetime.fromisoformat(offered["offered_slot"]) == line.slot.starts_at
    placed = line.post(f"waiting/{told['number']}/accept").json()
    assert (placed["state"], placed["position"]) == ("placed", None)
    (truck,) = placed["trucks"]
    assert truck["booking_state"] == "confirmed"
    assert line.get(f"bookings/{truck['booking']}").json()["plate"] == line.trucks[0].plate
    assert line.get("waiting").json()["count"] == 1


def test_a_convoy_is_offered_at_once_what_is_free(line: Line) -> None:
    line.places(2)
    told = line.post("waiting", line.wish(trucks=[{"truck": truck.pk} for truck in line.trucks])).json()
    assert (told["state"], len(told["trucks"])) == ("offered", 2)
    declined = line.post(f"waiting/{told['number']}/decline").json()
    assert (declined["state"], declined["offers"], declined["offered_slot"]) == ("waiting", 1, None)
    assert line.post(f"waiting/{told['number']}/leave").json()["state"] == "left"
    assert not Booking.objects.filter(state=State.HELD).exists()


def test_a_retry_with_the_same_key_joins_once_and_tells_the_present_state(line: Line) -> None:
    line.places(1)
    first, again = (line.post("waiting", line.wish(), key="k1") for _ in range(2))
    assert first.json()["number"] == again.json()["number"]
    assert WaitingGroup.objects.count() == 1
    line.post(f"waiting/{first.json()['number']}/leave", key="k2")
    assert line.post("waiting", line.wish(), key="k1").json()["state"] == "left"
    other = line.post("waiting", line.wish(latest=(now() + timedelta(days=2)).isoformat()), key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"trucks": []}, 422, "trucks"),
        ({"trucks": [{"truck": 2**62}]}, 422, "truck"),
        ({"checkpoint": "nowhere"}, 404, "checkpoint"),
        ({"direction": "sideways"}, 422, "direction"),
        ({"latest": "2026-05-04T06:00:00"}, 422, "latest"),
        ({"latest": "0001-01-01T00:00:00+14:00"}, 422, "latest"),
        ({"latest": "9999-12-31T23:59:59-14:00"}, 422, "latest"),
        ({"park": 2**62}, 422, "park"),
    ],
)
def test_bad_input_names_its_field(line: Line, change: dict[str, Any], status: int, field: str) -> None:
    line.places(1)
    answer = line.post("waiting", line.wish(**change))
    assert answer.status_code == status, answer.content
    assert field in (answer.json()["field"] or "")


def test_the_list_is_public_and_names_no_truck(line: Line) -> None:
    number = line.post("waiting", line.wish()).json()["number"]
    answer = Client().get(f"/api/v1/checkpoints/{line.checkpoint.code}/outbound/waiting")
    page = Client().get(reverse("booking:waiting_listed", args=(line.checkpoint.code, "outbound")))
    assert [group["number"] for group in answer.json()["groups"]] == [number]
    for shown in (answer.content.decode(), page.content.decode()):
        assert number in shown
        assert line.trucks[0].plate not in shown
        assert line.carrier.name not in shown
    assert Client().get(f"/api/v1/waiting/{number}").status_code == 401


# Pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(line: Line) -> Client:
    client = Client()
    client.force_login(line.account)
    return client


def test_the_page_of_a_full_day_leads_to_the_list_and_the_form_puts_one_on_it(
    line: Line, people: Client
) -> None:
    day = f"?day={line.slot.starts_at:%Y-%m-%d}"
    slots = people.get(reverse("booking:slots", args=(line.checkpoint.code, "outbound")) + day)
    found = re.search(r'href="(/waiting/join/[^"]+)"', slots.content.decode())
    assert found is not None
    form = people.get(found[1])
    assert 'type="datetime-local"' in form.content.decode()
    for each in line.checkpoint.parks.all():
        assert f'<option value="{each.pk}">{each.name}</option>' in form.content.decode()
    local = line.slot.starts_at.astimezone(ZoneInfo(line.checkpoint.zone))
    park = re.search(r'<option value="(\d+)"', form.content.decode())
    fields = {
        "trucks": [line.trucks[0].pk],
        "earliest": f"{local:%Y-%m-%dT%H:%M}",
        "latest": f"{local:%Y-%m-%dT%H:%M}",
    } | ({"park": park[1]} if park else {})
    answer = people.post(found[1], fields)
    group = WaitingGroup.objects.get()
    assert (group.earliest, group.latest) == (line.slot.starts_at, line.slot.starts_at), "local times"
    assert answer.headers["Location"] == reverse("booking:waiting", args=(group.number,))
    turn = people.get(answer.headers["Location"]).content.decode()
    assert "Your turn" in turn
    again = people.post(found[1], fields)
    assert again.status_code == 409
    assert reverse("booking:waiting_mine") in again.content.decode()


@pytest.mark.parametrize(("act", "state"), [("accept", "placed"), ("decline", "waiting"), ("leave", "left")])
def test_an_offer_is_answered_on_its_page(line: Line, people: Client, act: str, state: str) -> None:
    line.places(1)
    number = line.post("waiting", line.wish()).json()["number"]
    address = reverse("booking:waiting", args=(number,))
    page = people.get(address).content.decode()
    assert "A place is yours to take" in page
    booking = Booking.objects.get()
    assert people.get(reverse("booking:booking", args=(booking.code,))).headers["Location"] == address
    assert people.get(reverse("booking:waiting_mine")).status_code == 200
    assert people.post(address, {"act": act}).status_code == 302
    assert WaitingGroup.objects.get().state == state
    assert people.get(address).status_code == 200
    assert people.get(reverse("booking:waiting_mine")).status_code == 200


def test_a_stranger_sees_nothing_of_a_group(line: Line) -> None:
    line.places(1)
    number = line.post("waiting", line.wish()).json()["number"]
    stranger = Client()
    stranger.force_login(make_account(make_carrier(), "dispatcher"))
    assert stranger.get(reverse("booking:waiting", args=(number,))).status_code == 404
    answer = stranger.post(reverse("booking:waiting", args=(number,)), {"act": "accept"})
    assert answer.status_code == 404
    assert WaitingGroup.objects.get().state == "offered"


def test_a_refused_act_says_why_on_the_page(line: Line, people: Client) -> None:
    number = line.post("waiting", line.wish()).json()["number"]
    answer = people.post(reverse("booking:waiting", args=(number,)), {"act": "accept"})
    assert answer.status_code == 409
    assert "Nothing is offered" in answer.content.decode()


def test_a_carrier_without_a_truck_is_told_what_to_do(line: Line) -> None:
    client = Client()
    client.force_login(make_account(make_carrier(), "dispatcher"))
    page = client.get(reverse("booking:waiting_join", args=(line.checkpoint.code, "outbound")))
    assert "Your carrier has no truck yet." in page.content.decode()
