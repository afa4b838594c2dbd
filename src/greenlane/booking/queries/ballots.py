"""Ballots and entries as pages, the API and the worker read them. No seed is read here before it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from greenlane.booking.ballot.window import midnight, window
from greenlane.booking.codes import ENTRY, read_code
from greenlane.booking.models import Ballot, BallotEntry, Slot
from greenlane.booking.plan import PlannedDay
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import SlotRules
from greenlane.registry.crossing_parts import BALLOT
from greenlane.registry.models import Account, Checkpoint

State, Outcome = Ballot.BallotState, BallotEntry.Outcome
SHOWN = timedelta(days=30)
"""Ballots of days longer past than this are left out of the list of a checkpoint."""


@dataclass(frozen=True, slots=True)
class WitnessShown:
    """A witness as everyone may see it. `seed` is empty until it is told."""

    name: str
    checkpoint: str
    commitment: str
    committed_at: datetime
    seed: str
    told_at: datetime | None


def ballots_of(checkpoint: Checkpoint, direction: str, at: datetime) -> QuerySet[Ballot]:
    """The ballots of a line with the number of their entries, the latest day first."""
    today = at.astimezone(ZoneInfo(checkpoint.zone)).date()
    found = _shown().filter(checkpoint=checkpoint, direction=direction, day__gte=today - SHOWN)
    return found.order_by("-day")


def ballot_of(ballot_id: int) -> Ballot:
    """One ballot with the number of its entries, without its seed.

    Raises:
        GreenlaneError: ``ballot_unknown`` (404).
    """
    ballot = _shown().filter(pk=ballot_id).first()
    if ballot is None:
        raise ballot_unknown(ballot_id)
    return ballot


def why_not_open(ballot: Ballot, at: datetime) -> GreenlaneError | None:
    """``ballot_not_open`` (409) where no wishes are taken at that time; None where they are."""
    if ballot.state == State.OPEN and ballot.opens_at <= at < ballot.closes_at:
        return None
    is_early = at < ballot.opens_at
    early, late = _("This ballot does not take wishes yet."), _("The window of this ballot is over.")
    come_back = _("Come back when its window opens.")
    other_day = _("Enter the ballot of another day, or join the waiting list.")
    return GreenlaneError(
        "ballot_not_open",
        early if is_early else late,
        field="ballot",
        mend=come_back if is_early else other_day,
        status=409,
    )


def ballot_unknown(ballot_id: int) -> GreenlaneError:
    """The refusal of an id that names no ballot."""
    return GreenlaneError(
        "ballot_unknown",
        _("There is no ballot %(ballot)s.") % {"ballot": ballot_id},
        field="ballot",
        mend=_("Take the id from the list of the checkpoint's ballots."),
        status=404,
    )


def _shown() -> QuerySet[Ballot]:
    entries = Count("entries", filter=~Q(entries__outcome=Outcome.WITHDRAWN))
    placed = Count("entries", filter=Q(entries__outcome=Outcome.PLACED))
    shown = Ballot.objects.select_related("checkpoint__crossing").defer("seed", "document")
    return shown.annotate(entries_number=entries, placed_number=placed)


def entries_number(ballot: Ballot) -> int:
    """How many entries a ballot of this module's queries has; withdrawn ones do not count."""
    number: int = getattr(ballot, "entries_number", 0)
    return number


def placed_number(ballot: Ballot) -> int:
    """How many of them got a place by lot."""
    number: int = getattr(ballot, "placed_number", 0)
    return number


def ballot_file(ballot_id: int) -> dict[str, Any]:
    """The public file of a ballot that is closed or drawn.

    Raises:
        GreenlaneError: ``ballot_unknown`` (404), or ``ballot_not_closed`` (409) while wishes are taken.
    """
    ballot = ballot_of(ballot_id)
    document: dict[str, Any] | None = ballot.document
    if document is None:
        raise GreenlaneError(
            "ballot_not_closed",
            _("The list of this ballot is not closed yet."),
            field="ballot",
            mend=_("Ask again after the end of its window."),
            status=409,
        )
    return document


def told_seed(ballot: Ballot) -> str:
    """The seed of a drawn ballot; empty before."""
    return ballot.seed if ballot.state == State.DRAWN else ""


def witnesses_of(ballot: Ballot) -> list[WitnessShown]:
    """The ballot's witnesses in the order in which they committed."""
    return [
        WitnessShown(
            name=each["name"],
            checkpoint=each["checkpoint"],
            commitment=each["commitment"],
            committed_at=datetime.fromisoformat(each["committed_at"]),
            seed=each["seed"],
            told_at=datetime.fromisoformat(each["told_at"]) if each["told_at"] else None,
        )
        for each in ballot.witnesses
    ]


def ballot_slots(ballot: Ballot) -> QuerySet[Slot]:
    """The slots of the ballot's day that are still to be drawn, in order."""
    return slots_to_draw(ballot.checkpoint, ballot.direction, ballot.day)


def slots_to_draw(checkpoint: Checkpoint, direction: str, day: date) -> QuerySet[Slot]:
    """The slots of a local day that are to be drawn by lot, in order."""
    return Slot.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        starts_at__gte=midnight(day, checkpoint.zone),
        starts_at__lt=midnight(day + timedelta(days=1), checkpoint.zone),
        state=Slot.SlotState.BALLOT,
    ).order_by("starts_at", "pk")


def starts_to_draw(
    checkpoint: Checkpoint,
    direction: str,
    rules: SlotRules,
    days: Sequence[PlannedDay],
    at: datetime | None,
) -> set[datetime]:
    """The starts of slots that go into a ballot; a day that has slots already stays as it was released."""
    if rules.allocation != BALLOT:
        return set()
    starts = [start for day in days for start, _ in day.slots]
    there = Slot.objects.filter(checkpoint=checkpoint, direction=direction, starts_at__in=starts)
    states = dict(there.values_list("starts_at", "state"))
    drawn: set[datetime] = set()
    for day in days:
        known = {states[start] for start, _ in day.slots if start in states}
        if known and Slot.SlotState.BALLOT not in known:
            continue
        first = min(start for start, _ in day.slots)
        local = first.astimezone(ZoneInfo(checkpoint.zone)).date()
        times = window(local, checkpoint.zone, rules.horizon_days, rules.ballot_window_hours, first)
        if times is not None and (at is None or at < times.closes_at):
            drawn.update(start for start, _ in day.slots)
    return drawn


def is_undrawn(slot: Slot) -> bool:
    """Whether the slot is of a day whose ballot is not drawn yet."""
    local = slot.starts_at.astimezone(ZoneInfo(slot.checkpoint.zone)).date()
    ballots = Ballot.objects.filter(checkpoint=slot.checkpoint_id, direction=slot.direction, day=local)
    return ballots.exclude(state=State.DRAWN).exists()


def ballots_by_day(checkpoint: Checkpoint, direction: str) -> Mapping[date, Ballot]:
    """The ballots of a line that are not drawn yet, by their local day."""
    undrawn = _shown().filter(checkpoint=checkpoint, direction=direction).exclude(state=State.DRAWN)
    return {ballot.day: ballot for ballot in undrawn.order_by("day")}


def due_ballots(at: datetime) -> list[int]:
    """Ids of the ballots whose window is over and that are not drawn, oldest first."""
    due = Ballot.objects.filter(
        Q(state=State.OPEN, closes_at__lte=at) | Q(state=State.CLOSED), closes_at__lte=at
    )
    return list(due.order_by("closes_at", "pk").values_list("pk", flat=True))


def entries_of(account: Account) -> QuerySet[BallotEntry]:
    """The entries that an account may see: its carrier's for a dispatcher, else its own; newest first."""
    visible = BallotEntry.objects.select_related("ballot__checkpoint", "truck", "booking", "slot", "park")
    visible = visible.defer("ballot__seed", "ballot__document")
    if account.carrier_id is not None and account.carrier_role == Account.CarrierRole.DISPATCHER:
        return visible.filter(carrier_id=account.carrier_id).order_by("-made_at", "-pk")
    return visible.filter(account=account).order_by("-made_at", "-pk")


def entry_of(account: Account, number: str) -> BallotEntry:
    """One entry that the account may see, by its number as a person types it.

    Raises:
        GreenlaneError: ``entry_unknown`` (404).
    """
    entry = entries_of(account).filter(number=read_code(number, ENTRY)).first()
    if entry is None:
        raise entry_unknown(number)
    return entry


def entry_unknown(number: str) -> GreenlaneError:
    """The refusal of a number that names no entry."""
    return GreenlaneError(
        "entry_unknown",
        _("You have no entry %(number)s.") % {"number": number},
        field="entry",
        mend=_("Check the number; it looks like LT-7K3MQ-9XDPA."),
        status=404,
    )
