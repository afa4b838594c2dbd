-- Takes places for many requests in one statement, in the order in which they came.
--
-- requests: a JSON array of booking_wish. One row an answer, in the same order: outcome is 'taken', 'again' (the
-- key was answered before; the booking is that first answer) or the reason of the refusal.
-- The rules of both doors are here and nowhere else.

CREATE TYPE booking_wish AS (
    slot bigint, account bigint, carrier bigint, truck bigint, trailer bigint, driver bigint, class text,
    share text, park bigint, confirm boolean, code text, key text, asked_for timestamptz, by bigint, why text,
    offer boolean
);

CREATE OR REPLACE FUNCTION booking_take(requests jsonb, at_time timestamptz)
RETURNS TABLE (ord int, outcome text, booking_id bigint, booking_code text, booking_state text,
               held_until timestamptz, detail text)
LANGUAGE plpgsql
-- The plans must be the same on an empty table, before statistics exist, as on a full one.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    wishes booking_wish[];
    slots bigint[];
    carriers bigint[];
    expired bigint[];
    linked bigint[];
    quota_ids bigint[];
    room int[];
    kinds text[];
    outcomes text[] := '{}';
    details text[] := '{}';
    accepted int[] := '{}';
    keys text[] := '{}';
    plates text[] := '{}';
    vins text[] := '{}';
    holders bigint[] := '{}';
    request record;
    place int;
    full_at int;
BEGIN
    wishes := array(SELECT wish FROM jsonb_populate_recordset(NULL::booking_wish, requests) wish);
    slots := array(SELECT DISTINCT wish.slot FROM unnest(wishes) wish);
    carriers := array(SELECT DISTINCT wish.carrier FROM unnest(wishes) wish WHERE wish.carrier IS NOT NULL);

    -- One lock order for all: bookings, then quotas by id, then the unique keys by plate. A hold that ran out
    -- gives its place back here and now, not at the next sweep; one that somebody is at work on is left to him.
    expired := array(SELECT held.id FROM booking_booking held
                      WHERE held.state = 'held' AND held.held_until <= at_time
                      ORDER BY held.id FOR UPDATE SKIP LOCKED);
    linked := array(
        SELECT DISTINCT link.quota_id FROM booking_slotquota link
          JOIN booking_quota quota ON quota.id = link.quota_id
         WHERE link.slot_id = ANY (slots) AND (quota.carrier_id IS NULL OR quota.carrier_id = ANY (carriers)));
    PERFORM booking_lock_quotas(linked || array(
        SELECT claim.quota_id FROM booking_claim claim WHERE claim.booking_id = ANY (expired)));
    IF expired <> '{}' THEN
        UPDATE booking_booking SET state = 'expired', ended_at = at_time, changed_at = at_time,
                                   changed_by_id = NULL, changed_why = 'the hold ran out'
         WHERE id = ANY (expired);
    END IF;
    PERFORM booking_cap_carriers(array_agg(wish.slot), array_agg(wish.carrier)) FROM unnest(wishes) wish;

    -- Read again: a quota may have been added while the others were waited for.
    quota_ids := array(
        SELECT DISTINCT link.quota_id FROM booking_slotquota link
          JOIN booking_quota quota ON quota.id = link.quota_id
         WHERE link.slot_id = ANY (slots) AND (quota.carrier_id IS NULL OR quota.carrier_id = ANY (carriers)));
    IF cardinality(quota_ids) <> cardinality(linked) THEN
        PERFORM booking_lock_quotas(quota_ids);
    END IF;
    SELECT array_agg(quota.id ORDER BY quota.id), array_agg(quota.capacity - quota.taken ORDER BY quota.id),
           array_agg(quota.kind ORDER BY quota.id)
      INTO quota_ids, room, kinds
      FROM booking_quota quota WHERE quota.id = ANY (quota_ids);

    FOR request IN
        SELECT wish.n, wish.account, wish.key, wish.confirm, slot.id AS slot_id, slot.state AS slot_state, slot.starts_at,
               slot.ends_at, rules.horizon_days, rules.allocation, wish.truck AS truck_asked, truck.id AS truck_id,
               truck.country || ' ' || truck.plate_key AS plate, truck.vin, wish.park AS park_asked,
               park.id AS park_id, wish.trailer AS trailer_asked, trailer.id AS trailer_id,
               wish.driver AS driver_asked, driver.id AS driver_id,
               prior.id AS prior_id, busy.code AS busy_code, holding.code AS holding_code,
               used.id AS used_id, limited.until AS limited_until, wish.offer, freed.slot_id AS freed_id,
               (SELECT array_agg(spot.at ORDER BY spot.at)
                  FROM booking_slotquota link
                  JOIN booking_quota quota ON quota.id = link.quota_id
                 CROSS JOIN LATERAL (SELECT array_position(quota_ids, quota.id) AS at) spot
                 WHERE link.slot_id = slot.id
                   AND booking_quota_takes(quota, coalesce(truck.vehicle_class, wish.class, 'laden'),
                                           wish.park, wish.share, wish.carrier)) AS places
          FROM unnest(wishes) WITH ORDINALITY
               wish (slot, account, carrier, truck, trailer, driver, class, share, park, confirm, code, key,
                     asked_for, by, why, offer, n)
          LEFT JOIN booking_slot slot ON slot.id = wish.slot
          LEFT JOIN booking_rules rules
            ON rules.checkpoint_id = slot.checkpoint_id AND rules.direction = slot.direction
          LEFT JOIN registry_truck truck
            ON truck.id = wish.truck AND truck.carrier_id = wish.carrier AND truck.retired_at IS NULL
          LEFT JOIN registry_park park
            ON park.id = wish.park AND park.checkpoint_id = slot.checkpoint_id AND park.retired_at IS NULL
          LEFT JOIN registry_trailer trailer
            ON trailer.id = wish.trailer AND trailer.carrier_id = wish.carrier AND trailer.retired_at IS NULL
          LEFT JOIN registry_driver driver
            ON driver.id = wish.driver AND driver.carrier_id = wish.carrier AND driver.retired_at IS NULL
          LEFT JOIN booking_booking prior
            ON wish.key <> '' AND prior.key = wish.key AND prior.account_id = wish.account AND prior.key <> ''
          LEFT JOIN LATERAL (
               SELECT booking.code FROM booking_booking booking
                WHERE booking.state IN ('held', 'confirmed', 'called')
                  AND (booking.plate_key <> '' AND booking.plate_key = truck.plate_key
                       AND booking.plate_country = truck.country)
                UNION ALL
               SELECT booking.code FROM booking_booking booking
                WHERE booking.state IN ('held', 'confirmed', 'called')
                  AND booking.vin <> '' AND booking.vin = truck.vin
                LIMIT 1) busy ON true
          LEFT JOIN booking_booking holding
            ON NOT wish.confirm AND NOT wish.offer
           AND holding.account_id = wish.account AND holding.state = 'held' AND NOT holding.is_offer
          LEFT JOIN booking_holdused used
            ON NOT wish.confirm AND NOT wish.offer AND used.account_id = wish.account AND used.slot_id = wish.slot
          LEFT JOIN booking_freedslot freed ON freed.slot_id = wish.slot AND NOT wish.offer
          LEFT JOIN LATERAL booking_limited_until(
               truck.id, rules.no_show_limit, rules.no_show_window_days, rules.no_show_block_days, at_time)
               limited (until) ON truck.id IS NOT NULL
         ORDER BY wish.n
    LOOP
        full_at := NULL;
        IF request.prior_id IS NOT NULL
           OR (request.key <> '' AND request.account || ' ' || request.key = ANY (keys)) THEN
            outcomes := outcomes || 'again'::text; details := details || ''::text; CONTINUE;
        ELSIF request.slot_id IS NULL THEN
            outcomes := outcomes || 'slot_unknown'::text; details := details || ''::text; CONTINUE;
        ELSIF request.slot_state <> 'open' THEN
            outcomes := outcomes || 'slot_closed'::text; details := details || request.slot_state::text; CONTINUE;
        ELSIF request.ends_at <= at_time OR request.offer AND request.starts_at <= at_time THEN
            outcomes := outcomes || 'slot_past'::text; details := details || ''::text; CONTINUE;
        -- Whoever waits was promised these times when it joined; a day drawn by lot opens as a whole.
        ELSIF request.starts_at > at_time + request.horizon_days * interval '1 day' AND NOT request.offer
              AND request.allocation <> 'ballot' THEN
            outcomes := outcomes || 'slot_too_far'::text;
            details := details || request.horizon_days::text; CONTINUE;
        ELSIF request.truck_asked IS NOT NULL AND request.truck_id IS NULL
              OR request.confirm AND request.truck_id IS NULL THEN
            outcomes := outcomes || 'truck_unknown'::text; details := details || ''::text; CONTINUE;
        ELSIF request.trailer_asked IS NOT NULL AND request.trailer_id IS NULL THEN
            outcomes := outcomes || 'trailer_unknown'::text; details := details || ''::text; CONTINUE;
        ELSIF request.driver_asked IS NOT NULL AND request.driver_id IS NULL THEN
            outcomes := outcomes || 'driver_unknown'::text; details := details || ''::text; CONTINUE;
        ELSIF request.park_asked IS NOT NULL AND request.park_id IS NULL THEN
            outcomes := outcomes || 'park_unknown'::text; details := details || ''::text; CONTINUE;
        ELSIF request.busy_code IS NOT NULL THEN
            outcomes := outcomes || 'truck_busy'::text; details := details || request.busy_code::text; CONTINUE;
        ELSIF request.plate = ANY (plates) OR (request.vin <> '' AND request.vin = ANY (vins)) THEN
            outcomes := outcomes || 'truck_busy'::text; details := details || ''::text; CONTINUE;
        ELSIF request.holding_code IS NOT NULL
              OR NOT request.confirm AND NOT request.offer AND request.account = ANY (holders) THEN
            outcomes := outcomes || 'hold_elsewhere'::text;
            details := details || coalesce(request.holding_code, '')::text; CONTINUE;
        ELSIF request.used_id IS NOT NULL THEN
            outcomes := outcomes || 'hold_used'::text; details := details || ''::text; CONTINUE;
        ELSIF request.limited_until > at_time THEN
            outcomes := outcomes || 'truck_limited'::text;
            details := details || to_char(request.limited_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"');
            CONTINUE;
        ELSIF request.freed_id IS NOT NULL THEN
            outcomes := outcomes || 'waiting_first'::text; details := details || ''::text; CONTINUE;
        END IF;

        FOREACH place IN ARRAY coalesce(request.places, '{}'::int[]) LOOP
            IF room[place] < 1 THEN
                full_at := place;
                EXIT;
            END IF;
        END LOOP;
        IF full_at IS NOT NULL THEN
            outcomes := outcomes || 'full'::text; details := details || kinds[full_at]; CONTINUE;
        ELSIF request.places IS NULL THEN
            outcomes := outcomes || 'slot_closed'::text; details := details || 'no quota'::text; CONTINUE;
        END IF;

        FOREACH place IN ARRAY request.places LOOP
            room[place] := room[place] - 1;
        END LOOP;
        outcomes := outcomes || 'taken'::text;
        details := details || ''::text;
        accepted := accepted || request.n;
        keys := keys || (request.account || ' ' || request.key);
        IF request.truck_id IS NOT NULL THEN
            plates := plates || request.plate;
            vins := vins || request.vin::text;
        END IF;
        IF NOT request.confirm AND NOT request.offer THEN
            holders := holders || request.account;
        END IF;
    END LOOP;

    -- Another transaction may have taken the same truck, key or hold since: the unique indexes decide.
    IF accepted <> '{}' THEN
        INSERT INTO booking_booking (
            code, checkpoint_id, direction, slot_id, first_slot_id, account_id, carrier_id, truck_id, trailer_id,
            driver_id, plate, plate_key, plate_country, vin, vehicle_class, share, park_id, state, held_until,
            asked_for, made_at, confirmed_at, moves, swaps, strike, excused, is_offer, key, changed_at,
            changed_by_id, changed_why)
        SELECT wish.code, slot.checkpoint_id, slot.direction, slot.id, slot.id, wish.account, wish.carrier, truck.id,
               wish.trailer, wish.driver, coalesce(truck.plate, ''), coalesce(truck.plate_key, ''),
               coalesce(truck.country, ''), coalesce(truck.vin, ''),
               coalesce(truck.vehicle_class, wish.class, 'laden'), wish.share, wish.park,
               CASE WHEN wish.confirm THEN 'confirmed' ELSE 'held' END,
               CASE WHEN wish.offer
                    THEN least(slot.starts_at, at_time + rules.offer_minutes * interval '1 minute')
                    WHEN NOT wish.confirm THEN at_time + rules.hold_minutes * interval '1 minute' END,
               coalesce(wish.asked_for, slot.starts_at), at_time, CASE WHEN wish.confirm THEN at_time END,
               0, 0, 0, false, wish.offer, coalesce(wish.key, ''), at_time, coalesce(wish.by, wish.account), coalesce(wish.why, '')
          FROM unnest(accepted) chosen (n)
          JOIN unnest(wishes) WITH ORDINALITY
               wish (slot, account, carrier, truck, trailer, driver, class, share, park, confirm, code, key,
                     asked_for, by, why, offer, n) ON wish.n = chosen.n
          JOIN booking_slot slot ON slot.id = wish.slot
          JOIN booking_rules rules
            ON rules.checkpoint_id = slot.checkpoint_id AND rules.direction = slot.direction
          LEFT JOIN registry_truck truck ON truck.id = wish.truck
         ORDER BY truck.plate_key NULLS LAST, chosen.n
        ON CONFLICT DO NOTHING;
    END IF;

    RETURN QUERY
    SELECT wish.n::int,
           CASE WHEN outcomes[wish.n] NOT IN ('taken', 'again') THEN outcomes[wish.n]
                WHEN made.id IS NOT NULL THEN 'taken'
                WHEN first.id IS NULL THEN
                    CASE WHEN NOT wish.confirm AND NOT wish.offer AND EXISTS (
                             SELECT 1 FROM booking_booking held
                              WHERE held.account_id = wish.account AND held.state = 'held' AND NOT held.is_offer)
                         THEN 'hold_elsewhere' ELSE 'truck_busy' END
                WHEN first.first_slot_id <> wish.slot OR EXISTS (
                    -- What was first asked for is in the log: the truck may have been swapped since.
                    SELECT 1 FROM booking_change asked
                     WHERE asked.booking_id = first.id AND asked.from_state = ''
                       AND (asked.to_state = 'held' IS NOT DISTINCT FROM wish.confirm
                            OR (asked.became->>'truck')::bigint IS DISTINCT FROM wish.truck)) THEN 'key_reused'
                ELSE 'again' END,
           coalesce(made.id, first.id), coalesce(made.code, first.code)::text,
           coalesce(made.state, first.state)::text, coalesce(made.held_until, first.held_until), details[wish.n]
      FROM unnest(wishes) WITH ORDINALITY
           wish (slot, account, carrier, truck, trailer, driver, class, share, park, confirm, code, key,
                 asked_for, by, why, offer, n)
      LEFT JOIN booking_booking made ON outcomes[wish.n] = 'taken' AND made.code = wish.code
      LEFT JOIN booking_booking first
        ON made.id IS NULL AND outcomes[wish.n] IN ('taken', 'again')
       AND first.key = wish.key AND first.key <> '' AND first.account_id = wish.account
     ORDER BY wish.n;
END $$;
