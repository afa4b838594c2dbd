"""A third party's check of a ballot's file: everything computed again, the first difference named. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from greenlane.booking.ballot.document import FORMAT, Document, EntryList, digest, read
from greenlane.booking.ballot.draw import draw
from greenlane.booking.ballot.tickets import commitment_to, final_seed, is_hash
from greenlane.booking.ballot.weights import weight_of


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the file says one thing and the computation another."""

    where: str
    told: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: the file says {self.told}, computed is {self.found}"


def first_difference(told: Any, noted_commitment: str = "", noted_list: str = "") -> Difference | None:
    """Draw again from a file, as plain values; None when all of it holds.

    A file that is wholly made anew, and draws well, differs from the true one only in what was published
    before: whoever noted that finds it.

    Args:
        noted_commitment: the commitment as it was published when the ballot opened.
        noted_list: the digest of the list as it was published at the closing.
    """
    try:
        document = read(told)
    except msgspec.ValidationError as fault:
        return Difference("the file", "something else", f"not of the format {FORMAT}: {fault}")
    return next(_differences(document, told, noted_commitment, noted_list), None)


def _differences(
    document: Document, told: Any, noted_commitment: str, noted_list: str
) -> Iterator[Difference]:
    closed = document.entry_list
    yield from _differs("format", document.format, FORMAT)
    if noted_commitment:
        yield from _differs("list.ballot.commitment", closed.ballot.commitment, noted_commitment)
    if noted_list:
        yield from _differs("list_digest", document.list_digest, noted_list)
    # Over the file's own values: an entry that only looks the same would have another digest.
    yield from _differs("list_digest", document.list_digest, digest(told["list"]))
    yield from _differs("list.rules_digest", closed.rules_digest, digest(closed.rules))
    yield from _list_differences(closed)
    if not document.seed:
        yield Difference("seed", "nothing", "needed; this ballot is not drawn yet")
        return
    yield from _seed_differences(document)
    final = final_seed(document.seed, document.list_digest, document.witness_seeds)
    yield from _differs("final", document.final, final)
    yield from _turn_differences(document, final)


def _list_differences(closed: EntryList) -> Iterator[Difference]:
    limits, most = [limit.id for limit in closed.limits], closed.rules.most_lost
    yield from _differs("list.limits, ids that differ", len(set(limits)), len(limits))
    for slot in closed.slots:
        unknown = next((each for each in slot.limits if each not in set(limits)), None)
        if unknown is not None:
            yield Difference(f"list.slots {slot.id}", f"limit {unknown}", "no such limit")
    slots = {slot.id for slot in closed.slots}
    yield from _differs("list.slots, ids that differ", len(slots), len(closed.slots))
    numbers = [entry.number for entry in closed.entries]
    all_numbers = numbers + [out.number for out in closed.left_out]
    yield from _differs("list.entries, numbers that differ", len(set(all_numbers)), len(all_numbers))
    for entry in closed.entries:
        where = f"list.entries {entry.number}"
        yield from _differs(f"{where}, weight", entry.weight, weight_of(entry.lost_before, most))
        if entry.verified == "no":
            yield from _differs(f"{where}, lost_before", entry.lost_before, 0)
        unknown_slot = next((slot for slot in entry.slots if slot not in slots), None)
        if unknown_slot is not None:
            yield Difference(where, f"slot {unknown_slot}", "no such slot")


def _seed_differences(document: Document) -> Iterator[Difference]:
    closed = document.entry_list
    if not is_hash(document.seed):
        yield Difference("seed", document.seed, "not 64 lower-case hexadecimal digits")
        return
    yield from _differs("list.ballot.commitment", closed.ballot.commitment, commitment_to(document.seed))
    yield from _differs("witness_seeds, how many", len(document.witness_seeds), len(closed.witnesses))
    for witness, seed in zip(closed.witnesses, document.witness_seeds, strict=False):
        where = f"list.witnesses {witness.name}, commitment"
        if seed and not is_hash(seed):
            yield Difference(where, seed, "not 64 lower-case hexadecimal digits")
        elif seed:
            yield from _differs(where, witness.commitment, commitment_to(seed))


def _turn_differences(document: Document, final: str) -> Iterator[Difference]:
    turns = draw(document.entry_list, final)
    yield from _differs("turns, how many", len(document.turns), len(turns))
    for place, (told, found) in enumerate(zip(document.turns, turns, strict=False), start=1):
        yield from _differs(f"turn {place}, number", told.number, found.number)
        yield from _differs(f"turn {place} ({found.number}), key", told.key, found.key)
        yield from _differs(f"turn {place} ({found.number}), slot", told.slot, found.slot)
        yield from _differs(f"turn {place} ({found.number}), share", told.share, found.share)
        if told.why and found.slot is None:
            yield Difference(f"turn {place} ({found.number}), why", told.why, "nothing, as it has no place")


def _differs(where: str, told: object, found: object) -> Iterator[Difference]:
    if told != found:
        yield Difference(where, str(told), str(found))
