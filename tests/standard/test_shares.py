"""The headline: a share, its interval, the bounds of missing readings, and when the standard is kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.standard.shares import Share, Verdict, wilson

counts = st.integers(0, 2000)


@pytest.mark.parametrize(
    ("within", "n", "percent"), [(372, 400, (90.1, 95.1)), (46, 50, (81.2, 96.8)), (0, 10, (0.0, 27.8))]
)
def test_wilson_interval_is_the_published_one(within: int, n: int, percent: tuple[float, float]) -> None:
    interval = wilson(within, n)
    assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == percent


@pytest.mark.parametrize(("within", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_an_impossible_share_is_refused(within: int, n: int) -> None:
    with pytest.raises(ValueError, match="a share needs"):
        wilson(within, n)


def test_bounds_by_hand() -> None:
    """370 within, 20 over, 10 without a reading: 94.9 %, at worst 92.5 %, at best 95.0 %."""
    share = Share(600.0, 370, 20, 10)
    assert share.value == pytest.approx(370 / 390)
    assert (share.pessimistic, share.optimistic) == (0.925, 0.95)
    assert share.interval == wilson(370, 390)


@pytest.mark.parametrize(
    ("share", "promised", "verdict"),
    [
        (Share(600.0, 73, 0, 0), 0.95, Verdict.KEPT),  # 73 quick trucks are the fewest that show 95 %
        (Share(600.0, 72, 0, 0), 0.95, Verdict.NOT_SHOWN),
        (Share(600.0, 372, 28, 0), 0.90, Verdict.KEPT),  # lower bound 90.07 %
        (Share(600.0, 372, 28, 0), 0.91, Verdict.NOT_SHOWN),
        (Share(600.0, 372, 28, 0), 0.95, Verdict.NOT_SHOWN),  # upper bound 95.11 %
        (Share(600.0, 372, 28, 0), 0.96, Verdict.BROKEN),
        (Share(600.0, 372, 0, 28), 0.90, Verdict.KEPT),  # even if all 28 were over
        (Share(600.0, 372, 0, 28), 0.96, Verdict.NOT_SHOWN),  # they may all have been within
        (Share(600.0, 300, 50, 50), 0.95, Verdict.BROKEN),  # even if all 50 were within: 87.5 %
        (
            Share(600.0, 0, 1, 0),
            0.95,
            Verdict.NOT_SHOWN,
        ),  # the first truck of the day was slow: one in twenty is
        (Share(600.0, 0, 2, 0), 0.95, Verdict.BROKEN),  # both were: one in four hundred
        (Share(600.0, 2, 1, 0), 0.95, Verdict.NOT_SHOWN),  # as few of three: one in seven
        (Share(600.0, 0, 0, 0), 0.95, Verdict.NOT_SHOWN),
    ],
)
def test_verdict(share: Share, promised: float, verdict: Verdict) -> None:
    assert share.verdict(promised) is verdict


@given(st.integers(1, 60), st.integers(0, 60), st.sampled_from([0.8, 0.9, 0.95]))
def test_broken_is_said_wrongly_in_one_case_of_forty_at_most(n: int, within: int, promised: float) -> None:
    chance = sum(math.comb(n, k) * promised**k * (1 - promised) ** (n - k) for k in range(min(within, n) + 1))
    verdict = Share(600.0, min(within, n), n - min(within, n), 0).verdict(promised)
    assert verdict is not Verdict.BROKEN or chance <= 0.025 + 1e-12


def test_nothing_measured_has_no_share() -> None:
    nothing, unread = Share(600.0, 0, 0, 0), Share(600.0, 0, 0, 3)
    assert (nothing.value, nothing.interval, nothing.pessimistic, nothing.optimistic) == (None,) * 4
    assert (unread.value, unread.pessimistic, unread.optimistic) == (None, 0.0, 1.0)


@given(counts, counts, counts)
def test_bounds_hold_the_share_between_them(within: int, over: int, undecided: int) -> None:
    share = Share(600.0, within, over, undecided)
    if share.value is None or share.interval is None:
        assert share.decided == 0
        return
    assert share.pessimistic is not None
    assert share.optimistic is not None
    assert share.pessimistic <= share.value <= share.optimistic
    assert share.optimistic - share.pessimistic == pytest.approx(undecided / share.n)
    assert share.interval.low <= share.value <= share.interval.high


@given(counts, counts, counts, st.floats(0.5, 0.999))
def test_a_missing_reading_never_helps_a_period_to_be_kept(
    within: int, over: int, undecided: int, promised: float
) -> None:
    known = Share(600.0, within + undecided, over, 0).verdict(promised)
    unread = Share(600.0, within, over, undecided).verdict(promised)
    assert unread is not Verdict.KEPT or known is Verdict.KEPT


def test_shares_add_up_but_only_within_one_limit() -> None:
    assert Share(600.0, 1, 2, 3) + Share(600.0, 10, 20, 30) == Share(600.0, 11, 22, 33)
    with pytest.raises(ValueError, match="cannot be added"):
        Share(600.0, 1, 2, 3) + Share(900.0, 1, 2, 3)
