"""Ballots over HTTP: for everyone to see and to draw again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from greenlane.booking import commands, queries
from greenlane.booking.api.bookings import DirectionName
from greenlane.booking.models import Ballot
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import call_of
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["ballots"])

BallotId = Annotated[int, Path(ge=1, lt=2**63)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BallotOut(Schema):
    """A ballot: what is committed to before it, and from the draw on what it was drawn from."""

    id: int
    checkpoint: str
    direction: str
    day: date = Field(description="The local date of its slots.")
    state: str = Field(description="open, closed (its list is public, its seed is not), or drawn.")
    opens_at: datetime
    closes_at: datetime
    commitment: str = Field(description="SHA-256 of the seed's bytes.")
    seed: str | None = Field(description="Null until it is drawn.")
    list_digest: str | None = Field(description="Of the closed list; null while wishes are taken.")
    reveal_until: datetime | None
    drawn_at: datetime | None
    entries: int
    placed: int


class BallotWitnessOut(Schema):
    """Somebody who mixes a seed of their own into the draw."""

    name: str
    checkpoint: str
    commitment: str
    committed_at: datetime
    seed: str | None
    told_at: datetime | None


class BallotSlotOut(Schema):
    id: int
    starts_at: datetime
    ends_at: datetime


class BallotShownOut(BallotOut):
    witnesses: list[BallotWitnessOut]
    slots: list[BallotSlotOut] = Field(description="To wish for; empty once it is drawn.")


class BallotsOut(Schema):
    ballots: list[BallotOut]


class BallotTurnOut(Schema):
    number: str
    key: str
    slot: int | None
    share: str
    why: str


# Named here: in the schema "list" is a part of the file.
Seeds = list[str]
Turns = list[BallotTurnOut]


class BallotFileOut(Schema):
    """The public file of a ballot; its parts are told in the reference."""

    format: str
    list: dict[str, Any]
    list_digest: str
    seed: str
    witness_seeds: Seeds
    final: str
    turns: Turns


class BallotWitnessIn(Schema):
    """A commitment to a seed that the witness keeps for itself until the list is closed."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
    commitment: Hash


class BallotSeedIn(Schema):
    seed: Hash


@router.get("/checkpoints/{code}/{direction}/ballots", response=BallotsOut, auth=None)
def list_ballots(request: HttpRequest, code: str, direction: DirectionName) -> dict[str, Any]:
    """The ballots of a checkpoint and direction, the latest day first; those of the last 30 days."""
    found = queries.ballots_of(checkpoint_of(code), direction, now())
    return {"ballots": [_shown(ballot) for ballot in found]}


@router.get("/ballots/{ballot_id}", response=BallotShownOut, auth=None)
def show_ballot(request: HttpRequest, ballot_id: BallotId) -> dict[str, Any]:
    """One ballot: its window, commitments, and the slots to wish for."""
    return _whole(ballot_id)


@router.get("/ballots/{ballot_id}/file", response=BallotFileOut, auth=None)
def show_ballot_file(request: HttpRequest, ballot_id: BallotId) -> dict[str, Any]:
    """All that the draw depends on, and the draw: for `greenlane ballot verify` or lines of one's own."""
    return queries.ballot_file(ballot_id)


@router.post("/ballots/{ballot_id}/witnesses", response=BallotShownOut)
def commit_to_ballot_seed(
    request: HttpRequest, ballot_id: BallotId, witness: BallotWitnessIn
) -> dict[str, Any]:
    """Commit to a witness's seed, before the list is closed."""
    call = call_of(request)

    def commit() -> dict[str, Any]:
        commands.commit_witness(call.account, ballot_id, witness.name.strip(), witness.commitment, call.at)
        return _answer(ballot_id)

    asked = {"ballot": ballot_id} | witness.dict()
    return answer_once(call.account, call.key, "ballot.commit", asked, commit, call.at)


@router.post("/ballots/{ballot_id}/witnesses/reveal", response=BallotShownOut)
def reveal_ballot_seed(request: HttpRequest, ballot_id: BallotId, told: BallotSeedIn) -> dict[str, Any]:
    """Tell the seed that was committed to, once the list is closed."""
    call = call_of(request)

    def reveal() -> dict[str, Any]:
        commands.reveal_witness(call.account, ballot_id, told.seed, call.at)
        return _answer(ballot_id)

    asked = {"ballot": ballot_id} | told.dict()
    return answer_once(call.account, call.key, "ballot.reveal", asked, reveal, call.at)


def _answer(ballot_id: int) -> dict[str, Any]:
    return BallotShownOut(**_whole(ballot_id)).model_dump(mode="json")


def _whole(ballot_id: int) -> dict[str, Any]:
    ballot = queries.ballot_of(ballot_id)
    witnesses = [
        {
            "name": each.name,
            "checkpoint": each.checkpoint,
            "commitment": each.commitment,
            "committed_at": each.committed_at,
            "seed": each.seed or None,
            "told_at": each.told_at,
        }
        for each in queries.witnesses_of(ballot)
    ]
    slots = [
        {"id": slot.pk, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
        for slot in queries.ballot_slots(ballot)
    ]
    return _shown(ballot) | {"witnesses": witnesses, "slots": slots}


def _shown(ballot: Ballot) -> dict[str, Any]:
    return {
        "id": ballot.pk,
        "checkpoint": ballot.checkpoint.code,
        "direction": ballot.direction,
        "day": ballot.day,
        "state": ballot.state,
        "opens_at": ballot.opens_at,
        "closes_at": ballot.closes_at,
        "commitment": ballot.commitment,
        "seed": queries.told_seed(ballot) or None,
        "list_digest": ballot.list_digest or None,
        "reveal_until": ballot.reveal_until,
        "drawn_at": ballot.drawn_at,
        "entries": queries.entries_number(ballot),
        "placed": queries.placed_number(ballot),
    }
