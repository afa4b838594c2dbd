"""Rules that were offered, and what trials of them found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.planning.models import RulesReport, RulesVersion
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.registry.models import Account, Checkpoint
from greenlane.registry.queries import direction_document

if TYPE_CHECKING:
    from greenlane.planning.rule_trial.trial import TrialReport


def keep_version(checkpoint: Checkpoint, book: RuleBook, by: Account | None, at: datetime) -> RulesVersion:
    """Keep rules as a version; the same rules with the same date are the same version.

    Raises:
        GreenlaneError: ``rules_elsewhere`` (422), ``direction_unknown`` (404).
    """
    direction_document(checkpoint, book.direction)
    if book.checkpoint != checkpoint.code:
        raise GreenlaneError(
            "rules_elsewhere",
            _("The rules are of another checkpoint."),
            field="checkpoint",
            mend=_("Name the checkpoint “%(code)s”.") % {"code": checkpoint.code},
            status=422,
        )
    with transaction.atomic():
        Checkpoint.objects.select_for_update().get(pk=checkpoint.pk)
        line = RulesVersion.objects.filter(checkpoint=checkpoint, direction=book.direction)
        last = line.aggregate(last=Max("number"))["last"] or 0
        version, _made = RulesVersion.objects.get_or_create(
            digest=book.digest,
            defaults={
                "checkpoint": checkpoint,
                "direction": book.direction,
                "number": last + 1,
                "document": book.as_document(),
                "effective": book.effective,
                "kept_by": by,
                "kept_at": at,
            },
        )
    return version


def keep_report(checkpoint: Checkpoint, report: TrialReport, by: Account | None, at: datetime) -> RulesReport:
    """Keep what a trial found, with the version that was tried; it is public from then on.

    Raises:
        GreenlaneError: as of `keep_version`.
    """
    with transaction.atomic():
        version = keep_version(checkpoint, report.new, by, at)
        return RulesReport.objects.create(
            version=version, digest=report.new.digest, document=report.as_document(), made_by=by, made_at=at
        )
