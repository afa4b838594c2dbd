"""Counting afterwards: nothing oversold, nothing lost, nothing twice."""

from __future__ import annotations

from bench.ground import number
from bench.report import Check
from greenlane.site.database_url import DatabaseAddress

_PLACED = "('held', 'confirmed', 'called', 'entered')"
PLACED = f"SELECT count(*) FROM booking_booking WHERE state IN {_PLACED}"
_OVERSOLD = "SELECT coalesce(sum(greatest(0, taken - capacity)), 0) FROM booking_quota"
_MISCOUNTED = """
SELECT count(*) FROM booking_quota quota
  LEFT JOIN (SELECT quota_id, count(*) AS n FROM booking_claim GROUP BY quota_id) claims
    ON claims.quota_id = quota.id
 WHERE quota.taken <> coalesce(claims.n, 0)
"""
# From the quotas' own scopes, not from the table of links that the triggers keep.
_MISCLAIMED = f"""
SELECT count(*) FROM (
    SELECT booking.id AS booking_id, quota.id AS quota_id
      FROM booking_booking booking
      JOIN booking_slot slot ON slot.id = booking.slot_id
      JOIN booking_quota quota
        ON quota.checkpoint_id = booking.checkpoint_id AND quota.direction = booking.direction
       AND (quota.slot_id = slot.id OR quota.slot_id IS NULL
            AND slot.starts_at >= quota.starts_at AND slot.starts_at < quota.ends_at)
       AND quota.vehicle_class IN ('', booking.vehicle_class) AND quota.share IN ('', booking.share)
       AND (quota.park_id IS NULL OR quota.park_id = booking.park_id)
       AND (quota.carrier_id IS NULL OR quota.carrier_id = booking.carrier_id)
     WHERE booking.state IN {_PLACED}) due
  FULL JOIN booking_claim claim ON claim.booking_id = due.booking_id AND claim.quota_id = due.quota_id
 WHERE claim.id IS NULL OR due.booking_id IS NULL
"""
_OVER_ONE_A_TRUCK = """
SELECT count(*) FROM (
    SELECT FROM booking_booking WHERE state IN ('held', 'confirmed', 'called')
     GROUP BY plate_country, plate_key HAVING count(*) > 1) twice
"""
_KEYS_TWICE = """
SELECT count(*) FROM (
    SELECT FROM booking_booking WHERE key <> '' GROUP BY account_id, key HAVING count(*) > 1) twice
"""


def nothing_oversold(database: DatabaseAddress, what: str) -> list[Check]:
    """Places over capacity, counters that differ from the claims, claims that differ from the bookings, and
    trucks and keys with two bookings: all none.
    """
    return [
        Check(what, name, 0, number(database, query))
        for name, query in (
            ("oversold", _OVERSOLD),
            ("quotas miscounted", _MISCOUNTED),
            ("claims missing or undue", _MISCLAIMED),
            ("trucks twice", _OVER_ONE_A_TRUCK),
            ("keys twice", _KEYS_TWICE),
        )
    ]


def all_kept(database: DatabaseAddress, what: str, acknowledged: int) -> list[Check]:
    """As many bookings as were acknowledged, each with a place in every quota of its slot; and all of
    `nothing_oversold`.
    """
    return [
        Check(what, "acknowledged and placed", acknowledged, number(database, PLACED)),
        *nothing_oversold(database, what),
    ]
