"""Plans of days: what was asked, what is in force, the roster, and the quotas beside those planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from greenlane.booking.models import Quota, Share, Slot
from greenlane.errors import GreenlaneError
from greenlane.planning.models import DayPlan, PlanRecord, ProposedTime
from greenlane.registry.models import Checkpoint

PLANS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """A time for which a lane is planned to be open."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class LanePlanned:
    """A lane of the roster and the times for which it is to be open; none where it stays closed."""

    stage: str
    lane: str
    spans: tuple[OpenSpan, ...]

    def is_open(self, at: datetime) -> bool:
        """Whether the plan has it open at an aware time."""
        return any(span.opens_at <= at < span.closes_at for span in self.spans)


@dataclass(frozen=True, slots=True)
class RosterPlanned:
    """The roster in force for a local day."""

    plan: int
    day: date
    published_at: datetime
    lanes: tuple[LanePlanned, ...]


@dataclass(frozen=True, slots=True)
class StagePlanned:
    """Lanes that the roster has open at a stage now, and from ``next_at`` on; None: to the end of the day."""

    now: int
    next: int | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class SlotQuota:
    """Places of a slot for bookings, the live queue's not among them, and those that are taken."""

    starts_at: datetime
    capacity: int
    taken: int
    is_open: bool


def day_plan(plan_id: int) -> DayPlan:
    """The plan of that id, with its checkpoint.

    Raises:
        GreenlaneError: ``plan_unknown`` (404).
    """
    plan = DayPlan.objects.select_related("checkpoint__crossing", "asked_by").filter(pk=plan_id).first()
    if plan is None:
        raise GreenlaneError(
            "plan_unknown", _("There is no such plan."), mend=_("Choose one of the list."), status=404
        )
    return plan


def plans_of(checkpoint: Checkpoint, direction: str, day: date) -> list[DayPlan]:
    """The latest plans of a day, the newest first, with who asked."""
    found = DayPlan.objects.filter(checkpoint=checkpoint, direction=direction, day=day)
    return list(found.select_related("asked_by").defer("document").order_by("-asked_at", "-pk")[:PLANS_SHOWN])


def plan_in_force(checkpoint: Checkpoint, direction: str, day: date) -> DayPlan | None:
    """The accepted plan of a day; None where the lanes and quotas are as described."""
    return DayPlan.objects.filter(
        checkpoint=checkpoint, direction=direction, day=day, state=DayPlan.PlanState.ACCEPTED
    ).first()


def records_of(checkpoint: Checkpoint, direction: str, day: date) -> QuerySet[PlanRecord]:
    """Who accepted and took back what for a day, the latest first."""
    return PlanRecord.objects.filter(
        plan__checkpoint=checkpoint, plan__direction=direction, plan__day=day
    ).select_related("plan", "by", "before", "after")


def roster_in_force(checkpoint: Checkpoint, direction: str, day: date) -> RosterPlanned | None:
    """The published roster of a local day; None where there is none."""
    plan = plan_in_force(checkpoint, direction, day)
    if plan is None or plan.document is None:
        return None
    record = plan.records.filter(what=PlanRecord.What.ACCEPTED).order_by("-at", "-pk").first()
    begin = datetime.combine(day, time.min, ZoneInfo(checkpoint.zone)).astimezone(UTC)
    lanes = tuple(
        LanePlanned(
            each["stage"],
            each["lane"],
            tuple(
                OpenSpan(begin + timedelta(minutes=opens), begin + timedelta(minutes=closes))
                for opens, closes in each["open"]
            ),
        )
        for each in plan.document["lanes"]
    )
    return RosterPlanned(plan.pk, day, record.at if record else plan.asked_at, lanes)


def stages_planned(roster: RosterPlanned, at: datetime) -> dict[str, StagePlanned]:
    """By code of stage: lanes planned at an aware time, and the next change of their number that day."""
    stages: dict[str, list[LanePlanned]] = {}
    for lane in roster.lanes:
        stages.setdefault(lane.stage, []).append(lane)
    return {code: _stage_planned(lanes, at) for code, lanes in stages.items()}


def quotas_of_day(checkpoint: Checkpoint, direction: str, day: date) -> list[SlotQuota]:
    """Places for bookings of the day's slots as they are now, in order of time; merged slots left out."""
    begin, end = local_day(day, checkpoint.zone)
    slots = {
        slot.pk: slot
        for slot in Slot.objects.filter(
            checkpoint=checkpoint, direction=direction, starts_at__gte=begin, starts_at__lt=end
        ).exclude(state=Slot.SlotState.MERGED)
    }
    bookable: dict[int, int] = defaultdict(int)
    taken: dict[int, int] = defaultdict(int)
    shares = (Share.BOOKED, Share.PRIORITY)
    own = Quota.objects.filter(slot__in=list(slots), kind__in=(Quota.Kind.SLOT, Quota.Kind.SHARE))
    live = {quota.slot_id: quota.capacity for quota in own if quota.share == Share.LIVE}
    for quota in own:
        if quota.slot_id is None:
            continue
        if quota.kind == Quota.Kind.SLOT:
            bookable[quota.slot_id] = max(quota.capacity - live.get(quota.slot_id, 0), 0)
        elif quota.share in shares:
            taken[quota.slot_id] += quota.taken
    return [
        SlotQuota(slot.starts_at, bookable[pk], taken[pk], slot.state == Slot.SlotState.OPEN)
        for pk, slot in sorted(slots.items(), key=lambda entry: entry[1].starts_at)
    ]


def quotas_before(plan: DayPlan) -> list[SlotQuota]:
    """The same as `quotas_of_day`, with a plan in force thought away: what its return would bring back."""
    quotas = quotas_of_day(plan.checkpoint, plan.direction, plan.day)
    record = plan.records.filter(what=PlanRecord.What.ACCEPTED).order_by("-pk").first()
    if plan.state != DayPlan.PlanState.ACCEPTED or record is None:
        return quotas
    fewer = {
        datetime.fromisoformat(slot["starts_at"]): quota["was"] - quota["became"]
        for slot in record.slots
        for quota in slot["quotas"]
        if not quota["share"]
    }
    return [replace(each, capacity=each.capacity + fewer.get(each.starts_at, 0)) for each in quotas]


def planned_quotas(plan: DayPlan) -> dict[datetime, int]:
    """Bookings by start of the slot as the plan has them; empty where it has no quotas."""
    quotas: Mapping[str, Any] | None = (plan.document or {}).get("quotas")
    if quotas is None:
        return {}
    begin, _end = local_day(plan.day, plan.checkpoint.zone)
    return {begin + timedelta(minutes=_minute(slot["at"])): slot["bookings"] for slot in quotas["slots"]}


def local_day(day: date, zone: str) -> tuple[datetime, datetime]:
    """The begin of a local date and of the next one, in UTC."""
    first, after = (
        datetime.combine(each, time.min, ZoneInfo(zone)) for each in (day, day + timedelta(days=1))
    )
    return first.astimezone(UTC), after.astimezone(UTC)


def open_proposals(checkpoint: Checkpoint, direction: str) -> QuerySet[ProposedTime]:
    """New times that were proposed and not yet answered, in order of the slots that the trucks had."""
    found = ProposedTime.objects.filter(
        booking__checkpoint=checkpoint, booking__direction=direction, answer=ProposedTime.Answer.OPEN
    )
    return found.select_related("booking", "was", "slot").order_by("was__starts_at", "pk")


def proposal_of(booking_id: int) -> ProposedTime | None:
    """The new time proposed for a booking that waits for an answer; None where there is none."""
    found = ProposedTime.objects.filter(booking=booking_id, answer=ProposedTime.Answer.OPEN)
    return found.select_related("was", "slot", "booking__checkpoint").first()


def _stage_planned(lanes: list[LanePlanned], at: datetime) -> StagePlanned:
    number = sum(lane.is_open(at) for lane in lanes)
    edges = {edge for lane in lanes for span in lane.spans for edge in (span.opens_at, span.closes_at)}
    last = max(edges, default=at)
    for edge in sorted(edge for edge in edges if edge > at):
        then = sum(lane.is_open(edge) for lane in lanes)
        # At the end of the day another roster begins.
        if then != number and not (edge == last and then == 0):
            return StagePlanned(number, then, edge)
    return StagePlanned(number, None, None)


def _minute(text: str) -> int:
    hours, _stroke, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
