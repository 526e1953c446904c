"""A hot standby that follows while the primary traces and seals: it verifies, exports and proves as the primary does,
writes nothing, and once promoted goes on where the primary was."""

import threading
import time

import load
import psycopg
import world
from merkle import proves_inclusion
from workers import Run

SECONDS = 2


def run(tap, seed):
    primary = world.make("primary", load.TENANTS, fsync="off")
    standby = None
    try:
        standby = primary.copy("standby")
        standby.start(hot_standby_feedback="on", max_standby_streaming_delay=-1)
        witness = world.Witness()
        follow(tap, primary, standby, seed, witness)
        refuses(tap, standby)
        # In no log when the primary falls.
        world.trace(primary, "t1", 7)
        with primary.connect() as here:
            catch_up(here, standby)
        primary.kill()
        promote(tap, standby, seed, witness)
    finally:
        for server in filter(None, (standby, primary)):
            server.close()


def follow(tap, primary, standby, seed, witness):
    workers = Run(SECONDS, seed, (load.Writer, primary, 4), (load.Sealer, primary, 2), (load.Follower, standby, 1))
    onlooker = load.Onlooker(standby.parameters(), workers.until, witness)
    thread = threading.Thread(target=onlooker.work)
    thread.start()
    did, wrong = workers.wait()
    thread.join()
    tap.note(f"standby: {dict(did)}, {onlooker.did} looks, {len(witness.seen)} checkpoints")
    tap.check(not wrong, "verify_trace finds nothing wrong on a standby under load", *wrong[:10])
    tap.check(onlooker.did and not onlooker.wrong, "each checkpoint there is consistent with the one before",
              *onlooker.wrong[:10])
    tap.check(min(did.values()) > 0 and len(did) == 3 and len(witness.seen) > 20, "all did their work", did)
    with primary.connect() as here:
        wrong = world.is_whole(here)
        catch_up(here, standby)
        with standby.connect() as there:
            wrong += world.verify(there) + world.wrong_rows(there) + witness.look(there) + witness.missing(here)
            tap.check(not wrong, "the primary's last seal arrives", *wrong[:10])
            same = [name for name, sql in reads(here) if world.ask(here, sql) == world.ask(there, sql) != []]
        tap.check(len(same) == len(list(reads(here))), "the standby exports and proves what the primary does", same)
        proofs = world.ask(here, f"""
            SELECT tenancy.inclusion_proof(trace_id), leaf
            FROM (SELECT trace_id, leaf FROM ({world.LOGGED}) l ORDER BY random() LIMIT 20) chosen""")
        wrong = [problem for proof, leaf in proofs for problem in proves_inclusion(proof, leaf)]
        tap.check(not wrong, "and the proofs hold", *wrong[:10])


def reads(connection):
    """What the functions that read are asked."""
    [(trace,), (other,)] = world.ask(connection, f"SELECT trace_id FROM ({world.LOGGED}) l ORDER BY 1 LIMIT 2")
    [(old, new)] = world.ask(connection, "SELECT min(size), max(size) FROM tenancy.trace_checkpoint"
                                         " JOIN tenancy.tenant USING (tenant_id) WHERE slug = 't1'")
    yield "export_trace", "SELECT tenancy.export_trace('t1')"
    yield "trace_verifiers", "SELECT tenancy.trace_verifiers('t1')"
    yield "inclusion_proof", f"SELECT tenancy.inclusion_proof('{trace}'), tenancy.inclusion_proof('{other}')"
    yield "consistency_proof", f"SELECT tenancy.consistency_proof('t1', {old}, {new})"
    yield "usage", "SELECT * FROM tenancy.usage ORDER BY usage::text"


def catch_up(here, standby):
    [(goal,)] = world.ask(here, "SELECT pg_current_wal_flush_lsn()::text")
    with standby.connect() as there:
        for _ in range(600):
            if world.ask(there, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", goal) == [(True,)]:
                return
            time.sleep(0.05)
    raise AssertionError(f"{standby.name} does not catch up:\n{standby.last_words()}")


def refuses(tap, standby):
    """What writes."""
    for role, sql in [("trace_admin", "SELECT * FROM tenancy.seal()"), ("trace_admin", "SELECT tenancy.maintain()"),
                      ("trace_admin", "SELECT tenancy.redact_trace('t1', now())"),
                      ("trace_app", "SELECT tenancy.trace('decision')")]:
        with world.connect_as(standby, role) as connection:
            try:
                with connection.transaction():
                    if role == "trace_app":
                        world.bind(connection, "t1")
                    answer = world.ask(connection, sql)
            except psycopg.Error as error:
                answer = error.sqlstate
        tap.check(answer == "25006", f"a standby refuses {sql}", answer)


def promote(tap, standby, seed, witness):
    standby.promote()
    with standby.connect() as connection:
        wrong = world.verify(connection) + witness.missing(connection)
        tap.check(not wrong, "once promoted, it verifies, and has all checkpoints", *wrong[:10])
        sealed = [size for _, size in world.seal(connection)]
        tap.check(len(sealed) == 1, "it seals what the primary had not", sealed)
        wrong = world.verify(connection) + world.wrong_rows(connection) + witness.look(connection)
        tap.check(not wrong, "each trace once", *wrong[:10])
    for worker in (load.Writer, load.Sealer):
        name, did, wrong = worker(standby.parameters(), seed, time.time() + 0.3).work()
        tap.check(did and not wrong, f"{name} goes on", did, *wrong[:10])
    with standby.connect() as connection:
        wrong = world.is_whole(connection) + witness.look(connection) + witness.missing(connection)
        tap.check(not wrong, "and the log stays whole", *wrong[:10])
