"""A ballot when many come at once: one entry a truck, one draw, no wish that is taken and then forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from ballots_world import CLOSES, INSIDE, BallotWorld, make_ballot_world
from django.db import connection, transaction
from places_world import assert_counts_are_right, make_carrier, make_truck

from greenlane.booking.commands import Wish, draw_ballot, enter_ballot
from greenlane.booking.models import Ballot, BallotEntry, Booking
from greenlane.booking.queries import ballot_file
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Truck

pytestmark = [pytest.mark.db, pytest.mark.slow]

THREADS = 8
Result = TypeVar("Result")


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result | str]:
    """Run each on a connection of its own; a refusal counts as its code."""

    def run(call: Callable[[], Result]) -> Result | str:
        try:
            return call()
        except GreenlaneError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, calls))


@transaction.atomic
def world_of(trucks: int) -> tuple[BallotWorld, list[tuple[Account, Truck]]]:
    world = make_ballot_world(slots=2, capacity=3)
    carriers = [make_carrier(verified=True) for _ in range(trucks)]
    return world, [(world.person(carrier), make_truck(carrier)) for carrier in carriers]


def test_one_truck_entered_many_times_at_once_is_entered_once(committed: str) -> None:
    world, ((account, truck),) = world_of(1)
    ballot, slots = world.ballot.pk, [slot.pk for slot in world.slots]
    made = at_once(
        [lambda: enter_ballot(account, ballot, truck.pk, Wish(slots), INSIDE).number] * (THREADS * 2)
    )
    assert set(made) == {BallotEntry.objects.get().number}


def test_whoever_is_told_that_it_entered_is_in_the_draw(committed: str) -> None:
    """Entries and two workers that draw, all at once: each entry is in the list or was refused."""
    world, people = world_of(40)
    ballot, slot = world.ballot.pk, world.slots[0].pk

    def enter(account: Account, truck: Truck) -> Callable[[], str]:
        at = CLOSES - timedelta(microseconds=1)
        return lambda: enter_ballot(account, ballot, truck.pk, Wish([slot]), at).number

    def draw() -> str:
        return str(draw_ballot(ballot, CLOSES).state)

    calls: list[Callable[[], str]] = [enter(account, truck) for account, truck in people]
    calls[12:12] = [draw, draw]
    told = at_once(calls)
    numbers = {answer for answer in told if answer.startswith("LT-")}
    assert {answer for answer in told if not answer.startswith("LT-")} <= {
        "ballot_not_open",
        Ballot.BallotState.DRAWN,
    }
    listed = {each["number"] for each in ballot_file(ballot)["list"]["entries"]}
    assert listed == numbers
    assert Booking.objects.count() == min(3, len(numbers))
    assert_counts_are_right()
