"""Lanes opened and closed by the shift lead."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from greenlane.registry.models import Account, Lane, LaneChange, Role
from greenlane.registry.queries import require


def change_lane(account: Account, lane: Lane, is_open: bool, why: str, at: datetime) -> LaneChange:
    """Open or close a lane until the next change or the end of the local day; live boards are told.

    Raises:
        GreenlaneError: ``not_allowed`` (403) unless the account leads a shift at the checkpoint.
    """
    stage = lane.stage
    require(account, stage.checkpoint, Role.SHIFT_LEAD)
    with transaction.atomic(), connection.cursor() as cursor:
        change = LaneChange.objects.create(
            lane=lane, is_open=is_open, at=at, by=account, why=" ".join(why.split())[:200]
        )
        cursor.execute(
            "SELECT pg_notify('greenlane_board', %s)", [f"{stage.checkpoint_id}:{stage.direction}"]
        )
    return change
