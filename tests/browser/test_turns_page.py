"""The shift lead's list of turns and the driver's rests in a real browser, on a phone and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from staff_pages import member_of_staff, page_of
from widths import fits

from greenlane.callup.commands import release
from greenlane.callup.models import Call, MassCall
from greenlane.gate.models import Event, Passage
from greenlane.registry.clock import now
from greenlane.registry.models import Role
from scene import Scene

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
LINE = "/shift/nur-zholy/outbound/turns/"
SMALL = {"width": 360, "height": 800}


def in_the_park(scene: Scene, plate: str) -> Passage:
    """A truck without a booking, as if it had been read an hour ago."""
    at, key = now() - timedelta(hours=1), uuid4()
    passage = Passage.objects.create(
        opened_by=key,
        checkpoint=scene.checkpoint,
        direction="outbound",
        plate=plate,
        plate_key=plate,
        country="KZ",
        vehicle_class="laden",
        phase=Passage.Phase.WAITING,
        first_at=at,
        last_point="park_in",
        last_at=at,
        park_in_at=at,
    )
    Event.objects.create(
        event_id=key,
        passage=passage,
        point="park_in",
        event_time=at,
        zone_offset="+05:00",
        record_time=at,
        method="exact",
        score=1.0,
    )
    return passage


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "none"])
def test_a_shift_lead_calls_counts_and_takes_back_on_a_phone(
    scene: Scene, open_page: OpenPage, live_server: object, javascript: bool
) -> None:
    for plate in ("111AAA02", "422BCD03", "907XYK13"):
        in_the_park(scene, plate)
    lead = member_of_staff(scene.checkpoint, Role.SHIFT_LEAD)
    page = page_of(lead, open_page, live_server, viewport=SMALL, javascript=javascript)
    page.goto(LINE)
    assert fits(page)
    page.locator("input[name=passage]").nth(1).check()
    page.fill("#call-why", "a child is ill")
    page.click("form[action$='/turns/call/'] button")
    expect(page.locator("main")).to_contain_text("a child is ill")
    assert Call.objects.get().passage.plate == "422BCD03"

    page.fill("#mass-count", "2")
    page.fill("#mass-why", "the park is flooded")
    page.click("form[action$='/turns/ask/'] button")
    expect(page.locator("main")).to_contain_text("the park is flooded")
    assert MassCall.objects.get().count == 2
    assert page.locator("form[action$='/turns/approve/']").count() == 0
    assert fits(page)

    page.click(".recall-all summary")
    page.fill(".recall-all input[name=why]", "wrong truck")
    page.click(".recall-all button")
    expect(page.locator("main")).to_contain_text("wrong truck")
    assert Call.objects.get().recalled_why == "wrong truck"
    assert MassCall.objects.get().state == "refused"
    assert release(scene.checkpoint, "outbound", now()) == []
    assert fits(page)
