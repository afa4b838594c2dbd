"""The file of the log alone shows whether every call took the first by the published rules."""

from __future__ import annotations

import json

import pytest
from gate_world import OUT, World, clock
from order_world import make_order_world, make_ticket, told

from greenlane.booking.models import PriorityUse
from greenlane.callup.commands import call_now, mark_missed, recall, release, seal_order
from greenlane.callup.models import Call, Hindrance
from greenlane.callup.order.chain import line_of, mask, next_hash, time_of
from greenlane.callup.order.judging import Judged, judge
from greenlane.callup.order.log_file import LogFile, read_log
from greenlane.callup.order.own_place import BETTER, OTHER_QUEUE, own_place
from greenlane.callup.order.verifying import chain_fault
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Passage
from greenlane.registry.models import Role

pytestmark = pytest.mark.django_db


def log_of(world: World) -> LogFile:
    """The log as anyone can download it."""
    seal_order(clock(1000))
    log = read_log(told(world))
    assert chain_fault(log) is None
    return log


def judged(world: World) -> Judged:
    return judge(log_of(world))


def park(world: World, *plates: str, since: float = -30) -> None:
    for number, plate in enumerate(plates):
        world.seen(plate, "park_in", since + number)
    match_pending(clock(since + len(plates)))


def call_by_sql(world: World, plate: str, minutes: float, **given: object) -> Call:
    """A call that no rule made, as an insider would write it."""
    passage = Passage.objects.get(plate=plate)
    fields = {"turn": "booked" if passage.booking_id else "live", "booking_id": passage.booking_id} | given
    return Call.objects.create(
        passage=passage,
        checkpoint=world.checkpoint,
        direction=OUT,
        called_at=clock(minutes),
        gate_by=clock(minutes + 60),
        **fields,
    )


def test_calls_in_turn_have_no_fault_and_reasons_are_borne_out(world: World) -> None:
    scene = make_order_world(world)
    found = judged(scene.world)
    assert found.faults == []
    assert found.in_order == 3
    assert found.reasons["rest"] >= 0


def test_a_call_past_a_better_rank_is_found(world: World) -> None:
    world.booked("501KZA03", clock(0))
    world.booked("502KZA03", clock(30))
    park(world, "501KZA03", "502KZA03")
    call_by_sql(world, "502KZA03", 30)
    (fault,) = judged(world).faults
    assert "had a better rank" in fault.what


def test_a_reason_that_the_log_does_not_bear_out_is_found(world: World) -> None:
    world.booked("501KZA03", clock(0))
    world.booked("502KZA03", clock(30))
    park(world, "501KZA03", "502KZA03")
    passed = [{"passage": Passage.objects.get(plate="501KZA03").pk, "reason": "rest"}]
    call_by_sql(world, "502KZA03", 30, passed=passed)
    (fault,) = judged(world).faults
    assert "“rest”, which the log does not bear out" in fault.what


def test_a_rest_told_before_is_a_good_reason_and_one_told_after_is_none(world: World) -> None:
    resting = world.booked("501KZA03", clock(0))
    world.booked("502KZA03", clock(0))
    park(world, "501KZA03", "502KZA03")
    rest = Hindrance(
        kind="rest", booking=resting, starts_at=clock(-30), ends_at=clock(300), told_at=clock(-20)
    )
    rest.save()
    (call,) = release(world.checkpoint, OUT, clock(5))
    assert call.passage.plate == "502KZA03"
    found = judged(world)
    assert found.faults == []
    assert found.reasons == {"rest": 1}


def test_the_live_queue_keeps_its_share(world: World) -> None:
    for number in range(1, 10):
        world.booked(f"50{number}KZA03", clock(0))
    make_ticket(world, "902NEW11", -40)
    park(world, *(f"50{number}KZA03" for number in range(1, 10)), "902NEW11", "903NEW12")
    for minutes in range(5, 16):
        release(world.checkpoint, OUT, clock(minutes))
    assert Call.objects.count() == 11
    found = judged(world)
    assert (found.faults, found.in_order) == ([], 11)


def test_a_live_truck_before_booked_ones_whose_turn_it_was_is_found(world: World) -> None:
    world.booked("501KZA03", clock(0))
    park(world, "501KZA03", "902NEW11")
    call_by_sql(world, "902NEW11", 10)
    (fault,) = judged(world).faults
    assert "the other queue, whose turn it was" in fault.what


def test_priority_needs_its_use_in_the_log(world: World) -> None:
    ticket = make_ticket(world, "902NEW11", -30)
    park(world, "902NEW11")
    call_by_sql(world, "902NEW11", 10, turn="priority", ticket=ticket)
    (fault,) = judged(world).faults
    assert "no use of priority" in fault.what
    assert not PriorityUse.objects.exists()


def test_a_call_by_hand_shows_officer_and_reason_without_plates(world: World) -> None:
    world.booked("501KZA03", clock(0))
    world.booked("502KZA03", clock(30))
    park(world, "501KZA03", "502KZA03")
    lead = world.staff(Role.SHIFT_LEAD)
    passage = Passage.objects.get(plate="502KZA03")
    call_now(lead, world.checkpoint, OUT, [passage.pk], "the driver of 502KZA03 is ill", clock(5))
    log = log_of(world)
    (call,) = [entry.told["facts"] for entry in log.entries if entry.told["kind"] == "call.made"]
    assert call["why"] == "the driver of ••• is ill"
    assert len(call["officer"]) == len(mask(""))
    found = judge(log)
    assert (found.faults, found.by_hand) == ([], 1)


def test_recalled_and_missed_trucks_come_back_where_the_rules_say(world: World) -> None:
    for number in range(1, 9):
        world.booked(f"50{number}KZA03", clock(0))
    park(world, *(f"50{number}KZA03" for number in range(1, 9)))
    first = release(world.checkpoint, OUT, clock(0))
    recall(first[0].pk, world.staff(Role.SHIFT_LEAD), "a lane broke down", clock(1))
    release(world.checkpoint, OUT, clock(2))
    for minutes in range(60, 400, 20):
        mark_missed(clock(minutes))
        release(world.checkpoint, OUT, clock(minutes + 1))
    assert Call.objects.filter(missed_at__isnull=False).exists()
    assert judged(world).faults == []


def test_the_log_names_nobody(world: World) -> None:
    scene = make_order_world(world)
    text = "\n".join(told(scene.world))
    for private in ("KZA03", "NEW11", "dispatcher", "Invented", scene.world.holder.email):
        assert private not in text


def test_a_driver_sees_who_went_before_and_why(world: World) -> None:
    own = world.booked("503KZA03", clock(0))
    for plate in ("501KZA03", "502KZA03"):
        world.booked(plate, clock(0))
    park(world, "501KZA03", "502KZA03", "902NEW11", "503KZA03")
    for minutes in (0, 1, 2, 3):
        release(world.checkpoint, OUT, clock(minutes))
    way = own_place((entry.told for entry in log_of(world).entries), own.code)
    assert [moment.before for moment in way.moments if moment.kind == "truck.waiting"] == [2]
    assert {went.why for went in way.went} <= {BETTER, OTHER_QUEUE, "share"}
    assert way.moments[-1].kind == "call.made"


def test_a_file_that_begins_later_accuses_nobody(world: World) -> None:
    scene = make_order_world(world)
    whole = told(scene.world)
    log = log_of(scene.world)
    for first in range(1, len(log.entries), 7):
        part = read_log(told(scene.world, first))
        assert chain_fault(part) is None
        assert judge(part).faults == []
    assert len(whole) >= len(log.entries)


@pytest.mark.parametrize("change", ["kind", "facts", "at", "row"])
def test_any_change_of_a_line_breaks_the_chain_there(world: World, change: str) -> None:
    make_order_world(world)
    seal_order(clock(100))
    lines = told(world)
    altered = json.loads(lines[7])
    altered["entry"][change] = {"kind": "x", "facts": {}, "at": "2026-05-04T00:00:00.000000Z", "row": ""}[
        change
    ]
    lines[7] = json.dumps(altered)
    fault = chain_fault(read_log(lines))
    assert fault is not None
    assert fault.number == 8


def test_a_line_has_one_spelling() -> None:
    at = time_of("2026-05-04T09:00:00.000001Z")
    line = line_of(7, at, "slot.made", {"b": "Ж", "a": 1}, "d")
    assert line == (
        '{"at":"2026-05-04T09:00:00.000001Z","facts":{"a":1,"b":"Ж"},"kind":"slot.made","row":"d","seq":7}'
    )
    assert next_hash("0", line) != next_hash("1", line)
