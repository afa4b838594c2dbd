"""Cases of limits for both doors: what strikes bar, and what lifts the bar at once."""

from __future__ import annotations

from datetime import timedelta

from door_stage import Stage, book, case
from places_world import NOW, Scene, make_account, make_quota, make_scene, make_slot, make_truck

from greenlane.booking.commands import appeal, cancel, decide_appeal
from greenlane.booking.commands import book as book_now
from greenlane.booking.models import Booking
from greenlane.registry.models import Grant, Role, Truck


def struck(scene: Scene, times: int) -> list[str]:
    """The scene's truck is booked and cancelled too late so many times, in slots before the scene's."""
    codes = []
    for _ in range(times):
        slot = make_slot(scene.checkpoint, NOW - timedelta(hours=2 + Booking.objects.count()))
        make_quota(slot)
        booking = book_now(scene.driver, slot.pk, scene.truck.pk, slot.starts_at - timedelta(days=1), "")
        cancel(scene.driver, booking.code, "", slot.starts_at - timedelta(minutes=10))
        codes.append(booking.code)
    return codes


@case
def two_late_cancellations_weigh_as_one_no_show(stage: Stage) -> None:
    scene = make_scene(no_show_limit=1, no_show_block_days=7, horizon_days=30, late_cancel_minutes=180)
    struck(scene, 1)
    assert stage.ask(book(scene)) == "taken"
    cancel(scene.driver, stage.told[-1].code, "", NOW)
    struck(scene, 1)
    assert stage.ask(book(scene)) == "truck_limited"


@case
def an_appeal_that_is_granted_lifts_the_limit_at_once(stage: Stage) -> None:
    scene = make_scene(no_show_limit=1)
    code, _ = struck(scene, 2)
    assert stage.ask(book(scene)) == "truck_limited"
    made = appeal(scene.driver, code, "The road was closed by the police.", NOW)
    assert stage.ask(book(scene)) == "truck_limited"
    officer = make_account(None)
    Grant.objects.create(account=officer, checkpoint=scene.checkpoint, role=Role.OFFICER, given_at=NOW)
    decide_appeal(officer, made.pk, True, "confirmed by the police", NOW)
    assert stage.ask(book(scene)) == "taken"


@case
def a_truck_taken_off_the_list_and_added_anew_keeps_its_strikes(stage: Stage) -> None:
    scene = make_scene(no_show_limit=1)
    struck(scene, 2)
    Truck.objects.filter(pk=scene.truck.pk).update(retired_at=NOW, vin="WDB0000000LIMIT01")
    anew = make_truck(scene.carrier, plate=scene.truck.plate)
    assert stage.ask(book(scene, truck=anew.pk)) == "truck_limited"
    assert stage.ask(book(scene, truck=make_truck(scene.carrier).pk)) == "taken"
