"""Who wished to cross in past weeks, out of bookings and of passages without one, for trials of rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection

from greenlane.planning.queries.rules import rules_in_force
from greenlane.planning.rule_trial.rules import RuleError
from greenlane.planning.rule_trial.simulated_wishes import WARM_UP_DAYS, drawn_kinds
from greenlane.planning.rule_trial.wishes import UNKNOWN, Wishes
from greenlane.registry.crossing import Direction
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document
from greenlane.twin.described import kind_code

LONGEST_CLICK: Final = 60.0
"""Minutes after the opening of its slot within which a booking counts as one that waited for it."""
_BOOKED: Final = """
SELECT extract(epoch FROM booking.asked_for - %(start)s)::float8,
       extract(epoch FROM booking.made_at - %(start)s)::float8,
       extract(epoch FROM slot.starts_at - %(start)s)::float8,
       booking.state, booking.vehicle_class, coalesce(booking.carrier_id, -1), coalesce(booking.truck_id, -1),
       coalesce(p.channel, ''),
       extract(epoch FROM least(p.queue_end_at, p.park_in_at, p.entry_at) - %(start)s)::float8
  FROM booking_booking booking
  JOIN booking_slot slot ON slot.id = booking.slot_id
  LEFT JOIN LATERAL (
       SELECT * FROM gate_passage p WHERE p.booking_id = booking.id ORDER BY p.id LIMIT 1) p ON true
 WHERE booking.checkpoint_id = %(checkpoint)s AND booking.direction = %(direction)s
   AND booking.asked_for >= %(first)s AND booking.asked_for < %(end)s
 ORDER BY booking.id
"""
_UNBOOKED: Final = """
SELECT extract(epoch FROM least(p.queue_end_at, p.park_in_at, p.entry_at) - %(start)s)::float8,
       p.vehicle_class, p.channel
  FROM gate_passage p
 WHERE p.checkpoint_id = %(checkpoint)s AND p.direction = %(direction)s AND p.booking_id IS NULL
   AND least(p.queue_end_at, p.park_in_at, p.entry_at) >= %(first)s
   AND least(p.queue_end_at, p.park_in_at, p.entry_at) < %(end)s
 ORDER BY p.id
"""
_FLEETS: Final = """
SELECT carrier_id, count(*) FROM registry_truck WHERE carrier_id = ANY(%(carriers)s) GROUP BY carrier_id
"""
_TOOK_PLACE: Final = ("confirmed", "called", "entered", "no_show")


def recorded_wishes(checkpoint: Checkpoint, direction: str, first_day: date, weeks: int, seed: int) -> Wishes:
    """The trips whose wished time, or whose arrival without a booking, lay in the weeks and the day before.

    A truck that came keeps how early or late it was, one that did not come stays away; channels and classes
    that were not read are drawn by the described shares. Cancelled bookings, and trucks of classes that the
    crossing's description does not have, are left out and counted.

    Raises:
        RuleError: nothing is recorded.
        GreenlaneError: ``no_booking`` (404).
    """
    zone, days = ZoneInfo(checkpoint.zone), weeks * 7
    start, first, end = (
        datetime.combine(first_day + timedelta(days=offset), time.min, zone).astimezone(UTC)
        for offset in (0, -WARM_UP_DAYS, days)
    )
    asked = {
        "checkpoint": checkpoint.pk, "direction": direction, "start": start, "first": first, "end": end
    }  # fmt: skip
    everyone, unbooked = _rows(_BOOKED, asked), _rows(_UNBOOKED, asked)
    booked = [row for row in everyone if row[3] in _TOOK_PLACE]
    if not booked and not unbooked:
        raise RuleError(
            "weeks", f"Nothing is recorded from {first_day} on.", "Choose other weeks, or simulate them."
        )
    horizon = rules_in_force(checkpoint, direction).slots.horizon_days * 1440.0
    times = np.array([row[:3] for row in booked], np.float64).reshape(-1, 3) / 60.0
    came = np.array([row[8] for row in booked], np.float64) / 60.0
    waited = times[:, 1] - (times[:, 0] - horizon)
    nobody = np.full(len(unbooked), UNKNOWN, np.int64)
    nothing = np.zeros(len(unbooked))
    carrier = np.concatenate([_ints(booked, 5), nobody])
    kind, known = _kinds(
        checkpoint_document(checkpoint).directions[direction],
        [(row[7], row[4]) for row in booked] + [(row[2], row[1]) for row in unbooked],
        seed,
    )
    wished = np.concatenate([times[:, 0], np.array([row[0] for row in unbooked], np.float64) / 60.0])
    order = np.argsort(wished, kind="stable")
    order = order[known[order]]
    arrays = {
        "wished": wished,
        "books": np.repeat([True, False], [len(booked), len(unbooked)]),
        "lead": np.concatenate([np.maximum(times[:, 0] - times[:, 1], 0.0), nothing]),
        "click": np.concatenate([np.clip(waited, 0.0, LONGEST_CLICK), nothing]),
        "kind": kind,
        "carrier": carrier,
        "fleet": _fleets(carrier),
        "truck": np.concatenate([_ints(booked, 6), nobody]),
        "is_bot": np.zeros(len(wished), np.bool_),
        "absent": np.concatenate([np.array([row[3] == "no_show" for row in booked], np.bool_), nothing > 0.0])
        & np.isnan(np.concatenate([came, nothing])),
        "offset": np.concatenate([came - times[:, 2], np.full(len(unbooked), np.nan)]),
    }
    return Wishes(
        first_day=first_day,
        days=days,
        origin=f"recorded at {checkpoint.code}, {direction}",
        left_out=_left_out(len(everyone) - len(booked), int((~known).sum())),
        **{name: array[order] for name, array in arrays.items()},
    )


def _rows(query: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return list(cursor.fetchall())


def _ints(rows: list[tuple[Any, ...]], column: int) -> np.ndarray:
    return np.array([row[column] for row in rows], np.int64)


def _fleets(carrier: np.ndarray) -> np.ndarray:
    known = {int(each) for each in np.unique(carrier) if each != UNKNOWN}
    fleets = dict(_rows(_FLEETS, {"carriers": sorted(known)}))
    return np.array([fleets.get(int(each), UNKNOWN) for each in carrier], np.int64)


def _kinds(described: Direction, found: list[tuple[str, str]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """[trips] the kind of each, and whether the description has its class."""
    drawn = drawn_kinds(described, np.arange(len(found), dtype=np.int64), seed)
    usual = {
        kind_code(channel, vehicle_class)
        for channel, share in described.channel_shares.items()
        for vehicle_class, class_share in described.class_shares.items()
        if share * class_share > 0.0
    }
    kinds, known = [], []
    for (channel, vehicle_class), luck in zip(found, drawn.tolist(), strict=True):
        drawn_channel, _, drawn_class = luck.partition("/")
        code = kind_code(channel or drawn_channel, vehicle_class or drawn_class)
        kinds.append(code)
        known.append(code in usual)
    return np.array(kinds or [""]), np.array(known or [False])


def _left_out(cancelled: int, unknown: int) -> tuple[str, ...]:
    told = (
        f"Left out: {cancelled:,} bookings that were cancelled or never confirmed." if cancelled else "",
        f"Left out: {unknown:,} trucks of a class or channel that the crossing's description does not have."
        if unknown
        else "",
        "Who found no place and never booked is in no record, and programs are not told from people.",
    )
    return tuple(each for each in told if each)
