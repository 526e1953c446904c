-- id: leakproof_function
-- severity: high
-- title: Function marked LEAKPROOF by hand
-- why: Leakproof functions run before row security filters rows, on all tenants' values and statistics. One that tells of
-- why: its arguments, in an error for instance, tells them to whoever asks.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, p.oid AS object_id, p.oid::regprocedure::text AS object,
       format('%s is marked LEAKPROOF', p.oid::regprocedure) AS message,
       format('ALTER FUNCTION %s NOT LEAKPROOF;', p.oid::regprocedure) AS remediation
FROM pg_proc p
WHERE p.proleakproof
  AND p.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
