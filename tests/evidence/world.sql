-- A database in which nothing is wrong, for misconfigurations to be planted in: tables of an owner without login whom row
-- security binds, an application, an operator and two tenants.
CREATE ROLE data_owner;
CREATE ROLE operator LOGIN IN ROLE tenancy_admin;
CREATE ROLE app LOGIN IN ROLE tenancy_app;
CREATE ROLE report LOGIN;

DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
CREATE SCHEMA work AUTHORIZATION data_owner;
GRANT USAGE ON SCHEMA work TO app, report;

SET ROLE data_owner;
CREATE TABLE work.country (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE work.document (
    tenant_id   uuid NOT NULL,
    document_id bigint GENERATED ALWAYS AS IDENTITY,
    title       text NOT NULL,
    country     text,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, document_id)
);
CREATE TABLE work.chunk (
    tenant_id   uuid NOT NULL,
    chunk_id    bigint NOT NULL,
    document_id bigint NOT NULL,
    embedding   vector(3),
    PRIMARY KEY (tenant_id, chunk_id),
    FOREIGN KEY (tenant_id, document_id) REFERENCES work.document ON DELETE CASCADE
);
CREATE INDEX chunk_embedding_idx ON work.chunk USING tenant_vector (tenant_id, embedding vector_cosine_ops);
CREATE TABLE work.event (tenant_id uuid NOT NULL, at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE work.event_old PARTITION OF work.event FOR VALUES FROM (MINVALUE) TO ('2030-01-01');
CREATE TABLE work.event_new PARTITION OF work.event FOR VALUES FROM ('2030-01-01') TO ('2040-01-01');
CREATE TABLE work.journal (line text); -- nobody but the owner reads it

CREATE FUNCTION work.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at = now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON work.document FOR EACH ROW EXECUTE FUNCTION work.touch();
CREATE FUNCTION work.enter() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO work.journal VALUES ('a document was deleted');
    RETURN NULL;
END $$;
CREATE TRIGGER enter AFTER DELETE ON work.document FOR EACH ROW EXECUTE FUNCTION work.enter();
CREATE VIEW work.title WITH (security_invoker = true) AS SELECT tenant_id, document_id, title FROM work.document;

GRANT SELECT ON work.country TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.document, work.chunk, work.event TO app;
GRANT SELECT ON work.title TO app;
RESET ROLE;
-- Its owner need not have any rights on pg_tenancy.
CREATE TABLE work.note (
    tenant_id uuid NOT NULL,
    scope     tenancy.scope NOT NULL,
    note_id   bigint NOT NULL,
    body      text,
    PRIMARY KEY (tenant_id, scope, note_id),
    UNIQUE (tenant_id, note_id)
);
ALTER TABLE work.note OWNER TO data_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.note TO app;

SELECT tenancy.protect('work.chunk');
SELECT tenancy.protect('work.document');
SELECT tenancy.protect('work.note', scope_column => 'scope');
SELECT tenancy.protect('work.event');

SELECT tenancy.create_tenant('acme', tenant_id => '00000000-0000-0000-0000-00000000000a');
SELECT tenancy.create_tenant('globex', tenant_id => '00000000-0000-0000-0000-00000000000b');
INSERT INTO work.country VALUES ('at', 'Austria');
INSERT INTO work.document (tenant_id, title, country)
SELECT t.tenant_id, 'of ' || t.slug, 'at' FROM tenancy.tenant t WHERE t.tenant_number > 0;
INSERT INTO work.chunk SELECT tenant_id, 1, document_id, '[1,2,3]' FROM work.document;
INSERT INTO work.note SELECT tenant_id, '{}', 1, 'a note' FROM work.document;
INSERT INTO work.event SELECT tenant_id, '2026-01-01', 'made' FROM work.document;
