"""What runs at once: writers, scanners, vacuums and rebuilds of the table of schema.sql."""

import contextlib
import math
import pathlib
import time

from compare import DIMENSIONS, LARGE, SMALL, check_indexes, compare
from psycopg import errors
from workers import Worker

SCHEMA = (pathlib.Path(__file__).resolve().parent / "schema.sql").read_text()

# How many rows a tenant is to have: the first so many that a scan of its chain takes breath. Which tenant that is
# changes, so that pages pass from one to another.
SIZES = [5000, 1500, 500, 200, 100, 60, 40, 30, 20, 15, 10, 10, *[5] * 12, *[2] * 20, *[1] * 40]
TENANTS = len(SIZES)
# The large ones more often, as much is to be done there.
WEIGHTS = [math.sqrt(size) for size in SIZES]
# A tenant keeps its size for so long.
EPOCH = 3.0

# What any session may meet where others write, rebuild and cancel.
EXPECTED = (errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled, errors.LockNotAvailable)


class Tenants(Worker):
    """One that works on the table."""

    expected = EXPECTED

    def vector(self):
        return "[" + ",".join(f"{self.random.random():.3f}" for _ in range(DIMENSIONS)) + "]"


def now(role):
    """The tenant that is to have the size of that number."""
    return (role + int(time.time() / EPOCH)) % TENANTS


class Writer(Tenants):
    def once(self):
        self.random.choices([self.resize, self.insert, self.insert_in_parts, self.update_in_place, self.update,
                             self.move, self.delete], [6, 4, 2, 3, 4, 1, 2])[0]()

    def tenant(self):
        return self.random.randrange(TENANTS)

    def some(self, count):
        """Some rows, all of about one age."""
        start = self.random.random()
        return (f"id IN (SELECT id FROM item WHERE id >= (SELECT min(id) + (max(id) - min(id)) * {start} FROM item)"
                f" ORDER BY id LIMIT {self.random.randint(1, count)})")

    def finish(self):
        self.connection.execute(self.random.choices(["COMMIT", "ROLLBACK"], [4, 1])[0])

    @contextlib.contextmanager
    def transaction(self):
        self.connection.execute("BEGIN")
        try:
            yield
            self.finish()
        except EXPECTED:
            self.connection.execute("ROLLBACK")

    def resize(self):
        """Brings a tenant nearer to the size it is to have now."""
        [role] = self.random.choices(range(TENANTS), WEIGHTS)
        tenant = now(role)
        [(count,)] = self.ask("SELECT count(*) FROM item WHERE tenant = %(tenant)s", tenant=tenant)
        more = SIZES[role] - count
        if more > 0:
            self.add(tenant, min(more, 1500))
        elif more < 0:
            self.connection.execute(
                "DELETE FROM item WHERE id IN (SELECT id FROM item WHERE tenant = %(tenant)s"
                " ORDER BY (id * 7919) %% %(shuffle)s LIMIT %(count)s)",
                {"tenant": tenant, "count": min(-more, 3000), "shuffle": self.random.choice([1, 10007])})

    def add(self, tenant, count):
        self.connection.execute("INSERT INTO item (tenant, embedding) SELECT %(tenant)s, random_vector()"
                                " FROM generate_series(1, %(count)s)", {"tenant": tenant, "count": count})

    def insert(self):
        for _ in range(self.random.randint(1, 20)):
            self.connection.execute("INSERT INTO item (tenant, embedding) VALUES (%s, %s)",
                                    [self.random.choices([self.tenant(), None], [50, 1])[0],
                                     self.random.choices([self.vector(), None], [20, 1])[0]])

    def insert_in_parts(self):
        with self.transaction():
            for _ in range(self.random.randint(1, 5)):
                self.connection.execute("SAVEPOINT part")
                self.add(self.tenant(), self.random.randint(1, 40))
                if self.random.random() < 0.5:
                    self.connection.execute("ROLLBACK TO part")

    def update_in_place(self):
        with self.transaction():
            self.connection.execute(f"UPDATE item SET note = note + 1 WHERE {self.some(50)}")

    def update(self):
        with self.transaction():
            self.connection.execute(f"UPDATE item SET embedding = random_vector() WHERE {self.some(50)}")

    def move(self):
        with self.transaction():
            self.connection.execute(f"UPDATE item SET tenant = {self.tenant()} WHERE {self.some(20)}")

    def delete(self):
        with self.transaction():
            self.connection.execute(f"DELETE FROM item WHERE {self.some(100)}")


class Vacuum(Tenants):
    """VACUUM and tenancy.maintain without end; now and then a slow one, or one that is cancelled."""

    def once(self):
        slow = self.random.random() < 0.3
        self.connection.execute(f"SET vacuum_cost_delay = {'1' if slow else '0'}")
        cancelled = self.random.random() < 0.3
        self.connection.execute(f"SET statement_timeout = {self.random.randint(1, 60) if cancelled else 0}")
        self.connection.execute(self.random.choices(
            ["VACUUM (INDEX_CLEANUP ON) item", "SELECT tenancy.maintain()"], [3, 1])[0])


class Rebuild(Tenants):
    """Indexes made while others write; in between, tenancy.check_index while nobody does. In one session: who waits for
    a table's lock has a snapshot, for which a rebuild waits."""

    def once(self):
        self.random.choice([self.again, self.another])()
        for _ in range(2):
            # Where an index is made, no VACUUM runs.
            time.sleep(0.7)
            self.check()

    def again(self):
        self.connection.execute(f"REINDEX INDEX CONCURRENTLY {self.random.choice(['item_small', 'item_large'])}")

    def another(self):
        self.connection.execute("CREATE INDEX CONCURRENTLY item_other ON item"
                                " USING tenant_vector (tenant, embedding vector_l2_ops) WITH (bits = 2)")
        self.check()
        self.connection.execute("DROP INDEX CONCURRENTLY item_other")

    def check(self):
        with self.connection.transaction():
            self.connection.execute("LOCK TABLE item IN SHARE MODE")
            self.wrong += check_indexes(self.connection)


class Scan(Tenants):
    def once(self):
        large = self.random.random() < 0.6
        by = LARGE if large else SMALL
        if self.random.random() < 0.2:
            tenants = sorted({self.tenant() for _ in range(5)})
        else:
            tenants = [self.tenant()]
        limit = self.random.choice([None, None, 1, 10, 100])
        self.wrong += compare(self.connection, by, tenants, self.vector(), limit, self.random)

    def tenant(self):
        [role] = self.random.choices(range(TENANTS), WEIGHTS)
        return now(role)


class Hammer(Tenants):
    """Short scans of one tenant, as fast as the server can: they meet whoever changes the tenant's first pages."""

    SCANS = """DO $$ BEGIN FOR n IN 1..100 LOOP
        PERFORM id FROM item WHERE tenant = -1 ORDER BY embedding <-> array_fill(n, ARRAY[16])::vector LIMIT 1;
    END LOOP; END $$"""

    def prepare(self):
        self.connection.execute("SET enable_seqscan = off")

    def once(self):
        self.connection.execute(self.SCANS)


class Churn(Tenants):
    """A tenant of which half goes and comes again, so that its first pages are filled up, left and made anew."""

    def once(self):
        self.connection.execute("INSERT INTO item (tenant, embedding)"
                                " SELECT -1, random_vector() FROM generate_series(1, 500)")
        self.connection.execute("DELETE FROM item WHERE tenant = -1 AND id %% 7 <> %s", [self.random.randrange(7)])
        self.connection.execute("VACUUM (INDEX_CLEANUP ON) item")


def fill(connection):
    """Gives the tenants rows to begin with."""
    for tenant, size in enumerate(SIZES):
        connection.execute("INSERT INTO item (tenant, embedding) SELECT %s, random_vector() FROM generate_series(1, %s)",
                           [tenant, size // 2])
