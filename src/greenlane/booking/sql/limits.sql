-- Until when a truck may not book because of its strikes; NULL where it may, or never had so many.
--
-- A no-show is two strikes, a late cancellation one; those that were excused do not count. With `most` no-shows'
-- worth within the window the truck is barred for `block_days` after the last; with one more for twice, with two or
-- more for four times as long.
CREATE OR REPLACE FUNCTION booking_limited_until(
    truck bigint, most int, window_days int, block_days int, at_time timestamptz
) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT max(struck.ended_at)
           + block_days * (1 << least(2, sum(struck.strike)::int / 2 - most)) * interval '1 day'
      FROM booking_booking struck
     WHERE struck.truck_id = truck AND struck.strike > 0 AND NOT struck.excused
       AND struck.ended_at > at_time - window_days * interval '1 day'
    HAVING sum(struck.strike) >= 2 * most
$$;
