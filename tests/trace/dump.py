"""Logs dumped and restored in the ways that pg_dump has: to another server, where transactions are counted anew, to the
same one, and from hop to hop. What was not sealed is sealed there once, what was sealed is not sealed again, and what
somebody has kept of the log still proves."""

import shutil

import psycopg
import world
from merkle import proves_inclusion
from server import HOME, PORT, Server

TENANTS = 3
FILE, DIRECTORY = HOME / "trace.dump", HOME / "trace.directory"


class Database:
    """One of several of a server."""

    def __init__(self, server, name="postgres"):
        self.server = server
        self.name = name

    def parameters(self):
        return self.server.parameters() | {"dbname": self.name}

    def connect(self):
        return psycopg.connect(**self.parameters(), autocommit=True)

    def run(self, program, *arguments):
        self.server.run(program, "-h", self.server.socket, "-p", PORT, "-U", "postgres", "-d", self.name, *arguments)


def run(tap, _seed):
    here = world.make("here", TENANTS, fsync="off")
    there = None
    try:
        there = Server.make("there", **world.settings(fsync="off"))
        with there.connect() as connection:
            connection.execute(world.ROLES)
        first = Database(here)
        begin(first)
        second = hop(tap, "pg_dump | psql to another server", plain, first, there)
        hop(tap, "pg_restore -j 2", in_parallel, first, there)
        hop(tap, "pg_restore --data-only into an installed extension", data_only, first, there)
        hop(tap, "to the same server", custom, first, here)
        third = hop(tap, "from there back", custom, second, here)
        hop(tap, "and there again", plain, third, there)
        unsealed = Database(there, "unsealed")
        with there.connect() as connection:
            connection.execute("CREATE DATABASE unsealed")
        custom(first, unsealed)
        leave_unsealed(unsealed)
        hop(tap, "there and back without a seal", plain, unsealed, here)
    finally:
        for server in filter(None, (here, there)):
            server.close()


def begin(database):
    """Traces that are sealed, a few that are not, and some of a transaction that began before the last seal."""
    with database.connect() as connection, world.connect_as(database, "trace_app") as long:
        world.trace(database, "t1", 300)
        world.seal(connection)
        with connection.transaction():
            world.erase(connection)
        with long.transaction():
            world.bind(long, "t2")
            long.execute(world.TRACE, ["long", 3])
            world.trace(database, "t1", 20)
            world.trace(database, "t2", 20)
            world.seal(connection)
    leave_unsealed(database)


def leave_unsealed(database):
    for n in range(TENANTS):
        world.trace(database, f"t{n + 1}", 2)


def hop(tap, what, restore, source, server):
    """Restores a database and goes on with it; its last traces are not sealed."""
    target = Database(server, f"restored_{what}".replace(" ", "_").replace("|", "to")[:60])
    witness = world.Witness()
    with source.connect() as connection:
        wrong = witness.look(connection)
        proofs = world.ask(connection, f"""
            SELECT tenancy.inclusion_proof(trace_id), leaf FROM ({world.LOGGED}) l
            WHERE position IN (0, 255, 256) OR random() < 0.05""")
        unsealed = world.ask(connection, f"SELECT trace_id FROM noted EXCEPT SELECT trace_id FROM ({world.LOGGED}) l")
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{target.name}"')
    restore(source, target)
    with target.connect() as connection:
        wrong += world.verify(connection) + world.wrong_rows(connection, all_noted=False) + witness.missing(connection)
        tap.check(unsealed and not wrong, f"{what}: verify_trace finds nothing wrong", *wrong[:10])
        world.trace(target, "t1", 2)
        wrong = world.verify(connection)
        tap.check(not wrong, f"{what}: nor when traces were added", *wrong[:10])
        wrong = world.is_whole(connection)
        tap.check(not wrong, f"{what}: what was not sealed is sealed once", *wrong[:10])
        leave_unsealed(target)
        wrong = world.verify(connection) + world.is_whole(connection)
        wrong += witness.look(connection) + witness.missing(connection)
        wrong += [problem for proof, leaf in proofs for problem in proves_inclusion(proof, leaf)]
        wrong += [problem for n in range(TENANTS) for problem in world.wrong_export(connection, f"t{n + 1}")]
        tap.check(proofs and not wrong, f"{what}: the log goes on, and old proofs still hold", *wrong[:10])
        sealed = world.seal(connection)
        tap.check(not sealed, f"{what}: another seal finds nothing", sealed)
    leave_unsealed(target)
    return target


# Ways to dump and restore

def plain(source, target):
    source.run("pg_dump", "-f", FILE)
    target.run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", FILE)


def custom(source, target):
    source.run("pg_dump", "-Fc", "-f", FILE)
    target.run("pg_restore", "--exit-on-error", FILE)


def in_parallel(source, target):
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    source.run("pg_dump", "-Fd", "-j", "2", "-f", DIRECTORY)
    target.run("pg_restore", "--exit-on-error", "-j", "2", DIRECTORY)


def data_only(source, target):
    with target.connect() as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE EXTENSION pg_tenancy")
        connection.execute(world.TABLES)
    source.run("pg_dump", "-Fc", "-f", FILE)
    target.run("pg_restore", "--exit-on-error", "--data-only", "--disable-triggers", FILE)
