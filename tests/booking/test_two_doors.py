"""One table of cases, run through both doors: Django's command and the turnstile over HTTP."""

from __future__ import annotations

from dataclasses import replace

import door_cases_limits
import door_cases_people
import door_cases_places
import pytest
from door_stage import CASES, Stage
from doors import Told, by_django, by_turnstile
from places_world import assert_counts_are_right

pytestmark = pytest.mark.db


def test_the_table_holds_the_cases_of_all_files() -> None:
    files = {run.__module__ for run in CASES}
    assert files == {each.__name__ for each in (door_cases_places, door_cases_people, door_cases_limits)}
    assert len({run.__name__ for run in CASES}) == len(CASES)


def test_both_doors_give_the_same_answers(committed: str, subtests: pytest.Subtests) -> None:
    for run in CASES:
        with subtests.test(run.__name__):
            stages = [Stage(by_django), Stage(by_turnstile)]
            for stage in stages:
                run(stage)
            assert_counts_are_right()
            by_command, by_http = ([_scrubbed(told) for told in stage.told] for stage in stages)
            assert by_command == by_http


def _scrubbed(told: Told) -> Told:
    """Without the code and the times that differ between the two scenes."""
    return replace(told, code="", words=told.words.split("cannot book before")[0])
