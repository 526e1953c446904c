-- A schema of the shape that services for organisations have: 40 tables and more, with all that Postgres offers and
-- nothing wrong. Extensions come before it, where the server has them.
CREATE ROLE saas_owner;                                          -- owns everything, logs in nowhere
CREATE ROLE saas_deploy LOGIN IN ROLE saas_owner, tenancy_admin; -- runs the migrations
CREATE ROLE saas_app IN ROLE tenancy_app;
CREATE ROLE web LOGIN IN ROLE saas_app;
CREATE ROLE worker LOGIN IN ROLE saas_app;
CREATE ROLE auditor LOGIN IN ROLE tenancy_auditor;
CREATE ROLE analyst LOGIN BYPASSRLS;                             -- of the operator's own staff
CREATE ROLE standby LOGIN REPLICATION;
CREATE ROLE support LOGIN CREATEROLE IN ROLE pg_monitor, pg_signal_backend;

DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database());
END $$;
ALTER ROLE web SET statement_timeout = '30s';
ALTER ROLE web SET search_path = saas;
ALTER ROLE web SET row_security = 'TRUE';
REVOKE SELECT ON pg_available_extensions FROM PUBLIC;
GRANT SELECT ON pg_available_extensions TO saas_app;
ALTER ROLE worker SET tenancy.unbound = 'empty';
ALTER ROLE saas_deploy SET lock_timeout = '5s';

CREATE SCHEMA saas AUTHORIZATION saas_owner;
CREATE SCHEMA reference AUTHORIZATION saas_owner;
CREATE SCHEMA internal AUTHORIZATION saas_owner;
CREATE SCHEMA "New Parts" AUTHORIZATION saas_owner;
GRANT USAGE ON SCHEMA saas, reference TO saas_app, analyst;
GRANT USAGE ON SCHEMA "New Parts" TO saas_app;
GRANT USAGE ON SCHEMA internal TO support;
ALTER DEFAULT PRIVILEGES FOR ROLE saas_owner IN SCHEMA saas GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO saas_app;
ALTER DEFAULT PRIVILEGES FOR ROLE saas_owner IN SCHEMA saas GRANT USAGE, SELECT ON SEQUENCES TO saas_app;
ALTER DEFAULT PRIVILEGES FOR ROLE saas_owner IN SCHEMA saas GRANT SELECT ON TABLES TO analyst;

SET ROLE saas_owner;
SET search_path = saas, public;

-- What all tenants read alike.
CREATE TABLE reference.currency (code char(3) PRIMARY KEY, digits smallint NOT NULL);
CREATE TABLE reference.country (code char(2) PRIMARY KEY, name text NOT NULL, currency char(3) REFERENCES reference.currency);
CREATE TABLE reference.plan (plan_id smallint PRIMARY KEY, name text NOT NULL UNIQUE, monthly numeric(10, 2) NOT NULL);
CREATE TABLE reference.exchange_rate (currency char(3) REFERENCES reference.currency ON DELETE CASCADE, day date, rate numeric NOT NULL,
                                      PRIMARY KEY (currency, day));
CREATE MATERIALIZED VIEW reference.latest_rate AS
    SELECT DISTINCT ON (currency) currency, rate FROM reference.exchange_rate ORDER BY currency, day DESC;
CREATE VIEW reference.priced_country AS SELECT c.name, r.rate FROM reference.country c JOIN reference.latest_rate r USING (currency);
GRANT SELECT ON ALL TABLES IN SCHEMA reference TO saas_app, analyst;

-- What no application reads.
CREATE TABLE internal.audit (at timestamptz NOT NULL DEFAULT now(), tenant_id uuid, what text NOT NULL, old jsonb, new jsonb);
CREATE TABLE internal.job (job_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid, payload jsonb, run_at timestamptz);
CREATE TABLE internal.migration (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
GRANT SELECT ON internal.migration TO support;
CREATE VIEW internal.pending AS SELECT tenant_id, count(*) FROM internal.job WHERE run_at IS NULL GROUP BY 1;
GRANT SELECT ON internal.pending TO support;

CREATE TYPE member_role AS ENUM ('owner', 'member', 'guest');
CREATE TYPE money_amount AS (amount numeric, currency char(3));
CREATE TYPE price_range AS RANGE (subtype = numeric);
CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF now() < OLD.updated_at THEN RAISE EXCEPTION 'please update reference.country first'; END IF;
    NEW.updated_at := now();
    RETURN NEW;
END $$;
-- Into a protected table, of the same tenant.
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO saas.change_log (tenant_id, relation, changed_by) VALUES (NEW.tenant_id, TG_TABLE_NAME, tenancy.current_user_id());
    RETURN NULL;
END $$;
-- Into one that no application reads; it may look there as its owner.
CREATE FUNCTION internal.audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, internal, pg_temp AS $$
BEGIN
    INSERT INTO audit (tenant_id, what, old) VALUES (OLD.tenant_id, TG_OP || ' of ' || TG_TABLE_NAME, to_jsonb(OLD));
    RETURN NULL;
END $$;
CREATE FUNCTION price(positive) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN round($1, 2);
CREATE PROCEDURE archive(text) LANGUAGE plpgsql AS $$ BEGIN UPDATE saas.project SET archived = true WHERE name = $1; END $$;
CREATE AGGREGATE last_text(text) (SFUNC = textcat, STYPE = text);

-- Organisations are the tenants; this is what the service itself keeps of them.
CREATE TABLE organisation (
    tenant_id  uuid PRIMARY KEY,
    name       text NOT NULL,
    plan_id    smallint NOT NULL REFERENCES reference.plan,
    country    char(2) REFERENCES reference.country,
    settings   jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE account (
    tenant_id  uuid NOT NULL REFERENCES organisation,
    account_id uuid NOT NULL DEFAULT gen_random_uuid(),
    email      email NOT NULL,
    role       member_role NOT NULL DEFAULT 'member',
    full_name  text,
    initials   text GENERATED ALWAYS AS (left(full_name, 1)) STORED,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id)
);
CREATE UNIQUE INDEX account_email ON account (tenant_id, lower(email));
CREATE UNIQUE INDEX account_one_owner ON account (tenant_id) WHERE role = 'owner';
CREATE TABLE session (tenant_id uuid, session_id uuid DEFAULT gen_random_uuid(), account_id uuid NOT NULL, started_at timestamptz DEFAULT now(),
                      PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, account_id) REFERENCES account ON DELETE CASCADE);
CREATE UNLOGGED TABLE presence (tenant_id uuid, account_id uuid, seen_at timestamptz, PRIMARY KEY (tenant_id, account_id));
CREATE TABLE team (tenant_id uuid REFERENCES organisation, team_id bigint GENERATED BY DEFAULT AS IDENTITY, name text NOT NULL,
                   parent_id bigint, PRIMARY KEY (tenant_id, team_id), UNIQUE (tenant_id, name),
                   FOREIGN KEY (tenant_id, parent_id) REFERENCES team ON DELETE SET NULL (parent_id));
CREATE TABLE team_member (tenant_id uuid, team_id bigint, account_id uuid, PRIMARY KEY (tenant_id, team_id, account_id),
                          FOREIGN KEY (tenant_id, team_id) REFERENCES team ON DELETE CASCADE,
                          FOREIGN KEY (tenant_id, account_id) REFERENCES account ON DELETE CASCADE);
CREATE TABLE invitation (tenant_id uuid REFERENCES organisation, token text DEFAULT gen_random_uuid()::text, email email NOT NULL,
                         expires_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, token));
CREATE TABLE project (tenant_id uuid REFERENCES organisation, project_id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL,
                      archived boolean NOT NULL DEFAULT false, lead uuid, updated_at timestamptz NOT NULL DEFAULT now(),
                      PRIMARY KEY (tenant_id, project_id), UNIQUE (tenant_id, name) DEFERRABLE,
                      FOREIGN KEY (tenant_id, lead) REFERENCES account DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE label (tenant_id uuid, label_id serial, name text NOT NULL, PRIMARY KEY (tenant_id, label_id));
CREATE TABLE task (tenant_id uuid, task_id bigserial, project_id bigint NOT NULL, title text NOT NULL, due daterange,
                   estimate interval, tags text[], PRIMARY KEY (tenant_id, task_id),
                   FOREIGN KEY (tenant_id, project_id) REFERENCES project ON UPDATE CASCADE ON DELETE CASCADE);
CREATE INDEX task_tags ON task USING gin (tags);
CREATE INDEX task_title ON task (tenant_id, title) INCLUDE (due);
CREATE TABLE task_label (tenant_id uuid, task_id bigint, label_id integer, PRIMARY KEY (tenant_id, task_id, label_id),
                         FOREIGN KEY (tenant_id, task_id) REFERENCES task, FOREIGN KEY (tenant_id, label_id) REFERENCES label);
CREATE TABLE task_link (tenant_id uuid, task_id bigint, next_id bigint, PRIMARY KEY (tenant_id, task_id, next_id),
                        FOREIGN KEY (tenant_id, task_id) REFERENCES task, FOREIGN KEY (tenant_id, next_id) REFERENCES task);
CREATE TABLE comment (tenant_id uuid, comment_id uuid DEFAULT gen_random_uuid(), task_id bigint NOT NULL, account_id uuid, body text,
                      PRIMARY KEY (tenant_id, comment_id), FOREIGN KEY (tenant_id, task_id) REFERENCES task ON DELETE CASCADE,
                      FOREIGN KEY (tenant_id, account_id) REFERENCES account ON DELETE SET NULL (account_id));
CREATE TABLE document (
    tenant_id   uuid NOT NULL,
    document_id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id  bigint,
    title       text NOT NULL,
    body        text,
    search      tsvector,
    metadata    jsonb NOT NULL DEFAULT '{}',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, document_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project ON DELETE CASCADE
);
CREATE INDEX document_search ON document USING gin (search);
CREATE INDEX document_metadata ON document USING gin (metadata jsonb_path_ops);
CREATE INDEX document_updated ON document USING brin (updated_at);
CREATE TABLE document_version (tenant_id uuid, document_id uuid, version integer, body text, PRIMARY KEY (tenant_id, document_id, version),
                               FOREIGN KEY (tenant_id, document_id) REFERENCES document ON DELETE CASCADE);
CREATE TABLE attachment (tenant_id uuid, attachment_id uuid, document_id uuid NOT NULL, name text, bytes bytea,
                         PRIMARY KEY (tenant_id, attachment_id), FOREIGN KEY (tenant_id, document_id) REFERENCES document);
CREATE TABLE chunk (tenant_id uuid, chunk_id bigint GENERATED ALWAYS AS IDENTITY, document_id uuid NOT NULL, position integer,
                    body text, embedding vector(8), PRIMARY KEY (tenant_id, chunk_id), UNIQUE (tenant_id, document_id, position),
                    FOREIGN KEY (tenant_id, document_id) REFERENCES document ON DELETE CASCADE);
CREATE INDEX chunk_embedding ON chunk USING tenant_vector (tenant_id, embedding vector_cosine_ops);
CREATE TABLE conversation (tenant_id uuid, conversation_id uuid DEFAULT gen_random_uuid(), subject text,
                           PRIMARY KEY (tenant_id, conversation_id));
CREATE TABLE participant (tenant_id uuid, conversation_id uuid, account_id uuid, PRIMARY KEY (tenant_id, conversation_id, account_id),
                          FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation ON DELETE CASCADE,
                          FOREIGN KEY (tenant_id, account_id) REFERENCES account);
CREATE TABLE message (tenant_id uuid NOT NULL, conversation_id uuid NOT NULL, message_id bigint GENERATED ALWAYS AS IDENTITY,
                      sent_at timestamptz NOT NULL DEFAULT now(), body text, PRIMARY KEY (tenant_id, message_id, sent_at))
    PARTITION BY RANGE (sent_at);
CREATE TABLE message_2025 PARTITION OF message FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE message_2026 PARTITION OF message FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX ON message (tenant_id, conversation_id);
CREATE TABLE event (tenant_id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, properties jsonb, PRIMARY KEY (tenant_id, at, kind))
    PARTITION BY RANGE (at);
CREATE TABLE event_old PARTITION OF event FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE event_now PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (tenant_id);
CREATE TABLE event_now_0 PARTITION OF event_now FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_now_1 PARTITION OF event_now FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE TABLE metric (tenant_id uuid NOT NULL, name text, at timestamptz, value double precision) PARTITION BY LIST (name);
CREATE TABLE metric_cpu PARTITION OF metric FOR VALUES IN ('cpu');
CREATE TABLE metric_rest PARTITION OF metric DEFAULT;
CREATE TABLE asset (tenant_id uuid NOT NULL, asset_id bigint, name text, PRIMARY KEY (tenant_id, asset_id));
CREATE TABLE vehicle (wheels smallint, PRIMARY KEY (tenant_id, asset_id)) INHERITS (asset);
CREATE TABLE customer (tenant_id uuid, customer_id bigint, name text, address jsonb, PRIMARY KEY (tenant_id, customer_id));
CREATE TABLE product (tenant_id uuid, sku text, name text, price positive, PRIMARY KEY (tenant_id, sku));
CREATE TABLE invoice (tenant_id uuid, invoice_no text, customer_id bigint NOT NULL, issued date NOT NULL DEFAULT current_date,
                      currency char(3) NOT NULL REFERENCES reference.currency, total money_amount, PRIMARY KEY (tenant_id, invoice_no),
                      FOREIGN KEY (tenant_id, customer_id) REFERENCES customer);
CREATE TABLE invoice_line (tenant_id uuid, invoice_no text, line smallint, sku text NOT NULL, quantity positive NOT NULL, price numeric NOT NULL,
                           amount numeric GENERATED ALWAYS AS (quantity * price) STORED, PRIMARY KEY (tenant_id, invoice_no, line),
                           FOREIGN KEY (tenant_id, invoice_no) REFERENCES invoice ON UPDATE CASCADE ON DELETE CASCADE,
                           FOREIGN KEY (tenant_id, sku) REFERENCES product);
CREATE TABLE payment (tenant_id uuid, payment_id uuid, invoice_no text, amount numeric CHECK (amount > 0), PRIMARY KEY (tenant_id, payment_id),
                      FOREIGN KEY (tenant_id, invoice_no) REFERENCES invoice);
CREATE TABLE subscription (tenant_id uuid REFERENCES organisation, plan_id smallint REFERENCES reference.plan, during daterange NOT NULL,
                           PRIMARY KEY (tenant_id, during));
CREATE TABLE booking (tenant_id uuid NOT NULL, room text NOT NULL, day date NOT NULL, EXCLUDE USING btree (tenant_id WITH =, room WITH =, day WITH =));
CREATE TABLE webhook (tenant_id uuid, url text, secret text, PRIMARY KEY (tenant_id, url));
CREATE TABLE delivery (tenant_id uuid, url text, at timestamptz, status smallint, PRIMARY KEY (tenant_id, url, at),
                       FOREIGN KEY (tenant_id, url) REFERENCES webhook ON DELETE CASCADE);
CREATE TABLE feature_flag (tenant_id uuid NOT NULL, name text NOT NULL, on_for jsonb, PRIMARY KEY (tenant_id, name));
CREATE TABLE template (tenant_id uuid NOT NULL, name text NOT NULL, body text, PRIMARY KEY (tenant_id, name));
CREATE TABLE change_log (tenant_id uuid NOT NULL, change_id bigint GENERATED ALWAYS AS IDENTITY, relation name, changed_by text,
                         at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, change_id));
-- Tenants by slug, by number, and under another name.
CREATE TABLE legacy_contact (account text NOT NULL, contact_no integer, name text, PRIMARY KEY (account, contact_no));
CREATE TABLE legacy_call (account text NOT NULL, call_no integer, contact_no integer, PRIMARY KEY (account, call_no),
                          FOREIGN KEY (account, contact_no) REFERENCES legacy_contact);
CREATE TABLE counter (org bigint NOT NULL, name text NOT NULL, value bigint NOT NULL, PRIMARY KEY (org, name));

CREATE TRIGGER touch BEFORE UPDATE ON organisation FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON account FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role) EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON document FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER record_change AFTER INSERT OR UPDATE ON document FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE TRIGGER record_change AFTER INSERT OR UPDATE ON message FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE CONSTRAINT TRIGGER record_change AFTER INSERT ON invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE TRIGGER audit AFTER DELETE ON account FOR EACH ROW EXECUTE FUNCTION internal.audit();
CREATE TRIGGER search BEFORE INSERT OR UPDATE ON document FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger(search, 'pg_catalog.simple', title, body);
CREATE FUNCTION document_count() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT count(*) FROM saas.document';
CREATE STATISTICS task_of_project ON project_id, title FROM task;

CREATE VIEW open_task WITH (security_invoker = true) AS
    SELECT t.*, p.name AS project FROM task t JOIN project p USING (tenant_id, project_id) WHERE NOT p.archived;
CREATE VIEW busy_project WITH (security_invoker = yes, security_barrier) AS SELECT tenant_id, project, count(*) FROM open_task GROUP BY 1, 2;
CREATE VIEW unpaid WITH (security_invoker) AS
    SELECT i.* FROM invoice i LEFT JOIN payment p USING (tenant_id, invoice_no) WHERE p.payment_id IS NULL;
CREATE VIEW price_list AS SELECT plan_id, name, monthly FROM reference.plan;
RESET search_path;
RESET ROLE;

-- With scopes, for departments; the owner has no rights on pg_tenancy, so the type is a superuser's to use.
CREATE TABLE saas.memory (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, memory_id uuid DEFAULT gen_random_uuid(), body text,
                          embedding vector(8), PRIMARY KEY (tenant_id, memory_id), UNIQUE (tenant_id, scope, memory_id));
CREATE INDEX memory_embedding ON saas.memory USING tenant_vector (tenant_id, embedding vector_l2_ops);
CREATE TABLE saas.memory_link (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, memory_id uuid, target text,
                               PRIMARY KEY (tenant_id, scope, memory_id, target),
                               FOREIGN KEY (tenant_id, scope, memory_id) REFERENCES saas.memory (tenant_id, scope, memory_id)
                                   ON DELETE CASCADE);
ALTER TABLE saas.memory OWNER TO saas_owner;
ALTER TABLE saas.memory_link OWNER TO saas_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON saas.memory, saas.memory_link TO saas_app;

-- The application shows its tenant's name.
CREATE VIEW saas.own_tenant WITH (security_barrier) AS SELECT slug, display_name FROM tenancy.tenant WHERE tenant_id = tenancy.current_tenant();
GRANT SELECT ON saas.own_tenant TO saas_app;
