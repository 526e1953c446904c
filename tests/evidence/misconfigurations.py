"""Each file of misconfigurations/ is a mistake: planted in a database where nothing is wrong, exactly what its header says
is found, and after the finding's own remediation not that any more.

    -- check: ID            the check, or several with commas between; and the object of each
    -- object: NAME
    -- mended: SQL          mends it where the remediation is not SQL that can be run as it is
    -- needs: MAJOR         the first version of Postgres that has it
    -- version: NUMBER      the server is to pass for this version
    -- outside: true        it cannot be run in a transaction; what follows `-- afterwards:` takes it back
"""

import pathlib
import re
import time

from catalogue import CHECKS, findings
from server import Server

HERE = pathlib.Path(__file__).resolve().parent


class Mistake:
    def __init__(self, file):
        self.name = file.stem
        text = file.read_text()
        head = dict(re.findall(r"^-- (check|object|mended|needs|version|outside): (.+)$", text, re.M))
        objects = head["object"].split(", ") if head["check"].count(", ") else [head["object"]]
        self.expected = sorted(zip(head["check"].split(", "), objects, strict=True))
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


def look(connection, version):
    if version is None:
        return findings(connection)
    major, minor = version.split(".")
    for check in CHECKS:
        if check.id == "server_version":
            pretended = check.text.replace("current_setting('server_version_num')", f"'{int(major) * 10000 + int(minor)}'")
            pretended = pretended.replace("current_setting('server_version')", f"'{version}'")
            return [(check.id, *row) for row in connection.execute(
                f"SELECT object, remediation FROM ({pretended.replace('%', '%%')}) f", []).fetchall()]


def named(found):
    """What was found, without the numbers that differ."""
    return sorted((check, re.sub(r"^pg_toast\.pg_toast_\d+$", "TOAST", re.sub(r"^(pg_hba.conf line) \d+$", r"\1", thing)))
                  for check, thing, _ in found)


def try_one(tap, connection, mistake):
    problem = None
    try:
        mistake.plant(connection)
        found = look(connection, mistake.version)
        seen = named(found)
        if seen != mistake.expected:
            problem = f"it found {seen}, not {mistake.expected}"
        else:
            mistake.mend(connection, [remediation for *_, remediation in found])
            left = [] if mistake.version else findings(connection, {check for check, *_ in found})
            if left:
                problem = f"mended, it still finds {left}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this mistake's
        problem = f"{type(error).__name__}: {error}"
    tap.check(problem is None, f"{mistake.name} is found and mended", problem)


def try_each(tap, server, mistakes):
    with server.connect() as connection:
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
        left = findings(connection)
        tap.check(not left, "nothing is wrong when all mistakes are undone", left)


def try_all(tap, server):
    with server.connect() as connection:
        connection.execute((HERE / "world.sql").read_text())
        left = findings(connection)
        tap.check(not left, "nothing is found where nothing is wrong", left)
    mistakes = [Mistake(file) for file in sorted((HERE / "misconfigurations").glob("*.sql"))]
    covered = {check for mistake in mistakes for check, _ in mistake.expected}
    missing = sorted({check.id for check in CHECKS} - covered)
    tap.check(not missing, "there is a mistake for every check", missing)
    try_each(tap, server, mistakes)


def run(tap):
    server = Server.make("misconfigured", wal_level="logical", autovacuum="off", fsync="off", jit="off")
    try:
        try_all(tap, server)
    finally:
        server.close()
