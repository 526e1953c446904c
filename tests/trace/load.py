"""What runs at once: applications that trace, sealers, and who verifies meanwhile."""

import contextlib
import time

import psycopg
import world
from workers import Worker

TENANTS = 5


class Writer(Worker):
    """An application, whose transactions end in every way they can."""

    def __init__(self, parameters, seed, until):
        super().__init__(parameters | {"user": "trace_app"}, seed, until)

    def prepare(self):
        commit = self.random.choice(["on", "off"])
        self.connection.execute(f"SET synchronous_commit = {commit}")

    def once(self):
        self.random.choices([self.commit, self.roll_back, self.in_parts, self.slowly], [6, 2, 4, 1])[0]()

    def begin(self):
        self.connection.execute("BEGIN")
        world.bind(self.connection, f"t{self.random.randint(1, TENANTS)}")

    def trace(self, most=5):
        self.connection.execute(world.TRACE, [type(self).__name__, self.random.randint(1, most)])

    def commit(self):
        self.begin()
        self.trace()
        self.connection.execute("COMMIT")

    def roll_back(self):
        self.begin()
        self.trace()
        self.connection.execute("ROLLBACK")

    def in_parts(self):
        self.begin()
        for _ in range(self.random.randint(1, 4)):
            self.connection.execute("SAVEPOINT part")
            self.trace()
            self.connection.execute(self.random.choice(["ROLLBACK TO part", "RELEASE part", "SAVEPOINT within"]))
        self.connection.execute(self.random.choice(["COMMIT", "COMMIT", "ROLLBACK"]))

    def slowly(self):
        """Longer than many seals take, with traces at its begin and its end."""
        self.begin()
        self.trace()
        time.sleep(self.random.uniform(0.1, 0.8))
        self.trace()
        self.connection.execute(self.random.choice(["COMMIT", "COMMIT", "ROLLBACK"]))


class Administrator(Worker):
    """One who seals and erases. It cannot act for a tenant; of its own there are the traces of erasures."""

    def __init__(self, parameters, seed, until):
        super().__init__(parameters | {"user": "trace_admin"}, seed, until)


class Preparer(Administrator):
    """Erases and seals in transactions that are prepared, and committed or rolled back later. A tenant's cannot be."""

    def __init__(self, parameters, seed, until):
        super().__init__(parameters, seed, until)
        self.prepared = []

    def work(self):
        name, did, wrong = super().work()
        with contextlib.suppress(psycopg.OperationalError):
            with psycopg.connect(**self.parameters, autocommit=True) as connection:
                for prepared in self.prepared:
                    connection.execute(f"COMMIT PREPARED '{prepared}'")
        return name, did, wrong

    def once(self):
        name = f"trace {self.random.randrange(1 << 60)}"
        self.connection.execute("BEGIN")
        world.erase(self.connection)
        seals = self.random.random() < 0.3
        if seals:
            self.ask("SELECT * FROM tenancy.seal()")
        self.connection.execute(f"PREPARE TRANSACTION '{name}'")
        self.prepared.append(name)
        time.sleep(self.random.uniform(0, 0.3))
        # One that has sealed keeps all others waiting.
        while self.prepared and (seals or len(self.prepared) > 3):
            name = self.prepared.pop()
            self.connection.execute(f"{self.random.choice(['COMMIT', 'COMMIT', 'ROLLBACK'])} PREPARED '{name}'")


class Sealer(Administrator):
    """An administrator who seals, in every way that a transaction lets him."""

    def prepare(self):
        self.connection.execute("SET synchronous_commit = off")

    def once(self):
        self.random.choices([self.seal, self.maintain, self.roll_back, self.roll_back_to, self.within_traces],
                            [6, 2, 1, 1, 2])[0]()
        time.sleep(self.random.choice([0, 0, 0.02, 0.1]))

    def seal(self):
        self.ask("SELECT * FROM tenancy.seal()")

    def maintain(self):
        self.ask("SELECT tenancy.maintain()")

    def roll_back(self):
        self.connection.execute("BEGIN")
        self.seal()
        self.connection.execute("ROLLBACK")

    def roll_back_to(self):
        """Sealed, not sealed after all, and sealed."""
        self.connection.execute("BEGIN")
        self.connection.execute("SAVEPOINT before")
        self.seal()
        self.connection.execute("ROLLBACK TO before")
        self.seal()
        self.connection.execute("COMMIT")

    def within_traces(self):
        """With traces of the same transaction before and after, which may yet roll back."""
        self.connection.execute("BEGIN")
        for _ in range(2):
            world.erase(self.connection)
            self.seal()
        world.erase(self.connection)
        self.connection.execute(self.random.choice(["COMMIT", "ROLLBACK"]))


class Verifier(Worker):
    """An auditor who verifies while others seal, also in a transaction that has written something."""

    writes = True

    def once(self):
        with self.connection.transaction():
            if self.writes and self.random.random() < 0.5:
                self.ask("SELECT pg_current_xact_id()")
            self.wrong += world.verify(self.connection)
        self.wrong += world.wrong_rows(self.connection, all_noted=False)
        time.sleep(0.05)


class Follower(Verifier):
    """One on a standby."""

    writes = False


class Onlooker(Worker):
    """Somebody outside, who remembers each checkpoint. Lives in the process of the test, and so survives crashes."""

    def __init__(self, parameters, until, witness):
        super().__init__(parameters, 0, until)
        self.witness = witness

    def once(self):
        self.wrong += self.witness.look(self.connection)
        time.sleep(0.01)
