"""Quotas of many slots published at once, as a plan of the day has them, and put back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import Quota, Rules, Share, Slot
from greenlane.booking.plan import priority_places, share_places
from greenlane.registry.models import Account, Checkpoint

OPEN, CLOSED = Slot.SlotState.OPEN, Slot.SlotState.CLOSED


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """A quota of a slot: its places before and after, with those that were taken.

    Attributes:
        share: of which trucks; empty for the slot's own.
    """

    quota: int
    share: str
    was: int
    became: int
    taken: int


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What was done to a slot: its state and its quotas before and after."""

    slot: int
    starts_at: datetime
    was: str
    became: str
    quotas: tuple[QuotaChange, ...]


def publish_quotas(
    checkpoint: Checkpoint,
    direction: str,
    bookings: Mapping[datetime, int],
    by: Account,
    why: str,
    at: datetime,
    *,
    reopening: Collection[int] = (),
) -> list[SlotChange]:
    """Give each slot so many places for bookings; what changed, slot by slot.

    The places of the live queue stay beside them; the priority share keeps its part. No quota falls below
    what is taken: where more than planned is booked, the slot is closed with what it has. Slots that are
    over, and those merged into another, stay as they are. Quotas over several slots (hour, day, neighbour,
    class, park) stand.

    Args:
        bookings: by start of the slot.
        reopening: ids of closed slots that may be opened again; others that are closed stay closed.
    """

    def publish() -> list[SlotChange]:
        here = _slots(
            Slot.objects.filter(checkpoint=checkpoint, direction=direction, starts_at__in=list(bookings)), at
        )
        rules = Rules.objects.get(checkpoint=checkpoint, direction=direction)
        wanted: dict[int, int] = {}
        states: dict[int, str] = {}
        own = _locked(here)
        for slot_id, quotas in own.items():
            number = bookings[here[slot_id].starts_at]
            for quota, places in _places(quotas, number, rules):
                wanted[quota.pk] = max(places, quota.taken)
            booked = sum(quota.taken for quota in quotas if quota.share in (Share.BOOKED, Share.PRIORITY))
            if booked > number:
                states[slot_id] = CLOSED
            elif slot_id in reopening:
                states[slot_id] = OPEN
        return _written(here, own, wanted, states, by, why)

    return refused_clearly(publish)


def put_back_quotas(
    changes: Sequence[SlotChange], by: Account, why: str, at: datetime, *, within_rules: bool = False
) -> list[SlotChange]:
    """Undo `publish_quotas`; what changed, slot by slot.

    No quota falls below what is taken by now: such a slot is closed with what it has. A quota or a slot that
    somebody changed since then stays as it is, and so does a slot that is over.

    Args:
        within_rules: other rules came in force since: no quota is raised above what they give, so that
            undoing what was set makes no places which the rules do not have.
    """

    def put_back() -> list[SlotChange]:
        before = {change.slot: change for change in changes}
        most = _places_by_rules(before) if within_rules else {}
        here = _slots(Slot.objects.filter(pk__in=list(before)), at)
        own = _locked(here)
        wanted: dict[int, int] = {}
        states: dict[int, str] = {}
        for slot_id, quotas in own.items():
            change = before[slot_id]
            were = {each.quota: each for each in change.quotas}
            if here[slot_id].state == change.became:
                states[slot_id] = change.was
            for quota in quotas:
                each = were.get(quota.pk)
                if each is None or quota.capacity != each.became:
                    continue
                was = each.was
                if was > each.became and quota.share in most:
                    was = max(each.became, min(was, most[quota.share]))
                wanted[quota.pk] = max(was, quota.taken)
                if not quota.share and quota.taken > each.was:
                    states[slot_id] = CLOSED
        return _written(here, own, wanted, states, by, why)

    return refused_clearly(put_back)


def _places_by_rules(slots: Collection[int]) -> dict[str, int]:
    """What the rules in force give each slot of a line: its own places under the empty share."""
    slot = Slot.objects.filter(pk__in=slots).first()
    if slot is None:
        return {}
    rules = Rules.objects.get(checkpoint=slot.checkpoint_id, direction=slot.direction)
    return {"": rules.slot_capacity} | share_places(rules)


def _slots(slots: QuerySet[Slot], at: datetime) -> dict[int, Slot]:
    """Those that are not over, locked before their quotas, as merging does; bookings go on meanwhile."""
    kept = slots.filter(ends_at__gt=at).exclude(state=Slot.SlotState.MERGED)
    return {slot.pk: slot for slot in kept.select_for_update(no_key=True).order_by("pk")}


def _locked(slots: Mapping[int, Slot]) -> dict[int, list[Quota]]:
    """The quotas of each slot alone, locked in the order of all paths."""
    quotas: dict[int, list[Quota]] = defaultdict(list)
    kinds = (Quota.Kind.SLOT, Quota.Kind.SHARE)
    for quota in (
        Quota.objects.select_for_update().filter(slot__in=list(slots), kind__in=kinds).order_by("pk")
    ):
        if quota.slot_id is not None:
            quotas[quota.slot_id].append(quota)
    return quotas


def _places(quotas: Sequence[Quota], bookings: int, rules: Rules) -> list[tuple[Quota, int]]:
    live = sum(quota.capacity for quota in quotas if quota.share == Share.LIVE)
    priority = priority_places(bookings, rules.priority_share, rules.live_share)
    of_share = {Share.BOOKED: bookings - priority, Share.PRIORITY: priority}
    found = []
    for quota in quotas:
        if quota.kind == Quota.Kind.SLOT:
            found.append((quota, bookings + live))
        elif quota.share in of_share:
            found.append((quota, of_share[Share(quota.share)]))
    return found


def _written(
    slots: Mapping[int, Slot],
    quotas: Mapping[int, Sequence[Quota]],
    wanted: Mapping[int, int],
    states: Mapping[int, str],
    by: Account,
    why: str,
) -> list[SlotChange]:
    changes, resized = [], []
    for slot_id, slot in sorted(slots.items(), key=lambda entry: entry[1].starts_at):
        own = []
        for quota in quotas.get(slot_id, ()):
            became = wanted.get(quota.pk, quota.capacity)
            if became != quota.capacity:
                own.append(QuotaChange(quota.pk, quota.share, quota.capacity, became, quota.taken))
                quota.capacity, quota.changed_by, quota.changed_why = became, by, why[:200]
                resized.append(quota)
        state = states.get(slot_id, slot.state)
        if own or state != slot.state:
            changes.append(SlotChange(slot_id, slot.starts_at, slot.state, state, tuple(own)))
    resized.sort(key=lambda quota: quota.pk)
    Quota.objects.bulk_update(resized, ["capacity", "changed_by", "changed_why"])
    for state in (OPEN, CLOSED):
        turned = [change.slot for change in changes if change.became == state != change.was]
        Slot.objects.filter(pk__in=turned).update(state=state)
    return changes
