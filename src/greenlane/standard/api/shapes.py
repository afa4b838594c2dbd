"""From what the queries give to the open data's shapes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from greenlane.standard.api.schemas import BoardOut, BoardRowOut, RevisionOut, ShareOut, SlotOut, WaitOut
from greenlane.standard.models import Revision
from greenlane.standard.periods import day_period
from greenlane.standard.queries import BoardCrossing, BoardRow, Headline, WaitNow
from greenlane.standard.revisions import is_provisional

BOARD_COLUMNS = (
    "crossing",
    "checkpoint",
    "country",
    "direction",
    "at",
    "outside_s",
    "outside_n",
    "outside_waiting",
    "inside_s",
    "inside_n",
    "inside_waiting",
    "today_n",
    "today_share",
    "today_low",
    "today_high",
    "today_match_rate",
    "today_verdict",
    "month_n",
    "month_share",
    "month_low",
    "month_high",
    "month_match_rate",
    "month_verdict",
    "next_free",
)


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
        direction=row.direction,
        outside=wait_out(row.outside),
        inside=wait_out(row.inside),
        today=share_out(row.today),
        month=share_out(row.month),
        trend=row.trend,
        next_free=SlotOut(id=free.id, starts_at=free.starts_at, ends_at=free.ends_at, free=free.free)
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
        verdict=headline.verdict,
    )


def board_csv(board: BoardOut) -> str:
    """The board, a line for each checkpoint and direction; unknown is empty."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, BOARD_COLUMNS)
    writer.writeheader()
    for row in board.rows:
        flat: dict[str, object] = {name: getattr(row, name) for name in BOARD_COLUMNS[:4]}
        flat |= {"at": board.at.isoformat(), "next_free": row.next_free and row.next_free.starts_at.isoformat()}
        for clock, wait in (("outside", row.outside), ("inside", row.inside)):
            flat |= {f"{clock}_s": wait.wait_s, f"{clock}_n": wait.n, f"{clock}_waiting": wait.waiting}
        for period, share in (("today", row.today), ("month", row.month)):
            for name in ("n", "share", "low", "high", "match_rate", "verdict"):
                flat[f"{period}_{name}"] = getattr(share, name)
        writer.writerow(flat)
    return stream.getvalue()


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
