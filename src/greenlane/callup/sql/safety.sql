-- A wrong mass call is stopped here, whoever writes: a loop with a fault, a program, a person with SQL.

-- How many calls a line bears. The figures are those of its rules; without rules, those of a careful default.
CREATE OR REPLACE FUNCTION callup_refuse(rule text, told text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', told USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

CREATE OR REPLACE FUNCTION callup_calls_safe() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line record;
    rules booking_rules;
    most bigint;
BEGIN
    FOR line IN
        SELECT checkpoint_id, direction, min(called_at) AS first_at, max(called_at) AS last_at,
               count(*) FILTER (WHERE mass_id IS NULL) AS alone
          FROM made GROUP BY checkpoint_id, direction ORDER BY checkpoint_id, direction
    LOOP
        -- Who comes second counts what the first has made.
        PERFORM pg_advisory_xact_lock(hashtextextended(
            'callup:' || line.checkpoint_id || ':' || line.direction, 0));
        SELECT * INTO rules FROM booking_rules
         WHERE checkpoint_id = line.checkpoint_id AND direction = line.direction;
        rules.calls_per_minute := coalesce(rules.calls_per_minute, 30);
        rules.mass_call := coalesce(rules.mass_call, 20);

        -- At most so many in any minute, mass calls among them: also an approved one can still be stopped.
        SELECT max(near) INTO most FROM (
            SELECT count(*) OVER (ORDER BY called_at
                       RANGE BETWEEN interval '59.999999 seconds' PRECEDING AND CURRENT ROW) AS near
              FROM callup_call
             WHERE checkpoint_id = line.checkpoint_id AND direction = line.direction
               AND called_at > line.first_at - interval '1 minute'
               AND called_at < line.last_at + interval '1 minute') minutes;
        IF most > rules.calls_per_minute THEN
            PERFORM callup_refuse('call_rate', format('%s calls in a minute; the rules allow %s',
                                                      most, rules.calls_per_minute));
        END IF;

        -- More than `mass_call` in one act need the approval of a second person.
        IF line.alone > rules.mass_call THEN
            PERFORM callup_refuse('call_mass', format('%s calls at once; one may make %s',
                                                      line.alone, rules.mass_call));
        END IF;
        SELECT max(acts) INTO most FROM (
            SELECT count(*) AS acts FROM callup_call
             WHERE checkpoint_id = line.checkpoint_id AND direction = line.direction
               AND called_at > line.last_at - interval '10 minutes' AND called_at <= line.last_at
               AND mass_id IS NULL AND called_by_id IS NOT NULL
               AND called_by_id IN (SELECT called_by_id FROM made)
             GROUP BY called_by_id) persons;
        IF most > rules.mass_call THEN
            PERFORM callup_refuse('call_mass', format('%s calls by one person within ten minutes; one may make %s',
                                                      most, rules.mass_call));
        END IF;

        -- Nor may slow ones pile up on the road. At the time of the slot, the slots' places bound it.
        IF line.alone > 0 AND rules.inside_limit IS NOT NULL AND rules.call_up <> 'slot' THEN
            SELECT count(*) INTO most
              FROM callup_call one JOIN gate_passage truck ON truck.id = one.passage_id
             WHERE one.checkpoint_id = line.checkpoint_id AND one.direction = line.direction
               AND one.called_at > line.last_at - interval '6 hours'
               AND one.recalled_at IS NULL AND one.missed_at IS NULL AND one.mass_id IS NULL
               AND truck.entry_at IS NULL AND truck.phase IN ('coming', 'waiting', 'called');
            IF most > rules.inside_limit + rules.mass_call THEN
                PERFORM callup_refuse('call_road', format('%s trucks called and not at the barrier; it bears %s',
                                                          most, rules.inside_limit + rules.mass_call));
            END IF;
        END IF;

        IF EXISTS (SELECT FROM callup_callpause pause JOIN made one
                       ON one.checkpoint_id = pause.checkpoint_id AND one.direction = pause.direction
                      AND one.called_at >= pause.starts_at AND one.called_at < pause.ends_at
                    WHERE pause.checkpoint_id = line.checkpoint_id AND pause.direction = line.direction) THEN
            PERFORM callup_refuse('call_paused', 'call-up is paused');
        END IF;
    END LOOP;

    -- A call of a mass call is one of the trucks that were counted, and that two persons agreed on.
    IF EXISTS (
        SELECT FROM made one
          LEFT JOIN callup_masscall mass
            ON mass.id = one.mass_id AND mass.state = 'approved'
           AND mass.checkpoint_id = one.checkpoint_id AND mass.direction = one.direction
           AND mass.passages @> to_jsonb(one.passage_id)
           AND one.called_at >= mass.decided_at AND one.called_at < mass.decided_at + interval '4 hours'
         WHERE one.mass_id IS NOT NULL AND mass.id IS NULL) THEN
        PERFORM callup_refuse('call_not_approved', 'no approved mass call covers these trucks');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER call_safe AFTER INSERT ON callup_call
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION callup_calls_safe();

-- A call keeps what it said; that it was taken back or missed is told once, and never untold.
CREATE OR REPLACE FUNCTION callup_call_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.passage_id, OLD.booking_id, OLD.ticket_id, OLD.checkpoint_id, OLD.direction, OLD.called_at, OLD.gate_by,
        OLD.mass_id, OLD.turn, OLD.passed, OLD.why)
       IS DISTINCT FROM
       (NEW.passage_id, NEW.booking_id, NEW.ticket_id, NEW.checkpoint_id, NEW.direction, NEW.called_at, NEW.gate_by,
        NEW.mass_id, NEW.turn, NEW.passed, NEW.why)
       OR (OLD.recalled_at IS NOT NULL AND NEW.recalled_at IS DISTINCT FROM OLD.recalled_at)
       OR (OLD.missed_at IS NOT NULL AND NEW.missed_at IS DISTINCT FROM OLD.missed_at) THEN
        PERFORM callup_refuse('call_kept', 'a call is kept as it was made');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER call_kept BEFORE UPDATE ON callup_call
    FOR EACH ROW EXECUTE FUNCTION callup_call_kept();

-- A mass call is asked first and decided once; the trucks that were counted stay those.
CREATE OR REPLACE FUNCTION callup_mass_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' OR NEW.decided_by_id IS NOT NULL
           OR jsonb_typeof(NEW.passages) <> 'array' OR jsonb_array_length(NEW.passages) <> NEW.count THEN
            PERFORM callup_refuse('mass_call_asked_first', 'a mass call is asked for first, and counted');
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.checkpoint_id, OLD.direction, OLD.passages, OLD.count, OLD.why, OLD.asked_by_id, OLD.asked_at, OLD.good_until)
       IS DISTINCT FROM
       (NEW.checkpoint_id, NEW.direction, NEW.passages, NEW.count, NEW.why, NEW.asked_by_id, NEW.asked_at, NEW.good_until)
       OR (OLD.state, NEW.state) NOT IN (('asked', 'asked'), ('asked', 'approved'), ('asked', 'refused'),
                                         ('asked', 'expired'), ('approved', 'approved'), ('approved', 'done'),
                                         ('approved', 'refused'), ('done', 'done'), ('refused', 'refused'),
                                         ('expired', 'expired'))
       OR (OLD.state = 'asked' AND NEW.state = 'approved' AND NEW.decided_at > OLD.good_until)
       OR (OLD.state IN ('approved', 'done') AND NEW.state IN ('approved', 'done')
           AND (OLD.decided_by_id, OLD.decided_at) IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at)) THEN
        PERFORM callup_refuse('mass_call_kept', 'a mass call is decided once, on the trucks that were counted');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER mass_call_kept BEFORE INSERT OR UPDATE ON callup_masscall
    FOR EACH ROW EXECUTE FUNCTION callup_mass_kept();
