"""Closed lists of ballots for tests: small ones by hand, random ones by hypothesis. All invented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from greenlane.booking.ballot import document as told
from greenlane.booking.ballot.draw import draw
from greenlane.booking.ballot.tickets import commitment_to, final_seed
from greenlane.booking.ballot.weights import weight_of

RULES = told.RulesUsed("ballot", "0.1", "0.1", 40, 3)


def seed_of(text: object) -> str:
    """The same seed for the same text."""
    return hashlib.sha256(f"seed {text}".encode()).hexdigest()


def entry(number: str, slots: Sequence[int], lost: int = 0, **given: Any) -> told.Entry:
    values = {
        "carrier": f"C-{number}",
        "verified": "yes",
        "vehicle_class": "laden",
        "share": "booked",
        "park": "",
        "asked_for": "2026-05-18T06:00:00Z",
    } | given
    # Trucks of carriers that are not verified have one ticket.
    lost = lost if values["verified"] == "yes" else 0
    return told.Entry(number=number, lost_before=lost, weight=weight_of(lost), slots=list(slots), **values)


def closed_list(
    entries: Sequence[told.Entry],
    limits: Sequence[told.Limit],
    under: Mapping[int, Sequence[str]],
    seed: str = "",
    witnesses: Sequence[told.WitnessMade] = (),
) -> told.EntryList:
    """A list whose slots, by id, are under the limits named."""
    header = told.Header(
        7,
        "checkpoint-1",
        "outbound",
        "2026-05-18",
        "Europe/Warsaw",
        "2026-05-03T22:00:00Z",
        "2026-05-04T04:00:00Z",
        commitment_to(seed or seed_of("own")),
    )
    return told.EntryList(
        ballot=header,
        rules=RULES,
        rules_digest=told.digest(RULES),
        witnesses=list(witnesses),
        limits=list(limits),
        slots=[
            told.DrawnSlot(slot, "2026-05-18T06:00:00Z", "2026-05-18T06:30:00Z", list(ids))
            for slot, ids in under.items()
        ],
        entries=sorted(entries, key=lambda each: each.number),
        left_out=[told.LeftOut("LT-00000-00000", "truck_busy")],
    )


def drawn_document(
    closed: told.EntryList, seed: str | None = None, witness_seeds: Sequence[str] = ()
) -> told.Document:
    """The file as it is published once the list is drawn."""
    seed = seed_of("own") if seed is None else seed
    final = final_seed(seed, told.digest(closed), witness_seeds)
    turns = [told.TurnTold(turn.number, turn.key, turn.slot, turn.share, "") for turn in draw(closed, final)]
    return told.Document(told.FORMAT, closed, told.digest(closed), seed, list(witness_seeds), final, turns)


@st.composite
def lists(pick: st.DrawFn) -> told.EntryList:
    """Any closed list: overlapping limits with selectors, each carrier's and the unverified pool's caps."""
    slots = list(range(1, pick(st.integers(1, 5)) + 1))
    classes, parks, carriers = ["laden", "empty"], ["", "north"], ["C1", "C2", "C3"]
    limits = [
        told.Limit(
            id=f"limit-{place}",
            kind="any",
            free=pick(st.integers(0, 4)),
            vehicle_class=pick(st.sampled_from(["", *classes])),
            share=pick(st.sampled_from(["", "booked", "priority"])),
            park=pick(st.sampled_from(["", "north"])),
            carrier=pick(st.sampled_from(["", *carriers])),
            verified=pick(st.sampled_from(["", "no"])),
            each_carrier=pick(st.booleans()),
        )
        for place in range(pick(st.integers(1, 6)))
    ]
    under = {
        slot: pick(st.lists(st.sampled_from([limit.id for limit in limits]), unique=True)) for slot in slots
    }
    entries = [
        entry(
            f"LT-{place:05}",
            pick(st.lists(st.sampled_from(slots), unique=True, min_size=1)),
            pick(st.integers(0, 5)),
            carrier=pick(st.sampled_from(carriers)),
            verified=pick(st.sampled_from(["yes", "no"])),
            vehicle_class=pick(st.sampled_from(classes)),
            share=pick(st.sampled_from(["booked", "priority"])),
            park=pick(st.sampled_from(parks)),
        )
        for place in range(pick(st.integers(0, 12)))
    ]
    return closed_list(entries, limits, under)
