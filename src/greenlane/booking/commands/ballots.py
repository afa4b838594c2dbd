"""Ballots opened, closed and drawn: each step once, whoever asks for it and however often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from greenlane.booking.ballot import document as told
from greenlane.booking.ballot.tickets import commitment_to, new_seed
from greenlane.booking.ballot.window import Window, reveal_until, window
from greenlane.booking.commands.ballot_draw import decide
from greenlane.booking.commands.course import expire_holds
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import Ballot, BallotEntry, Rules, Slot
from greenlane.booking.queries import ballots as queries
from greenlane.booking.queries.ballot_list import closed_list
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing_parts import BALLOT
from greenlane.registry.models import Checkpoint

State, Outcome = Ballot.BallotState, BallotEntry.Outcome
PAST = timedelta(days=1)
"""Days longer past than this are not looked at for ballots that were never opened."""


def open_ballots(at: datetime) -> int:
    """Open the ballots of the days that have slots to draw and no ballot yet; how many are new.

    The commitment to the seed is public at once. A day whose window is over before it could be opened, or
    whose checkpoint gave up ballots, is released to all instead. Repeating it changes nothing.
    """
    made = 0
    for rules in Rules.objects.select_related("checkpoint").order_by("pk"):
        for day, first_start in _days_to_draw(rules, at):
            made += _open_or_release(rules, day, first_start, at)
    return made


def _days_to_draw(rules: Rules, at: datetime) -> list[tuple[date, datetime]]:
    """Local days with slots to draw and no ballot, each with the start of its first slot."""
    zone = ZoneInfo(rules.checkpoint.zone)
    starts = Slot.objects.filter(
        checkpoint=rules.checkpoint_id,
        direction=rules.direction,
        state=Slot.SlotState.BALLOT,
        starts_at__gt=at - PAST,
    ).order_by("-starts_at")
    days = {start.astimezone(zone).date(): start for start in starts.values_list("starts_at", flat=True)}
    known = Ballot.objects.filter(
        checkpoint=rules.checkpoint_id, direction=rules.direction, day__in=days
    ).values_list("day", flat=True)
    for day in known:
        del days[day]
    return sorted(days.items())


def _open_or_release(rules: Rules, day: date, first_start: datetime, at: datetime) -> bool:
    checkpoint, direction = rules.checkpoint, rules.direction
    times = window(day, checkpoint.zone, rules.horizon_days, rules.ballot_window_hours, first_start)
    if rules.allocation != BALLOT or times is None or times.closes_at <= at:
        queries.slots_to_draw(checkpoint, direction, day).update(state=Slot.SlotState.OPEN)
        return False
    return _open(checkpoint, direction, day, times, at)


def _open(checkpoint: Checkpoint, direction: str, day: date, times: Window, at: datetime) -> bool:
    seed = new_seed()
    _ballot, made = Ballot.objects.get_or_create(
        checkpoint=checkpoint,
        direction=direction,
        day=day,
        defaults={
            "opens_at": times.opens_at,
            "closes_at": times.closes_at,
            "commitment": commitment_to(seed),
            "seed": seed,
            "made_at": at,
        },
    )
    return made


def draw_ballots(at: datetime) -> int:
    """Close the ballots whose window is over, and draw those that need not wait for a witness; how many
    were drawn.
    """
    return sum(draw_ballot(ballot_id, at).state == State.DRAWN for ballot_id in queries.due_ballots(at))


def draw_ballot(ballot_id: int, at: datetime) -> Ballot:
    """Close a ballot and, once its witnesses have told their seeds or their time is over, draw it.

    At the closing the list of entries, with the places that are free for them, is fixed and published with
    its digest: nothing that comes later changes what the draw is about. One transaction; repeating it changes
    nothing more.

    Raises:
        GreenlaneError: ``ballot_unknown`` (404), ``ballot_open`` (409) while wishes are taken.
    """

    def close_and_draw() -> Ballot:
        ballot = Ballot.objects.select_for_update().filter(pk=ballot_id).first()
        if ballot is None:
            raise queries.ballot_unknown(ballot_id)
        if ballot.state == State.DRAWN:
            return ballot
        if at < ballot.closes_at:
            raise GreenlaneError(
                "ballot_open",
                _("This ballot takes wishes still."),
                field="ballot",
                mend=_("Draw it after the end of its window."),
                status=409,
            )
        if ballot.state == State.OPEN:
            _close(ballot, at)
        if not _waits_for_witness(ballot, at):
            decide(ballot, at)
        return ballot

    # Else the draw would end the holds that ran out, and keep their quotas locked as long as it takes.
    expire_holds(at)
    return refused_clearly(close_and_draw)


def _waits_for_witness(ballot: Ballot, at: datetime) -> bool:
    assert ballot.reveal_until is not None
    return at < ballot.reveal_until and any(not each["seed"] for each in ballot.witnesses)


def _close(ballot: Ballot, at: datetime) -> None:
    # The slots first and then their quotas, as on every path.
    slots = list(queries.ballot_slots(ballot).select_for_update(no_key=True, of=("self",)))
    closed = closed_list(ballot, at)
    _mark_left_out(ballot, closed.left_out)
    document = told.Document(told.FORMAT, closed, told.digest(closed))
    first_start = min((slot.starts_at for slot in slots), default=at)
    ballot.state, ballot.closed_at = State.CLOSED, at
    ballot.reveal_until = reveal_until(at, first_start)
    ballot.document, ballot.list_digest = told.plain(document), document.list_digest
    ballot.save(update_fields=["state", "list_digest", "closed_at", "reveal_until", "document"])


def _mark_left_out(ballot: Ballot, left_out: Sequence[told.LeftOut]) -> None:
    numbers = defaultdict(list)
    for out in left_out:
        numbers[out.why].append(out.number)
    for why, named in numbers.items():
        ballot.entries.filter(number__in=named).update(outcome=Outcome.INELIGIBLE, why=why)
