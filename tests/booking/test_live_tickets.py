"""Tickets of the live queue: one a truck, one a phone, numbers by the day, and an end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from places_world import (
    NOW,
    Scene,
    make_account,
    make_carrier,
    make_checkpoint,
    make_scene,
    make_truck,
    minutes,
)

from greenlane.booking.codes import TICKET, read_code
from greenlane.booking.commands import (
    book,
    cancel,
    close_slot,
    expire_live,
    join_live,
    join_live_here,
    leave_booked,
    leave_live,
    mark_live_back,
    mark_live_called,
    mark_live_entered,
)
from greenlane.booking.models import LiveTicket
from greenlane.booking.queries import live_tickets_waiting, tickets_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Grant, Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]
OUT = "outbound"


@pytest.fixture
def scene() -> Scene:
    return make_scene(live_ticket_hours=24)


def officer_of(scene: Scene, role: str = Role.OFFICER) -> Account:
    account = make_account(None)
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=role, given_at=NOW)
    return account


def at_the_desk(scene: Scene, plate: str, kiosk: bool = False, **changes: str) -> LiveTicket:
    given = {"plate": plate, "country": "KZ", "vehicle_class": "laden"} | changes
    return join_live_here(officer_of(scene), scene.checkpoint, OUT, NOW, kiosk=kiosk, **given)


def refused(code: str) -> Any:
    return pytest.raises(GreenlaneError, check=lambda error: error.code == code)


def test_a_phone_gets_a_number_and_a_secret_code(scene: Scene) -> None:
    ticket = join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)
    assert (ticket.number, ticket.day, ticket.via) == (1, date(2026, 5, 4), "phone")
    assert ticket.good_until == NOW + timedelta(hours=24)
    assert ticket.code.startswith("LQ-")
    assert read_code(ticket.code.lower().replace("-", ""), TICKET) == ticket.code
    assert list(tickets_of(scene.driver)) == [ticket]


def test_joining_again_gives_the_same_ticket(scene: Scene) -> None:
    first = join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)
    again = join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW + minutes(30))
    assert (again.pk, again.joined_at) == (first.pk, NOW)


def test_a_phone_holds_one_ticket(scene: Scene) -> None:
    join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)
    with refused("one_ticket"):
        join_live(scene.driver, scene.checkpoint, OUT, make_truck(scene.carrier).pk, NOW)
    with refused("truck_ticketed"):
        join_live(scene.driver, make_checkpoint(), OUT, scene.truck.pk, NOW)


def test_another_carriers_truck_is_not_ticketed_by_phone(scene: Scene) -> None:
    with refused("truck_unknown"):
        join_live(scene.driver, scene.checkpoint, OUT, make_truck(make_carrier()).pk, NOW)


def test_numbers_count_by_the_local_day_and_line(scene: Scene) -> None:
    officer = officer_of(scene)
    # 22:00 UTC is midnight in Warsaw.
    times = [NOW, NOW + timedelta(hours=15, minutes=59), NOW + timedelta(hours=16)]
    tickets = [
        join_live_here(
            officer, scene.checkpoint, OUT, at, plate=f"777ABC0{n}", country="KZ", vehicle_class="empty"
        )
        for n, at in enumerate(times)
    ]
    assert [(ticket.day.day, ticket.number) for ticket in tickets] == [(4, 1), (4, 2), (5, 1)]


def test_a_kiosk_does_not_give_out_a_ticket_that_stands(scene: Scene) -> None:
    ticket = join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)
    plate = scene.truck.plate
    with refused("truck_ticketed"):
        at_the_desk(scene, plate, kiosk=True, country="PL")
    assert at_the_desk(scene, plate, country="PL").pk == ticket.pk


def test_another_spelling_of_the_plate_is_the_same_truck(scene: Scene) -> None:
    at_the_desk(scene, "123 ABC 02")
    with refused("truck_ticketed"):
        at_the_desk(scene, "123-авс-02", kiosk=True)
    at_the_desk(scene, "123 ABC 02", kiosk=True, country="UZ")


def test_a_truck_with_a_booking_has_its_place(scene: Scene) -> None:
    booking = book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")
    with refused("truck_has_place"):
        join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)
    cancel(scene.driver, booking.code, "", NOW)
    join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)


def test_a_truck_that_books_leaves_the_live_queue(scene: Scene) -> None:
    ticket = join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, NOW)
    book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")
    assert live_tickets_waiting(scene.checkpoint, OUT, NOW) == []
    assert leave_booked(NOW) == 1
    ticket.refresh_from_db()
    assert ticket.state == "left"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"plate": "!"}, "plate"),
        ({"plate": "777\x00ABC"}, "plate"),
        ({"country": "QQ"}, "country"),
        ({"vehicle_class": ""}, "vehicle_class"),
        ({"vehicle_class": "tank"}, "vehicle_class"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "+7 " + "1" * 30}, "phone"),
    ],
)
def test_what_is_typed_wrongly_is_refused_by_its_field(
    scene: Scene, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(GreenlaneError) as wrong:
        at_the_desk(scene, **({"plate": "777ABC02"} | changes))
    assert (wrong.value.code, wrong.value.field, wrong.value.status) == ("field_wrong", field, 422)
    assert wrong.value.mend


def test_only_staff_of_the_checkpoint_types_trucks_in(scene: Scene) -> None:
    given = {"plate": "777ABC02", "country": "KZ", "vehicle_class": "laden"}
    for stranger in (scene.driver, officer_of(make_scene()), officer_of(scene, Role.PLANNER)):
        with refused("not_allowed"):
            join_live_here(stranger, scene.checkpoint, OUT, NOW, **given)


def test_a_direction_without_rules_has_no_live_queue(scene: Scene) -> None:
    with refused("no_booking"):
        join_live(scene.driver, scene.checkpoint, "inbound", scene.truck.pk, NOW)


def test_nobody_joins_while_every_slot_of_a_tickets_life_is_closed(scene: Scene) -> None:
    at = scene.slot.starts_at - timedelta(hours=2)
    close_slot(scene.slot.pk)
    with refused("live_closed"):
        join_live(scene.driver, scene.checkpoint, OUT, scene.truck.pk, at)


def test_whoever_has_the_code_leaves_once(scene: Scene) -> None:
    ticket = at_the_desk(scene, "777ABC02")
    assert leave_live(ticket.code.lower(), NOW + minutes(1)).state == "left"
    assert leave_live(ticket.code, NOW + minutes(2)).ended_at == NOW + minutes(1)
    with refused("ticket_unknown"):
        leave_live("LQ-00000-00000", NOW)
    assert at_the_desk(scene, "777ABC02").number == 2


def test_called_back_and_entered(scene: Scene) -> None:
    ticket = at_the_desk(scene, "777ABC02")
    assert mark_live_called([ticket.pk], NOW) == 1
    assert live_tickets_waiting(scene.checkpoint, OUT, NOW) == []
    with refused("wrong_state"):
        leave_live(ticket.code, NOW)
    assert mark_live_back([ticket.pk], NOW) == 1
    (turn,) = live_tickets_waiting(scene.checkpoint, OUT, NOW)
    assert (turn.ticket, turn.joined_at, turn.vehicle_class) == (ticket.pk, NOW, "laden")
    assert mark_live_entered([ticket.pk], NOW + minutes(9), {ticket.pk: NOW + minutes(7)}) == 1
    ticket.refresh_from_db()
    assert (ticket.state, ticket.ended_at) == ("entered", NOW + minutes(7))
    assert mark_live_called([ticket.pk], NOW) == mark_live_back([ticket.pk], NOW) == 0


def test_a_ticket_runs_out_unless_its_truck_is_in_the_park(scene: Scene) -> None:
    away, there = at_the_desk(scene, "777ABC02"), at_the_desk(scene, "888ABC02")
    over = NOW + timedelta(hours=24)
    assert expire_live(over - minutes(1), [there.pk]) == 0
    assert expire_live(over, [there.pk]) == 1
    away.refresh_from_db()
    assert (away.state, away.ended_at) == ("expired", over)
    assert [turn.ticket for turn in live_tickets_waiting(scene.checkpoint, OUT, over)] == [there.pk]
    assert mark_live_entered([away.pk], over) == 1, "a reading told of late shows that it came"


def test_turns_are_in_the_order_of_joining(scene: Scene) -> None:
    officer = officer_of(scene)
    for n, after in enumerate((20, 5, 12)):
        join_live_here(
            officer,
            scene.checkpoint,
            OUT,
            NOW + minutes(after),
            plate=f"777ABC0{n}",
            country="KZ",
            vehicle_class="empty" if n else "laden",
        )
    turns = live_tickets_waiting(scene.checkpoint, OUT, NOW + minutes(30))
    assert [turn.plate[-1] for turn in turns] == ["1", "2", "0"]
    assert [turn.vehicle_class for turn in turns] == ["empty", "empty", "laden"]
    assert len(live_tickets_waiting(scene.checkpoint, OUT, NOW + minutes(6))) == 1


def test_many_who_join_at_once_get_numbers_without_gaps(committed: str) -> None:
    scene, other = make_scene(), make_scene()
    officers = {place.checkpoint.pk: officer_of(place) for place in (scene, other)}
    wishes = [(place.checkpoint, f"{n // 2:03d}ABC02") for n in range(40) for place in (scene, other)]

    def join(wish: tuple[object, str]) -> str:
        checkpoint, plate = wish
        try:
            join_live_here(
                officers[checkpoint.pk],  # type: ignore[attr-defined]
                checkpoint,  # type: ignore[arg-type]
                OUT,
                NOW,
                plate=plate,
                country="KZ",
                vehicle_class="laden",
                kiosk=True,
            )
        except GreenlaneError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "joined"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(join, wishes))
    assert set(outcomes) == {"joined", "truck_ticketed"}
    assert outcomes.count("joined") == 20, "each truck got one ticket over both lines"
    for place in (scene, other):
        numbers = LiveTicket.objects.filter(checkpoint=place.checkpoint).values_list("number", flat=True)
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
