"""Figures as people read them."""

import pytest

from greenlane.standard.templatetags.standard_figures import clock_time, percent, points, tone


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0, "0:00"),
        (492, "8:12"),
        (599.6, "10:00"),
        (3599, "59:59"),
        (3600, "1 h 00"),
        (5400, "1 h 30"),
        (61_200, "17 h"),
        (291_600, "3 d 9 h"),
    ],
)
def test_lengths_of_time(seconds: float | None, shown: str) -> None:
    assert clock_time(seconds) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, "–"), (0.913, "91.3 %"), (1.0, "100 %"), (0.99999, "99.9 %"), (0.00001, "0.1 %"), (0.0, "0 %")],
)
def test_shares_are_never_rounded_to_all_or_none(share: float | None, shown: str) -> None:
    assert percent(share) == shown


def test_tones_and_differences() -> None:
    assert [tone(seconds, 600) for seconds in (None, 480, 481, 600, 601)] == ["", "ok", "warn", "warn", "bad"]
    assert [points(share) for share in (None, 0.031, -0.171, 0.0)] == ["", "+3.1", "−17.1", "±0.0"]
