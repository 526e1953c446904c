"""Servers and sessions killed at any moment, under load. After recovery the logs are whole and go on, and every
checkpoint that somebody has read is there still."""

import os
import random
import threading
import time

import load
import world
from server import kill
from workers import Run

CRASHES = int(os.environ.get("TRACE_CRASHES", "3"))
# More than enough: all ends when the server does.
SECONDS = 30
DURABLE = {"fsync": "on", "recovery_init_sync_method": "syncfs", "checkpoint_timeout": "30s"}
KINDS = ["server", "sealer", "writer"]


def run(tap, seed):
    chance = random.Random(seed)
    server = world.make("crash", load.TENANTS)
    try:
        witness = world.Witness()
        without_waiting(tap, server)
        for number in range(CRASHES):
            crash(tap, server, KINDS[number % len(KINDS)], chance, witness)
    finally:
        server.close()


def without_waiting(tap, server):
    """What a session that does not wait for the disk commits is lost, but no checkpoint, with all that it signs."""
    server.stop()
    # So that nothing is written but by who waits for it.
    server.start(**DURABLE, wal_writer_delay="10s", wal_writer_flush_after="1GB")
    names = ["seal()", "maintain()"]
    witness = world.Witness()
    with server.connect() as connection:
        connection.execute("CREATE TABLE lost (id integer)")
    for name in names:
        with server.connect() as connection:
            connection.execute("SET synchronous_commit = off")
            world.trace(server, "t1", 3)
            connection.execute(f"SELECT tenancy.{name}")
            wrong = witness.look(connection)
            connection.execute("INSERT INTO lost VALUES (1)")
        server.kill()
        server.start(**DURABLE, wal_writer_delay="10s", wal_writer_flush_after="1GB")
        with server.connect() as connection:
            wrong += witness.missing(connection)
            tap.check(witness.seen and not wrong, f"a checkpoint of {name} is not lost in a crash", *wrong)
            lost = world.ask(connection, "SELECT count(*) FROM lost")
            tap.check(lost == [(0,)], "which other things would have been", lost)
            wrong = world.is_whole(connection)
            tap.check(not wrong, "and the log is whole", *wrong[:20])


def crash(tap, server, what, chance, witness):
    server.stop()
    server.start(**DURABLE)
    workers = Run(SECONDS, chance.randrange(1000), (load.Writer, server, 4), (load.Sealer, server, 2),
                  (load.Preparer, server, 1))
    onlooker = load.Onlooker(server.parameters(), workers.until, witness)
    thread = threading.Thread(target=onlooker.work)
    thread.start()
    time.sleep(chance.uniform(0.6, 1.2))
    if what == "server":
        server.kill()
        server.start(**DURABLE)
    else:
        kill(victim(server, what, workers.until))
    _, wrong = workers.wait()
    thread.join()
    wrong += onlooker.wrong
    server.connect_again().close()
    name = f"kill -9 of a {what}"
    tap.check(onlooker.did and not wrong, f"{name}: before it all goes well", *wrong[:10])
    with server.connect() as connection:
        wrong = witness.missing(connection) + witness.look(connection)
        tap.check(not wrong, "no checkpoint is missing, and none has forked", *wrong[:10])
        for (prepared,) in world.ask(connection, "SELECT gid FROM pg_prepared_xacts"):
            connection.execute(f"{chance.choice(['COMMIT', 'ROLLBACK'])} PREPARED '{prepared}'")
        wrong = world.is_whole(connection) + witness.look(connection)
        tap.check(not wrong, "what was committed is in the log once, and nothing else", *wrong[:10])
        tap.note(f"{name}: {len(witness.seen)} checkpoints seen")
    for worker in (load.Writer, load.Sealer):
        name, did, wrong = worker(server.parameters(), chance.randrange(1000), time.time() + 0.3).work()
        tap.check(did and not wrong, f"{name} goes on", did, *wrong[:10])
    with server.connect() as connection:
        wrong = world.is_whole(connection) + witness.look(connection)
        tap.check(not wrong, "and the log stays whole", *wrong[:10])


def victim(server, what, until):
    """A process that serves a writer, or a sealer in the middle of a seal."""
    query = "INSERT INTO noted%" if what == "writer" else "SELECT%tenancy.seal()%"
    with server.connect() as connection:
        while time.time() < until:
            found = world.ask(connection, """
                SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE %s
                   AND wait_event_type IS DISTINCT FROM 'Lock'""", query)
            if found:
                return found[0][0]
    raise AssertionError(f"no {what} was met")
