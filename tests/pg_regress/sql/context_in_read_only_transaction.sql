-- bind and the accessors write nothing: they work in a read-only transaction at every isolation level, and take no
-- transaction id.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
BEGIN READ ONLY;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
SELECT tenancy.context() ->> 'tenant' AS tenant, pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
INSERT INTO note (id) VALUES (50);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT tenancy.bind(:'token_globex') = :'globex' AS bound;
SELECT count(*) FROM note;
SELECT tenancy.unbind();
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(*) FROM note;
COMMIT;
SET default_transaction_read_only = on;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) FROM note;
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
COMMIT;
-- In a writing one only the write takes an id.
RESET default_transaction_read_only;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
ROLLBACK;
\i :suites/../fixtures/clear.sql
