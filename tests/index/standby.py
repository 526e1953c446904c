"""A standby that replays what writers and VACUUM do, while scanners on it compare index and table."""

import os
import time

import load
from compare import check_indexes, compare_all, is_whole
from server import Server
from workers import Run

SECONDS = float(os.environ.get("INDEX_SECONDS", "4"))


def run(tap, _server, seed):
    primary = Server.make("primary")
    standby = None
    try:
        primary.stop()
        # Replay then compares each page with the primary's.
        primary.start(fsync="off", wal_consistency_checking="generic")
        with primary.connect() as connection:
            connection.execute(load.SCHEMA)
            load.fill(connection)
        standby = primary.copy("standby")
        standby.start(fsync="off", hot_standby_feedback="on", max_standby_streaming_delay=-1)
        if follow(tap, primary, standby, seed):
            promote(tap, standby, seed)
    finally:
        for server in filter(None, (standby, primary)):
            server.close()


def follow(tap, primary, standby, seed):
    """Whether the standby got to where the primary is."""
    did, wrong = Run(SECONDS, seed, (load.Writer, primary, 2), (load.Churn, primary, 1),
                          (load.Scan, standby, 2), (load.Hammer, standby, 2)).wait()
    tap.note(f"standby: {dict(did)}")
    tap.check(not wrong, "scans on the standby give what the table holds", *wrong[:10])
    tap.check(min(did.values()) > 0 and len(did) == 4, "writers and scanners did their work", did)
    late = catch_up(primary, standby)
    tap.check(not late, "the standby catches up", late, standby.last_words())
    if late:
        return False
    with primary.connect() as here, standby.connect() as there:
        wrong = compare_all(there)
        query = "SELECT count(*), sum(id), sum(tenant), sum(note) FROM item"
        if here.execute(query).fetchall() != there.execute(query).fetchall():
            wrong.append("it has other rows than the primary")
        tap.check(not wrong, "then it gives what the primary holds", *wrong[:10])
    return True


def catch_up(primary, standby, patience=30):
    """Waits until the standby has replayed all; says where it stands if it does not get there."""
    with primary.connect() as here, standby.connect() as there:
        [(goal,)] = here.execute("SELECT pg_current_wal_flush_lsn()").fetchall()
        end = time.monotonic() + patience
        while time.monotonic() < end:
            [(at, behind)] = there.execute("SELECT pg_last_wal_replay_lsn(), pg_last_wal_replay_lsn() < %s::pg_lsn", [goal])
            if not behind:
                return None
            time.sleep(0.05)
        waiting = there.execute("SELECT backend_type, wait_event_type, wait_event FROM pg_stat_activity"
                                " WHERE wait_event_type IN ('LWLock', 'BufferPin', 'Lock')").fetchall()
    return f"it stands at {at}, not at {goal}; who waits: {waiting}"


def promote(tap, standby, seed):
    standby.promote()
    with standby.connect() as connection:
        wrong = check_indexes(connection)
        tap.check(not wrong, "once promoted, its indexes are whole", *wrong[:10])
    for worker in (load.Writer, load.Vacuum, load.Scan):
        name, did, wrong = worker(standby.parameters(), seed, time.time() + 0.3).work()
        tap.check(did and not wrong, f"{name} goes on", did, *wrong[:10])
    with standby.connect() as connection:
        wrong = is_whole(connection)
        tap.check(not wrong, "and whole they stay", *wrong[:10])
