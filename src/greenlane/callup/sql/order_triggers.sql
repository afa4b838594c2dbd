-- Each transition that affects order becomes an entry, in the transaction that makes it, on every path.

-- 1. Bookings and places: set by set, since thousands come in a second -------------------------------------------

-- What a booking's own log says, with the booking as it became.
CREATE OR REPLACE FUNCTION order_booking_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    INSERT INTO callup_orderentry (
        checkpoint_id, direction, kind, source, source_id, facts, at, salt, digest, added_id, added_digest, line, hash)
    SELECT booking.checkpoint_id, booking.direction,
           'booking.' || CASE
               WHEN change.from_state = 'called' AND change.to_state = 'confirmed' THEN 'recalled'
               WHEN change.from_state <> change.to_state THEN change.to_state
               WHEN change.was->'slot' <> change.became->'slot' THEN 'moved'
               WHEN change.was->'truck' <> change.became->'truck' THEN 'swapped'
               ELSE 'changed' END,
           'booking', booking.id,
           order_facts(booking) || jsonb_build_object('by', CASE
               WHEN change.by_id IS NULL THEN 'platform'
               WHEN change.by_id = booking.account_id THEN 'holder' ELSE 'other' END)
           -- A truck that books while it stands in the park is known by its plate alone until it is called.
           -- A call or recall of thousands changes no truck, and need not ask.
           || CASE WHEN change.to_state IN ('confirmed', 'called') AND booking.truck_id IS NOT NULL
                    AND (change.from_state = change.to_state OR change.from_state NOT IN ('confirmed', 'called'))
                    AND EXISTS (SELECT 1 FROM booking_slot slot WHERE slot.id = booking.slot_id
                                   AND slot.starts_at < change.at + interval '3 days')
                   THEN coalesce((
                       SELECT jsonb_build_object('truck', order_mask(passage.opened_by::text))
                         FROM gate_passage passage
                        WHERE passage.plate_key = order_fold(booking.plate_key)
                          AND passage.checkpoint_id = booking.checkpoint_id AND passage.direction = booking.direction
                          AND passage.phase IN ('waiting', 'called')
                        ORDER BY passage.id DESC LIMIT 1), '{}'::jsonb)
                   ELSE '{}'::jsonb END,
           change.at, change.salt, order_digest(change.salt, order_row(booking)), change.id,
           order_digest(change.salt, order_row(added)), '', ''
      FROM (SELECT made.*, gen_random_uuid() AS salt FROM made) change
      JOIN booking_change added ON added.id = change.id
      JOIN booking_booking booking ON booking.id = change.booking_id
     ORDER BY change.id;
    RETURN NULL;
END $$;

-- What of a booking bears on order, but has no place in its log: its share, its holder, its strikes.
CREATE OR REPLACE FUNCTION order_booking_touched() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    PERFORM order_write(booking.checkpoint_id, booking.direction,
                        CASE WHEN (was.strike, was.excused) IS DISTINCT FROM (became.strike, became.excused)
                             THEN 'booking.strike' ELSE 'booking.changed' END,
                        'booking', booking.id,
                        order_facts(booking) || jsonb_build_object('strike', booking.strike, 'excused', booking.excused),
                        became.changed_at, order_row(booking))
       FROM became JOIN was ON was.id = became.id
       JOIN booking_booking booking ON booking.id = became.id
      WHERE (was.state, was.slot_id, was.truck_id, was.trailer_id, was.driver_id, was.vehicle_class)
            IS NOT DISTINCT FROM (became.state, became.slot_id, became.truck_id, became.trailer_id, became.driver_id,
                                  became.vehicle_class)
        AND (was.code, was.checkpoint_id, was.direction, was.account_id, was.carrier_id, was.plate_country,
             was.plate_key, was.vin, was.share, was.park_id, was.held_until, was.made_at, was.ended_at, was.is_offer,
             was.strike, was.excused)
            IS DISTINCT FROM
            (became.code, became.checkpoint_id, became.direction, became.account_id, became.carrier_id,
             became.plate_country, became.plate_key, became.vin, became.share, became.park_id, became.held_until,
             became.made_at, became.ended_at, became.is_offer, became.strike, became.excused);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_capacity_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_material = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    INSERT INTO callup_orderentry (
        checkpoint_id, direction, kind, source, source_id, facts, at, salt, digest, added_id, added_digest, line, hash)
    SELECT quota.checkpoint_id, quota.direction,
           CASE WHEN added.from_capacity IS NULL THEN 'places.made' ELSE 'places.changed' END, 'quota', quota.id,
           -- A quota is changed before its row is: the change says what it becomes.
           order_facts(quota) || jsonb_build_object('capacity', added.to_capacity),
           order_now(), change.salt,
           order_digest(change.salt, order_row(jsonb_populate_record(
               quota, jsonb_build_object('capacity', added.to_capacity)))),
           added.id, order_digest(change.salt, order_row(added)), '', ''
      FROM (SELECT made.id, gen_random_uuid() AS salt FROM made) change
      JOIN booking_capacitychange added ON added.id = change.id
      JOIN booking_quota quota ON quota.id = added.quota_id
     ORDER BY change.id;
    RETURN NULL;
END $$;

-- 2. Everything else: row by row ---------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION order_slot_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction,
                            'slot.' || CASE WHEN TG_OP = 'INSERT' THEN 'made'
                                            WHEN NEW.state = 'open' THEN 'opened' ELSE NEW.state END,
                            'slot', NEW.id, order_facts(NEW), order_now(), order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_rules_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM order_write(OLD.checkpoint_id, OLD.direction, 'rules.gone', 'rules', OLD.id, '{}', order_now(), NULL);
    ELSIF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction, 'rules.set', 'rules', NEW.id, order_facts(NEW),
                            order_now(), order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_ballot_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction,
                            'ballot.' || CASE WHEN TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN 'changed'
                                              WHEN NEW.state = 'open' THEN 'opened' ELSE NEW.state END,
                            'ballot', NEW.id, order_facts(NEW), coalesce(NEW.drawn_at, NEW.made_at), order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_ballot_entry_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM order_write(ballot.checkpoint_id, ballot.direction, 'ballot.entry.gone', 'ballot_entry', OLD.id, '{}',
                            order_now(), NULL)
           FROM booking_ballot ballot WHERE ballot.id = OLD.ballot_id;
    ELSIF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(ballot.checkpoint_id, ballot.direction,
                            'ballot.entry.' || CASE WHEN TG_OP = 'UPDATE' AND OLD.outcome = NEW.outcome THEN 'changed'
                                                    ELSE NEW.outcome END,
                            'ballot_entry', NEW.id, order_facts(NEW) || jsonb_build_object('day', ballot.day::text),
                            order_now(), order_row(NEW))
           FROM booking_ballot ballot WHERE ballot.id = NEW.ballot_id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_waiting_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction,
                            'waiting.' || CASE WHEN TG_OP = 'INSERT' THEN 'joined'
                                               WHEN OLD.passed_over < NEW.passed_over THEN 'passed_over'
                                               WHEN OLD.state = NEW.state THEN 'changed'
                                               WHEN NEW.state = 'waiting' THEN 'waits_again' ELSE NEW.state END,
                            'waiting', NEW.id, order_facts(NEW),
                            CASE WHEN TG_OP = 'INSERT' THEN NEW.made_at ELSE coalesce(NEW.ended_at, order_now()) END,
                            order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_waiting_entry_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM order_write(waiting.checkpoint_id, waiting.direction, 'waiting.truck.gone', 'waiting_entry', OLD.id,
                            '{}', order_now(), NULL)
           FROM booking_waitinggroup waiting WHERE waiting.id = OLD.group_id;
    ELSIF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(waiting.checkpoint_id, waiting.direction, 'waiting.truck', 'waiting_entry', NEW.id,
                            order_facts(NEW), order_now(), order_row(NEW))
           FROM booking_waitinggroup waiting WHERE waiting.id = NEW.group_id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_freed_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM order_write(slot.checkpoint_id, slot.direction, 'freed.over', 'freed', OLD.slot_id,
                            jsonb_build_object('slot', order_time(slot.starts_at)), order_now(), NULL)
           FROM booking_slot slot WHERE slot.id = OLD.slot_id;
    ELSIF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(slot.checkpoint_id, slot.direction,
                            CASE WHEN NEW.kept_for_id IS NULL THEN 'freed.open' ELSE 'freed.kept' END,
                            'freed', NEW.slot_id, order_facts(NEW), greatest(NEW.at, order_now()), order_row(NEW))
           FROM booking_slot slot WHERE slot.id = NEW.slot_id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_ticket_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction,
                            'ticket.' || CASE WHEN TG_OP = 'INSERT' THEN 'joined'
                                              WHEN OLD.state = NEW.state THEN 'changed'
                                              WHEN NEW.state = 'waiting' THEN 'recalled' ELSE NEW.state END,
                            'ticket', NEW.id,
                            order_facts(NEW) || jsonb_build_object('truck', (
                                SELECT order_mask(passage.opened_by::text) FROM gate_passage passage
                                 WHERE passage.checkpoint_id = NEW.checkpoint_id
                                   AND passage.direction = NEW.direction AND passage.phase IN ('waiting', 'called')
                                   AND passage.plate_key = order_fold(NEW.plate_key)
                                 ORDER BY passage.id DESC LIMIT 1)),
                            CASE WHEN TG_OP = 'INSERT' THEN NEW.joined_at
                                 ELSE coalesce(NEW.ended_at, order_step(NEW.checkpoint_id, NEW.direction)) END,
                            order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_passage_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT'
       OR (NEW.checkpoint_id, NEW.direction, NEW.booking_id, NEW.opened_by, NEW.plate_key, NEW.country,
           NEW.vehicle_class, NEW.phase, NEW.park_in_at, NEW.park_out_at, NEW.called_at, NEW.entry_at, NEW.exit_at)
          IS DISTINCT FROM
          (OLD.checkpoint_id, OLD.direction, OLD.booking_id, OLD.opened_by, OLD.plate_key, OLD.country,
           OLD.vehicle_class, OLD.phase, OLD.park_in_at, OLD.park_out_at, OLD.called_at, OLD.entry_at, OLD.exit_at) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction, 'truck.' || NEW.phase, 'passage', NEW.id,
                            order_facts(NEW) || coalesce((
                                SELECT jsonb_build_object('slot', order_time(slot.starts_at),
                                                          'until', order_time(slot.ends_at), 'share', booking.share)
                                  FROM booking_booking booking JOIN booking_slot slot ON slot.id = booking.slot_id
                                 WHERE booking.id = NEW.booking_id AND NEW.phase IN ('coming', 'waiting', 'called')),
                            '{}'::jsonb) || jsonb_build_object(
                                'ticket', CASE WHEN NEW.phase IN ('coming', 'waiting', 'called') THEN (
                                    SELECT order_mask(ticket.code) FROM booking_liveticket ticket
                                     WHERE ticket.checkpoint_id = NEW.checkpoint_id
                                       AND ticket.direction = NEW.direction AND ticket.state IN ('waiting', 'called')
                                       AND order_fold(ticket.plate_key) = NEW.plate_key
                                     ORDER BY ticket.id DESC LIMIT 1) END),
                            order_step(NEW.checkpoint_id, NEW.direction), order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_priority_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM order_write(NEW.checkpoint_id, NEW.direction, 'priority.used', 'priority', NEW.id, order_facts(NEW), NEW.at,
                        order_row(NEW));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_call_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction, 'call.made', 'call', NEW.id, order_facts(NEW),
                            NEW.called_at, order_row(NEW));
    ELSIF order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction,
                            'call.' || CASE WHEN OLD.recalled_at IS DISTINCT FROM NEW.recalled_at THEN 'recalled'
                                            WHEN OLD.missed_at IS DISTINCT FROM NEW.missed_at THEN 'missed'
                                            ELSE 'changed' END,
                            'call', NEW.id, order_facts(NEW), coalesce(NEW.recalled_at, NEW.missed_at, NEW.called_at),
                            order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_hindrance_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(line.checkpoint_id, line.direction,
                            'hindrance.' || CASE WHEN NEW.lifted_at IS NOT NULL THEN 'lifted'
                                                 WHEN TG_OP = 'INSERT' THEN 'told' ELSE 'changed' END,
                            'hindrance', NEW.id, order_facts(NEW), coalesce(NEW.lifted_at, NEW.told_at), order_row(NEW))
           FROM (SELECT checkpoint_id, direction FROM booking_booking WHERE id = NEW.booking_id
                  UNION ALL
                 SELECT checkpoint_id, direction FROM booking_liveticket WHERE id = NEW.ticket_id) line;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_mass_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction, 'mass.' || NEW.state, 'mass', NEW.id, order_facts(NEW),
                            coalesce(NEW.decided_at, NEW.asked_at), order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_pause_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR order_row(OLD) IS DISTINCT FROM order_row(NEW) THEN
        PERFORM order_write(NEW.checkpoint_id, NEW.direction,
                            CASE WHEN TG_OP = 'INSERT' THEN 'pause.begun' ELSE 'pause.changed' END, 'pause', NEW.id,
                            order_facts(NEW), order_step(NEW.checkpoint_id, NEW.direction), order_row(NEW));
    END IF;
    RETURN NULL;
END $$;

-- A root that was signed is itself told in the log, so that none can be taken away unseen.
CREATE OR REPLACE FUNCTION order_root_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM order_write(NEW.checkpoint_id, NEW.direction, 'root.signed', 'root', NEW.id, order_facts(NEW),
                        NEW.signed_at, order_row(NEW));
    RETURN NULL;
END $$;

-- 3. Triggers ----------------------------------------------------------------------------------------------------
-- Their names put them after those that the rows themselves need: triggers of one event run by name.

CREATE OR REPLACE TRIGGER order_change AFTER INSERT ON booking_change
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION order_booking_changed();
CREATE OR REPLACE TRIGGER order_booking AFTER UPDATE ON booking_booking
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION order_booking_touched();
CREATE OR REPLACE TRIGGER order_capacity AFTER INSERT ON booking_capacitychange
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION order_capacity_changed();
CREATE OR REPLACE TRIGGER order_slot AFTER INSERT OR UPDATE ON booking_slot
    FOR EACH ROW EXECUTE FUNCTION order_slot_logged();
CREATE OR REPLACE TRIGGER order_rules AFTER INSERT OR UPDATE OR DELETE ON booking_rules
    FOR EACH ROW EXECUTE FUNCTION order_rules_logged();
CREATE OR REPLACE TRIGGER order_ballot AFTER INSERT OR UPDATE ON booking_ballot
    FOR EACH ROW EXECUTE FUNCTION order_ballot_logged();
CREATE OR REPLACE TRIGGER order_ballot_entry AFTER INSERT OR UPDATE OR DELETE ON booking_ballotentry
    FOR EACH ROW EXECUTE FUNCTION order_ballot_entry_logged();
CREATE OR REPLACE TRIGGER order_waiting AFTER INSERT OR UPDATE ON booking_waitinggroup
    FOR EACH ROW EXECUTE FUNCTION order_waiting_logged();
CREATE OR REPLACE TRIGGER order_waiting_entry AFTER INSERT OR UPDATE OR DELETE ON booking_waitingentry
    FOR EACH ROW EXECUTE FUNCTION order_waiting_entry_logged();
CREATE OR REPLACE TRIGGER order_freed AFTER INSERT OR UPDATE OR DELETE ON booking_freedslot
    FOR EACH ROW EXECUTE FUNCTION order_freed_logged();
CREATE OR REPLACE TRIGGER order_ticket AFTER INSERT OR UPDATE ON booking_liveticket
    FOR EACH ROW EXECUTE FUNCTION order_ticket_logged();
CREATE OR REPLACE TRIGGER order_passage AFTER INSERT OR UPDATE ON gate_passage
    FOR EACH ROW EXECUTE FUNCTION order_passage_logged();
CREATE OR REPLACE TRIGGER order_priority AFTER INSERT OR UPDATE ON booking_priorityuse
    FOR EACH ROW EXECUTE FUNCTION order_priority_logged();
CREATE OR REPLACE TRIGGER order_call AFTER INSERT OR UPDATE ON callup_call
    FOR EACH ROW EXECUTE FUNCTION order_call_logged();
CREATE OR REPLACE TRIGGER order_hindrance AFTER INSERT OR UPDATE ON callup_hindrance
    FOR EACH ROW EXECUTE FUNCTION order_hindrance_logged();

CREATE OR REPLACE TRIGGER order_entry_written BEFORE INSERT ON callup_orderentry
    FOR EACH STATEMENT EXECUTE FUNCTION order_by_triggers();
CREATE OR REPLACE TRIGGER order_entry_sealed BEFORE UPDATE ON callup_orderentry
    FOR EACH ROW EXECUTE FUNCTION order_entry_sealed();
CREATE OR REPLACE TRIGGER order_entry_kept BEFORE DELETE ON callup_orderentry
    FOR EACH STATEMENT EXECUTE FUNCTION order_only_added();
CREATE OR REPLACE TRIGGER order_entry_not_emptied BEFORE TRUNCATE ON callup_orderentry
    FOR EACH STATEMENT EXECUTE FUNCTION order_only_added();
CREATE OR REPLACE TRIGGER order_mass AFTER INSERT OR UPDATE ON callup_masscall
    FOR EACH ROW EXECUTE FUNCTION order_mass_logged();
CREATE OR REPLACE TRIGGER order_pause AFTER INSERT OR UPDATE ON callup_callpause
    FOR EACH ROW EXECUTE FUNCTION order_pause_logged();
CREATE OR REPLACE TRIGGER order_root AFTER INSERT ON callup_orderroot
    FOR EACH ROW EXECUTE FUNCTION order_root_logged();
CREATE OR REPLACE TRIGGER order_root_kept BEFORE UPDATE OR DELETE ON callup_orderroot
    FOR EACH STATEMENT EXECUTE FUNCTION order_only_added();
CREATE OR REPLACE TRIGGER order_root_not_emptied BEFORE TRUNCATE ON callup_orderroot
    FOR EACH STATEMENT EXECUTE FUNCTION order_only_added();
