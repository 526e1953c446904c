"""Budgets where they may be overrun: many clients at once, killed sessions, scribes and servers, no background worker to
be had, a flood of reservations, a standby and its promotion. Speaks TAP.

What was granted is kept by the clients: what reserve gave, less what settle gave back. It must never be more than the
limit, nor what the database says is leased; and a crash must lose no more than a lease for each.

For a longer hunt: BUDGET_CRASHES, and BUDGET_DATABASES, of which 256 can have a scribe at once: with 260 places are given on.
"""

import os
import pathlib
import random
import sys
import threading
import time

import psycopg

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from server import Server, kill  # noqa: E402
from tap import run_parts  # noqa: E402

CLIENTS = 16
LIMIT = 20_000
# So that it lasts for the kills.
LARGE = 300_000
DATABASES = int(os.environ.get("BUDGET_DATABASES", "12"))
# A lease is at least that part of the limit.
LEASES = 64
LARGEST = 60
CRASHES = int(os.environ.get("BUDGET_CRASHES", "2"))
DURABLE = {"fsync": "on", "recovery_init_sync_method": "syncfs"}


class Client(threading.Thread):
    """Reserves and settles until nothing is left, and keeps count of what it was granted."""

    def __init__(self, server, key, number, budgets=("tokens",), until=None):
        super().__init__(daemon=True)
        self.server, self.key, self.until = server, key, until
        self.random = random.Random(number)
        self.granted = self.unsure = self.refused = 0
        self.problems = []

    def run(self):
        end = time.monotonic() + 60
        while time.monotonic() < end and not (self.until and self.until.is_set()):
            try:
                with psycopg.connect(**self.server.parameters() | {"user": "app"}, autocommit=False) as connection:
                    while time.monotonic() < end and not (self.until and self.until.is_set()):
                        if not self.turn(connection):
                            return
            except psycopg.OperationalError:
                # The server is down, or the session was killed.
                time.sleep(0.05)

    def turn(self, connection):
        """One call: reserve, and perhaps settle with more or less. Half of all are rolled back."""
        amount = self.random.randint(1, LARGEST)
        # Until the answer is there, it may or may not have been granted.
        self.unsure += amount
        try:
            connection.execute("SELECT tenancy.bind(%s)", [self.key])
            reservation = connection.execute("SELECT tenancy.reserve('tokens', %s)", [amount]).fetchone()[0]
        except psycopg.errors.ConfigurationLimitExceeded:
            self.unsure -= amount
            self.refused += 1
            connection.rollback()
            # Small ones may still go in.
            return self.refused < 20
        except (psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.ReadOnlySqlTransaction) as error:
            self.unsure -= amount
            self.problems.append(str(error))
            connection.rollback()
            return True
        self.unsure -= amount
        self.granted += amount
        if self.random.random() < 0.5:
            back = self.random.randint(0, amount)
            # Given back from the moment that it may be: another may have it before the answer is here.
            self.granted -= back
            self.unsure += back
            connection.execute("SELECT tenancy.settle(%s, %s)", [reservation, amount - back])
            self.unsure -= back
        if self.random.random() < 0.5:
            connection.rollback()
        else:
            connection.commit()
        return True


def world(server):
    """A tenant and its key."""
    with server.connect() as connection:
        connection.execute("CREATE ROLE app LOGIN IN ROLE tenancy_app")
        connection.execute("SELECT tenancy.create_tenant('acme')")
        return connection.execute("SELECT secret FROM tenancy.create_key('acme', 'test')").fetchone()[0]


def set_budget(server, limit, period="month"):
    """A budget of which nothing is spent."""
    with server.connect() as connection:
        connection.execute("SELECT tenancy.set_budget('acme', 'tokens', NULL, %s)", [period])
        connection.execute("SELECT tenancy.set_budget('acme', 'tokens', %s, %s)", [limit, period])


def state(server):
    with server.connect_again() as connection:
        return connection.execute("SELECT sum(used + reserved)::int, max(leased)::int,"
                                  " coalesce((SELECT sum(leased) FROM tenancy.budget_lease), 0)::int"
                                  " FROM tenancy.budget_status").fetchone()


def run_clients(server, key, meanwhile=None):
    """All clients until nothing is left; what they were granted, and what they cannot be sure of."""
    clients = [Client(server, key, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    if meanwhile:
        meanwhile(clients)
    for client in clients:
        client.join(90)
    problems = [problem for client in clients for problem in client.problems]
    return sum(c.granted for c in clients), sum(c.unsure for c in clients), problems


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def concurrent(tap, server, key):
    set_budget(server, LIMIT)
    granted, unsure, problems = run_clients(server, key)
    used, leased, durable = state(server)
    tap.check(granted <= LIMIT, f"{CLIENTS} clients are granted {granted} of {LIMIT}, and no more")
    tap.check(granted == used and unsure == 0, "the ledger says what they were granted", granted, used, unsure)
    tap.check(used > LIMIT - LARGEST, "and all of it could be spent", used)
    tap.check(leased == durable <= LIMIT, "what is leased is written down", leased, durable)
    tap.check(not problems, "nobody waited in vain", *problems[:3])


def crash(tap, server, key, what):
    """The same with kills."""
    set_budget(server, LARGE)
    kills = 0

    def strike(clients):
        nonlocal kills
        for part in range(1, CRASHES + 1):
            # Spread over the budget.
            wait_for(lambda part=part: sum(c.granted for c in clients) > LARGE * part // (CRASHES + 2))
            if what == "server":
                server.kill()
                server.start(**DURABLE)
                kills += 1
                continue
            kind = "client backend" if what == "session" else "pg_tenancy scribe"
            while any(client.is_alive() for client in clients):
                try:
                    with server.connect() as connection:
                        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = %s"
                                                   " AND pid <> pg_backend_pid() LIMIT 1", [kind]).fetchone()
                except psycopg.OperationalError:
                    found = None
                if found:
                    kill(found[0])
                    kills += 1
                    break
                time.sleep(0.01)

    granted, unsure, _ = run_clients(server, key, strike)
    used, leased, durable = state(server)
    tap.check(kills == CRASHES, f"{what}: {kills} were killed")
    tap.check(granted <= LARGE, f"{what}: {granted} of {LARGE} are granted, and no more")
    tap.check(granted <= used <= durable <= LARGE, f"{what}: the ledger says at least what was granted", granted, used, durable)
    # What the clients settled with less may be lost with the lease it lay in; each lost one lease, and perhaps an answer.
    most = kills * (max(LARGE // LEASES, LARGEST) + CLIENTS * LARGEST) + unsure + LARGEST
    tap.check(LARGE - granted <= most, f"{what}: {LARGE - granted} are lost, at most {most}")


def spends(server, key, amount):
    """What comes of reserving, as the SQLSTATE or 'granted'."""
    with psycopg.connect(**server.parameters() | {"user": "app"}) as connection:
        try:
            connection.execute("SELECT tenancy.bind(%s)", [key])
            connection.execute("SELECT tenancy.reserve('tokens', %s)", [amount])
        except psycopg.Error as error:
            connection.rollback()
            return error.sqlstate
        return "granted"


def period(tap, server, key):
    """From one minute into the next."""
    set_budget(server, 2000, "minute")
    with server.connect() as connection:
        connection.execute("SELECT tenancy.set_budget('acme', 'tokens', NULL, 'month')")
        # Early enough for all of it to be spent before the minute ends.
        connection.execute("SELECT pg_sleep(60 - extract(second FROM clock_timestamp())) "
                           "WHERE extract(second FROM clock_timestamp()) > 50")
        left = connection.execute("SELECT 60 - extract(second FROM clock_timestamp())").fetchone()[0]
    started = time.monotonic()
    first, _, _ = run_clients(server, key)
    time.sleep(max(0, float(left) + 0.5 - (time.monotonic() - started)))
    second, _, _ = run_clients(server, key)
    tap.check(2000 - LARGEST < first <= 2000, "a minute's budget is spent", first)
    tap.check(2000 - LARGEST < second <= 2000, "and the next minute's", second)
    with server.connect() as connection:
        connection.execute("SELECT tenancy.set_budget('acme', 'tokens', NULL, 'minute')")


def many_workers(tap, server, key):
    """Parallel queries take the places of background workers, and give them back."""
    server.stop()
    server.start(max_worker_processes=2, max_parallel_workers=2, **DURABLE)
    set_budget(server, 100_000)
    ends = threading.Event()

    def parallel():
        with server.connect() as connection:
            for setting in ("parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0"):
                connection.execute(f"SET {setting}")
            connection.execute("CREATE TABLE IF NOT EXISTS many AS SELECT generate_series(1, 300000) AS n")
            while not ends.is_set():
                connection.execute("SELECT count(*) FROM many WHERE n % 7 = 3")

    thread = threading.Thread(target=parallel, daemon=True)
    thread.start()
    time.sleep(1)
    answers = []
    for _ in range(3):
        answers.append(spends(server, key, 3000))
        # So long that the scribe is gone.
        time.sleep(2.5)
    ends.set()
    thread.join(20)
    tap.check(answers == ["granted"] * 3, "the scribe finds a place between parallel queries", answers)
    server.stop()
    server.start(**DURABLE)


def restart(tap, server, key):
    set_budget(server, 1000)
    first = spends(server, key, 100)
    server.stop()
    server.start(**DURABLE)
    used, _, durable = state(server)
    tap.check((first, used) == ("granted", durable) and 100 <= used <= 100 + 1000 // LEASES,
              "a restart keeps what was leased as used", first, used, durable)


def no_worker(tap, server, key):
    server.stop()
    server.start(max_worker_processes=0, **DURABLE)
    set_budget(server, 1000)
    started = time.monotonic()
    answers = [spends(server, key, 1) for _ in range(3)]
    tap.check(answers == ["53400"] * 3, "without a place for a background worker nothing is granted", answers)
    tap.check(time.monotonic() - started < 10, "and that is said soon")
    with server.connect() as connection:
        connection.execute("SELECT tenancy.set_budget('acme', 'tokens', 1, 'month', 'soft')")
    tap.check(spends(server, key, 5) == "granted", "a soft budget goes on")
    server.stop()
    server.start(**DURABLE)
    tap.check(spends(server, key, 1) == "granted", "and with one again, hard ones do")


def flood(tap, server, key):
    """A tenant that opens all the reservations it can leaves room for others."""
    with server.connect() as connection:
        connection.execute("SELECT tenancy.set_budget('acme', 'tokens', NULL, 'month')")
        connection.execute("SELECT tenancy.create_tenant('globex')")
        other = connection.execute("SELECT secret FROM tenancy.create_key('globex', 'test')").fetchone()[0]
    opened = 0
    with psycopg.connect(**server.parameters() | {"user": "app"}) as connection:
        connection.execute("SELECT tenancy.bind(%s)", [key])
        try:
            while opened < 20_000:
                connection.execute("SELECT tenancy.reserve('rows', 1, '1 day') FROM generate_series(1, 100)")
                opened += 100
            problem = None
        except psycopg.Error as error:
            problem = error.sqlstate
    tap.check(problem == "53400" and 4_000 < opened < 12_000, f"a tenant can open no more than a share: {opened}", problem)
    answers = {spends(server, other, 1) for _ in range(200)}
    tap.check(answers == {"granted"}, "another can go on", answers)
    server.stop("immediate")
    server.start(**DURABLE)


def databases(tap, server, key):
    """Databases that come and go: each has a scribe, which ends soon, and leaves its place to another's."""
    set_budget(server, 1000)
    server.stop()
    server.start(fsync="off")
    home, answers, ended = server.parameters()["dbname"], [], None
    scribe = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_tenancy scribe' AND datname = %s"
    with psycopg.connect(**server.parameters() | {"dbname": "template1"}, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE model TEMPLATE {home}")
        spends(server, key, 1)
        begun = time.monotonic()
        while len(answers) < DATABASES or (ended is None and time.monotonic() - begun < 10):
            connection.execute("CREATE DATABASE passing TEMPLATE model")
            with psycopg.connect(**server.parameters() | {"user": "app", "dbname": "passing"}) as client:
                client.execute("SELECT tenancy.bind(%s)", [key])
                try:
                    client.execute("SELECT tenancy.reserve('tokens', 1)")
                    answers.append("granted")
                except psycopg.Error as error:
                    answers.append(error.sqlstate)
            connection.execute("DROP DATABASE passing WITH (FORCE)")
            if ended is None and connection.execute(scribe, [home]).fetchone()[0] == 0:
                ended = time.monotonic() - begun
        connection.execute("DROP DATABASE model")
    tap.check(set(answers) == {"granted"}, f"{len(answers)} databases have a scribe, one after the other", *answers[-3:])
    tap.check(ended is not None and ended < 10, "one ends while others come and go", ended)
    server.stop()
    server.start(**DURABLE)


def standby(tap, server, key):
    set_budget(server, 1000)
    spends(server, key, 300)
    other = server.copy("budget_standby")
    try:
        other.start()
        tap.check(spends(other, key, 1) == "25006", "a standby spends nothing")
        with other.connect() as connection:
            used = connection.execute("SELECT used::int FROM tenancy.budget_status").fetchone()[0]
            tap.check(300 <= used <= 300 + 1000 // LEASES, "it shows what was leased as used", used)
        other.promote()
        tap.check(spends(other, key, 1000 - used + 1) == "53400", "once promoted it spends no more than is left", used)
        tap.check(spends(other, key, 1000 - used) == "granted", "and all of that")
    finally:
        other.close()


PARTS = {
    "concurrent": concurrent,
    "session": lambda *a: crash(*a, "session"),
    "scribe": lambda *a: crash(*a, "scribe"),
    "server": lambda *a: crash(*a, "server"),
    "restart": restart,
    "period": period,
    "many_workers": many_workers,
    "no_worker": no_worker,
    "flood": flood,
    "databases": databases,
    "standby": standby,
}


def main(names):
    server = Server.make("budget")
    try:
        server.stop()
        server.start(**DURABLE)
        key = world(server)
        return run_parts(names or PARTS, lambda tap, name: PARTS[name](tap, server, key))
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
