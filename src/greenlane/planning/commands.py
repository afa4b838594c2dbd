"""Scenarios kept, renamed and removed; the twin made ready."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.planning.models import Scenario
from greenlane.planning.queries import PLANNING_ROLES, marker, may_change
from greenlane.registry.models import Account, Checkpoint
from greenlane.registry.queries import direction_document, require
from greenlane.twin.setting import read_settings
from greenlane.twin.warming import warm

LONGEST_NAME = 80


def keep_scenario(
    account: Account,
    checkpoint: Checkpoint,
    direction: str,
    name: str,
    settings: tuple[str, ...],
    at: datetime,
) -> Scenario:
    """Keep a setting under a name.

    Args:
        settings: texts such as ``lanes.customs@06:00-24:00=4``.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``direction_unknown`` (404), ``name_missing``,
            ``name_too_long`` (422), ``name_taken`` (409).
        SettingError: a setting that cannot be read.
    """
    require(account, checkpoint, *PLANNING_ROLES)
    direction_document(checkpoint, direction)
    text = ",".join(str(setting) for setting in read_settings(settings))
    with _once_a_name(name):
        return Scenario.objects.create(
            name=_sound(name),
            checkpoint=checkpoint,
            direction=direction,
            settings=text,
            token=secrets.token_urlsafe(24),
            made_by=account,
            made_at=at,
        )


def rename_scenario(account: Account, kept: Scenario, name: str) -> None:
    """Give a scenario another name.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``name_missing``, ``name_too_long`` (422),
            ``name_taken`` (409).
    """
    _require_change(account, kept)
    with _once_a_name(name):
        Scenario.objects.filter(pk=kept.pk).update(name=_sound(name))


def remove_scenario(account: Account, kept: Scenario) -> None:
    """Remove a scenario; its link leads nowhere from then on.

    Raises:
        GreenlaneError: ``not_allowed`` (403).
    """
    _require_change(account, kept)
    Scenario.objects.filter(pk=kept.pk).delete()


def warm_twin() -> None:
    """Compile the twin where that is not done, and note that it is."""
    note = marker()
    compiled = warm()
    note.parent.mkdir(parents=True, exist_ok=True)
    for stale in note.parent.iterdir():
        if stale.name != note.name:
            stale.unlink(missing_ok=True)
    fresh = note.with_suffix(".new")
    fresh.write_text(str(compiled), encoding="utf-8")
    os.replace(fresh, note)


def _require_change(account: Account, kept: Scenario) -> None:
    if not may_change(account, kept):
        raise GreenlaneError(
            "not_allowed",
            _("Only its maker and the checkpoint's administrators may change this scenario."),
            mend=_("Keep it under another name."),
            status=403,
        )


def _sound(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise GreenlaneError(
            "name_missing", _("The scenario has no name."), field="name", mend=_("Give it one."), status=422
        )
    if len(name) > LONGEST_NAME:
        raise GreenlaneError(
            "name_too_long",
            _("The name is too long."),
            field="name",
            mend=_("Use up to %(most)d letters.") % {"most": LONGEST_NAME},
            status=422,
        )
    return name


@contextmanager
def _once_a_name(name: str) -> Iterator[None]:
    """In one transaction; a name that is taken is refused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise GreenlaneError(
            "name_taken",
            _("There is a scenario “%(name)s” here already.") % {"name": name},
            field="name",
            mend=_("Choose another name."),
            status=409,
        ) from None
