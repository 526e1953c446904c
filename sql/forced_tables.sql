-- The protected ones of the tables $1, and of those that the constraints $2 of the first of them refer to, on which row
-- security is forced and which the current user, not exempt from it, owns.
SELECT c.oid
FROM pg_class c
WHERE (c.oid = ANY ($1)
       OR c.oid IN (SELECT k.confrelid FROM pg_constraint k
                    WHERE k.contype = 'f' AND k.conrelid = ($1)[1] AND k.conname = ANY ($2)))
  AND pg_has_role(current_user, c.relowner, 'USAGE')
  AND NOT (SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles r WHERE r.rolname = current_user)
  AND c.relrowsecurity
  AND c.relforcerowsecurity
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenancy_base')
ORDER BY 1
