"""Contacts that several carriers share."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from greenlane.booking.resale.rows import SHARED_CONTACT, Contact, Finding, Trip

SHARED_EMAILS: Final = 2
"""A mailbox belongs to one person: two carriers behind one is worth a look."""
SHARED_PHONES: Final = 3
"""A telephone may be a family's with two trucks; three carriers behind one are more than that."""
LEAST_DIGITS: Final = 7
"""Shorter numbers are extensions or typed in to get past the form."""
COUNTED_DIGITS: Final = 10
"""Numbers are compared by their last digits: some write the country code, some a zero instead."""


def same_mailbox(email: str) -> str:
    """The address without what mailboxes ignore: case, dots and all after a plus in the part before the @."""
    name, at, domain = email.strip().lower().rpartition("@")
    if not at:
        return ""
    name = name.split("+", 1)[0].replace(".", "")
    return f"{name}@{domain}" if name and domain else ""


def same_phone(phone: str) -> str:
    """The last digits of a number; empty where there are too few."""
    digits = "".join(sign for sign in phone if sign.isdecimal())
    return digits[-COUNTED_DIGITS:] if len(digits) >= LEAST_DIGITS and len(set(digits)) > 1 else ""


def shared_contacts(contacts: Iterable[Contact], trips: Sequence[Trip]) -> list[Finding]:
    """Contacts behind several carriers that all book."""
    books = {trip.carrier for trip in trips}
    carriers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for contact in contacts:
        same = same_mailbox(contact.value) if contact.kind == "email" else same_phone(contact.value)
        if same and contact.carrier in books:
            carriers[contact.kind, same].add(contact.carrier)
    found = []
    for (kind, same), who in sorted(carriers.items()):
        if len(who) < (SHARED_EMAILS if kind == "email" else SHARED_PHONES):
            continue
        theirs = [trip for trip in trips if trip.carrier in who]
        found.append(
            Finding(
                kind=SHARED_CONTACT,
                subject=f"{kind} {hashlib.sha256(same.encode()).hexdigest()[:16]}",
                checkpoint=most_at(theirs),
                carriers=tuple(sorted(who)),
                bookings=tuple(trip.code for trip in theirs),
                figures={"carriers": len(who), "bookings": len(theirs), "contact": masked(same)},
            )
        )
    return found


def masked(same: str) -> str:
    """Enough of a contact for its owner to be found among the carriers named, not enough to use it."""
    name, at, domain = same.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{same[-2:]}"


def most_at(trips: Sequence[Trip]) -> int:
    """The checkpoint with most of the trips; the least key of several."""
    counts = Counter(trip.checkpoint for trip in trips)
    return min(counts, key=lambda each: (-counts[each], each))
