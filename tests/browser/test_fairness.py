"""Limits and appeals on a phone: a cancellation's cost is read before it, its strike appealed after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from signing_in import sign_in
from staff_pages import member_of_staff, page_of
from widths import fits

from greenlane.booking.commands import book
from greenlane.booking.models import Appeal, ResaleSignal, Slot
from greenlane.registry.clock import now
from greenlane.registry.commands import save_truck
from greenlane.registry.models import Role
from scene import Scene

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
PROMISES = "/promises/nur-zholy/outbound/"


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "none"])
def test_a_late_cancellation_is_told_before_and_appealed_after(
    scene: Scene, open_page: OpenPage, live_server: object, javascript: bool
) -> None:
    at = now()
    truck = save_truck(scene.dispatcher, {"plate": "700 INV 07", "country": "KZ"}, at)
    slots = Slot.objects.filter(checkpoint=scene.checkpoint, direction="outbound")
    slot = slots.filter(starts_at__gt=at + timedelta(minutes=40)).order_by("starts_at")[0]
    booking = book(scene.dispatcher, slot.pk, truck, at, "")

    page = open_page(javascript=javascript)
    page.goto(f"/bookings/{booking.code}/cancel/")
    sign_in(page, scene.dispatcher.email)
    expect(page.locator(".notice.warn")).to_contain_text("half a no-show")
    assert fits(page)
    page.click("button.danger")
    page.goto(f"/bookings/{booking.code}/")
    page.fill("[name=text]", "The road was closed.")
    assert fits(page)
    page.click("form[action$='/appeal/'] button")
    expect(page.locator("main")).to_contain_text("Until then the strike counts")
    page.goto("/carrier/standing/")
    expect(page.locator("main")).to_contain_text("1 of 4 strikes")
    assert fits(page)

    officer = page_of(member_of_staff(scene.checkpoint, Role.OFFICER), open_page, live_server)
    officer.goto("/officers/appeals/")
    assert fits(officer)
    officer.click("main td a")
    officer.fill("[name=why]", "It was closed.")
    assert fits(officer)
    officer.click("button[value=granted]")
    officer.wait_for_url("**/officers/appeals/")
    assert Appeal.objects.get().decision == "granted"
    page.reload()
    expect(page.locator("main")).to_contain_text("none counts")


@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_the_pages_of_fairness_fit_a_phone(
    scene: Scene, open_page: OpenPage, live_server: object, language: str
) -> None:
    carrier = scene.dispatcher.carrier
    assert carrier is not None
    signal = ResaleSignal.objects.create(
        checkpoint=scene.checkpoint,
        kind="sold_then_swapped",
        subject="carriers from 1",
        found_at=now(),
        seen_at=now(),
        evidence={
            "carriers": [carrier.pk],
            "count": 100,
            "bookings": [f"GL-AAAAA-{number:05}" for number in range(100)],
            "figures": {"swapped": 100, "trucks": 12, "carriers": 3},
        },
    )
    page = open_page(language=language)
    page.goto(PROMISES)
    assert fits(page)
    officer = page_of(
        member_of_staff(scene.checkpoint, Role.OFFICER), open_page, live_server, language=language
    )
    for address in ("/officers/resale/", f"/officers/resale/{signal.pk}/"):
        officer.goto(address)
        assert fits(officer)
