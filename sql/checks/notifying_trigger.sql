-- id: notifying_trigger
-- severity: low
-- title: Trigger of a protected table that notifies
-- why: A channel of NOTIFY has no tenant: whoever may listen gets every tenant's payloads. Put no data into them.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, t.oid AS object_id, format('%I on %s', t.tgname, p.relation) AS object,
       format('trigger %I of %s calls %s, which notifies', t.tgname, p.relation, f.oid::regprocedure) AS message,
       format('DROP TRIGGER %I ON %s; -- or see that its payload names nothing but the row', t.tgname, p.relation) AS remediation
FROM tenancy.protected_relation p
JOIN pg_trigger t ON t.tgrelid = p.relation AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
JOIN pg_proc f ON f.oid = t.tgfoid
WHERE ($1 IS NULL OR p.root = $1)
  AND regexp_replace(f.prosrc, '--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/', ' ', 'g') ~* '\m(pg_notify\s*\(|notify\s+[[:alpha:]_"])'
