"""Many tenants in one index, most of them tiny, and one large tenant: room, and time, for inserts one by one and for
CREATE INDEX."""

import math
import os
import random
import time

TENANTS = int(os.environ.get("INDEX_TENANTS", "10000"))
ROWS = int(os.environ.get("INDEX_ROWS", "50000"))

# Where all tenants are of one size, their pages all split at the same time.
UNIFORM = 1.5

PAGE = 8192
# Bytes of an entry: address, tag, and a code of one bit for each of 384 dimensions.
ENTRY = 7 + 9 + 384 // 8
# A tenant with more rows may have pages of its own.
SMALL = PAGE // ENTRY // 2
# Vectors of which only one number is stored: what they are makes no difference to an index's size.
VECTOR = "(array_fill(number, ARRAY[384])::vector(384))"


def run(tap, server, seed):
    chance = random.Random(seed)
    with server.connect() as connection:
        connection.execute(f"CREATE TABLE scaled (tenant integer, number real);"
                           f"CREATE INDEX scaled_index ON scaled USING tenant_vector (tenant, ({VECTOR}) vector_l2_ops);"
                           "CREATE TABLE size (tenant integer, rows integer)")
        skewed = [max(1, round(chance.lognormvariate(math.log(3), 1.1))) for _ in range(TENANTS - 1)]
        what = f"{TENANTS} tenants, most of them tiny"
        room(tap, connection, what, [*skewed, max(1000, TENANTS // 10)])
        for rows in (1, 3, 10, 50, 100):
            room(tap, connection, f"tenants of {rows} rows", [rows] * min(TENANTS, max(100, 2 * TENANTS // rows)), UNIFORM)
        largest(tap, connection)


def room(tap, connection, what, sizes, most=0):
    """How many times the bytes of its entries an index of such tenants takes: inserted one by one, and built. At most 1.3
    times, and a page for each 100 small tenants, or what is allowed beside."""
    connection.execute("TRUNCATE scaled, size")
    with connection.cursor().copy("COPY size FROM STDIN") as copy:
        for row in enumerate(sizes):
            copy.write_row(row)
    started = time.monotonic()
    connection.execute("INSERT INTO scaled SELECT tenant, random() FROM size, generate_series(1, rows) ORDER BY random()")
    inserted, inserting = bytes_of(connection), time.monotonic() - started
    started = time.monotonic()
    connection.execute("REINDEX INDEX scaled_index")
    built, building = bytes_of(connection), time.monotonic() - started
    rows = sum(sizes)
    small = sum(size <= SMALL for size in sizes)
    times = [size / rows / ENTRY for size in (inserted, built)]
    goal = 1.3 + math.ceil(small / 100) * PAGE / rows / ENTRY
    tap.note(f"{what}: {len(sizes)} tenants, {rows} rows; inserted in {inserting:.1f} s, built in {building:.1f} s")
    tap.check(max(times) <= max(goal, most), f"{what}: the index takes {times[0]:.2f} times the bytes of its entries"
              f" inserted and {times[1]:.2f} times built, and may take {max(goal, most):.2f} times")
    wrong = connection.execute("SELECT * FROM tenancy.check_index('scaled_index') LIMIT 5").fetchall()
    tap.check(not wrong, f"{what}: the index is whole", *wrong)


def bytes_of(connection):
    [(size,)] = connection.execute("SELECT pg_relation_size('scaled_index')").fetchall()
    return size


def largest(tap, connection):
    """One tenant of many rows."""
    connection.execute("TRUNCATE scaled")
    timed = {}

    def time_of(what, sql):
        started = time.monotonic()
        rows = connection.execute(sql)
        timed[what] = time.monotonic() - started
        return rows

    time_of("inserted", f"INSERT INTO scaled SELECT 1, random() FROM generate_series(1, {ROWS})")
    time_of("built", "REINDEX INDEX scaled_index")
    wrong = time_of("checked", "SELECT * FROM tenancy.check_index('scaled_index') LIMIT 5").fetchall()
    connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET tenancy.recall_bound = 6")
    query = f"SELECT number FROM scaled WHERE tenant = 1 ORDER BY {VECTOR} <-> array_fill(0.5, ARRAY[384])::vector LIMIT 10"
    connection.execute(query)
    found = time_of("scanned", query).fetchall()
    connection.execute("SET enable_seqscan = on; SET enable_sort = on; SET enable_indexscan = off")
    there = time_of("scanned without it", query).fetchall()
    connection.execute("RESET ALL")
    time_of("deleted", "DELETE FROM scaled WHERE number < 0.9")
    time_of("vacuumed", "VACUUM (INDEX_CLEANUP ON) scaled")
    wrong += connection.execute("SELECT * FROM tenancy.check_index('scaled_index') LIMIT 5").fetchall()
    tap.note(f"a tenant of {ROWS} rows: " + ", ".join(f"{what} {1000 * took:.0f} ms" for what, took in timed.items()))
    tap.check(not wrong, f"a tenant of {ROWS} rows: the index is whole, also once most rows are gone", *wrong)
    tap.check(found == there, f"a tenant of {ROWS} rows: the nearest are found", found, there)
