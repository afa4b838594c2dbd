"""The draw: exactly as probable as its rule says, never over a limit, blind to speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import permutations

import msgspec
import pytest
from ballot_lists import closed_list, entry, lists, seed_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from greenlane.booking.ballot.document import EntryList, Limit
from greenlane.booking.ballot.draw import Turn, draw, in_order
from greenlane.booking.ballot.weights import MOST_LOST, lost_in_a_row, weight_of

DRAWS = 4000
SURE = 0.9999
"""A right draw passes so surely; a wrong one is far off. The seeds are fixed, and so is the verdict."""


def order_probability(order: Sequence[int], weights: Sequence[int]) -> Fraction:
    """Of an order in weighted sampling without replacement, exactly."""
    left, probability = sum(weights), Fraction(1)
    for place in order:
        probability *= Fraction(weights[place], left)
        left -= weights[place]
    return probability


def assert_as_probable(counts: Counter[object], expected: dict[object, Fraction]) -> None:
    """A chi-square test against exact probabilities, over outcomes of which every one is possible."""
    assert sum(expected.values()) == 1
    assert set(counts) <= set(expected)
    draws = sum(counts.values())
    distance = sum(
        (counts[outcome] - float(p) * draws) ** 2 / (float(p) * draws) for outcome, p in expected.items()
    )
    assert distance < chi2.ppf(SURE, len(expected) - 1)


@pytest.mark.parametrize("lost", [(0, 0, 0, 0), (0, 0, 1, 3), (0, 2, 2, 3)], ids=str)
def test_every_order_is_as_probable_as_its_tickets_say(lost: tuple[int, ...]) -> None:
    """All 24 orders of four entries, against exact probabilities."""
    entries = [entry(f"LT-{place}", [1], each) for place, each in enumerate(lost)]
    closed = closed_list(entries, [Limit("slot-1", "slot", 4)], {1: ["slot-1"]})
    counts: Counter[object] = Counter(
        tuple(int(each.number[-1]) for _, each in in_order(closed, seed_of(draw_number)))
        for draw_number in range(DRAWS)
    )
    weights = [weight_of(each) for each in lost]
    expected: dict[object, Fraction] = {
        order: order_probability(order, weights) for order in permutations(range(4))
    }
    assert_as_probable(counts, expected)


def serve(order: Sequence[int], wishes: Sequence[Sequence[int]], carriers: Sequence[str]) -> tuple[int, ...]:
    """By hand: two slots of one place each, and one place for each carrier; 0 is no place."""
    left, used, got = {1: 1, 2: 1}, set(), [0] * len(wishes)
    for place in order:
        for slot in wishes[place]:
            if left[slot] and carriers[place] not in used and not got[place]:
                left[slot] -= 1
                used.add(carriers[place])
                got[place] = slot
    return tuple(got)


def test_places_under_caps_are_as_probable_as_enumeration_says() -> None:
    """Scarce slots, a carrier with two trucks and unequal tickets, enumerated over all orders."""
    wishes, lost, carriers = [(1,), (1, 2), (2, 1), (1,)], (0, 0, 1, 2), ("A", "A", "B", "C")
    entries = [entry(f"LT-{n}", wish, lost[n], carrier=carriers[n]) for n, wish in enumerate(wishes)]
    limits = [
        Limit("slot-1", "slot", 1),
        Limit("slot-2", "slot", 1),
        Limit("each", "carrier", 1, each_carrier=True),
    ]
    closed = closed_list(entries, limits, {1: ["slot-1", "each"], 2: ["slot-2", "each"]})
    counts: Counter[object] = Counter()
    for number in range(DRAWS):
        got = {turn.number: turn.slot or 0 for turn in draw(closed, seed_of(number))}
        counts[tuple(got[each.number] for each in entries)] += 1
    expected: dict[object, Fraction] = {}
    weights = [weight_of(each) for each in lost]
    for order in permutations(range(4)):
        outcome = serve(order, wishes, carriers)
        expected[outcome] = expected.get(outcome, Fraction(0)) + order_probability(order, weights)
    assert_as_probable(counts, expected)


def test_a_carrier_with_a_hundred_entries_gets_no_more_than_its_cap() -> None:
    farm = [entry(f"LT-A{n:03}", [1], carrier="farm") for n in range(100)]
    people = [entry(f"LT-B{n}", [1]) for n in range(5)]
    limits = [Limit("slot-1", "slot", 4), Limit("each", "carrier", 1, each_carrier=True)]
    turns = draw(closed_list(farm + people, limits, {1: ["slot-1", "each"]}), seed_of(1))
    placed = [turn.number for turn in turns if turn.slot]
    assert len(placed) == 4
    assert sum(number.startswith("LT-A") for number in placed) <= 1


def test_all_unverified_carriers_together_get_no_more_than_their_pool() -> None:
    farm = [entry(f"LT-A{n:03}", [1], verified="no") for n in range(100)]
    people = [entry(f"LT-B{n}", [1]) for n in range(2)]
    limits = [Limit("slot-1", "slot", 10), Limit("pool", "unverified", 3, verified="no")]
    turns = draw(closed_list(farm + people, limits, {1: ["slot-1", "pool"]}), seed_of(2))
    placed = [turn.number for turn in turns if turn.slot]
    assert sum(number.startswith("LT-A") for number in placed) == 3
    assert sum(number.startswith("LT-B") for number in placed) == 2


def test_only_priority_that_was_granted_tries_the_priority_share_and_it_tries_it_first() -> None:
    limits = [Limit("p", "share", 1, share="priority"), Limit("b", "share", 1, share="booked")]
    entries = [entry(f"LT-{n}", [1], share=share) for n, share in enumerate(("priority", "booked", "booked"))]
    turns = {turn.number: turn for turn in draw(closed_list(entries, limits, {1: ["p", "b"]}), seed_of(3))}
    assert (turns["LT-0"].slot, turns["LT-0"].share) == (1, "priority")
    assert sorted(turns[number].share for number in ("LT-1", "LT-2")) == ["", "booked"]


def meant_for(limit: Limit, turn: Turn, closed: EntryList) -> str | None:
    """The counter of a limit that a placed entry takes a place in, worked out anew; None where in none."""
    one = next(each for each in closed.entries if each.number == turn.number)
    fits = (
        limit.vehicle_class in ("", one.vehicle_class)
        and limit.share in ("", turn.share)
        and limit.park in ("", one.park)
        and limit.carrier in ("", one.carrier)
        and (limit.verified == "" or one.verified == "no")
    )
    return (one.carrier if limit.each_carrier else "") if fits else None


def counted(turns: Sequence[Turn], closed: EntryList) -> Counter[tuple[str, str]]:
    """Places taken by limit and counter."""
    under = {slot.id: slot.limits for slot in closed.slots}
    return Counter(
        (limit.id, counter)
        for turn in turns
        if turn.slot is not None
        for limit in closed.limits
        if limit.id in under[turn.slot] and (counter := meant_for(limit, turn, closed)) is not None
    )


@pytest.mark.slow
@given(lists(), st.integers(0, 1000))
def test_no_limit_is_oversold(closed: EntryList, seed: int) -> None:
    free = {limit.id: limit.free for limit in closed.limits}
    taken = counted(draw(closed, seed_of(seed)), closed)
    assert all(number <= free[limit] for (limit, _), number in taken.items())


@pytest.mark.slow
@given(lists(), st.integers(0, 1000))
def test_nobody_is_passed_over_who_could_have_been_served(closed: EntryList, seed: int) -> None:
    """Every wish better than the place got met a limit that was used up by earlier turns."""
    turns = draw(closed, seed_of(seed))
    free = {limit.id: limit.free for limit in closed.limits}
    under = {slot.id: slot.limits for slot in closed.slots}
    for place, turn in enumerate(turns):
        one = next(each for each in closed.entries if each.number == turn.number)
        before = counted(turns[:place], closed)
        tries = [
            (slot, share)
            for slot in one.slots
            for share in (("priority", "booked") if one.share == "priority" else ("booked",))
        ]
        better = tries[: tries.index((turn.slot, turn.share))] if turn.slot is not None else tries
        for slot, share in better:
            wished = Turn(turn.number, turn.key, slot, share)
            assert any(
                limit.id in under[slot]
                and (counter := meant_for(limit, wished, closed)) is not None
                and before[limit.id, counter] >= free[limit.id]
                for limit in closed.limits
            )


@pytest.mark.slow
@given(lists(), st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_in_which_wishes_came_changes_nothing(closed: EntryList, seed: int, random: object) -> None:
    mixed = list(closed.entries)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert draw(msgspec.structs.replace(closed, entries=mixed), seed_of(seed)) == draw(closed, seed_of(seed))


def test_a_place_by_whatever_way_ends_the_row_of_lost_ballots() -> None:
    newest = datetime(2026, 5, 10, tzinfo=UTC)
    drawn = [(newest - timedelta(days=days), False) for days in range(6)]
    assert lost_in_a_row(drawn, None) == MOST_LOST
    assert lost_in_a_row([(at, days == 2) for days, (at, _) in enumerate(drawn)], None) == 2
    assert lost_in_a_row(drawn, newest - timedelta(hours=30)) == 2
    assert lost_in_a_row(drawn, newest) == 0
    assert [weight_of(lost) for lost in range(6)] == [1, 2, 3, 4, 4, 4]
