"""Evidence as a database hands it out: what is signed verifies without it, and all forms are of that."""

import json
import pathlib
import tempfile

import formats
from browser import Browser
from page import OVERFLOW
from server import HOME, Server, private
from verifier import KEY, verifier

HERE = pathlib.Path(__file__).resolve().parent
FORMS = ("json", "html", "oscal", "tap")

# Names as an attacker would have them.
NAMES = """
SET ROLE data_owner;
CREATE TABLE work."<script>document.title = 'ran'</script>" (tenant_id uuid NOT NULL, "a ""b"" # '" text,
                                                              PRIMARY KEY (tenant_id, "a ""b"" # '"));
GRANT SELECT, INSERT, UPDATE, DELETE ON work."<script>document.title = 'ran'</script>" TO app;
RESET ROLE;
SELECT tenancy.protect('work."<script>document.title = ''ran''</script>"');
INSERT INTO work."<script>document.title = 'ran'</script>" SELECT tenant_id, slug FROM tenancy.tenant WHERE tenant_number > 0;
CREATE ROLE auditor LOGIN IN ROLE tenancy_auditor;
"""
MISTAKE = """
SET tenancy.guard = off;
ALTER POLICY tenancy_select ON work.document USING (true);
RESET tenancy.guard;
"""


def prove(server, user):
    """Run, verdict and the evidence in each form."""
    with server.connect() as connection:
        connection.execute(f"SET SESSION AUTHORIZATION {user}")
        run, verdict, *_ = connection.execute("SELECT * FROM tenancy.prove(seed => 7)").fetchone()
        return verdict, {form: connection.execute("SELECT tenancy.evidence(%s, %s)", [run, form]).fetchone()[0] for form in FORMS}


def look(tap, name, verdict, expected, made, browser, directory):
    file = directory / f"{name}.json"
    file.write_text(made["json"])
    document = json.loads(made["json"])
    checked = verifier("evidence", "--key", KEY, file)
    status = {"pass": 0, "fail": 3}[expected]
    tap.check(verdict == document["report"]["verdict"] == expected and checked.returncode == status and "signed by: " in checked.stdout,
              f"handed out: {name} verifies without the database, and says {expected}", verdict, checked.stderr,
              *document["report"]["findings"])
    for form in FORMS[1:]:
        shown = verifier("evidence", "--key", KEY, f"--{form}", file)
        tap.check(shown.returncode == status and shown.stdout == made[form], f"handed out: {name} as {form} is of what was signed")
    formats.schema(tap, {name: document})
    formats.perl(tap, {name: document}, {name: file}, directory)
    formats.oscal(tap, {name: document}, {name: file})
    forged = directory / "forged.json"
    forged.write_text(made["json"].replace(f'"database":"{document["report"]["system"]["database"]}"', '"database":"other"', 1))
    tap.check(verifier("evidence", "--key", KEY, forged).returncode == 1, f"handed out: {name} of another database does not verify")
    shown = directory / f"{name}.html"
    shown.write_text(made["html"])
    for width, phone in ((360, True), (1280, False)):
        browser.open(shown.as_uri(), width, 800, phone=phone)
        requests = [request["request"]["url"] for request in browser.seen("Network.requestWillBeSent")]
        over = browser.evaluate(OVERFLOW)
        title = browser.evaluate("document.title")
        tap.check(requests == [shown.as_uri()] and not browser.seen("Log.entryAdded") and over["page"] <= width and not over["out"]
                  and title.endswith({"pass": ": passed", "fail": ": failed"}[expected]),
                  f"handed out: {name} as a page of {width} pixels", requests, over, title)


def run(tap):
    key = HOME / "evidence.key"
    with tempfile.TemporaryDirectory(prefix="evidence-") as directory, Browser() as browser:
        directory = pathlib.Path(directory)
        private(key, (HERE.parent / "fixtures/seal.key").read_text())
        server = Server.make("evidence", fsync="off", **{"tenancy.seal_key_file": key})
        try:
            with server.connect() as connection:
                connection.execute((HERE / "world.sql").read_text())
                connection.execute(NAMES)
            verdict, made = prove(server, "auditor")
            look(tap, "isolated", verdict, "pass", made, browser, directory)
            with server.connect() as connection:
                connection.execute(MISTAKE)
            verdict, made = prove(server, "auditor")
            look(tap, "broken", verdict, "fail", made, browser, directory)
            found = {finding["check_id"] for finding in json.loads(made["json"])["report"]["findings"]}
            tap.check({"policy_altered", "probe_read"} <= found, "handed out: what is broken is found by check and by probe", found)
        finally:
            server.close()
