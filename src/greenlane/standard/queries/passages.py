"""Passages as the clocks take them: out of the gate's rows, with the other side's exit beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import F, Min, Q, QuerySet

from greenlane.gate.models import Passage
from greenlane.registry.codes import INBOUND, OUTBOUND
from greenlane.registry.models import Checkpoint
from greenlane.standard.clocks import LEAST_INSIDE_S
from greenlane.standard.timeline import FLAGS, PassageTimes, StageVisit
from greenlane.standard.touch import MAX_SKEW_S

REACH: Final = timedelta(days=7)
"""The other side's passage begins within so long of this one's."""

_FIELDS: Final = (
    "pk",
    "checkpoint_id",
    "direction",
    "plate_key",
    "vehicle_class",
    "channel",
    "pre_arrival",
    "first_at",
    "queue_end_at",
    "park_in_at",
    "called_at",
    "entry_at",
    "exit_at",
    "visits",
    "flags",
    "revision",
    "booking__slot__starts_at",
    "booking__asked_for",
    "booking__share",
)


def unmeasured(limit: int = 5000) -> list[int]:
    """Keys of passages that were never measured, or not since they changed: measuring was cut off."""
    stale = Q(measurement=None) | ~Q(measurement__revision=F("revision"))
    return list(Passage.objects.filter(stale).order_by("pk").values_list("pk", flat=True)[:limit])


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage and its times.

    Attributes:
        id: of the passage.
        first_at: when it was first known of.
        revision: of the passage.
        times: what the clocks are read from.
    """

    id: int
    checkpoint_id: int
    direction: str
    first_at: datetime
    revision: int
    times: PassageTimes

    @property
    def counted_at(self) -> datetime:
        """What puts it into an hour and a day."""
        return self.times.counted_at or self.first_at


@dataclass(frozen=True, slots=True)
class Partner:
    """What the other side knows of a truck's trip: its exit barrier there, None until it is read."""

    exit_at: datetime | None


def seen(passages: QuerySet[Passage]) -> list[Seen]:
    """The passages of a query, by id, with the other side's exits."""
    rows = list(passages.order_by("pk").values_list(*_FIELDS))
    partners = partner_exits([row[0] for row in rows if row[2] == OUTBOUND])
    since = sending_since({row[1] for row in rows if row[2] == OUTBOUND})
    return [_seen(row, partners, since) for row in rows]


def _seen(row: tuple[Any, ...], partners: Mapping[int, Partner], since: Mapping[int, datetime]) -> Seen:
    values = dict(zip(_FIELDS, row, strict=True))
    began = since.get(values["checkpoint_id"]) if values["direction"] == OUTBOUND else None
    partner = partners.get(values["pk"])
    times = PassageTimes(
        asked_at=values["booking__asked_for"],
        slot_start=values["booking__slot__starts_at"],
        queue_end_at=values["queue_end_at"],
        park_in_at=values["park_in_at"],
        called_at=values["called_at"],
        entry_at=values["entry_at"],
        exit_at=values["exit_at"],
        partner_exit_at=partner.exit_at if partner else None,
        has_partner=has_partner(began, values["first_at"]),
        visits=visits_of(values["visits"]),
        direction=values["direction"],
        channel=values["channel"],
        vehicle_class=values["vehicle_class"],
        share=values["booking__share"] or "live",
        pre_arrival=values["pre_arrival"],
        flags=flags_of(values["flags"]),
        skew_s=skew_of(values["flags"], values["entry_at"], values["exit_at"]),
    )
    return Seen(
        values["pk"],
        values["checkpoint_id"],
        values["direction"],
        values["first_at"],
        values["revision"],
        times,
    )


def visits_of(rows: Iterable[Mapping[str, Any]]) -> tuple[StageVisit, ...]:
    """Stage visits as a passage's row keeps them."""
    return tuple(StageVisit(row["stage"], _time(row.get("in")), _time(row.get("out"))) for row in rows)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def flags_of(flags: Iterable[str]) -> frozenset[str]:
    """Those of a passage's flags that the clocks know."""
    return frozenset(flags) & _KNOWN


_KNOWN: Final = frozenset(FLAGS)


def skew_of(flags: Iterable[str], entry_at: datetime | None, exit_at: datetime | None) -> float:
    """The gate flags a device whose clock was too far off, without saying how far; and, with the same word, a
    stay too short to be true, which the inside clock finds by itself."""
    if "invalid_clock" not in flags:
        return 0.0
    is_too_short = entry_at is not None and exit_at is not None and exit_at - entry_at < _SHORTEST
    return 0.0 if is_too_short else MAX_SKEW_S + 1


_SHORTEST: Final = timedelta(seconds=LEAST_INSIDE_S)


def has_partner(since: datetime | None, first_at: datetime) -> bool:
    """Whether the other side, which has sent readings since then or never, had a chance to see the truck."""
    return since is not None and since <= first_at + REACH


# A truck that leaves one side enters the other next. The search stops at the truck's next trip out, so that
# a trip whose other half was never read does not take the other half of a later one.
_PARTNERS = """
SELECT own.id, other.exit_at
  FROM gate_passage own
  JOIN registry_checkpoint here ON here.id = own.checkpoint_id
  JOIN registry_checkpoint there ON there.crossing_id = here.crossing_id AND there.id <> here.id
  JOIN LATERAL (
       SELECT min(later.first_at) AS at FROM gate_passage later
        WHERE later.plate_key = own.plate_key AND later.checkpoint_id = own.checkpoint_id
          AND later.direction = own.direction AND later.first_at > own.first_at) next ON true
  JOIN LATERAL (
       SELECT facing.exit_at FROM gate_passage facing
        WHERE facing.plate_key = own.plate_key AND facing.checkpoint_id = there.id
          AND facing.direction = %(inbound)s
          AND facing.first_at > own.first_at
          AND facing.first_at <= own.first_at + make_interval(days => %(days)s)
          AND (next.at IS NULL OR facing.first_at < next.at)
        ORDER BY facing.first_at LIMIT 1) other ON true
 WHERE own.id = ANY(%(ids)s) AND own.plate_key <> ''
"""


def partner_exits(outbound_ids: list[int]) -> dict[int, Partner]:
    """What the other side read of trips that began with these passages, by passage; others are left out."""
    if not outbound_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS, {"ids": outbound_ids, "inbound": INBOUND, "days": REACH.days})
        return {passage_id: Partner(exit_at) for passage_id, exit_at in cursor.fetchall()}


_EARLIER = """
SELECT DISTINCT earlier.id
  FROM gate_passage own
  JOIN registry_checkpoint here ON here.id = own.checkpoint_id
  JOIN registry_checkpoint there ON there.crossing_id = here.crossing_id AND there.id <> here.id
  JOIN gate_passage earlier
    ON earlier.plate_key = own.plate_key AND earlier.checkpoint_id = there.id
   AND earlier.direction = %(outbound)s
   AND earlier.first_at < own.first_at AND earlier.first_at >= own.first_at - make_interval(days => %(days)s)
 WHERE own.id = ANY(%(ids)s) AND own.direction = %(inbound)s AND own.plate_key <> ''
"""


def trips_ended_by(passage_ids: list[int]) -> set[int]:
    """Passages out of the other side whose two-sided clock may end with one of these."""
    with connection.cursor() as cursor:
        cursor.execute(
            _EARLIER, {"ids": passage_ids, "inbound": INBOUND, "outbound": OUTBOUND, "days": REACH.days}
        )
        return {row[0] for row in cursor.fetchall()}


def sending_since(checkpoint_ids: set[int]) -> dict[int, datetime]:
    """When the other side's first reading of a truck that came in was, by checkpoint of this side."""
    found: dict[int, datetime] = {}
    for checkpoint in Checkpoint.objects.filter(pk__in=checkpoint_ids):
        there = Passage.objects.filter(
            checkpoint__crossing_id=checkpoint.crossing_id, direction=INBOUND
        ).exclude(checkpoint=checkpoint)
        first = there.aggregate(at=Min("first_at"))["at"]
        if first is not None:
            found[checkpoint.pk] = first
    return found
