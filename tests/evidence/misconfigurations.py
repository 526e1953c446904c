"""Each file of misconfigurations/ is a mistake: planted in a database where nothing is wrong, a proof finds exactly what its
header says, and after the finding's own remediation that is not found any more.

    -- check: ID            the check, or several with commas between; and the object of each
    -- object: NAME
    -- shown: ID            what the probes and comparisons of the proof show beside it, for mistakes that open a way
    -- mended: SQL          mends it where the remediation is not SQL that can be run as it is
    -- needs: MAJOR         the first version of Postgres that has it
    -- version: NUMBER      the server is to pass for this version
    -- outside: true        it cannot be run in a transaction; what follows `-- afterwards:` takes it back
"""

import copy
import pathlib
import re
import time

from catalogue import CHECKS, findings, prove
from server import Server

SEVERITY = {check.id: check.severity for check in CHECKS}
HERE = pathlib.Path(__file__).resolve().parent


(TRIGGERS,) = (check.text for check in CHECKS if check.id == "extension_trigger_disabled")
UNKNOWN_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled, f.proname
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid
WHERE c.relnamespace = 'tenancy'::regnamespace AND NOT t.tgisinternal
  AND strpos(%s, format('(%%L, %%L, %%L, %%L)', c.relname, t.tgname, t.tgenabled, f.proname)) = 0"""


class Mistake:
    def __init__(self, name, text):
        self.name = name
        head = dict(re.findall(r"^-- (check|object|shown|mended|needs|version|outside): (.+)$", text, re.M))
        objects = head["object"].split(", ") if head["check"].count(", ") else [head["object"]]
        self.expected = sorted(zip(head["check"].split(", "), objects, strict=True))
        self.shown = set(head.get("shown", "").split(", ")) - {""}
        self.mended, self.version = head.get("mended"), head.get("version")
        self.needs = int(head.get("needs", 0))
        self.outside = "outside" in head
        self.sql, _, self.afterwards = text.partition("-- afterwards:")

    def plant(self, connection):
        connection.execute("SET client_min_messages = error")
        execute(connection, self.sql, self.outside)
        connection.execute("RESET tenancy.guard")

    def mend(self, connection, remediations):
        for sql in [self.mended] if self.mended else dict.fromkeys(remediations):
            execute(connection, sql, self.outside)


def execute(connection, sql, one_by_one):
    """All at once is a transaction."""
    if not one_by_one:
        connection.execute(sql)
        return
    for statement in re.split(r";\s", sql):
        connection.execute(statement.encode())
    # Servers hear of new settings a moment later.
    time.sleep(0.5 if "pg_reload_conf" in sql else 0)


def pretend(connection, version):
    """What is found of the server's version, were it this one."""
    major, minor = map(int, version.split("."))
    (check,) = (check for check in CHECKS if check.id == "server_version")
    for name, value in (("server_version_num", major * 10000 + minor), ("server_version", version)):
        check = copy.copy(check)
        check.text = check.text.replace(f"current_setting('{name}')", f"'{value}'")
    return [(check.id, *found) for found in check.find(connection)]


def named(found):
    """What was found, without the numbers that differ."""
    return sorted((check, re.sub(r"^pg_toast\.pg_toast_\d+$", "TOAST", re.sub(r"^(pg_hba.conf line) \d+$", r"\1", thing)))
                  for check, thing, _ in found)


def try_one(tap, connection, mistake):
    problem = None
    try:
        mistake.plant(connection)
        problem = wrong(connection, mistake)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this mistake's
        problem = f"{type(error).__name__}: {error}"
    tap.check(problem is None, f"{mistake.name} is found and mended", problem)


def wrong(connection, mistake):
    """What is not as it should be with a mistake that was planted."""
    if mistake.version:
        seen = named(pretend(connection, mistake.version))
        return None if seen == mistake.expected else f"it found {seen}"
    verdict, all_found = prove(connection)
    found = [row for row in all_found if row[0] in SEVERITY]
    shown = {check for check, *_ in all_found} - SEVERITY.keys()
    if named(found) != mistake.expected:
        return f"it found {named(found)}, not {mistake.expected}"
    if shown != mistake.shown:
        return f"the probes showed {shown}, not {mistake.shown}"
    if (verdict == "pass") != all(SEVERITY[check] == "low" for check, _ in mistake.expected):
        return f"the verdict is {verdict}"
    mistake.mend(connection, [remediation for *_, remediation in found])
    left = findings(connection, {check for check, *_ in found})
    return f"mended, it still finds {left}" if left else None


def try_each(tap, connect, mistakes):
    with connect() as connection:
        major = connection.info.server_version // 10000
        for mistake in mistakes:
            if mistake.needs > major:
                tap.note(f"{mistake.name} needs Postgres {mistake.needs}")
            elif mistake.outside:
                try_one(tap, connection, mistake)
                execute(connection, mistake.afterwards, True)
                connection.execute("RESET ALL")
            else:
                with connection.transaction(force_rollback=True):
                    try_one(tap, connection, mistake)
        tap.check(prove(connection) == ("pass", []), "the proof passes when all mistakes are undone", prove(connection))


def try_all(tap, server):
    with server.connect() as connection:
        connection.execute((HERE / "world.sql").read_text())
        tap.check(findings(connection) == [], "the files of checks find nothing where nothing is wrong", findings(connection))
        tap.check(prove(connection) == ("pass", []), "the proof passes where nothing is wrong", prove(connection))
        unknown = connection.execute(UNKNOWN_TRIGGERS, [TRIGGERS]).fetchall()
        tap.check(not unknown, "the checks know each trigger of pg_tenancy", unknown)
    mistakes = [Mistake(file.stem, file.read_text()) for file in sorted((HERE / "misconfigurations").glob("*.sql"))]
    covered = {check for mistake in mistakes for check, _ in mistake.expected}
    missing = sorted({check.id for check in CHECKS} - covered)
    tap.check(not missing, "there is a mistake for every check", missing)
    try_each(tap, server.connect, mistakes)


def run(tap):
    server = Server.make("misconfigured", wal_level="logical", autovacuum="off", fsync="off", jit="off")
    try:
        try_all(tap, server)
    finally:
        server.close()
