"""Ballots over HTTP and on pages: what everyone sees, what nobody sees too soon, and one way in for all."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from places_world import make_account, make_truck
from pytest_django import DjangoDbBlocker

from greenlane.booking.ballot.verify import first_difference
from greenlane.booking.commands import draw_ballot, open_ballots
from greenlane.booking.models import Ballot, BallotEntry, Rules, Slot
from greenlane.registry.clock import now
from greenlane.registry.commands import make_token
from greenlane.registry.models import Account, Carrier, Checkpoint, Grant, Truck
from scene import crossing_at_work

pytestmark = [
    pytest.mark.db,
    pytest.mark.django_db,
    # Routes answer with their status as everywhere in the API.
    pytest.mark.filterwarnings("ignore:Returning tuple:DeprecationWarning"),
]


@dataclass
class Door:
    """Nur Zholy with a ballot of tomorrow's slots that is open now, and a dispatcher with a truck."""

    checkpoint: Checkpoint
    ballot: Ballot
    dispatcher: Account
    truck: Truck
    token: str

    def call(self, client: Client, method: str, path: str, token: str = "", **body: Any) -> Any:
        sent = {"data": json.dumps(body), "content_type": "application/json"} if method == "post" else {}
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return getattr(client, method)(f"/api/v1{path}", headers=headers, **sent)

    def enter(self, client: Client, **wish: Any) -> Any:
        slots = list(self.checkpoint.slots.filter(state="ballot").values_list("pk", flat=True)[:2])
        wish = {"truck": self.truck.pk, "slots": slots} | wish
        return self.call(client, "post", f"/ballots/{self.ballot.pk}/entries", **wish)

    def close(self, ballot_id: int) -> datetime:
        """Let the window be over."""
        at = now() + timedelta(seconds=1)
        Ballot.objects.filter(pk=ballot_id).update(closes_at=at)
        return at


def token_of(account: Account) -> str:
    return make_token(account, account, "test", ["bookings"], now())[1]


@pytest.fixture(scope="module")
def door(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Door]:
    with django_db_blocker.unblock(), transaction.atomic():
        scene = crossing_at_work()
        # Tomorrow begins within a day, so a horizon of one day opens its ballot today.
        Rules.objects.filter(checkpoint=scene.checkpoint, direction="outbound").update(
            allocation="ballot", ballot_window_hours=24.0, horizon_days=1
        )
        zone = ZoneInfo(scene.checkpoint.zone)
        tomorrow = datetime.combine(scene.tomorrow, datetime.min.time(), zone)
        Slot.objects.filter(checkpoint=scene.checkpoint, starts_at__gte=tomorrow).update(state="ballot")
        assert open_ballots(now()) == 1
        ballot = Ballot.objects.get(checkpoint=scene.checkpoint)
        carrier = scene.dispatcher.carrier
        assert carrier is not None
        truck = make_truck(carrier)
        yield Door(scene.checkpoint, ballot, scene.dispatcher, truck, token_of(scene.dispatcher))
        transaction.set_rollback(True)


def test_a_truck_enters_sees_its_entry_and_withdraws(door: Door, client: Client) -> None:
    made = door.enter(client)
    assert made.status_code == 201, made.content
    entry = made.json()
    assert (entry["outcome"], entry["plate"]) == ("entered", door.truck.plate)
    assert door.enter(client, around=entry["asked_for"]).json()["number"] == entry["number"]
    listed = door.call(client, "get", "/ballot-entries").json()
    assert [each["number"] for each in listed["entries"]] == [entry["number"]]
    gone = door.call(client, "post", f"/ballot-entries/{entry['number']}/withdraw")
    assert gone.json()["outcome"] == "withdrawn"


def test_the_same_key_enters_once(door: Door, client: Client) -> None:
    path = f"/api/v1/ballots/{door.ballot.pk}/entries"
    slots = list(door.checkpoint.slots.filter(state="ballot").values_list("pk", flat=True)[:1])
    headers = {"Authorization": f"Bearer {door.token}", "Idempotency-Key": "one"}
    first, second = (
        client.post(
            path, json.dumps({"truck": door.truck.pk, "slots": slots}), "application/json", headers=headers
        )
        for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("wish", "status", "field"),
    [
        ({"slots": [1]}, 422, "slots"),
        ({"slots": []}, 422, "around"),
        ({"truck": 2**40}, 422, "truck"),
        ({"park": 2**40}, 422, "park"),
        ({"around": "2026-05-04T06:00:00"}, 422, "around"),
        ({"tolerance_minutes": -1}, 422, "tolerance_minutes"),
    ],
    ids=str,
)
def test_bad_wishes_name_their_field(
    door: Door, client: Client, wish: dict[str, Any], status: int, field: str
) -> None:
    answer = door.enter(client, **wish)
    assert answer.status_code == status
    assert field in answer.json()["field"]


def test_before_the_draw_no_door_tells_the_seed(door: Door, client: Client) -> None:
    door.enter(client)
    seed = Ballot.objects.get(pk=door.ballot.pk).seed
    client.force_login(door.dispatcher, "django.contrib.auth.backends.ModelBackend")
    paths = [
        f"/api/v1/checkpoints/{door.checkpoint.code}/outbound/ballots",
        f"/api/v1/ballots/{door.ballot.pk}",
        f"/api/v1/ballots/{door.ballot.pk}/file",
        reverse("booking:ballots", args=(door.checkpoint.code, "outbound")),
        reverse("booking:ballot", args=(door.ballot.pk,)),
        reverse("booking:ballot_file", args=(door.ballot.pk,)),
        reverse("booking:ballot_enter", args=(door.ballot.pk,)),
        reverse("booking:ballot_entries"),
    ]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in (200, 409), path
        assert seed not in answer.content.decode(), path


def test_the_back_office_shows_no_seed(door: Door, client: Client, settings: Any) -> None:
    chief = Account.objects.create_superuser("chief@example.org", "chief@example.org", "cross-in-ten")
    client.force_login(chief, "django.contrib.auth.backends.ModelBackend")
    seed = Ballot.objects.get(pk=door.ballot.pk).seed
    for path in (
        reverse("admin:booking_ballot_changelist"),
        reverse("admin:booking_ballot_change", args=(door.ballot.pk,)),
    ):
        answer = client.get(path, follow=True)
        assert answer.status_code == 200
        assert seed not in answer.content.decode()


def test_after_the_draw_everyone_can_draw_again(door: Door, client: Client) -> None:
    door.enter(client)
    assert client.get(f"/api/v1/ballots/{door.ballot.pk}/file").status_code == 409
    draw_ballot(door.ballot.pk, door.close(door.ballot.pk))
    shown = client.get(f"/api/v1/ballots/{door.ballot.pk}").json()
    assert shown["state"] == "drawn"
    assert hashlib.sha256(bytes.fromhex(shown["seed"])).hexdigest() == shown["commitment"]
    by_api = client.get(f"/api/v1/ballots/{door.ballot.pk}/file").json()
    by_page = json.loads(client.get(reverse("booking:ballot_file", args=(door.ballot.pk,))).content)
    assert by_api == by_page
    assert first_difference(by_api, shown["commitment"], shown["list_digest"]) is None
    page = client.get(reverse("booking:ballot", args=(door.ballot.pk,))).content.decode()
    number = BallotEntry.objects.get(ballot=door.ballot.pk).number
    assert number in page
    assert door.truck.plate not in page


def test_a_witness_commits_is_waited_for_and_tells(door: Door, client: Client) -> None:
    door.enter(client)
    facing = door.checkpoint.facing
    planner = make_account(None)
    Grant.objects.create(account=planner, checkpoint=facing, role="planner", given_at=now())
    token, seed = token_of(planner), secrets.token_hex(32)
    commitment = hashlib.sha256(bytes.fromhex(seed)).hexdigest()
    path = f"/ballots/{door.ballot.pk}/witnesses"
    assert door.call(client, "post", path, name="Us", commitment=commitment).status_code == 403
    made = door.call(client, "post", path, token, name="The other side", commitment=commitment)
    assert made.json()["witnesses"][0]["checkpoint"] == facing.code
    other = door.call(client, "post", path, token, name="Again", commitment="0" * 64)
    assert (other.status_code, other.json()["code"]) == (409, "witness_committed")
    early = door.call(client, "post", f"{path}/reveal", token, seed=seed)
    assert (early.status_code, early.json()["code"]) == (409, "reveal_not_open")

    at = door.close(door.ballot.pk)
    assert draw_ballot(door.ballot.pk, at).state == Ballot.BallotState.CLOSED
    closed = client.get(f"/api/v1/ballots/{door.ballot.pk}/file").json()
    assert (closed["seed"], closed["turns"]) == ("", [])
    wrong = door.call(client, "post", f"{path}/reveal", token, seed="0" * 64)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "seed")
    assert door.call(client, "post", f"{path}/reveal", token, seed=seed).status_code == 200
    assert draw_ballot(door.ballot.pk, at).state == Ballot.BallotState.DRAWN
    drawn = client.get(f"/api/v1/ballots/{door.ballot.pk}/file").json()
    assert drawn["witness_seeds"] == [seed]
    assert drawn["list"] == closed["list"]
    assert first_difference(drawn) is None


def test_a_silent_witness_is_left_out_in_sight(door: Door, client: Client) -> None:
    planner = make_account(None)
    Grant.objects.create(account=planner, checkpoint=door.checkpoint, role="planner", given_at=now())
    token = token_of(planner)
    door.call(
        client, "post", f"/ballots/{door.ballot.pk}/witnesses", token, name="Nobody", commitment="a" * 64
    )
    at = door.close(door.ballot.pk)
    assert draw_ballot(door.ballot.pk, at).state == Ballot.BallotState.CLOSED
    assert draw_ballot(door.ballot.pk, at + timedelta(minutes=61)).state == Ballot.BallotState.DRAWN
    page = client.get(reverse("booking:ballot", args=(door.ballot.pk,))).content.decode()
    assert "did not tell its seed" in page
    assert first_difference(client.get(f"/api/v1/ballots/{door.ballot.pk}/file").json()) is None


# Pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dispatcher(door: Door, client: Client) -> Client:
    client.force_login(door.dispatcher, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_of_slots_tells_of_the_lot_and_leads_to_the_ballot(door: Door, client: Client) -> None:
    address = f"/book/{door.checkpoint.code}/outbound/?day={door.ballot.day.isoformat()}"
    page = client.get(address).content.decode()
    assert "drawn by lot on" in page
    assert reverse("booking:ballot_enter", args=(door.ballot.pk,)) in page
    assert "<span>by lot</span>" in page
    assert "All places of this day are taken" not in page


def test_a_person_enters_changes_and_withdraws(door: Door, dispatcher: Client) -> None:
    address = reverse("booking:ballot_enter", args=(door.ballot.pk,))
    page = dispatcher.get(address).content.decode()
    assert door.truck.plate in page
    slots = list(door.checkpoint.slots.filter(state="ballot").values_list("pk", "starts_at")[:4])
    form = {
        "truck": door.truck.pk,
        "first": slots[2][0],
        "second": slots[0][0],
        "tolerance": 60,
        "joins_list": "on",
    }
    sent = dispatcher.post(address, form, follow=True)
    assert sent.redirect_chain == [(reverse("booking:ballot_entries"), 302)]
    entry = BallotEntry.objects.get(ballot=door.ballot.pk)
    assert entry.slots[:2] == [slots[2][0], slots[0][0]]
    assert len(set(entry.slots)) == len(entry.slots) > 2
    dispatcher.post(address, form | {"tolerance": 0, "second": ""})
    entry.refresh_from_db()
    assert entry.slots == [slots[2][0]]
    dispatcher.post(reverse("booking:ballot_withdraw", args=(entry.number,)))
    entry.refresh_from_db()
    assert entry.outcome == BallotEntry.Outcome.WITHDRAWN


def test_who_comes_after_the_window_is_shown_the_ballot_and_no_form(door: Door, dispatcher: Client) -> None:
    Ballot.objects.filter(pk=door.ballot.pk).update(closes_at=now() - timedelta(seconds=1))
    answer = dispatcher.get(reverse("booking:ballot_enter", args=(door.ballot.pk,)), follow=True)
    assert answer.redirect_chain == [(reverse("booking:ballot", args=(door.ballot.pk,)), 302)]
    assert "The window of this ballot is over." in answer.content.decode()


def test_a_form_without_a_choice_says_so(door: Door, dispatcher: Client) -> None:
    address = reverse("booking:ballot_enter", args=(door.ballot.pk,))
    answer = dispatcher.post(address, {"truck": door.truck.pk, "first": "", "tolerance": 0})
    assert answer.status_code == 200
    assert "This field is required" in answer.content.decode()


def test_another_carriers_entries_are_not_mine(door: Door, dispatcher: Client, client: Client) -> None:
    other = Carrier.objects.create(name="Other Invented Haulage", country="KZ")
    stranger = token_of(make_account(other, "dispatcher"))
    number = door.enter(client).json()["number"]
    assert door.call(client, "get", f"/ballot-entries/{number}", stranger).status_code == 404
    assert door.call(client, "post", f"/ballot-entries/{number}/withdraw", stranger).status_code == 404
