-- Rules go live only with a report of that very version, and what was decided is only ever added to, on every path.

CREATE OR REPLACE FUNCTION planning_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_only_added';
END $$;

CREATE OR REPLACE FUNCTION planning_report_of_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM planning_rulesversion version
                    WHERE version.id = NEW.version_id AND version.digest = NEW.digest) THEN
        RAISE EXCEPTION 'a report is of the version that was tried'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'planning_report_of_version';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION planning_adoption_has_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM planning_rulesreport report
                     JOIN planning_rulesversion version ON version.id = report.version_id
                    WHERE report.id = NEW.report_id AND version.id = NEW.version_id
                      AND report.digest = version.digest) THEN
        RAISE EXCEPTION 'rules go live only with a report of that very version'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'planning_adoption_has_report';
    END IF;
    RETURN NEW;
END $$;

-- That it is in force may be noted once. Accounts may be removed: who kept a version or a report then becomes NULL.
CREATE OR REPLACE FUNCTION planning_adoption_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted planning_rulesadoption := OLD;
BEGIN
    noted.in_force_at := NEW.in_force_at;
    IF OLD.in_force_at IS NOT NULL OR noted IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'an adoption is kept as it was decided'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'planning_rulesadoption_only_added';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION planning_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted planning_rulesversion := OLD;
BEGIN
    noted.kept_by_id := NULL;
    IF noted IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'a version of rules is kept as it was offered'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'planning_rulesversion_only_added';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION planning_report_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted planning_rulesreport := OLD;
BEGIN
    noted.made_by_id := NULL;
    IF noted IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'a report is kept as it was made'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'planning_rulesreport_only_added';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER version_kept BEFORE UPDATE ON planning_rulesversion
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION planning_version_kept();
CREATE OR REPLACE TRIGGER version_not_deleted BEFORE DELETE ON planning_rulesversion
    FOR EACH STATEMENT EXECUTE FUNCTION planning_only_added();
CREATE OR REPLACE TRIGGER report_of_version BEFORE INSERT ON planning_rulesreport
    FOR EACH ROW EXECUTE FUNCTION planning_report_of_version();
CREATE OR REPLACE TRIGGER report_kept BEFORE UPDATE ON planning_rulesreport
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION planning_report_kept();
CREATE OR REPLACE TRIGGER report_not_deleted BEFORE DELETE ON planning_rulesreport
    FOR EACH STATEMENT EXECUTE FUNCTION planning_only_added();
CREATE OR REPLACE TRIGGER adoption_has_report BEFORE INSERT ON planning_rulesadoption
    FOR EACH ROW EXECUTE FUNCTION planning_adoption_has_report();
CREATE OR REPLACE TRIGGER adoption_kept BEFORE UPDATE ON planning_rulesadoption
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION planning_adoption_kept();
CREATE OR REPLACE TRIGGER adoption_not_deleted BEFORE DELETE ON planning_rulesadoption
    FOR EACH STATEMENT EXECUTE FUNCTION planning_only_added();
