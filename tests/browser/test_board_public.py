"""The public board in a real browser: three languages, a phone, kept up to date, also without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, Route, expect
from widths import fits

from border import Border, at, make_border, plate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = "zabaikalsk/outbound"
HINT = "retry: 60000\n\nevent: board\ndata: 1:outbound\n\n"
"""What the turnstile, which the test server lacks, tells when a board changed."""


@pytest.fixture
def border(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Border:
    """Eight trucks of one hour; now is a little later."""
    cache.clear()
    made = make_border()
    for number in range(8):
        made.trip(plate(number), at(3.9 + number * 0.1), 8 if number % 2 else 13)
    made.work(at(4.9))
    for module in ("board", "clocks"):
        monkeypatch.setattr(f"greenlane.standard.pages.{module}.now", lambda: at(4.9))
    return made


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_the_board_on_a_phone_in_the_readers_language(
    border: Border, open_page: Callable[..., Page], language: str
) -> None:
    page = open_page(language=language)
    page.route(
        "**/api/v1/stream/**", lambda route: route.fulfill(content_type="text/event-stream", body=HINT)
    )
    page.goto("/board/")
    name = {"en": "Zabaikalsk", "ru": "Забайкальск", "zh-hans": "后贝加尔斯克"}[language]
    row = page.locator(f"#r-{HERE.replace('/', '-')}")
    expect(row).to_contain_text(name)
    expect(row).to_contain_text("50")
    assert fits(page)

    row.click()
    expect(page.locator("h1")).to_have_text(name)
    assert fits(page)


def test_a_checkpoint_is_kept_up_to_date_by_the_stream(
    border: Border, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    asked = []

    def stream(route: Route) -> None:
        """One hint; the next connection, which the browser makes by itself, is left waiting."""
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(content_type="text/event-stream", body=HINT)

    page.route("**/api/v1/stream/**", stream)
    with page.expect_response("**part=1**") as answered:
        page.goto(f"/board/{HERE}/")
    assert answered.value.ok
    assert asked[0].endswith(f"/api/v1/stream/{HERE}")
    expect(page.locator("#headline")).to_be_visible()
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "live")


def test_without_a_connection_the_page_says_that_it_is_old(
    border: Border, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.route(
        "**/api/v1/stream/**", lambda route: route.fulfill(content_type="text/event-stream", body=HINT)
    )
    page.add_init_script("window.fetch = () => Promise.reject(new TypeError('no connection'))")
    page.goto(f"/board/{HERE}/")
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "late")
    expect(page.locator("#headline")).to_be_visible()


def test_charts_and_their_tables_need_no_script(border: Border, open_page: Callable[..., Page]) -> None:
    page = open_page(javascript=False)
    page.goto(f"/clocks/{HERE}/?period=7d")
    charts = page.locator(".chart")
    expect(charts).to_have_count(5)
    expect(charts.first.locator(".narrow svg")).to_be_visible()
    expect(charts.first.locator(".wide svg")).to_be_hidden()
    charts.first.locator("summary").click()
    expect(charts.first.locator("table")).to_be_visible()
    assert fits(page)
