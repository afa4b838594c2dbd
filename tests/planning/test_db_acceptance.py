"""What the other side takes an hour is what it was measured to take."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from planning_world import NOON, World

from greenlane.gate.models import Passage
from greenlane.planning.queries.acceptance import accepted_per_hour
from greenlane.registry.models import Checkpoint

pytestmark = pytest.mark.django_db


def left(checkpoint: Checkpoint, hours_ago: int, trucks: int, direction: str = "inbound") -> None:
    """Trucks that were let out in an hour. Plates are invented."""
    at = NOON - timedelta(hours=hours_ago)
    Passage.objects.bulk_create(
        Passage(
            checkpoint=checkpoint,
            direction=direction,
            opened_by=uuid4(),
            plate=f"AA{number:04d}BB",
            plate_key=f"AA{number:04d}88",
            phase=Passage.Phase.LEFT,
            first_at=at,
            last_at=at,
            exit_at=at,
        )
        for number in range(trucks)
    )


def test_busy_hours_of_the_facing_checkpoint_tell_what_it_takes(world: World) -> None:
    for hour in range(1, 201):
        left(world.there, hour, 5 if hour % 10 else 9)
    left(world.there, 300, 40)
    left(world.there, 29 * 24, 60)
    left(world.here, 3, 50)
    left(world.there, 4, 50, "outbound")
    assert accepted_per_hour(world.here, "outbound", NOON) == 9.0


def test_a_few_hours_show_nothing(world: World) -> None:
    for hour in range(1, 100):
        left(world.there, hour, 5)
    assert accepted_per_hour(world.here, "outbound", NOON) is None


def test_trucks_that_come_in_go_to_no_other_side(world: World) -> None:
    for hour in range(1, 201):
        left(world.there, hour, 5)
    assert accepted_per_hour(world.here, "inbound", NOON) is None
