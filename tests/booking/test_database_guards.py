"""What the database refuses whoever asks, also in plain SQL past every command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from places_world import (
    NOW,
    Scene,
    assert_counts_are_right,
    make_quota,
    make_scene,
    make_truck,
    minutes,
    taken,
)

from greenlane.booking.commands import book, hold
from greenlane.booking.models import Booking, Change, Quota, State

pytestmark = [pytest.mark.db, pytest.mark.django_db]

FOLLOWS = {
    "held": {"confirmed", "expired", "cancelled"},
    "confirmed": {"called", "entered", "cancelled", "no_show"},
    "called": {"confirmed", "entered", "cancelled", "no_show"},
    "entered": set(),
    "cancelled": set(),
    "expired": set(),
    "no_show": {"entered"},
}
"""Which states may follow each other; every other pair is refused."""
WAY = {
    "held": (),
    "confirmed": (),
    "called": ("called",),
    "entered": ("entered",),
    "cancelled": ("cancelled",),
    "expired": ("expired",),
    "no_show": ("no_show",),
}


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=2)


def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(rule: str, statement: str, *values: Any) -> None:
    """The statement is refused by the rule of that name."""
    with pytest.raises(IntegrityError) as error:
        sql(statement, *values)
    cause: Any = error.value.__cause__
    assert cause.diag.constraint_name == rule


def booked(scene: Scene) -> Booking:
    return book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")


@pytest.mark.parametrize("state", State.values)
def test_states_follow_each_other_only_as_the_rules_say(scene: Scene, state: str) -> None:
    if state in ("held", "expired"):
        booking = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
        # So that the row itself fits every state, and only the order of states can refuse.
        sql(
            "UPDATE booking_booking SET truck_id = %s, plate_key = 'X', confirmed_at = %s WHERE id = %s",
            scene.truck.pk,
            NOW,
            booking.pk,
        )
    else:
        booking = booked(scene)
        sql("UPDATE booking_booking SET held_until = %s WHERE id = %s", NOW, booking.pk)
    for step in WAY[state]:
        sql("UPDATE booking_booking SET state = %s WHERE id = %s", step, booking.pk)
    for after in set(State.values) - FOLLOWS[state] - {state}:
        refused(
            "booking_state_order", "UPDATE booking_booking SET state = %s WHERE id = %s", after, booking.pk
        )
    for after in FOLLOWS[state]:
        with transaction.atomic():
            sql("UPDATE booking_booking SET state = %s WHERE id = %s", after, booking.pk)
            assert Change.objects.filter(booking=booking, from_state=state, to_state=after).exists()
            transaction.set_rollback(True)


def test_an_unknown_state_is_refused(scene: Scene) -> None:
    booking = booked(scene)
    with pytest.raises(IntegrityError):
        sql("UPDATE booking_booking SET state = 'lost' WHERE id = %s", booking.pk)


def test_an_ended_booking_keeps_what_it_was_for(scene: Scene) -> None:
    booking = booked(scene)
    sql("UPDATE booking_booking SET state = 'entered' WHERE id = %s", booking.pk)
    second = make_truck(scene.carrier)
    for change, value in (("truck_id", second.pk), ("vehicle_class", "bus"), ("share", "live")):
        refused(
            "booking_final_is_fixed",
            f"UPDATE booking_booking SET {change} = %s WHERE id = %s",
            value,
            booking.pk,
        )


def test_a_confirmed_booking_has_a_truck(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    refused(
        "booking_confirmed_has_truck",
        "UPDATE booking_booking SET state = 'confirmed', confirmed_at = now() WHERE id = %s",
        held.pk,
    )


@pytest.mark.parametrize("value", [0, 2])
def test_taken_cannot_be_set_by_hand(scene: Scene, value: int) -> None:
    booked(scene)
    refused(
        "quota_taken_is_counted", "UPDATE booking_quota SET taken = %s WHERE id = %s", value, scene.quota.pk
    )
    assert taken(scene.quota) == 1


def test_a_quota_starts_with_nothing_taken(scene: Scene) -> None:
    with pytest.raises(IntegrityError, match="counted from claims"), transaction.atomic():
        make_quota(scene.slot, "hour", 5, wide=timedelta(hours=1), taken=3)


def test_capacity_cannot_go_below_what_is_taken(scene: Scene) -> None:
    booked(scene)
    refused("quota_never_oversold", "UPDATE booking_quota SET capacity = 0 WHERE id = %s", scene.quota.pk)


def test_a_booking_written_past_the_commands_counts_as_well_and_cannot_oversell(scene: Scene) -> None:
    booked(scene)
    copy = (
        "INSERT INTO booking_booking (code, account_id, checkpoint_id, direction, slot_id, first_slot_id,"
        " plate, plate_key, plate_country, vin, vehicle_class, share, state, held_until, asked_for, made_at,"
        " moves, excused, key, changed_at, changed_why)"
        " SELECT %s, %s, checkpoint_id, direction, slot_id, slot_id, '', '', '', '', 'laden', 'booked',"
        " 'held', now(), now(), now(), 0, false, '', now(), '' FROM booking_booking WHERE plate_key <> ''"
    )
    sql(copy, "GL-00000-00001", scene.driver.pk)
    assert taken(scene.quota) == 2
    refused("quota_never_oversold", copy, "GL-00000-00002", scene.lead.pk)
    assert_counts_are_right()


def test_places_are_written_by_the_database_alone(scene: Scene) -> None:
    booking = booked(scene)
    hour = make_quota(scene.slot, "hour", 5, wide=timedelta(hours=1))
    refused("booking_claim_by_triggers", "DELETE FROM booking_claim WHERE booking_id = %s", booking.pk)
    refused(
        "booking_claim_by_triggers",
        "INSERT INTO booking_claim (booking_id, quota_id) VALUES (%s, %s)",
        booking.pk + 1,
        hour.pk,
    )
    refused("booking_claim_only_added", "UPDATE booking_claim SET quota_id = %s", hour.pk)
    refused(
        "booking_slotquota_by_triggers",
        "INSERT INTO booking_slotquota (slot_id, quota_id) VALUES (%s, %s)",
        scene.slot.pk,
        hour.pk,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE booking_change SET why = 'nothing happened'",
        "DELETE FROM booking_change",
        "UPDATE booking_capacitychange SET to_capacity = 99",
        "DELETE FROM booking_capacitychange",
        "DELETE FROM booking_booking",
    ],
)
def test_logs_and_bookings_are_only_added_to(scene: Scene, statement: str) -> None:
    booked(scene)
    table = statement.split()[1] if statement.startswith("UPDATE") else statement.split()[2]
    refused(f"{table}_only_added", statement)


def test_a_quota_in_use_cannot_be_deleted(scene: Scene) -> None:
    booked(scene)
    refused("quota_in_use_is_kept", "DELETE FROM booking_quota WHERE id = %s", scene.quota.pk)
    with pytest.raises(ProtectedError):
        Quota.objects.get(pk=scene.quota.pk).delete()


def test_the_scope_of_a_quota_and_the_times_of_a_slot_are_fixed(scene: Scene) -> None:
    refused(
        "quota_scope_is_fixed",
        "UPDATE booking_quota SET vehicle_class = 'bus' WHERE id = %s",
        scene.quota.pk,
    )
    refused(
        "slot_scope_is_fixed",
        "UPDATE booking_slot SET starts_at = %s WHERE id = %s",
        NOW + minutes(1),
        scene.slot.pk,
    )


def test_one_active_booking_a_plate_and_one_hold_a_person(scene: Scene) -> None:
    booking = booked(scene)
    sql("UPDATE booking_booking SET vin = 'WDB00000000000009' WHERE id = %s", booking.pk)
    second = book(scene.driver, scene.slot.pk, make_truck(scene.carrier).pk, NOW, "")
    for rule, change in (
        ("booking_one_per_plate", f"plate_key = '{booking.plate_key}'"),
        ("booking_one_per_vin", "vin = 'WDB00000000000009'"),
    ):
        refused(rule, f"UPDATE booking_booking SET {change} WHERE id = %s", second.pk)
