"""The worker stops soon, however many of its duties hang."""

from __future__ import annotations

import threading

import pytest

from greenlane.site import worker


class Hanging(threading.Thread):
    """A duty that does not end: it uses all the time that it is waited for."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__()
        self.clock = clock

    def join(self, timeout: float | None = None) -> None:
        assert timeout is not None
        self.clock[0] += timeout


def test_duties_that_hang_are_waited_for_together_and_not_one_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: clock[0])
    worker.wait_for([Hanging(clock) for _ in range(8)], within_s=1.0)
    assert clock[0] == pytest.approx(101.0)
