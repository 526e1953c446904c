"""All at once: writers, VACUUM and rebuilds, while scanners compare index and table."""

import os

import load
from compare import check_indexes, is_whole
from psycopg import errors
from workers import Run

SECONDS = float(os.environ.get("INDEX_SECONDS", "8"))


def run(tap, server, seed):
    with server.connect() as connection:
        connection.execute(load.SCHEMA)
        load.fill(connection)
        did, wrong = Run(SECONDS, seed, (load.Writer, server, 3), (load.Scan, server, 2), (load.Vacuum, server, 1),
                              (load.Rebuild, server, 1)).wait()
        tap.note(f"stress: {dict(did)}")
        tap.check(not wrong, "under load every scan gives what the table holds, and every check finds nothing", *wrong[:20])
        tap.check(min(did.values()) > 0 and len(did) == 4, "each kind of worker did its work", did)
        wrong = cancel_vacuum(server, connection)
        tap.check(not wrong, "a VACUUM that was cancelled leaves the indexes whole", *wrong[:20])
        wrong = is_whole(connection)
        tap.check(not wrong, "once all is quiet the indexes are whole", *wrong[:20])


def cancel_vacuum(server, connection):
    """Cancels VACUUM at many moments; gives what is wrong after."""
    cancelled, wrong = 0, []
    for milliseconds in range(1, 40, 2):
        connection.execute("DELETE FROM item WHERE id %% 40 = %s", [milliseconds])
        # A session of its own: the time is that of any statement, and may be over in another one.
        with server.connect(statement_timeout=milliseconds) as short:
            try:
                short.execute("VACUUM (INDEX_CLEANUP ON) item")
            except errors.QueryCanceled:
                cancelled += 1
        wrong += check_indexes(connection)
    return wrong or ([] if cancelled else ["no VACUUM was cancelled"])
