-- Attack 49: a parent revoked or rotated with live children. With any key of its line gone a key ends at once, in open
-- sessions too; and it is never wider than any of them, whatever its own row says.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT :'acme', scope::jsonb, id FROM unnest(ARRAY['{}', '{"team": "x"}', '{"team": "y"}']) WITH ORDINALITY s (scope, id);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
-- Lines of three keys each.
CREATE TABLE world.line (n int, parent_id uuid, child_id uuid, grandchild_id uuid, grandchild text);
GRANT SELECT, INSERT ON world.line TO regress_world_app;
CREATE TABLE world.parent AS SELECT n, k.* FROM generate_series(1, 10) n, tenancy.create_key('acme', 'parent ' || n, '{supervisor}', '{"team": "x"}') k;
GRANT SELECT ON world.parent TO regress_world_app;
\c - regress_world_app
DO $$
DECLARE
    parent record;
    child record;
    grandchild record;
BEGIN
    FOR parent IN SELECT * FROM world.parent LOOP
        PERFORM tenancy.bind(parent.secret);
        SELECT * INTO child FROM tenancy.delegate_key('child ' || parent.n, '{read,key:delegate}');
        COMMIT;
        PERFORM tenancy.bind(child.secret);
        SELECT * INTO grandchild FROM tenancy.delegate_key('grandchild ' || parent.n);
        INSERT INTO world.line VALUES (parent.n, parent.key_id, child.key_id, grandchild.key_id, grandchild.secret);
        COMMIT;
    END LOOP;
END $$;
-- The first of the line revoked, with a statement under way in the transaction; its descendants are stamped.
SELECT grandchild AS key, parent_id, child_id, grandchild_id FROM world.line WHERE n = 1 \gset
\setenv PARENT :parent_id
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT array_agg(id) FROM doc;
\! $ADMIN -c "SELECT tenancy.revoke_key('$PARENT')"
SELECT array_agg(id) FROM doc;
ROLLBACK;
SELECT tenancy.bind(:'key');
\! $ADMIN -c "SELECT name, status, revoked_at IS NOT NULL AS stamped FROM tenancy.key_list WHERE name LIKE '%1' ORDER BY name"
-- The one between revoked; deleted; expired.
SELECT grandchild AS key, child_id FROM world.line WHERE n = 2 \gset
\setenv CHILD :child_id
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
\! $ADMIN -c "SELECT tenancy.revoke_key('$CHILD')"
SELECT array_agg(id) FROM doc;
ROLLBACK;
\! $ADMIN -c "SELECT name, status FROM tenancy.key_list WHERE name LIKE '%2' ORDER BY name"
SELECT grandchild AS key, parent_id FROM world.line WHERE n = 3 \gset
\setenv PARENT :parent_id
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
\! $ADMIN -c "DELETE FROM tenancy.api_key WHERE key_id = '$PARENT'"
SELECT array_agg(id) FROM doc;
ROLLBACK;
SELECT tenancy.bind(:'key');
SELECT grandchild AS key, parent_id FROM world.line WHERE n = 4 \gset
\setenv PARENT :parent_id
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
\! $ADMIN -c "UPDATE tenancy.api_key SET expires_at = now() WHERE key_id = '$PARENT'"
SELECT array_agg(id) FROM doc;
ROLLBACK;
SELECT tenancy.bind(:'key');
-- By a row alone, without the descendants' stamps, and without triggers.
SELECT grandchild AS key, parent_id FROM world.line WHERE n = 5 \gset
\setenv PARENT :parent_id
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
\! $ADMIN -c "SET session_replication_role = replica" -c "UPDATE tenancy.api_key SET revoked_at = now() WHERE key_id = '$PARENT'"
SELECT array_agg(id) FROM doc;
ROLLBACK;
SELECT tenancy.bind(:'key');
-- A rotated parent's children live as long as it does, and are not its successor's.
SELECT grandchild AS key, parent_id FROM world.line WHERE n = 6 \gset
\setenv PARENT :parent_id
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
\! $ADMIN -c "SELECT count(*) FROM tenancy.rotate_key('$PARENT', '1 hour')"
SELECT array_agg(id) FROM doc;
\! $ADMIN -c "SELECT tenancy.revoke_key('$PARENT')"
SELECT array_agg(id) FROM doc;
ROLLBACK;
\! $ADMIN -c "SELECT name, count(*) FILTER (WHERE status = 'active') AS active FROM tenancy.key_list WHERE name LIKE '%6' GROUP BY name ORDER BY name"
SELECT grandchild AS key, parent_id FROM world.line WHERE n = 9 \gset
\setenv PARENT :parent_id
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
\! $ADMIN -c "SELECT count(*) FROM tenancy.rotate_key('$PARENT', '0')"
SELECT array_agg(id) FROM doc;
ROLLBACK;
-- The successor of one rotated is of the same line: as narrow, and ended with it.
\c - :SUPERUSER
SELECT l.parent_id, l.child_id, s.secret AS successor FROM world.line l, tenancy.rotate_key(l.child_id, '0') s WHERE n = 10 \gset
SELECT name, status, parent_key_id = :'parent_id' AS of_the_parent, rotated_from = :'child_id' AS of_the_rotated
FROM tenancy.key_list WHERE name LIKE '% 10' ORDER BY name, created_at;
\c - regress_world_app
\setenv PARENT :parent_id
BEGIN;
SELECT tenancy.bind(:'successor') = :'acme' AS bound;
SELECT array_agg(id) FROM doc;
\! $ADMIN -c "SELECT tenancy.revoke_key('$PARENT')"
SELECT array_agg(id) FROM doc;
ROLLBACK;
SELECT tenancy.bind(:'successor');

-- Rows that no function makes. A wider child is bound as narrow as its line.
SELECT grandchild AS key, grandchild_id AS id, child_id, parent_id FROM world.line WHERE n = 7 \gset
\setenv KEY :id
\setenv CHILD :child_id
\setenv PARENT :parent_id
\! $ADMIN -c "UPDATE tenancy.api_key SET scope_floor = '{}', capabilities = '{manager}', expires_at = NULL WHERE key_id IN ('$KEY', '$CHILD')"
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT c -> 'scope' AS scope, c -> 'capabilities' AS capabilities, (SELECT array_agg(id) FROM doc) AS ids FROM tenancy.context() c;
ROLLBACK;
\! $ADMIN -c "UPDATE tenancy.api_key SET scope_floor = '{\"team\": \"y\"}' WHERE key_id = '$KEY'"
SELECT tenancy.bind(:'key');
-- A line that loops; one that leads to another tenant's key.
\! $ADMIN -c "UPDATE tenancy.api_key SET parent_key_id = '$KEY', scope_floor = '{}' WHERE key_id IN ('$PARENT', '$KEY')"
SELECT tenancy.bind(:'key');
\! $ADMIN -c "SELECT tenancy.revoke_key('$KEY')"
SELECT grandchild AS key, parent_id FROM world.line WHERE n = 8 \gset
\setenv PARENT :parent_id
\! $ADMIN -c "UPDATE tenancy.api_key SET parent_key_id = '$GLOBEX_ID' WHERE key_id = '$PARENT'"
SELECT tenancy.bind(:'key');
\i :suites/../fixtures/clear.sql
