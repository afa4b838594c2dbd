"""A ballot's file in words: what was drawn, and one entry's way through it. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator

from greenlane.booking.ballot.document import Document
from greenlane.booking.ballot.draw import Room, in_order, slots_by_id
from greenlane.errors import GreenlaneError


def summary(document: Document) -> str:
    """One line for a drawn ballot that holds."""
    closed, turns = document.entry_list, document.turns
    placed = [turn for turn in turns if turn.slot is not None]
    told = sum(1 for seed in document.witness_seeds if seed)
    refused = [f"{turn.number} ({turn.why})" for turn in placed if turn.why]
    parts = [
        f"Ballot {closed.ballot.id} of {closed.ballot.checkpoint} {closed.ballot.direction},"
        f" {closed.ballot.day}: {len(turns)} entries drawn, {len(placed)} places,"
        f" {len(closed.left_out)} left out;",
        f"{told} of {len(closed.witnesses)} witnesses told their seeds.",
    ]
    silent = [
        witness.name
        for witness, seed in zip(closed.witnesses, document.witness_seeds, strict=True)
        if not seed
    ]
    if silent:
        parts.append(f"Silent: {', '.join(silent)}.")
    if refused:
        parts.append(f"Drawn, but not booked: {', '.join(refused)}.")
    return " ".join(parts)


def way_of(document: Document, number: str) -> Iterator[str]:
    """What happened to one entry, line by line.

    Raises:
        GreenlaneError: ``entry_unknown``, when the file has no such entry.
    """
    closed = document.entry_list
    out = next((each for each in closed.left_out if each.number == number), None)
    if out is not None:
        yield f"{number} was not in the draw: {out.why}."
        return
    starts = {slot: each.starts_at for slot, each in slots_by_id(closed).items()}
    room = Room(closed)
    for turn, (key, entry) in enumerate(in_order(closed, document.final), start=1):
        slot, share, passed = room.first_place(entry)
        if entry.number != number:
            continue
        yield f"{number}: {entry.weight} tickets ({entry.lost_before} ballots lost before), least key {key}."
        yield f"Turn {turn} of {len(closed.entries)}."
        for each in passed:
            yield (
                f"{starts[each.slot]} ({each.share}): full, no place left of {each.limit.free}"
                f" ({each.limit.kind} {each.limit.id})."
            )
        yield f"Place: {starts[slot]} ({share})." if slot is not None else "No place."
        refused = document.turns[turn - 1].why
        if refused:
            yield f"The place could not be booked: {refused}."
        return
    raise GreenlaneError(
        "entry_unknown",
        f"The file has no entry {number}.",
        field="--show",
        mend="Take the number from the page of your entries.",
    )
