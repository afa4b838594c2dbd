"""Mass calls: counted first, approved by a second person, made at the rate of the rules, stopped any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.callup.models import MassCall
from greenlane.callup.policy import Turn, Waiting, hindrance
from greenlane.callup.queries import Queue, approved_mass_calls, queue_at
from greenlane.callup.waiting import MASS
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import hold_line
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import require

GOOD_FOR: Final = timedelta(minutes=10)
"""A mass call can be approved for so long: after that the park is another."""
MOST: Final = 5000


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a mass call would do, before it is made.

    Attributes:
        mass: the wish, which waits for a second person.
        first: the first trucks, in the order of their turns.
        inside, on_the_way: trucks there now; `then` with those called; `limit` what the inside holds.
        minutes: how long the calls go out at the rate of the rules.
    """

    mass: MassCall
    first: tuple[Passage, ...]
    inside: int
    on_the_way: int
    then: int
    limit: int
    minutes: float


def ask_mass_call(
    lead: Account,
    checkpoint: Checkpoint,
    direction: str,
    why: str,
    at: datetime,
    *,
    count: int | None = None,
    park: str | None = None,
) -> DryRun:
    """Count what a mass call would call, and call nobody.

    Args:
        count: the first so many in the order of turns; those that are not due yet come after the others.
        park: all trucks of the park of that code, in place of a number.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``why_missing``, ``count_missing``, ``nobody_waits`` (422).
    """
    require(lead, checkpoint, Role.SHIFT_LEAD)
    if not why.strip():
        raise _refused("why_missing", _("A mass call needs a reason."), "why", _("Say why."))
    if (count is None) == (park is None) or (count is not None and not 1 <= count <= MOST):
        raise _refused(
            "count_missing",
            _("Say how many trucks, or of which park."),
            "count",
            _("Give a number from 1 to %(most)d, or the code of a park.") % {"most": MOST},
        )
    queue = queue_at(checkpoint, direction, at, looks_ahead=False)
    trucks = _callable(queue, at)
    if park is not None:
        trucks = [truck for truck in trucks if _park(queue, truck) == park]
    wanted = trucks if count is None else trucks[:count]
    if not wanted or (count is not None and len(wanted) < count):
        raise _refused(
            "nobody_waits",
            _("Only %(number)d trucks can be called.") % {"number": len(wanted)},
            "count" if count is not None else "park",
            _("Ask for as many as wait in the park and are not hindered."),
        )
    mass = MassCall.objects.create(
        checkpoint=checkpoint,
        direction=direction,
        passages=[truck.passage for truck in wanted],
        count=len(wanted),
        why=why.strip()[:200],
        asked_by=lead,
        asked_at=at,
        good_until=at + GOOD_FOR,
    )
    return DryRun(
        mass,
        tuple(queue.passages[truck.passage] for truck in wanted[:10]),
        queue.inside,
        queue.on_the_way,
        queue.inside + queue.on_the_way + len(wanted),
        queue.rules.inside_limit,
        len(wanted) / max(1, queue.rules.calls_per_minute),
    )


def approve_mass_call(lead: Account, mass_id: int, count: int, at: datetime) -> MassCall:
    """A second person agrees, and types the number again; the calls then go out at the rate of the rules.

    Raises:
        GreenlaneError: ``mass_unknown`` (404), ``not_allowed`` (403), ``same_person``, ``mass_over``,
            ``queue_changed`` (409), ``count_differs`` (422).
    """
    mass = mass_call(mass_id)
    require(lead, mass.checkpoint, Role.SHIFT_LEAD)
    with transaction.atomic():
        hold_line(mass.checkpoint, mass.direction, at)
        mass = MassCall.objects.select_for_update(of=("self",)).get(pk=mass_id)
        if mass.state == MassCall.MassState.APPROVED and mass.decided_by_id == lead.pk:
            return mass
        if mass.asked_by_id == lead.pk:
            raise _refused(
                "same_person",
                _("Who asked for a mass call cannot approve it."),
                None,
                _("Let another shift lead approve it."),
                409,
            )
        if mass.state != MassCall.MassState.ASKED or at > mass.good_until:
            raise _refused(
                "mass_over",
                _("This mass call cannot be approved any more."),
                None,
                _("Ask for a new one."),
                409,
            )
        if count != mass.count:
            raise _refused(
                "count_differs",
                _("The number is not that of the mass call."),
                "count",
                _("Read the number of trucks again, and type it."),
            )
        queue = queue_at(mass.checkpoint, mass.direction, at, looks_ahead=False)
        if set(mass.passages) - {truck.passage for truck in _callable(queue, at)}:
            raise _refused(
                "queue_changed",
                _("Some of the trucks cannot be called any more."),
                None,
                _("Ask for a new mass call, on the queue as it is."),
                409,
            )
        mass.state, mass.decided_by, mass.decided_at = MassCall.MassState.APPROVED, lead, at
        mass.save(update_fields=["state", "decided_by", "decided_at"])
    return mass


def refuse_mass_call(lead: Account, mass_id: int, at: datetime) -> MassCall:
    """Refuse a mass call, withdraw it, or stop one that goes out; one person is enough.

    Raises:
        GreenlaneError: ``mass_unknown`` (404), ``not_allowed`` (403), ``mass_over`` (409).
    """
    mass = mass_call(mass_id)
    require(lead, mass.checkpoint, Role.SHIFT_LEAD)
    with transaction.atomic():
        hold_line(mass.checkpoint, mass.direction, at)
        mass = MassCall.objects.select_for_update(of=("self",)).get(pk=mass_id)
        if mass.state == MassCall.MassState.REFUSED:
            return mass
        if mass.state not in (MassCall.MassState.ASKED, MassCall.MassState.APPROVED):
            raise _refused(
                "mass_over",
                _("This mass call is over."),
                None,
                _("Recall the trucks that were called."),
                409,
            )
        mass.state, mass.decided_by, mass.decided_at = MassCall.MassState.REFUSED, lead, at
        mass.save(update_fields=["state", "decided_by", "decided_at"])
    return mass


def mass_call(mass_id: int) -> MassCall:
    """A mass call by its key.

    Raises:
        GreenlaneError: ``mass_unknown`` (404).
    """
    found = MassCall.objects.select_related("checkpoint__crossing", "asked_by").filter(pk=mass_id).first()
    if found is None:
        raise _refused(
            "mass_unknown",
            _("There is no such mass call."),
            "mass",
            _("Take the id from the answer to the one who asked."),
            404,
        )
    return found


def calls_of_mass(checkpoint: Checkpoint, direction: str, queue: Queue) -> tuple[MassCall, list[Turn]] | None:
    """The next trucks of the oldest approved mass call, as many as the rate allows."""
    if queue.pause is not None:
        return None
    left = {truck.passage: truck for truck in queue.waiting}
    for mass in approved_mass_calls(checkpoint, direction):
        trucks = [left[passage] for passage in mass.passages if passage in left]
        turns = [Turn(truck, MASS) for truck in trucks[: queue.rate_left]]
        if turns:
            return mass, turns
    return None


def end_mass_calls(checkpoint: Checkpoint, direction: str, at: datetime) -> None:
    """Close those that were not approved in time, and those whose trucks have all been called or are gone."""
    here = MassCall.objects.filter(checkpoint=checkpoint, direction=direction)
    here.filter(state=MassCall.MassState.ASKED, good_until__lt=at).update(state=MassCall.MassState.EXPIRED)
    for mass in approved_mass_calls(checkpoint, direction):
        waits = Passage.objects.filter(pk__in=mass.passages, phase=Passage.Phase.WAITING)
        if not waits.exclude(calls__mass=mass).exists():
            here.filter(pk=mass.pk, state=MassCall.MassState.APPROVED).update(state=MassCall.MassState.DONE)


def _callable(queue: Queue, at: datetime) -> list[Waiting]:
    """Trucks that a person may call: those whose turn it is, then those that are not due, none hindered."""
    due = {truck.passage for truck in queue.turns}
    early = [
        truck
        for truck in sorted(queue.waiting, key=lambda truck: (truck.slot_start or at, truck.arrived_at))
        if truck.passage not in due and not hindrance(truck, queue.release, at)
    ]
    return [*queue.turns, *early]


def _park(queue: Queue, truck: Waiting) -> str | None:
    booking = queue.passages[truck.passage].booking
    return booking.park.code if booking is not None and booking.park is not None else None


def _refused(code: str, message: str, field: str | None, mend: str, status: int = 422) -> GreenlaneError:
    return GreenlaneError(code, message, field=field, mend=mend, status=status)
