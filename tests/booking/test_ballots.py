"""A ballot until its draw: opened in time, one truck one chance, and secret."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from ballots_world import CLOSES, DAY, INSIDE, MIDNIGHT, OPENS, BallotWorld, make_ballot_world
from django.db import IntegrityError, transaction
from places_world import (
    make_account,
    make_carrier,
    make_checkpoint,
    make_slot,
    make_truck,
)

from greenlane.booking.ballot.window import window
from greenlane.booking.commands import (
    Wish,
    book,
    draw_ballot,
    enter_ballot,
    open_ballots,
    withdraw_entry,
)
from greenlane.booking.models import (
    BallotEntry,
    Slot,
)
from greenlane.booking.queries import ballot_file, entries_of
from greenlane.errors import GreenlaneError

pytestmark = [pytest.mark.db, pytest.mark.django_db]

Outcome = BallotEntry.Outcome


@pytest.fixture
def world() -> BallotWorld:
    return make_ballot_world()


def refused(code: str) -> pytest.RaisesExc[GreenlaneError]:
    return pytest.raises(GreenlaneError, check=lambda error: error.code == code)


def outcomes(world: BallotWorld) -> dict[str, str]:
    return {entry.number: entry.outcome for entry in BallotEntry.objects.filter(ballot=world.ballot)}


# Opening ----------------------------------------------------------------------------------------------------


def test_a_ballot_opens_at_midnight_less_the_horizon_with_its_commitment(world: BallotWorld) -> None:
    ballot = world.ballot
    assert (ballot.opens_at, ballot.closes_at) == (OPENS, CLOSES)
    assert ballot.commitment == hashlib.sha256(bytes.fromhex(ballot.seed)).hexdigest()
    assert open_ballots(INSIDE) == 0


def test_two_ballots_have_different_seeds() -> None:
    seeds = {make_ballot_world().ballot.seed for _ in range(3)}
    assert len(seeds) == 3
    assert all(len(bytes.fromhex(seed)) == 32 for seed in seeds)


def test_the_window_never_reaches_into_the_first_slot() -> None:
    first = MIDNIGHT + timedelta(hours=6)
    assert window(DAY, "Europe/Warsaw", 0, 48.0, first).closes_at == first  # type: ignore[union-attr]
    assert window(DAY, "Europe/Warsaw", 0, 2.0, MIDNIGHT) is None


def test_a_day_whose_window_was_missed_is_released_to_all() -> None:
    checkpoint = make_checkpoint(allocation="ballot", ballot_window_hours=6.0)
    slot = make_slot(checkpoint, MIDNIGHT + timedelta(hours=6))
    Slot.objects.filter(pk=slot.pk).update(state=Slot.SlotState.BALLOT)
    assert open_ballots(CLOSES) == 0
    assert Slot.objects.get(pk=slot.pk).state == Slot.SlotState.OPEN


def test_a_checkpoint_that_gave_ballots_up_releases_days_that_have_none() -> None:
    checkpoint = make_checkpoint()
    slot = make_slot(checkpoint, MIDNIGHT + timedelta(hours=6))
    Slot.objects.filter(pk=slot.pk).update(state=Slot.SlotState.BALLOT)
    assert open_ballots(OPENS) == 0
    assert Slot.objects.get(pk=slot.pk).state == Slot.SlotState.OPEN


def test_nobody_books_past_the_ballot(world: BallotWorld) -> None:
    carrier = make_carrier(verified=True)
    with refused("by_lot"):
        book(world.person(carrier), world.slots[0].pk, make_truck(carrier).pk, INSIDE, "")


# Entering ---------------------------------------------------------------------------------------------------


def test_a_truck_is_entered_once_and_its_last_wish_counts(world: BallotWorld) -> None:
    first = world.enter(0)
    again = world.enter(2, 1, truck=first.truck, carrier=first.carrier)
    assert again.number == first.number
    assert again.slots == [world.slots[2].pk, world.slots[1].pk]
    assert BallotEntry.objects.count() == 1


def test_a_wished_time_becomes_the_nearest_slots_the_earlier_first(world: BallotWorld) -> None:
    carrier = make_carrier(verified=True)
    around = MIDNIGHT + timedelta(hours=7, minutes=30)
    entry = enter_ballot(
        world.person(carrier), world.ballot.pk, make_truck(carrier).pk, Wish((), around, 45), INSIDE
    )
    assert entry.slots == [world.slots[1].pk, world.slots[2].pk]
    assert entry.asked_for == around


@pytest.mark.parametrize("at", [OPENS - timedelta(seconds=1), CLOSES])
def test_wishes_are_taken_in_the_window_alone(world: BallotWorld, at: object) -> None:
    with refused("ballot_not_open"):
        world.enter(0, at=at)


def test_only_trucks_of_ones_own_carrier_are_entered(world: BallotWorld) -> None:
    other = make_truck(make_carrier())
    with refused("truck_unknown"):
        world.enter(0, truck=other)


def test_slots_of_another_ballot_are_no_wish(world: BallotWorld) -> None:
    other = make_ballot_world()
    carrier = make_carrier()
    with refused("slots_unknown"):
        enter_ballot(
            world.person(carrier),
            world.ballot.pk,
            make_truck(carrier).pk,
            Wish([other.slots[0].pk]),
            INSIDE,
        )


def test_a_withdrawn_wish_is_not_drawn_and_may_come_again(world: BallotWorld) -> None:
    entry = world.enter(0)
    withdraw_entry(world.person(entry.carrier), entry.number, INSIDE)
    withdraw_entry(world.person(entry.carrier), entry.number, INSIDE)
    again = world.enter(1, truck=entry.truck, carrier=entry.carrier)
    assert again.number != entry.number
    draw_ballot(world.ballot.pk, CLOSES)
    assert outcomes(world) == {entry.number: Outcome.WITHDRAWN, again.number: Outcome.PLACED}


def test_the_database_takes_no_second_entry_of_a_plate(world: BallotWorld) -> None:
    entry = world.enter(0)
    entry.pk, entry.number = None, "LT-another"
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


def test_a_truck_given_to_another_carrier_is_that_carriers_to_enter(world: BallotWorld) -> None:
    first = world.enter(0)
    first.truck.retired_at = INSIDE
    first.truck.save()
    carrier = make_carrier(verified=True)
    same = make_truck(carrier, plate=first.truck.plate)
    again = world.enter(1, truck=same, carrier=carrier)
    draw_ballot(world.ballot.pk, CLOSES)
    assert outcomes(world) == {first.number: Outcome.WITHDRAWN, again.number: Outcome.PLACED}


# Secrecy ----------------------------------------------------------------------------------------------------


def test_the_seed_is_in_no_row_that_is_shown_before_the_draw(world: BallotWorld) -> None:
    from greenlane.booking.queries import ballot_of, ballots_of, told_seed

    world.enter(0)
    ballot = ballot_of(world.ballot.pk)
    assert "seed" in ballot.get_deferred_fields()
    assert told_seed(ballot) == ""
    assert all(
        "seed" in each.get_deferred_fields() for each in ballots_of(world.checkpoint, "outbound", INSIDE)
    )
    draw_ballot(ballot.pk, CLOSES)
    assert told_seed(ballot_of(ballot.pk)) == world.ballot.seed


def test_the_file_tells_no_plate_name_or_account(world: BallotWorld) -> None:
    entries = [world.enter(0) for _ in range(3)]
    draw_ballot(world.ballot.pk, CLOSES)
    file = json.dumps(ballot_file(world.ballot.pk))
    for entry in entries:
        for secret in (entry.plate_key, entry.carrier.name, entry.account.email):
            assert secret not in file


# Whose entries ----------------------------------------------------------------------------------------------


def test_a_driver_sees_own_entries_and_a_dispatcher_the_carriers(world: BallotWorld) -> None:
    carrier = make_carrier(verified=True)
    driver = make_account(carrier)
    own = enter_ballot(driver, world.ballot.pk, make_truck(carrier).pk, Wish([world.slots[0].pk]), INSIDE)
    other = world.enter(0, carrier=carrier)
    world.enter(0)
    assert [entry.number for entry in entries_of(driver)] == [own.number]
    assert {entry.number for entry in entries_of(world.person(carrier))} == {own.number, other.number}
