"""The order of turns: shares, priority, those who missed a call, and a reason for everyone passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greenlane.callup.passed_over import REASONS, passed_over
from greenlane.callup.policy import RecentCalls, ReleaseRules, Waiting, in_turn, rank, turns
from greenlane.callup.waiting import BOOKED, HAND, LIVE, PRIORITY, Turn, behind_after

NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
RULES = ReleaseRules(
    inside_limit=10,
    late=timedelta(minutes=30),
    lead=timedelta(minutes=5),
    live_share=0.2,
    priority_share=0.1,
)


def clock(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def booked(passage: int, slot: float = 0, arrived: float = -60, **more: Any) -> Waiting:
    return Waiting(passage, clock(arrived), passage, clock(slot), clock(slot + 30), **more)


def live(passage: int, joined: float, **more: Any) -> Waiting:
    return Waiting(passage, clock(joined), ticket=passage, joined_at=clock(joined), **more)


def order(*trucks: Waiting, recent: RecentCalls = RecentCalls()) -> list[int]:
    return [truck.passage for truck in turns(trucks, RULES, NINE, recent)]


def test_a_ticket_counts_from_its_joining_not_from_the_arrival() -> None:
    early = replace(live(1, -10), joined_at=clock(-200))
    assert order(early, live(2, -100)) == [1, 2]


def test_within_a_slot_its_priority_share_goes_first() -> None:
    assert order(booked(1, arrived=-90), booked(2, arrived=-10, in_priority_share=True)) == [2, 1]
    assert order(booked(1, slot=-30), booked(2, in_priority_share=True)) == [1, 2]


def test_priority_goes_first_as_long_as_its_share_lasts() -> None:
    trucks = [live(number, -number) for number in range(1, 4)]
    urgent = [live(number, 0, has_priority=True) for number in (11, 12)]
    recent = RecentCalls(booked=9)
    found = in_turn([*trucks, *urgent], RULES, NINE, recent)
    assert [(turn.truck.passage, turn.by) for turn in found[:2]] == [(11, PRIORITY), (3, LIVE)]
    assert order(*trucks, *urgent, recent=RecentCalls(booked=9, priority=1))[0] == 3


def test_a_missed_call_costs_the_next_few_turns() -> None:
    others = [booked(number, arrived=-60 + number) for number in range(1, 8)]
    missed = booked(9, slot=-30, missed=1, missed_at=NINE, behind=behind_after(1, 0, 3))
    assert order(*others, missed).index(9) == 3
    paid = replace(missed, behind=behind_after(1, 3, 3))
    assert order(*others, paid)[0] == 9
    assert order(missed) == [9]


def test_two_missed_calls_send_a_truck_to_the_end() -> None:
    others = [booked(number, arrived=-60 + number) for number in range(1, 4)]
    assert order(*others, booked(9, slot=-30, missed=2, missed_at=NINE))[-1] == 9
    assert order(live(1, -10), live(2, -90, missed=2, missed_at=clock(-5))) == [1, 2]


def test_rest_and_papers_keep_the_place() -> None:
    resting = booked(1, rest=(clock(-10), clock(35)))
    assert order(resting, booked(2, lacks_papers=True), booked(3)) == [3]
    later = [truck.passage for truck in turns([resting, booked(3)], RULES, clock(35))]
    assert later == [1, 3]


def test_a_call_by_hand_names_those_who_would_have_been_next() -> None:
    trucks = [booked(1), booked(2, arrived=-50), live(3, -10)]
    (told,) = passed_over([Turn(trucks[1], HAND)], trucks, RULES, NINE)
    assert [(one.passage, one.reason) for one in told] == [(1, "hand"), (3, "hand")]


minutes = st.integers(-300, 60)
trucks_of_a_park = st.lists(
    st.fixed_dictionaries(
        {
            "is_live": st.booleans(),
            "slot": minutes,
            "came": st.integers(-300, 0),
            "missed": st.sampled_from((0, 0, 0, 1, 2)),
            "since": st.integers(0, 8),
            "rest": st.sampled_from((None, None, (-30, 15), (8, 53), (-90, -45))),
            "papers": st.sampled_from((False, False, False, True)),
            "priority": st.sampled_from((False, False, True)),
            "travel": st.sampled_from((0, 15)),
        }
    ),
    max_size=25,
)
recent_calls = st.builds(RecentCalls, st.integers(0, 30), st.integers(0, 10), st.integers(0, 5))
rules_of_a_line = st.builds(
    lambda share, priority: replace(RULES, live_share=share, priority_share=priority),
    st.floats(0, 0.5),
    st.floats(0, 0.5),
)


def park(described: list[dict[str, Any]]) -> list[Waiting]:
    trucks = []
    for number, one in enumerate(described, start=1):
        common = {
            "missed": one["missed"],
            "missed_at": clock(-20) if one["missed"] else None,
            "behind": behind_after(one["missed"], one["since"], 5),
            "rest": tuple(clock(edge) for edge in one["rest"]) if one["rest"] else None,
            "lacks_papers": one["papers"],
            "travel": timedelta(minutes=one["travel"]),
        }
        if one["is_live"]:
            trucks.append(live(number, one["came"], has_priority=one["priority"], **common))
        else:
            trucks.append(
                booked(number, one["slot"], one["came"], in_priority_share=one["priority"], **common)
            )
    return trucks


@given(trucks_of_a_park, recent_calls, rules_of_a_line, st.randoms(use_true_random=False))
def test_the_order_is_one_whatever_the_order_of_asking(
    described: list[dict[str, Any]], recent: RecentCalls, rules: ReleaseRules, chance: Any
) -> None:
    trucks = park(described)
    found = in_turn(trucks, rules, NINE, recent)
    chance.shuffle(trucks)
    assert in_turn(trucks, rules, NINE, recent) == found
    assert len({turn.truck.passage for turn in found}) == len(found)


@given(trucks_of_a_park, recent_calls, rules_of_a_line, st.integers(0, 25))
def test_everyone_passed_over_has_a_reason(
    described: list[dict[str, Any]], recent: RecentCalls, rules: ReleaseRules, number: int
) -> None:
    trucks = park(described)
    called = in_turn(trucks, rules, NINE, recent)[:number]
    told = passed_over(called, trucks, rules, NINE)
    for place, (turn, over) in enumerate(zip(called, told, strict=True)):
        assert all(one.reason in REASONS for one in over)
        before = {other.truck.passage for other in called[: place + 1]}
        assert not before & {one.passage for one in over}
        if turn.by in (BOOKED, LIVE):
            better = {
                truck.passage
                for truck in trucks
                if (truck.booking is None) == (turn.truck.booking is None)
                and rank(truck, rules) < rank(turn.truck, rules)
            }
            assert better - before <= {one.passage for one in over}


@given(trucks_of_a_park, rules_of_a_line)
def test_who_missed_once_waits_for_no_more_than_the_next_few(
    described: list[dict[str, Any]], rules: ReleaseRules
) -> None:
    trucks = park(described)
    with_debt = [turn.truck for turn in in_turn(trucks, rules, NINE)]
    without = [truck.passage for truck in turns([replace(truck, behind=0) for truck in trucks], rules, NINE)]
    for place, truck in enumerate(with_debt):
        if truck.missed == 1:
            others = sum(each.behind > 0 for each in with_debt)
            assert place >= min(truck.behind, len(with_debt) - others)
            assert place <= max(truck.behind, without.index(truck.passage)) + others


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.05, 0.5))
def test_neither_queue_starves(booked_count: int, live_count: int, share: float) -> None:
    """While both wait, the live queue's part of the calls is its share, within one truck."""
    trucks = [booked(number, arrived=-number) for number in range(1, booked_count + 1)]
    trucks += [live(1000 + number, -number) for number in range(1, live_count + 1)]
    found = in_turn(trucks, replace(RULES, live_share=share), NINE)
    of_live, of_booked = 0, 0
    for turn in found:
        of_live, of_booked = of_live + (turn.by == LIVE), of_booked + (turn.by == BOOKED)
        if of_live < live_count and of_booked < booked_count:
            assert abs(of_live - share * (of_live + of_booked)) <= 1
    assert len(found) == booked_count + live_count
