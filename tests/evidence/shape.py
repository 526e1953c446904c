"""A schema of real shape, in which nothing is wrong: nothing is found, and it does not take long."""

import pathlib
import time

from catalogue import findings
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
    finally:
        server.close()
