"""Wishes in a ballot: entered, changed, withdrawn. When in the window it was does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from greenlane.booking.ballot.wishes import nearest_slots
from greenlane.booking.codes import ENTRY, new_code, read_code
from greenlane.booking.commands.parts import own_parts
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import Ballot, BallotEntry, PriorityUse, Share
from greenlane.booking.places import refusal
from greenlane.booking.queries import ballots as queries
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Park, Role, Truck
from greenlane.registry.queries import carrier_of, require

Outcome = BallotEntry.Outcome
LONGEST_TOLERANCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which slots: those named, by their ids and best first; then those that start near a wished time,
    nearest first.

    Attributes:
        around: the wished time; None where only the named slots suit.
        tolerance_minutes: how far from it a slot may start, on either side.
    """

    slots: Sequence[int] = ()
    around: datetime | None = None
    tolerance_minutes: int = 120


def enter_ballot(
    account: Account,
    ballot_id: int,
    truck_id: int,
    wish: Wish,
    at: datetime,
    *,
    trailer_id: int | None = None,
    driver_id: int | None = None,
    park_id: int | None = None,
    joins_list: bool = True,
) -> BallotEntry:
    """Enter a truck of the account's carrier, or change its wish: a truck is in a ballot once.

    Raises:
        GreenlaneError: ``no_carrier`` (403), ``ballot_unknown`` (404), ``ballot_not_open``,
            ``truck_entered`` (409), ``truck_unknown``, ``park_unknown``, ``slots_unknown``, ``no_slot_near``
            (422), ...
    """
    carrier_of(account)
    own_parts(account, truck_id, trailer_id, driver_id)

    def enter() -> BallotEntry:
        ballot = _open_ballot(ballot_id, at)
        _known_park(ballot, park_id)
        slots, asked_for = _wished(ballot, wish)
        truck = Truck.objects.get(pk=truck_id)
        given: dict[str, object] = {
            "account": account,
            "trailer_id": trailer_id,
            "driver_id": driver_id,
            "park_id": park_id,
            "vehicle_class": truck.vehicle_class,
            "slots": slots,
            "asked_for": asked_for,
            "joins_list": joins_list,
        }
        return _keep(ballot, truck, given, at)

    return refused_clearly(enter)


def withdraw_entry(account: Account, number: str, at: datetime) -> BallotEntry:
    """Take a wish back while the window is open. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``entry_unknown`` (404), ``ballot_not_open`` (409).
    """

    def withdraw() -> BallotEntry:
        entry = queries.entry_of(account, number)
        if entry.outcome == Outcome.WITHDRAWN:
            return entry
        _open_ballot(entry.ballot_id, at)
        entry.outcome = Outcome.WITHDRAWN
        entry.save(update_fields=["outcome"])
        return entry

    return refused_clearly(withdraw)


def grant_entry_priority(
    officer: Account, number: str, reason: str, detail: str, at: datetime
) -> BallotEntry:
    """Let an entry try the priority share of each of its slots first. If it gets such a place, the use is
    published with its reason.

    Raises:
        GreenlaneError: ``entry_unknown`` (404), ``not_allowed`` (403), ``ballot_not_open`` (409),
            ``detail_missing`` (422) where the reason is to be told in words.
    """

    def grant() -> BallotEntry:
        entry = BallotEntry.objects.select_related("ballot__checkpoint").filter(
            number=read_code(number, ENTRY)
        )
        found = entry.exclude(outcome=Outcome.WITHDRAWN).first()
        if found is None:
            raise queries.entry_unknown(number)
        require(officer, found.ballot.checkpoint, Role.OFFICER, Role.SHIFT_LEAD)
        _open_ballot(found.ballot_id, at)
        if reason == PriorityUse.Reason.OTHER and not detail.strip():
            raise GreenlaneError(
                "detail_missing",
                _("Another reason must be told in words."),
                field="detail",
                mend=_("Write why this truck goes first."),
                status=422,
            )
        found.share, found.priority_reason = Share.PRIORITY, reason
        found.priority_detail, found.priority_by = detail.strip()[:200], officer
        found.save(update_fields=["share", "priority_reason", "priority_detail", "priority_by"])
        return found

    return refused_clearly(grant)


def _open_ballot(ballot_id: int, at: datetime) -> Ballot:
    """The ballot, which cannot be closed before this transaction ends."""
    ballot = (
        Ballot.objects.select_related("checkpoint").defer("seed", "document").filter(pk=ballot_id).first()
    )
    if ballot is None:
        raise queries.ballot_unknown(ballot_id)
    with connection.cursor() as cursor:
        # Many enter at once: they share the lock, and only the closing waits for them.
        cursor.execute("SELECT state FROM booking_ballot WHERE id = %s FOR SHARE", [ballot_id])
        (ballot.state,) = cursor.fetchone()
    if closed := queries.why_not_open(ballot, at):
        raise closed
    return ballot


def _known_park(ballot: Ballot, park_id: int | None) -> None:
    parks = Park.objects.filter(checkpoint=ballot.checkpoint_id, retired_at=None)
    if park_id is not None and not parks.filter(pk=park_id).exists():
        raise refusal("park_unknown")


def _wished(ballot: Ballot, wish: Wish) -> tuple[list[int], datetime]:
    """The slots of a wish in its order, and the time asked for."""
    starts = dict(queries.ballot_slots(ballot).values_list("pk", "starts_at"))
    if any(slot not in starts for slot in wish.slots):
        raise GreenlaneError(
            "slots_unknown",
            _("Some of these slots are not drawn in this ballot."),
            field="slots",
            mend=_("Choose from the slots of the ballot, best first."),
            status=422,
        )
    tolerance = min(timedelta(minutes=wish.tolerance_minutes), LONGEST_TOLERANCE)
    near = nearest_slots(starts, wish.around, tolerance) if wish.around is not None else []
    slots = list(dict.fromkeys([*wish.slots, *near]))
    if not slots:
        raise GreenlaneError(
            "no_slot_near",
            _("No slot of this ballot is near the wished time."),
            field="around",
            mend=_("Name slots of the ballot, another time of its day, or a wider tolerance."),
            status=422,
        )
    return slots, starts[wish.slots[0]] if wish.slots else wish.around or starts[slots[0]]


def _keep(ballot: Ballot, truck: Truck, given: dict[str, object], at: datetime) -> BallotEntry:
    """The truck's one entry, with the wish that came last."""
    for _attempt in range(2):
        entry = _entry_of_truck(ballot, truck)
        if entry is not None:
            for name, value in given.items():
                setattr(entry, name, value)
            entry.save(update_fields=list(given))
            return entry
        try:
            with transaction.atomic():
                return BallotEntry.objects.create(
                    ballot=ballot,
                    number=new_code(ENTRY),
                    carrier_id=truck.carrier_id,
                    truck=truck,
                    plate_country=truck.country,
                    plate_key=truck.plate_key,
                    vin=truck.vin,
                    made_at=at,
                    **given,
                )
        except IntegrityError:
            # The same truck came at the same moment: its entry is there now.
            continue
    raise GreenlaneError(
        "truck_entered",
        _("A truck with this plate or VIN is in this ballot already."),
        field="truck",
        mend=_("Withdraw its entry first; a truck is in a ballot once."),
        status=409,
    )


def _entry_of_truck(ballot: Ballot, truck: Truck) -> BallotEntry | None:
    same = Q(plate_country=truck.country, plate_key=truck.plate_key)
    if truck.vin:
        same |= Q(vin=truck.vin)
    live = ballot.entries.exclude(outcome=Outcome.WITHDRAWN).filter(same)
    # A truck that its carrier has given away is another carrier's now.
    live.filter(truck__retired_at__isnull=False).update(outcome=Outcome.WITHDRAWN, why="truck_unknown")
    return live.select_for_update(of=("self",)).filter(truck=truck).first()
