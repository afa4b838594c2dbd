"""What each message says. Pure: no Django; texts are `worded`, so that they can be said in other languages.

Short: with the link an English text fits one segment of SMS, a Russian or Chinese one fits two. Only
characters of the SMS alphabet, no personal data but the end of the plate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from greenlane.registry.worded import worded


@dataclass(frozen=True, slots=True)
class Facts:
    """What texts are made of, already in the reader's language and the checkpoint's zone; empty: not known.

    Attributes:
        truck: the end of its plate, ``*4567``.
        checkpoint: its name.
        when: start of the slot with its day.
        until: the time by which something is to be done.
        number: the number of a ticket, a group or a booking.
        granted: what was decided.
        late: whether a strike is for a late cancellation, not for a no-show.
        money: the amount of a fee that comes back.
        listed: whether it goes on on the waiting list.
    """

    truck: str = ""
    checkpoint: str = ""
    when: str = ""
    until: str = ""
    number: str = ""
    granted: bool = False
    late: bool = False
    money: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A subject, and a body that the link follows."""

    subject: str
    body: str


def text_of(kind: str, facts: Facts) -> Text:
    """The text of a message; a kind that has none of its own says that something changed."""
    return TEXTS.get(kind, _changed)(facts)


def _call(facts: Facts) -> Text:
    return Text(
        worded("Drive to the barrier now"),
        worded(
            "%(truck)s: drive to the barrier now, %(checkpoint)s. Be there by %(until)s.",
            truck=facts.truck,
            checkpoint=facts.checkpoint,
            until=facts.until,
        ),
    )


def _recall(facts: Facts) -> Text:
    return Text(
        worded("Stop: the call is taken back"),
        worded(
            "STOP %(truck)s: the call to %(checkpoint)s is taken back. Stay in the park, your turn is kept.",
            truck=facts.truck,
            checkpoint=facts.checkpoint,
        ),
    )


def _missed(facts: Facts) -> Text:
    return Text(
        worded("You will be called again"),
        worded(
            "%(truck)s was called but not seen at %(checkpoint)s. It will be called again soon, at no fee.",
            truck=facts.truck,
            checkpoint=facts.checkpoint,
        ),
    )


def _drawn(facts: Facts) -> Text:
    return Text(
        worded("You have a place"),
        worded(
            "The ballot gave %(truck)s a place: %(checkpoint)s, %(when)s.",
            truck=facts.truck,
            checkpoint=facts.checkpoint,
            when=facts.when,
        ),
    )


def _not_drawn(facts: Facts) -> Text:
    if not facts.listed:
        return Text(
            worded("No place in the ballot"),
            worded(
                "The ballot had no place for you at %(checkpoint)s. What is left is open to all.",
                checkpoint=facts.checkpoint,
            ),
        )
    return Text(
        worded("No place in the ballot"),
        worded(
            "The ballot had no place for you at %(checkpoint)s. You are on the waiting list.",
            checkpoint=facts.checkpoint,
        ),
    )


def _offered(facts: Facts) -> Text:
    return Text(
        worded("A place is free for you"),
        worded(
            "A place is free for you: %(checkpoint)s, %(when)s. Accept it by %(until)s.",
            checkpoint=facts.checkpoint,
            when=facts.when,
            until=facts.until,
        ),
    )


def _offer_over(facts: Facts) -> Text:
    return Text(
        worded("The offer is over"),
        worded("The place at %(checkpoint)s was not accepted in time.", checkpoint=facts.checkpoint),
    )


def _moved(facts: Facts) -> Text:
    return Text(
        worded("Your booking has a new time"),
        worded(
            "%(checkpoint)s is late. New time of %(truck)s: %(when)s, at no fee.",
            truck=facts.truck,
            checkpoint=facts.checkpoint,
            when=facts.when,
        ),
    )


def _credited(facts: Facts) -> Text:
    if facts.money:
        return Text(
            worded("Your fee comes back"),
            worded(
                "%(checkpoint)s was late: %(money)s of your fee comes back.",
                checkpoint=facts.checkpoint,
                money=facts.money,
            ),
        )
    return Text(
        worded("You have a credit"),
        worded(
            "%(checkpoint)s was late: one of your next bookings may have priority.",
            checkpoint=facts.checkpoint,
        ),
    )


def _strike(facts: Facts) -> Text:
    if facts.late:
        return Text(
            worded("Cancelled late"),
            worded(
                "%(truck)s, %(checkpoint)s: cancelled late, and it counts. You may appeal.",
                truck=facts.truck,
                checkpoint=facts.checkpoint,
            ),
        )
    return Text(
        worded("Did not come"),
        worded(
            "%(truck)s did not come to %(checkpoint)s, and it counts. You may appeal.",
            truck=facts.truck,
            checkpoint=facts.checkpoint,
        ),
    )


def _appeal_decided(facts: Facts) -> Text:
    if facts.granted:
        body = worded("Your appeal on %(number)s was granted: it does not count.", number=facts.number)
    else:
        body = worded(
            "Your appeal on %(number)s was refused. The reason is on its page.", number=facts.number
        )
    return Text(worded("Your appeal is decided"), body)


def _priority_granted(facts: Facts) -> Text:
    return Text(
        worded("You have priority"),
        worded("%(truck)s has priority at %(checkpoint)s.", truck=facts.truck, checkpoint=facts.checkpoint),
    )


def _changed(facts: Facts) -> Text:
    return Text(
        worded("Something changed"),
        worded("Something changed for you at %(checkpoint)s.", checkpoint=facts.checkpoint),
    )


TEXTS: Final[dict[str, Callable[[Facts], Text]]] = {
    "call": _call,
    "recall": _recall,
    "missed": _missed,
    "drawn": _drawn,
    "not_drawn": _not_drawn,
    "offered": _offered,
    "offer_over": _offer_over,
    "moved_by_guarantee": _moved,
    "credited": _credited,
    "strike": _strike,
    "appeal_decided": _appeal_decided,
    "priority_granted": _priority_granted,
}

URGENCY: Final = {"recall": 0, "call": 1, "missed": 2, "offered": 3, "moved_by_guarantee": 4}
"""Who goes first: a recall stops a truck that would drive for nothing; the rest, 5, has time."""


def urgency_of(kind: str) -> int:
    """0 first."""
    return URGENCY.get(kind, 5)
