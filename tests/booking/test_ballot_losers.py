"""Whoever is drawn and finds no room: on the waiting list, or told why not, however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from ballots_world import CLOSES, INSIDE, BallotWorld, make_ballot_world
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from places_world import make_account, make_checkpoint, make_quota, make_slot

from greenlane.booking.commands import ballot_losers, commit_witness, draw_ballot, join_list
from greenlane.booking.models import Ballot, BallotEntry, Slot, WaitingEntry, WaitingGroup
from greenlane.booking.templatetags.booking_refusals import in_words
from greenlane.callup.models import Message
from greenlane.registry.models import Checkpoint, Grant, Truck

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LATER = CLOSES + timedelta(minutes=61)
"""After the time in which a witness may tell its seed."""


@pytest.fixture
def world() -> BallotWorld:
    """A ballot without any place."""
    return make_ballot_world(capacity=0)


@pytest.fixture
def elsewhere() -> Checkpoint:
    """Another checkpoint, with a slot to wait for."""
    slot = make_slot(make_checkpoint(), INSIDE + timedelta(days=2))
    make_quota(slot, "slot", 0)
    return slot.checkpoint


def wait_at(checkpoint: Checkpoint, entry: BallotEntry) -> WaitingGroup:
    latest = INSIDE + timedelta(days=3)
    return join_list(entry.account, checkpoint, "outbound", [entry.truck_id], INSIDE, latest, INSIDE)


def close_first(world: BallotWorld) -> None:
    """Close the ballot and leave the draw for `LATER`: a witness has an hour to tell its seed."""
    planner = make_account(None)
    Grant.objects.create(account=planner, checkpoint=world.checkpoint, role="planner", given_at=INSIDE)
    commit_witness(planner, world.ballot.pk, "Carriers' union", "a" * 64, INSIDE)
    assert draw_ballot(world.ballot.pk, CLOSES).state == Ballot.BallotState.CLOSED


def results(world: BallotWorld) -> Mapping[str, tuple[str, str]]:
    entries = BallotEntry.objects.filter(ballot=world.ballot)
    return {
        number: (outcome, why) for number, outcome, why in entries.values_list("number", "outcome", "why")
    }


def test_whoever_may_not_wait_is_told_why(world: BallotWorld, elsewhere: Checkpoint) -> None:
    waits, gone, left, able = (world.enter(0) for _ in range(4))
    wait_at(elsewhere, waits)
    close_first(world)
    Truck.objects.filter(pk=gone.truck_id).update(retired_at=CLOSES)
    left.account.is_active = False
    left.account.save()
    draw_ballot(world.ballot.pk, LATER)
    assert results(world) == {
        waits.number: ("unplaced", "truck_waits"),
        gone.number: ("unplaced", "truck_unknown"),
        left.number: ("unplaced", "account_closed"),
        able.number: ("listed", ""),
    }
    assert {message.account_id for message in Message.objects.filter(kind="not_drawn")} == {
        entry.account_id for entry in (waits, gone, able)
    }


def test_slots_that_were_merged_away_are_not_waited_for(world: BallotWorld) -> None:
    first, second = world.enter(0), world.enter(1, 2)
    close_first(world)
    Slot.objects.filter(pk=world.slots[0].pk).update(state=Slot.SlotState.MERGED, merged_into=world.slots[1])
    draw_ballot(world.ballot.pk, LATER)
    assert results(world) == {first.number: ("unplaced", "no_slots"), second.number: ("listed", "")}


def test_a_truck_that_joins_a_list_during_the_draw_is_seen_there(
    world: BallotWorld, elsewhere: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, other = world.enter(0), world.enter(0)
    wait_at(elsewhere, quick)
    look, looks = ballot_losers._refused, []

    def look_too_early_once(ballot: Ballot, losers: Sequence[BallotEntry], at: datetime) -> dict[str, str]:
        looks.append(look(ballot, losers, at) if looks else {})
        return looks[-1]

    monkeypatch.setattr(ballot_losers, "_refused", look_too_early_once)
    draw_ballot(world.ballot.pk, CLOSES)
    assert looks == [{}, {quick.number: "truck_waits"}]
    assert results(world) == {quick.number: ("unplaced", "truck_waits"), other.number: ("listed", "")}
    assert WaitingEntry.objects.filter(truck=quick.truck_id).count() == 1
    assert WaitingGroup.objects.count() == 2


@pytest.mark.parametrize(
    "why",
    ["truck_busy", "truck_limited", "truck_unknown", "truck_waits", "account_closed", "park_unknown",
     "no_slots", "times_past"],
)  # fmt: skip
def test_every_reason_has_words(why: str) -> None:
    assert in_words(why) != why


def test_the_page_of_own_entries_says_why_in_the_readers_language(
    world: BallotWorld, elsewhere: Checkpoint, client: Client
) -> None:
    entry = world.enter(0)
    wait_at(elsewhere, entry)
    draw_ballot(world.ballot.pk, CLOSES)
    client.force_login(entry.account, "django.contrib.auth.backends.ModelBackend")
    for language, said in (("en", "The truck waits on a list already."), ("ru", "Этот грузовик уже стоит")):
        page = client.get(reverse("booking:ballot_entries"), headers={"accept-language": language})
        assert said in page.content.decode()


@pytest.mark.parametrize("capacity", [0, 50])
def test_a_large_ballot_needs_no_more_statements_than_a_small_one(capacity: int) -> None:
    def statements(entries: int) -> int:
        world = make_ballot_world(capacity=capacity)
        for _ in range(entries):
            world.enter(0)
        with CaptureQueriesContext(connection) as asked:
            draw_ballot(world.ballot.pk, CLOSES)
        outcome = "placed" if capacity else "listed"
        assert [each for each, _ in results(world).values()] == [outcome] * entries
        return len(asked)

    assert statements(12) == statements(2)
