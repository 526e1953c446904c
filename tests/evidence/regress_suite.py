"""Suites that tenancy.regress_suite writes, run by pg_regress as their user's CI would: they pass, they leave nothing behind,
and without any one of the defences they fail."""

import os
import pathlib
import shutil
import subprocess

import psycopg
import shape
from server import BIN, HOME, PORT, Server

WORLD = pathlib.Path(__file__).with_suffix(".sql")
ODD = """odd "Schema'\n;é \\ """

# What takes a defence away, and the schema whose suite must notice.
TAKEN = [
    ("shop", "DROP POLICY tenancy_select ON shop.customer"),
    ("shop", "DROP POLICY tenancy_insert ON shop.customer"),
    ("shop", "DROP POLICY tenancy_update ON shop.customer"),
    ("shop", "DROP POLICY tenancy_delete ON shop.customer"),
    ("shop", "ALTER POLICY tenancy_select ON shop.by_slug USING (true)"),
    ("shop", "ALTER POLICY tenancy_insert ON shop.by_number WITH CHECK (true)"),
    ("shop", "ALTER POLICY tenancy_update ON shop.by_integer WITH CHECK (true)"),
    ("shop", "ALTER POLICY tenancy_update ON shop.document USING (true) WITH CHECK (true)"),
    ("shop", "ALTER TABLE shop.label DISABLE ROW LEVEL SECURITY"),
    ("shop", "ALTER TABLE shop.price DISABLE ROW LEVEL SECURITY"),
    ("shop", "DROP POLICY tenancy_select ON shop.event_2025_a"),
    ("shop", "DROP POLICY tenancy_insert ON shop.event_rest"),
    ("shop", "DROP POLICY tenancy_delete ON shop.event"),
    ("shop", "DROP POLICY tenancy_select ON shop.spread"),
    ("shop", "DROP POLICY tenancy_update ON shop.child"),
    ("shop", "DROP POLICY tenancy_select ON shop.glossary"),
    # Each of the two tests the tenant.
    ("shop", "DROP POLICY tenancy_select ON shop.template; DROP POLICY tenancy_select_scope ON shop.template"),
    ("shop", "DROP POLICY tenancy_delete ON shop.unreadable"),
    ("shop", "CREATE UNIQUE INDEX ON shop.audit (id)"),
    ("shop", "CREATE UNIQUE INDEX ON shop.customer (lower(email))"),
    ("shop", "GRANT DELETE ON shop.closed TO regress_suite_app"),
    ("shop", "GRANT SELECT ON shop.unreadable TO regress_suite_app"),
    (ODD, """DO $$ BEGIN EXECUTE (SELECT format('DROP POLICY tenancy_select ON %s', p.relation)
             FROM tenancy.protected_table p WHERE p.relation::text ~ 'odd'); END $$"""),
    ("demo", "DROP POLICY tenancy_select ON demo.packages"),
    ("demo", "DROP POLICY tenancy_insert ON demo.finding"),
    ("demo", "DROP POLICY tenancy_update ON demo.packages"),
    ("demo", "DROP POLICY tenancy_delete ON demo.finding"),
    ("demo", "ALTER TABLE demo.chunk DISABLE ROW LEVEL SECURITY"),
    ("demo", "ALTER ROLE regress_suite_app BYPASSRLS"),
]


def run(tap):
    server = Server.make("regress_suite", fsync="off")
    try:
        database(server, "world", "template1")
        load(server)
        suites = {}
        for schema in ("demo", "shop", ODD):
            suites[schema] = write(tap, server, schema)
            before = rows(server)
            passed, diff = regress(server, "world", suites[schema])
            tap.check(passed, f"the suite of {schema!r} passes", diff)
            passed, diff = regress(server, "world", f"{suites[schema]}_attacks")
            tap.check(passed and rows(server) == before, f"the suite of {schema!r} passes again, nothing left behind", diff)
        abandon(tap, server, suites["shop"])
        for schema, command in TAKEN:
            take(tap, server, f"{suites[schema]}_attacks", command)
        # What no attack of the application's shows, the proof does.
        take(tap, server, suites["demo"], "ALTER TABLE demo.packages NO FORCE ROW LEVEL SECURITY")
        refuse(tap, server)
    finally:
        server.close()
    of_real_shape(tap)


def of_real_shape(tap):
    server = Server.make("regress_shape", wal_level="logical", fsync="off")
    try:
        with server.connect() as connection:
            shape.make(connection)
            for schema in ("saas", "New Parts"):
                suite = connection.execute("SELECT * FROM tenancy.regress_suite(%s::regnamespace)", [f'"{schema}"']).fetchall()
                for file, content in suite:
                    (HOME / "suites" / file).write_text(content + "\n")
                passed, diff = regress(server, "postgres", pathlib.Path(suite[0][0]).stem)
                tap.check(passed, f"the suite of {schema!r}, of real shape, passes", diff)
    finally:
        server.close()


def parameters(server, name, user="postgres"):
    return server.parameters() | {"dbname": name, "user": user}


def database(server, name, template):
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def psql(server, *arguments, **options):
    return subprocess.run([BIN / "psql", "-XAtq", "-h", server.socket, "-p", str(PORT), "-v", "ON_ERROR_STOP=1", *arguments],
                          check=True, text=True, env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"}, **options)


def load(server):
    psql(server, "-U", "postgres", "-d", "world", "-c", "CREATE EXTENSION vector", "-c", "CREATE EXTENSION pg_tenancy",
         "-f", WORLD, stdout=subprocess.DEVNULL)


def write(tap, server, schema):
    """The suite's name; its files are where pg_regress looks for them, as the guide has them written."""
    with psycopg.connect(**parameters(server, "world", "regress_suite_auditor")) as connection:
        oid = connection.execute("SELECT oid FROM pg_namespace WHERE nspname = %s", [schema]).fetchone()[0]
        call = f"tenancy.regress_suite({oid}::oid::regnamespace)"
        first, again = (connection.execute(f"SELECT * FROM {call}").fetchall() for _ in range(2))
        tap.check(len(first) == 2 and first == again, f"the suite of {schema!r} is the same each time")
        connection.execute("SET search_path = ''; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo';"
                           " SET quote_all_identifiers = on; SET standard_conforming_strings = off")
        tap.check(connection.execute(f"SELECT * FROM {call}").fetchall() == first,
                  f"the suite of {schema!r} is the same whatever the session's settings")
    for file, _ in first:
        path = HOME / "suites" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        psql(server, "-U", "regress_suite_auditor", "-d", "world", "-o", path,
             "-c", f"SELECT content FROM {call} WHERE file = '{file}'")
        # Without the proof at its end, which would notice most of what is taken away by itself.
        attacks, proof, _ = path.read_text().partition("--\n-- The proof of")
        path.with_stem(f"{path.stem}_attacks").write_text(attacks)
        tap.check(proof, f"{file} of {schema!r} ends with a proof")
    return pathlib.Path(first[0][0]).stem


def program():
    """pg_regress; the wheel's of Postgres 18 is damaged (it crashes before main), that of 16 drives psql of any version."""
    config = pathlib.Path(str(BIN).replace("/pginstall18/", "/pginstall/")) / "pg_config"
    pgxs = subprocess.run([config, "--pgxs"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return pathlib.Path(pgxs).parent / "../test/regress/pg_regress"


def regress(server, name, suite):
    """Whether pg_regress is content, and how what it saw differs."""
    home = HOME / "suites"
    for left in ("results", "regression.diffs", "regression.out"):
        path = home / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    ran = subprocess.run([program(), f"--bindir={BIN}", f"--host={server.socket}", f"--port={PORT}", "--user=postgres",
                          "--use-existing", f"--dbname={name}", f"--inputdir={home}", f"--outputdir={home}", suite],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    diffs = home / "regression.diffs"
    return ran.returncode == 0, diffs.read_text()[:3000] if diffs.exists() else ran.stdout


def rows(server):
    """How many rows there are in each table, tenants and keys included."""
    with psycopg.connect(**parameters(server, "world")) as connection:
        tables = connection.execute("""
            SELECT format('SELECT %L, count(*) FROM %s', c.oid::regclass, c.oid::regclass) FROM pg_class c
            WHERE c.relkind = 'r' AND (c.relnamespace::regnamespace::text !~ '^(pg_|information|tenancy)'
                                       OR c.relname IN ('tenant', 'api_key')) ORDER BY 1""").fetchall()
        return [connection.execute(query).fetchone() for (query,) in tables]


def abandon(tap, server, suite):
    """A run that was stopped half-way is no matter to the next."""
    database(server, "taken", "world")
    script = (HOME / "suites/sql" / f"{suite}.sql").read_text().partition("-- As regress_suite_app")[0]
    psql(server, "-U", "postgres", "-d", "taken", input=script)
    passed, diff = regress(server, "taken", suite)
    tap.check(passed, "a suite passes after one that was stopped", diff)


def take(tap, server, suite, command):
    database(server, "taken", "world")
    with psycopg.connect(**parameters(server, "taken"), autocommit=True) as connection:
        connection.execute("SET tenancy.guard = off")
        connection.execute(command)
    try:
        passed, diff = regress(server, "taken", suite)
        tap.check(not passed and "\n+" in diff, f"{suite} fails after: {' '.join(command.split())}", diff)
    finally:
        with server.connect() as connection:
            connection.execute("ALTER ROLE regress_suite_app NOBYPASSRLS")


def refuse(tap, server):
    for user, call, code in [
        ("regress_suite_auditor", "'empty'::regnamespace", "55000"),
        ("regress_suite_auditor", "NULL", "22023"),
        ("regress_suite_auditor", "0::oid::regnamespace", "22023"),
        ("regress_suite_app", "'shop'::regnamespace", "42501"),
    ]:
        with psycopg.connect(**parameters(server, "world", user)) as connection:
            try:
                connection.execute(f"SELECT * FROM tenancy.regress_suite({call})")
                state = None
            except psycopg.Error as error:
                state = error.sqlstate
        tap.check(state == code, f"regress_suite({call}) of {user} is refused", state)
