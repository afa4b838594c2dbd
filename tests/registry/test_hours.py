"""Shifts in local time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.registry.hours import ALWAYS, Shift, is_open, is_open_throughout


def at(weekday: int, hour: int, minute: int = 0) -> datetime:
    """A local time in the week that begins on Monday 2 November 2026; the zone does not matter here."""
    return datetime(2026, 11, 2 + weekday, hour, minute, tzinfo=UTC)


def test_a_shift_includes_its_opening_and_excludes_its_closing() -> None:
    shift = Shift((0,), 360, 1320)
    assert [shift.covers(at(0, 5, 59)), shift.covers(at(0, 6)), shift.covers(at(0, 22))] == [
        False,
        True,
        False,
    ]
    assert not shift.covers(at(1, 12))


def test_a_shift_over_midnight_ends_on_the_next_day_also_from_sunday_to_monday() -> None:
    shift = Shift((6,), 1320, 1800)
    assert shift.covers(at(6, 23))
    assert shift.covers(at(0, 5, 59))
    assert not shift.covers(at(0, 6))


@pytest.mark.parametrize(
    ("shift", "opens", "closes"),
    [
        (Shift((0,), 360, 1320), "06:00", "22:00"),
        (Shift((0,), 1320, 1800), "22:00", "06:00"),
        (Shift((0,), 0, 1440), "00:00", "24:00"),
    ],
)
def test_opening_and_closing_as_text(shift: Shift, opens: str, closes: str) -> None:
    assert (shift.opens, shift.closes) == (opens, closes)


def test_a_whole_day_opens_and_closes_at_the_same_time_of_day() -> None:
    (shift,) = ALWAYS
    assert shift.opens_time == shift.closes_time == time(0)
    assert shift.minutes_per_week == 7 * 24 * 60


def test_two_shifts_that_meet_are_open_throughout() -> None:
    meeting = (Shift((0,), 360, 720), Shift((0,), 720, 1320))
    assert is_open_throughout(meeting, at(0, 11, 45), 30)
    assert not is_open_throughout(meeting, at(0, 21, 45), 30)
    assert is_open(meeting, at(0, 21, 59))


SHIFTS = st.builds(
    lambda days, opens, length: Shift(tuple(sorted(days)), opens, opens + length),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 95).map(lambda quarter: quarter * 15),
    st.integers(1, 96).map(lambda quarter: quarter * 15),
)
MINUTES = st.integers(0, 6 * 24 * 60)


@given(
    st.lists(SHIFTS, max_size=3), MINUTES, st.integers(1, 300), st.sampled_from(["Europe/Kyiv", "Asia/Chita"])
)
def test_open_throughout_is_open_at_each_true_minute(
    shifts: list[Shift], minute: int, length: int, zone: str
) -> None:
    # The clock goes back in Kyiv within these days.
    start = datetime(2026, 10, 21, tzinfo=UTC) + timedelta(minutes=minute)
    each = [(start + timedelta(minutes=step)).astimezone(ZoneInfo(zone)) for step in range(length)]
    assert is_open_throughout(shifts, each[0], length) == all(is_open(shifts, moment) for moment in each)
