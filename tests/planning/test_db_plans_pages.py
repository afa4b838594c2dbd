"""The planner's page: plans asked for, shown, accepted, taken back; who may; what other pages show of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from planning_world import NOON, World, signed_in
from plans_world import DIRECTION, MIDNIGHT, TOMORROW, booked, capacity, made_plan, opened, slot_at
from procrastinate.contrib.django.models import ProcrastinateJob

from greenlane.planning.models import DayPlan
from greenlane.planning.plan_asked import PlanAsked
from greenlane.planning.plan_commands import accept_plan, ask_plan, make_asked
from greenlane.planning.plan_wishes import PlanWishes
from greenlane.registry.models import Account, Role

pytestmark = pytest.mark.django_db
PAGE = "/plan/yahodyn/outbound/"
FORM = {"day": "2026-11-26", "clocks": ["inside", "outside"]}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon on the day before."""
    for module in ("plan", "questions"):
        monkeypatch.setattr(f"greenlane.planning.pages.{module}.now", lambda: NOON)


@pytest.fixture
def planner(world: World) -> Account:
    """A planner of Yahodyn."""
    return world.staff(Role.PLANNER)


def test_a_plan_is_asked_for_and_a_job_makes_it_not_the_web_process(world: World, planner: Account) -> None:
    client = signed_in(planner)
    asked = client.post(f"{PAGE}ask/", FORM | {"target": "12", "quantile": "90", "officers.customs": "9"})
    plan = DayPlan.objects.get()
    assert asked["Location"] == f"{PAGE}?day=2026-11-26&plan={plan.pk}"
    assert (plan.state, plan.document, plan.day, plan.asked_by) == ("asked", None, TOMORROW, planner)
    assert (plan.wishes["target"], plan.wishes["quantile"]) == (12.0, 0.9)
    assert plan.wishes["officers"] == {"customs": 9.0}
    job = ProcrastinateJob.objects.get(task_name="greenlane.site.tasks.make_day_plan")
    assert job.args == {"plan_id": plan.pk}
    page = client.get(asked["Location"]).content.decode()
    assert "is being made" in page
    assert 'hx-trigger="every 2s"' in page
    client.post(f"{PAGE}ask/", FORM | {"target": "12", "quantile": "90", "officers.customs": "9"})
    assert DayPlan.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("quantile", "120", "is not a share"),
        ("target", "soon", "is no amount"),
        ("shifts", "20", "more than a day"),
        ("block", "7", "do not divide the day"),
        ("every", "7", "do not divide the day"),
        ("lane_hour.customs", "-3", "is no amount"),
        ("day", "2026-11-24", "is over"),
    ],
)
def test_a_bad_wish_comes_back_at_its_field_with_the_mend(
    planner: Account, field: str, value: str, said: str
) -> None:
    answer = signed_in(planner).post(f"{PAGE}ask/", FORM | {field: value})
    assert answer.status_code == 422
    page = answer.content.decode()
    at_field = page.partition(f'id="e-{field}"')[2].partition("</p>")[0]
    assert said in at_field
    assert f'name="{field}" value="{value}"' in page
    assert DayPlan.objects.count() == 0


def test_the_page_shows_both_plans_and_the_planner_accepts_and_takes_back(
    world: World, planner: Account
) -> None:
    opened(world)
    plan, client = made_plan(world, {"06:00": 5}), signed_in(planner)
    page = client.get(f"{PAGE}?day=2026-11-26").content.decode()
    for text in ("keeps the standard", "97.0 %", "Customs", "Accept and publish", "most around 11:00"):
        assert text in page
    client.post(f"/plan/{plan.pk}/accept/")
    assert capacity(slot_at(world, 360)) == 6
    page = client.get(f"{PAGE}?day=2026-11-26").content.decode()
    assert "Return to the former plan" in page
    row = page.split('<th scope="row">06:00</th>')[-1].partition("</tr>")[0]
    assert re.findall(r">(\d+)<", row) == ["8", "5", "0"], "beside what its return would bring back"
    assert f"plan {plan.pk} accepted by {planner.email}" in page
    client.post(f"/plan/{plan.pk}/return/")
    assert capacity(slot_at(world, 360)) == 9


@pytest.mark.parametrize(("role", "status"), [(Role.SHIFT_LEAD, 200), (Role.OFFICER, 403), (None, 403)])
def test_who_sees_the_page_and_that_only_planners_decide(world: World, role: str, status: int) -> None:
    opened(world)
    plan, client = made_plan(world, {"06:00": 5}), signed_in(world.staff(role))
    page = client.get(f"{PAGE}?day=2026-11-26")
    assert page.status_code == status
    assert "Accept and publish" not in page.content.decode()
    assert client.post(f"/plan/{plan.pk}/accept/").status_code == 403
    assert client.post(f"/plan/{plan.pk}/return/").status_code == 403
    assert client.post(f"{PAGE}ask/", FORM).status_code == 403
    assert capacity(slot_at(world, 360)) == 9


def test_without_a_second_factor_nothing_is_accepted(world: World, planner: Account) -> None:
    opened(world)
    plan, client = made_plan(world, {"06:00": 5}), Client()
    client.force_login(planner, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/plan/{plan.pk}/accept/")["Location"] == "/accounts/2fa/totp/activate/"
    assert capacity(slot_at(world, 360)) == 9
    assert Client().post(f"/plan/{plan.pk}/accept/")["Location"].startswith("/accounts/login/")


def test_the_board_of_the_shift_shows_planned_lanes_beside_open_ones(
    world: World, planner: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = MIDNIGHT + timedelta(hours=11)
    for module in ("gate.pages", "planning.templatetags.planned", "planning.pages.plan"):
        monkeypatch.setattr(f"greenlane.{module}.now", lambda: morning)
    lead = signed_in(world.staff(Role.SHIFT_LEAD))
    assert "planned" not in lead.get("/shift/yahodyn/outbound/board/").content.decode()
    codes = [lane.code for lane in world.described.directions[DIRECTION].stage("customs").lanes]
    lanes = [{"stage": "customs", "lane": codes[0], "open": [[0, 1440]]},
             {"stage": "customs", "lane": codes[1], "open": [[720, 1440]]}]  # fmt: skip
    accept_plan(planner, made_plan(world, {}, lanes=lanes).pk, NOON)
    page = lead.get("/shift/yahodyn/outbound/board/").content.decode()
    assert "open, 1 planned; 2 from 12:00" in " ".join(page.split())
    lead.post(f"{PAGE}lanes/")
    page = lead.get("/shift/yahodyn/outbound/board/").content.decode()
    assert "open, 1 planned" in page


def test_a_driver_sees_the_new_time_and_takes_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    morning = MIDNIGHT + timedelta(hours=6)
    for module in ("pages.plan", "pages.questions", "templatetags.planned"):
        monkeypatch.setattr(f"greenlane.planning.{module}.now", lambda: morning)
    opened(world)
    booking = booked(world, slot_at(world, 360), 3)[2]
    driver, lead = signed_in(booking.account), world.staff(Role.SHIFT_LEAD)
    assert "New time proposed" not in driver.get(f"/bookings/{booking.code}/").content.decode()
    answer = signed_in(lead).post(f"{PAGE}times/", {"per_hour": "8"})
    assert answer["Location"] == f"{PAGE}?day=2026-11-26#times"
    assert "New time proposed: 26 Nov 06:15" in driver.get(f"/bookings/{booking.code}/").content.decode()
    driver.post(f"/plan/times/{booking.code}/", {"accept": "1"})
    booking.refresh_from_db()
    assert booking.slot == slot_at(world, 375)
    assert signed_in(world.staff(Role.PLANNER)).post(f"/plan/times/{booking.code}/").status_code == 404


def test_a_rate_that_is_none_is_refused_at_its_field(world: World, planner: Account) -> None:
    answer = signed_in(planner).post(f"{PAGE}times/", {"per_hour": "many"})
    assert answer.status_code == 422
    assert "So many trucks" in answer.content.decode().partition('id="e-per_hour"')[2]


@pytest.mark.slow
def test_a_plan_that_was_asked_for_is_made_in_a_process_of_its_own(world: World, planner: Account) -> None:
    wishes = PlanWishes(TOMORROW, replications=3, quantile=0.5, target=60.0)
    plan = make_asked(ask_plan(planner, world.here, DIRECTION, PlanAsked(wishes), NOON).pk, NOON)
    assert plan.state == "made"
    assert plan.document is not None
    stages = {stage.code for stage in world.described.directions[DIRECTION].stages}
    assert {lane["stage"] for lane in plan.document["lanes"]} == stages
    assert make_asked(plan.pk, NOON).digest == plan.digest
    accept_plan(planner, plan.pk, NOON)
    page = signed_in(planner).get(f"{PAGE}?day=2026-11-26")
    assert "Return to the former plan" in page.content.decode()


@pytest.mark.slow
def test_what_cannot_be_planned_is_kept_with_the_reason(world: World, planner: Account) -> None:
    plan = ask_plan(planner, world.here, DIRECTION, PlanAsked(PlanWishes(TOMORROW)), NOON)
    DayPlan.objects.filter(pk=plan.pk).update(wishes=plan.wishes | {"quantile": 2.0})
    failed = make_asked(plan.pk, NOON)
    assert failed.state == "failed"
    page = signed_in(planner).get(f"{PAGE}?day=2026-11-26").content.decode()
    assert "is not a share of trucks" in page
