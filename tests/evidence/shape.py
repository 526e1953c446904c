"""A schema of real shape, in which nothing is wrong: nothing is found, and it does not take long."""

import pathlib
import time

from catalogue import findings, prove
from server import Server

HERE = pathlib.Path(__file__).resolve().parent

# Other extensions that such databases have, as far as the server has them.
EXTENSIONS = ["btree_gin", "btree_gist", "citext", "hstore", "ltree", "pg_stat_statements", "pg_trgm", "pgcrypto", "unaccent",
              "uuid-ossp"]
WITH_GIST = """
CREATE TABLE saas.shift (tenant_id uuid NOT NULL, who text NOT NULL, at tstzrange NOT NULL,
                         EXCLUDE USING gist (tenant_id WITH =, who WITH =, at WITH &&));
ALTER TABLE saas.shift OWNER TO saas_owner;
"""

# In the order in which foreign keys let them be protected: those that refer to others first.
SCOPED = ["memory_link", "memory"]
OTHERS = {"legacy_call": "account", "legacy_contact": "account", "counter": "org"}
SHARED = ["feature_flag", "template"]

AFTERWARDS = """
SELECT tenancy.create_tenant('org-' || n) FROM generate_series(1, 3) n;
SELECT tenancy.create_key('org-1', 'web');
SELECT tenancy.create_key('shared', 'templates');
SELECT tenancy.grant_read('org-1', 'org-2', 'saas.template');
SELECT tenancy.manage_schema('"New Parts"');
SET ROLE saas_owner;
CREATE TABLE "New Parts"."Odd ""Name"" Indeed" (tenant_id uuid NOT NULL, "Key" text, PRIMARY KEY (tenant_id, "Key"));
GRANT SELECT, INSERT ON "New Parts"."Odd ""Name"" Indeed" TO saas_app;
RESET ROLE;
SET session_replication_role = replica;
INSERT INTO reference.currency VALUES ('EUR', 2);
INSERT INTO reference.country VALUES ('AT', 'Austria', 'EUR');
INSERT INTO reference.plan VALUES (1, 'small', 10);
INSERT INTO saas.organisation (tenant_id, name, plan_id) SELECT tenant_id, slug, 1 FROM tenancy.tenant WHERE tenant_number > 0;
INSERT INTO saas.account (tenant_id, email, full_name)
    SELECT tenant_id, n || '@' || name, 'Somebody ' || n FROM saas.organisation, generate_series(1, 3) n;
INSERT INTO saas.team (tenant_id, name) SELECT tenant_id, 'all' FROM saas.organisation;
INSERT INTO saas.team_member SELECT tenant_id, team_id, account_id FROM saas.team JOIN saas.account USING (tenant_id);
INSERT INTO saas.project (tenant_id, name) SELECT tenant_id, 'of ' || name FROM saas.organisation;
INSERT INTO saas.label (tenant_id, name) SELECT tenant_id, 'urgent' FROM saas.organisation;
INSERT INTO saas.task (tenant_id, project_id, title, due, tags)
    SELECT tenant_id, project_id, 'to do', '[2026-01-01,2026-02-01)', '{a,b}' FROM saas.project;
INSERT INTO saas.task_label SELECT tenant_id, task_id, label_id FROM saas.task JOIN saas.label USING (tenant_id);
INSERT INTO saas.document (tenant_id, project_id, title, body, metadata)
    SELECT tenant_id, project_id, name || n, 'what is ' || n, jsonb_build_object('n', n) FROM saas.project, generate_series(1, 3) n;
INSERT INTO saas.chunk (tenant_id, document_id, position, body, embedding)
    SELECT tenant_id, document_id, n, 'part ' || n, (SELECT array_agg(random())::vector(8) FROM generate_series(1, 8) i WHERE n > 0)
    FROM saas.document, generate_series(1, 5) n;
INSERT INTO saas.conversation (tenant_id, subject) SELECT tenant_id, name FROM saas.organisation;
INSERT INTO saas.message (tenant_id, conversation_id, sent_at, body)
    SELECT tenant_id, conversation_id, d, 'hello' FROM saas.conversation, unnest('{2025-05-05,2026-05-05}'::timestamptz[]) d;
INSERT INTO saas.event SELECT tenant_id, d, 'login', '{}' FROM saas.organisation, unnest('{2025-05-05,2026-05-05,2027-05-05}'::timestamptz[]) d;
INSERT INTO saas.metric SELECT tenant_id, n, now(), 1 FROM saas.organisation, unnest('{cpu,memory}'::text[]) n;
INSERT INTO saas.vehicle SELECT tenant_id, 1, 'a car', 4 FROM saas.organisation;
INSERT INTO saas.customer SELECT tenant_id, 1, 'a customer' FROM saas.organisation;
INSERT INTO saas.product SELECT tenant_id, 'P1', 'a product', 3.5 FROM saas.organisation;
INSERT INTO saas.invoice (tenant_id, invoice_no, customer_id, currency, total) SELECT tenant_id, '1', 1, 'EUR', (7, 'EUR')::saas.money_amount FROM saas.customer;
INSERT INTO saas.invoice_line (tenant_id, invoice_no, line, sku, quantity, price) SELECT tenant_id, '1', 1, 'P1', 2, 3.5 FROM saas.invoice;
INSERT INTO saas.subscription SELECT tenant_id, 1, '[2026-01-01,)' FROM saas.organisation;
INSERT INTO saas.booking SELECT tenant_id, 'hall', '2026-01-01' FROM saas.organisation;
INSERT INTO saas.template SELECT tenant_id, 'letter', 'Dear ' || slug FROM tenancy.tenant;
INSERT INTO saas.memory (tenant_id, scope, body) SELECT tenant_id, '{"team": "all"}', 'remembered' FROM saas.organisation;
INSERT INTO saas.legacy_contact SELECT slug, 1, 'a contact' FROM tenancy.tenant WHERE tenant_number > 0;
INSERT INTO saas.legacy_call SELECT account, 1, 1 FROM saas.legacy_contact;
INSERT INTO saas.counter SELECT tenant_number, 'visits', 7 FROM tenancy.tenant WHERE tenant_number > 0;
RESET session_replication_role;
CREATE PUBLICATION reference FOR TABLE reference.country, reference.currency, reference.plan;
CREATE PUBLICATION jobs FOR TABLE internal.job;
"""


def referring_first(connection):
    """Tables with a tenant_id that are roots, each before those that it refers to."""
    keys = connection.execute("""
        SELECT c.relname, array_agg(DISTINCT f.relname::text) FILTER (WHERE f.oid <> c.oid)
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
        LEFT JOIN pg_class f ON f.oid = k.confrelid
        WHERE c.relnamespace = 'saas'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
        GROUP BY c.oid""").fetchall()
    left = {name: set(others or ()) for name, others in keys}
    while left:
        free = sorted(name for name in left if not any(name in others for others in left.values()))
        yield from free
        for name in free:
            del left[name]


def make(connection):
    connection.execute("SET client_min_messages = error")
    available = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions")}
    for extension in EXTENSIONS:
        if extension in available:
            connection.execute(f'CREATE EXTENSION "{extension}"')
    connection.execute((HERE / "shape.sql").read_text())
    if "btree_gist" in available:
        connection.execute(WITH_GIST)
    connection.execute("SET ROLE saas_deploy")
    for table in referring_first(connection):
        more = ", scope_column => 'scope'" if table in SCOPED else ", shared => true" if table in SHARED else ""
        connection.execute(f"SELECT tenancy.protect('saas.{table}'{more})")
    for table, column in OTHERS.items():
        connection.execute(f"SELECT tenancy.protect('saas.{table}', '{column}')")
    connection.execute(AFTERWARDS.replace("SET ROLE saas_owner", "RESET ROLE; SET ROLE saas_owner"))
    connection.execute("SELECT pg_create_logical_replication_slot('reference', 'pgoutput')")


def run(tap):
    server = Server.make("shape", wal_level="logical", fsync="off")
    try:
        with server.connect() as connection:
            make(connection)
            (tables,) = connection.execute("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p')"
                                           " AND relowner = 'saas_owner'::regrole").fetchone()
            (protected,) = connection.execute("SELECT count(*) FROM tenancy.protected_table").fetchone()
            tap.check(tables >= 55 and protected >= 40, f"it has {tables} tables, {protected} of them protected")
            found = findings(connection)
            tap.check(not found, "nothing is found in a schema of real shape", *found)
            begin = time.monotonic()
            findings(connection)
            seconds = time.monotonic() - begin
            tap.check(seconds < 5, f"that took {seconds:.2f} s")
            proved = prove(connection)
            tap.check(proved == ("pass", []), "the proof passes", proved)
    finally:
        server.close()
