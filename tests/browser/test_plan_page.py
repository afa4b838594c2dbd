"""The planner's page in a real browser: the plan appears by itself, is accepted and taken back; phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from staff_pages import member_of_staff, page_of
from widths import fits

from greenlane.booking.models import Quota
from greenlane.planning.models import DayPlan
from greenlane.planning.plan_asked import PlanAsked
from greenlane.planning.plan_document import digest_of
from greenlane.planning.plan_wishes import PlanWishes
from greenlane.planning.queries import version_of
from greenlane.registry.clock import now
from greenlane.registry.models import Account, Role
from greenlane.registry.queries import checkpoint_document
from plan_example import document
from scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINE = "/plan/nur-zholy/outbound/"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 800}


@pytest.fixture
def planner(scene: Scene) -> Account:
    """A planner of Nur Zholy."""
    return member_of_staff(scene.checkpoint, Role.PLANNER)


@pytest.fixture
def opened(planner: Account, open_page: Callable[..., Page], live_server: object) -> Callable[..., Page]:
    """Opens a page of the site for the planner."""

    def for_planner(address: str, **how: Any) -> Page:
        page = page_of(planner, open_page, live_server, **how)
        page.goto(address)
        return page

    return for_planner


def asked(scene: Scene) -> DayPlan:
    """A plan for tomorrow that is being made."""
    return DayPlan.objects.create(
        checkpoint=scene.checkpoint,
        direction="outbound",
        day=scene.tomorrow,
        crossing_version=version_of(scene.checkpoint),
        wishes=PlanAsked(PlanWishes(scene.tomorrow)).as_data(),
        asked_at=now(),
    )


def make(plan: DayPlan) -> None:
    """The job is done: every slot of the day has places for three bookings."""
    slots = checkpoint_document(plan.checkpoint).slot_starts("outbound", plan.day)
    frontier = [{"share": 0.5 + place / 10, "cost": 100.0 + 40 * place} for place in range(4)]
    figure = {"value": 0.4, "low": 0.2, "high": 0.6}
    lever = {"kind": "lane", "stage": "customs", "minutes": figure, "within": figure, "money": figure}
    plan.document = document({f"{at:%H:%M}": 3 for at in slots}, frontier=frontier, levers=[lever])
    plan.digest, plan.state, plan.made_at = digest_of(plan.document), "made", now() + timedelta(seconds=5)
    plan.save()


def test_the_plan_appears_by_itself_and_is_accepted_and_taken_back(
    scene: Scene, opened: Callable[..., Page]
) -> None:
    plan = asked(scene)
    page = opened(LINE, viewport=WIDE)
    expect(page.locator("#plan")).to_contain_text("is being made")
    make(plan)
    expect(page.get_by_role("button", name="Accept and publish")).to_be_visible(timeout=15_000)
    expect(page.locator(".plan-chart path.s1")).not_to_have_count(0)
    before = set(Quota.objects.filter(kind="slot").values_list("capacity", flat=True))
    page.get_by_role("button", name="Accept and publish").click()
    expect(page.get_by_role("status").filter(has_text="The plan is in force.")).to_be_visible()
    assert set(Quota.objects.filter(kind="slot").values_list("capacity", flat=True)) != before
    page.get_by_role("button", name="Return to the former plan").click()
    expect(page.get_by_role("status").filter(has_text="The former plan holds again.")).to_be_visible()
    assert set(Quota.objects.filter(kind="slot").values_list("capacity", flat=True)) == before


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_on_a_phone_nothing_sticks_out(scene: Scene, opened: Callable[..., Page], language: str) -> None:
    make(asked(scene))
    page = opened(LINE, language=language, viewport=PHONE)
    for details in page.locator("main details").all():
        details.evaluate("each => { each.open = true }")
    assert fits(page)


def test_a_light_and_a_dark_page_draw_both_lines(scene: Scene, opened: Callable[..., Page]) -> None:
    make(asked(scene))
    page = opened(LINE, viewport=WIDE)
    strokes = set()
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        strokes |= {
            page.locator(f".plan-chart path.{line}").first.evaluate("line => getComputedStyle(line).stroke")
            for line in ("s0", "s1")
        }
    assert len(strokes) == 4


def test_without_scripts_a_plan_is_asked_for_and_a_bad_wish_comes_back(
    scene: Scene, opened: Callable[..., Page]
) -> None:
    page = opened(LINE, viewport=WIDE, javascript=False)
    page.locator("#f-shifts").fill("8, 10")
    page.get_by_role("button", name="Make the plan").click()
    expect(page.locator("#plan")).to_contain_text("is being made")
    assert DayPlan.objects.get().wishes["shifts"] == [8, 10]
