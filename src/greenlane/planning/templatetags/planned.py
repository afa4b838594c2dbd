"""What planning adds to the pages of other rooms: lanes planned on the board, a new time on a booking."""

from __future__ import annotations

from typing import Any

from django import template

from greenlane.booking.models import Booking
from greenlane.planning.models import ProposedTime
from greenlane.planning.queries.plans import StagePlanned, proposal_of, roster_in_force, stages_planned
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document

register = template.Library()


@register.simple_tag
def planned_lanes(checkpoint: Checkpoint, direction: str) -> dict[str, StagePlanned]:
    """By code of stage the lanes of the published roster, now and next; empty where none is published."""
    at = now()
    roster = roster_in_force(checkpoint, direction, checkpoint_document(checkpoint).local(at).date())
    return {} if roster is None else stages_planned(roster, at)


@register.filter
def at_stage(planned: dict[str, StagePlanned], code: str) -> StagePlanned | None:
    """The lanes planned at a stage; None where the roster has none of it."""
    return planned.get(code)


@register.filter
def open_count(stage: Any) -> int:
    """Open lanes of a stage on the board."""
    return sum(lane.is_open for lane in stage.lanes)


@register.simple_tag
def new_time_for(booking: Booking) -> ProposedTime | None:
    """The time that the checkpoint proposes for a booking in place of its own; None where there is none."""
    return proposal_of(booking.pk)
