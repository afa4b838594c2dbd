"""The memory of full slots is wrong on the safe side alone."""

from __future__ import annotations

import pytest

from greenlane.site.turnstile import fullness
from greenlane.site.turnstile.fullness import REMEMBERED_S, FullSlots

SLOT, ANN, BOB = 5, 1, 2


class Clock:
    """Stands in for `time`."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fullness, "time", clock)
    return clock


def asked(
    full: FullSlots, account: int = ANN, key: str = "k", share: str = "booked", carrier: int = 7
) -> str | None:
    return full.full_for(SLOT, share, carrier, account, key)


@pytest.mark.parametrize("kind", ["slot", "hour", "day", "neighbour"])
def test_a_full_slot_is_full_for_everyone(clock: Clock, kind: str) -> None:
    full = FullSlots()
    full.mark(SLOT, kind, "", [], full.generation)
    assert asked(full) == asked(full, BOB, "", "live", 9) == kind
    assert full.full_for(SLOT + 1, "booked", 7, ANN, "k") is None


def test_a_full_share_or_carrier_is_full_for_its_own_alone(clock: Clock) -> None:
    full = FullSlots()
    full.mark(SLOT, "share", "booked", [], full.generation)
    assert (asked(full), asked(full, share="live")) == ("share", None)
    full.forget()
    full.mark(SLOT, "carrier", "7", [], full.generation)
    assert (asked(full), asked(full, carrier=8)) == ("carrier", None)


@pytest.mark.parametrize("kind", ["class", "park"])
def test_what_depends_on_the_truck_is_not_remembered(clock: Clock, kind: str) -> None:
    full = FullSlots()
    full.mark(SLOT, kind, "", [], full.generation)
    assert asked(full) is None


def test_a_retry_of_who_has_a_place_is_never_refused(clock: Clock) -> None:
    full = FullSlots()
    full.mark(SLOT, "slot", "", [(ANN, "k")], full.generation)
    assert asked(full, ANN, "k") is None
    assert asked(full, ANN, "other") == "slot"
    assert asked(full, BOB, "k") == "slot"
    assert asked(full, ANN, "") == "slot"


def test_a_freed_place_is_known_at_once(clock: Clock) -> None:
    full = FullSlots()
    full.mark(SLOT, "slot", "", [], full.generation)
    full.forget()
    assert asked(full) is None


def test_what_was_seen_before_a_place_was_freed_is_not_remembered_after_it(clock: Clock) -> None:
    full = FullSlots()
    asked_at = full.generation
    full.forget()
    full.mark(SLOT, "slot", "", [], asked_at)
    assert asked(full) is None


def test_memory_fades(clock: Clock) -> None:
    full = FullSlots()
    full.mark(SLOT, "slot", "", [], full.generation)
    clock.now += REMEMBERED_S / 2
    assert asked(full) == "slot"
    clock.now += REMEMBERED_S
    assert asked(full) is None
