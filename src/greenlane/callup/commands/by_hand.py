"""Calls by hand: a shift lead calls a few trucks out of turn, with a reason that everyone can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.callup.commands.calling import make_calls
from greenlane.callup.models import Call
from greenlane.callup.policy import PAPERS, Turn, hindrance
from greenlane.callup.queries import Queue, queue_at
from greenlane.callup.waiting import HAND
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import hold_line
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import require

ONE_ACT: Final = timedelta(minutes=10)
"""What one person calls within this time counts as one act: many small ones are no way round the second
person. As in sql/safety.sql."""


def call_now(
    lead: Account, checkpoint: Checkpoint, direction: str, passages: Sequence[int], why: str, at: datetime
) -> list[Call]:
    """Call some trucks of the park now, whether or not it is their turn; up to `mass_call` of the rules.

    Raises:
        GreenlaneError: ``not_allowed`` (403); ``why_missing``, ``passages`` (422); ``not_waiting``,
            ``hindered``, ``mass_call``, ``too_fast``, ``paused`` (409).
    """
    require(lead, checkpoint, Role.SHIFT_LEAD)
    wanted = list(dict.fromkeys(passages))
    if not why.strip():
        raise _refused("why_missing", _("A call by hand needs a reason."), "why", _("Say why."), 422)
    if not wanted:
        raise _refused("passages", _("No truck is named."), "passages", _("Name the trucks to call."), 422)
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        queue = queue_at(checkpoint, direction, at, looks_ahead=False)
        _check_number(lead, checkpoint, direction, queue, len(wanted), at)
        trucks = {truck.passage: truck for truck in queue.waiting}
        for passage in wanted:
            if passage not in trucks:
                raise _refused(
                    "not_waiting",
                    _("Truck %(truck)s does not wait in the park.") % {"truck": passage},
                    "passages",
                    _("Take the trucks from the list of turns."),
                )
            hindered = hindrance(trucks[passage], queue.release, at)
            if hindered:
                raise _refused(
                    "hindered",
                    _("The papers of truck %(truck)s are not ready.") % {"truck": passage}
                    if hindered == PAPERS
                    else _("The driver of truck %(truck)s rests.") % {"truck": passage},
                    "passages",
                    _("Leave it out, or lift what hinders it first."),
                )
        turns = [Turn(trucks[passage], HAND) for passage in wanted]
        return make_calls(checkpoint, direction, queue, turns, at, by=lead, why=why.strip())


def _check_number(
    lead: Account, checkpoint: Checkpoint, direction: str, queue: Queue, number: int, at: datetime
) -> None:
    if queue.pause is not None:
        raise _refused("paused", _("Call-up is paused."), None, _("End the pause first."))
    made = Call.objects.filter(
        checkpoint=checkpoint, direction=direction, called_by=lead, mass=None, called_at__gt=at - ONE_ACT
    ).count()
    if made + number > queue.rules.mass_call:
        raise _refused(
            "mass_call",
            _("More than %(most)d calls within ten minutes need a second person.")
            % {"most": queue.rules.mass_call},
            "passages",
            _("Ask for a mass call, and let another shift lead approve it."),
        )
    if number > queue.allowance:
        raise _refused(
            "too_fast",
            _("Only %(number)d more trucks may be called now.") % {"number": queue.allowance},
            "passages",
            _("Wait a minute, or until the trucks on the road have come to the barrier."),
        )


def _refused(code: str, message: str, field: str | None, mend: str, status: int = 409) -> GreenlaneError:
    return GreenlaneError(code, message, field=field, mend=mend, status=status)
