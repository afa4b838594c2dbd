-- Uses of priority are published as they were granted: nobody changes or deletes one afterwards.

CREATE OR REPLACE TRIGGER priorityuse_only_added BEFORE UPDATE OR DELETE ON booking_priorityuse
    FOR EACH STATEMENT EXECUTE FUNCTION booking_only_added();
