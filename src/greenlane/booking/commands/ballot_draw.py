"""The draw of a closed ballot: turns computed, places taken, the rest to the waiting list, all published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from greenlane.booking.ballot import document as told
from greenlane.booking.ballot.draw import PRIORITY, Turn, draw
from greenlane.booking.ballot.tickets import final_seed
from greenlane.booking.commands.ballot_losers import join_the_list
from greenlane.booking.commands.news import tell_holders
from greenlane.booking.commands.parts import kept_part
from greenlane.booking.commands.take import take
from greenlane.booking.models import Ballot, BallotEntry, Booking, PriorityUse, Slot, WaitingGroup
from greenlane.booking.places import PlaceAnswer, PlaceRequest
from greenlane.booking.queries.ballots import ballot_slots
from greenlane.booking.signals import PlaceNews

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
            "account", "carrier", "truck", "trailer", "driver"
        )
    }
    ballot_slots(ballot).update(state=Slot.SlotState.OPEN)
    answers = _take_places(turns, entries, at)
    _publish(ballot, document, final, witness_seeds, turns, answers, at)
    for rank, turn in enumerate(turns, start=1):
        entries[turn.number].rank = rank
    bookings = _bookings_of(answers)
    drawn = [entries[turn.number] for turn in turns]
    losers = [entry for entry in drawn if entry.number not in bookings]
    starts = {slot.id: datetime.fromisoformat(slot.starts_at) for slot in document.entry_list.slots}
    news = _place(entries, turns, bookings, at) + _leave_without(ballot, losers, answers, starts, at)
    BallotEntry.objects.bulk_update(drawn, ["outcome", "rank", "booking", "slot", "why"], batch_size=BATCH)
    tell_holders(news, at)


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
        trailer=kept_part(entry.trailer, entry.carrier_id),
        driver=kept_part(entry.driver, entry.carrier_id),
        share=turn.share,
        park=entry.park_id,
        confirm=True,
        key=f"ballot-{entry.number}",
        asked_for=entry.asked_for,
        why="drawn by lot",
    )


def _bookings_of(answers: Mapping[str, PlaceAnswer]) -> dict[str, Booking]:
    """The bookings that were made, by entry."""
    made = {number: answer.booking_id for number, answer in answers.items() if answer.has_place}
    bookings = Booking.objects.select_related("slot").in_bulk([pk for pk in made.values() if pk is not None])
    return {number: bookings[pk] for number, pk in made.items() if pk is not None}


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


def _place(
    entries: Mapping[str, BallotEntry],
    turns: Sequence[Turn],
    bookings: Mapping[str, Booking],
    at: datetime,
) -> list[PlaceNews]:
    """Mark who has a place, publish each use of the priority share; what is to be told."""
    uses, news = [], []
    for turn in turns:
        if (booking := bookings.get(turn.number)) is None:
            continue
        entry = entries[turn.number]
        entry.outcome, entry.booking, entry.slot = Outcome.PLACED, booking, booking.slot
        if turn.share == PRIORITY:
            uses.append(_use(entry, booking, at))
        news.append(PlaceNews("drawn", booking, _details(entry)))
    PriorityUse.objects.bulk_create(uses)
    return news


def _use(entry: BallotEntry, booking: Booking, at: datetime) -> PriorityUse:
    return PriorityUse(
        checkpoint_id=booking.checkpoint_id,
        direction=booking.direction,
        booking=booking,
        reason=entry.priority_reason,
        detail=entry.priority_detail,
        officer=entry.priority_by,
        at=at,
    )


def _leave_without(
    ballot: Ballot,
    losers: Sequence[BallotEntry],
    answers: Mapping[str, PlaceAnswer],
    starts: Mapping[int, datetime],
    at: datetime,
) -> list[PlaceNews]:
    """Mark who has none, and why not even a place on the list; what is to be told."""
    joined = join_the_list(
        ballot, [entry for entry in losers if entry.joins_list and entry.number not in answers], starts, at
    )
    news = []
    for entry in losers:
        group = joined.get(entry.number, answers[entry.number].outcome if entry.number in answers else "")
        about: WaitingGroup | BallotEntry = entry
        if isinstance(group, str):
            entry.outcome, entry.why = Outcome.UNPLACED, group
        else:
            entry.outcome, entry.why, about = Outcome.LISTED, "", group
        news.append(PlaceNews("not_drawn", about, _details(entry) | {"why": entry.why}))
    return news


def _details(entry: BallotEntry) -> dict[str, str | int | None]:
    return {"ballot": entry.ballot_id, "entry": entry.number, "turn": entry.rank}
