-- What random statements are run against. Texts of rows that a session must not see begin with a mark: `zqxb` in those of
-- other tenants, `zqxr` in those of its own that its floor does not reach; numbers in them with 48151623 and 27182818.
-- Nothing else has such texts and numbers.
CREATE SCHEMA app AUTHORIZATION random_owner;
GRANT USAGE ON SCHEMA app TO random_app;
GRANT USAGE ON SCHEMA tenancy TO random_owner;
GRANT USAGE ON DOMAIN tenancy.scope TO random_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tenancy TO random_owner;
SET ROLE random_owner;
SET search_path = app, public;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO random_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE ON SEQUENCES TO random_app;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO random_app;

CREATE TABLE note (
    tenant_id uuid NOT NULL, id bigint NOT NULL, scope tenancy.scope NOT NULL, body text, n bigint, data jsonb, tags text[],
    made_at timestamptz DEFAULT now(), PRIMARY KEY (tenant_id, id)
);
CREATE TABLE line (
    tenant_id uuid NOT NULL, id bigint NOT NULL, scope tenancy.scope NOT NULL, note_id bigint, body text, n numeric,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, note_id) REFERENCES note
);
CREATE TABLE item (tenant text NOT NULL, id bigint NOT NULL, body text, n bigint, PRIMARY KEY (tenant, id));
CREATE TABLE event (tenant_number bigint NOT NULL, id bigint NOT NULL, body text, n bigint, PRIMARY KEY (tenant_number, id))
    PARTITION BY LIST (id);
CREATE TABLE event_even PARTITION OF event FOR VALUES IN (2, 4, 6, 8, 10, 12);
CREATE TABLE event_other PARTITION OF event DEFAULT;
CREATE TABLE base (tenant_id uuid NOT NULL, id bigint NOT NULL, body text, n bigint);
CREATE TABLE child (more text) INHERITS (base);
CREATE TABLE chunk (
    tenant_id uuid NOT NULL, id bigint NOT NULL, scope tenancy.scope NOT NULL, body text, n bigint, embedding vector(4),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX chunk_nearest ON chunk USING tenant_vector (tenant_id, embedding vector_cosine_ops);
CREATE TABLE price (tenant_id uuid NOT NULL, id bigint NOT NULL, scope tenancy.scope NOT NULL, body text, n bigint);
CREATE TABLE memo (tenant_id uuid NOT NULL, id bigint NOT NULL, scope tenancy.scope NOT NULL, body text, n bigint);
CREATE TABLE word (id bigint PRIMARY KEY, body text);
CREATE VIEW note_line WITH (security_invoker = true) AS
    SELECT n.tenant_id, n.id, n.scope, n.body, n.n, l.body AS line FROM note n LEFT JOIN line l ON (l.tenant_id, l.note_id) = (n.tenant_id, n.id);
CREATE VIEW barrier WITH (security_invoker = true, security_barrier = true) AS SELECT * FROM memo WHERE n > 0;

-- By a role that row security binds only as long as it is forced.
CREATE FUNCTION owned() RETURNS SETOF app.note LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT * FROM app.note';
CREATE FUNCTION bodies(text) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT body FROM app.note WHERE body ~ $1';
CREATE FUNCTION run(text) RETURNS SETOF text LANGUAGE plpgsql AS
    'BEGIN RETURN QUERY EXECUTE $1; EXCEPTION WHEN syntax_error OR datatype_mismatch THEN RETURN NEXT sqlerrm; END';
CREATE FUNCTION say(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';
RESET ROLE;
