"""Priority: by whom, for which goods, within the cap, published, and never taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from places_world import (
    NOW,
    Scene,
    assert_counts_are_right,
    make_account,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
    taken,
)

from greenlane.booking.commands import book, grant_priority, join_live_here, look_up_place, use_priority
from greenlane.booking.models import Booking, LiveTicket, PriorityUse, Quota
from greenlane.booking.priority import GOODS, fits, personal_in
from greenlane.booking.queries import live_tickets_waiting, priority_month, priority_months, priority_slots
from greenlane.booking.queries.priority import officer_number
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Driver, Grant, LookUp, Role, VehicleClass

pytestmark = [pytest.mark.db, pytest.mark.django_db]
OUT = "outbound"


@pytest.fixture
def scene() -> Scene:
    """A slot of ten places, of which one for priority."""
    return make_scene(capacity=10, priority_share=0.1)


@pytest.fixture
def cap(scene: Scene) -> Quota:
    make_quota(scene.slot, "share", 9, share="booked")
    return make_quota(scene.slot, "share", 1, share="priority")


@pytest.fixture
def officer(scene: Scene) -> Account:
    return officer_at(scene)


def officer_at(scene: Scene, role: str = Role.OFFICER) -> Account:
    account = make_account(None)
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=role, given_at=NOW)
    return account


def booked(scene: Scene, vehicle_class: str = "perishable", slot_id: int | None = None) -> Booking:
    truck = make_truck(scene.carrier, vehicle_class)
    return book(scene.driver, slot_id or scene.slot.pk, truck.pk, NOW, "")


def ticket_at(scene: Scene, officer: Account, vehicle_class: str = "perishable", n: int = 0) -> LiveTicket:
    return join_live_here(
        officer, scene.checkpoint, OUT, NOW, plate=f"777ABC0{n}", country="KZ", vehicle_class=vehicle_class
    )


def refused(code: str) -> Any:
    return pytest.raises(GreenlaneError, check=lambda error: error.code == code)


def test_a_booking_goes_into_the_priority_share_of_its_slot(
    scene: Scene, cap: Quota, officer: Account
) -> None:
    booking = booked(scene)
    use = grant_priority(officer, booking.code, "perishable", "", NOW)
    booking.refresh_from_db()
    assert (booking.share, booking.slot_id, taken(cap)) == ("priority", scene.slot.pk, 1)
    assert (use.booking_id, use.officer, use.reason, use.at) == (booking.pk, officer, "perishable", NOW)
    assert_counts_are_right()


def test_granting_again_changes_nothing(scene: Scene, cap: Quota, officer: Account) -> None:
    booking = booked(scene)
    uses = [grant_priority(officer, booking.code, "perishable", "", NOW + minutes(n)) for n in range(3)]
    assert len({use.pk for use in uses}) == PriorityUse.objects.count() == 1


def test_the_cap_holds_and_is_told(scene: Scene, cap: Quota, officer: Account) -> None:
    grant_priority(officer, booked(scene).code, "perishable", "", NOW)
    late = booked(scene)
    with refused("priority_full") as told:
        grant_priority(officer, late.code, "perishable", "", NOW)
    assert told.value.mend
    late.refresh_from_db()
    assert (late.share, PriorityUse.objects.count()) == ("booked", 1)


def test_without_a_share_there_is_nothing_to_give(scene: Scene, officer: Account) -> None:
    booking = booked(scene)
    with refused("priority_full"):
        grant_priority(officer, booking.code, "perishable", "", NOW)


def test_an_earlier_slot_can_be_given_and_no_later_or_foreign_one(
    scene: Scene, cap: Quota, officer: Account
) -> None:
    earlier, later = (make_slot(scene.checkpoint, scene.slot.starts_at + minutes(n)) for n in (-60, 60))
    for slot in (earlier, later):
        make_quota(slot, "slot", 5)
        make_quota(slot, "share", 1, share="priority")
    booking = booked(scene)
    assert [slot.id for slot in priority_slots(booking, NOW)] == [earlier.pk, scene.slot.pk]
    for wrong in (later.pk, make_scene().slot.pk, 10**9):
        with refused("slot_unfit"):
            grant_priority(officer, booking.code, "perishable", "", NOW, slot_id=wrong)
    grant_priority(officer, booking.code, "perishable", "", NOW, slot_id=earlier.pk)
    booking.refresh_from_db()
    assert (booking.slot_id, booking.moves) == (earlier.pk, 0)
    assert_counts_are_right()


def test_another_quota_that_is_full_is_named(scene: Scene, cap: Quota, officer: Account) -> None:
    earlier = make_slot(scene.checkpoint, scene.slot.starts_at - minutes(60))
    make_quota(earlier, "share", 1, share="priority")
    make_quota(earlier, "class", 0, vehicle_class="perishable")
    booking = booked(scene)
    assert earlier.pk not in {slot.id for slot in priority_slots(booking, NOW)}
    with refused("full") as told:
        grant_priority(officer, booking.code, "perishable", "", NOW, slot_id=earlier.pk)
    assert "class" in told.value.message


def test_a_booking_that_was_called_or_cancelled_has_no_use_for_it(
    scene: Scene, cap: Quota, officer: Account
) -> None:
    booking = booked(scene)
    Booking.objects.filter(pk=booking.pk).update(state="called")
    with refused("wrong_state"):
        grant_priority(officer, booking.code, "perishable", "", NOW)


@pytest.mark.parametrize("reason", list(GOODS))
def test_the_goods_must_fit_the_reason(scene: Scene, cap: Quota, officer: Account, reason: str) -> None:
    with refused("reason_unfit"):
        grant_priority(officer, booked(scene, "laden").code, reason, "", NOW)
    assert grant_priority(officer, booked(scene, GOODS[reason]).code, reason, "", NOW).reason == reason


def test_reasons_about_people_hold_for_every_truck() -> None:
    for vehicle_class in VehicleClass.values:
        assert fits("medical", vehicle_class)
        assert fits("other", vehicle_class)
    assert set(GOODS.values()) < set(VehicleClass.values)


def test_officers_do_not_grant_the_platforms_own_reason(scene: Scene, cap: Quota, officer: Account) -> None:
    booking = booked(scene, "laden")
    for reason in ("guarantee", "because"):
        with refused("reason_unknown"):
            grant_priority(officer, booking.code, reason, "", NOW)
    assert use_priority(booking, "guarantee", "", NOW).officer is None


def test_another_reason_is_told_in_words(scene: Scene, cap: Quota, officer: Account) -> None:
    booking = booked(scene, "laden")
    with refused("detail_missing"):
        grant_priority(officer, booking.code, "other", "  ", NOW)
    assert grant_priority(officer, booking.code, "other", " a  burst  tyre ", NOW).detail == "a burst tyre"


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SHIFT_LEAD, Role.ADMINISTRATOR])
def test_officers_and_shift_leads_of_the_checkpoint_grant(scene: Scene, cap: Quota, role: str) -> None:
    grant_priority(officer_at(scene, role), booked(scene).code, "perishable", "", NOW)


def test_nobody_else_grants_or_looks_up(scene: Scene, cap: Quota) -> None:
    booking = booked(scene)
    for stranger in (scene.driver, officer_at(make_scene()), officer_at(scene, Role.PLANNER)):
        with refused("not_allowed"):
            grant_priority(stranger, booking.code, "perishable", "", NOW)
        with refused("not_allowed"):
            look_up_place(stranger, booking.code, NOW)
    assert not LookUp.objects.exists()


def test_every_look_up_is_logged(scene: Scene, officer: Account) -> None:
    booking = booked(scene)
    assert look_up_place(officer, booking.code.lower(), NOW) == booking
    log = LookUp.objects.get()
    assert (log.account, log.subject, log.why) == (officer, f"place {booking.code}", "priority")
    with refused("place_unknown"):
        look_up_place(officer, "GL-00000-00000", NOW)


def test_nothing_personal_is_published(scene: Scene, cap: Quota, officer: Account) -> None:
    booking = booked(scene)
    Booking.objects.filter(pk=booking.pk).update(
        driver=Driver.objects.create(carrier=scene.carrier, full_name="Ada Invented")
    )
    plate = booking.plate.lower()
    for detail in ("for Ada", f"truck {plate[:3]}-{plate[3:]}", "call +7 701 000 00 00", "a@b.example"):
        with refused("detail_personal"):
            grant_priority(officer, booking.code, "perishable", detail, NOW)
    assert grant_priority(officer, booking.code, "perishable", "20 t of berries at 35 °C", NOW)


@given(st.text(max_size=40))
def test_a_name_or_plate_is_found_wherever_it_stands(text: str) -> None:
    assert personal_in(f"{text} 777 ABC 02", ["777ABC02"], []) == "plate" or personal_in(text, [], [])
    assert personal_in(f"{text} Ada", [], ["Ada Invented"])


def test_a_ticket_goes_before_others_once(scene: Scene, officer: Account) -> None:
    ticket, other = (ticket_at(scene, officer, n=n) for n in range(2))
    use = grant_priority(officer, other.code, "perishable", "", NOW + minutes(3))
    assert grant_priority(officer, other.code, "perishable", "", NOW + minutes(5)) == use
    turns = {turn.ticket: turn for turn in live_tickets_waiting(scene.checkpoint, OUT, NOW)}
    assert (turns[other.pk].priority, turns[other.pk].priority_at) == ("perishable", NOW + minutes(3))
    assert (turns[ticket.pk].priority, turns[ticket.pk].priority_at) == ("", None)
    LiveTicket.objects.filter(pk=ticket.pk).update(state="called")
    with refused("wrong_state"):
        grant_priority(officer, ticket.code, "perishable", "", NOW)


def test_uses_are_only_added(scene: Scene, cap: Quota, officer: Account) -> None:
    use = grant_priority(officer, booked(scene).code, "perishable", "", NOW)
    for change in (
        lambda: PriorityUse.objects.update(reason="medical"),
        lambda: PriorityUse.objects.filter(pk=use.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
            change()


def test_what_is_published_names_nobody(scene: Scene, cap: Quota, officer: Account) -> None:
    booking = booked(scene)
    grant_priority(officer, booking.code, "perishable", "berries", NOW)
    grant_priority(officer, ticket_at(scene, officer, "laden").code, "medical", "", NOW + minutes(1))
    month = priority_month(scene.checkpoint, OUT, NOW.date())
    assert month.by_reason == {"perishable": 1, "medical": 1}
    assert (month.share, month.places, month.taken) == (0.1, 1, 1)
    newest, first = month.uses
    assert (newest.kind, first.kind) == ("ticket", "booking")
    assert (first.detail, first.slot_starts_at) == ("berries", scene.slot.starts_at)
    assert first.officer == newest.officer == officer_number(scene.checkpoint.pk, officer.pk)
    told = repr(month)
    for secret in (booking.code, booking.plate, officer.email, "777ABC"):
        assert secret not in told


def test_officers_have_a_number_of_their_own_at_each_checkpoint(scene: Scene) -> None:
    numbers = {officer_number(scene.checkpoint.pk, account) for account in range(1, 200)}
    assert len(numbers) == 199
    assert officer_number(1, 7) != officer_number(2, 7)


def test_months_are_those_of_the_checkpoint(scene: Scene, officer: Account) -> None:
    use = grant_priority(officer, ticket_at(scene, officer).code, "perishable", "", NOW)
    # 22:30 UTC on the last of May is June in Warsaw.
    PriorityUse.objects.create(
        checkpoint=scene.checkpoint,
        direction=OUT,
        ticket=use.ticket,
        reason="medical",
        officer=officer,
        at=NOW + timedelta(days=27, hours=16, minutes=30),
    )
    months = priority_months(scene.checkpoint, OUT)
    assert [month.isoformat() for month in months] == ["2026-06-01", "2026-05-01"]
    assert [priority_month(scene.checkpoint, OUT, month).by_reason for month in months] == [
        {"medical": 1},
        {"perishable": 1},
    ]


def test_the_cap_holds_when_officers_grant_at_once(committed: str) -> None:
    scene = make_scene(capacity=20, priority_share=0.1)
    cap = make_quota(scene.slot, "share", 2, share="priority")
    make_quota(scene.slot, "share", 18, share="booked")
    officers = [officer_at(scene) for _ in range(3)]
    bookings = [booked(scene) for _ in range(12)]

    def grant(n: int) -> str:
        try:
            grant_priority(officers[n % 3], bookings[n % 12].code, "perishable", "", NOW)
        except GreenlaneError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "granted"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(grant, range(36)))
    assert set(outcomes) == {"granted", "priority_full"}
    assert taken(cap) == PriorityUse.objects.count() == Booking.objects.filter(share="priority").count() == 2
    assert_counts_are_right()
