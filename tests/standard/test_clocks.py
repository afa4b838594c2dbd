"""Clocks against timelines worked by hand; docs/reference/clocks.md shows the same cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timelines import DAY, clock, clocks_of, passage

from greenlane.standard.clocks import Clock, measure
from greenlane.standard.outcomes import Measured, Missing, Reason
from greenlane.standard.timeline import PassageTimes, StageVisit, TimelineError


def is_(reason: Reason, at_least: float | None = None) -> Missing:
    return Missing(reason, at_least)


WORKED = {
    "on time": (
        passage(slot="10:00", arrival="10:05", entry="10:12", exit="10:21", stages="border 10:13-10:20"),
        {"early_wait": 0, "outside": 420, "inside": 540, "touch": 420, "idle": 120},
    ),
    "came early, let in after the slot began": (
        passage(slot="10:00", arrival="08:30", entry="10:04", exit="10:14"),
        {"early_wait": 5400, "outside": 240, "inside": 600},
    ),
    "came early, let in before the slot began": (
        passage(slot="10:00", arrival="09:00", entry="09:30", exit="09:38"),
        {"early_wait": 1800, "outside": 0, "inside": 480},
    ),
    "came late": (
        passage(slot="10:00", arrival="11:15", entry="11:20", exit="11:31"),
        {"early_wait": 0, "outside": 300, "inside": 660},
    ),
    "live queue, no slot": (
        passage(arrival="07:00", entry="12:00", exit="12:09"),
        {"early_wait": Reason.NO_SLOT, "access": Reason.NO_SLOT, "outside": 18_000, "inside": 540},
    ),
    "lined up before the park": (
        passage(slot="10:00", arrival="10:40", entry="10:50", exit="10:58", queue_end_at=clock("10:10")),
        {"early_wait": 0, "outside": 2400, "inside": 480},
    ),
    "overlapping stages count once": (
        passage(
            arrival="09:00",
            entry="09:10",
            exit="09:30",
            stages="border 09:11-09:15, customs 09:13-09:20, veterinary 09:14-09:16, exit 09:28-09:29",
        ),
        {"inside": 1200, "touch": 600, "idle": 600, "customs": 420, "veterinary": 120, "exit": 60},
    ),
    "the same stage twice": (
        passage(
            entry="09:00", exit="09:20", stages="customs 09:01-09:05, xray 09:06-09:09, customs 09:10-09:12"
        ),
        {"customs": 360, "xray": 180, "touch": 540, "idle": 660},
    ),
    "stage without an end": (
        passage(entry="09:00", exit="09:20", stages="border 09:01-09:05, customs 09:06-"),
        {
            "inside": 1200,
            "border": 240,
            "customs": is_(Reason.STAGE_MISSING, 0),
            "touch": is_(Reason.STAGE_MISSING, 240),
            "idle": Reason.STAGE_MISSING,
        },
    ),
    "no stage was read": (
        passage(entry="09:00", exit="09:08"),
        {"inside": 480, "touch": is_(Reason.STAGE_MISSING, 0), "idle": Reason.STAGE_MISSING},
    ),
    "stage ends before it starts": (
        passage(entry="09:00", exit="09:20", stages="customs 09:06-09:04"),
        {"inside": 1200, "customs": is_(Reason.INVALID_CLOCK, 0), "touch": Reason.INVALID_CLOCK},
    ),
    "stage some seconds outside the barriers is cut": (
        passage(entry="09:00:10", exit="09:08", stages="entry 09:00-09:01, exit 09:07-09:08:05"),
        {"inside": 470, "touch": 110, "idle": 360},
    ),
    "stage long before the entry is impossible": (
        passage(entry="09:10", exit="09:20", stages="border 09:05-09:12"),
        {"inside": 600, "border": is_(Reason.INVALID_CLOCK, 0), "touch": Reason.INVALID_CLOCK},
    ),
    "exit before entry": (
        passage(arrival="08:50", entry="09:10", exit="09:05", stages="border 09:06-09:07"),
        {"outside": 1200, "inside": Reason.INVALID_CLOCK, "touch": Reason.INVALID_CLOCK},
    ),
    "nineteen seconds inside": (
        passage(entry="09:00:00", exit="09:00:19"),
        {"inside": Reason.INVALID_CLOCK},
    ),
    "twenty seconds inside": (passage(entry="09:00:00", exit="09:00:20"), {"inside": 20}),
    "a barrier's clock was wrong": (
        passage(arrival="08:50", entry="09:00", exit="09:08", skew_s=15.1),
        {"inside": Reason.INVALID_CLOCK, "outside": Reason.INVALID_CLOCK},
    ),
    "a barrier's clock was a little off": (
        passage(arrival="08:50", entry="09:00", exit="09:08", skew_s=15.0),
        {"inside": 480, "outside": 600},
    ),
    "entry before arrival": (
        passage(arrival="09:10", entry="09:05", exit="09:15"),
        {"outside": Reason.INVALID_CLOCK, "inside": 600},
    ),
    "arrival not read": (
        passage(slot="09:00", entry="09:05", exit="09:15"),
        {"outside": Reason.ARRIVAL_MISSING, "early_wait": Reason.ARRIVAL_MISSING, "inside": 600},
    ),
    "entry not read": (
        passage(slot="10:00", arrival="08:50", exit="09:40", stages="border 09:05-09:10"),
        {
            "outside": Reason.ENTRY_MISSING,
            "early_wait": Reason.ENTRY_MISSING,
            "inside": is_(Reason.ENTRY_MISSING, 2100),
            "touch": is_(Reason.ENTRY_MISSING, 300),
        },
    ),
    "only the exit was read": (passage(exit="09:40"), {"inside": is_(Reason.ENTRY_MISSING, 0)}),
    "driver rested inside: stays in": (
        passage(entry="09:00", exit="+1 11:00", flags=frozenset({"rest"})),
        {"inside": 93_600},
    ),
    "no partner": (passage(arrival="09:00", entry="09:10", exit="09:18"), {"two_sided": Reason.NO_PARTNER}),
    "both sides measured": (
        passage(
            arrival="09:00", entry="09:10", exit="09:18", has_partner=True, partner_exit_at=clock("10:30")
        ),
        {"two_sided": 5400},
    ),
    "partner saw it leave before we did": (
        passage(
            arrival="09:00", entry="09:10", exit="09:18", has_partner=True, partner_exit_at=clock("09:15")
        ),
        {"two_sided": Reason.INVALID_CLOCK},
    ),
    "asked for nine, got noon": (
        passage(slot="12:00", asked_at=clock("09:00"), entry="12:00", exit="12:05"),
        {"access": 10_800},
    ),
    "got an earlier slot than asked for": (
        passage(slot="08:00", asked_at=clock("09:00")),
        {"access": 0},
    ),
    "asked-for time not known": (passage(slot="08:00"), {"access": Reason.NOT_ASKED}),
    "turned away before the barrier": (
        passage(slot="10:00", arrival="09:00", flags=frozenset({"turned_away"})),
        dict.fromkeys(("early_wait", "outside", "inside", "touch", "idle"), Reason.TURNED_AWAY),
    ),
}

LIVE = {
    "waits early": (
        passage(slot="10:00", arrival="09:00"),
        "09:20",
        {
            "early_wait": is_(Reason.OPEN, 1200),
            "outside": is_(Reason.OPEN, 0),
            "inside": is_(Reason.NOT_ENTERED),
            "touch": is_(Reason.NOT_ENTERED),
        },
    ),
    "waits outside": (
        passage(slot="10:00", arrival="09:00"),
        "10:15",
        {"early_wait": 3600, "outside": is_(Reason.OPEN, 900), "inside": is_(Reason.NOT_ENTERED)},
    ),
    "not arrived yet": (
        passage(slot="10:00"),
        "09:00",
        {"early_wait": is_(Reason.NOT_ENTERED), "outside": is_(Reason.NOT_ENTERED)},
    ),
    "is at a stage": (
        passage(entry="09:00", stages="border 09:02-09:05, customs 09:06-"),
        "09:16",
        {
            "inside": is_(Reason.OPEN, 960),
            "border": 180,
            "customs": is_(Reason.OPEN, 600),
            "touch": is_(Reason.OPEN, 780),
            "idle": is_(Reason.OPEN, 180),
        },
    ),
    "went on from a stage whose end was not read": (
        passage(entry="09:00", stages="border 09:02-, customs 09:06-09:09"),
        "09:16",
        {
            "border": is_(Reason.STAGE_MISSING, 0),
            "customs": 180,
            "touch": is_(Reason.OPEN, 180),
            "idle": is_(Reason.OPEN),
        },
    ),
    "open for a day at most": (
        passage(entry="09:00", stages="border 09:02-09:05"),
        "+1 09:00",
        {"inside": is_(Reason.OPEN, 86_400)},
    ),
    "then its exit is missing": (
        passage(entry="09:00", stages="border 09:02-09:05"),
        "+1 09:00:01",
        {"inside": is_(Reason.EXIT_MISSING, 300), "touch": is_(Reason.EXIT_MISSING, 180)},
    ),
    "inside without an entry reading": (
        passage(stages="border 09:02-09:05"),
        "09:30",
        {"inside": is_(Reason.ENTRY_MISSING, 1680)},
    ),
    "on its way through the other side": (
        passage(arrival="09:00", entry="09:10", exit="09:18", has_partner=True),
        "10:00",
        {"two_sided": is_(Reason.OPEN, 3600)},
    ),
    "lost on the other side": (
        passage(arrival="09:00", entry="09:10", exit="09:18", has_partner=True),
        "+7 09:00:01",
        {"two_sided": is_(Reason.EXIT_MISSING, 1080)},
    ),
}


def assert_clocks(times: PassageTimes, at: str | None, expected: dict[str, object]) -> None:
    clocks = clocks_of(times, at)
    for name, wanted in expected.items():
        got: Clock = clocks.stages[name] if name in clocks.stages else getattr(clocks, name)
        if isinstance(wanted, Reason):
            assert isinstance(got, Missing), name
            assert got.reason is wanted, name
        else:
            assert got == (wanted if isinstance(wanted, Missing) else Measured(wanted)), name


@pytest.mark.parametrize("case", WORKED)
def test_worked_by_hand(case: str) -> None:
    times, expected = WORKED[case]
    assert_clocks(times, None, expected)


@pytest.mark.parametrize("case", LIVE)
def test_while_it_goes_on(case: str) -> None:
    times, at, expected = LIVE[case]
    assert_clocks(times, at, expected)


def test_a_missing_partner_is_said_not_left_blank() -> None:
    two_sided = clocks_of(passage(arrival="09:00", entry="09:10", exit="09:18")).two_sided
    assert isinstance(two_sided, Missing)
    assert two_sided.words == "not measured"


def test_a_time_without_zone_is_refused_by_name() -> None:
    with pytest.raises(TimelineError, match="entry_at: the time has no zone"):
        PassageTimes(entry_at=DAY.replace(tzinfo=None))
    with pytest.raises(TimelineError, match=r"visits\.customs\.out_at"):
        PassageTimes(visits=(StageVisit("customs", DAY, DAY.replace(tzinfo=None)),))


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(TimelineError, match="holiday is not a flag"):
        PassageTimes(flags=frozenset({"holiday"}))


seconds = st.integers(0, 20_000)


@st.composite
def whole_passages(draw: st.DrawFn) -> PassageTimes:
    """Every reading there, in order; stages anywhere inside, overlapping at will."""
    arrival = DAY + timedelta(seconds=draw(seconds))
    entry = arrival + timedelta(seconds=draw(seconds))
    stay = draw(st.integers(20, 20_000))
    spans = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["border", "customs", "xray"]), st.integers(0, stay), st.integers(0, stay)
            ),
            min_size=1,
            max_size=5,
        )
    )
    visits = tuple(
        StageVisit(stage, entry + timedelta(seconds=min(span)), entry + timedelta(seconds=max(span)))
        for stage, *span in spans
    )
    return PassageTimes(
        slot_start=draw(st.none() | st.builds(lambda s: DAY + timedelta(seconds=s), seconds)),
        park_in_at=arrival,
        entry_at=entry,
        exit_at=entry + timedelta(seconds=stay),
        visits=visits,
    )


def value(clock: Clock) -> float:
    assert isinstance(clock, Measured)
    return clock.seconds


@given(whole_passages())
def test_inside_is_touch_and_idle(times: PassageTimes) -> None:
    clocks = measure(times, at=DAY)
    assert value(clocks.inside) == value(clocks.touch) + value(clocks.idle)
    longest = max(value(stage) for stage in clocks.stages.values())
    assert longest <= value(clocks.touch) <= sum(value(stage) for stage in clocks.stages.values())


@given(whole_passages())
def test_no_wait_before_the_barrier_is_hidden(times: PassageTimes) -> None:
    """Early wait and outside together are all of the time from arrival to entry, wherever the slot lies."""
    clocks = measure(times, at=DAY)
    early = value(clocks.early_wait) if times.slot_start else 0.0
    assert times.entry_at is not None
    assert times.park_in_at is not None
    assert early + value(clocks.outside) == (times.entry_at - times.park_in_at).total_seconds()


@given(whole_passages(), st.integers(0, 40_000))
def test_what_is_certain_of_an_open_clock_never_exceeds_what_it_becomes(
    times: PassageTimes, wait: int
) -> None:
    assert times.entry_at is not None
    assert times.exit_at is not None
    at = min(times.entry_at + timedelta(seconds=wait), times.exit_at)
    known = tuple(
        replace(visit, out_at=visit.out_at if visit.out_at and visit.out_at <= at else None)
        for visit in times.visits
        if visit.in_at is not None and visit.in_at <= at
    )
    now = measure(replace(times, exit_at=None, visits=known), at=at)
    later = measure(times, at=at)
    assert isinstance(now.inside, Missing)
    assert isinstance(now.touch, Missing)
    assert (now.inside.at_least or 0) <= value(later.inside)
    assert (now.touch.at_least or 0) <= value(later.touch)
