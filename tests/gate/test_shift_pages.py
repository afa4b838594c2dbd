"""The shift's pages and routes: who may see them, what they show, what they change."""

from __future__ import annotations

from datetime import datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from gate_world import OUT, World, clock, only_passage

from greenlane.gate import api, pages
from greenlane.gate.commands import match_pending, register_device
from greenlane.gate.models import ChannelDecision, Device, Event, Unclear
from greenlane.registry.models import Account, Lane, LaneChange, LookUp, Role

pytestmark = pytest.mark.django_db

BOARD = "/shift/zabaikalsk/outbound/"


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The pages' clock shows 9:22."""
    for module in (pages, api):
        monkeypatch.setattr(module, "now", lambda: clock(22))
    return clock(22)


def signed_in(account: Account) -> Client:
    """A browser in which the account is signed in, with its second factor set up."""
    TOTP.activate(account, generate_totp_secret())
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def busy(world: World) -> None:
    """One truck long inside, one at a stage, one in the park, one reading unclear."""
    world.seen("501KZA03", "entry", 5)
    world.seen("733ABC01", "entry", 18)
    world.seen("733ABC01", "stage_in", 21, stage="border", lane="P2")
    world.seen("909XYZ05", "park_in", 10)
    world.seen("400QQ", "exit", 21, confidence=0.2)
    match_pending(clock(22))


def test_the_board_shows_lanes_breaches_turns_and_unclear_readings(world: World) -> None:
    busy(world)
    lead = world.staff(Role.SHIFT_LEAD)
    page = signed_in(lead).get(BOARD)
    text = page.content.decode()
    state = page.context["state"]
    assert state.inside == 2
    assert [truck.plate for truck in state.breaches] == ["501KZA03"]
    border = next(stage for stage in state.stages if stage.code == "border")
    assert [(lane.code, lane.truck and lane.truck.plate) for lane in border.lanes] == [
        ("P1", None),
        ("P2", "733ABC01"),
        ("P3", None),
    ]
    assert [(park.used, park.places) for park in state.parks] == [(1, 300)]
    assert [truck.plate for truck in page.context["next_up"]] == ["909XYZ05"]
    assert "17:00" in text
    assert "400QQ" in text
    assert LookUp.objects.filter(account=lead, subject="board zabaikalsk outbound").count() == 1


def test_the_part_that_is_fetched_holds_every_part_of_the_board(world: World) -> None:
    client = signed_in(world.staff(Role.OFFICER))
    whole = client.get(BOARD).content.decode()
    parts = client.get(f"{BOARD}board/").content.decode()
    for name in ("top", "stages", "breaches", "unclear", "next", "way"):
        assert f'data-part="{name}"' in parts
        assert f'data-part="{name}"' in whole
    assert "<html" not in parts


@pytest.mark.parametrize("role", [Role.PLANNER, None])
def test_others_do_not_see_the_board(world: World, role: str | None) -> None:
    account = world.staff(role) if role else world.holder
    assert signed_in(account).get(BOARD).status_code == 403
    assert Client().get(BOARD).status_code == 302


def test_the_shift_lead_closes_a_lane(world: World) -> None:
    lane = Lane.objects.get(stage__checkpoint=world.checkpoint, stage__direction=OUT, code="P2")
    lead = world.staff(Role.SHIFT_LEAD)
    answer = signed_in(lead).post(f"{BOARD}lanes/{lane.pk}/", {"open": "0"})
    assert answer.status_code == 302
    assert [(change.lane, change.is_open, change.by) for change in LaneChange.objects.all()] == [
        (lane, False, lead)
    ]


def test_an_officer_may_not_close_a_lane(world: World) -> None:
    lane = Lane.objects.filter(stage__checkpoint=world.checkpoint).first()
    assert lane is not None
    signed_in(world.staff(Role.OFFICER)).post(f"{BOARD}lanes/{lane.pk}/", {"open": "0"})
    assert not LaneChange.objects.exists()


def test_an_officer_resolves_a_reading_on_the_board(world: World) -> None:
    busy(world)
    client = signed_in(world.staff(Role.OFFICER))
    unclear = Unclear.objects.get()
    client.post(f"{BOARD}unclear/{unclear.pk}/", {"truck": "", "plate": "501KZA03", "why": "picture"})
    unclear.refresh_from_db()
    assert unclear.resolved_to is not None
    assert unclear.resolved_to.exit_at == clock(21)


def test_the_timeline_of_a_truck_is_shown_and_an_event_struck_out(world: World) -> None:
    reading = world.seen("501KZA03", "entry", 20)
    match_pending(clock(21))
    client = signed_in(world.staff(Role.OFFICER))
    page = client.get(f"/shift/passages/{only_passage().pk}/")
    assert "501KZA03" in page.content.decode()
    client.post(f"/shift/events/{reading.event_id}/strike/", {"why": "no truck"})
    assert Event.objects.get(corrects=reading.event_id).error_reason == "did_not_occur"
    assert only_passage().entry_at is None


def test_a_device_sends_channels_for_its_own_line(world: World) -> None:
    token = register_device(world.checkpoint, OUT, "desk", "handset", ["entry"], clock(0))
    wish = {"plate": "501KZA03", "checkpoint": "zabaikalsk", "direction": OUT, "channel": "green"}
    foreign = wish | {"direction": "inbound"}
    answer = Client().post(
        "/api/v1/channels", [wish, foreign], "application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 1
    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [(1, "foreign_device")]
    assert ChannelDecision.objects.get().device == Device.objects.get(name="desk")


def test_an_officer_cannot_date_a_decision_back(world: World) -> None:
    wish = {
        "plate": "501KZA03",
        "checkpoint": "zabaikalsk",
        "direction": OUT,
        "channel": "red",
        "decided_at": clock(-60).isoformat(),
    }
    answer = signed_in(world.staff(Role.OFFICER)).post("/api/v1/channels", wish, "application/json")
    assert answer.json()["code"] == "backdated"
    assert not ChannelDecision.objects.exists()


def test_passages_and_the_board_are_open_to_staff_of_the_checkpoint_alone(world: World) -> None:
    busy(world)
    staff = signed_in(world.staff(Role.OFFICER))
    span = {"from": clock(0).isoformat(), "to": clock(60).isoformat()}
    listed = staff.get("/api/v1/checkpoints/zabaikalsk/outbound/passages", span).json()
    assert listed["count"] == 3
    one = staff.get(f"/api/v1/passages/{listed['passages'][0]['id']}").json()
    assert [event["point"] for event in one["events"]] == ["entry"]
    board = staff.get("/api/v1/board/zabaikalsk/outbound").json()
    assert board["board"]["inside"] == 2
    assert len(board["unclear"]) == 1
    told = staff.get("/api/v1/checkpoints/zabaikalsk/epcis", span).json()
    assert len(told["epcisBody"]["eventList"]) == 4
    outsider = signed_in(world.holder)
    assert outsider.get("/api/v1/checkpoints/zabaikalsk/outbound/passages", span).status_code == 403
    assert outsider.get("/api/v1/board/zabaikalsk/outbound").status_code == 403


def test_an_administrator_registers_and_disables_a_device(world: World) -> None:
    client = signed_in(world.staff(Role.ADMINISTRATOR))
    body = {"direction": OUT, "name": "gate-2", "kind": "camera", "points": ["entry"]}
    made = client.post("/api/v1/checkpoints/zabaikalsk/devices", body, "application/json")
    assert made.json()["token"].startswith("gld_")
    device = Device.objects.get(name="gate-2")
    assert client.post(f"/api/v1/devices/{device.pk}/disable").json()["enabled"] is False
    officer = signed_in(world.staff(Role.OFFICER))
    refused = officer.post("/api/v1/checkpoints/zabaikalsk/devices", body, "application/json")
    assert refused.status_code == 403
