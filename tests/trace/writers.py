"""Many writers and several sealers at once. Each trace that was committed is in its log once, and no log ever forks."""

import os
import threading
import time

import load
import psycopg
import world
from workers import Run, describe

SECONDS = float(os.environ.get("TRACE_SECONDS", "3"))


def run(tap, seed):
    server = world.make("writers", load.TENANTS, fsync="off")
    try:
        witness = world.Witness()
        first_seals(tap, server)
        with server.connect() as connection:
            together(tap, server, connection, seed, witness)
        with_traces_of_its_own(tap, server)
    finally:
        server.close()


def first_seals(tap, server):
    """Two at once, where none was before."""
    world.trace(server, "t1", 1)
    with server.connect() as one, server.connect() as other:
        one.execute("BEGIN")
        world.seal(one)
        second = threading.Thread(target=lambda: sealed.append(try_to_seal(other)))
        sealed = []
        second.start()
        time.sleep(0.3)
        one.execute("COMMIT")
        second.join()
        tap.check(sealed == [[]], "the second of the first two seals waits, and finds nothing left", sealed)


def try_to_seal(connection):
    try:
        return world.seal(connection)
    except psycopg.Error as error:
        return describe(error)


def together(tap, server, connection, seed, witness):
    workers = Run(SECONDS, seed, (load.Writer, server, 8), (load.Sealer, server, 3), (load.Preparer, server, 1),
                  (load.Verifier, server, 1))
    onlooker = load.Onlooker(server.parameters(), workers.until, witness)
    thread = threading.Thread(target=onlooker.work)
    thread.start()
    did, wrong = workers.wait()
    thread.join()
    [(rows, checkpoints)] = world.ask(connection, "SELECT (SELECT count(*) FROM tenancy.decision_trace),"
                                                  " (SELECT count(*) FROM tenancy.trace_checkpoint)")
    tap.note(f"writers: {dict(did)}, {onlooker.did} looks, {rows} rows, {checkpoints} checkpoints")
    tap.check(not wrong, "writers, sealers and verifiers meet nothing wrong", *wrong[:20])
    worked = min(did.values()) > 0 and len(did) == 4 and len(witness.seen) > 50
    tap.check(worked, "each kind of worker did its work", did)
    tap.check(onlooker.did and not onlooker.wrong, "each new checkpoint is consistent with the one before",
              *onlooker.wrong[:20])
    wrong = world.is_whole(connection)
    tap.check(not wrong, "after a last seal, what was committed is in the log once, and nothing else", *wrong[:20])
    wrong = witness.look(connection) + witness.missing(connection)
    tap.check(not wrong, "and all checkpoints are those that were seen", *wrong[:20])
    wrong = [problem for n in range(load.TENANTS) for problem in world.wrong_export(connection, f"t{n + 1}")]
    tap.check(not wrong, "what is exported hashes to the leaves", *wrong[:20])
    tap.check(not world.seal(connection), "another seal finds nothing")


def with_traces_of_its_own(tap, server):
    """A seal and traces in one transaction, after which another began and ended."""
    world.trace(server, "t1", 4)
    with world.connect_as(server, "trace_admin") as connection:
        world.seal(connection)
        with connection.transaction():
            world.erase(connection)
            world.trace(server, "t2", 1)
            first = world.seal(connection)
            world.erase(connection)
            world.trace(server, "t2", 1)
            second = world.seal(connection)
            world.erase(connection)
    tap.check(len(first) == len(second) == 1, "a seal leaves out what its own transaction traced", first, second)
    with server.connect() as connection:
        wrong = world.is_whole(connection)
    tap.check(not wrong, "which the next one adds", *wrong[:20])
