"""The draw of a closed ballot: turns computed, places taken, the rest to the waiting list, all published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from greenlane.booking.ballot import document as told
from greenlane.booking.ballot.draw import PRIORITY, Turn, draw
from greenlane.booking.ballot.tickets import final_seed
from greenlane.booking.commands.ballot_losers import join_the_list
from greenlane.booking.commands.take import take
from greenlane.booking.models import Ballot, BallotEntry, Booking, PriorityUse, Slot
from greenlane.booking.places import PlaceAnswer, PlaceRequest
from greenlane.booking.queries.ballots import ballot_slots
from greenlane.booking.signals import place_news

Outcome = BallotEntry.Outcome
BATCH = 500
"""Places asked for in one statement."""


def decide(ballot: Ballot, at: datetime) -> None:
    """Draw a closed ballot that its caller has locked: reveal the seeds, take the places, tell everyone.

    What `booking_take` refuses, as when a truck took another place since the closing, stays told with its
    reason; that place is free for all.
    """
    document = told.read(ballot.document)
    witness_seeds = [each["seed"] for each in ballot.witnesses]
    final = final_seed(ballot.seed, document.list_digest, witness_seeds)
    turns = draw(document.entry_list, final)
    entries = {
        entry.number: entry
        for entry in ballot.entries.filter(outcome=Outcome.ENTERED).select_related(
            "account__carrier", "trailer", "driver"
        )
    }
    ballot_slots(ballot).update(state=Slot.SlotState.OPEN)
    answers = _take_places(turns, entries, at)
    _publish(ballot, document, final, witness_seeds, turns, answers, at)
    bookings = _bookings_of(answers)
    starts = {slot.id: datetime.fromisoformat(slot.starts_at) for slot in document.entry_list.slots}
    for rank, turn in enumerate(turns, start=1):
        entry, answer = entries[turn.number], answers.get(turn.number)
        entry.rank = rank
        if answer is not None and answer.booking_id is not None and answer.has_place:
            _place(entry, turn, bookings[answer.booking_id], at)
        else:
            _leave_without(ballot, entry, answer, starts, at)
    BallotEntry.objects.bulk_update(
        list(entries.values()), ["outcome", "rank", "booking", "slot", "why"], batch_size=BATCH
    )


def _take_places(
    turns: Sequence[Turn], entries: Mapping[str, BallotEntry], at: datetime
) -> dict[str, PlaceAnswer]:
    """What became of each place that was drawn, by entry."""
    placed = [turn for turn in turns if turn.slot is not None]
    answers: dict[str, PlaceAnswer] = {}
    for first in range(0, len(placed), BATCH):
        batch = placed[first : first + BATCH]
        given = take([_request(entries[turn.number], turn) for turn in batch], at)
        answers |= {turn.number: answer for turn, answer in zip(batch, given, strict=True)}
    return answers


def _request(entry: BallotEntry, turn: Turn) -> PlaceRequest:
    assert turn.slot is not None
    return PlaceRequest(
        slot=turn.slot,
        account=entry.account_id,
        carrier=entry.carrier_id,
        truck=entry.truck_id,
        # A trailer or driver that left the carrier since does not cost the truck its place.
        trailer=entry.trailer_id if entry.trailer and entry.trailer.retired_at is None else None,
        driver=entry.driver_id if entry.driver and entry.driver.retired_at is None else None,
        share=turn.share,
        park=entry.park_id,
        confirm=True,
        key=f"ballot-{entry.number}",
        asked_for=entry.asked_for,
        why="drawn by lot",
    )


def _bookings_of(answers: Mapping[str, PlaceAnswer]) -> dict[int, Booking]:
    """The bookings that were made, by their ids."""
    made = [answer.booking_id for answer in answers.values() if answer.booking_id and answer.has_place]
    shown = Booking.objects.select_related("slot", "checkpoint", "account__carrier", "carrier", "truck")
    return {booking.pk: booking for booking in shown.filter(pk__in=made)}


def _publish(
    ballot: Ballot,
    document: told.Document,
    final: str,
    witness_seeds: list[str],
    turns: Sequence[Turn],
    answers: Mapping[str, PlaceAnswer],
    at: datetime,
) -> None:
    refused = {number: answer.outcome for number, answer in answers.items() if not answer.has_place}
    whole = msgspec.structs.replace(
        document,
        seed=ballot.seed,
        witness_seeds=witness_seeds,
        final=final,
        turns=[
            told.TurnTold(turn.number, turn.key, turn.slot, turn.share, refused.get(turn.number, ""))
            for turn in turns
        ],
    )
    ballot.state, ballot.drawn_at, ballot.document = Ballot.BallotState.DRAWN, at, told.plain(whole)
    ballot.save(update_fields=["state", "drawn_at", "document"])


def _place(entry: BallotEntry, turn: Turn, booking: Booking, at: datetime) -> None:
    entry.outcome, entry.booking, entry.slot = Outcome.PLACED, booking, booking.slot
    if turn.share == PRIORITY:
        PriorityUse.objects.create(
            checkpoint_id=booking.checkpoint_id,
            direction=booking.direction,
            booking=booking,
            reason=entry.priority_reason,
            detail=entry.priority_detail,
            officer=entry.priority_by,
            at=at,
        )
    place_news.send(
        sender=Ballot,
        kind="drawn",
        booking=booking,
        group=None,
        ticket=None,
        details={"ballot": entry.ballot_id, "entry": entry.number, "turn": entry.rank},
        at=at,
    )


def _leave_without(
    ballot: Ballot,
    entry: BallotEntry,
    answer: PlaceAnswer | None,
    starts: Mapping[int, datetime],
    at: datetime,
) -> None:
    group, why = None, answer.outcome if answer is not None else ""
    if not why and entry.joins_list:
        wished = [starts[slot] for slot in entry.slots if slot in starts]
        group, why = join_the_list(ballot, entry, min(wished), max(wished), at)
    entry.outcome = Outcome.LISTED if group is not None else Outcome.UNPLACED
    entry.why = why
    place_news.send(
        sender=Ballot,
        kind="not_drawn",
        booking=None,
        group=group,
        ticket=None,
        entry=entry,
        details={"ballot": entry.ballot_id, "entry": entry.number, "turn": entry.rank, "why": why},
        at=at,
    )
