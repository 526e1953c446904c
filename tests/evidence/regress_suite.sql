-- Tables of many kinds, protected: for suites of tenancy.regress_suite.
CREATE ROLE regress_suite_owner IN ROLE tenancy_admin;
CREATE ROLE regress_suite_auditor LOGIN IN ROLE tenancy_auditor;
CREATE ROLE regress_suite_app LOGIN IN ROLE tenancy_app;
CREATE ROLE "regress suite ""odd'
reader" LOGIN IN ROLE tenancy_app;
CREATE SCHEMA shop AUTHORIZATION regress_suite_owner;
CREATE SCHEMA "odd ""Schema'
;é \ " AUTHORIZATION regress_suite_owner;
GRANT USAGE ON SCHEMA shop TO regress_suite_app;
GRANT USAGE ON SCHEMA "odd ""Schema'
;é \ " TO regress_suite_app, "regress suite ""odd'
reader";
SET ROLE regress_suite_owner;
SET search_path = shop, public;

CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]+$');
CREATE DOMAIN filled AS text NOT NULL;
-- Of every type that an application uses, mandatory and in keys.
CREATE TABLE customer (
    tenant_id uuid NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY,
    email     text UNIQUE NULLS NOT DISTINCT,
    mood      mood NOT NULL,
    born      date NOT NULL,
    at        time NOT NULL,
    seen      timestamptz NOT NULL,
    active    boolean NOT NULL,
    share     numeric(2, 2) NOT NULL,
    tags      text[] NOT NULL,
    profile   jsonb NOT NULL,
    picture   bytea NOT NULL,
    stay      tstzrange NOT NULL,
    host      inet NOT NULL,
    flags     bit(5) NOT NULL,
    short     char(2) NOT NULL,
    every     interval NOT NULL,
    taste     vector(3) NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now(),
    made_by   text NOT NULL DEFAULT tenancy.current_user_id(),
    half      numeric GENERATED ALWAYS AS (share / 2) STORED,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE customer DROP CONSTRAINT customer_email_key, ADD UNIQUE (tenant_id, email);
CREATE INDEX ON customer USING tenant_vector (tenant_id, taste vector_l2_ops);
-- It refers to another, is watched, and its triggers may refuse.
CREATE TABLE "Order" (
    tenant_id   uuid NOT NULL,
    number      serial,
    customer_id bigint NOT NULL,
    note        text,
    PRIMARY KEY (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE audit (tenant_id uuid NOT NULL, id uuid DEFAULT gen_random_uuid(), what text, PRIMARY KEY (tenant_id, id));
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop.audit (what) VALUES (TG_OP);
    RETURN NEW;
END $$;
CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON "Order" FOR EACH ROW EXECUTE FUNCTION watch();
-- Constraints that a made-up row may break.
CREATE TABLE price (tenant_id uuid NOT NULL, id int, amount int NOT NULL CHECK (amount > 0), PRIMARY KEY (tenant_id, id));
CREATE TABLE voucher (tenant_id uuid NOT NULL, code code NOT NULL, PRIMARY KEY (tenant_id, code));
CREATE TABLE label (tenant_id uuid NOT NULL, text filled);
CREATE TABLE status (tenant_id uuid NOT NULL, id int, status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'old')),
                     UNIQUE (tenant_id, id));
CREATE TABLE place (tenant_id uuid NOT NULL, at polygon NOT NULL);
-- Tenants by slug and by number, scopes, shared rows.
CREATE TABLE by_slug (tenant_id text NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE by_number (account bigint NOT NULL, id int, PRIMARY KEY (account, id));
CREATE TABLE by_integer (account int NOT NULL, id int, PRIMARY KEY (account, id));
CREATE TABLE document (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE template (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE glossary (tenant_id text NOT NULL, word text, PRIMARY KEY (tenant_id, word));
-- Partitions of many kinds, and children.
CREATE TABLE event (tenant_id uuid NOT NULL, at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (what);
CREATE TABLE event_2025_a PARTITION OF event_2025 FOR VALUES IN ('it''s', 'b');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE TABLE spread (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
CREATE TABLE spread_0 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE spread_1 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE pair (tenant_id uuid NOT NULL, a int, b int) PARTITION BY RANGE (a, b);
CREATE TABLE pair_1 PARTITION OF pair FOR VALUES FROM (1, 1) TO (2, 2);
CREATE TABLE parent (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE child (extra text, PRIMARY KEY (tenant_id, id)) INHERITS (parent);
-- Defaults that would fail before the policy is asked.
CREATE SEQUENCE kept;
CREATE TABLE numbered (tenant_id uuid NOT NULL, id int, number bigint DEFAULT nextval('kept'), "a, b" text DEFAULT 'x',
                       PRIMARY KEY (tenant_id, id));
-- Policies of its own.
CREATE TABLE archived (tenant_id uuid NOT NULL, id int, archived boolean NOT NULL DEFAULT true, PRIMARY KEY (tenant_id, id));
-- Privileges of many kinds.
CREATE TABLE unreadable (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE read_only (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE by_column (tenant_id uuid NOT NULL, id int, secret text, PRIMARY KEY (tenant_id, id));
CREATE TABLE append_only (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE closed (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));

SET client_min_messages = warning;
SELECT tenancy.protect(t::regclass, c) FROM (VALUES
    ('by_number', 'account'), ('by_integer', 'account')) v (t, c);
SELECT tenancy.protect(t::regclass) FROM unnest(ARRAY['"Order"', 'customer', 'audit', 'price', 'voucher', 'label', 'status', 'place',
    'by_slug', 'event', 'spread', 'pair', 'parent', 'numbered', 'archived', 'unreadable', 'read_only', 'by_column', 'append_only', 'closed']) t;
SELECT tenancy.protect('document', scope_column => 'scope');
SELECT tenancy.protect('template', scope_column => 'scope', shared => true);
SELECT tenancy.protect('glossary', shared => true);
CREATE POLICY archived ON archived AS RESTRICTIVE USING (NOT archived);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO regress_suite_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO regress_suite_app;
REVOKE USAGE ON SEQUENCE kept FROM regress_suite_app;
REVOKE SELECT ON unreadable FROM regress_suite_app;
REVOKE INSERT, UPDATE, DELETE ON read_only FROM regress_suite_app;
REVOKE UPDATE, DELETE ON append_only FROM regress_suite_app;
REVOKE ALL ON closed, spread_0, spread_1, by_column FROM regress_suite_app;
GRANT SELECT (tenant_id, id), INSERT (tenant_id), UPDATE (id) ON by_column TO regress_suite_app;

SET search_path = "odd ""Schema'
;é \ ";
CREATE TABLE "odd "" :x Table'
-- é \\" ("tenant ' "" \
;" uuid NOT NULL, "id :'id'" text, "a,b" text NOT NULL DEFAULT ', x', PRIMARY KEY ("tenant ' "" \
;", "id :'id'"));
SELECT tenancy.protect('"odd "" :x Table''
-- é \\"', 'tenant '' " \
;');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "odd ""Schema'
;é \ " TO regress_suite_app;
GRANT SELECT ON ALL TABLES IN SCHEMA "odd ""Schema'
;é \ " TO "regress suite ""odd'
reader";
RESET ROLE;
-- The tables of the demo.
CREATE SCHEMA demo AUTHORIZATION regress_suite_owner;
SET ROLE regress_suite_owner;
GRANT USAGE ON SCHEMA demo TO regress_suite_app;
SET search_path = demo, public;
CREATE TABLE packages (
    tenant_id   uuid NOT NULL,
    package     text NOT NULL,
    version     text NOT NULL,
    description text NOT NULL,
    PRIMARY KEY (tenant_id, package)
);
CREATE TABLE finding (
    tenant_id uuid NOT NULL,
    scope     tenancy.scope NOT NULL,
    package   text NOT NULL,
    remark    text NOT NULL,
    PRIMARY KEY (tenant_id, package)
);
CREATE TABLE chunk (
    tenant_id uuid NOT NULL,
    package   text NOT NULL,
    body      text NOT NULL,
    embedding halfvec(384) NOT NULL,
    PRIMARY KEY (tenant_id, package)
);
CREATE INDEX ON chunk USING tenant_vector (tenant_id, embedding halfvec_cosine_ops);
SELECT tenancy.protect(t::regclass) FROM unnest(ARRAY['packages', 'chunk']) t;
SELECT tenancy.protect('finding', scope_column => 'scope');
GRANT SELECT, INSERT, UPDATE, DELETE ON packages, finding TO regress_suite_app;
GRANT SELECT ON chunk TO regress_suite_app;
RESET ROLE;
CREATE SCHEMA empty;

-- Rows of real tenants.
SELECT tenancy.create_tenant('real') AS real \gset
RESET search_path;
INSERT INTO demo.packages VALUES (:'real', 'postgresql', '17', 'a database');
INSERT INTO shop.read_only VALUES (:'real', 1);
INSERT INTO shop.spread VALUES (:'real', 0);
INSERT INTO shop.document VALUES (:'real', '{"team": "x"}', 1);
INSERT INTO shop.template VALUES ('00000000-0000-0000-0000-000000000000', '{}', 1), (:'real', '{}', 1);
INSERT INTO shop.glossary VALUES ('shared', 'word'), ('real', 'word');
