-- check: policy_function
-- object: seen on work.document
CREATE FUNCTION work.seen(title text) RETURNS boolean LANGUAGE plpgsql COST 1 AS
    $$ BEGIN RAISE DEBUG 'seen: %', title; RETURN true; END $$;
CREATE POLICY seen ON work.document AS RESTRICTIVE FOR SELECT USING (work.seen(title));
