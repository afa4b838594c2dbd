"""What is read of call-ups: who is next, how many may go, who is on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from greenlane.booking.models import Rules
from greenlane.booking.queries import rules_of
from greenlane.callup.models import Call, CallPause, MassCall
from greenlane.callup.policy import CREDIT_WINDOW, RecentCalls, ReleaseRules, Turn, Waiting, in_turn, room
from greenlane.callup.queries.look_ahead import inside_at, unknown_because
from greenlane.callup.queries.park import waiting_trucks
from greenlane.callup.queries.travel import drives_from
from greenlane.callup.travel import Drive
from greenlane.callup.waiting import PRIORITY
from greenlane.gate.models import Passage
from greenlane.gate.queries import inside_now, trucks_in_park
from greenlane.registry.crossing_parts import CALL_BY_LIMIT, CALL_BY_PREDICTION, CALL_BY_SLOT
from greenlane.registry.models import Checkpoint

MINUTE: Final = timedelta(minutes=1)
LONGEST_ROAD: Final = timedelta(hours=6)
"""A called truck of which nothing more is known counts as on the road for so long."""
MOST_ON_ROAD: Final = 10_000
"""Where trucks are called at the time of their slot, the places of the slots bound them, and nothing else."""
OUTSIDE = (Passage.Phase.COMING, Passage.Phase.WAITING, Passage.Phase.CALLED)


@dataclass(frozen=True, slots=True)
class NextTruck:
    """A truck in the order of its turn; `slot_start` is None in the live queue."""

    passage: int
    plate: str
    country: str
    vehicle_class: str
    slot_start: datetime | None
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The park as call-up sees it at one time.

    Attributes:
        order: the trucks that may be called, in the order of their turns.
        waiting: every truck in the park, those that are not due or are hindered among them.
        room: how many there is room for inside, by the policy in force.
        policy: a word of `crossing_parts.CALL_UPS`: that of the rules, or ``limit`` where what ``predicted``
            needs is not known.
        fallback: why it is not that of the rules: ``silent`` or ``behind``, see `look_ahead`; else empty.
        inside, on_the_way: trucks between the barriers, and called ones that are still expected.
        rate_left, allowance: how many calls the rate alone, and the rate with the road, still allow, whatever
            the room.
        pause: while nobody is called.
    """

    order: tuple[Turn, ...]
    waiting: tuple[Waiting, ...]
    room: int
    passages: dict[int, Passage]
    rules: Rules
    release: ReleaseRules
    drives: dict[int | None, Drive]
    policy: str
    fallback: str
    inside: int
    on_the_way: int
    rate_left: int
    allowance: int
    pause: CallPause | None

    @property
    def turns(self) -> tuple[Waiting, ...]:
        """The trucks that may be called, in order."""
        return tuple(turn.truck for turn in self.order)

    @property
    def next_calls(self) -> tuple[Turn, ...]:
        """Those that are called now."""
        most = 0 if self.pause else min(self.room, self.allowance, self.rules.mass_call)
        return self.order[: max(0, most)]


def next_up(checkpoint: Checkpoint, direction: str, at: datetime, most: int = 10) -> list[NextTruck]:
    """The trucks that are called next, in their order; none where no bookings are taken."""
    rules = Rules.objects.filter(checkpoint=checkpoint, direction=direction).first()
    if rules is None:
        return []
    queue = queue_at(checkpoint, direction, at, rules, looks_ahead=False)
    return [_next(queue.passages[truck.passage], truck) for truck in queue.turns[:most]]


def queue_at(
    checkpoint: Checkpoint,
    direction: str,
    at: datetime,
    rules: Rules | None = None,
    *,
    looks_ahead: bool = True,
) -> Queue:
    """The order of turns and the room inside at `at`.

    Args:
        looks_ahead: False where the order alone is asked for: the room is then that of the limit.

    Raises:
        GreenlaneError: ``no_booking`` (404) where a checkpoint has no rules in that direction.
    """
    rules = rules or rules_of(checkpoint.pk, direction)
    release = release_rules(rules)
    drives = drives_from(checkpoint, direction, at, release.late)
    passages = {passage.pk: passage for passage in trucks_in_park(checkpoint, direction, at)}
    waiting = waiting_trucks(checkpoint, direction, at, passages.values(), rules, drives)
    order = tuple(in_turn(waiting, release, at, _recent(checkpoint, direction, at)))
    inside, expected = inside_now(checkpoint, direction, at), on_the_way(checkpoint, direction, at)
    rate_left = _rate_left(checkpoint, direction, at, rules)
    allowance = min(rate_left, _road_left(checkpoint, direction, at, rules))
    policy, fallback = rules.call_up, ""
    if policy == CALL_BY_PREDICTION and looks_ahead:
        fallback = unknown_because(checkpoint, direction, at, inside)
    if fallback or (policy == CALL_BY_PREDICTION and not looks_ahead):
        policy = CALL_BY_LIMIT
    if policy == CALL_BY_SLOT:
        free = len(order)
    elif policy == CALL_BY_PREDICTION:
        state = inside_at(checkpoint, direction, at, rules.call_up_target_minutes)
        pairs = [(passages[turn.truck.passage], turn.truck) for turn in order]
        free = state.may_go(pairs, min(allowance, rules.mass_call))
    else:
        free = room(release, inside, expected)
    return Queue(
        order=order,
        waiting=tuple(waiting),
        room=free,
        passages=passages,
        rules=rules,
        release=release,
        drives=drives,
        policy=policy,
        fallback=fallback,
        inside=inside,
        on_the_way=expected,
        rate_left=rate_left,
        allowance=allowance,
        pause=pause_at(checkpoint, direction, at),
    )


def release_rules(rules: Rules) -> ReleaseRules:
    """The rules as the order of turns takes them."""
    return ReleaseRules(
        inside_limit=rules.inside_limit,
        late=timedelta(minutes=rules.late_minutes),
        lead=timedelta(minutes=rules.release_lead_minutes),
        live_share=rules.live_share,
        priority_share=rules.priority_share,
        inside=timedelta(minutes=rules.call_up_target_minutes),
    )


def on_the_way(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """Called trucks that are still expected at the barrier."""
    return Call.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        recalled_at=None,
        missed_at=None,
        gate_by__gt=at,
        passage__phase=Passage.Phase.CALLED,
    ).count()


def pause_at(checkpoint: Checkpoint, direction: str, at: datetime) -> CallPause | None:
    """The pause of call-ups that holds at `at`."""
    pauses = CallPause.objects.filter(
        checkpoint=checkpoint, direction=direction, starts_at__lte=at, ends_at__gt=at
    )
    return pauses.select_related("by").order_by("-ends_at").first()


def approved_mass_calls(checkpoint: Checkpoint, direction: str) -> list[MassCall]:
    """Mass calls that two persons agreed on and that are not done, the oldest first."""
    approved = MassCall.objects.filter(
        checkpoint=checkpoint, direction=direction, state=MassCall.MassState.APPROVED
    )
    return list(approved.order_by("decided_at", "pk"))


def _recent(checkpoint: Checkpoint, direction: str, at: datetime) -> RecentCalls:
    recent = Call.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        called_at__gt=at - CREDIT_WINDOW,
        recalled_at=None,
        missed_at=None,
    ).aggregate(
        booked=Count("pk", filter=~Q(turn=PRIORITY) & Q(booking__isnull=False)),
        live=Count("pk", filter=~Q(turn=PRIORITY) & Q(booking=None)),
        priority=Count("pk", filter=Q(turn=PRIORITY)),
    )
    return RecentCalls(**recent)


def _rate_left(checkpoint: Checkpoint, direction: str, at: datetime, rules: Rules) -> int:
    """How many more calls may be made in this minute, as sql/safety.sql counts."""
    made = Call.objects.filter(checkpoint=checkpoint, direction=direction, called_at__gt=at - MINUTE)
    return max(0, rules.calls_per_minute - made.count())


def _road_left(checkpoint: Checkpoint, direction: str, at: datetime, rules: Rules) -> int:
    """How many more trucks the road to the barrier bears, as sql/safety.sql counts."""
    if rules.call_up == CALL_BY_SLOT:
        return MOST_ON_ROAD
    standing = Call.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        called_at__gt=at - LONGEST_ROAD,
        recalled_at=None,
        missed_at=None,
        mass=None,
        passage__entry_at=None,
        passage__phase__in=OUTSIDE,
    ).count()
    return max(0, rules.inside_limit + rules.mass_call - standing)


def _next(passage: Passage, truck: Waiting) -> NextTruck:
    return NextTruck(
        passage=passage.pk,
        plate=passage.plate,
        country=passage.country,
        vehicle_class=passage.vehicle_class,
        slot_start=truck.slot_start,
        arrived_at=truck.arrived_at,
    )
