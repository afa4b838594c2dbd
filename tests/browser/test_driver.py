"""A driver with a phone: from the list of crossings to the pass, in three languages, scripts or none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from signing_in import sign_in
from widths import fits

from greenlane.booking.models import Booking, State
from scene import Scene

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
SLOT = ".slot:not([disabled])"


def take_a_place(page: Page, scene: Scene, which: int = 0) -> None:
    """Sign in on the way to tomorrow's slots and tap one."""
    page.goto(scene.slots_address)
    page.locator(SLOT).first.click()
    sign_in(page, scene.driver.email)
    page.locator(SLOT).nth(which).click()
    page.wait_for_url("**/bookings/GL-*/")


def name_the_truck(page: Page, plate: str) -> None:
    page.fill("[name=plate]", plate)
    page.locator("main form.card button").click()
    page.wait_for_selector(".pass")


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_books_on_a_phone_in_every_language(scene: Scene, open_page: OpenPage, language: str) -> None:
    page = open_page(language)
    page.goto("/book/")
    assert page.get_attribute("html", "lang") == language
    assert fits(page)
    page.click(f"a[href='/book/{scene.checkpoint.code}/outbound/']")
    page.locator(".days a").nth(1).click()
    page.wait_for_url("**day=*")
    assert fits(page)
    page.locator(SLOT).first.click()
    sign_in(page, scene.driver.email)
    page.locator(SLOT).nth(3).click()
    page.wait_for_url("**/bookings/GL-*/")
    assert fits(page)
    name_the_truck(page, "123 ABC 02")
    assert fits(page)

    booking = Booking.objects.get()
    assert booking.state == State.CONFIRMED
    assert booking.plate == "123 ABC 02"
    expect(page.locator(".pass")).to_contain_text(booking.code)
    expect(page.locator(".pass")).to_contain_text("UTC+5")


def test_books_without_javascript(scene: Scene, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    take_a_place(page, scene)
    name_the_truck(page, "456 DEF 02")
    assert Booking.objects.get().state == State.CONFIRMED


def test_a_double_tap_takes_one_place(scene: Scene, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(scene.slots_address)
    page.locator(SLOT).first.click()
    sign_in(page, scene.driver.email)
    page.locator(SLOT).first.dblclick()
    page.wait_for_url("**/bookings/GL-*/")
    assert Booking.objects.count() == 1


def test_the_hold_is_counted_down_in_any_language(scene: Scene, open_page: OpenPage) -> None:
    page = open_page("ru")
    take_a_place(page, scene)
    expect(page.locator(".countdown")).to_have_text(re.compile(r"^[45]:\d\d$"))


def test_a_missing_plate_is_said_beside_its_field(scene: Scene, open_page: OpenPage) -> None:
    page = open_page()
    take_a_place(page, scene)
    page.locator("main form.card button").click()
    expect(page.locator("#id_plate_error")).to_be_visible()
    expect(page.locator("[name=plate]")).to_have_attribute("aria-invalid", "true")


def test_moves_swaps_and_cancels(scene: Scene, open_page: OpenPage) -> None:
    page = open_page()
    take_a_place(page, scene, which=40)
    name_the_truck(page, "123 ABC 02")
    before = Booking.objects.get()

    page.click("a[href$='/move/']")
    page.locator(f"section:nth-of-type(2) {SLOT}").first.click()
    page.wait_for_selector(".pass")
    moved = Booking.objects.select_related("slot").get()
    assert moved.slot_id != before.slot_id
    assert moved.moves == 1

    page.click("a[href$='/swap/']")
    page.click("label:has([value=new])")
    page.fill("[name=plate]", "789 GHI 02")
    page.locator("main form.card button").click()
    page.wait_for_selector(".pass")
    assert Booking.objects.get().plate == "789 GHI 02"

    page.click("a[href$='/cancel/']")
    page.click("button.danger")
    page.wait_for_url("**/bookings/")
    assert Booking.objects.get().state == State.CANCELLED


def test_the_choice_of_colours_stays(scene: Scene, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/book/")
    page.click("button[name=theme][value=dark]")
    page.goto("/")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("button[name=theme][value=device]")
    assert page.get_attribute("html", "data-theme") is None


def test_the_skip_link_is_the_first_stop_of_the_keyboard(scene: Scene, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
