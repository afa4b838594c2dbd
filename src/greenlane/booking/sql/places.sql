-- The rules that no path may break: who has a place where, what it may become, and what was logged.
-- Everything here runs inside the statement that changes a booking, whoever sends it.

-- 1. Which quotas apply -------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION booking_quota_takes(
    quota booking_quota, class text, park bigint, share text, carrier bigint
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (quota.vehicle_class = '' OR quota.vehicle_class = class)
       AND (quota.park_id IS NULL OR quota.park_id = park)
       AND (quota.share = '' OR quota.share = share)
       AND (quota.carrier_id IS NULL OR quota.carrier_id = carrier)
$$;

-- A new slot is put under every quota that covers its start.
CREATE OR REPLACE FUNCTION booking_slot_made() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    INSERT INTO booking_slotquota (slot_id, quota_id)
    SELECT slot.id, quota.id
      FROM made slot
      JOIN booking_quota quota
        ON quota.checkpoint_id = slot.checkpoint_id AND quota.direction = slot.direction
       AND quota.slot_id IS NULL
       AND slot.starts_at >= quota.starts_at AND slot.starts_at < quota.ends_at;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_slot_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.checkpoint_id, NEW.direction, NEW.starts_at, NEW.ends_at)
       IS DISTINCT FROM (OLD.checkpoint_id, OLD.direction, OLD.starts_at, OLD.ends_at) THEN
        RAISE EXCEPTION 'the times of a slot cannot change; make another slot and merge this one into it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_scope_is_fixed';
    END IF;
    RETURN NEW;
END $$;

-- Places that become free are the waiting list's first: their slots are marked here, in the transaction that frees
-- them, and until `serve_list` has looked through them `booking_take` refuses everyone else there. Called with the
-- quotas concerned locked. A mark too many costs a second's wait; so carriers' caps are not looked at, and times of
-- groups of one kind are taken together.
--
-- slots: those in which a place became free. wide: quotas over many slots that were full and are so no more.
CREATE OR REPLACE FUNCTION booking_leave_to_list(slots bigint[], wide bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    covered bigint[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM booking_waitinggroup WHERE state = 'waiting') THEN
        RETURN;
    END IF;
    covered := array(
        SELECT unnest(slots)
         UNION
        SELECT link.slot_id
          FROM booking_slotquota link JOIN booking_quota quota ON quota.id = link.quota_id
         WHERE link.quota_id = ANY (wide)
           AND (quota.carrier_id IS NULL OR EXISTS (
               SELECT 1 FROM booking_waitinggroup waiting
                WHERE waiting.state = 'waiting' AND waiting.carrier_id = quota.carrier_id)));

    -- In order of slots, so that two who mark the same ones do not wait for each other in a ring.
    INSERT INTO booking_freedslot (slot_id, at)
    SELECT DISTINCT slot.id, now()
      FROM (SELECT waiting.checkpoint_id, waiting.direction, waiting.share, entry.vehicle_class, entry.park_id,
                   min(waiting.earliest) AS earliest, max(waiting.latest) AS latest
              FROM booking_waitinggroup waiting JOIN booking_waitingentry entry ON entry.group_id = waiting.id
             WHERE waiting.state = 'waiting'
             GROUP BY waiting.checkpoint_id, waiting.direction, waiting.share, entry.vehicle_class,
                      entry.park_id) kind
      JOIN booking_slot slot
        ON slot.id = ANY (covered) AND slot.state = 'open'
       AND slot.checkpoint_id = kind.checkpoint_id AND slot.direction = kind.direction
       AND slot.starts_at BETWEEN kind.earliest AND kind.latest
     WHERE NOT EXISTS (
               SELECT 1 FROM booking_slotquota link JOIN booking_quota quota ON quota.id = link.quota_id
                WHERE link.slot_id = slot.id AND quota.carrier_id IS NULL AND quota.taken >= quota.capacity
                  AND booking_quota_takes(quota, kind.vehicle_class, kind.park_id, kind.share, NULL))
     ORDER BY slot.id
    ON CONFLICT DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION booking_slot_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What it may have become since, where this runs at the end of the transaction.
    PERFORM booking_leave_to_list(ARRAY[NEW.id], '{}');
    RETURN NULL;
END $$;

-- A new quota covers the slots that exist, and the bookings already in them take their places in it:
-- were it too small for them, the CHECK refuses the quota.
CREATE OR REPLACE FUNCTION booking_quota_made() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    made_ids bigint[] := array(SELECT id FROM made);
    covered bigint[];
    others bigint[];
BEGIN
    IF EXISTS (SELECT 1 FROM made WHERE taken <> 0) THEN
        RAISE EXCEPTION 'booking_quota.taken is counted from claims and cannot be set'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_taken_is_counted';
    END IF;

    INSERT INTO booking_slotquota (slot_id, quota_id)
    SELECT slot_id, id FROM made WHERE slot_id IS NOT NULL;

    INSERT INTO booking_slotquota (slot_id, quota_id)
    SELECT slot.id, quota.id
      FROM made quota
      JOIN booking_slot slot
        ON slot.checkpoint_id = quota.checkpoint_id AND slot.direction = quota.direction
       AND slot.starts_at >= quota.starts_at AND slot.starts_at < quota.ends_at
     WHERE quota.slot_id IS NULL;

    INSERT INTO booking_capacitychange (quota_id, at, by_id, why, from_capacity, to_capacity)
    SELECT id, now(), changed_by_id, changed_why, NULL, capacity FROM made;

    -- Whoever is taking a place in these slots has locked their other quotas: wait, then count that place too.
    -- Not so for a carrier's cap: whoever takes a place for that carrier makes the cap first, or waits for it.
    covered := array(SELECT DISTINCT slot_id FROM booking_slotquota WHERE quota_id = ANY (made_ids));
    IF EXISTS (SELECT 1 FROM made WHERE kind <> 'carrier') THEN
        others := array(SELECT DISTINCT quota_id FROM booking_slotquota WHERE slot_id = ANY (covered));
        PERFORM 1 FROM booking_quota WHERE id = ANY (others) AND carrier_id IS NULL ORDER BY id FOR NO KEY UPDATE;
    END IF;

    IF EXISTS (SELECT 1 FROM booking_booking WHERE slot_id = ANY (covered)) THEN
        INSERT INTO booking_claim (booking_id, quota_id)
        SELECT booking.id, quota.id
          FROM booking_booking booking
          JOIN booking_slotquota link ON link.slot_id = booking.slot_id
          JOIN booking_quota quota ON quota.id = link.quota_id AND quota.id = ANY (made_ids)
         WHERE booking.slot_id = ANY (covered) AND booking.state IN ('held', 'confirmed', 'called', 'entered')
           AND booking_quota_takes(
               quota, booking.vehicle_class, booking.park_id, booking.share, booking.carrier_id)
           -- Not the truck that came after all: its places went back when it was taken for a no-show.
           AND EXISTS (SELECT 1 FROM booking_claim claim WHERE claim.booking_id = booking.id)
        ON CONFLICT DO NOTHING;
    END IF;

    -- The first quota of its own makes a slot one that can be booked.
    PERFORM booking_leave_to_list(array(SELECT slot_id FROM made WHERE slot_id IS NOT NULL), '{}');
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_quota_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.taken <> OLD.taken AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'booking_quota.taken is counted from claims and cannot be set'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_taken_is_counted';
    END IF;
    IF (NEW.checkpoint_id, NEW.direction, NEW.kind, NEW.slot_id, NEW.starts_at, NEW.ends_at, NEW.vehicle_class,
        NEW.park_id, NEW.share, NEW.carrier_id)
       IS DISTINCT FROM
       (OLD.checkpoint_id, OLD.direction, OLD.kind, OLD.slot_id, OLD.starts_at, OLD.ends_at, OLD.vehicle_class,
        OLD.park_id, OLD.share, OLD.carrier_id) THEN
        RAISE EXCEPTION 'only the capacity of a quota can change; make another quota instead'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_scope_is_fixed';
    END IF;
    IF NEW.capacity <> OLD.capacity THEN
        INSERT INTO booking_capacitychange (quota_id, at, by_id, why, from_capacity, to_capacity)
        VALUES (NEW.id, now(), NEW.changed_by_id, NEW.changed_why, OLD.capacity, NEW.capacity);
        PERFORM pg_notify('booking_freed', '');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION booking_quota_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.slot_id IS NOT NULL THEN
        PERFORM booking_leave_to_list(ARRAY[NEW.slot_id], '{}');
    ELSIF NEW.taken >= OLD.capacity THEN
        PERFORM booking_leave_to_list('{}', ARRAY[NEW.id]);
    END IF;
    RETURN NULL;
END $$;

-- A carrier's cap in an hour is a quota like the others, made when its carrier first comes to that hour. Bookings
-- that are there already keep their places, also where they are more than the cap.
CREATE OR REPLACE FUNCTION booking_cap_carriers(slots bigint[], carriers bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM unnest(slots, carriers) comer (slot, carrier)
          JOIN booking_slot slot ON slot.id = comer.slot
          JOIN booking_rules rules
            ON rules.checkpoint_id = slot.checkpoint_id AND rules.direction = slot.direction
         WHERE comer.carrier IS NOT NULL AND rules.carrier_share < 1
           AND NOT EXISTS (
               SELECT 1 FROM booking_quota quota
                WHERE quota.checkpoint_id = slot.checkpoint_id AND quota.direction = slot.direction
                  AND quota.kind = 'carrier' AND quota.slot_id IS NULL
                  AND quota.starts_at = date_trunc('hour', slot.starts_at)
                  AND quota.carrier_id = comer.carrier)
    ) THEN
        INSERT INTO booking_quota (checkpoint_id, direction, kind, slot_id, starts_at, ends_at, vehicle_class,
                                   share, carrier_id, capacity, taken, changed_why)
        SELECT hour.checkpoint_id, hour.direction, 'carrier', NULL, hour.starts_at,
               hour.starts_at + interval '1 hour', '', '', hour.carrier,
               greatest(1, hour.cap, (
                   SELECT count(*) FROM booking_slot slot
                     JOIN booking_booking booking ON booking.slot_id = slot.id
                    WHERE slot.checkpoint_id = hour.checkpoint_id AND slot.direction = hour.direction
                      AND slot.starts_at >= hour.starts_at
                      AND slot.starts_at < hour.starts_at + interval '1 hour'
                      AND booking.carrier_id = hour.carrier
                      AND EXISTS (SELECT 1 FROM booking_claim claim WHERE claim.booking_id = booking.id)
                      AND booking.state IN ('held', 'confirmed', 'called', 'entered'))), 0, 'carrier cap'
          FROM (SELECT DISTINCT slot.checkpoint_id, slot.direction, date_trunc('hour', slot.starts_at) AS starts_at,
                       comer.carrier,
                       -- Rounded first: 0.07 * 100 is a little above 7 in binary.
                       ceil(round((rules.carrier_share * coalesce(
                           rules.hour_capacity, rules.slot_capacity * 60 / rules.step_minutes))::numeric, 6)) AS cap
                  FROM unnest(slots, carriers) comer (slot, carrier)
                  JOIN booking_slot slot ON slot.id = comer.slot
                  JOIN booking_rules rules
                    ON rules.checkpoint_id = slot.checkpoint_id AND rules.direction = slot.direction
                  JOIN registry_carrier carrier ON carrier.id = comer.carrier
                 WHERE rules.carrier_share < 1
                 ORDER BY 3, 4) hour
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

-- 2. Claims and their counters ------------------------------------------------------------------------------

-- Locks quotas in one order on every path, so that two bookings never wait for each other in a ring.
CREATE OR REPLACE FUNCTION booking_lock_quotas(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM booking_quota WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
END $$;

-- The order of locks on every path: bookings, then quotas by id, then the unique keys (plate, VIN, hold). A
-- statement that changes bookings writes the keys before its triggers lock quotas, so whoever changes a booking
-- locks the quotas that it has and those that it may get (in `target`) first.
CREATE OR REPLACE FUNCTION booking_lock_places(bookings bigint[], target bigint) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    PERFORM booking_lock_quotas(array(
        SELECT claim.quota_id FROM booking_claim claim WHERE claim.booking_id = ANY (bookings)
         UNION
        SELECT link.quota_id
          FROM booking_booking booking
          JOIN booking_slotquota link ON link.slot_id = booking.slot_id
          JOIN booking_quota quota ON quota.id = link.quota_id
         WHERE booking.id = ANY (bookings)
           AND (quota.carrier_id IS NULL OR quota.carrier_id = booking.carrier_id)
         UNION
        SELECT link.quota_id
          FROM booking_slotquota link
          JOIN booking_quota quota ON quota.id = link.quota_id
          JOIN booking_booking booking ON booking.id = ANY (bookings)
         WHERE link.slot_id = target
           AND (quota.carrier_id IS NULL OR quota.carrier_id = booking.carrier_id)));
END $$;

CREATE OR REPLACE FUNCTION booking_claims_taken() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    PERFORM booking_lock_quotas((SELECT array_agg(DISTINCT quota_id) FROM made));
    UPDATE booking_quota quota SET taken = quota.taken + claims.n
      FROM (SELECT quota_id, count(*) AS n FROM made GROUP BY quota_id) claims
     WHERE quota.id = claims.quota_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_claims_freed() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    PERFORM booking_lock_quotas((SELECT array_agg(DISTINCT quota_id) FROM gone));
    UPDATE booking_quota quota SET taken = quota.taken - claims.n
      FROM (SELECT quota_id, count(*) AS n FROM gone GROUP BY quota_id) claims
     WHERE quota.id = claims.quota_id;
    PERFORM pg_notify('booking_freed', '')  FROM gone LIMIT 1;
    -- After the locks and in a statement of its own, so that it sees who has come to wait meanwhile.
    IF EXISTS (SELECT 1 FROM booking_waitinggroup WHERE state = 'waiting') THEN
        PERFORM booking_leave_to_list(
            array_agg(DISTINCT quota.slot_id) FILTER (WHERE quota.slot_id IS NOT NULL),
            array_agg(quota.id) FILTER (WHERE quota.slot_id IS NULL AND quota.taken + claims.n >= quota.capacity))
           FROM (SELECT quota_id, count(*) AS n FROM gone GROUP BY quota_id) claims
           JOIN booking_quota quota ON quota.id = claims.quota_id;
    END IF;
    RETURN NULL;
END $$;

-- 3. Bookings: states, places, log --------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION booking_state_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('held', 'confirmed'), ('held', 'expired'), ('held', 'cancelled'),
        ('confirmed', 'called'), ('confirmed', 'entered'), ('confirmed', 'cancelled'), ('confirmed', 'no_show'),
        ('called', 'confirmed'), ('called', 'entered'), ('called', 'cancelled'), ('called', 'no_show'),
        -- a reading told of late shows that the truck came after all
        ('no_show', 'entered')
    ) THEN
        RAISE EXCEPTION 'booking %: a booking that is % cannot become %', OLD.code, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_state_order';
    END IF;
    IF OLD.state IN ('cancelled', 'expired', 'no_show', 'entered')
       AND (NEW.slot_id, NEW.truck_id, NEW.vehicle_class, NEW.share, NEW.park_id, NEW.carrier_id)
           IS DISTINCT FROM
           (OLD.slot_id, OLD.truck_id, OLD.vehicle_class, OLD.share, OLD.park_id, OLD.carrier_id) THEN
        RAISE EXCEPTION 'booking %: a booking that is % cannot change', OLD.code, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_final_is_fixed';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION booking_made() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    INSERT INTO booking_claim (booking_id, quota_id)
    SELECT booking.id, quota.id
      FROM made booking
      JOIN booking_slotquota link ON link.slot_id = booking.slot_id
      JOIN booking_quota quota ON quota.id = link.quota_id
     WHERE booking.state IN ('held', 'confirmed', 'called', 'entered')
       AND booking_quota_takes(quota, booking.vehicle_class, booking.park_id, booking.share, booking.carrier_id)
     ORDER BY quota.id;

    INSERT INTO booking_change (booking_id, at, by_id, why, from_state, to_state, was, became)
    SELECT id, changed_at, changed_by_id, changed_why, '', state, '{}'::jsonb,
           jsonb_build_object('slot', slot_id, 'truck', truck_id)
      FROM made;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    moved bigint[];
BEGIN
    SELECT array_agg(became.id) INTO moved
      FROM became JOIN was ON was.id = became.id
     WHERE (became.slot_id, became.vehicle_class, became.park_id, became.share, became.carrier_id)
           IS DISTINCT FROM (was.slot_id, was.vehicle_class, was.park_id, was.share, was.carrier_id)
        -- A no-show gave its places back, and its slot is past: a late proof that the truck came takes none.
        OR was.state <> 'no_show'
           AND (was.state IN ('held', 'confirmed', 'called', 'entered'))
            <> (became.state IN ('held', 'confirmed', 'called', 'entered'));

    IF moved IS NOT NULL THEN
        PERFORM booking_lock_quotas((
            SELECT array_agg(DISTINCT quota_id) FROM (
                SELECT claim.quota_id FROM booking_claim claim WHERE claim.booking_id = ANY (moved)
                UNION ALL
                SELECT link.quota_id FROM became JOIN booking_slotquota link ON link.slot_id = became.slot_id
                  JOIN booking_quota quota ON quota.id = link.quota_id
                 WHERE became.id = ANY (moved)
                   AND (quota.carrier_id IS NULL OR quota.carrier_id = became.carrier_id)
            ) involved));
        PERFORM booking_cap_carriers(array_agg(slot_id), array_agg(carrier_id))
           FROM became WHERE id = ANY (moved) AND state IN ('held', 'confirmed', 'called', 'entered');

        DELETE FROM booking_claim claim
         USING became
         WHERE claim.booking_id = became.id AND became.id = ANY (moved)
           AND NOT (
               became.state IN ('held', 'confirmed', 'called', 'entered')
               AND EXISTS (
                   SELECT 1 FROM booking_slotquota link JOIN booking_quota quota ON quota.id = link.quota_id
                    WHERE link.slot_id = became.slot_id AND quota.id = claim.quota_id
                      AND booking_quota_takes(
                          quota, became.vehicle_class, became.park_id, became.share, became.carrier_id)));

        INSERT INTO booking_claim (booking_id, quota_id)
        SELECT became.id, quota.id
          FROM became
          JOIN booking_slotquota link ON link.slot_id = became.slot_id
          JOIN booking_quota quota ON quota.id = link.quota_id
         WHERE became.id = ANY (moved) AND became.state IN ('held', 'confirmed', 'called', 'entered')
           AND booking_quota_takes(quota, became.vehicle_class, became.park_id, became.share, became.carrier_id)
        ON CONFLICT DO NOTHING;
    END IF;

    -- A hold that ends without a confirmation is spent: its account cannot hold that slot again. An offer of the
    -- waiting list is not one: nobody asked for it.
    INSERT INTO booking_holdused (account_id, slot_id)
    SELECT became.account_id, became.slot_id
      FROM became JOIN was ON was.id = became.id
     WHERE was.state = 'held' AND became.state IN ('expired', 'cancelled') AND NOT was.is_offer
    ON CONFLICT DO NOTHING;

    INSERT INTO booking_change (booking_id, at, by_id, why, from_state, to_state, was, became)
    SELECT became.id, became.changed_at, became.changed_by_id, became.changed_why, was.state, became.state,
           jsonb_build_object('slot', was.slot_id, 'truck', was.truck_id,
                              'trailer', was.trailer_id, 'driver', was.driver_id, 'class', was.vehicle_class),
           jsonb_build_object('slot', became.slot_id, 'truck', became.truck_id,
                              'trailer', became.trailer_id, 'driver', became.driver_id,
                              'class', became.vehicle_class)
      FROM became JOIN was ON was.id = became.id
     WHERE (was.state, was.slot_id, was.truck_id, was.trailer_id, was.driver_id, was.vehicle_class)
           IS DISTINCT FROM
           (became.state, became.slot_id, became.truck_id, became.trailer_id, became.driver_id, became.vehicle_class);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_only_added';
END $$;

-- Places in quotas follow from bookings, slots and quotas; nobody writes them by hand.
CREATE OR REPLACE FUNCTION booking_written_by_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% is written by the database alone', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_by_triggers';
    END IF;
    RETURN NULL;
END $$;

-- A quota in which places are taken stays, and so does one that covers a slot: without it the slot would have more
-- places than before. Whoever wants more raises its capacity, which is logged with who and why.
CREATE OR REPLACE FUNCTION booking_quota_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.taken > 0 THEN
        RAISE EXCEPTION 'quota % has % places taken and cannot be deleted', OLD.id, OLD.taken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_in_use_is_kept';
    END IF;
    -- By its scope and not by booking_slotquota, whose rows a cascade deletes before.
    IF OLD.slot_id IS NOT NULL OR EXISTS (
        SELECT 1 FROM booking_slot slot
         WHERE slot.checkpoint_id = OLD.checkpoint_id AND slot.direction = OLD.direction
           AND slot.starts_at >= OLD.starts_at AND slot.starts_at < OLD.ends_at
    ) THEN
        RAISE EXCEPTION 'quota % limits slots; deleted, it would make places that no rule gave', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_over_slots_is_kept';
    END IF;
    RETURN OLD;
END $$;

-- 4. Triggers -----------------------------------------------------------------------------------------------

CREATE OR REPLACE TRIGGER slot_made AFTER INSERT ON booking_slot
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION booking_slot_made();
CREATE OR REPLACE TRIGGER slot_changed BEFORE UPDATE ON booking_slot
    FOR EACH ROW EXECUTE FUNCTION booking_slot_changed();
CREATE OR REPLACE TRIGGER slot_opened AFTER UPDATE ON booking_slot
    FOR EACH ROW WHEN (OLD.state = 'closed' AND NEW.state = 'open') EXECUTE FUNCTION booking_slot_opened();
-- A day that was drawn by lot: those who were drawn have their places first, in the same transaction.
DROP TRIGGER IF EXISTS slot_drawn ON booking_slot;
CREATE CONSTRAINT TRIGGER slot_drawn AFTER UPDATE ON booking_slot DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state = 'ballot' AND NEW.state = 'open') EXECUTE FUNCTION booking_slot_opened();
CREATE OR REPLACE TRIGGER quota_made AFTER INSERT ON booking_quota
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION booking_quota_made();
CREATE OR REPLACE TRIGGER quota_changed BEFORE UPDATE ON booking_quota
    FOR EACH ROW EXECUTE FUNCTION booking_quota_changed();
CREATE OR REPLACE TRIGGER quota_raised AFTER UPDATE ON booking_quota
    FOR EACH ROW WHEN (NEW.capacity > OLD.capacity) EXECUTE FUNCTION booking_quota_raised();
CREATE OR REPLACE TRIGGER quota_kept BEFORE DELETE ON booking_quota
    FOR EACH ROW EXECUTE FUNCTION booking_quota_kept();
CREATE OR REPLACE TRIGGER claims_taken AFTER INSERT ON booking_claim
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION booking_claims_taken();
CREATE OR REPLACE TRIGGER claims_freed AFTER DELETE ON booking_claim
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION booking_claims_freed();
CREATE OR REPLACE TRIGGER claims_by_triggers BEFORE INSERT OR DELETE ON booking_claim
    FOR EACH STATEMENT EXECUTE FUNCTION booking_written_by_triggers();
CREATE OR REPLACE TRIGGER slotquota_by_triggers BEFORE INSERT OR UPDATE OR DELETE ON booking_slotquota
    FOR EACH STATEMENT EXECUTE FUNCTION booking_written_by_triggers();
CREATE OR REPLACE TRIGGER claims_fixed BEFORE UPDATE ON booking_claim
    FOR EACH STATEMENT EXECUTE FUNCTION booking_only_added();
CREATE OR REPLACE TRIGGER booking_state BEFORE UPDATE ON booking_booking
    FOR EACH ROW EXECUTE FUNCTION booking_state_allowed();
CREATE OR REPLACE TRIGGER booking_made AFTER INSERT ON booking_booking
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION booking_made();
CREATE OR REPLACE TRIGGER booking_changed AFTER UPDATE ON booking_booking
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION booking_changed();
CREATE OR REPLACE TRIGGER booking_kept BEFORE DELETE ON booking_booking
    FOR EACH STATEMENT EXECUTE FUNCTION booking_only_added();
CREATE OR REPLACE TRIGGER change_only_added BEFORE UPDATE OR DELETE ON booking_change
    FOR EACH STATEMENT EXECUTE FUNCTION booking_only_added();
CREATE OR REPLACE TRIGGER capacitychange_only_added BEFORE UPDATE OR DELETE ON booking_capacitychange
    FOR EACH STATEMENT EXECUTE FUNCTION booking_only_added();
