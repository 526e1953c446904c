"""One tenant with many rows, and many tenants with few. What seal and verify_trace take of memory."""

import os
import pathlib
import threading
import time

import world
from merkle import proves_inclusion

ROWS = int(os.environ.get("TRACE_ROWS", "100000"))
TENANTS = 1000
# What a session may take, in bytes a row; verify_trace keeps something of each.
SEAL, READ = 50, 400


def run(tap, _seed):
    server = world.make("endurance", TENANTS, fsync="off", max_wal_size="4GB")
    try:
        one_large(tap, server)
        many_small(tap, server)
    finally:
        server.close()


def memory(connection):
    """What a session has of its own, in bytes; shared buffers are not its own."""
    status = pathlib.Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


def watch(connection, taken, ended):
    while not ended.wait(0.02):
        taken.append(memory(connection))


def measured(tap, server, sql, most):
    """What a statement answers in a new session, which may take so much memory."""
    with server.connect() as connection:
        world.ask(connection, "SELECT count(*) FROM tenancy.verify_trace('t1000')")
        taken, ended, started = [memory(connection)], threading.Event(), time.monotonic()
        watcher = threading.Thread(target=watch, args=[connection, taken, ended])
        watcher.start()
        answer = world.ask(connection, sql)
        ended.set()
        watcher.join()
        took = max(taken) - taken[0]
        tap.note(f"{sql}: {time.monotonic() - started:.1f} s, {took / 1e6:.1f} MB more")
        tap.check(took < most + 8e6, f"{sql} takes bounded memory", f"{took} bytes")
        return answer


def one_large(tap, server):
    started = time.monotonic()
    world.trace(server, "t1", ROWS)
    tap.note(f"{ROWS} traces: {time.monotonic() - started:.1f} s")
    world.trace(server, "t2", 1)
    sealed = measured(tap, server, "SELECT size FROM tenancy.seal() ORDER BY size DESC", SEAL * ROWS)
    tap.check(sealed == [(ROWS,), (1,)], "one seal adds all rows", sealed)
    wrong = measured(tap, server, "SELECT * FROM tenancy.verify_trace('t1')", READ * ROWS)
    tap.check(not wrong, "verify_trace finds nothing wrong", *wrong[:10])
    with server.connect() as connection:
        wrong = world.wrong_rows(connection) + world.wrong_roots(connection)
        tap.check(not wrong, "each is there once, and they make the root that is signed", *wrong[:10])
        world.trace(server, "t1", 3)
        world.seal(connection)
        wrong = []
        for position in (0, 1, 255, 256, ROWS - 1, ROWS, ROWS + 2):
            [(trace, leaf)] = world.ask(connection, f"""
                SELECT trace_id, leaf FROM ({world.LOGGED}) l JOIN tenancy.tenant USING (tenant_id)
                WHERE slug = 't1' AND position = %s""", position)
            started = time.monotonic()
            [(proof,)] = world.ask(connection, "SELECT tenancy.inclusion_proof(%s)", trace)
            slow = time.monotonic() - started
            wrong += proves_inclusion(proof, leaf)
            wrong += [] if f"index {position}\n" in proof else [f"{position} has another index"]
        tap.note(f"inclusion_proof: {slow * 1000:.0f} ms")
        tap.check(not wrong, "rows at the edges of tiles are proved", *wrong[:10])


def many_small(tap, server):
    """Of all tenants a few rows, in one seal."""
    with world.connect_as(server, "trace_app") as connection:
        for n in range(TENANTS):
            with connection.transaction():
                world.bind(connection, f"t{n + 1}")
                connection.execute(world.TRACE, ["few", n % 3 + 1])
    with server.connect() as connection:
        started = time.monotonic()
        sealed = world.seal(connection)
        tap.note(f"seal of {TENANTS} tenants: {time.monotonic() - started:.1f} s")
        tap.check(len(sealed) == TENANTS, "one seal signs for each tenant", len(sealed))
        started = time.monotonic()
        sealed = world.seal(connection)
        tap.note(f"seal of nothing: {time.monotonic() - started:.3f} s")
        tap.check(not sealed, "another seal finds nothing", sealed)
        wrong = [str(row) for row in world.ask(connection, """
            SELECT t.slug, v.* FROM tenancy.tenant t, LATERAL tenancy.verify_trace(t.slug) v WHERE t.slug <> 't1'""")]
        wrong += world.wrong_rows(connection) + world.wrong_roots(connection)
        tap.check(not wrong, "nothing is wrong with any of them", *wrong[:10])
