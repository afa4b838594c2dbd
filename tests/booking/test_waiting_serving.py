"""The rule of serving, on values: in order, never more than there is, and nobody passed over without end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from greenlane.booking.waiting_list.groups import (
    Fit,
    FreedPlaces,
    Quota,
    Waiting,
    WaitingTruck,
    fit,
    in_order,
    needs,
)
from greenlane.booking.waiting_list.serving import Served, serve

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
KEPT_UNTIL = timedelta(hours=3)
CLASSES = ("laden", "livestock")


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def single(number: int, **of: object) -> Waiting:
    """A laden truck that came as the number says, and that any slot suits."""
    group = Waiting(
        number,
        1,
        NOW + timedelta(seconds=number),
        NOW,
        NOW + hours(99),
        number,
        "booked",
        (WaitingTruck("laden"),),
    )
    return replace(group, **of)


def slot(number: int, free: int, capacity: int = 9) -> FreedPlaces:
    """A slot that starts so many hours from now."""
    return FreedPlaces(number, NOW + hours(number), (Quota(number, capacity, free),))


def served(groups: list[Waiting], slots: list[FreedPlaces], limit: int = 2, at: datetime = NOW) -> Served:
    return serve(groups, slots, at, limit=limit, kept_until=KEPT_UNTIL)


def test_the_first_in_line_gets_the_earliest_slot_that_suits() -> None:
    groups = [single(2), single(1, earliest=NOW + hours(6)), single(3)]
    told = served(groups, [slot(5, 1), slot(7, 1)])
    assert [(offer.group, offer.slot) for offer in told.offers] == [(1, 7), (2, 5)]
    assert told.released == {5: (), 7: ()}


def test_a_slot_without_any_quota_takes_nobody() -> None:
    assert served([single(1)], [FreedPlaces(5, NOW + hours(5), ())]).offers == ()


def test_a_slot_that_has_begun_is_offered_to_nobody() -> None:
    assert served([single(1)], [slot(5, 1)], at=NOW + hours(5)).offers == ()


def test_a_convoy_is_passed_over_by_whoever_comes_later_and_by_everybody() -> None:
    convoy = single(1, trucks=(WaitingTruck("laden"),) * 3)
    told = served([convoy, single(2)], [slot(5, 2)])
    assert told.offers[0].passed == (1,)
    assert (told.released, told.kept) == ({5: (1,)}, {})
    assert served([convoy, single(2)], [slot(5, 1)]).released == {5: ()}, (
        "no place is left for any of its trucks"
    )


def test_a_truck_for_which_there_is_no_place_of_its_kind_is_not_passed_over() -> None:
    livestock = single(1, trucks=(WaitingTruck("livestock"),))
    quotas = (Quota(1, 9, 1), Quota(2, 2, 0, vehicle_class="livestock"))
    told = served([livestock, single(2)], [FreedPlaces(5, NOW + hours(5), quotas)], limit=0)
    assert [(offer.group, offer.passed) for offer in told.offers] == [(2, ())]


def test_a_convoy_that_a_slot_could_never_hold_keeps_nothing_there() -> None:
    convoy = single(1, trucks=(WaitingTruck("laden"),) * 3)
    told = served([convoy, single(2)], [slot(5, 1, capacity=2)], limit=0)
    assert (len(told.offers), told.kept) == (1, {})


def test_places_are_kept_until_shortly_before_the_slot() -> None:
    convoy = single(1, trucks=(WaitingTruck("laden"),) * 3)
    early = served([convoy, single(2)], [slot(5, 2)], limit=0, at=NOW + hours(2) - timedelta(minutes=1))
    late = served([convoy, single(2)], [slot(5, 2)], limit=0, at=NOW + hours(2))
    assert (early.offers, early.kept, early.released) == ((), {5: 1}, {})
    assert ([offer.group for offer in late.offers], late.kept, late.released) == ([2], {}, {5: ()})


def test_whoever_stands_before_a_group_for_which_places_are_kept_is_served_there() -> None:
    convoy = single(2, trucks=(WaitingTruck("laden"),) * 3, passed_over=9)
    told = served([convoy, single(1), single(3)], [slot(5, 2)])
    assert [offer.group for offer in told.offers] == [1]
    assert told.kept == {5: 2}


# Whatever the list and the places --------------------------------------------------------------------------

TRUCKS = st.builds(WaitingTruck, st.sampled_from(CLASSES), st.just(None))


@st.composite
def lists(draw: st.DrawFn) -> list[Waiting]:
    return [
        Waiting(
            number,
            draw(st.sampled_from([0, 1, 1, 1, 2, 3])),
            NOW + timedelta(seconds=draw(st.integers(0, 9))),
            NOW + hours(first),
            NOW + hours(first + draw(st.integers(0, 9))),
            draw(st.integers(1, 3)),
            "booked",
            tuple(draw(st.lists(TRUCKS, min_size=1, max_size=4))),
            passed_over=draw(st.integers(0, 2)),
            can_come=draw(st.sampled_from([True, True, True, False])),
            refused=draw(st.sampled_from([None, None, 5])),
        )
        for number in range(1, draw(st.integers(1, 9)))
        for first in [draw(st.integers(0, 9))]
    ]


@st.composite
def places(draw: st.DrawFn) -> list[FreedPlaces]:
    """Slots with own places, under one hour's quota, one class's and one carrier's."""
    wide = [
        Quota(100, 9, draw(st.integers(0, 6))),
        Quota(101, 9, draw(st.integers(0, 3)), vehicle_class="livestock"),
        Quota(102, 9, draw(st.integers(0, 2)), carrier=1),
    ]
    return [
        FreedPlaces(number, NOW + hours(number), (Quota(number, 9, draw(st.integers(0, 4))), *wide))
        for number in draw(st.sets(st.integers(1, 12), max_size=5))
    ]


@given(lists(), places(), st.integers(0, 3))
def test_what_is_served_is_there_in_order_and_leaves_nobody_out(
    groups: list[Waiting], slots: list[FreedPlaces], limit: int
) -> None:
    told = served(groups, slots, limit)
    by_id, slot_by_id = {group.id: group for group in groups}, {each.id: each for each in slots}
    free = {quota.id: quota.free for each in slots for quota in each.quotas}
    taken: Counter[int] = Counter()
    for offer in told.offers:
        taken += needs(by_id[offer.group], slot_by_id[offer.slot])
        assert by_id[offer.group].suits(slot_by_id[offer.slot])
        assert by_id[offer.group].can_come
    assert all(taken[quota] <= number for quota, number in free.items()), "no more than there is"
    assert taken == told.taken
    order = [group.id for group in in_order(groups)]
    assert [offer.group for offer in told.offers] == [
        each for each in order if each in {offer.group for offer in told.offers}
    ], "in the order of the list, each once"
    assert set(told.kept) | set(told.released) == set(slot_by_id)
    assert not set(told.kept) & set(told.released)
    left_out = [
        group for group in groups if group.can_come and group.id not in {o.group for o in told.offers}
    ]
    for group in left_out:
        for each in slots:
            if group.suits(each) and each.id not in told.kept:
                assert fit(group, each, taken) is not Fit.ALL, "what is released fits nobody who waits"


@given(lists(), places(), st.integers(0, 3))
def test_nobody_is_passed_over_more_often_than_the_limit(
    groups: list[Waiting], slots: list[FreedPlaces], limit: int
) -> None:
    told = served(groups, slots, limit)
    passed = Counter(group for offer in told.offers for group in offer.passed)
    passed.update(group for those in told.released.values() for group in those)
    by_id = {group.id: group for group in groups}
    for group, times in passed.items():
        assert by_id[group].passed_over + times <= limit
    order = {group.id: place for place, group in enumerate(in_order(groups))}
    for offer in told.offers:
        assert all(order[group] < order[offer.group] for group in offer.passed)


@given(lists(), places(), st.randoms(use_true_random=False))
def test_the_order_in_which_groups_and_slots_are_named_does_not_matter(
    groups: list[Waiting], slots: list[FreedPlaces], dice: object
) -> None:
    told = served(groups, slots)
    dice.shuffle(groups)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    dice.shuffle(slots)  # type: ignore[attr-defined]
    assert served(groups, slots) == told


@given(
    st.integers(2, 6),
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=200, max_size=200),
)
def test_a_convoy_is_served_after_so_many_others_however_many_come(
    trucks: int, limit: int, course: list[tuple[int, int]]
) -> None:
    """Singles keep coming behind it and places become free one by one in four slots: the bound of the rule.

    At most ``limit`` of those behind it are served, and it has its places once one slot has gathered them:
    after no more than ``limit`` places given away and ``trucks - 1`` gathered in each slot, and one more.
    """
    convoy = single(0, trucks=(WaitingTruck("laden"),) * trucks)
    free = dict.fromkeys((10, 11, 12, 13), 0)
    later: list[Waiting] = []
    overtaken = 0
    for freed, (which, newcomers) in enumerate(course, 1):
        later += [single(1 + 10 * freed + number) for number in range(newcomers)]
        free[10 + which] += 1
        told = served([convoy, *later], [slot(number, room) for number, room in free.items() if room], limit)
        for offer in told.offers:
            if offer.group == 0:
                assert overtaken <= limit
                assert freed <= limit + 4 * (trucks - 1) + 1
                return
            free[offer.slot] -= 1
            overtaken += 1
        passed = sum(0 in offer.passed for offer in told.offers) + sum(
            0 in those for those in told.released.values()
        )
        convoy = replace(convoy, passed_over=convoy.passed_over + passed)
        later = [group for group in later if group.id not in {offer.group for offer in told.offers}]
        for number in told.released:
            free[number] = 0  # Everybody may book there, and everybody does.
    raise AssertionError("the convoy starved")
