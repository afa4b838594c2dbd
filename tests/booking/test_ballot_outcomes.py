"""The draw of a ballot: places in turn, each left out with a reason, caps and weights as published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from ballots_world import CLOSES, DAY, INSIDE, MIDNIGHT, OPENS, BallotWorld, make_ballot_world
from places_world import (
    assert_counts_are_right,
    make_account,
    make_carrier,
    make_checkpoint,
    make_quota,
    make_slot,
    make_truck,
    taken,
)

from greenlane.booking.ballot.verify import first_difference
from greenlane.booking.commands import (
    book,
    close_slot,
    draw_ballot,
    draw_ballots,
    grant_entry_priority,
    open_slot,
)
from greenlane.booking.models import (
    Ballot,
    BallotEntry,
    Booking,
    PriorityUse,
    Slot,
    State,
    WaitingGroup,
)
from greenlane.booking.queries import ballot_file
from greenlane.booking.signals import PlaceNews, place_news
from greenlane.callup.models import Message
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Grant

pytestmark = [pytest.mark.db, pytest.mark.django_db]

Outcome = BallotEntry.Outcome


@pytest.fixture
def world() -> BallotWorld:
    return make_ballot_world()


def refused(code: str) -> pytest.RaisesExc[GreenlaneError]:
    return pytest.raises(GreenlaneError, check=lambda error: error.code == code)


def outcomes(world: BallotWorld) -> dict[str, str]:
    return {entry.number: entry.outcome for entry in BallotEntry.objects.filter(ballot=world.ballot)}


# The draw ---------------------------------------------------------------------------------------------------


def test_places_are_taken_in_turn_and_the_file_draws_again(world: BallotWorld) -> None:
    for _ in range(5):
        world.enter(0, 1)
    draw_ballot(world.ballot.pk, CLOSES)
    entries = list(BallotEntry.objects.filter(ballot=world.ballot).order_by("rank"))
    first, second = world.slots[0].pk, world.slots[1].pk
    assert [entry.slot_id for entry in entries] == [first, first, second, second, None]
    assert [entry.rank for entry in entries] == [1, 2, 3, 4, 5]
    assert all(entry.booking.state == State.CONFIRMED for entry in entries[:4] if entry.booking)
    assert [taken(quota) for quota in world.quotas] == [2, 2, 0]
    assert set(world.checkpoint.slots.values_list("state", flat=True)) == {Slot.SlotState.OPEN}
    assert first_difference(json.loads(json.dumps(ballot_file(world.ballot.pk)))) is None
    assert_counts_are_right()


def test_who_gets_none_waits_in_the_order_of_the_draw_unless_it_said_no(world: BallotWorld) -> None:
    for _ in range(5):
        world.enter(0)
    stays_away = world.enter(0, joins_list=False)
    draw_ballot(world.ballot.pk, CLOSES)
    losers = BallotEntry.objects.filter(ballot=world.ballot, slot=None).order_by("rank")
    listed = [entry for entry in losers if entry.pk != stays_away.pk]
    assert {entry.outcome for entry in listed} == {Outcome.LISTED}
    groups = WaitingGroup.objects.order_by("rank")
    assert [group.entries.get().truck_id for group in groups] == [entry.truck_id for entry in listed]
    assert [group.rank for group in groups] == [1 + (entry.rank or 0) for entry in listed]
    assert {group.earliest for group in groups} == {world.slots[0].starts_at}
    stays_away.refresh_from_db()
    assert stays_away.outcome in (Outcome.UNPLACED, Outcome.PLACED)


def test_slots_late_in_the_day_are_drawn_though_the_horizon_ends_before_them() -> None:
    world = make_ballot_world(slots=17)
    entry = world.enter(16)
    draw_ballot(world.ballot.pk, CLOSES)
    assert outcomes(world) == {entry.number: Outcome.PLACED}


def test_drawing_again_changes_nothing(world: BallotWorld) -> None:
    for _ in range(4):
        world.enter(0)
    drawn = draw_ballot(world.ballot.pk, CLOSES).document
    assert draw_ballots(CLOSES + timedelta(hours=2)) == 0
    assert draw_ballot(world.ballot.pk, CLOSES + timedelta(hours=2)).document == drawn
    assert Booking.objects.count() == 2


def test_a_draw_that_is_cut_off_leaves_nothing_and_runs_again(
    world: BallotWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        world.enter(0)

    def cut(**_told: object) -> None:
        raise KeyboardInterrupt

    place_news.connect(cut)
    try:
        with pytest.raises(KeyboardInterrupt):
            draw_ballot(world.ballot.pk, CLOSES)
    finally:
        place_news.disconnect(cut)
    assert world.ballot.state == Ballot.BallotState.OPEN
    assert Booking.objects.count() == 0
    assert set(outcomes(world).values()) == {Outcome.ENTERED}
    draw_ballot(world.ballot.pk, CLOSES)
    assert Booking.objects.count() == 2


def test_nothing_is_drawn_while_wishes_are_taken(world: BallotWorld) -> None:
    assert draw_ballots(INSIDE) == 0
    with refused("ballot_open"):
        draw_ballot(world.ballot.pk, CLOSES - timedelta(seconds=1))


def test_a_ballot_without_entries_opens_its_slots_to_all(world: BallotWorld) -> None:
    assert draw_ballots(CLOSES) == 1
    carrier = make_carrier(verified=True)
    book(world.person(carrier), world.slots[0].pk, make_truck(carrier).pk, MIDNIGHT, "")


def test_holders_hear_of_their_luck(world: BallotWorld) -> None:
    heard: list[tuple[str, bool]] = []

    def hear(*, news: Sequence[PlaceNews], **_signal: object) -> None:
        for each in news:
            heard.append((each.kind, isinstance(each.about, Booking)))
            assert {"ballot", "entry", "turn"} <= set(each.details)

    for _ in range(3):
        world.enter(0, joins_list=False)
    place_news.connect(hear)
    try:
        draw_ballot(world.ballot.pk, CLOSES)
    finally:
        place_news.disconnect(hear)
    assert heard == [("drawn", True), ("drawn", True), ("not_drawn", False)]


def test_who_gets_no_place_and_is_not_listed_is_told_too(world: BallotWorld) -> None:
    for _ in range(3):
        world.enter(0, joins_list=False)
    draw_ballot(world.ballot.pk, CLOSES)
    told = Message.objects.get(kind="not_drawn")
    assert told.account == BallotEntry.objects.get(outcome="unplaced").account
    assert "open to all" in told.body


# Who is left out, and why -----------------------------------------------------------------------------------


def test_trucks_that_could_not_be_booked_are_left_out_with_the_reason(world: BallotWorld) -> None:
    elsewhere = make_slot(make_checkpoint(), INSIDE + timedelta(days=2))
    make_quota(elsewhere, "slot", 5)
    busy, retired, shut, closed, good = (world.enter(place) for place in (0, 0, 0, 2, 0))
    book(busy.account, elsewhere.pk, busy.truck_id, INSIDE, "")
    retired.truck.retired_at = INSIDE
    retired.truck.save()
    shut.account.is_active = False
    shut.account.save()
    close_slot(world.slots[2].pk)
    draw_ballot(world.ballot.pk, CLOSES)
    left_out = {each["number"]: each["why"] for each in ballot_file(world.ballot.pk)["list"]["left_out"]}
    assert left_out == {
        busy.number: "truck_busy",
        retired.number: "truck_unknown",
        shut.number: "account_closed",
        closed.number: "slot_closed",
    }
    assert outcomes(world) == dict.fromkeys(left_out, Outcome.INELIGIBLE) | {good.number: Outcome.PLACED}


def test_a_truck_that_missed_its_bookings_is_left_out(world: BallotWorld) -> None:
    entry = world.enter(0)
    slot = make_slot(make_checkpoint(), OPENS - timedelta(days=3))
    make_quota(slot, "slot", 9)
    for _ in range(2):
        missed = book(entry.account, slot.pk, entry.truck_id, OPENS - timedelta(days=4), "")
        missed.state, missed.strike, missed.ended_at = State.NO_SHOW, 2, OPENS - timedelta(days=2)
        missed.save()
    draw_ballot(world.ballot.pk, CLOSES)
    entry.refresh_from_db()
    assert (entry.outcome, entry.why) == (Outcome.INELIGIBLE, "truck_limited")


def test_a_slot_that_is_closed_before_the_draw_and_opened_again_is_in_it(world: BallotWorld) -> None:
    close_slot(world.slots[0].pk)
    assert open_slot(world.slots[0].pk).state == Slot.SlotState.BALLOT
    draw_ballot(world.ballot.pk, CLOSES)
    close_slot(world.slots[0].pk)
    assert open_slot(world.slots[0].pk).state == Slot.SlotState.OPEN


# Caps and weights -------------------------------------------------------------------------------------------


def test_a_carrier_gets_its_cap_of_an_hour_however_many_trucks_it_enters() -> None:
    world = make_ballot_world(slots=1, capacity=10, carrier_share=0.2, slot_capacity=5)
    farm = make_carrier(verified=True)
    for _ in range(12):
        world.enter(0, carrier=farm, joins_list=False)
    others = [world.enter(0) for _ in range(3)]
    draw_ballot(world.ballot.pk, CLOSES)
    assert Booking.objects.filter(carrier=farm).count() == 2
    assert all(outcomes(world)[other.number] == Outcome.PLACED for other in others)
    assert_counts_are_right()


def test_all_unverified_carriers_together_get_their_share_of_an_hour() -> None:
    world = make_ballot_world(slots=1, capacity=10, unverified_share=0.2, slot_capacity=5)
    for _ in range(8):
        world.enter(0, carrier=make_carrier(), joins_list=False)
    verified = world.enter(0)
    draw_ballot(world.ballot.pk, CLOSES)
    assert Booking.objects.filter(carrier__verified_at=None).count() == 2
    assert outcomes(world)[verified.number] == Outcome.PLACED


def test_losers_have_more_tickets_until_they_get_a_place(world: BallotWorld) -> None:
    loser = world.enter(0)
    ballot = world.ballot
    _lost_twice(world, loser)
    newcomer = world.enter(0)
    draw_ballot(ballot.pk, CLOSES)
    told = {each["number"]: each for each in ballot_file(ballot.pk)["list"]["entries"]}
    first = next(number for number in told if number != newcomer.number)
    assert (told[first]["lost_before"], told[first]["weight"]) == (2, 3)
    assert (told[newcomer.number]["lost_before"], told[newcomer.number]["weight"]) == (0, 1)


def test_a_carrier_that_is_not_verified_collects_no_tickets(world: BallotWorld) -> None:
    loser = world.enter(0, carrier=make_carrier())
    ballot = world.ballot
    _lost_twice(world, loser)
    draw_ballot(ballot.pk, CLOSES)
    (told,) = ballot_file(ballot.pk)["list"]["entries"]
    assert (told["verified"], told["lost_before"], told["weight"]) == ("no", 0, 1)


def _lost_twice(world: BallotWorld, loser: BallotEntry) -> None:
    """The truck lost the ballots of the two days before."""
    for days in (1, 2):
        earlier = Ballot.objects.create(
            checkpoint=world.checkpoint,
            direction="outbound",
            day=DAY - timedelta(days=days),
            opens_at=OPENS - timedelta(days=days),
            closes_at=CLOSES - timedelta(days=days),
            closed_at=CLOSES - timedelta(days=days),
            reveal_until=CLOSES - timedelta(days=days),
            drawn_at=CLOSES - timedelta(days=days),
            commitment="",
            seed="",
            state=Ballot.BallotState.DRAWN,
            document={},
            made_at=OPENS,
        )
        loser.pk, loser.number, loser.ballot, loser.outcome = None, f"LT-{days}", earlier, Outcome.UNPLACED
        loser.save(force_insert=True)


def test_priority_is_an_officers_to_give_and_its_use_is_published() -> None:
    world = make_ballot_world(slots=1, capacity=2)
    make_quota(world.slots[0], "share", 1, share="priority")
    make_quota(world.slots[0], "share", 1, share="booked")
    officer = make_account(None)
    Grant.objects.create(account=officer, checkpoint=world.checkpoint, role="officer", given_at=OPENS)
    others = [world.enter(0, joins_list=False) for _ in range(4)]
    entry = world.enter(0, vehicle_class="livestock")
    with refused("not_allowed"):
        grant_entry_priority(entry.account, entry.number, "livestock", "", INSIDE)
    grant_entry_priority(officer, entry.number, "livestock", "Calves", INSIDE)
    draw_ballot(world.ballot.pk, CLOSES)
    entry.refresh_from_db()
    use = PriorityUse.objects.get()
    assert (use.booking, use.officer, use.reason, use.at) == (entry.booking, officer, "livestock", CLOSES)
    assert sum(outcomes(world)[other.number] == Outcome.PLACED for other in others) == 1
