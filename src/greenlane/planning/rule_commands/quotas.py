"""Quotas of slots that were made before other rules came in force."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import F, Value
from django.db.models.functions import Greatest

from greenlane.booking.models import Quota
from greenlane.booking.plan import plan_day
from greenlane.planning.queries.rules import rules_in_force
from greenlane.planning.rule_trial.rules import RuleBook, carrier_cap
from greenlane.registry import crossing
from greenlane.registry.models import Account, Checkpoint
from greenlane.registry.queries import checkpoint_document

MOST: Final = 1_000_000
"""Capacity where there is no cap."""
Key = tuple[str, datetime, datetime, bool, str, str]


def fit_quotas(
    checkpoint: Checkpoint, direction: str, before: RuleBook, by: Account, why: str, at: datetime
) -> int:
    """Give the quotas of slots that exist the numbers of the rules in force; how many changed.

    One that somebody set otherwise than the rules before planned stays as it was set, and none falls below
    the places that are taken. Kinds of limits that the rules before did not have begin with the slots made
    next.
    """
    after = rules_in_force(checkpoint, direction)
    described = checkpoint_document(checkpoint)
    first = at.astimezone(ZoneInfo(checkpoint.zone)).date()
    was, planned = (
        _planned(book.put_into(described), direction, first, before.slots.horizon_days + 1)
        for book in (before, after)
    )
    wanted: dict[int, list[int]] = defaultdict(list)
    for pk, capacity, key, is_carriers in _quotas(checkpoint, direction, at):
        old, new = (
            (carrier_cap(before), carrier_cap(after)) if is_carriers else (was.get(key), planned.get(key))
        )
        if old is not None and new is not None and old != new and capacity == min(old, MOST):
            wanted[min(new, MOST)].append(pk)
    ids = sorted(pk for each in wanted.values() for pk in each)
    # One order of locks, as on every path.
    list(Quota.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    for capacity, each in wanted.items():
        Quota.objects.filter(pk__in=each).update(
            capacity=Greatest(Value(capacity), F("taken")), changed_by=by, changed_why=why[:200]
        )
    return len(ids)


def _planned(described: crossing.Checkpoint, direction: str, first: date, days: int) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for offset in range(days):
        for quota in plan_day(described, direction, first + timedelta(days=offset)).quotas:
            if not quota.park:
                selectors = quota.of_one_slot, quota.vehicle_class, quota.share
                found[quota.kind, quota.starts_at, quota.ends_at, *selectors] = quota.capacity
    return found


def _quotas(checkpoint: Checkpoint, direction: str, at: datetime) -> list[tuple[int, int, Key, bool]]:
    """Those of slots to come, without the parks', whose places no rule sets."""
    rows = Quota.objects.filter(checkpoint=checkpoint, direction=direction, ends_at__gt=at, park=None)
    return [
        (row.pk, row.capacity, _key(row), row.kind == Quota.Kind.CARRIER)
        for row in rows.only(
            "capacity", "kind", "starts_at", "ends_at", "slot_id", "vehicle_class", "share", "checkpoint_id"
        )
    ]


def _key(row: Quota) -> Key:
    return row.kind, row.starts_at, row.ends_at, row.slot_id is not None, row.vehicle_class, row.share
