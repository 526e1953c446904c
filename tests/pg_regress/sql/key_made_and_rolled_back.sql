-- What a session remembers of keys and tenants must not outlive a rollback: a key or tenant that was never committed binds
-- nobody, in the session that made it as little as in others.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_admin
BEGIN;
SELECT secret AS never FROM tenancy.create_key('acme', 'never') \gset
SELECT tenancy.bind(:'never') = :'acme' AS bound_in_its_own_transaction;
ROLLBACK;
SELECT tenancy.bind(:'never');
BEGIN;
SAVEPOINT here;
SELECT secret AS never2 FROM tenancy.create_key('acme', 'never') \gset
SELECT tenancy.bind(:'never2') = :'acme' AS bound;
ROLLBACK TO here;
SELECT tenancy.bind(:'never2');
ROLLBACK;
SELECT tenancy.bind(:'never2');
BEGIN;
SELECT tenancy.create_tenant('nobody') IS NOT NULL AS made;
SELECT tenancy.bind(:'token_unknown_tenant') IS NOT NULL AS bound;
ROLLBACK;
SELECT tenancy.bind(:'token_unknown_tenant');
-- A change of the session's own is seen by its next statement, and no longer after its rollback.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT here;
SELECT tenancy.revoke_key(:'acme_id');
SELECT tenancy.current_tenant();
ROLLBACK TO here;
SELECT tenancy.current_tenant() = :'acme' AS bound;
COMMIT;
BEGIN;
SAVEPOINT here;
SELECT tenancy.resume_tenant('initech');
SELECT tenancy.bind(:'initech_key') = :'initech' AS bound;
ROLLBACK TO here;
SELECT tenancy.bind(:'initech_key');
ROLLBACK;
-- A prepared transaction that revokes: in force when it commits, and not before.
\c - :SUPERUSER
SELECT key_id AS k1, secret AS s1 FROM tenancy.create_key('acme', 'k1') \gset
\setenv KEY :s1
BEGIN;
SELECT tenancy.revoke_key(:'k1');
PREPARE TRANSACTION 'revocation';
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'s1') = :'acme' AS bound;
\! $ADMIN -c "COMMIT PREPARED 'revocation'"
SELECT count(*) FROM world.note;
ROLLBACK;
\i :suites/../fixtures/clear.sql
