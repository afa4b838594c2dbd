"""Open data as text, for the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime

from greenlane.registry.models import Checkpoint
from greenlane.standard.cbp_feed import cbp_feed
from greenlane.standard.open_waits import write_open_csv
from greenlane.standard.periods import Period
from greenlane.standard.queries.board import BoardCrossing, BoardRow
from greenlane.standard.queries.study import study
from greenlane.standard.queries.waits import cbp_ports, open_waits
from greenlane.standard.release_study import write_csv


def cbp_json(at: datetime) -> str:
    """Current waits everywhere, in the shape of the CBP feed."""
    return json.dumps(cbp_feed(cbp_ports(at)), ensure_ascii=False, indent=2) + "\n"


def waits_csv(checkpoint: Checkpoint, direction: str, at: datetime) -> str:
    """Current waits at one checkpoint and direction."""
    stream = io.StringIO(newline="")
    write_open_csv(open_waits(checkpoint, direction, at), stream)
    return stream.getvalue()


def study_csv(checkpoint: Checkpoint, direction: str, period: Period, at: datetime) -> str:
    """The time release study of a period."""
    stream = io.StringIO(newline="")
    write_csv(study(checkpoint, direction, period, at), stream)
    return stream.getvalue()


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


def board_csv(crossings: Iterable[BoardCrossing], at: datetime) -> str:
    """The board, a line for each checkpoint and direction; what is not known is empty."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, BOARD_COLUMNS)
    writer.writeheader()
    writer.writerows(_board_line(each.crossing.code, row, at) for each in crossings for row in each.rows)
    return stream.getvalue()


def _board_line(crossing: str, row: BoardRow, at: datetime) -> dict[str, object]:
    line: dict[str, object] = {
        "crossing": crossing,
        "checkpoint": row.checkpoint.code,
        "country": row.checkpoint.country,
        "direction": row.direction,
        "at": at.isoformat(timespec="seconds"),
        "next_free": row.next_free.starts_at.isoformat() if row.next_free else None,
    }
    for clock, now in (("outside", row.outside), ("inside", row.inside)):
        line |= {
            f"{clock}_s": now.wait.wait_s,
            f"{clock}_n": now.wait.n,
            f"{clock}_waiting": now.wait.queue,
        }
    for period, headline in (("today", row.today), ("month", row.month)):
        interval = headline.share.interval
        line |= {
            f"{period}_n": headline.n,
            f"{period}_share": headline.share.value,
            f"{period}_low": interval.low if interval else None,
            f"{period}_high": interval.high if interval else None,
            f"{period}_match_rate": headline.match_rate,
            f"{period}_verdict": headline.verdict,
        }
    return line
