"""A real PgBouncer in transaction mode: many clients of many tenants share few server connections, and some of them
poison what they leave behind. Speaks TAP.

First, with one server connection, every poison by itself: whoever gets that connection next must be unbound, and must
read its own rows and no others once it binds. Then a storm: all of it at once on four server connections. PgBouncer is
told to reset nothing between clients, so what is tested is the extension and not the pooler.
"""

import asyncio
import collections
import contextlib
import multiprocessing
import os
import pathlib
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

import psycopg

import poison
from poison import BAD_TENANT, Unbound

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import Tap  # noqa: E402
from tokens import token  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TENANTS = [f"tenant-{n}" for n in range(1, 13)]
CLIENTS = 36
TRANSACTIONS_EACH = 300
POISONERS = 12
PROCESSES = 3
SERVERS = 4


@contextlib.contextmanager
def pgbouncer():
    """Runs PgBouncer, as another user when we are root; gives its port."""
    home = pathlib.Path(os.environ["TEST_TMPDIR"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = f"host={os.environ['PGHOST']} port={os.environ['PGPORT']} dbname={os.environ['PGDATABASE']}"
    (home / "pgbouncer.ini").write_text(f"""
[databases]
one = {server} pool_size=1
few = {server} pool_size={SERVERS}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {home}/users.txt
pool_mode = transaction
server_reset_query =
max_client_conn = 200
log_connections = 0
log_disconnections = 0
""")
    (home / "users.txt").write_text('"pool_app" ""\n')
    command = shlex.split(os.environ.get("PG_RUN_AS", "")) + [shutil.which("pgbouncer"), str(home / "pgbouncer.ini")]
    with open(home / "pgbouncer.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        else:
            sys.exit(f"pgbouncer does not start:\n{(home / 'pgbouncer.log').read_text()}")
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def set_up(admin):
    """Tenants and tables; gives a key for each tenant."""
    admin.execute((HERE / "schema.sql").read_text())
    return {tenant: admin.execute("SELECT secret FROM tenancy.create_key(%s, 'pool')", [tenant]).fetchone()[0]
            for tenant in TENANTS}


def notes_of(tenant):
    """How many notes schema.sql gives that tenant."""
    return 2 * int(tenant.split("-")[1])


async def connect(port, database):
    # Named prepared statements need PgBouncer 1.21; these clients use the unnamed one.
    return await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=port, dbname=database, user="pool_app", autocommit=True, prepare_threshold=None)


# One server connection: every poison by itself

async def one_by_one(port, keys, tap):
    for case in poison.CASES:
        wrong = []
        poisoner, victim = await connect(port, "one"), await connect(port, "one")
        before = await backend(poisoner)
        wrong += await case.run(poisoner, "tenant-2", keys["tenant-2"])
        if not case.breaks_connection and await backend(victim) != before:
            wrong.append("the next client got another server connection, so this shows nothing")
        unbound = await Unbound.read(victim)
        if unbound.rows or not (unbound.sqlstate == "42501" or case.empties):
            wrong.append(f"unbound: {unbound}")
        for tenant in ("tenant-5", "tenant-2"):
            try:
                wrong += await read_notes(victim, tenant, keys[tenant])
            except psycopg.Error as error:
                await victim.execute("ROLLBACK")
                if error.sqlstate not in case.denies_service:
                    wrong.append(f"{tenant}: {error.sqlstate} {error}")
        tap.check(not wrong, f"left behind: {case.name}", *wrong)
        # The connection is used again; what broke stays broken no longer than this case.
        await victim.execute("RESET ALL")
        await victim.execute("RESET ROLE")
        await victim.execute("DEALLOCATE ALL")
        for connection in (poisoner, victim):
            await connection.close()


async def ended(port, keys, admin, tap):
    """A key is revoked, and a tenant suspended, while a transaction of theirs runs on the one server connection; then others
    get that connection, which has known the key."""
    key_id, secret = admin.execute("SELECT * FROM tenancy.create_key('tenant-3', 'ends')").fetchone()
    client, other = await connect(port, "one"), await connect(port, "one")
    wrong = await read_notes(client, "tenant-3", secret)
    for end, undo, sqlstate in [
        ("SELECT tenancy.suspend_tenant('tenant-3')", "SELECT tenancy.resume_tenant('tenant-3')", "42501"),
        (f"SELECT tenancy.revoke_key('{key_id}')", None, "28000"),
    ]:
        await client.execute("BEGIN")
        await client.execute("SELECT tenancy.bind(%s)", [secret])
        await client.execute(poison.READ)
        admin.execute(end)
        wrong += await refused(client, poison.READ, None, sqlstate)
        await client.execute("ROLLBACK")
        wrong += await refused(other, "SELECT tenancy.bind(%s)", [secret], sqlstate)
        wrong += await read_notes(other, "tenant-5", keys["tenant-5"])
        if undo:
            admin.execute(undo)
            wrong += await read_notes(other, "tenant-3", secret)
    wrong += await read_notes(client, "tenant-3", keys["tenant-3"])
    tap.check(not wrong, "a key that is revoked, a tenant that is suspended, in a transaction and behind it", *wrong)
    for connection in (client, other):
        await connection.close()


async def refused(connection, statement, parameters, sqlstate):
    """What is wrong where a statement should fail with an SQLSTATE."""
    try:
        rows = await (await connection.execute(statement, parameters)).fetchall()
        return [f"{statement}: {len(rows)} rows"]
    except psycopg.Error as error:
        return [] if error.sqlstate == sqlstate else [f"{statement}: {error.sqlstate} {error}"]


async def backend(connection):
    return (await (await connection.execute("SELECT pg_backend_pid()")).fetchone())[0]


async def read_notes(connection, tenant, credential):
    """A transaction of a tenant; gives what is wrong with what it sees."""
    await connection.execute("BEGIN")
    await connection.execute("SELECT tenancy.bind(%s)", [credential])
    rows = await (await connection.execute(poison.READ)).fetchall()
    await connection.execute("COMMIT")
    return wrong_rows(tenant, [body for body, in rows])


def wrong_rows(tenant, bodies):
    foreign = [body for body in bodies if not body.startswith(f"{tenant} ")]
    if foreign:
        return [f"{tenant} sees foreign rows: {foreign[:3]}"]
    if len(bodies) != notes_of(tenant):
        return [f"{tenant} sees {len(bodies)} rows, not {notes_of(tenant)}"]
    return []


# The storm

class Client:
    """A tenant's client, which checks every answer it gets."""

    def __init__(self, number, key):
        self.number = number
        self.tenant = TENANTS[number % len(TENANTS)]
        self.credential = token(self.tenant) if number // len(TENANTS) % 2 else key
        self.random = random.Random(number)
        self.committed = 0
        self.transactions = 0
        self.servers = set()
        self.redirected = 0
        self.wrong = []

    async def run(self, port):
        connection = await connect(port, "few")
        while self.transactions < TRANSACTIONS_EACH:
            work = self.random.choice([self.read, self.read, self.write, self.write_and_roll_back])
            try:
                await work(connection)
            except psycopg.Error as error:
                self.wrong.append(f"{self.tenant}: {error.sqlstate} {error}")
                await connection.close()
                connection = await connect(port, "few")
            self.transactions += 1
        await connection.close()
        return self

    async def transaction(self, connection, *statements, end="COMMIT"):
        """Binds and runs statements, in one round trip or one by one; gives their rows."""
        whole = [("BEGIN", None), ("SELECT tenancy.bind(%s)", [self.credential]), *statements, (end, None)]
        if self.random.random() < 0.7:
            async with connection.pipeline():
                cursors = [await connection.execute(*statement) for statement in whole]
            return [await cursor.fetchall() for cursor in cursors[2:-1]]
        answers = []
        for statement in whole:
            cursor = await connection.execute(*statement)
            answers.append(await cursor.fetchall() if cursor.description else None)
        return answers[2:-1]

    async def read(self, connection):
        rows, unqualified, self_seen = await self.transaction(
            connection,
            (poison.READ, None),
            # Whatever search_path was left behind, what it leads to is protected too.
            ("SELECT body FROM note", None),
            ("SELECT pg_backend_pid(), tenancy.context()->>'tenant'", None))
        self.wrong += wrong_rows(self.tenant, [body for body, in rows])
        self.wrong += wrong_rows(self.tenant, [body.removeprefix("decoy ") for body, in unqualified])
        self.redirected += any(body.startswith("decoy ") for body, in unqualified)
        server, tenant = self_seen[0]
        self.servers.add(server)
        if tenant != self.tenant:
            self.wrong.append(f"{self.tenant} is bound as {tenant}")

    async def write(self, connection, end="COMMIT"):
        entry, total, own, foreign = await self.transaction(
            connection,
            ("INSERT INTO public.entry (client, body) VALUES (%s, %s) RETURNING body", [self.number, self.tenant]),
            # The same key in all tenants: each has its own row.
            ("INSERT INTO public.total AS t (name, n) VALUES ('entries', 1)"
             " ON CONFLICT (tenant_id, name) DO UPDATE SET n = t.n + 1 RETURNING n", None),
            ("SELECT count(*) FROM public.entry WHERE client = %s", [self.number]),
            ("SELECT count(*) FROM public.entry WHERE body <> %s", [self.tenant]),
            end=end)
        self.committed += end == "COMMIT"
        expected = self.committed + (end != "COMMIT")
        if entry != [(self.tenant,)] or own != [(expected,)] or foreign != [(0,)] or total[0][0] < expected:
            self.wrong.append(f"{self.tenant}: wrote {entry}, sees {own} of its own rows, not {expected}, and {foreign} foreign")

    async def write_and_roll_back(self, connection):
        await self.write(connection, end="ROLLBACK")


class Poisoner:
    """Runs one case after another until the clients are done."""

    def __init__(self, number, keys):
        self.random = random.Random(1000 + number)
        self.keys = keys
        self.ran = collections.Counter()
        self.wrong = []

    async def run(self, port, done):
        connection = await connect(port, "few")
        while not done.is_set():
            case = self.random.choice([case for case in poison.CASES if not case.denies_service])
            tenant = self.random.choice(TENANTS)
            try:
                self.wrong += [f"{case.name}: {what}" for what in await case.run(connection, tenant, self.keys[tenant])]
                if (unbound := await Unbound.read(connection)).rows:
                    self.wrong.append(f"{case.name}: unbound, then sees {unbound}")
            except psycopg.OperationalError:
                # A case that hangs up in the midst of a transaction; anything else would show in `wrong`.
                if not case.breaks_connection:
                    raise
            if connection.closed:
                connection = await connect(port, "few")
            self.ran[case.name] += 1
            # The clients are what is measured: they need most of the machine.
            await asyncio.sleep(0.01)
        await connection.close()
        return self


async def storm(port, keys, part):
    done = asyncio.Event()
    clients = [Client(n, keys[TENANTS[n % len(TENANTS)]]) for n in range(part, CLIENTS, PROCESSES)]
    poisoners = [asyncio.create_task(Poisoner(n, keys).run(port, done)) for n in range(part, POISONERS, PROCESSES)]
    try:
        await asyncio.gather(*(client.run(port) for client in clients))
    finally:
        done.set()
    return clients, await asyncio.gather(*poisoners)


def storm_part(arguments):
    return asyncio.run(asyncio.wait_for(storm(*arguments), 120))


def check_storm(tap, admin, clients, poisoners, seconds):
    transactions = sum(client.transactions for client in clients)
    ran = sum((poisoner.ran for poisoner in poisoners), collections.Counter())
    tenants_of = collections.defaultdict(set)
    for client in clients:
        for server in client.servers:
            tenants_of[server].add(client.tenant)
    print(f"# {transactions} transactions of {len(clients)} clients of {len(TENANTS)} tenants on"
          f" {len(tenants_of)} server connections, {SERVERS} at a time; {ran.total()} poisonings of {len(ran)} kinds;"
          f" {seconds:.0f} s")
    tap.check(transactions >= 10_000, "at least 10,000 transactions")
    tap.check(len({client.tenant for client in clients}) >= 12 and len(clients) >= 24, "at least 24 clients of 12 tenants")
    tap.check(max(map(len, tenants_of.values())) == len(TENANTS), "a server connection served every tenant")
    tap.check(set(ran) == {case.name for case in poison.CASES if not case.denies_service}, "every poison was used",
              *ran.items())
    tap.check(sum(client.redirected for client in clients) > 0, "a search_path that was left behind did reach clients")
    wrong = [what for client in clients for what in client.wrong]
    tap.check(not wrong, "no client saw a foreign row, missed one of its own, or met an error", *wrong[:20])
    wrong = [what for poisoner in poisoners for what in poisoner.wrong]
    tap.check(not wrong, "every poison was refused or had no effect", *wrong[:20])

    mixed = admin.execute(
        "SELECT t.slug, e.body, count(*) FROM entry e JOIN tenancy.tenant t USING (tenant_id)"
        " WHERE e.body <> t.slug GROUP BY 1, 2").fetchall()
    tap.check(not mixed, "no row was written for another tenant", *mixed)
    expected = collections.Counter()
    for client in clients:
        expected[client.tenant] += client.committed
    entries = dict(admin.execute("SELECT t.slug, count(*) FROM entry JOIN tenancy.tenant t USING (tenant_id) GROUP BY 1"))
    tap.check(entries == expected, "every tenant has as many rows as its clients committed", entries, expected)
    totals = dict(admin.execute("SELECT t.slug, n FROM total JOIN tenancy.tenant t USING (tenant_id)"))
    tap.check(totals == expected, "every tenant's counter counted its own", totals, expected)
    planted = admin.execute("SELECT count(*) FROM note WHERE body LIKE %s", [f"%{BAD_TENANT}%"]).fetchone()[0]
    tap.check(planted == 0, "nothing was planted")
    left = admin.execute(
        "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),"
        " (SELECT count(*) FROM pg_prepared_xacts), (SELECT count(*) FROM pg_class WHERE relpersistence = 't')").fetchone()
    tap.check(left == (0, 0, 0), "no lock, prepared transaction or temporary table is left", left)


def main():
    tap = Tap()
    admin = psycopg.connect(autocommit=True)
    keys = set_up(admin)
    with pgbouncer() as port:
        asyncio.run(one_by_one(port, keys, tap))
        asyncio.run(ended(port, keys, admin, tap))
        started = time.monotonic()
        # Processes, as one Python process could not keep the servers busy.
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as processes:
            parts = processes.map(storm_part, [(port, keys, part) for part in range(PROCESSES)])
        seconds = time.monotonic() - started
    clients = [client for part in parts for client in part[0]]
    poisoners = [poisoner for part in parts for poisoner in part[1]]
    check_storm(tap, admin, clients, poisoners, seconds)
    return tap.close()


if __name__ == "__main__":
    sys.exit(main())
