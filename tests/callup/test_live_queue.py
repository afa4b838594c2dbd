"""The live queue with trucks in the park: whose ticket is whose, the order, the time expected, the end."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from gate_world import NINE, OUT, World, clock
from hypothesis import given
from hypothesis import strategies as st

from greenlane.booking.commands import grant_priority, join_live_here
from greenlane.booking.live_queue.estimate import awaited, learned
from greenlane.booking.models import LiveTicket, Rules
from greenlane.callup.commands.live import end_live
from greenlane.callup.live_trucks import Plated, match_tickets
from greenlane.callup.queries.live import hour_places, live_queue
from greenlane.callup.queries.live_tickets import tickets_in_park
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.registry.models import Account, Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLATES = st.lists(st.text("AB08OI1", min_size=5, max_size=7), max_size=8)


@pytest.fixture
def officer(world: World) -> Account:
    return world.staff(Role.OFFICER)


def ticket(
    world: World, officer: Account, plate: str, minutes: float, vehicle_class: str = "laden"
) -> LiveTicket:
    return join_live_here(
        officer,
        world.checkpoint,
        OUT,
        clock(minutes),
        plate=plate,
        country="KZ",
        vehicle_class=vehicle_class,
    )


def in_park(world: World, plate: str, minutes: float, **changes: object) -> Passage:
    came = clock(minutes)
    given = {
        "checkpoint": world.checkpoint,
        "direction": OUT,
        "opened_by": uuid4(),
        "plate": plate,
        "plate_key": match_key(plate),
        "country": "KZ",
        "vehicle_class": "",
        "phase": Passage.Phase.WAITING,
        "first_at": came,
        "last_point": "park_in",
        "last_at": came,
        "park_in_at": came,
    } | changes
    return Passage.objects.create(**given)


def numbers(world: World, minutes: float) -> list[tuple[int | None, bool]]:
    """The turns in order: number of the ticket, and whether the truck is in the park."""
    trucks = live_queue(world.checkpoint, OUT, clock(minutes)).trucks
    return [(truck.number, truck.passage is not None) for truck in trucks]


def test_turns_go_by_joining_and_without_a_ticket_by_arrival(world: World, officer: Account) -> None:
    ticket(world, officer, "111AAA01", 0)
    ticket(world, officer, "222AAA02", 20)
    in_park(world, "222AAA02", 25)
    in_park(world, "333AAA03", 10)
    assert numbers(world, 30) == [(1, False), (None, True), (2, True)]


def test_who_takes_a_number_after_arriving_keeps_the_arrival(world: World, officer: Account) -> None:
    in_park(world, "111AAA01", 0)
    in_park(world, "222AAA02", 5)
    ticket(world, officer, "111AAA01", 10)
    assert numbers(world, 30) == [(1, True), (None, True)]


def test_priority_goes_first(world: World, officer: Account) -> None:
    ticket(world, officer, "111AAA01", 0)
    second = ticket(world, officer, "222AAA02", 1, "perishable")
    grant_priority(officer, second.code, "perishable", "", clock(2))
    assert numbers(world, 30) == [(2, False), (1, False)]


def test_a_booked_truck_is_not_of_the_live_queue(world: World) -> None:
    booking = world.booked("111AAA01")
    in_park(world, "111AAA01", 0, booking=booking)
    in_park(world, "222AAA02", 0)
    assert len(live_queue(world.checkpoint, OUT, clock(5)).trucks) == 1


def test_classes_are_counted_apart(world: World, officer: Account) -> None:
    ticket(world, officer, "111AAA01", 0, "empty")
    ticket(world, officer, "222AAA02", 0, "empty")
    in_park(world, "333AAA03", 0)
    queue = live_queue(world.checkpoint, OUT, clock(5))
    assert queue.by_class == {"empty": 2, "laden": 1}
    assert (queue.in_park, queue.coming) == (1, 2)


def test_without_any_release_the_time_is_that_of_the_plan(world: World) -> None:
    queue = live_queue(world.checkpoint, OUT, NINE)
    rules = Rules.objects.get(checkpoint=world.checkpoint, direction=OUT)
    planned = rules.live_share * hour_places(rules)
    assert queue.planned_per_hour == planned > 0
    known = learned(0, timedelta(), planned)
    assert known is not None
    expected = queue.next_available
    assert expected is not None
    if queue.is_open:
        assert expected.low - NINE == awaited(known, 1).low
    assert NINE < expected.low < expected.middle < expected.high


def test_a_place_behind_is_called_later(world: World, officer: Account) -> None:
    for n in range(4):
        ticket(world, officer, f"{n}{n}{n}AAA01", n)
    queue = live_queue(world.checkpoint, OUT, clock(10))
    times = [queue.expected(place) for place in range(1, 6)]
    assert times == sorted(times, key=lambda call: call.middle if call else NINE)
    assert queue.next_available == times[-1]


def test_only_time_with_a_truck_in_the_park_counts(world: World) -> None:
    in_park(world, "111AAA01", -30)
    in_park(world, "222AAA02", -10)
    assert live_queue(world.checkpoint, OUT, NINE).busy == timedelta(minutes=30)


def test_a_ticket_lives_while_its_truck_is_in_the_park(world: World, officer: Account) -> None:
    came, stays_away = ticket(world, officer, "111AAA01", 0), ticket(world, officer, "222AAA02", 0)
    late = ticket(world, officer, "333AAA03", 0)
    over = (came.good_until - NINE) / timedelta(minutes=1)
    in_park(world, "111AAA01", over - 60)
    in_park(world, "333AAA03", over + 1)
    assert tickets_in_park(world.checkpoint, OUT, clock(over + 2)).keys() == {came.pk}
    assert end_live(clock(over + 2)) == 2
    states = {each.pk: each.state for each in LiveTicket.objects.all()}
    assert states == {came.pk: "waiting", stays_away.pk: "expired", late.pk: "expired"}


def test_a_ticket_is_used_when_its_truck_enters(world: World, officer: Account) -> None:
    used, other = ticket(world, officer, "111AAA01", 0), ticket(world, officer, "222AAA02", 0)
    in_park(world, "111AAA01", 5, phase=Passage.Phase.INSIDE, entry_at=clock(20))
    in_park(world, "222AAA02", -90, phase=Passage.Phase.LEFT, entry_at=clock(-60))
    assert end_live(clock(21)) == 1
    used.refresh_from_db()
    other.refresh_from_db()
    assert (used.state, used.ended_at) == ("entered", clock(20))
    assert other.state == "waiting", "the trip before it took the number is not this one"


@pytest.mark.parametrize("kept_for", ["11IAAA01", "111AAA01"])
def test_a_misread_plate_finds_its_ticket(world: World, officer: Account, kept_for: str) -> None:
    made = ticket(world, officer, "111AAA01", 0)
    in_park(world, kept_for, 5)
    assert tickets_in_park(world.checkpoint, OUT, clock(6)).keys() == {made.pk}


def test_of_two_alike_the_ticket_goes_to_the_plate_that_is_written_so() -> None:
    trucks = [Plated(1, "AB0123", "KZ"), Plated(2, "A80123", "KZ")]
    tickets = [Plated(10, "A80123", "KZ"), Plated(11, "AB0123", "KZ")]
    assert match_tickets(trucks, tickets) == {1: 11, 2: 10}
    assert match_tickets(
        [Plated(1, "A80123", "UZ")], [Plated(10, "A80123", "KZ"), Plated(11, "A80123", "UZ")]
    ) == {1: 11}


@given(read=PLATES, typed=PLATES)
def test_each_ticket_goes_to_one_truck_and_only_where_plates_fold_alike(
    read: list[str], typed: list[str]
) -> None:
    trucks = [Plated(n, plate, "KZ") for n, plate in enumerate(read)]
    tickets = [Plated(n, plate, "KZ") for n, plate in enumerate(typed)]
    matched = match_tickets(trucks, tickets)
    assert len(set(matched.values())) == len(matched)
    assert all(match_key(read[truck]) == match_key(typed[one]) for truck, one in matched.items())
    left = {match_key(typed[n]) for n in range(len(typed)) if n not in matched.values()}
    assert not any(match_key(read[n]) in left for n in range(len(read)) if n not in matched)
