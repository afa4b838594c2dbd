"""A plan is asked for by a person and made by a job."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from greenlane.errors import GreenlaneError
from greenlane.planning.models import DayPlan
from greenlane.planning.plan_asked import PlanAsked, of_data
from greenlane.planning.queries import version_of
from greenlane.planning.queries.acceptance import accepted_per_hour
from greenlane.planning.queries.plans import day_plan
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import checkpoint_document, direction_document, require

JOB: Final = "greenlane.site.tasks.make_day_plan"
PATIENCE: Final = timedelta(minutes=15)
"""A plan that was asked for so long ago is asked for anew: whoever made it was stopped."""


def ask_plan(
    account: Account, checkpoint: Checkpoint, direction: str, asked: PlanAsked, at: datetime
) -> DayPlan:
    """Have a plan made. Asked again while the same is being made, it is that one.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``direction_unknown`` (404), ``plan_past`` (422).
        PlanError, SettingError, ModelError: a wish that makes no sense, by its name.
    """
    require(account, checkpoint, Role.PLANNER)
    direction_document(checkpoint, direction)
    described = checkpoint_document(checkpoint)
    refuse_past(described.local(at).date() > asked.wishes.day)
    # The engine's import takes a second, which a web process spends when it is first asked.
    from greenlane.planning.plan_wishes import wanted_of

    wanted_of(described, direction, asked.wishes)
    version, wishes = version_of(checkpoint), asked.as_data()
    with transaction.atomic():
        same = DayPlan.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            day=asked.wishes.day,
            state=DayPlan.PlanState.ASKED,
            wishes=wishes,
            crossing_version=version,
            asked_at__gt=at - PATIENCE,
        ).first()
        if same is not None:
            return same
        plan = DayPlan.objects.create(
            checkpoint=checkpoint,
            direction=direction,
            day=asked.wishes.day,
            crossing_version=version,
            wishes=wishes,
            asked_by=account,
            asked_at=at,
        )
        app.configure_task(JOB).defer(plan_id=plan.pk)
    return plan


def make_asked(plan_id: int, at: datetime) -> DayPlan:
    """Make a plan that was asked for; one that is made stays as it is.

    What cannot be planned is kept with the reason; anything else goes on to the job's log as well.
    """
    from greenlane.planning.plan_document import digest_of, made_apart

    plan = day_plan(plan_id)
    if plan.state != DayPlan.PlanState.ASKED:
        return plan
    try:
        asked = _with_measured_neighbour(plan, at)
        document = made_apart(checkpoint_document(plan.checkpoint), plan.direction, asked)
    except GreenlaneError as refusal:
        _failed(plan, refusal)
        return plan
    except Exception:
        mend = "Ask for it again; if that fails too, tell whoever runs the platform."
        _failed(plan, GreenlaneError("plan_failed", "The planner failed.", mend=mend))
        raise
    plan.document, plan.digest = document, digest_of(document)
    plan.state, plan.made_at = DayPlan.PlanState.MADE, at
    plan.save(update_fields=["document", "digest", "state", "made_at"])
    return plan


def _with_measured_neighbour(plan: DayPlan, at: datetime) -> PlanAsked:
    """What was asked, with what the other side was measured to take where nothing was said of that."""
    asked = of_data(plan.wishes)
    if asked.wishes.neighbour is not None:
        return asked
    measured = accepted_per_hour(plan.checkpoint, plan.direction, at)
    return replace(asked, wishes=replace(asked.wishes, neighbour=measured))


def refuse_past(is_past: bool) -> None:
    """Refuse to plan a day that is over.

    Raises:
        GreenlaneError: ``plan_past`` (422).
    """
    if is_past:
        raise GreenlaneError(
            "plan_past",
            _("This day is over."),
            field="day",
            mend=_("Choose today or a later day."),
            status=422,
        )


def _failed(plan: DayPlan, refusal: GreenlaneError) -> None:
    plan.state, plan.failure = DayPlan.PlanState.FAILED, refusal.as_dict()
    plan.save(update_fields=["state", "failure"])
