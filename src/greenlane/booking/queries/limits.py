"""What the limits are for somebody: what a cancellation would cost, how a truck stands, what is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max, QuerySet

from greenlane.booking.limits import (
    BEHIND,
    GUARANTEED,
    LATE_CANCEL_STRIKES,
    NEW_TIME,
    NO_SHOW_STRIKES,
    SLOT_CLOSED,
    LimitRule,
    Struck,
    barred_days,
    free_until,
    strikes_within,
)
from greenlane.booking.models import Appeal, Booking, Rules, Slot, State
from greenlane.booking.queries.places import lag_minutes, limited_until, rules_of
from greenlane.registry.models import Carrier, Checkpoint, Truck


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling a booking at one time would mean.

    Attributes:
        free_until: until then it costs nothing.
        strikes: strikes that it would bring, whether they count or not.
        excuse: one of `EXCUSES` where they would not count; empty where they would.
        behind_minutes: how far the checkpoint is behind; 0 where nothing depends on it.
        limited_until: until when the truck could not book afterwards; None where it could.
    """

    free_until: datetime
    strikes: int = 0
    excuse: str = ""
    behind_minutes: float = 0.0
    limited_until: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether it brings strikes that count."""
        return self.strikes > 0 and not self.excuse


def cancellation_of(booking: Booking, at: datetime) -> Cancellation:
    """What cancelling the booking at ``at`` would mean. A hold or an offer is let go without a strike."""
    rules = rules_of(booking.checkpoint_id, booking.direction)
    free = free_until(booking.slot.starts_at, rules.late_cancel_minutes)
    if booking.state not in (State.CONFIRMED, State.CALLED) or at <= free:
        return Cancellation(free)
    behind = lag_minutes(booking.checkpoint, booking.direction, at)
    excuse = _excuse(booking, behind, rules)
    until = None if excuse else _limited_after(booking, rules, at)
    return Cancellation(free, LATE_CANCEL_STRIKES, excuse, behind, until)


def _excuse(booking: Booking, behind: float, rules: Rules) -> str:
    if behind > rules.grace_behind_minutes:
        return BEHIND
    if booking.slot.state in (Slot.SlotState.CLOSED, Slot.SlotState.MERGED):
        return SLOT_CLOSED
    if booking.credits.exists():
        return GUARANTEED
    # The rooms above hang their rows on the booking; a proposal that was withdrawn asks nothing of anybody.
    return NEW_TIME if booking.proposed_times.exclude(answer="withdrawn").exists() else ""


def _limited_after(booking: Booking, rules: Rules, at: datetime) -> datetime | None:
    """Until when the truck could not book, were one late cancellation added now."""
    rule = limit_rule(rules)
    counted = strikes_within(struck_of(booking.plate_country, booking.plate_key, booking.vin), rule, at)
    days = barred_days(counted + LATE_CANCEL_STRIKES, rule)
    return at + timedelta(days=days) if days else None


def limit_rule(rules: Rules) -> LimitRule:
    """The rule of the limits at a checkpoint and direction."""
    return LimitRule(rules.no_show_limit, rules.no_show_window_days, rules.no_show_block_days)


def struck_of(country: str, plate_key: str, vin: str) -> list[Struck]:
    """The strikes of a vehicle that count, by its plate or its VIN, as `booking_limited_until` has them."""
    counting = Booking.objects.filter(strike__gt=0, excused=False, ended_at__isnull=False)
    found = counting.filter(plate_key=plate_key, plate_country=country)
    rows = dict.fromkeys(found.values_list("pk", "ended_at", "strike"))
    if vin:
        rows |= dict.fromkeys(counting.filter(vin=vin).values_list("pk", "ended_at", "strike"))
    return [Struck(at, strikes) for _, at, strikes in rows if at is not None]


@dataclass(frozen=True, slots=True)
class LineLimit:
    """A checkpoint and direction at which a truck may not book before ``until``."""

    checkpoint: Checkpoint
    direction: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a truck stands under the limits.

    Attributes:
        strikes: those that count within the window of the rules.
        most: so many bar it from booking.
        next_days: for how many days the next no-show would bar it; 0: it would be warned.
        struck: its carrier's bookings that brought strikes, the latest first; also those that do not count.
        limits: where it may not book now.
    """

    truck: Truck
    strikes: int
    most: int
    next_days: int
    struck: tuple[Booking, ...]
    limits: tuple[LineLimit, ...] = ()


def standing_of(truck: Truck, rules: Rules, at: datetime) -> Standing:
    """How a truck stands at one checkpoint and direction."""
    until = limited_until(truck.pk, rules, at)
    limits = (LineLimit(rules.checkpoint, rules.direction, until),) if until else ()
    own = _struck_bookings(truck.carrier, at - timedelta(days=rules.no_show_window_days))
    return _standing(truck, rules, [each for each in own if _is_of(each, truck)], limits, at)


def standings_of(carrier: Carrier, at: datetime) -> list[Standing]:
    """The carrier's trucks that have strikes or limits, the most limited first.

    What counts and what the next no-show would bring is told by the rules where the last strike was.
    """
    longest = Rules.objects.aggregate(days=Max("no_show_window_days"))["days"] or 0
    struck = list(_struck_bookings(carrier, at - timedelta(days=longest)))
    limits = _limits_of(carrier, at)
    rules = {(each.checkpoint_id, each.direction): each for each in Rules.objects.all()}
    standings = []
    for truck in carrier.trucks.filter(retired_at=None).order_by("plate_key"):
        own = [each for each in struck if _is_of(each, truck)]
        where = rules.get((own[0].checkpoint_id, own[0].direction)) if own else None
        if where is not None:
            standings.append(_standing(truck, where, own, limits.get(truck.pk, ()), at))
        elif limits.get(truck.pk):
            standings.append(Standing(truck, 0, 0, 0, (), limits[truck.pk]))
    return sorted(standings, key=lambda each: (-len(each.limits), -each.strikes))


def _standing(
    truck: Truck, rules: Rules, own: Iterable[Booking], limits: tuple[LineLimit, ...], at: datetime
) -> Standing:
    rule = limit_rule(rules)
    strikes = strikes_within(struck_of(truck.country, truck.plate_key, truck.vin), rule, at)
    return Standing(
        truck=truck,
        strikes=strikes,
        most=NO_SHOW_STRIKES * rule.most,
        next_days=barred_days(strikes + NO_SHOW_STRIKES, rule),
        struck=tuple(own),
        limits=limits,
    )


def _struck_bookings(carrier: Carrier, since: datetime) -> QuerySet[Booking]:
    struck = Booking.objects.filter(carrier=carrier, strike__gt=0, ended_at__gt=since)
    return struck.select_related("checkpoint", "slot", "appeal").order_by("-ended_at", "-pk")


def _is_of(booking: Booking, truck: Truck) -> bool:
    same_plate = (booking.plate_country, booking.plate_key) == (truck.country, truck.plate_key)
    return same_plate or (truck.vin != "" and booking.vin == truck.vin)


_LIMITED = """
SELECT truck.id, rules.id, limited.until
  FROM registry_truck truck
 CROSS JOIN booking_rules rules
 CROSS JOIN LATERAL booking_limited_until(truck.id, rules.no_show_limit, rules.no_show_window_days,
                                          rules.no_show_block_days, %(at)s) limited (until)
 WHERE truck.carrier_id = %(carrier)s AND truck.retired_at IS NULL AND limited.until > %(at)s
   AND (EXISTS (SELECT 1 FROM booking_booking struck
                 WHERE struck.strike > 0 AND struck.plate_key = truck.plate_key)
        OR truck.vin <> '' AND EXISTS (
            SELECT 1 FROM booking_booking struck
             WHERE struck.strike > 0 AND struck.vin <> '' AND struck.vin = truck.vin))
 ORDER BY limited.until DESC
"""


def _limits_of(carrier: Carrier, at: datetime) -> dict[int, tuple[LineLimit, ...]]:
    """Where each of the carrier's trucks may not book now."""
    with connection.cursor() as cursor:
        cursor.execute(_LIMITED, {"at": at, "carrier": carrier.pk})
        rows = cursor.fetchall()
    rules = Rules.objects.select_related("checkpoint").in_bulk([rule for _, rule, _ in rows])
    limits: dict[int, tuple[LineLimit, ...]] = {}
    for truck, rule, until in rows:
        here = LineLimit(rules[rule].checkpoint, rules[rule].direction, until)
        limits[truck] = (*limits.get(truck, ()), here)
    return limits


@dataclass(frozen=True, slots=True)
class LimitsPublished:
    """What is published of the limits at a checkpoint and direction, over some days: counts alone."""

    confirmed: int
    no_shows: int
    late_cancels: int
    excused: int
    appeals: int
    appeals_granted: int
    appeals_refused: int
    appeals_open: int


def limits_published(
    checkpoint: Checkpoint, direction: str, start: datetime, end: datetime
) -> LimitsPublished:
    """Counts of the bookings that ended in [start, end), and of the appeals made against their strikes."""
    ended = Booking.objects.filter(
        checkpoint=checkpoint, direction=direction, ended_at__gte=start, ended_at__lt=end
    )
    appeals = Appeal.objects.filter(booking__in=ended)
    decided = dict.fromkeys(Appeal.Decision.values, 0)
    for decision in appeals.exclude(decision="").values_list("decision", flat=True):
        decided[decision] += 1
    struck = ended.filter(strike__gt=0)
    made = appeals.count()
    return LimitsPublished(
        confirmed=ended.filter(confirmed_at__isnull=False).count(),
        no_shows=struck.filter(state=State.NO_SHOW).count(),
        late_cancels=struck.filter(state=State.CANCELLED).count(),
        excused=struck.filter(excused=True).count(),
        appeals=made,
        appeals_granted=decided[Appeal.Decision.GRANTED],
        appeals_refused=decided[Appeal.Decision.REFUSED],
        appeals_open=made - sum(decided.values()),
    )
