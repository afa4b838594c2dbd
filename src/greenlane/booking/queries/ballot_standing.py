"""Whether the trucks of a ballot's entries could have a place, as the registry and the bookings stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from greenlane.booking.models import Ballot, Rules

# The reasons of booking_take (sql/take.sql) before the draw: a truck that could not be booked has no turn.
_WHY_OUT = """
SELECT entry.number,
       CASE WHEN truck.retired_at IS NOT NULL OR truck.carrier_id <> entry.carrier_id THEN 'truck_unknown'
            WHEN NOT account.is_active OR account.carrier_id IS DISTINCT FROM entry.carrier_id
            THEN 'account_closed'
            WHEN park.retired_at IS NOT NULL THEN 'park_unknown'
            WHEN EXISTS (SELECT 1 FROM booking_booking booking
                          WHERE booking.state IN ('held', 'confirmed', 'called')
                            AND (booking.plate_key <> '' AND booking.plate_key = truck.plate_key
                                 AND booking.plate_country = truck.country
                                 OR booking.vin <> '' AND booking.vin = truck.vin)
                            AND (booking.state <> 'held' OR booking.held_until > %(at)s)) THEN 'truck_busy'
            WHEN booking_limited_until(truck.id, %(most)s, %(window)s, %(block)s, %(at)s) > %(at)s
            THEN 'truck_limited'
            ELSE '' END,
       truck.vehicle_class
  FROM booking_ballotentry entry
  JOIN registry_truck truck ON truck.id = entry.truck_id
  JOIN registry_account account ON account.id = entry.account_id
  LEFT JOIN registry_park park ON park.id = entry.park_id
 WHERE entry.ballot_id = %(ballot)s AND entry.outcome = 'entered'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the registry and the bookings say of an entry's truck.

    Attributes:
        why_out: why it could not have a place; empty where it could.
    """

    why_out: str
    vehicle_class: str


def standing_of(ballot: Ballot, rules: Rules, at: datetime) -> dict[str, Standing]:
    """How the trucks of the ballot's undecided entries stand, by entry."""
    values: dict[str, datetime | int] = {
        "at": at,
        "ballot": ballot.pk,
        "most": rules.no_show_limit,
        "window": rules.no_show_window_days,
        "block": rules.no_show_block_days,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WHY_OUT, values)
        return {number: Standing(why, vehicle) for number, why, vehicle in cursor.fetchall()}
