"""Servers with tenants whose decisions are traced, and what must hold of their logs."""

import pathlib

import psycopg
from merkle import leaf, proves_consistency, read_checkpoint, root
from server import HOME, Server, private

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
KEY_FILE = HOME / "seal.key"

ROLES = """
CREATE ROLE trace_app LOGIN IN ROLE tenancy_app;
CREATE ROLE trace_admin LOGIN IN ROLE tenancy_admin, tenancy_auditor;
"""

# A trace is noted in the transaction that writes it, so the note is there if and only if the trace must be.
TABLES = """
CREATE TABLE noted (trace_id uuid PRIMARY KEY, writer text);
CREATE TABLE tenant_key (tenant text PRIMARY KEY, secret text);
GRANT SELECT, INSERT ON noted TO PUBLIC;
GRANT SELECT ON tenant_key TO PUBLIC;
"""

TRACE = """INSERT INTO noted SELECT tenancy.trace('tool_call', tool => 'grep', input_tokens => n, cost_usd => 0.0010,
    query => 'what is ' || n, sources => '[1.50, "a"]', detail => jsonb_build_object('n', n)), %s
    FROM generate_series(1, %s) n"""

# The leaves of all logs in their order.
LOGGED = """SELECT l.tenant_id, l.tile * 256 + n AS position,
    encode(substr(l.traces, n * 16 + 1, 16), 'hex')::uuid AS trace_id,
    substr(l.leaves, n * 32 + 1, 32) AS leaf
    FROM tenancy.trace_log l, generate_series(0, length(l.traces) / 16 - 1) n"""


def make(name, tenants, **more):
    """A server with that many tenants."""
    server = Server.make(name, **settings(**more))
    with server.connect() as connection:
        connection.execute(ROLES + TABLES)
        add_tenants(connection, tenants)
    return server


def settings(**more):
    """Those of a server that seals; the file with the key is made for it."""
    if not KEY_FILE.exists():
        private(KEY_FILE, (FIXTURES / "seal.key").read_text())
    return {"tenancy.seal_key_file": KEY_FILE, "max_prepared_transactions": 50, "max_connections": 60} | more


def add_tenants(connection, count):
    connection.execute("SELECT tenancy.create_tenant('t' || n) FROM generate_series(1, %s) n", [count])
    connection.execute("INSERT INTO tenant_key SELECT 't' || n, (tenancy.create_key('t' || n, 'key',"
                       " '{read,write,trace:read}')).secret FROM generate_series(1, %s) n", [count])


def bind(connection, tenant):
    connection.execute("SELECT tenancy.bind((SELECT secret FROM tenant_key WHERE tenant = %s))", [tenant])


def trace(server, tenant, count, writer="test"):
    """Traces of a tenant, committed."""
    with connect_as(server, "trace_app") as connection, connection.transaction():
        bind(connection, tenant)
        connection.execute(TRACE, [writer, count])


def erase(connection):
    """Erases a payload, which is a trace too; one transaction at a time, as none may wait for another's row."""
    if not ask(connection, "SELECT WHERE pg_try_advisory_xact_lock(1)"):
        return
    for (trace_id,) in ask(connection, """SELECT trace_id FROM tenancy.decision_trace
            WHERE payload_salt IS NOT NULL AND kind <> 'redaction' ORDER BY random() LIMIT 1"""):
        connection.execute("SELECT tenancy.redact_trace(%s::uuid)", [trace_id])
        connection.execute("INSERT INTO noted SELECT redaction_id, 'erased' FROM tenancy.decision_trace"
                           " WHERE trace_id = %s", [trace_id])


def seal(connection):
    return connection.execute("SELECT * FROM tenancy.seal()").fetchall()


def ask(connection, sql, *parameters):
    return connection.execute(sql, parameters or None).fetchall()


def verify(connection):
    """What verify_trace finds, of all tenants."""
    return [" ".join(map(str, row)) for row in ask(connection, """
        SELECT t.slug, v.trace_id, v.problem FROM tenancy.tenant t, LATERAL tenancy.verify_trace(t.slug) v""")]


def wrong_rows(connection, all_noted=True):
    """Traces that are in a log though not noted, or twice, or not in the tenant's rows; those that are in none."""
    wrong = [f"{trace} is {what}" for trace, what in ask(connection, f"""
        WITH logged AS MATERIALIZED ({LOGGED})
        SELECT trace_id, 'in the log ' || count(*) || ' times' FROM logged GROUP BY 1 HAVING count(*) > 1
        UNION ALL SELECT trace_id, 'in the log, and was not committed'
        FROM (SELECT trace_id FROM logged EXCEPT SELECT trace_id FROM noted) l
        UNION ALL SELECT trace_id, 'in the log, and no row of the tenant is'
        FROM (SELECT trace_id, tenant_id FROM logged EXCEPT SELECT trace_id, tenant_id FROM tenancy.decision_trace) l
        UNION ALL SELECT trace_id, 'a row, and was not committed'
        FROM (SELECT trace_id FROM tenancy.decision_trace EXCEPT SELECT trace_id FROM noted) d
        UNION ALL SELECT trace_id, 'committed, and no row'
        FROM (SELECT trace_id FROM noted EXCEPT SELECT trace_id FROM tenancy.decision_trace) n""")]
    if all_noted:
        wrong += [f"{trace} was committed and is not in the log" for (trace,) in ask(connection, f"""
            SELECT trace_id FROM noted EXCEPT SELECT trace_id FROM ({LOGGED}) l""")]
    return wrong


def wrong_roots(connection):
    """Newest checkpoints that are not the roots of the tenants' leaves, by our own reckoning."""
    wrong = []
    for (tenant,) in ask(connection, "SELECT DISTINCT tenant_id::text FROM tenancy.trace_checkpoint"):
        leaves = [leaf for (leaf,) in ask(
            connection, f"SELECT leaf FROM ({LOGGED}) l WHERE tenant_id = %s ORDER BY position", tenant)]
        notes = ask(connection, "SELECT size, note FROM tenancy.trace_checkpoint WHERE tenant_id = %s"
                                " ORDER BY size DESC LIMIT 1", tenant)
        for size, note in notes:
            origin, said, signed = read_checkpoint(note)
            if (said, signed) != (size, root(leaves[:size])) or size != len(leaves) or not origin.endswith(tenant):
                wrong.append(f"{origin}: {len(leaves)} leaves, and the newest checkpoint is {note}")
    return wrong


def wrong_export(connection, tenant):
    """Lines whose records do not hash to the leaves at their positions."""
    leaves = ask(connection, f"SELECT position, leaf FROM ({LOGGED}) l JOIN tenancy.tenant t USING (tenant_id)"
                             " WHERE t.slug = %s", tenant)
    lines = [line for (line,) in ask(connection, "SELECT tenancy.export_trace(%s)", tenant)]
    made = {}
    for line in lines:
        # A quote inside of a string has a backslash before it.
        record, _, rest = line.partition(',"leaf":"')
        if ',"position":' in rest:
            made[int(rest.rpartition(":")[2].rstrip("}"))] = leaf(record.encode() + b"}")
    return [] if made == dict(leaves) else [f"{tenant}: the export has other records than the log"]


def is_whole(connection):
    """Seals what is left, and gives what is wrong then: each trace that was committed is in its log once."""
    seal(connection)
    return verify(connection) + wrong_rows(connection) + wrong_roots(connection)


class Witness:
    """Keeps the checkpoints it has seen, as somebody outside would, and has each new one proved."""

    def __init__(self):
        self.seen = {}
        self.newest = {}

    def look(self, connection):
        """What is wrong with the checkpoints that are new."""
        wrong = []
        for tenant, size, note in ask(connection, "SELECT tenant_id::text, size, note FROM tenancy.trace_checkpoint"
                                                  " ORDER BY tenant_id, size"):
            before = self.seen.setdefault((tenant, size), note)
            if before != note:
                wrong.append(f"there are two checkpoints of size {size} of {tenant}")
            if size <= self.newest.get(tenant, 0):
                if before is note:
                    wrong.append(f"a checkpoint of size {size} of {tenant} came after that of {self.newest[tenant]}")
                continue
            if tenant in self.newest:
                old = self.newest[tenant]
                [(proof,)] = ask(connection, "SELECT tenancy.consistency_proof(%s, %s, %s)", tenant, old, size)
                wrong += proves_consistency(proof, self.seen[tenant, old], note)
            self.newest[tenant] = size
        return wrong

    def missing(self, connection):
        """Checkpoints that were seen and are no more."""
        there = {(tenant, size): note for tenant, size, note in
                 ask(connection, "SELECT tenant_id::text, size, note FROM tenancy.trace_checkpoint")}
        return [f"the checkpoint of size {size} of {tenant} is gone or another"
                for (tenant, size), note in self.seen.items() if there.get((tenant, size)) != note]


def connect_as(server, role):
    return psycopg.connect(**server.parameters() | {"user": role}, autocommit=True)
