"""Trucks whose exit nobody saw: inside by the readings, gone by what other trucks show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from greenlane.registry.models import Checkpoint

UNSEEN_AFTER: Final = timedelta(minutes=20)
"""A truck seen more recently is never taken for gone."""
OVERTAKEN_BY: Final = 3
"""So many trucks of its channel and class that entered after it must have left since it was last seen."""

# A truck last seen going into a lane is gone once the lane has taken another one: a lane holds one truck.
# Between stages nobody stands in a lane, but trucks of one channel and class keep their order.
_UNSEEN = """
SELECT p.id FROM gate_passage p
 WHERE p.phase = 'inside' AND p.last_at < %(seen_before)s
   AND (%(checkpoint)s::bigint IS NULL OR (p.checkpoint_id = %(checkpoint)s AND p.direction = %(direction)s))
   AND CASE WHEN p.last_point = 'stage_in' AND p.last_lane <> '' THEN EXISTS (
         SELECT FROM gate_passage q, jsonb_array_elements(q.visits) visit
          WHERE q.checkpoint_id = p.checkpoint_id AND q.direction = p.direction
            AND q.exit_at > p.last_at AND q.exit_at <= %(at)s
            AND visit->>'stage' = p.last_stage AND visit->>'lane' = p.last_lane
            AND (visit->>'in')::timestamptz > p.last_at)
       ELSE %(overtaken)s <= (SELECT count(*) FROM (
         SELECT FROM gate_passage q
          WHERE q.checkpoint_id = p.checkpoint_id AND q.direction = p.direction
            AND q.exit_at > p.last_at AND q.exit_at <= %(at)s
            AND q.channel = p.channel AND q.vehicle_class = p.vehicle_class
            AND q.entry_at > coalesce(p.entry_at, p.first_at)
          LIMIT %(overtaken)s) left_since)
       END
"""


def unseen_exits(at: datetime, checkpoint: Checkpoint | None = None, direction: str = "") -> frozenset[int]:
    """Keys of the passages that count as inside although their trucks have left by all signs.

    The clocks do not use it: there a missing exit stays missing, within bounds. It keeps what is shown and
    done *now* from counting trucks that are not there. Of all checkpoints unless one is given.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _UNSEEN,
            {
                "at": at,
                "seen_before": at - UNSEEN_AFTER,
                "checkpoint": checkpoint.pk if checkpoint else None,
                "direction": direction,
                "overtaken": OVERTAKEN_BY,
            },
        )
        return frozenset(key for (key,) in cursor.fetchall())
