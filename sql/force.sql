-- Statements that force ($3) or no longer force row security on the protected ones of the tables $1, and of those that
-- the constraints $2 of the first of them refer to, where the current user owns them.
SELECT format('ALTER TABLE ONLY %I.%I %s ROW LEVEL SECURITY', n.nspname, c.relname,
              CASE WHEN $3 THEN 'FORCE' ELSE 'NO FORCE' END)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.oid = ANY ($1)
       OR c.oid IN (SELECT k.confrelid FROM pg_constraint k
                    WHERE k.contype = 'f' AND k.conrelid = ($1)[1] AND k.conname = ANY ($2)))
  AND pg_has_role(current_user, c.relowner, 'USAGE')
  AND c.relrowsecurity
  AND c.relforcerowsecurity <> $3
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenancy_base')
ORDER BY 1
