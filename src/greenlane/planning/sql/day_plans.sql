-- What was accepted and taken back is only ever added to, and a plan that is made stays as it was made.

CREATE OR REPLACE FUNCTION planning_day_plan_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.document IS NOT NULL
       AND (NEW.document, NEW.digest, NEW.day, NEW.direction, NEW.checkpoint_id, NEW.crossing_version)
           IS DISTINCT FROM
           (OLD.document, OLD.digest, OLD.day, OLD.direction, OLD.checkpoint_id, OLD.crossing_version) THEN
        RAISE EXCEPTION 'a plan is kept as it was made'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'planning_dayplan_only_added';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER day_plan_kept BEFORE UPDATE ON planning_dayplan
    FOR EACH ROW EXECUTE FUNCTION planning_day_plan_kept();
CREATE OR REPLACE TRIGGER day_plan_not_deleted BEFORE DELETE ON planning_dayplan
    FOR EACH STATEMENT EXECUTE FUNCTION planning_only_added();
CREATE OR REPLACE TRIGGER plan_record_kept BEFORE UPDATE OR DELETE ON planning_planrecord
    FOR EACH STATEMENT EXECUTE FUNCTION planning_only_added();
