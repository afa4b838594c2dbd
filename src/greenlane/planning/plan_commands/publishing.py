"""A plan goes in force: its quotas to booking, its roster to the shift; and back, with one click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from greenlane.booking.commands import QuotaChange, SlotChange, make_slots, publish_quotas, put_back_quotas
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.errors import GreenlaneError
from greenlane.planning.models import DayPlan, PlanRecord, RulesAdoption
from greenlane.planning.plan_commands.asking import refuse_past
from greenlane.planning.queries import version_of
from greenlane.planning.queries.plans import day_plan, planned_quotas
from greenlane.registry.models import Account, Role
from greenlane.registry.queries import checkpoint_document, require

State = DayPlan.PlanState


def accept_plan(account: Account, plan_id: int, at: datetime) -> DayPlan:
    """Put a plan in force: quotas of the slots still to come, and the roster, in one transaction.

    A plan in force before is replaced; its quotas are what `return_plan` gives back. Repeating it changes
    nothing.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``plan_unknown`` (404), ``plan_past`` (422), ``plan_not_made``,
            ``plan_without_roster``, ``plan_stale`` (409).
    """
    plan = day_plan(plan_id)
    require(account, plan.checkpoint, Role.PLANNER)
    refuse_past(_today(plan, at) > plan.day)
    make_slots(plan.checkpoint, plan.direction, plan.day, plan.day, at)

    def accept() -> DayPlan:
        kept = _locked_day(plan)
        chosen = kept[plan.pk]
        if chosen.state == State.ACCEPTED:
            return chosen
        _require_acceptable(chosen)
        former = next((each for each in kept.values() if each.state == State.ACCEPTED), None)
        changes = publish_quotas(
            chosen.checkpoint,
            chosen.direction,
            planned_quotas(chosen),
            account,
            f"plan {chosen.pk}",
            at,
            reopening=_closed_by(former),
        )
        if former is not None:
            _turn(former, State.REPLACED)
        _turn(chosen, State.ACCEPTED)
        _record(chosen, PlanRecord.What.ACCEPTED, former, chosen, changes, account, at)
        return chosen

    return refused_clearly(accept)


def return_plan(account: Account, plan_id: int, at: datetime) -> DayPlan:
    """Take a plan in force back: the former quotas and the former roster hold again, with a record.

    No quota falls below what is booked by now; what somebody else changed since stays. Repeating it changes
    nothing.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``plan_unknown`` (404), ``plan_not_in_force`` (409).
    """
    plan = day_plan(plan_id)
    require(account, plan.checkpoint, Role.PLANNER)

    def take_back() -> DayPlan:
        kept = _locked_day(plan)
        chosen = kept[plan.pk]
        if chosen.state == State.RETURNED:
            return chosen
        if chosen.state != State.ACCEPTED:
            raise GreenlaneError(
                "plan_not_in_force",
                _("This plan is not in force."),
                mend=_("Take back the one that is, or accept another."),
                status=409,
            )
        accepted = _accepted(chosen)
        changes = put_back_quotas(
            changes_of(accepted.slots),
            account,
            f"plan {chosen.pk} taken back",
            at,
            within_rules=_rules_changed_since(accepted, plan),
        )
        former = kept.get(accepted.before_id) if accepted.before_id is not None else None
        _turn(chosen, State.RETURNED)
        if former is not None and former.state == State.REPLACED:
            _turn(former, State.ACCEPTED)
        _record(chosen, PlanRecord.What.RETURNED, chosen, former, changes, account, at)
        return chosen

    return refused_clearly(take_back)


def changes_of(data: Sequence[Any]) -> list[SlotChange]:
    """The changes that a record keeps."""
    return [
        SlotChange(
            slot["slot"],
            datetime.fromisoformat(slot["starts_at"]),
            slot["was"],
            slot["became"],
            tuple(QuotaChange(**quota) for quota in slot["quotas"]),
        )
        for slot in data
    ]


def _locked_day(plan: DayPlan) -> dict[int, DayPlan]:
    """All plans of the day, so that two who decide of the same day wait for each other."""
    day = DayPlan.objects.filter(checkpoint=plan.checkpoint_id, direction=plan.direction, day=plan.day)
    # Without the checkpoint joined in, whose row is not to be locked.
    kept = {each.pk: each for each in day.select_for_update().order_by("pk")}
    for each in kept.values():
        each.checkpoint = plan.checkpoint
    return kept


def _require_acceptable(plan: DayPlan) -> None:
    if plan.document is None:
        raise GreenlaneError(
            "plan_not_made", _("The plan is not made yet."), mend=_("Wait until it is proposed."), status=409
        )
    if plan.document["staffing"] is None:
        raise GreenlaneError(
            "plan_without_roster",
            _("No roster keeps the standard, so there is none to publish."),
            mend=_("Plan with a lower share, other clocks, or more lanes."),
            status=409,
        )
    if plan.crossing_version != version_of(plan.checkpoint):
        raise GreenlaneError(
            "plan_stale",
            _("The crossing's description was changed since this plan was made."),
            mend=_("Have the plan made anew."),
            status=409,
        )


def _accepted(plan: DayPlan) -> PlanRecord:
    """The record by which a plan was last accepted."""
    return plan.records.filter(what=PlanRecord.What.ACCEPTED).latest("pk")


def _rules_changed_since(accepted: PlanRecord, plan: DayPlan) -> bool:
    """Whether other rules came in force after a plan was accepted."""
    return RulesAdoption.objects.filter(
        version__checkpoint=plan.checkpoint_id,
        version__direction=plan.direction,
        in_force_at__gt=accepted.at,
    ).exists()


def _closed_by(plan: DayPlan | None) -> set[int]:
    if plan is None:
        return set()
    return {each.slot for each in changes_of(_accepted(plan).slots) if each.was != each.became == "closed"}


def _turn(plan: DayPlan, state: State) -> None:
    plan.state = state
    plan.save(update_fields=["state"])


def _record(
    plan: DayPlan,
    what: PlanRecord.What,
    before: DayPlan | None,
    after: DayPlan | None,
    changes: Sequence[SlotChange],
    by: Account,
    at: datetime,
) -> None:
    slots = [{**asdict(change), "starts_at": change.starts_at.isoformat()} for change in changes]
    PlanRecord.objects.create(
        plan=plan, what=what, digest=plan.digest, before=before, after=after, slots=slots, by=by, at=at
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('greenlane_board', %s)", [f"{plan.checkpoint_id}:{plan.direction}"])


def _today(plan: DayPlan, at: datetime) -> Any:
    return checkpoint_document(plan.checkpoint).local(at).date()
