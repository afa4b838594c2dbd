"""Kept scenarios, and where a person may plan."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.planning.models import Scenario
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.models import Account, Checkpoint, CrossingVersion, Role
from greenlane.registry.queries import checkpoint_document, checkpoints_of, may

PLANNING_ROLES = (Role.PLANNER, Role.SHIFT_LEAD)
"""Who may ask the twin and keep scenarios; administrators of the checkpoint may too."""


def scenarios_of(checkpoint: Checkpoint, direction: str) -> QuerySet[Scenario]:
    """The scenarios kept for a direction, by name, with their makers."""
    kept = Scenario.objects.filter(checkpoint=checkpoint, direction=direction)
    return kept.select_related("made_by").order_by("name", "pk")


def chosen_scenarios(checkpoint: Checkpoint, direction: str, ids: Iterable[str]) -> list[Scenario]:
    """Those of the ids that are kept there, in the order asked for."""
    numbers = [int(each) for each in ids if each.isascii() and each.isdecimal() and len(each) < 19]
    found = scenarios_of(checkpoint, direction).in_bulk(numbers)
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


def scenario(scenario_id: int) -> Scenario:
    """The scenario of that id, with its checkpoint.

    Raises:
        GreenlaneError: ``scenario_unknown`` (404).
    """
    return _one(Scenario.objects.filter(pk=scenario_id))


def shared_scenario(token: str) -> Scenario:
    """The scenario of a link's token, with its checkpoint.

    Raises:
        GreenlaneError: ``scenario_unknown`` (404).
    """
    return _one(Scenario.objects.filter(token=token))


def may_change(account: Account | AnonymousUser, kept: Scenario) -> bool:
    """Whether the account may rename and remove it: its maker, while still planning there, and the
    administrators of the checkpoint."""
    if not may(account, kept.checkpoint, *PLANNING_ROLES):
        return False
    return kept.made_by_id == account.pk or may(account, kept.checkpoint, Role.ADMINISTRATOR)


def planned_lines(account: Account) -> list[tuple[Checkpoint, str]]:
    """The checkpoints and directions for which the account may ask the twin."""
    return [
        (here, direction)
        for here in checkpoints_of(account)
        if may(account, here, *PLANNING_ROLES)
        for direction in DIRECTIONS
        if direction in checkpoint_document(here).directions
    ]


def may_plan_somewhere(account: Account | AnonymousUser) -> bool:
    """Whether the account may ask the twin for any checkpoint."""
    if not isinstance(account, Account) or not account.is_active:
        return False
    if account.is_superuser:
        return True
    return account.grants.filter(role__in=[*PLANNING_ROLES, Role.ADMINISTRATOR]).exists()


def version_of(checkpoint: Checkpoint) -> int:
    """The number of the crossing's description in force."""
    numbers = CrossingVersion.objects.filter(crossing_id=checkpoint.crossing_id).order_by("-number")
    return numbers.values_list("number", flat=True).first() or 0


def _one(found: QuerySet[Scenario]) -> Scenario:
    kept = found.select_related("checkpoint__crossing", "made_by").first()
    if kept is None:
        raise GreenlaneError(
            "scenario_unknown",
            _("There is no such scenario."),
            mend=_("It may have been removed; ask whoever gave you the link."),
            status=404,
        )
    return kept
