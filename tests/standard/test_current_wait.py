"""The wait shown now keeps up with a jam."""

from __future__ import annotations

from greenlane.standard.columns import ClockColumn
from greenlane.standard.current import CurrentWait, current_wait
from greenlane.standard.outcomes import Measured, Missing, Reason


def column(ended: list[float], running: list[float]) -> ClockColumn:
    return ClockColumn.of(
        [*(Measured(value) for value in ended), *(Missing(Reason.OPEN, value) for value in running)]
    )


def test_the_median_of_those_who_came_through_when_nobody_waits() -> None:
    wait = current_wait(column([100, 200, 300, 400, 500, 600], []))
    assert wait == CurrentWait(300, None, 6, 0, None, 250)


def test_trucks_that_still_wait_lift_it() -> None:
    """Six came in 100 to 600 s, five wait for 450 s: 7/11 last beyond 400 s, half of these beyond 500 s."""
    wait = current_wait(column([100, 200, 300, 400, 500, 600], [450] * 5))
    assert (wait.wait_s, wait.queue, wait.longest_s) == (500, 5, 450)


def test_when_most_wait_longer_than_anyone_took_only_a_least_is_known() -> None:
    wait = current_wait(column([100, 200], [900, 1000, 1100]))
    assert wait == CurrentWait(None, 900, 2, 3, 1100, None)


def test_no_trucks_no_wait() -> None:
    assert current_wait(column([], [])) == CurrentWait(None, None, 0, 0, None, None)
