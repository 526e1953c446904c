"""A server with tenants whose rows carry marks, and sessions of an application in which anything may be run."""

import contextlib
import dataclasses
import pathlib
import re
import shutil
import sys

import psycopg
from psycopg import pq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from server import HOME, Server, private  # noqa: E402

HERE = pathlib.Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
TENANTS = {"acme": "a0000000-0000-4000-8000-00000000000a", "zqxbglobex": "b0e1b0e1-b0e1-4b0e-8b0e-b0e1b0e1b0e1",
           "zqxbinitech": "c0e1c0e1-c0e1-4c0e-8c0e-c0e1c0e1c0e1", "lender": "e0000000-0000-4000-8000-00000000000e"}
NUMBERS = {"acme": 11, "zqxbglobex": 4815162342, "zqxbinitech": 4815162343, "lender": 12}
# What must not be seen: by nobody of the tenant, and by who is bound with a floor.
FOREIGN = re.compile(r"zqxb\w*|48151623\d+|[bc]0e1[bc]0e1-\w{4}-\w{4}-\w{4}-\w{12}", re.I)
BEYOND = re.compile(r"zqxr\w*|27182818\d+", re.I)
# What a server's log says of a process that fell.
FALLEN = ["terminated by signal", "PANIC:", "TRAP:", "panicked at"]
ROLES = """
CREATE ROLE random_owner;
CREATE ROLE random_app LOGIN IN ROLE tenancy_app;
CREATE ROLE random_auditor LOGIN IN ROLE tenancy_auditor;
CREATE ROLE random_admin LOGIN IN ROLE tenancy_admin;
CREATE ROLE random_plain LOGIN;
"""


class World:
    """The server, with a database that others are copied from."""

    def __init__(self):
        for name in ("jwks.json", "seal.key"):
            private(HOME / name, (FIXTURES / name).read_text())
        self.server = Server.make(
            "random", fsync="off", autovacuum="off", log_line_prefix="%m [%p] %e %u ",
            **{"tenancy.jwks_file": HOME / "jwks.json", "tenancy.jwt_issuer": "https://issuer.test",
               "tenancy.jwt_audience": "pg_tenancy_test", "tenancy.seal_key_file": HOME / "seal.key"})
        self.keys = {}
        with self.connect() as connection:
            connection.execute(ROLES)
            connection.execute("CREATE DATABASE world")
            connection.execute("CREATE DATABASE plain")
        with self.connect("world") as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("CREATE EXTENSION pg_tenancy")
            self._fill(connection)
        with self.connect("plain") as connection:
            connection.execute("CREATE EXTENSION vector; CREATE SCHEMA tenancy; CREATE DOMAIN tenancy.scope AS jsonb;"
                               "GRANT USAGE ON SCHEMA tenancy TO PUBLIC")
            text = (HERE / "world.sql").read_text().replace("random_app", "random_plain")
            connection.execute(re.sub(r"CREATE INDEX chunk_nearest.*;", "", text))
            connection.execute((HERE / "rows.sql").read_text())
            for statement in self._stand_ins():
                connection.execute(statement)

    def _stand_ins(self):
        """Tables and functions like those of the extension that the application uses, in a database without it."""
        with self.connect("world") as connection:
            return [row[0] for row in connection.execute((HERE / "stand_ins.sql").read_text()).fetchall()]

    def _fill(self, connection):
        for script in ("world.sql", "rows.sql"):
            connection.execute((HERE / script).read_text())
        connection.execute((HERE / "protect.sql").read_text())
        for slug, tenant_id in TENANTS.items():
            connection.execute("SELECT tenancy.create_tenant(%s, %s, %s, %s)", [slug, slug, tenant_id, NUMBERS[slug]])
            for name, floor in (("whole", "{}"), ("red", '{"team": "red"}')):
                self.keys[slug, name] = connection.execute(
                    "SELECT (tenancy.create_key(%s, %s, '{read,write,forget,trace:read,key:delegate,secret:read}', %s)).secret",
                    [slug, f"{slug} {name}", floor]).fetchone()[0]
        connection.execute("SELECT tenancy.grant_read('lender', 'acme', 'app.memo', '{\"agent\": \"x\"}')")
        for slug in TENANTS:
            amount = 1_000_000_000 if slug == "acme" else 4815162399
            connection.execute("SELECT tenancy.set_budget(%s, 'tokens', %s, 'day')", [slug, amount])
        for slug in TENANTS:
            mark = "zqxr" if slug == "acme" else f"zqxb{slug}"
            with self.connect("world", "random_app") as other, other.transaction():
                other.execute("SELECT tenancy.bind(%s)", [self.keys[slug, "whole"]])
                other.execute("SELECT tenancy.trace('tool_call', tool => %s, query => %s, detail => %s)",
                              [mark, mark, f'{{"{mark}": 1}}'])
        connection.execute("SELECT tenancy.seal()")

    def connect(self, database="postgres", user="postgres"):
        return psycopg.connect(**self.server.parameters() | {"dbname": database, "user": user}, autocommit=True)

    @contextlib.contextmanager
    def copy(self, name):
        """A database like the world's, for as long as it is needed."""
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE world")
        try:
            yield name
        finally:
            with self.connect() as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def others(self, database):
        """A digest of what no session of acme's may change: others' rows, and how tables are protected."""
        with self.connect(database) as connection:
            return connection.execute((HERE / "others.sql").read_text()).fetchall()

    def fallen(self, since=0):
        """What the server's log says of processes that fell, from a place in it on."""
        with open(self.server.log, errors="replace") as log:
            log.seek(since)
            return [line[:300].strip() for line in log if any(word in line for word in FALLEN)]

    def log_size(self):
        return self.server.log.stat().st_size

    def close(self):
        self.server.close()


@dataclasses.dataclass
class Answer:
    """What a statement answered: every text of it, and its SQLSTATE."""

    sqlstate: str = "00000"
    texts: list = dataclasses.field(default_factory=list)
    rows: int = 0

    def __str__(self):
        return f"{self.sqlstate} {self.rows} rows {' '.join(self.texts)[:300]}"


class Session:
    """A connection as a role, in whose transactions a credential is bound."""

    def __init__(self, world, database, user="random_app", timeout="2s"):
        self.connection = world.connect(database, user)
        self.connection.prepare_threshold = None
        self.connection.add_notice_handler(lambda diagnostic: self.said.extend(texts_of(diagnostic)))
        self.said = []
        self.timeout = timeout
        self.world = world

    def begin(self, credential=None):
        """A transaction with a credential; what bind answers when it is refused, or None."""
        self.run("ROLLBACK")
        self.run("DISCARD ALL")
        self.run("BEGIN")
        self.run(f"SET LOCAL statement_timeout = '{self.timeout}'")
        self.said.clear()
        if credential:
            self.connection.execute("SELECT tenancy.bind(%s)", [credential])

    def run(self, sql):
        """Everything that a statement, or several, answer."""
        self.said = []
        answer = Answer(texts=self.said)
        connection = self.connection.pgconn
        connection.send_query(sql.encode("utf-8", "replace"))
        while result := connection.get_result():
            self._take(result, answer)
            if connection.status == pq.ConnStatus.BAD:
                break
        return answer

    def _take(self, result, answer):
        status = result.status
        if status == pq.ExecStatus.FATAL_ERROR:
            field = pq.DiagnosticField
            answer.sqlstate = (result.error_field(field.SQLSTATE) or b"57P01").decode()
            answer.texts.extend(decoded(result.error_field(f)) for f in field if result.error_field(f))
        elif status == pq.ExecStatus.COPY_OUT:
            while (part := self.connection.pgconn.get_copy_data(0))[0] > 0:
                answer.rows += 1
                answer.texts.append(decoded(bytes(part[1])))
        elif status == pq.ExecStatus.COPY_IN:
            self.connection.pgconn.put_copy_end(b"no data")
        else:
            answer.rows += result.ntuples
            answer.texts.extend(decoded(result.fname(c)) for c in range(result.nfields))
            answer.texts.extend(decoded(value) for r in range(result.ntuples) for c in range(result.nfields)
                                if (value := result.get_value(r, c)) is not None)
            if result.command_status:
                answer.texts.append(decoded(result.command_status))

    def is_there(self):
        return self.connection.pgconn.status == pq.ConnStatus.OK

    def close(self):
        self.connection.close()


def decoded(text):
    return text.decode("utf-8", "replace")


def texts_of(diagnostic):
    names = ("message_primary", "message_detail", "message_hint", "context")
    return [text for name in names if (text := getattr(diagnostic, name))]


def marks(text, floor=True):
    """The marks in a text that whoever is bound must not see: with a floor, or the whole tenant."""
    return {found.lower() for mark in ([FOREIGN, BEYOND] if floor else [FOREIGN]) for found in mark.findall(text)}


def leaks(answer, given, floor):
    """Marks in an answer that are none of those that were given."""
    return sorted({found for text in answer.texts for found in marks(unescaped(text), floor)} - given)


def unescaped(text):
    """With what is shown as the hexadecimal digits of bytes."""
    hidden = re.findall(r"\\x((?:[0-9a-f]{2})+)", text)
    return " ".join([text, *(bytes.fromhex(digits).decode("latin-1") for digits in hidden)])
