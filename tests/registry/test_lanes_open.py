"""Which lanes are open: by shift and opening hours, unless the shift lead said otherwise today."""

from __future__ import annotations

from datetime import timedelta

import pytest
from people import AT, example_crossing, staff

from greenlane.errors import GreenlaneError
from greenlane.registry.commands import change_lane
from greenlane.registry.models import Checkpoint, Lane, LaneChange, Role
from greenlane.registry.queries import lane_shown, lanes_open

pytestmark = pytest.mark.django_db


def first_lane(checkpoint: Checkpoint, stage: str = "gate") -> Lane:
    lane = Lane.objects.filter(stage__checkpoint=checkpoint, stage__direction="inbound", stage__code=stage)
    return lane_shown(lane.order_by("code")[0].pk)


def test_shifts_and_opening_hours_say_which_lanes_are_open() -> None:
    example_crossing()
    right = Checkpoint.objects.get(code="right")
    by_day = lanes_open(right, "inbound", AT)
    by_night = lanes_open(right, "inbound", AT.replace(hour=23))
    assert by_day["gate"] == ["G1"]
    assert list(by_day) == ["gate", "booth", "search", "out"]
    assert by_night == {"gate": [], "booth": [], "search": [], "out": []}


def test_a_shift_leads_word_stands_until_the_end_of_the_local_day() -> None:
    right = example_crossing().facing
    lead = staff(right, Role.SHIFT_LEAD)
    change_lane(lead, first_lane(right), False, "barrier broken", AT)
    assert lanes_open(right, "inbound", AT - timedelta(minutes=1))["gate"] == ["G1"]
    assert lanes_open(right, "inbound", AT)["gate"] == []
    assert lanes_open(right, "inbound", AT + timedelta(hours=10))["gate"] == []
    # 23:00 UTC is midnight in Warsaw; at 06:00 there the checkpoint opens by its plan again.
    assert lanes_open(right, "inbound", AT.replace(day=3, hour=5))["gate"] == ["G1"]
    change_lane(lead, first_lane(right), True, "", AT + timedelta(hours=1))
    assert lanes_open(right, "inbound", AT + timedelta(hours=1))["gate"] == ["G1"]


def test_only_a_shift_lead_or_an_administrator_changes_a_lane() -> None:
    right = example_crossing().facing
    officer = staff(right, Role.OFFICER)
    with pytest.raises(GreenlaneError) as refused:
        change_lane(officer, first_lane(right), False, "", AT)
    assert (refused.value.code, refused.value.status) == ("not_allowed", 403)
    assert not LaneChange.objects.exists()


def test_a_retired_lane_is_not_found() -> None:
    right = example_crossing().facing
    lane = first_lane(right)
    Lane.objects.filter(pk=lane.pk).update(retired_at=AT)
    with pytest.raises(GreenlaneError) as refused:
        lane_shown(lane.pk)
    assert refused.value.code == "lane_unknown"
