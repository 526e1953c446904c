-- check: leakproof_function
-- object: work.same(text,text)
-- Somebody wanted an index to be used.
CREATE FUNCTION work.same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE LEAKPROOF
    AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN $1 = $2; END';
