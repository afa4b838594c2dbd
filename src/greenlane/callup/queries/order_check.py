"""The order log against the database: its chain, its roots, and every row that bears on order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from greenlane.callup.models import OrderRoot
from greenlane.callup.order.chain import first_hash, line_of, next_hash
from greenlane.callup.order.roots import RootNotSigned, open_root
from greenlane.gate.pass_keys import key_set, public_key_from_pem
from greenlane.gate.queries import all_public_pems
from greenlane.registry.models import Checkpoint

SOURCES: Final = {
    "rules": ("booking_rules", "id"),
    "slot": ("booking_slot", "id"),
    "quota": ("booking_quota", "id"),
    "booking": ("booking_booking", "id"),
    "ballot": ("booking_ballot", "id"),
    "ballot_entry": ("booking_ballotentry", "id"),
    "waiting": ("booking_waitinggroup", "id"),
    "waiting_entry": ("booking_waitingentry", "id"),
    "freed": ("booking_freedslot", "slot_id"),
    "ticket": ("booking_liveticket", "id"),
    "passage": ("gate_passage", "id"),
    "priority": ("booking_priorityuse", "id"),
    "call": ("callup_call", "id"),
    "hindrance": ("callup_hindrance", "id"),
    "mass": ("callup_masscall", "id"),
    "pause": ("callup_callpause", "id"),
    "root": ("callup_orderroot", "id"),
}
"""Sorts of rows: the table, and its key."""
ADDED: Final = {"booking": "booking_change", "quota": "booking_capacitychange"}
"""Tables that have a log of their own, each row of which has one entry."""
MOST_SHOWN: Final = 100
"""Findings of one sort that are told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: the table or log, the row, and what is wrong."""

    where: str
    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.row}: {self.what}"


# A row that changed twice has two entries; the last one is of the row as it is. Rows whose facts were altered
# before sealing fit their digest, and are found by their facts.
_ROWS = """
WITH latest AS (
    SELECT DISTINCT ON (source_id) source_id, salt, digest, facts FROM callup_orderentry
     WHERE source = %(source)s ORDER BY source_id, id DESC)
SELECT coalesce(latest.source_id, one.{key}),
       CASE WHEN latest.source_id IS NULL THEN 'it has no entry'
            WHEN one.{key} IS NULL THEN 'its entry says that it exists; it is gone'
            WHEN latest.digest = '' THEN 'its entry says that it was deleted; it exists'
            WHEN latest.digest <> order_digest(latest.salt, order_row(one))
            THEN 'it is not as its last entry says'
            ELSE 'its last entry tells other facts' END
  FROM latest FULL JOIN {table} one ON one.{key} = latest.source_id
 WHERE latest.source_id IS NULL
    OR (one.{key} IS NULL) <> (latest.digest = '')
    OR one.{key} IS NOT NULL AND (
           latest.digest <> order_digest(latest.salt, order_row(one))
           OR NOT latest.facts @> jsonb_strip_nulls(order_facts(one)))
 ORDER BY 1 LIMIT %(most)s
"""
_ADDED = """
SELECT coalesce(entry.added_id, one.id),
       CASE WHEN entry.added_id IS NULL THEN 'it has no entry'
            WHEN one.id IS NULL THEN 'it has an entry; it is gone'
            ELSE 'it is not as its entry says' END
  FROM (SELECT added_id, salt, added_digest FROM callup_orderentry
         WHERE source = %(source)s AND added_id IS NOT NULL) entry
  FULL JOIN {table} one ON one.id = entry.added_id
 WHERE entry.added_id IS NULL OR one.id IS NULL
    OR entry.added_digest <> order_digest(entry.salt, order_row(one))
 ORDER BY 1 LIMIT %(most)s
"""
_UNKNOWN = "SELECT id, source FROM callup_orderentry WHERE source <> ALL (%s) ORDER BY id LIMIT %s"
_MISCOUNTED = """
SELECT quota.id FROM booking_quota quota
  LEFT JOIN (SELECT quota_id, count(*) AS n FROM booking_claim GROUP BY quota_id) claims
    ON claims.quota_id = quota.id
 WHERE quota.taken <> coalesce(claims.n, 0) ORDER BY 1 LIMIT %s
"""
_LINES = """
SELECT id, seq, line, hash, kind, facts, at, digest, added_digest FROM callup_orderentry
 WHERE checkpoint_id = %s AND direction = %s AND seq > %s ORDER BY seq LIMIT %s
"""
_AT_ONCE = 5_000


def check_order() -> Iterator[Finding]:
    """Everything that does not fit; nothing where nobody has altered anything."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT checkpoint_id, direction FROM callup_orderentry"
            " UNION SELECT checkpoint_id, direction FROM callup_orderroot ORDER BY 1, 2"
        )
        lines = cursor.fetchall()
    codes = dict(Checkpoint.objects.values_list("pk", "code"))
    for checkpoint_id, direction in lines:
        yield from check_line(checkpoint_id, codes.get(checkpoint_id, ""), direction)
    yield from check_rows()


def check_line(checkpoint_id: int, code: str, direction: str) -> Iterator[Finding]:
    """The chain and the roots of one log; the first fault of the chain, for all after it follows from it."""
    where = f"log {code} {direction}"
    roots = OrderRoot.objects.filter(checkpoint=checkpoint_id, direction=direction).order_by("day")
    due = {root.last_seq: root for root in roots}
    heads: dict[int, str] = {0: first_hash(code, direction)}
    seq, previous = 0, heads[0]
    while rows := _rows_after(checkpoint_id, direction, seq):
        for row in rows:
            fault = _line_fault(row, seq + 1, previous)
            if fault:
                yield Finding(where, f"line {row[1]} (entry {row[0]})", fault)
                return
            seq, previous = row[1], row[3]
            if seq in due:
                heads[seq] = previous
    heads[seq] = previous
    yield from _root_faults(where, list(roots), heads, code, direction)


def _rows_after(checkpoint_id: int, direction: str, seq: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [checkpoint_id, direction, seq, _AT_ONCE])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _line_fault(row: tuple[Any, ...], due: int, previous: str) -> str:
    _, seq, line, hash_, kind, facts, at, digest, added = row
    if seq != due:
        return f"line {due} is missing"
    told = json.loads(facts) if isinstance(facts, str) else facts
    if line != line_of(seq, at, kind, told, digest, added):
        return "the line is not what its entry says"
    if hash_ != next_hash(previous, line):
        return "the hash does not follow from the line and the hash before"
    return ""


def _root_faults(
    where: str, roots: list[OrderRoot], heads: dict[int, str], code: str, direction: str
) -> Iterator[Finding]:
    keys = key_set(*(public_key_from_pem(pem.encode()) for pem in all_public_pems()))
    reached = 0
    for root in roots:
        row = f"root of {root.day}"
        try:
            told, _ = open_root(root.token, keys)
        except RootNotSigned as fault:
            yield Finding(where, row, str(fault))
            continue
        stored = (code, direction, root.day, root.first_seq, root.last_seq, root.head, root.signed_at)
        signed = (told.checkpoint, told.direction, told.day, told.first_seq, told.last_seq, told.head)
        if (*signed, told.signed_at) != stored:
            yield Finding(where, row, "it is not what was signed")
        elif root.first_seq != reached + 1:
            yield Finding(where, row, f"it begins at {root.first_seq}, the one before ends at {reached}")
        elif heads.get(root.last_seq) != root.head:
            yield Finding(
                where, row, f"the log has another hash at {root.last_seq} than was signed, or ends before"
            )
        reached = root.last_seq


def check_rows() -> Iterator[Finding]:
    """Every row that bears on order against its last entry, and every entry against its row."""
    for source, (table, key) in SOURCES.items():
        yield from _found(table, _ROWS.format(table=table, key=key), source)
    for source, table in ADDED.items():
        yield from _found(table, _ADDED.format(table=table), source)
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, [list(SOURCES), MOST_SHOWN])
        for key, source in cursor.fetchall():
            yield Finding("callup_orderentry", str(key), f"it is of no known sort: {source}")
        cursor.execute(_MISCOUNTED, [MOST_SHOWN])
        for (key,) in cursor.fetchall():
            yield Finding("booking_quota", str(key), "it counts other places as taken than bookings have")


def _found(table: str, query: str, source: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"source": source, "most": MOST_SHOWN})
        rows = cursor.fetchall()
    for key, what in rows:
        yield Finding(table, str(key), what)
