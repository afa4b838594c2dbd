"""The what-if page in a real browser: a slider moves and the answer follows; phones; no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from staff_pages import member_of_staff, page_of
from widths import fits

from greenlane.planning.commands import keep_scenario
from greenlane.registry.clock import now
from greenlane.registry.models import Account, Checkpoint, Role
from scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINE = "/what-if/nur-zholy/outbound/"
DAY = "day=2026-11-25&replications=3"
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin is compiled, or may be by this very process."""
    monkeypatch.setattr("greenlane.planning.queries.readiness.is_ready", lambda: True)


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


@pytest.fixture
def opened_with_refusals(
    planner: Account, browser: Browser, live_server: object, open_page: Callable[..., Page]
) -> Iterator[Callable[[str], Page]]:
    """The same for answers that the browser itself notes in its console as failed.

    `open_page` is asked for because it waits, after this, for all requests to be answered.
    """
    contexts = []

    def new_page() -> Page:
        contexts.append(browser.new_context(base_url=str(live_server), viewport=WIDE))  # type: ignore[arg-type]
        return contexts[-1].new_page()

    def for_planner(address: str) -> Page:
        page = page_of(planner, new_page, live_server)
        page.goto(address)
        return page

    yield for_planner
    for context in contexts:
        context.close()


def slider(page: Page, name: str) -> Any:
    """The slider of a control."""
    return page.locator(f'[data-name="{name}"] [type=range]')


def test_a_slider_moves_and_the_answer_follows(opened: Callable[..., Page]) -> None:
    page = opened(f"{LINE}?{DAY}", viewport=WIDE)
    summary = page.locator("[data-summary]")
    expect(summary).to_contain_text("the same")
    drawn = page.locator('[data-chart="cumulative"][data-clock="inside"] path.s1')
    before = drawn.get_attribute("d")
    with page.expect_response("**/answer?**") as answered:
        slider(page, "arrivals").fill("150")
    told = answered.value.json()
    assert told["runs"][1]["set"] == ["arrivals=1.5"]
    expect(summary).not_to_contain_text("the same")
    expect(page.locator('[data-name="arrivals"] [type=number]')).to_have_value("150")
    expect(page).to_have_url(re.compile(r"\?day=2026-11-25&set=arrivals=1\.5&replications=3$"))
    shown = f"{told['runs'][1]['figures']['inside.mean']['value']:.1f}"
    expect(page.locator("table.figures").first.locator("tbody tr").nth(1)).to_contain_text(shown)
    assert drawn.get_attribute("d") != before

    page.locator('[data-name="arrivals"] .reset').click()
    expect(summary).to_contain_text("the same")
    expect(page).to_have_url(re.compile(r"\?day=2026-11-25&replications=3$"))


def test_of_many_moves_the_last_is_shown(opened: Callable[..., Page]) -> None:
    page = opened(f"{LINE}?{DAY}", viewport=WIDE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/answer?" in request.url else None)
    for value in ("105", "110", "115", "120", "125", "130", "135", "140"):
        slider(page, "arrivals").fill(value)
    expect(page.locator("[data-what-if]")).to_have_attribute("data-shows", re.compile(r"set=arrivals=1\.4&"))
    assert len(asked) < 8
    assert "arrivals=1.4" in asked[-1]


def test_a_shared_address_opens_as_it_was_left(opened: Callable[..., Page]) -> None:
    page = opened(f"{LINE}?{DAY}&set=arrivals=1.2,call_up.rule=predicted,call_up.target=8", viewport=WIDE)
    expect(slider(page, "arrivals")).to_have_value("120")
    expect(page.locator('[name="call_up.rule"]')).to_have_value("predicted")
    expect(slider(page, "call_up.target")).to_have_value("8")
    expect(slider(page, "call_up.limit")).to_be_hidden()


def test_what_the_twin_refuses_is_said_and_the_last_answer_stays(
    opened_with_refusals: Callable[[str], Page],
) -> None:
    page = opened_with_refusals(f"{LINE}?{DAY}")
    expect(page.locator("[data-tables]")).to_contain_text("the same")
    with page.expect_response("**/answer?**") as answered:
        page.locator('[data-name="arrivals"] [type=number]').fill("99999")
    assert answered.value.status == 422
    expect(page.locator("[data-refusal]")).to_contain_text("too many")
    expect(page.locator("[data-tables]")).to_contain_text("the same")


def test_while_the_twin_is_prepared_the_page_asks_again(
    opened_with_refusals: Callable[[str], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def is_ready() -> bool:
        calls.append(1)
        return len(calls) > 2

    monkeypatch.setattr("greenlane.planning.queries.readiness.is_ready", is_ready)
    page = opened_with_refusals(f"{LINE}?{DAY}")
    expect(page.locator("[data-preparing]")).to_be_visible()
    expect(page.locator("[data-tables] table").first).to_be_visible(timeout=20_000)
    expect(page.locator("[data-preparing]")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_on_a_phone_nothing_sticks_out(opened: Callable[..., Page], language: str) -> None:
    page = opened(f"{LINE}?{DAY}&set=arrivals=1.5", language=language)
    expect(page.locator("[data-tables] table").first).to_be_visible()
    assert fits(page)
    page.goto(f"{LINE}day/?day=2026-11-25")
    expect(page.locator("[data-ready]")).to_be_visible()
    assert fits(page)


def test_without_scripts_the_form_gives_the_tables(opened: Callable[..., Page]) -> None:
    page = opened(f"{LINE}?{DAY}", javascript=False, viewport=WIDE)
    page.locator('[name="arrivals"]').fill("150")
    page.locator("[data-controls] button.primary").click()
    expect(page).to_have_url(re.compile("set=arrivals=1.5"))
    expect(page.locator("[data-tables]")).to_contain_text("surely worse")


def test_two_kept_scenarios_are_overlaid(opened: Callable[..., Page], planner: Account) -> None:
    here = Checkpoint.objects.get(code="nur-zholy")
    for name, text in (("Busier", "arrivals=1.5"), ("Calmer", "arrivals=0.8")):
        keep_scenario(planner, here, "outbound", name, (text,), now())
    page = opened(f"{LINE}?{DAY}", viewport=WIDE)
    page.get_by_role("button", name="Compare the chosen with today").click()
    expect(page.locator("[data-legend]")).to_have_text("TodayBusierCalmer")
    expect(page.locator('[data-chart="cumulative"][data-clock="inside"] path.line')).to_have_count(3)
    expect(page.locator("table.figures").first.locator("thead th")).to_have_count(4)
