"""Passages as the raw readings give them, computed again from nothing."""

from __future__ import annotations

from greenlane.booking.models import Booking
from greenlane.gate.due import MOST_WAIT
from greenlane.gate.models import Passage
from greenlane.gate.queries import replayed
from greenlane.gate.replay import ReplayedPassage
from greenlane.registry.codes import OUTBOUND
from greenlane.registry.models import Checkpoint
from greenlane.standard.periods import Period
from greenlane.standard.queries.passages import (
    Partner,
    Seen,
    flags_of,
    has_partner,
    partner_exits,
    sending_since,
    skew_of,
)
from greenlane.standard.timeline import PassageTimes, StageVisit

UNSTORED = 0
"""The id of a passage that the readings give and no row has."""


def raw_passages(checkpoint: Checkpoint, direction: str, period: Period) -> list[Seen]:
    """The passages counted in a period, from its readings, corrections and bookings.

    Their `id` is that of the stored passage that began with the same event, or `UNSTORED`.
    """
    # A truck counts where it entered, and may have been seen first this long before.
    found = replayed(checkpoint, direction, period.start - MOST_WAIT, period.end, lead_in=False)
    keys = [one.key for one in found]
    ids = dict(Passage.objects.filter(opened_by__in=keys).values_list("opened_by", "pk"))
    bookings = Booking.objects.in_bulk({one.booking.id for one in found if one.booking})
    partners = partner_exits(list(ids.values())) if direction == OUTBOUND else {}
    since = sending_since({checkpoint.pk}).get(checkpoint.pk) if direction == OUTBOUND else None
    passages = []
    for one in found:
        passage_id = ids.get(one.key, UNSTORED)
        booking = bookings.get(one.booking.id) if one.booking else None
        first_at = one.timeline.effective[0].event_time
        times = _times(one, direction, booking, partners.get(passage_id), has_partner(since, first_at))
        passages.append(Seen(passage_id, checkpoint.pk, direction, first_at, one.revision, times))
    return [one for one in passages if period.start <= one.counted_at < period.end]


def _times(
    one: ReplayedPassage, direction: str, booking: Booking | None, partner: Partner | None, sends: bool
) -> PassageTimes:
    timeline = one.timeline
    return PassageTimes(
        asked_at=booking.asked_for if booking else None,
        slot_start=one.booking.slot_start if one.booking else None,
        queue_end_at=timeline.queue_end_at,
        park_in_at=timeline.park_in_at,
        called_at=timeline.called_at,
        entry_at=timeline.entry_at,
        exit_at=timeline.exit_at,
        partner_exit_at=partner.exit_at if partner else None,
        has_partner=sends,
        visits=tuple(StageVisit(visit.stage, visit.in_at, visit.out_at) for visit in timeline.visits),
        direction=direction,
        channel=one.channel,
        vehicle_class=one.vehicle_class,
        share=booking.share if booking else "live",
        pre_arrival=one.pre_arrival,
        flags=flags_of(timeline.flags),
        skew_s=skew_of(timeline.flags, timeline.entry_at, timeline.exit_at),
    )
