-- Until when a truck may not book because of its strikes; NULL where it may, or never had so many.
--
-- A no-show is two strikes, a late cancellation one; those that were excused do not count. With `most` no-shows'
-- worth within the window the truck is barred for `block_days` after the last; with one more for twice, with two or
-- more for four times as long. Strikes are the vehicle's: a truck that its carrier took off the list and added anew
-- has the strikes of its plate and of its VIN.
CREATE OR REPLACE FUNCTION booking_limited_until(
    truck bigint, most int, window_days int, block_days int, at_time timestamptz
) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT max(struck.ended_at)
           + block_days * (1 << least(2, sum(struck.strike)::int / 2 - most)) * interval '1 day'
      FROM (SELECT same.id, same.strike, same.excused, same.ended_at
              FROM registry_truck one
              JOIN booking_booking same ON same.strike > 0 AND same.plate_key = one.plate_key
             WHERE one.id = truck AND same.plate_country = one.country
             UNION
            SELECT same.id, same.strike, same.excused, same.ended_at
              FROM registry_truck one
              JOIN booking_booking same ON same.strike > 0 AND same.vin <> '' AND same.vin = one.vin
             WHERE one.id = truck) struck
     WHERE NOT struck.excused AND struck.ended_at > at_time - window_days * interval '1 day'
    HAVING sum(struck.strike) >= 2 * most
$$;
