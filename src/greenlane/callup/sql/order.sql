-- The public log of order: what everything else here is built of, and what keeps the log as it is.
--
-- Each transition that affects order is written to callup_orderentry by the transaction that makes it
-- (order_triggers.sql). For each sort of row there are two functions (order_rows.sql): order_row gives what of the
-- row bears on order, as text, for its digest; order_facts gives what of it becomes public.

-- Whoever has the code of a booking or ticket finds its lines; others see that lines are of one truck, not of which.
CREATE OR REPLACE FUNCTION order_mask(code text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT left(encode(sha256(convert_to('greenlane:' || code, 'UTF8')), 'hex'), 20)
$$;

-- An officer at one checkpoint: always the same, and nobody finds out who, for when an account was made is private.
CREATE OR REPLACE FUNCTION order_officer(checkpoint bigint, account bigint) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT order_mask(checkpoint || ' officer ' || id || ' ' || extract(epoch FROM date_joined))
      FROM registry_account WHERE id = account
$$;

CREATE OR REPLACE FUNCTION order_digest(salt uuid, as_text text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(salt::text || as_text, 'UTF8')), 'hex')
$$;

CREATE OR REPLACE FUNCTION order_time(moment timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A plate as the gate compares it (greenlane.gate.plates.match_key), from the form in which tickets keep it.
CREATE OR REPLACE FUNCTION order_fold(plate_key text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(plate_key, 'OQBISZGЗ', '00815263')
$$;

-- The platform's time: the server's, or that of a rehearsal (greenlane.registry.clock) whose processes set it.
CREATE OR REPLACE FUNCTION order_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT to_timestamp(parts[1]::float8
                             + (extract(epoch FROM now())::float8 - parts[2]::float8) * parts[3]::float8)
           FROM regexp_match(current_setting('greenlane.clock', true), '^(.+)@(.+)[*](.+)$') parts),
        now())
$$;

-- The time of the step in which the gate and call-up are at work on a line; the server's where they never were.
CREATE OR REPLACE FUNCTION order_step(checkpoint bigint, way text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT line.stepped_at FROM gate_line line
                      WHERE line.checkpoint_id = checkpoint AND line.direction = way), order_now())
$$;

CREATE OR REPLACE FUNCTION order_write(
    checkpoint bigint, way text, kind text, source text, source_id bigint, facts jsonb, moment timestamptz, as_text text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    salt uuid := gen_random_uuid();
BEGIN
    INSERT INTO callup_orderentry (
        checkpoint_id, direction, kind, source, source_id, facts, at, salt, digest, added_digest, line, hash)
    VALUES (checkpoint, way, kind, source, source_id, jsonb_strip_nulls(facts), moment, salt,
            coalesce(order_digest(salt, as_text), ''), '', '', '');
END $$;

-- An entry is sealed once; nothing else of it ever changes.
CREATE OR REPLACE FUNCTION order_entry_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed callup_orderentry := OLD;
BEGIN
    sealed.seq := NEW.seq;
    sealed.line := NEW.line;
    sealed.hash := NEW.hash;
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL OR sealed IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'an entry of the order log is sealed once and never changed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_entry_only_added';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION order_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_only_added';
END $$;

CREATE OR REPLACE FUNCTION order_by_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% is written by the database alone', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_by_triggers';
    END IF;
    RETURN NULL;
END $$;
