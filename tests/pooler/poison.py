"""What a hostile or careless client does to a server connection before the next client gets it."""

import asyncio
import dataclasses
import pathlib
import sys

import psycopg

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tokens import token  # noqa: E402

READ = "SELECT body FROM public.note"
BAD_TENANT = "planted"

DENIED = "42501"
# The read of a session without tenant: an error, or no row where tenancy.unbound = 'empty' was left behind.
NOTHING = "nothing"


@dataclasses.dataclass
class Unbound:
    """What a client sees that binds nothing."""

    rows: int = 0
    sqlstate: str | None = None

    @classmethod
    async def read(cls, connection):
        try:
            return cls(rows=len(await (await connection.execute(READ)).fetchall()))
        except psycopg.Error as error:
            return cls(sqlstate=error.sqlstate)


@dataclasses.dataclass
class Case:
    """Statements with the SQLSTATE each must end with; None is success. In them, {key} and {token} are credentials of
    a tenant, {other} is one of another tenant."""

    name: str
    steps: list
    breaks_connection: bool = False
    # The next client may see no rows where it expected an error.
    empties: bool = False
    # SQLSTATEs that the next client may meet: a nuisance to it, but no leak.
    denies_service: tuple = ()

    async def run(self, connection, tenant, key):
        """Gives what went otherwise than expected."""
        credentials = {"key": key, "token": token(tenant), "other": token("tenant-12" if tenant != "tenant-12" else "tenant-11")}
        wrong = []
        for sql, expected in self.steps:
            if sql == "HANG UP":
                connection.pgconn.finish()
                continue
            try:
                if sql.startswith("PROTOCOL PREPARE "):
                    await protocol_prepare(connection.pgconn, sql.removeprefix("PROTOCOL PREPARE "))
                    outcome, rows = None, []
                else:
                    # As text and not as parameters, so that several statements and utility commands work too.
                    cursor = await connection.execute(sql.format(**credentials))
                    outcome, rows = None, await cursor.fetchall() if cursor.description else []
            except psycopg.Error as error:
                outcome, rows = error.sqlstate, []
            fine = (outcome == DENIED or not outcome and not rows) if expected == NOTHING else outcome == expected
            if not fine:
                wrong.append(f"{sql!r} gave {outcome or f'{len(rows)} rows'}, not {expected or 'success'}")
        return wrong


async def protocol_prepare(pgconn, name):
    """A named statement of the extended protocol; a second one of that name fails. Never blocks, as the other clients
    of this process must go on."""
    pgconn.send_prepare(name.encode(), READ.encode())
    pgconn.flush()
    while True:
        pgconn.consume_input()
        if pgconn.is_busy():
            await asyncio.sleep(0.001)
        elif pgconn.get_result() is None:
            return


BIND = "SELECT tenancy.bind('{key}')"


def refused(name, *statements, sqlstate=DENIED, bound=False):
    """Each of the statements is refused, by itself or after binding."""
    steps = []
    for statement in statements:
        if bound:
            steps += [("BEGIN", None), (BIND, None), (statement, sqlstate), ("ROLLBACK", None)]
        else:
            steps.append((statement, sqlstate))
    return Case(name, steps)


def allowed(name, *statements, **options):
    return Case(name, [(statement, None) for statement in statements], **options)


CASES = [
    # The identity itself
    allowed("a token set for the session", "SET tenancy.session = '{token}'"),
    allowed("a token set for the session by set_config", "SELECT set_config('tenancy.session', '{token}', false)"),
    allowed("a token set for the session in a transaction", "BEGIN", "SET tenancy.session = '{token}'", READ, "COMMIT"),
    Case("a bound transaction, committed", [("BEGIN", None), (BIND, None), (READ, None), ("COMMIT", None), (READ, NOTHING)]),
    Case("a bound transaction, rolled back", [("BEGIN", None), (BIND, None), (READ, None), ("ROLLBACK", None), (READ, NOTHING)]),
    Case("COMMIT AND CHAIN", [("BEGIN", None), (BIND, None), ("COMMIT AND CHAIN", None), (READ, NOTHING), ("ROLLBACK", None)]),
    Case("ROLLBACK AND CHAIN", [("BEGIN", None), (BIND, None), ("ROLLBACK AND CHAIN", None), (READ, NOTHING), ("ROLLBACK", None)]),
    Case("a read behind the COMMIT in one message", [(f"BEGIN; {BIND}; COMMIT; {READ}", NOTHING)]),
    Case("a COMMIT in a DO block", [
        ("DO $$ BEGIN PERFORM tenancy.bind('{key}'); COMMIT;"
         " IF EXISTS (SELECT FROM public.note) THEN RAISE 'leak'; END IF; END $$", NOTHING)]),
    Case("a savepoint rolled back to", [
        ("BEGIN", None), ("SAVEPOINT s", None), (BIND, None), ("ROLLBACK TO s", None), ("SAVEPOINT s", None),
        (READ, NOTHING), ("ROLLBACK TO s", None), ("SET LOCAL tenancy.session = '{other}'", DENIED), ("ROLLBACK", None)]),
    Case("a failed transaction", [
        ("BEGIN", None), (BIND, None), ("SELECT 1 / 0", "22012"), (READ, "25P02"), ("COMMIT", None), (READ, NOTHING)]),
    Case("a failed bind", [("BEGIN", None), ("SELECT tenancy.bind('tk_wrong')", "28000"), (READ, "25P02"), ("ROLLBACK", None)]),
    Case("two tenants in one transaction", [
        ("BEGIN", None), (BIND, None), ("SELECT tenancy.bind('{other}')", DENIED), ("ROLLBACK", None)]),
    Case("another tenant's row", [
        ("BEGIN", None), (BIND, None),
        ("INSERT INTO public.note (tenant_id, body) VALUES (gen_random_uuid(), 'planted')", DENIED), ("ROLLBACK", None)]),
    Case("a client that hangs up in its transaction",
         [("BEGIN", None), (BIND, None), ("INSERT INTO public.note (body) VALUES ('planted')", None), ("HANG UP", None)],
         breaks_connection=True),
    refused("a forged setting", "SET tenancy.session = 'tenant-1'", "SET tenancy.session = '{key}'",
            "SET tenancy.session = 'seal_AAAA'", sqlstate="28000"),
    refused("settings of the superuser", "SET session_replication_role = replica", "SET tenancy.binding = 'session'", "SET tenancy.guard = 'off'",
            "ALTER ROLE pool_app SET tenancy.session = '{token}'"),

    # What outlives a transaction
    refused("a temporary table", "CREATE TEMP TABLE note (tenant_id uuid, body text)",
            "CREATE TABLE pg_temp.note (body text)", "SELECT 1 AS body INTO TEMP note", "CREATE TEMP VIEW note AS SELECT 1"),
    refused("a temporary table, bound", "CREATE TEMP TABLE note AS SELECT * FROM public.note", bound=True),
    Case("a temporary table by search_path", [
        ("BEGIN", None), ("SET LOCAL search_path = pg_temp", None), ("CREATE TABLE note (body text)", DENIED),
        ("ROLLBACK", None)]),
    refused("a cursor WITH HOLD", f"DECLARE c CURSOR WITH HOLD FOR {READ}", bound=True),
    Case("a cursor without HOLD", [
        ("BEGIN", None), (BIND, None), (f"DECLARE c CURSOR FOR {READ}", None), ("FETCH 1 FROM c", None), ("COMMIT", None),
        ("FETCH 1 FROM c", "34000")]),
    refused("a prepared statement of SQL", f'PREPARE "PGBOUNCER_1" AS {READ}', f'PREPARE "_pg3_0" AS {READ}',
            f"PREPARE s AS {READ}", bound=True),
    allowed("a prepared statement of the protocol", "PROTOCOL PREPARE PGBOUNCER_1", "PROTOCOL PREPARE _pg3_0"),
    refused("LISTEN", "LISTEN channel"),
    refused("LISTEN, bound", "LISTEN channel", bound=True),
    refused("session advisory locks", "SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock(1)",
            "SELECT pg_advisory_lock_shared(1, 2)"),
    Case("an advisory lock of the transaction", [
        ("BEGIN", None), ("SELECT pg_advisory_xact_lock(hashtext('{key}'))", None), ("COMMIT", None)]),
    refused("a prepared transaction", "PREPARE TRANSACTION 'poison'", bound=True),
    refused("a large object", "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')"),

    # Roles, names and settings
    refused("SET ROLE to more", "SET ROLE postgres", "SET ROLE pool_owner", "SET ROLE tenancy_admin",
            "SET SESSION AUTHORIZATION postgres"),
    allowed("SET ROLE to the group", "SET ROLE tenancy_app"),
    refused("the table's protection", "ALTER TABLE public.note DISABLE ROW LEVEL SECURITY",
            "CREATE POLICY all_of_it ON public.note USING (true)", "DROP POLICY tenancy_select ON public.note",
            "TRUNCATE public.note"),
    refused("objects of its own in a schema it may create in", "CREATE TABLE decoy.own (body text)",
            "CREATE VIEW decoy.own AS SELECT 1", "CREATE FUNCTION decoy.own() RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
    allowed("a search_path", "SET search_path = decoy, public"),
    allowed("a search_path with another =", "SET search_path = decoy, pg_catalog, public"),
    allowed("tenancy.unbound", "SET tenancy.unbound = 'empty'", empties=True),
    allowed("row_security off", "SET row_security = off", denies_service=("42501",)),
    allowed("a read-only session", "SET default_transaction_read_only = on", denies_service=("25006",)),
]
