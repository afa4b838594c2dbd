"""Slots are made for a ballot or for all, by the rules in force and by what was promised before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from greenlane.booking.commands import make_slots, open_ballots
from greenlane.booking.models import Ballot, Rules, Slot
from greenlane.registry.commands import load_crossing
from greenlane.registry.crossing import Crossing, SlotRules
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Checkpoint

pytestmark = [pytest.mark.db, pytest.mark.django_db]

DOROHUSK = read_crossing(Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml")
ZONE = ZoneInfo("Europe/Warsaw")
TODAY = date(2026, 5, 4)
MORNING = datetime(2026, 5, 4, 1, 0, tzinfo=ZONE)
EVENING = datetime(2026, 5, 4, 20, 0, tzinfo=ZONE)


def with_rules(crossing: Crossing, **changes: object) -> Crossing:
    """The crossing with other booking rules outbound at Dorohusk."""
    checkpoints = []
    for checkpoint in crossing.checkpoints:
        directions = dict(checkpoint.directions)
        if checkpoint.code == "dorohusk":
            outbound = directions["outbound"]
            rules: SlotRules = replace(outbound.slots, **changes)  # type: ignore[arg-type]
            directions["outbound"] = replace(outbound, slots=rules)
        checkpoints.append(replace(checkpoint, directions=directions))
    return replace(crossing, checkpoints=tuple(checkpoints))


BY_LOT = with_rules(DOROHUSK, allocation="ballot", ballot_window_hours=6.0)


@pytest.fixture
def dorohusk() -> Checkpoint:
    load_crossing(BY_LOT, None, MORNING)
    return Checkpoint.objects.get(code="dorohusk")


def change_rules(crossing: Crossing) -> None:
    """Let the file's own rules hold from now on; loading alone keeps those in force."""
    Rules.objects.all().delete()
    load_crossing(crossing, None, MORNING)


def states(checkpoint: Checkpoint) -> dict[date, set[str]]:
    found: dict[date, set[str]] = {}
    for slot in Slot.objects.filter(checkpoint=checkpoint):
        found.setdefault(slot.starts_at.astimezone(ZONE).date(), set()).add(slot.state)
    return dict(sorted(found.items()))


def horizon_of(crossing: Crossing) -> int:
    return crossing.checkpoint("dorohusk").directions["outbound"].slots.horizon_days


def test_only_days_whose_ballot_can_still_be_held_wait_for_it(dorohusk: Checkpoint) -> None:
    last = TODAY + timedelta(days=horizon_of(BY_LOT))
    make_slots(dorohusk, "outbound", TODAY, last, MORNING)
    made = states(dorohusk)
    assert {day for day, found in made.items() if found == {"ballot"}} == {last}
    assert {day for day, found in made.items() if found == {"open"}} == made.keys() - {last}
    open_ballots(MORNING)
    assert [ballot.day for ballot in Ballot.objects.all()] == [last]


def test_after_its_window_a_day_is_made_for_all(dorohusk: Checkpoint) -> None:
    last = TODAY + timedelta(days=horizon_of(BY_LOT))
    make_slots(dorohusk, "outbound", last, last, EVENING)
    assert states(dorohusk) == {last: {"open"}}


def test_days_released_before_the_rule_came_stay_first_come() -> None:
    """Also the slots that are added to such a day later."""
    load_crossing(with_rules(DOROHUSK, step_minutes=30), None, MORNING)
    checkpoint = Checkpoint.objects.get(code="dorohusk")
    last = TODAY + timedelta(days=horizon_of(DOROHUSK))
    few = make_slots(checkpoint, "outbound", last, last, MORNING)
    change_rules(BY_LOT)
    assert make_slots(checkpoint, "outbound", last, last + timedelta(days=1), MORNING) == 3 * few
    assert states(checkpoint) == {last: {"open"}, last + timedelta(days=1): {"ballot"}}


def test_without_the_rule_nothing_is_drawn() -> None:
    load_crossing(DOROHUSK, None, MORNING)
    checkpoint = Checkpoint.objects.get(code="dorohusk")
    make_slots(checkpoint, "outbound", TODAY, TODAY + timedelta(days=3), MORNING)
    assert {state for found in states(checkpoint).values() for state in found} == {"open"}
    assert open_ballots(MORNING) == 0


def test_slots_added_to_a_day_that_is_to_be_drawn_are_drawn_too() -> None:
    load_crossing(with_rules(BY_LOT, step_minutes=30), None, MORNING)
    checkpoint = Checkpoint.objects.get(code="dorohusk")
    last = TODAY + timedelta(days=horizon_of(BY_LOT))
    few = make_slots(checkpoint, "outbound", last, last, MORNING)
    change_rules(BY_LOT)
    assert make_slots(checkpoint, "outbound", last, last, MORNING) == few
    assert states(checkpoint) == {last: {"ballot"}}
