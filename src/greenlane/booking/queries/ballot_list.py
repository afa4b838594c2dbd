"""The list of a ballot as it is closed: who is in the draw, with how many tickets, for what places."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from greenlane.booking.ballot import document as told
from greenlane.booking.ballot.weights import MOST_LOST, lost_in_a_row, weight_of
from greenlane.booking.models import Ballot, BallotEntry, Booking, Quota, Rules, Slot, SlotQuota
from greenlane.booking.queries.ballot_standing import Standing, standing_of
from greenlane.booking.queries.ballots import ballot_slots
from greenlane.booking.queries.places import rules_of
from greenlane.registry.models import Park

Outcome = BallotEntry.Outcome
LOST = (Outcome.LISTED, Outcome.UNPLACED)


def closed_list(ballot: Ballot, at: datetime) -> told.EntryList:
    """The list of a ballot whose slots are locked: entries by number, slots, and the places left in them."""
    rules = rules_of(ballot.checkpoint_id, ballot.direction)
    entries = list(
        ballot.entries.filter(outcome=Outcome.ENTERED).select_related("carrier", "park").order_by("number")
    )
    slots = [slot for slot in ballot_slots(ballot) if slot.ends_at > at]
    masks = _masks(entries)
    limits, links = _limits(slots, rules, masks)
    used = rules_used(rules)
    chosen, out = _chosen(ballot, entries, {slot.pk for slot in slots}, masks, standing_of(ballot, rules, at))
    return told.EntryList(
        ballot=_header(ballot),
        rules=used,
        rules_digest=told.digest(used),
        witnesses=[
            told.WitnessMade(each["name"], each["checkpoint"], each["commitment"])
            for each in ballot.witnesses
        ],
        limits=limits,
        slots=[
            told.DrawnSlot(
                slot.pk, told.time_text(slot.starts_at), told.time_text(slot.ends_at), links[slot.pk]
            )
            for slot in slots
        ],
        entries=chosen,
        left_out=out,
    )


def rules_used(rules: Rules) -> told.RulesUsed:
    """The rules of a draw as its file tells them."""
    return told.RulesUsed(
        allocation=rules.allocation,
        carrier_share=f"{rules.carrier_share:g}",
        unverified_share=f"{rules.unverified_share:g}",
        hour_places=_hour_places(rules),
        most_lost=MOST_LOST,
    )


def _hour_places(rules: Rules) -> int:
    """As `booking_cap_carriers` (sql/places.sql) counts the places of an hour."""
    if rules.hour_capacity is not None:
        return rules.hour_capacity
    return rules.slot_capacity * 60 // rules.step_minutes


def _part(places: int, share: float) -> int:
    # Rounded first: 0.07 * 100 is a little above 7 in binary, and would become 8.
    return math.ceil(round(places * share, 6))


def _header(ballot: Ballot) -> told.Header:
    return told.Header(
        id=ballot.pk,
        checkpoint=ballot.checkpoint.code,
        direction=ballot.direction,
        day=ballot.day.isoformat(),
        zone=ballot.checkpoint.zone,
        opens_at=told.time_text(ballot.opens_at),
        closes_at=told.time_text(ballot.closes_at),
        commitment=ballot.commitment,
    )


def _masks(entries: Sequence[BallotEntry]) -> dict[int, str]:
    """Carriers in the order of their first entries' random numbers: another mask in every ballot, and nothing
    in it that could be chosen."""
    carriers = dict.fromkeys(entry.carrier_id for entry in entries)
    return {carrier: f"C{place}" for place, carrier in enumerate(carriers, start=1)}


def _chosen(
    ballot: Ballot,
    entries: Sequence[BallotEntry],
    slots: set[int],
    masks: Mapping[int, str],
    standing: Mapping[str, Standing],
) -> tuple[list[told.Entry], list[told.LeftOut]]:
    # Only of verified carriers: others could enter invented trucks every day, to have more tickets.
    verified = {entry.truck_id for entry in entries if entry.carrier.verified_at is not None}
    lost = _lost_before(ballot, verified)
    chosen, out = [], []
    for entry in entries:
        wished = [slot for slot in entry.slots if slot in slots]
        now = standing[entry.number]
        why = now.why_out or ("" if wished else "slot_closed")
        if why:
            out.append(told.LeftOut(entry.number, why))
            continue
        chosen.append(
            told.Entry(
                number=entry.number,
                carrier=masks[entry.carrier_id],
                verified="yes" if entry.carrier.verified_at is not None else "no",
                vehicle_class=now.vehicle_class,
                share="priority" if entry.share == "priority" else "booked",
                park=entry.park.code if entry.park else "",
                lost_before=lost.get(entry.truck_id, 0),
                weight=weight_of(lost.get(entry.truck_id, 0)),
                slots=wished,
                asked_for=told.time_text(entry.asked_for),
            )
        )
    return chosen, out


def _lost_before(ballot: Ballot, trucks: set[int]) -> dict[int, int]:
    """How many ballots of this line each truck lost in a row."""
    drawn: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    earlier = BallotEntry.objects.filter(
        truck__in=trucks,
        ballot__checkpoint=ballot.checkpoint_id,
        ballot__direction=ballot.direction,
        ballot__drawn_at__isnull=False,
        outcome__in=(Outcome.PLACED, *LOST),
    ).order_by("-ballot__drawn_at", "-pk")
    for truck, drawn_at, outcome in earlier.values_list("truck_id", "ballot__drawn_at", "outcome"):
        if drawn_at is not None:
            drawn[truck].append((drawn_at, outcome == Outcome.PLACED))
    placed = Booking.objects.filter(
        truck__in=drawn,
        checkpoint=ballot.checkpoint_id,
        direction=ballot.direction,
        confirmed_at__isnull=False,
    )
    last = dict(placed.values_list("truck_id").annotate(last=Max("confirmed_at")))
    return {truck: lost_in_a_row(ballots, last.get(truck)) for truck, ballots in drawn.items()}


def _limits(
    slots: Sequence[Slot], rules: Rules, masks: Mapping[int, str]
) -> tuple[list[told.Limit], dict[int, list[str]]]:
    """The limits of the draw, and which of them each slot is under."""
    links: dict[int, list[str]] = {slot.pk: [] for slot in slots}
    limits: dict[str, told.Limit] = {}
    parks = dict(Park.objects.filter(checkpoint=rules.checkpoint_id).values_list("pk", "code"))
    under = SlotQuota.objects.filter(slot__in=links).select_related("quota").order_by("quota", "slot")
    for link in under:
        quota = link.quota
        if quota.carrier_id is not None and quota.carrier_id not in masks:
            continue
        limit = _of_quota(quota, masks, parks)
        limits[limit.id] = limit
        links[link.slot_id].append(limit.id)
    for slot in slots:
        for limit in _caps(slot, rules):
            limits[limit.id] = limit
            links[slot.pk].append(limit.id)
    return list(limits.values()), links


def _of_quota(quota: Quota, masks: Mapping[int, str], parks: Mapping[int, str]) -> told.Limit:
    return told.Limit(
        id=f"{quota.kind}-{quota.pk}",
        kind=quota.kind,
        free=quota.capacity - quota.taken,
        vehicle_class=quota.vehicle_class,
        share=quota.share,
        park=parks[quota.park_id] if quota.park_id is not None else "",
        carrier=masks[quota.carrier_id] if quota.carrier_id is not None else "",
    )


def _caps(slot: Slot, rules: Rules) -> list[told.Limit]:
    """Of the slot's hour (UTC, as for a carrier's quota): each carrier's places, and all unverified's."""
    hour, places = f"{slot.starts_at:%Y-%m-%dT%H}", _hour_places(rules)
    caps = []
    if rules.carrier_share < 1.0:
        free = max(1, _part(places, rules.carrier_share))
        caps.append(told.Limit(f"each-carrier-{hour}", "carrier", free, each_carrier=True))
    if rules.unverified_share < 1.0:
        free = _part(places, rules.unverified_share)
        caps.append(told.Limit(f"unverified-{hour}", "unverified", free, verified="no"))
    return caps
