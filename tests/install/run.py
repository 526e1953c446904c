"""CREATE EXTENSION where a cluster has not seen it yet: in two databases at once, which have the same roles. Speaks TAP."""

import pathlib
import sys
import threading
import time

import psycopg

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from server import Server  # noqa: E402
from tap import run_parts  # noqa: E402

ROLES = ["tenancy_admin", "tenancy_app", "tenancy_auditor"]
INSTALL = "CREATE EXTENSION pg_tenancy CASCADE"


def at_once(tap, server, ending):
    """A database installs while another one's installation has not ended yet."""
    with server.connect() as connection:
        connection.execute("DROP EXTENSION IF EXISTS pg_tenancy; DROP SCHEMA IF EXISTS tenancy")
        for role in ROLES:
            connection.execute(f"DROP ROLE IF EXISTS {role}")
        connection.execute("CREATE DATABASE other")
    problems = []

    def other():
        try:
            with psycopg.connect(**server.parameters() | {"dbname": "other"}) as connection:
                connection.execute(INSTALL)
        except psycopg.Error as error:
            problems.append(f"{error.sqlstate} {error}")

    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'other' AND wait_event_type = 'Lock'"
    with psycopg.connect(**server.parameters()) as first, server.connect() as look:
        first.execute(INSTALL)
        thread = threading.Thread(target=other)
        thread.start()
        end = time.monotonic() + 20
        while thread.is_alive() and not look.execute(waiting).fetchone()[0] and time.monotonic() < end:
            time.sleep(0.05)
        tap.check(thread.is_alive(), f"{ending}: the second installation waits for the first")
        first.execute(ending)
        thread.join(30)
    tap.check(not problems, f"{ending}: and then goes on", *problems)
    with server.connect() as connection:
        found = connection.execute("SELECT rolname, shobj_description(oid, 'pg_authid') IS NOT NULL, rolcanlogin FROM pg_roles"
                                   " WHERE rolname LIKE 'tenancy%' ORDER BY 1").fetchall()
        connection.execute("DROP DATABASE other WITH (FORCE)")
    tap.check(found == [(role, True, False) for role in ROLES], f"{ending}: the roles are there, described", found)


def main(names):
    server = Server.make("install")
    try:
        return run_parts(names or ["COMMIT", "ROLLBACK"], lambda tap, name: at_once(tap, server, name))
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
