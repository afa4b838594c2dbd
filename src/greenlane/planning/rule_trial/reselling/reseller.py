"""Who resells: what a reseller has, what each way of handing a place over costs, and why these figures."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from greenlane.booking.ballot.weights import MOST_LOST
from greenlane.planning.rule_trial.rules import RuleError


@dataclass(frozen=True, slots=True)
class Reseller:
    """A reseller with robots. Money in euro; every figure that no source gives is an assumption of `ASSUMED`.

    Attributes:
        carriers, trucks_each: carriers that are not verified, and invented trucks of each; they cost nothing.
        verified_carriers, verified_trucks_each: carriers with papers, and trucks of each.
        price: of one place.
        buying_share: of those who find no place within reach, who would buy one.
        handling: of any sale: adverts, payment, a person's minutes.
        hand_over_share: of the buyers, who would let their truck be registered in the reseller's carrier.
        hand_over: what that registration costs.
        rebook_success: share of cancelled places that the robot takes again before anyone else.
        account: a new account with a carrier that is not verified.
        carrier: a new verified carrier, papers and all.
        found_out: chance of each sale by a swap to be the one by which an officer confirms the signal.
        reopen_days, account_days: until there is another verified carrier, and another account.
        tickets: of each entry in a ballot; a truck that was drawn out of ballot after ballot has the most.
        appetites: shares of a slot's places that are tried; the one that pays best is taken.
        unverified_share: honest carriers that are not verified.
    """

    carriers: int = 100
    trucks_each: int = 20
    verified_carriers: int = 2
    verified_trucks_each: int = 20
    price: float = 300.0
    buying_share: float = 0.5
    handling: float = 5.0
    hand_over_share: float = 0.5
    hand_over: float = 20.0
    rebook_success: float = 0.9
    account: float = 2.0
    carrier: float = 1000.0
    found_out: float = 0.05
    reopen_days: float = 30.0
    account_days: float = 1.0
    tickets: int = 1 + MOST_LOST
    appetites: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
    unverified_share: float = 0.05

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise RuleError(name, f"{getattr(self, name)} is no share.", "Give 0 to 1.")
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name != "appetites" and not value >= 0:
                raise RuleError(each.name, f"{value} is below 0.", "Give 0 or more.")
        if not self.appetites or not all(0.0 < each <= 1.0 for each in self.appetites):
            raise RuleError(
                "appetites", "There is none, or one is no share.", "Give shares above 0, up to 1."
            )
        if self.tickets < 1:
            raise RuleError("tickets", "An entry has no ticket.", "Give 1 or more.")

    def as_document(self) -> dict[str, Any]:
        """A JSON-able dict, with the reason of every figure."""
        return {
            each.name: {"value": getattr(self, each.name), "why": ASSUMED[each.name]} for each in fields(self)
        }


_SHARES: Final = ("buying_share", "hand_over_share", "rebook_success", "found_out", "unverified_share")
PRICES: Final = (50.0, 100.0, 200.0, 300.0, 500.0)
"""The range seen: 5,000 to 20,000 RUB (about 50 to 200 EUR), 200 to 300 USD, 300 to 500 EUR."""
ASSUMED: Final[dict[str, str]] = {
    "carriers": "no source for the number; as many accounts, and two thousand plates in them: bots bought "
    "thousands of slots in a month (Latvia 2025, press.lv)",
    "trucks_each": "as carriers; a plate and a VIN that nobody looks at cost nothing",
    "verified_carriers": "two haulage firms with papers, run by the reseller or paid by him",
    "verified_trucks_each": "trucks with papers, as a middle carrier has",
    "price": "300-500 EUR (Latvia 2025, press.lv), 200-300 USD (Kazakhstan-China, informburo.kz), 5,000 to "
    "20,000 RUB (Zabaikalsk 2025, newdaynews.ru): the middle",
    "buying_share": "no source; a waiting day costs about the price (300 EUR a truck and day, LINAVA 2021, "
    "tv3.lt), so one in two of those who find nothing within a day",
    "handling": "no source; a person's quarter of an hour",
    "hand_over_share": "no source; a plate is in one carrier at a time, so the buyer's own must let it go",
    "hand_over": "no source; an hour of two persons",
    "rebook_success": "no source; robots need milliseconds (orda.kz), people seconds, other robots are about",
    "account": "no source; a mail address and a SIM card",
    "carrier": "no source; a company with a licence and its papers, in the cheapest of the countries",
    "found_out": "no source; a truck registered after the booking and swapped in is a signal each time; an "
    "officer confirms at the twentieth, on average",
    "reopen_days": "no source; a company's registration and its check",
    "account_days": "no source",
    "tickets": "the worst case: all his trucks have lost their last ballots, and nobody else's has",
    "appetites": "he takes what pays best",
    "unverified_share": "no source; newcomers and those from far away",
}
VARIED: Final[tuple[tuple[str, float], ...]] = (
    ("buying_share", 0.25), ("buying_share", 0.75), ("buying_share", 0.9), ("buying_share", 1.0),
    ("hand_over_share", 1.0), ("found_out", 0.0), ("found_out", 0.2), ("carrier", 300.0),
    ("verified_carriers", 1), ("verified_carriers", 10), ("verified_trucks_each", 60), ("trucks_each", 100),
    ("rebook_success", 0.5), ("tickets", 1),
)  # fmt: skip
"""Assumptions without a source, and other values of them to try."""
LEFT_OUT: Final = (
    "Profit is before his running costs, and before what the papers of his carriers first cost.",
    "Buyers do not haggle: whoever would buy pays the price, so the profit rises with it in one line.",
    "Places booked to order, for a truck that he was told beforehand, are not acted out: a robot's speed is "
    "worth something under first click alone.",
    "His trucks do not wait on the list themselves: a place from there is bound to their plates, too.",
    "Honest trips are cancelled by nobody here, so only his own places come free.",
)
"""What the trial of resale does not act out."""
SWAP, OWN_CARRIER, REBOOK, ACCOUNT = range(4)
MEANS: Final = ("swap", "own carrier", "cancel and rebook", "account")
"""Ways to hand a place over: another truck and driver in the booking; the same once the buyer's truck is put
into the reseller's carrier; cancel, and book for the buyer at once; the whole carrier with its account."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The rules against resale that are in force.

    Attributes:
        ballot: places are drawn, under the caps of carriers and of all that are not verified.
        own_carrier_swaps: a truck is swapped only inside one verified carrier.
        list_first: freed places go to those who wait, in their order.
        late_cancels: a late cancellation counts, so unsold places are given up in time.
        signals: officers look at signals of resale and close a carrier that resells.
    """

    ballot: bool = False
    own_carrier_swaps: bool = False
    list_first: bool = False
    late_cancels: bool = False
    signals: bool = False


NONE: Final = Measures()
ALL: Final = Measures(True, True, True, True, True)


@dataclass(frozen=True, slots=True)
class Way:
    """A means for the places of one kind of carrier.

    Attributes:
        means: of `MEANS`.
        gain: euro of a sale that comes about.
        needs_hand_over: only buyers who put their truck into the carrier.
        success: share of sales that come about; the others lose the place.
        found_out: chance of being found out.
    """

    means: int
    gain: float
    needs_hand_over: bool = False
    success: float = 1.0
    found_out: float = 0.0

    @property
    def expected(self) -> float:
        """Euro of a sale that is tried."""
        return self.gain * self.success


def ways(reseller: Reseller, measures: Measures, *, verified: bool) -> tuple[Way, ...]:
    """The means that the rules leave and that pay, best first."""
    price, handling = reseller.price, reseller.handling
    seen = reseller.found_out if measures.signals else 0.0
    replaced = reseller.carrier if verified else reseller.account
    found = [Way(REBOOK, price - handling, success=reseller.rebook_success)]
    if not measures.own_carrier_swaps:
        found.append(Way(SWAP, price - handling - seen * replaced, found_out=seen))
        found.append(Way(ACCOUNT, price - handling - replaced))
    elif verified:
        cost = handling + reseller.hand_over + seen * replaced
        found.append(Way(OWN_CARRIER, price - cost, needs_hand_over=True, found_out=seen))
        found.append(Way(ACCOUNT, price - handling - replaced))
    return tuple(sorted((way for way in found if way.gain > 0.0), key=lambda way: -way.expected))
