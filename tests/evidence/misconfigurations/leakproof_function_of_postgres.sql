-- check: leakproof_function
-- object: int8div(bigint,bigint)
-- As advice for faster queries has it. It fails for a zero in any tenant's row.
ALTER FUNCTION pg_catalog.int8div(bigint, bigint) LEAKPROOF;
