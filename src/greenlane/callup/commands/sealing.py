"""The order log: entries are sealed into the chain, days are closed with a signed root."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from greenlane.callup.models import OrderRoot
from greenlane.callup.order.chain import line_of, next_hash
from greenlane.callup.order.roots import Root, sign_root
from greenlane.callup.queries.order import head_of
from greenlane.gate.commands import signing_key
from greenlane.registry.models import Checkpoint, Direction

MOST_AT_ONCE: Final = 10_000
SETTLES: Final = timedelta(minutes=10)
"""A local day is closed so long after its end."""
_SEALER = 0x676C5F6F
"""Number of the advisory lock under which there is one sealer."""

_UNSEALED = """
SELECT id, checkpoint_id, direction, kind, facts, at, digest, added_digest
  FROM callup_orderentry WHERE seq IS NULL ORDER BY id LIMIT %s
"""
_SEAL = """
UPDATE callup_orderentry entry SET seq = sealed.seq, line = sealed.line, hash = sealed.hash
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) sealed (id, seq, line, hash)
 WHERE entry.id = sealed.id
"""


@transaction.atomic
def seal_order(at: datetime, most: int = MOST_AT_ONCE) -> int:
    """Put the entries that wait into the chains of their lines, in the order of their ids; how many.

    An entry whose transaction ends after those of later ids is sealed with the next round, with its own time.
    While another process seals, nothing is done.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALER])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_UNSEALED, [most])
        rows = cursor.fetchall()
        if not rows:
            return 0
        lines: dict[tuple[int, str], list[Sequence[Any]]] = {}
        for row in rows:
            lines.setdefault((row[1], row[2]), []).append(row)
        sealed = [one for line, entries in lines.items() for one in _chained(*line, entries)]
        # By the key, also where statistics are old: the log is long, and these are its last entries.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_mergejoin = off")
        cursor.execute(_SEAL, [list(column) for column in zip(*sealed, strict=True)])
    return len(rows)


def _chained(
    checkpoint_id: int, direction: str, entries: Sequence[Sequence[Any]]
) -> list[tuple[int, int, str, str]]:
    """Id, number, line and hash of each entry of one checkpoint and direction."""
    seq, previous = head_of(checkpoint_id, direction)
    chained = []
    for key, _, _, kind, facts, at, digest, added in entries:
        seq += 1
        line = line_of(seq, at, kind, _facts(facts), digest, added)
        previous = next_hash(previous, line)
        chained.append((key, seq, line, previous))
    return chained


def _facts(told: Any) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(told) if isinstance(told, str) else told
    return facts


def sign_roots(at: datetime) -> list[OrderRoot]:
    """Close the last local day that is over, wherever there is a log: sign how far it reaches.

    Everything sealed by now and not under an earlier root comes under it, also where days were left out
    because no worker ran. Repeating it changes nothing.
    """
    lines = [(each, way) for each in Checkpoint.objects.order_by("pk") for way in Direction.values]
    made = (_sign(each, way, _last_day_over(each.zone, at), at) for each, way in lines)
    return [root for root in made if root is not None]


def _last_day_over(zone: str, at: datetime) -> date:
    day = at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    ended = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return day if ended + SETTLES <= at else day - timedelta(days=1)


@transaction.atomic
def _sign(checkpoint: Checkpoint, direction: str, day: date, at: datetime) -> OrderRoot | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEALER])
    roots = OrderRoot.objects.filter(checkpoint=checkpoint, direction=direction).order_by("-day")
    last = roots.first()
    seq, head = head_of(checkpoint.pk, direction)
    if not seq or (last is not None and last.day >= day):
        return None
    root = Root(
        checkpoint=checkpoint.code,
        direction=direction,
        day=day,
        first_seq=last.last_seq + 1 if last else 1,
        last_seq=seq,
        head=head,
        signed_at=at,
    )
    return OrderRoot.objects.create(
        checkpoint=checkpoint,
        direction=direction,
        day=day,
        first_seq=root.first_seq,
        last_seq=root.last_seq,
        head=head,
        token=sign_root(signing_key(at), root),
        signed_at=at,
    )
