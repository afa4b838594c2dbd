"""The live queue in a real browser: a number from the phone, and from a kiosk, small and large."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from signing_in import sign_in
from staff_pages import member_of_staff, page_of
from widths import fits

from greenlane.booking.models import LiveTicket
from greenlane.registry.models import Role
from scene import Scene

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
LINE = "/live/nur-zholy/outbound/"
KIOSK = "/live/kiosk/nur-zholy/outbound/"
DESK = "/live/desk/nur-zholy/outbound/"
SMALL = {"width": 360, "height": 800}
KIOSK_SCREEN = {"width": 1080, "height": 1920}
LEAST_TOUCH = 48
"""Pixels: what a finger in a glove still hits."""


def test_takes_a_number_on_a_phone_and_leaves(scene: Scene, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(LINE)
    assert fits(page)
    page.click("main a[href^='/accounts/login/']")
    sign_in(page, scene.driver.email)
    page.fill("[name=plate]", "123 ABC 02")
    page.locator("main form.card button").click()
    page.wait_for_url("**/live/t/LQ-*/")
    assert fits(page)
    ticket = LiveTicket.objects.get()
    expect(page.locator("[data-number]")).to_have_text(str(ticket.number))
    expect(page.locator("main")).not_to_contain_text("123 ABC 02")
    page.click("form[action$='/leave/'] button")
    expect(page.locator("form[action$='/leave/']")).to_have_count(0)
    ticket.refresh_from_db()
    assert ticket.state == "left"


@pytest.mark.parametrize("screen", [SMALL, KIOSK_SCREEN], ids=["360", "1080"])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "none"])
def test_a_kiosk_gives_a_number(
    scene: Scene, open_page: OpenPage, live_server: object, screen: dict[str, int], javascript: bool
) -> None:
    officer = member_of_staff(scene.checkpoint, Role.OFFICER)
    page = page_of(officer, open_page, live_server, viewport=screen, javascript=javascript)
    page.goto(DESK)
    page.click("form[action$='/open/'] button")
    page.wait_for_url(f"**{KIOSK}")
    assert fits(page)
    for button in page.locator("main button, header button, .choices label").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= LEAST_TOUCH

    page.click("button[name=language][value=ru]")
    assert page.get_attribute("html", "lang") == "ru"
    page.fill("[name=plate]", "777 abc 02")
    page.click("label:has([value=empty])")
    page.locator("main form button").click()
    page.wait_for_url("**printed=*")
    assert fits(page)
    ticket = LiveTicket.objects.get()
    assert (ticket.plate, ticket.vehicle_class, ticket.language) == ("777 ABC 02", "empty", "ru")
    expect(page.locator("[data-number]")).to_have_text(str(ticket.number))
    expect(page.locator(".qr svg")).to_be_visible()

    page.locator("a.btn.primary").click()
    page.wait_for_url(f"**{KIOSK}")
    expect(page.locator("[name=plate]")).to_have_value("")
    page.goto(DESK)
    assert "/accounts/login/" in page.url, "who stands at the kiosk is not signed in"


def test_the_published_uses_fit_a_phone(scene: Scene, open_page: OpenPage) -> None:
    page = open_page("zh-hans")
    page.goto("/priority/nur-zholy/outbound/")
    assert fits(page)
