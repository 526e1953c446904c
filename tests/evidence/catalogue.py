"""The files of sql/checks and what they find in a database, and what a proof finds."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Check:
    def __init__(self, file):
        self.text = file.read_text()
        self.id = file.stem
        (self.severity,) = re.findall(r"^-- severity: (\w+)$", self.text, re.M)

    def find(self, connection):
        """Object and remediation of each finding."""
        sql = re.sub(r"\$1\b", "NULL::regclass", self.text).replace("%", "%%")
        return connection.execute(f"SELECT object, remediation FROM ({sql}) f ORDER BY 1, 2", []).fetchall()


CHECKS = [Check(file) for file in sorted((ROOT / "sql" / "checks").glob("*.sql"))]


def findings(connection, of=None):
    """Check, object and remediation of what the catalogue finds, or the checks of some ids, as its functions ask."""
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        return [(check.id, *found) for check in CHECKS if of is None or check.id in of for found in check.find(connection)]


def prove(connection):
    """The verdict of a proof, and check, object and remediation of each finding."""
    (run, verdict), = connection.execute("SELECT run_id, verdict FROM tenancy.prove()").fetchall()
    return verdict, connection.execute("SELECT check_id, object, remediation FROM tenancy.evidence_finding WHERE run_id = %s"
                                       " ORDER BY 1, 2, 3", [run]).fetchall()
