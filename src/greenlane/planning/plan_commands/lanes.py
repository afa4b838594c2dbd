"""The shift lead opens and closes lanes as the roster has them."""

from __future__ import annotations

from datetime import datetime

from greenlane.errors import GreenlaneError
from greenlane.planning.queries.plans import roster_in_force
from greenlane.registry.commands import change_lane
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import checkpoint_document, lanes_open, require, stages_of


def open_as_planned(account: Account, checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """Open and close the lanes that are otherwise than the published roster has them now; how many.

    Raises:
        GreenlaneError: ``not_allowed`` (403) unless the account leads a shift here, ``no_roster`` (409).
    """
    require(account, checkpoint, Role.SHIFT_LEAD)
    roster = roster_in_force(checkpoint, direction, checkpoint_document(checkpoint).local(at).date())
    if roster is None:
        raise GreenlaneError(
            "no_roster", "No roster is published for today.", mend="Open lanes one by one.", status=409
        )
    planned = {(lane.stage, lane.lane): lane.is_open(at) for lane in roster.lanes}
    opened = lanes_open(checkpoint, direction, at)
    changed = 0
    for stage in stages_of(checkpoint, direction):
        for lane in stage.lanes.all():
            wanted = planned.get((stage.code, lane.code))
            if wanted is not None and wanted != (lane.code in opened.get(stage.code, [])):
                change_lane(account, lane, wanted, f"plan {roster.plan}", at)
                changed += 1
    return changed
