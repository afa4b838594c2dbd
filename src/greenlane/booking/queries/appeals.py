"""Appeals with the facts that their officers need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from greenlane.booking.models import Appeal, Booking, Change
from greenlane.booking.queries.places import lag_minutes, rules_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account
from greenlane.registry.queries import checkpoints_of, may


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is on record about a booking: a step, a call, a message or a sighting of its truck."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """An appeal and what is on record.

    Attributes:
        behind_at_slot, behind_then: minutes that the checkpoint was behind at the end of the slot, and when
            the strike was entered, by all that is known now.
        strikes_before: strikes of the same plate that count, without this one, in the window of the rules.
        record: steps, calls, messages and sightings in their order.
    """

    appeal: Appeal
    behind_at_slot: float
    behind_then: float
    strikes_before: int
    record: tuple[Fact, ...]


def appeals_for(officer: Account, roles: tuple[str, ...]) -> QuerySet[Appeal]:
    """Appeals at the checkpoints at which an account has one of the roles: the open ones first, by age."""
    here = [each for each in checkpoints_of(officer) if may(officer, each, *roles)]
    return (
        Appeal.objects.filter(booking__checkpoint__in=here)
        .select_related("booking__checkpoint", "booking__slot", "booking__carrier", "decided_by")
        .order_by("decision", "made_at", "pk")
    )


def appeal_facts(officer: Account, appeal_id: int, roles: tuple[str, ...]) -> AppealFacts:
    """One appeal with its facts.

    Raises:
        GreenlaneError: ``appeal_unknown`` (404), also where it is of another checkpoint.
    """
    found = appeals_for(officer, roles).filter(pk=appeal_id).first()
    if found is None:
        raise GreenlaneError(
            "appeal_unknown",
            f"There is no appeal {appeal_id} at your checkpoints.",
            field="appeal",
            mend="Take it from the list of appeals.",
            status=404,
        )
    booking = found.booking
    ended = booking.ended_at or booking.slot.ends_at
    rules = rules_of(booking.checkpoint_id, booking.direction)
    others = Booking.objects.filter(
        plate_country=booking.plate_country,
        plate_key=booking.plate_key,
        strike__gt=0,
        excused=False,
        ended_at__gt=ended - timedelta(days=rules.no_show_window_days),
        ended_at__lte=ended,
    ).exclude(pk=booking.pk)
    return AppealFacts(
        appeal=found,
        behind_at_slot=lag_minutes(booking.checkpoint, booking.direction, booking.slot.ends_at),
        behind_then=lag_minutes(booking.checkpoint, booking.direction, ended),
        strikes_before=sum(others.values_list("strike", flat=True)),
        record=tuple(sorted(_record(booking), key=lambda fact: fact.at)),
    )


def _record(booking: Booking) -> list[Fact]:
    """What booking, call-up and gate have on record; the rooms above hang their rows on the booking."""
    steps = Change.objects.filter(booking=booking).values_list("at", "from_state", "to_state", "why")
    record = [Fact(at, "step", f"{was} → {now}: {why}".lstrip(" →")) for at, was, now, why in steps]
    for call in booking.calls.all():
        record.append(Fact(call.called_at, "call", f"{call.gate_by:%Y-%m-%dT%H:%MZ}"))
        if call.recalled_at is not None:
            record.append(Fact(call.recalled_at, "recall", call.recalled_why))
    record += [
        Fact(message.made_at, "message", f"{message.kind}, {message.channel}: {message.state}")
        for message in booking.messages.all()
    ]
    for passage in booking.passages.all():
        times = (("park", passage.park_in_at), ("entry", passage.entry_at), ("exit", passage.exit_at))
        record += [Fact(at, "seen", point) for point, at in times if at is not None]
    return record
