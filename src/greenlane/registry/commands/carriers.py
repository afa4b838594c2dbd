"""Carriers whose papers somebody has seen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Carrier, LookUp
from greenlane.registry.queries import may_verify_carriers

LONGEST_DOCUMENT = 200


@transaction.atomic
def verify_carrier(
    by: Account, carrier: Carrier, document: str, at: datetime, *, register_number: str = ""
) -> Carrier:
    """Note that somebody has seen the carrier's papers. Repeating it changes nothing.

    Args:
        document: what was seen: an extract of a trade register, a licence, of whichever country.
        register_number: the number there; kept where the carrier has none yet.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``document_missing`` (422), or ``carrier_known`` (409) where
            another carrier of the country has the number.
    """
    if not may_verify_carriers(by):
        raise GreenlaneError(
            "not_allowed",
            _("Only an administrator verifies carriers."),
            mend=_("Ask an administrator of a checkpoint."),
            status=403,
        )
    if by.carrier_id == carrier.pk:
        raise GreenlaneError(
            "not_allowed",
            _("Nobody verifies the own carrier."),
            field="carrier",
            mend=_("Leave it to a colleague."),
            status=403,
        )
    document, register_number = " ".join(document.split()), register_number.strip()[:40]
    if not document or len(document) > LONGEST_DOCUMENT:
        raise GreenlaneError(
            "document_missing",
            _("It is not said which paper was seen."),
            field="document",
            mend=_("Name the register extract or the licence, in at most 200 characters."),
            status=422,
        )
    kept = Carrier.objects.select_for_update().get(pk=carrier.pk)
    if kept.verified_at is not None:
        return kept
    if register_number and not kept.tax_id:
        if Carrier.objects.filter(country=kept.country, tax_id=register_number).exists():
            raise GreenlaneError(
                "carrier_known",
                _("Another carrier of this country has this number."),
                field="register_number",
                mend=_("Check the number, and whether the two are one carrier."),
                status=409,
            )
        kept.tax_id = register_number
    kept.verified_at = at
    kept.save(update_fields=["verified_at", "tax_id"])
    # Papers of a carrier are personal data where it is one person: who saw which is logged.
    LookUp.objects.create(account=by, subject=f"carrier {kept.pk}", why=f"verified: {document}"[:200], at=at)
    return kept
