-- What devices saw and what officers said is only ever added to, on every path.

CREATE OR REPLACE FUNCTION gate_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_only_added';
END $$;

-- A reading keeps every value that it came with; that it was matched may be noted once.
CREATE OR REPLACE FUNCTION gate_reading_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    matched gate_reading := OLD;
BEGIN
    matched.matched_at := NEW.matched_at;
    IF OLD.matched_at IS NOT NULL OR matched IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'a reading is kept as it came'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gate_reading_only_added';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER reading_kept BEFORE UPDATE ON gate_reading
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION gate_reading_kept();
CREATE OR REPLACE TRIGGER reading_not_deleted BEFORE DELETE ON gate_reading
    FOR EACH STATEMENT EXECUTE FUNCTION gate_only_added();
CREATE OR REPLACE TRIGGER event_only_added BEFORE UPDATE OR DELETE ON gate_event
    FOR EACH STATEMENT EXECUTE FUNCTION gate_only_added();
CREATE OR REPLACE TRIGGER decision_only_added BEFORE UPDATE OR DELETE ON gate_channeldecision
    FOR EACH STATEMENT EXECUTE FUNCTION gate_only_added();

-- Which of these readings are kept already. By the index also before there are statistics.
CREATE OR REPLACE FUNCTION gate_known_readings(event_ids uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT event_id FROM gate_reading WHERE event_id = ANY (event_ids)
$$;
