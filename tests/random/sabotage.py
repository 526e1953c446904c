"""Takes a defence away, and looks whether it is noticed."""

import os
import signal
import time

import hunt

# Longest that each may stay unnoticed, in seconds.
PATIENCE = 20
SETTINGS = "SET tenancy.guard = off; SET ROLE postgres; "
SABOTAGES = {
    "a policy of reading": "DROP POLICY tenancy_select ON app.note",
    "a policy of scopes": "DROP POLICY tenancy_select_scope ON app.line",
    "policies of inserting": "; ".join(f"DROP POLICY tenancy_insert ON app.{table}; DROP POLICY tenancy_insert_scope ON app.{table}"
                                       for table in ("note", "line", "chunk", "price", "memo")),
    "policies of updating": "DROP POLICY tenancy_update ON app.memo; DROP POLICY tenancy_select ON app.memo;"
                            " DROP POLICY tenancy_select_scope ON app.memo; DROP POLICY tenancy_update_scope ON app.memo",
    "row security of a partition": "ALTER TABLE app.event_even DISABLE ROW LEVEL SECURITY",
    "row security of a child": "ALTER TABLE app.child DISABLE ROW LEVEL SECURITY",
    "row security by force": "ALTER TABLE app.note NO FORCE ROW LEVEL SECURITY",
    "a view as who asks": "ALTER VIEW app.note_line SET (security_invoker = false); ALTER VIEW app.note_line OWNER TO postgres",
    "the scope of a grant": "UPDATE tenancy.read_grant SET scope = '{}'",
    "row security of traces": "ALTER TABLE tenancy.decision_trace DISABLE ROW LEVEL SECURITY",
    "a privilege": "GRANT SELECT ON tenancy.tenant TO random_app",
    "errors of our own": "CREATE OR REPLACE FUNCTION app.bodies(text) RETURNS SETOF text LANGUAGE plpgsql AS"
                         " $$ BEGIN RAISE 'what' USING ERRCODE = 'XX000'; END $$",
}


def run(tap, world, seed, seconds):
    for number, (what, sql) in enumerate(SABOTAGES.items()):
        with world.copy(f"sabotage_{number}") as database:
            with world.connect(database) as connection:
                connection.execute(SETTINGS + sql)
            found = hunt.grammar(world, database, seed, time.monotonic() + max(seconds, PATIENCE))
        tap.check(found.wrong, f"sabotage: {what} is noticed after {found.answers.total()} statements", found.summary())
    with world.copy("sabotage_fall") as database:
        found = hunt.Hunt(world, database, seed)
        with world.connect(database) as victim:
            os.kill(victim.info.backend_pid, signal.SIGSEGV)
            world.server.connect_again().close()
        found.look()
        tap.check(found.wrong, "sabotage: a process that fell is noticed")
