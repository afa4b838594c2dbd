"""The simulated day in a real browser: it plays, pauses, leaps, and counts as the run does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from staff_pages import member_of_staff, page_of

from greenlane.registry.models import Role
from greenlane.registry.queries import checkpoint_document
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.simulation import Simulator
from scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "/what-if/nur-zholy/outbound/day/?day=2026-11-25"
WIDE = {"width": 1280, "height": 900}


@pytest.fixture
def board(
    scene: Scene, open_page: Callable[..., Page], live_server: object, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Page]:
    """Opens the simulated day for the shift lead."""
    monkeypatch.setattr("greenlane.planning.queries.readiness.is_ready", lambda: True)
    lead = member_of_staff(scene.checkpoint, Role.SHIFT_LEAD)

    def opened(*, is_still: bool = True, **how: Any) -> Page:
        page = page_of(lead, open_page, live_server, **how)
        page.emulate_media(reduced_motion="reduce" if is_still else "no-preference")
        page.goto(ADDRESS)
        page.wait_for_selector("[data-ready]")
        return page

    return opened


def counted(scene: Scene, minute: float) -> dict[str, str]:
    """The counters of the run itself at a minute of the day."""
    scenario = scenario_of(checkpoint_document(scene.checkpoint), "outbound", date(2026, 11, 25))
    run = Simulator(scenario).run(1, 0)
    last = np.array([len(kind.route) - 1 for kind in scenario.model.kinds])[run.drawn.trucks["kind"]]
    entered = run.visits["start"][:, 0] - scenario.warm_up
    out = run.visits["end"][np.arange(len(last)), last] - scenario.warm_up
    inside = out - entered
    is_out = (out > 0.0) & (out <= minute)
    hour = np.sort(inside[(out > minute - 60.0) & (out <= minute)])
    p95 = hour[math.ceil(len(hour) * 0.95) - 1]
    return {
        "inside": str(((entered <= minute) & (minute < out)).sum()),
        "out": str(is_out.sum()),
        "p95": f"{int(p95)}:{int(p95 % 1 * 60):02d}",
        "within": _percent(inside[is_out] <= scenario.target),
    }


def _percent(are_within: np.ndarray[Any, np.dtype[np.bool_]]) -> str:
    return f"{math.floor(are_within.mean() * 1000) / 10:.1f} %" if len(are_within) else "–"


def leap(page: Page, minute: int) -> None:
    page.locator("[data-at]").fill(str(minute))


@pytest.mark.parametrize("minute", [0, 95, 615, 1110, 1440])
def test_at_any_time_the_counters_are_those_of_the_run(
    scene: Scene, board: Callable[..., Page], minute: int
) -> None:
    page = board(viewport=WIDE)
    leap(page, minute)
    told = {name: page.locator(f"[data-{name}]").inner_text() for name in ("inside", "out", "p95", "within")}
    assert told == counted(scene, minute)


def test_it_plays_pauses_and_shows_the_time_of_the_checkpoint(board: Callable[..., Page]) -> None:
    page = board(viewport=WIDE)
    clock, play = page.locator("[data-clock]"), page.locator("[data-play]")
    leap(page, 600)
    expect(clock).to_have_text("10:00:00")
    page.locator("[data-speed]").select_option("600")
    play.focus()
    page.keyboard.press("Enter")
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(clock).to_have_text(re.compile("^(10:[1-5]|1[1-9]:)"), timeout=20_000)
    page.keyboard.press("Enter")
    expect(play).to_have_attribute("aria-pressed", "false")
    stopped = clock.inner_text()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert clock.inner_text() == stopped
    assert stopped > "10:10"
    expect(page.locator("[data-told]")).to_contain_text(stopped[:5])


def test_it_begins_by_itself_only_where_motion_is_welcome(board: Callable[..., Page]) -> None:
    still = board(viewport=WIDE)
    expect(still.locator("[data-play]")).to_have_attribute("aria-pressed", "false")
    moving = board(is_still=False, viewport=WIDE)
    expect(moving.locator("[data-play]")).to_have_attribute("aria-pressed", "true")
    before = moving.locator("[data-clock]").inner_text()
    expect(moving.locator("[data-clock]")).not_to_have_text(before)


def test_the_board_is_drawn(board: Callable[..., Page]) -> None:
    page = board(viewport=WIDE)
    leap(page, 720)
    ink = """() => {
        const canvas = document.querySelector("[data-canvas]");
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set();
        for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 3).join());
        return [...seen];
    }"""
    colours = page.evaluate(ink)
    accent = page.evaluate("getComputedStyle(document.querySelector('.dot.green')).backgroundColor")
    assert accent.removeprefix("rgb(").removesuffix(")").replace(" ", "") in colours
