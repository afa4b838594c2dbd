"""Signs of resale: resellers are found, honest fleets are not, and nothing follows by itself."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places_world import NOW

from greenlane.booking.resale.chance import at_least
from greenlane.booking.resale.clusters import sold_then_swapped, strangers
from greenlane.booking.resale.contacts import masked, same_mailbox, same_phone, shared_contacts
from greenlane.booking.resale.detection import detect
from greenlane.booking.resale.edits import ALARM, edit_patterns
from greenlane.booking.resale.rows import Contact, Finding, Trip
from greenlane.booking.resale.trucks import shared_trucks

CARRIERS, TRIPS = 40, 60


def trip(number: int, carrier: int, *plates: str, driver: bool = False, hours: float = 48) -> Trip:
    """A trip made so many hours before its slot; each further truck came two hours before the slot."""
    made = NOW + timedelta(minutes=number)
    start = made + timedelta(hours=hours)
    return Trip(
        code=f"GL-{number:05}",
        carrier=carrier,
        checkpoint=1,
        plates=plates,
        vins=("",) * len(plates),
        made_at=made,
        slot_start=start,
        swapped_at=(start - timedelta(hours=2),) * (len(plates) - 1),
        driver_changed=driver,
    )


def honest_fleets(dice: np.random.Generator, carriers: int = CARRIERS, trips: int = TRIPS) -> list[Trip]:
    """Fleets that differ: each has 5 to 30 trucks and exchanges 0 to 10 % of them, the driver half the time,
    for another of its own.
    """
    made, number = [], 0
    for carrier in range(1, carriers + 1):
        fleet = [f"PL C{carrier}T{truck}" for truck in range(dice.integers(5, 31))]
        rate, n = dice.uniform(0, 0.1), dice.integers(trips // 2, trips * 3 // 2)
        first, second = dice.integers(len(fleet), size=(2, n)).tolist()
        swaps, drivers = (dice.random(n) < rate).tolist(), (dice.random(n) < 0.5).tolist()
        for one, other, swap, driver in zip(first, second, swaps, drivers, strict=True):
            number += 1
            plates = [fleet[one], *([fleet[other]] if swap else [])]
            made.append(trip(number, carrier, *plates, driver=swap and driver))
    return made


def sellers(first: int, carriers: int, sold: int, buyers: int) -> list[Trip]:
    """Carriers that book with trucks of their own and end with those of buyers, driver and all."""
    made = []
    for carrier in range(first, first + carriers):
        for number in range(sold):
            buyer = f"KZ B{(number + carrier) % buyers}"
            code = 500_000 + carrier * 1000 + number
            made.append(trip(code, carrier, f"PL S{carrier}", buyer, driver=True))
    return made


# Chance ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(n=st.integers(1, 60), count=st.integers(0, 61), p=st.fractions(0, 1, max_denominator=50))
def test_the_tail_is_exact(n: int, count: int, p: Fraction) -> None:
    exact = sum((math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count, n + 1)), start=Fraction(0))
    assert at_least(count, n, float(p)) == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


def test_tiny_tails_keep_their_precision() -> None:
    assert at_least(200, 200, 0.02) == pytest.approx(0.02**200, rel=1e-9)


# Honest fleets and resellers -------------------------------------------------------------------------------


@pytest.mark.slow
def test_honest_fleets_are_named_less_than_once_in_a_hundred_runs() -> None:
    """300 runs of 40 fleets that differ from each other. The rule of three: none in 300 runs says that a run
    names an honest fleet with a chance below 1 % (95 % confidence).
    """
    dice = np.random.default_rng(20261126)
    assert [detect(honest_fleets(dice), []) for _ in range(300)] == [[]] * 300


def test_alike_fleets_are_named_as_rarely_as_the_threshold_says() -> None:
    """Where all share one rate, the tail alone keeps the promise: the share and the counts only add to it."""
    carriers, n, p = 40, 60, 0.05
    limit = next(count for count in range(n) if at_least(count, n, p) < ALARM / carriers)
    assert carriers * at_least(limit, n, p) < ALARM


def test_resellers_among_honest_fleets_are_found_and_only_they() -> None:
    trips = honest_fleets(np.random.default_rng(7)) + sellers(100, carriers=3, sold=12, buyers=40)
    found = {(finding.kind, carrier) for finding in detect(trips, []) for carrier in finding.carriers}
    kinds = ("edits", "sold_then_swapped", "shared_truck")
    assert found == {(kind, carrier) for kind in kinds for carrier in (100, 101, 102)}


@pytest.mark.parametrize("many", [1, 5, 20])
def test_many_resellers_do_not_hide_each_other(many: int) -> None:
    trips = honest_fleets(np.random.default_rng(8)) + sellers(100, carriers=many, sold=15, buyers=400)
    named = {carrier for finding in edit_patterns(trips) for carrier in finding.carriers}
    assert named == set(range(100, 100 + many))


def test_a_seller_who_sells_one_in_four_is_found_by_the_strangers_trucks() -> None:
    own = [trip(600_000 + number, 100, f"PL S{number % 5}") for number in range(45)]
    trips = honest_fleets(np.random.default_rng(9)) + own + sellers(100, carriers=1, sold=15, buyers=99)
    kinds = {finding.kind for finding in detect(trips, []) if finding.carriers == (100,)}
    assert kinds == {"edits", "sold_then_swapped"}


def test_a_sign_carries_its_evidence() -> None:
    trips = honest_fleets(np.random.default_rng(10)) + sellers(100, carriers=1, sold=12, buyers=40)
    (edits,) = edit_patterns(trips)
    assert (edits.figures["edited"], edits.figures["bookings"]) == (12, 12)
    assert 0 < float(edits.figures["chance"]) < ALARM / CARRIERS
    assert 0 < float(edits.figures["base_share"]) < 0.1
    assert len(edits.bookings) == 12
    assert edits == edit_patterns(trips)[0], "found again, it is the same"


# Strangers' trucks and linked carriers ---------------------------------------------------------------------


def test_a_truck_is_a_stranger_where_it_comes_by_exchange_alone() -> None:
    trips = [
        trip(1, 1, "A"),
        trip(2, 1, "B", "A"),
        trip(3, 1, "A", "C"),
        trip(4, 1, "C"),
        trip(5, 1, "A", "B"),
        trip(6, 2, "D", "A"),
        trip(7, 1, "A", "E"),
    ]
    assert [stranger.trip.code for stranger in strangers(trips)] == ["GL-00006", "GL-00007"]


def test_one_buyers_truck_links_its_sellers() -> None:
    trips = [
        trip(n, carrier, f"OWN{carrier}", buyer)
        for n, (carrier, buyer) in enumerate([(1, "X"), (2, "X"), (2, "Y"), (3, "Y"), (4, "Z"), (5, "W")])
    ]
    (linked,) = sold_then_swapped(trips)
    assert linked.carriers == (1, 2, 3)
    assert linked.figures == {"swapped": 4, "trucks": 2, "carriers": 3}


# Shared trucks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carriers", "found"),
    [([1, 1, 2, 2], False), ([1, 2, 1], True), ([1, 2, 3], True), ([1, 1, 1], False)],
)
def test_a_truck_that_goes_to_and_fro_between_carriers_is_a_sign_and_a_sale_is_none(
    carriers: list[int], found: bool
) -> None:
    trips = [trip(number, carrier, "A") for number, carrier in enumerate(carriers)]
    assert bool(shared_trucks(trips)) is found


# Contacts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Jan.Kowalski@example.org", "jankowalski+trucks@EXAMPLE.org", True),
        ("jan@example.org", "jan@example.com", False),
        ("jan", "jan", False),
    ],
)
def test_mailboxes_are_compared_without_what_they_ignore(one: str, other: str, same: bool) -> None:
    assert (same_mailbox(one) == same_mailbox(other) != "") is same


def test_phones_are_compared_by_their_last_digits() -> None:
    assert same_phone("+48 600 100 200") == same_phone("0048600100200"[2:])
    assert same_phone("+7 (701) 000-11-22") == same_phone("8 701 000 11 22")
    assert same_phone("123") == same_phone("0000000000") == ""


def test_shared_contacts_are_told_masked_and_only_of_carriers_that_book() -> None:
    trips = [trip(number, carrier, "A") for number, carrier in enumerate([1, 2, 3])]
    contacts = [
        Contact(1, "email", "boss+1@example.org"),
        Contact(2, "email", "b.oss@example.org"),
        Contact(9, "email", "boss@example.org"),
        *(Contact(carrier, "phone", "+48 600 100 200") for carrier in (1, 2)),
    ]
    (by_mail,) = shared_contacts(contacts, trips)
    assert (by_mail.carriers, by_mail.figures["contact"]) == ((1, 2), "b…@example.org")
    assert "boss" not in repr(by_mail)
    more = [*contacts, Contact(3, "phone", "600100200")]
    assert [finding.carriers for finding in shared_contacts(more, trips)] == [(1, 2)], "9 digits are not 10"
    more = [*contacts, Contact(3, "phone", "48600100200")]
    assert [finding.carriers for finding in shared_contacts(more, trips)] == [(1, 2), (1, 2, 3)]
    assert masked("8600100200") == "…00"


@given(
    st.lists(
        st.tuples(
            st.integers(1, 5), st.lists(st.sampled_from("ABCDEFG"), min_size=1, max_size=3), st.booleans()
        ),
        max_size=30,
    )
)
def test_whatever_is_on_record_is_read_and_nobody_is_named_without_bookings(
    rows: list[tuple[int, list[str], bool]],
) -> None:
    trips = [trip(n, carrier, *plates, driver=driver) for n, (carrier, plates, driver) in enumerate(rows)]
    found: list[Finding] = detect(trips, [])
    codes = {each.code: each.carrier for each in trips}
    for finding in found:
        assert finding.bookings
        assert {codes[code] for code in finding.bookings} <= set(finding.carriers)
    assert detect(list(reversed(trips)), []) == found or len({each.made_at for each in trips}) < len(trips)
