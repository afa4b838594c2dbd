"""Signs of resale: found by a job, decided by an officer, followed by nothing that a machine does.

A confirmed signal has no effect of its own: whoever confirms it may write to the carrier, or have an
administrator take its verification back, by hand and under their own names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from greenlane.booking.models import ResaleSignal
from greenlane.booking.queries.resale import contacts_known, signal_shown, trips_since
from greenlane.booking.resale.detection import WINDOW, detect
from greenlane.booking.resale.rows import Finding
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, LookUp, Role

SEEN_BY: Final = (Role.OFFICER,)
"""Roles that see signals at their checkpoint and decide on them."""
CODES_KEPT: Final = 100
LONGEST_WHY: Final = 500
GROWN: Final = 2.0
"""A signal that was decided is raised again once it has so many times the bookings."""


def find_signals(at: datetime) -> int:
    """Look for signs of resale in what is on record, and bring the open signals up to date.

    Returns:
        How many signals are new.
    """
    found = detect(trips_since(at - WINDOW), contacts_known())
    return sum(_keep(finding, at) for finding in found)


@transaction.atomic
def _keep(finding: Finding, at: datetime) -> bool:
    """Keep a finding as an open signal; whether it is new."""
    same = ResaleSignal.objects.filter(kind=finding.kind, subject=finding.subject)
    evidence = _evidence(finding)
    seen = {"evidence": evidence, "seen_at": at, "checkpoint_id": finding.checkpoint}
    if same.filter(state=ResaleSignal.SignalState.OPEN).update(**seen):
        return False
    decided = same.order_by("-decided_at").first()
    if decided is not None and evidence["count"] < GROWN * decided.evidence.get("count", 0):
        return False
    _signal, made = ResaleSignal.objects.get_or_create(
        kind=finding.kind,
        subject=finding.subject,
        state=ResaleSignal.SignalState.OPEN,
        defaults={"found_at": at, **seen},
    )
    return made


def _evidence(finding: Finding) -> dict[str, Any]:
    return {
        "carriers": list(finding.carriers),
        "count": len(finding.bookings),
        "bookings": list(finding.bookings[-CODES_KEPT:]),
        "figures": finding.figures,
    }


def look_at_signal(officer: Account, signal_id: int, at: datetime) -> ResaleSignal:
    """One signal, for an officer of its checkpoint; that it was looked at is logged.

    Raises:
        GreenlaneError: ``signal_unknown`` (404).
    """
    found = signal_shown(officer, signal_id, SEEN_BY)
    LookUp.objects.create(account=officer, subject=f"resale signal {found.pk}", why=found.kind, at=at)
    return found


@transaction.atomic
def decide_signal(officer: Account, signal_id: int, confirmed: bool, why: str, at: datetime) -> ResaleSignal:
    """Say what a signal was, with the reason. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``signal_unknown`` (404), ``why_missing`` (422), or ``signal_decided`` (409) where it
            was decided otherwise.
    """
    found = signal_shown(officer, signal_id, SEEN_BY)
    why = why.strip()
    if not why or len(why) > LONGEST_WHY:
        raise GreenlaneError(
            "why_missing",
            f"The reason is missing or has more than {LONGEST_WHY} characters.",
            field="why",
            mend=f"Say in 1 to {LONGEST_WHY} characters what you found.",
            status=422,
        )
    states = ResaleSignal.SignalState
    state = states.CONFIRMED if confirmed else states.DISMISSED
    decided = ResaleSignal.objects.filter(pk=found.pk, state=states.OPEN).update(
        state=state, decided_by=officer, decided_at=at, why=why
    )
    found.refresh_from_db()
    if not decided and found.state != state:
        raise GreenlaneError(
            "signal_decided",
            "This signal has been decided.",
            field="signal",
            mend="A decision is not changed; a signal that grows is raised again.",
            status=409,
        )
    return found
