"""Servers killed at any moment, under load. After recovery the indexes are whole, and life goes on."""

import os
import random
import time

import load
from compare import ASK_INDEX, ASK_TABLE, check_indexes, differences, is_whole
from server import Server, kill
from workers import Run

CRASHES = int(os.environ.get("INDEX_CRASHES", "3"))
SECONDS = 2

# What is killed, and how the server runs meanwhile. Where consistency is checked, replay stops at the first page that
# is not as it was.
KINDS = [
    ("server", {"wal_consistency_checking": "generic"}),
    ("server", {"wal_level": "minimal", "max_wal_senders": 0}),
    ("session", {"full_page_writes": "off"}),
]

DURABLE = {"fsync": "on", "recovery_init_sync_method": "syncfs", "checkpoint_timeout": "30s"}

# Made and filled in one transaction, of which a server with wal_level = minimal logs nothing but the end.
NEW_TABLE = """
DROP TABLE IF EXISTS item_made;
BEGIN;
SET LOCAL wal_skip_threshold = 0;
CREATE TABLE item_made (tenant integer, embedding vector(16));
CREATE INDEX ON item_made USING tenant_vector (tenant, embedding vector_l2_ops);
INSERT INTO item_made SELECT n % 7, random_vector() FROM generate_series(1, 3000) n;
COMMIT;
"""


def run(tap, _server, seed):
    chance = random.Random(seed)
    server = Server.make("crash")
    try:
        with server.connect() as connection:
            connection.execute(load.SCHEMA)
            load.fill(connection)
        for number in range(CRASHES):
            what, settings = KINDS[number % len(KINDS)]
            crash(tap, server, what, settings, chance)
    finally:
        server.close()


def crash(tap, server, what, settings, chance):
    name = f"kill -9 of a {what}" + "".join(f", {name} = {value}" for name, value in settings.items())
    server.stop()
    server.start(**DURABLE, **settings)
    with server.connect() as connection:
        connection.execute("INSERT INTO unlogged_item (tenant, embedding)"
                           " SELECT 1, random_vector() FROM generate_series(1, 100)")
        running = Run(SECONDS, chance.randrange(1000), (load.Writer, server, 3), (load.Vacuum, server, 1))
        time.sleep(chance.uniform(0.3, SECONDS - 1))
        if chance.random() < 0.5:
            connection.execute("CHECKPOINT")
        connection.execute(NEW_TABLE)
        time.sleep(chance.random() / 5)
    if what == "server":
        server.kill()
        server.start(**DURABLE)
        _, wrong = running.wait()
    else:
        kill(server.backend())
        _, wrong = running.wait()
        server.connect_again().close()
    with server.connect() as connection:
        # Before VACUUM puts anything right.
        wrong += check_indexes(connection) + is_whole(connection)
        tap.check(not wrong, f"{name}: the indexes are whole", *wrong[:10])
        wrong = [problem for table in ("item_made", "unlogged_item") for problem in check_other(connection, table)]
        tap.check(not wrong, f"{name}: so are those of new and of unlogged tables", *wrong[:10])
    for worker in (load.Writer, load.Vacuum, load.Scan):
        name, did, wrong = worker(server.parameters(), chance.randrange(1000), time.time() + 0.3).work()
        tap.check(did and not wrong, f"{name} goes on", did, *wrong[:10])


def check_other(connection, table):
    """What is wrong with a table that no worker writes to."""
    connection.execute(f"INSERT INTO {table} (tenant, embedding) SELECT 1, random_vector() FROM generate_series(1, 50)")
    distance = "embedding <-> array_fill(0, ARRAY[16])::vector"
    query = f"SELECT ctid, tenant, {distance} FROM {table} WHERE tenant = 1 ORDER BY {distance}"
    wrong = check_indexes(connection, table)
    with connection.transaction():
        connection.execute("SET LOCAL tenancy.recall_bound = 100")
        connection.execute(ASK_INDEX)
        found = connection.execute(query).fetchall()
        connection.execute(ASK_TABLE)
        there = connection.execute(query).fetchall()
    return wrong + differences(table, [1], found, there)
