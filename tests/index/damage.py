"""Damaged files: whatever an index's pages hold, Postgres goes on, nobody waits for ever, and no scan gives a row that is
not the tenant's. What is wrong is told by an error that names index and block, and tenancy.check_index finds it; REINDEX
heals it."""

import collections
import os
import random
import re
import signal

import psycopg
from server import Server, kill
from wounds import WOUNDS

# How often each wound is tried, each time elsewhere.
DAMAGES = int(os.environ.get("INDEX_DAMAGES", "1"))
PATIENCE = 20

SIZES = {1: 2000, 2: 600, 3: 400} | {tenant: tenant % 15 + 1 for tenant in range(4, 61)}
ASKED = [1, 2, 3, 4, 5, 18, 60]
EVERY = list(SIZES)

TABLE = "(tenant integer, id integer, embedding vector(16)) WITH (autovacuum_enabled = off)"
INDEX = "USING tenant_vector (tenant, embedding vector_l2_ops) WITH (bits = 4)"
VECTOR = "(SELECT array_agg(random())::vector FROM generate_series(1, 16) WHERE n = n)"


class Hangs(Exception):
    pass


def run(tap, _server, seed):
    chance = random.Random(seed)
    signal.signal(signal.SIGALRM, raise_hangs)
    # Checksums would find most of it first.
    server = Server.make("damage", *(["--no-data-checksums"] if os.environ["PG_MAJOR"] >= "18" else []))
    try:
        server.stop()
        server.start(fsync="off", autovacuum="off")
        trials = [Trial(number, wound) for number, wound in enumerate(DAMAGES * WOUNDS)]
        with server.connect() as connection:
            expected = prepare(connection, trials)
        server.stop()
        for trial in trials:
            trial.damage(server.data, chance)
        server.start(fsync="off", autovacuum="off")
        wrong = collections.defaultdict(list)
        for trial in trials:
            wrong[trial.wound.__name__] += trial.run(server, expected)
        for wound, problems in wrong.items():
            tap.check(not problems, f"damaged: {wound.replace('_', ' ')}", *problems[:10])
    finally:
        server.close()


def prepare(connection, trials):
    """Makes a table and index to be copied, and tables to copy it to; gives the rows of each tenant."""
    # First the copies: no row may be older than its table.
    for trial in trials:
        connection.execute(f"CREATE TABLE {trial.table} {TABLE}; CREATE INDEX {trial.index} ON {trial.table} {INDEX}")
    connection.execute(f"CREATE TABLE whole {TABLE}; CREATE INDEX whole_index ON whole {INDEX}")
    for tenant, size in [*SIZES.items(), (0, 1000)]:
        connection.execute(f"INSERT INTO whole SELECT {tenant}, {tenant} * 10000 + n, {VECTOR}"
                           f" FROM generate_series(1, {size}) n")
    # Leaves free pages; and then rows that VACUUM is yet to take out.
    connection.execute("DELETE FROM whole WHERE tenant = 0")
    connection.execute("VACUUM (INDEX_CLEANUP ON) whole")
    connection.execute("DELETE FROM whole WHERE id % 10 = 7")
    expected = collections.defaultdict(set)
    for tenant, row in connection.execute("SELECT tenant, id FROM whole").fetchall():
        expected[tenant].add(row)
    for trial in trials:
        [trial.paths] = connection.execute(
            "SELECT pg_relation_filepath('whole'), pg_relation_filepath('whole_index'), pg_relation_filepath(%s),"
            " pg_relation_filepath(%s)", [trial.table, trial.index]).fetchall()
    return expected


class Trial:
    """A table of which the index is damaged."""

    def __init__(self, number, wound):
        self.table, self.index, self.wound = f"damaged_{number}", f"damaged_{number}_index", wound
        self.wrong = []

    def damage(self, data, chance):
        whole, whole_index, table, index = (data / path for path in self.paths)
        table.write_bytes(whole.read_bytes())
        file = bytearray(whole_index.read_bytes())
        seed = chance.randrange(1 << 32)
        self.wound(file, random.Random(seed))
        self.seed = seed
        index.write_bytes(file)

    def run(self, server, expected):
        """What goes wrong."""
        self.connection = server.connect()
        self.expected = expected
        try:
            self.connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET tenancy.recall_bound = 100")
            self.use()
        except Hangs:
            self.note("hangs")
            kill(self.connection.info.backend_pid)
            server.connect_again().close()
        except psycopg.OperationalError as error:
            self.note(f"the server goes down: {error}")
            server.connect_again().close()
        self.connection.close()
        return self.wrong

    def note(self, what):
        self.wrong.append(f"{self.table}, seed {self.seed}, {self.doing}: {what}")

    def use(self):
        complete = self.scan()
        problems = self.attempt(f"SELECT block, problem FROM tenancy.check_index('{self.index}')")
        if problems == [] and not complete:
            self.note("it finds nothing, and yet a scan was refused, or rows were missing or doubled")
        self.write()
        self.attempt(f"VACUUM (INDEX_CLEANUP ON) {self.table}")
        self.write()
        self.scan()
        self.attempt(f"SELECT FROM tenancy.check_index('{self.index}')")
        self.attempt(f"DELETE FROM {self.table} WHERE id < 0")
        self.attempt(f"REINDEX INDEX {self.index}")
        if self.attempt(f"SELECT problem FROM tenancy.check_index('{self.index}')") != [] or not self.scan():
            self.note("it does not heal")

    def scan(self):
        """Asks for the rows of tenants; whether they were all there."""
        complete = True
        for tenants in [*([tenant] for tenant in ASKED), EVERY]:
            which = f"= {tenants[0]}" if len(tenants) == 1 else f"= ANY ('{set(tenants)}')"
            rows = self.attempt(f"SELECT id, tenant FROM {self.table} WHERE tenant {which}"
                                " ORDER BY embedding <-> array_fill(0.5, ARRAY[16])::vector")
            if rows is None:
                complete = False
                continue
            should = set().union(*(self.expected[tenant] for tenant in tenants))
            if foreign := [row for row in rows if row[1] not in tenants]:
                self.note(f"gives rows of others: {foreign[:5]}")
            # Rows of the trial's own have numbers below zero.
            found = [row for row, _ in rows if row > 0]
            if set(found) - should:
                self.note("gives rows that are gone")
            complete = complete and sorted(found) == sorted(should)
        return complete

    def write(self):
        for tenants, count in ((1, 300), (2, 300), (4, 3), ("generate_series(4, 90)", 3), ("generate_series(91, 200)", 3)):
            self.attempt(f"INSERT INTO {self.table} SELECT {tenants}, -n, {VECTOR} FROM generate_series(1, {count}) n")

    def attempt(self, sql):
        """Runs a statement: its rows, if any; or None where it was refused as it should be."""
        self.doing = sql[:60]
        signal.alarm(PATIENCE)
        try:
            cursor = self.connection.execute(sql)
            return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError as error:
            if error.sqlstate is None or error.sqlstate.startswith("57P"):
                raise
            self.note(f"{error.sqlstate} {error.diag.message_primary}")
        except psycopg.Error as error:
            # Postgres itself finds what no page can be, and blocks that cannot be read.
            told = f"{error.sqlstate} {error.diag.message_primary}"
            if not re.match(rf"XX001|XX002 index public.{self.index} is damaged( at block \d+)?: |"
                            # How many dimensions vectors have is what the first page says.
                            r"22000 expected a vector of", told):
                self.note(told)
        finally:
            signal.alarm(0)
        return None


def raise_hangs(*_):
    raise Hangs
