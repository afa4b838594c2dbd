"""Driving and rest times: worked cases, and what holds for every day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.callup.rest import LENGTHS, Tachograph, verdict

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SIX = NOON - timedelta(hours=6)
WEEK_AGO = NOON - timedelta(hours=143.9)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("known", "drive", "fits", "kind", "departs"),
    [
        # 4 h 10 driven: 20 minutes fit, 21 do not; then 45 minutes.
        (Tachograph(hours(4 + 1 / 6), hours(5), SIX), 20, True, "daily", 0),
        (Tachograph(hours(4 + 1 / 6), hours(5), SIX), 21, False, "break", 45),
        # The 15 minutes are taken: 30 complete the break; 10 of them have passed.
        (
            Tachograph(hours(4.5), hours(5), SIX, standing_since=NOON - hours(1 / 6), break_begun=True),
            10,
            False,
            "second_break",
            20,
        ),
        # Standing for an hour was break enough.
        (Tachograph(hours(4.5), hours(5), SIX, standing_since=NOON - hours(1)), 30, True, "daily", 0),
        # Nine hours driven: the day is over, also with a fresh break; a tenth hour where one is left.
        (Tachograph(hours(1), hours(9), SIX), 10, False, "daily", 11 * 60),
        (Tachograph(hours(1), hours(9), SIX, long_days_left=1), 10, True, "daily", 0),
        (Tachograph(hours(1), hours(9), SIX, reduced_left=1), 10, False, "daily_reduced", 9 * 60),
        # The day began 12 h 50 ago: the rest of 11 h must begin in 10 minutes.
        (Tachograph(hours(1), hours(5), NOON - hours(12 + 5 / 6)), 10, True, "daily", 0),
        (Tachograph(hours(1), hours(5), NOON - hours(12 + 5 / 6)), 11, False, "daily", 11 * 60),
        # Two drivers have 30 hours, and rest 9.
        (Tachograph(hours(1), hours(5), NOON - hours(20), is_team=True), 30, True, "daily_reduced", 0),
        # Six days after the last weekly rest.
        (
            Tachograph(hours(1), hours(2), SIX, week_began=WEEK_AGO),
            10,
            False,
            "weekly_reduced",
            1440,
        ),
        (
            Tachograph(hours(1), hours(2), SIX, week_began=WEEK_AGO, owes_whole_week=True),
            10,
            False,
            "weekly",
            45 * 60,
        ),
    ],
)
def test_worked_cases(known: Tachograph, drive: float, fits: bool, kind: str, departs: float) -> None:
    found = verdict(known, timedelta(minutes=drive), NOON)
    assert found.fits is fits
    assert found.rest is not None
    assert found.rest.kind == kind
    assert found.departs_at == NOON + timedelta(minutes=departs)
    assert "Art." in found.rest.article


minutes = st.integers(0, 600).map(lambda value: timedelta(minutes=value))
days = st.builds(
    Tachograph,
    driven=minutes,
    driven_today=minutes,
    day_began=st.integers(0, 30 * 60).map(lambda value: NOON - timedelta(minutes=value)),
    week_began=st.none() | st.integers(0, 200).map(lambda value: NOON - timedelta(hours=value)),
    standing_since=st.none() | st.integers(0, 900).map(lambda value: NOON - timedelta(minutes=value)),
    break_begun=st.booleans(),
    long_days_left=st.integers(0, 2),
    reduced_left=st.integers(0, 3),
    owes_whole_week=st.booleans(),
    is_team=st.booleans(),
)


@given(days, minutes, minutes)
def test_a_longer_drive_never_departs_earlier(known: Tachograph, one: timedelta, more: timedelta) -> None:
    short, long = verdict(known, one, NOON), verdict(known, one + more, NOON)
    assert NOON <= short.departs_at <= long.departs_at
    assert short.fits or not long.fits


@given(days, minutes)
def test_who_may_not_drive_has_rested_by_the_departure(known: Tachograph, drive: timedelta) -> None:
    found = verdict(known, drive, NOON)
    if not found.fits:
        assert found.rest is not None
        assert found.rest.ends_at == found.departs_at
        assert found.rest.ends_at - found.rest.starts_at == LENGTHS[found.rest.kind]
