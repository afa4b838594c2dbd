"""From what the queries give to the open data's shapes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from greenlane.standard.api.schemas import BoardOut, BoardRowOut, NextSlotOut, RevisionOut, ShareOut, WaitOut
from greenlane.standard.models import Revision
from greenlane.standard.periods import day_period
from greenlane.standard.queries import BoardCrossing, BoardRow, Headline, WaitNow
from greenlane.standard.revisions import is_provisional


def board_out(crossings: Iterable[BoardCrossing], at: datetime) -> BoardOut:
    """The whole board."""
    return BoardOut(at=at, rows=[_row(each.crossing.code, row) for each in crossings for row in each.rows])


def _row(crossing: str, row: BoardRow) -> BoardRowOut:
    free = row.next_free
    return BoardRowOut(
        crossing=crossing,
        checkpoint=row.checkpoint.code,
        names=row.checkpoint.names,
        country=row.checkpoint.country,
        zone=row.checkpoint.zone,
        direction=cast(Any, row.direction),
        outside=wait_out(row.outside),
        inside=wait_out(row.inside),
        today=share_out(row.today),
        month=share_out(row.month),
        trend=row.trend,
        next_free=NextSlotOut(id=free.id, starts_at=free.starts_at, ends_at=free.ends_at, free=free.free)
        if free
        else None,
    )


def wait_out(now: WaitNow) -> WaitOut:
    """A current wait."""
    return WaitOut(
        wait_s=now.wait.wait_s,
        at_least_s=now.wait.at_least_s,
        n=now.wait.n,
        waiting=now.wait.queue,
        uncertainty_s=now.wait.uncertainty_s,
        measured_at=now.measured_at,
        valid_until=now.valid_until,
        method=now.method,
    )


def share_out(headline: Headline) -> ShareOut:
    """A headline."""
    share, interval = headline.share, headline.share.interval
    return ShareOut(
        n=share.n,
        share=share.value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        pessimistic=share.pessimistic,
        optimistic=share.optimistic,
        match_rate=headline.match_rate,
        limit_s=share.limit_s,
        promised=headline.promised,
        verdict=cast(Any, headline.verdict),
    )


def revision_out(revision: Revision, zone: str, at: datetime) -> RevisionOut:
    """A revision, and whether late readings may still change it."""
    return RevisionOut(
        day=revision.day,
        number=revision.number,
        made_at=revision.made_at,
        provisional=is_provisional(day_period(revision.day, zone).end, at),
        why=revision.why,
        changed=revision.changed,
    )
