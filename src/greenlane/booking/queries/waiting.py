"""What is read of the waiting list: the list itself, and what the rule of serving needs to know of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from greenlane.booking.models import FreedSlot, Rules, State, WaitingGroup
from greenlane.booking.waiting_list.groups import (
    Fit,
    FreedPlaces,
    Quota,
    Waiting,
    WaitingTruck,
    fit,
    in_order,
)
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account

WAITING, OFFERED = WaitingGroup.GroupState.WAITING, WaitingGroup.GroupState.OFFERED
ON_THE_LIST = (WAITING, OFFERED)


@dataclass(frozen=True, slots=True)
class Listed:
    """A group as everybody sees it, in the order of the list."""

    number: str
    position: int
    trucks: int
    rank: int
    joined_at: datetime
    earliest: datetime
    latest: datetime
    state: str
    passed_over: int


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a group stands.

    Attributes:
        position: in the whole list, from 1.
        before: groups before it whose times overlap its own, and so may be served before it.
    """

    position: int
    before: int


def waiting_list(checkpoint_id: int, direction: str) -> list[Listed]:
    """The list of a checkpoint and direction in its order, by numbers alone."""
    rows = WaitingGroup.objects.filter(
        checkpoint_id=checkpoint_id, direction=direction, state__in=ON_THE_LIST
    ).prefetch_related("entries")
    groups = {group.pk: group for group in rows}
    return [
        Listed(
            number=groups[each.id].number,
            position=position,
            trucks=len(each.trucks),
            rank=each.rank,
            joined_at=each.made_at,
            earliest=each.earliest,
            latest=each.latest,
            state=groups[each.id].state,
            passed_over=each.passed_over,
        )
        for position, each in enumerate(in_order(map(as_waiting, groups.values())), 1)
    ]


def list_places(groups: Iterable[WaitingGroup]) -> dict[str, ListPlace]:
    """Where those of the groups stand that are still on their list, by number."""
    asked = {group.number: (group.checkpoint_id, group.direction) for group in groups
             if group.state in ON_THE_LIST}  # fmt: skip
    found: dict[str, ListPlace] = {}
    for line in set(asked.values()):
        listed = waiting_list(*line)
        for place, mine in enumerate(listed):
            if mine.number in asked:
                before = sum(
                    each.earliest <= mine.latest and mine.earliest <= each.latest for each in listed[:place]
                )
                found[mine.number] = ListPlace(mine.position, before)
    return found


def waiting_groups_of(account: Account) -> QuerySet[WaitingGroup]:
    """What an account may see: its carrier's groups for a dispatcher, else its own; the newest first."""
    visible = WaitingGroup.objects.select_related("checkpoint").prefetch_related(
        "entries__truck", "entries__booking__slot"
    )
    if account.carrier_id is not None and account.carrier_role == Account.CarrierRole.DISPATCHER:
        return visible.filter(carrier_id=account.carrier_id).order_by("-made_at", "-pk")
    return visible.filter(account=account).order_by("-made_at", "-pk")


def waiting_group_of(account: Account, number: str) -> WaitingGroup:
    """One group that the account may see.

    Raises:
        GreenlaneError: ``waiting_unknown`` (404).
    """
    group = waiting_groups_of(account).filter(number=number.upper()).first()
    if group is None:
        raise GreenlaneError(
            "waiting_unknown",
            "You have no such place on a waiting list.",
            field="number",
            mend="Check the number; it looks like WL-7K3MQ-9XDPA.",
            status=404,
        )
    return group


def carrier_cap(rules: Rules) -> int | None:
    """Places of one carrier in an hour, as `booking_cap_carriers` has it; None where there is no cap."""
    if rules.carrier_share >= 1:
        return None
    of_hour = rules.hour_capacity or rules.slot_capacity * 60 // rules.step_minutes
    return max(1, math.ceil(round(rules.carrier_share * of_hour, 6)))


_GROUPS = """
SELECT waiting.id, waiting.rank, waiting.made_at, waiting.earliest, waiting.latest, waiting.carrier_id,
       waiting.share, waiting.passed_over,
       array_agg(truck.vehicle_class ORDER BY entry.id), array_agg(entry.park_id ORDER BY entry.id),
       bool_and(truck.retired_at IS NULL
                AND truck.carrier_id = waiting.carrier_id
                AND NOT EXISTS (SELECT 1 FROM booking_booking busy
                                 WHERE busy.state IN ('held', 'confirmed', 'called')
                                   AND busy.plate_key <> '' AND busy.plate_key = truck.plate_key
                                   AND busy.plate_country = truck.country)
                AND NOT EXISTS (SELECT 1 FROM booking_booking busy
                                 WHERE busy.state IN ('held', 'confirmed', 'called')
                                   AND busy.vin <> '' AND busy.vin = truck.vin)
                AND coalesce(booking_limited_until(
                        truck.id, rules.no_show_limit, rules.no_show_window_days, rules.no_show_block_days,
                        %(at)s) <= %(at)s, true)),
       min(refused.slot_id)
  FROM booking_waitinggroup waiting
  JOIN booking_rules rules
    ON rules.checkpoint_id = waiting.checkpoint_id AND rules.direction = waiting.direction
  JOIN booking_waitingentry entry ON entry.group_id = waiting.id
  JOIN registry_truck truck ON truck.id = entry.truck_id
  LEFT JOIN booking_booking refused ON refused.id = entry.booking_id
 WHERE waiting.checkpoint_id = %(checkpoint)s AND waiting.direction = %(direction)s
   AND waiting.state = 'waiting'
 GROUP BY waiting.id
"""
_PLACES = """
SELECT slot.id, slot.starts_at, quota.id, quota.capacity, quota.capacity - quota.taken, quota.vehicle_class,
       quota.park_id, quota.share, quota.carrier_id
  FROM booking_slot slot
  JOIN booking_slotquota link ON link.slot_id = slot.id
  JOIN booking_quota quota ON quota.id = link.quota_id
 WHERE slot.checkpoint_id = %(checkpoint)s AND slot.direction = %(direction)s AND {which}
   AND slot.state = 'open' AND (quota.carrier_id IS NULL OR quota.carrier_id = ANY (%(carriers)s))
 ORDER BY slot.starts_at, slot.id, quota.id
"""
_NAMED = "slot.id = ANY (%(slots)s)"
_WITHIN = "slot.starts_at BETWEEN %(earliest)s AND %(latest)s"


def groups_waiting(checkpoint_id: int, direction: str, at: datetime) -> list[Waiting]:
    """The groups that wait without an offer, with what the rule of serving asks of them."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, {"checkpoint": checkpoint_id, "direction": direction, "at": at})
        return [
            Waiting(
                pk, rank, made_at, earliest, latest, carrier, share,
                tuple(map(WaitingTruck, classes, parks)), passed_over, can_come, refused,
            )
            for pk, rank, made_at, earliest, latest, carrier, share, passed_over, classes, parks,
                can_come, refused in cursor.fetchall()
        ]  # fmt: skip


def freed_marks(checkpoint_id: int, direction: str) -> dict[int, int | None]:
    """The slots that are the list's, and for which group their places are kept."""
    marks = FreedSlot.objects.filter(slot__checkpoint_id=checkpoint_id, slot__direction=direction)
    return dict(marks.values_list("slot_id", "kept_for_id"))


def freed_places(
    checkpoint_id: int, direction: str, slots: Collection[int], carriers: Collection[int]
) -> list[FreedPlaces]:
    """Those of the slots that are open, each with its quotas; of carriers' caps those of ``carriers``."""
    return _places(_NAMED, checkpoint_id, direction, carriers, slots=list(slots))


def slots_within(group: WaitingGroup, at: datetime) -> list[FreedPlaces]:
    """The open slots to come in the times of a group, with their quotas."""
    within = {"earliest": max(at, group.earliest), "latest": group.latest}
    return _places(_WITHIN, group.checkpoint_id, group.direction, (group.carrier_id,), **within)


def slots_that_fit(checkpoint_id: int, direction: str, at: datetime) -> list[int]:
    """Open slots to come that have places for a whole group that waits."""
    groups = [group for group in groups_waiting(checkpoint_id, direction, at) if group.can_come]
    if not groups:
        return []
    within = {
        "earliest": max(at, min(group.earliest for group in groups)),
        "latest": max(group.latest for group in groups),
    }
    slots = _places(_WITHIN, checkpoint_id, direction, {group.carrier for group in groups}, **within)
    return [
        slot.id
        for slot in slots
        if slot.starts_at > at
        and not slot.is_full
        and any(group.suits(slot) and fit(group, slot, {}) is Fit.ALL for group in groups)
    ]


def lists_with_waiting() -> list[tuple[int, str]]:
    """Checkpoint and direction of every list in which somebody waits."""
    waiting = WaitingGroup.objects.filter(state=WAITING).order_by("checkpoint_id", "direction")
    return list(waiting.values_list("checkpoint_id", "direction").distinct())


def offers_ended(at: datetime) -> list[int]:
    """Groups whose offer ran out, or lost one of its places otherwise."""
    offered = WaitingGroup.objects.filter(state=OFFERED)
    over = offered.filter(offer_until__lte=at) | offered.filter(
        entries__booking__state__in=(State.CANCELLED, State.EXPIRED)
    )
    return list(over.order_by("pk").values_list("pk", flat=True).distinct())


def _places(
    which: str, checkpoint_id: int, direction: str, carriers: Collection[int], **which_ones: Any
) -> list[FreedPlaces]:
    quotas: dict[tuple[int, datetime], list[Quota]] = defaultdict(list)
    asked: dict[str, Any] = {
        "checkpoint": checkpoint_id,
        "direction": direction,
        "carriers": list(carriers),
    } | which_ones
    with connection.cursor() as cursor:
        cursor.execute(_PLACES.format(which=which), asked)
        for slot, starts_at, *quota in cursor.fetchall():
            quotas[slot, starts_at].append(Quota(*quota))
    return [FreedPlaces(slot, starts_at, tuple(found)) for (slot, starts_at), found in quotas.items()]


def as_waiting(group: WaitingGroup) -> Waiting:
    """A group as the order and the fitting see it; whether it can come is not looked at."""
    return Waiting(
        group.pk,
        group.rank,
        group.made_at,
        group.earliest,
        group.latest,
        group.carrier_id,
        group.share,
        tuple(WaitingTruck(entry.vehicle_class, entry.park_id) for entry in group.entries.all()),
    )
