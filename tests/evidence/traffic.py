"""Proofs beside live traffic: they find nothing, as nothing is wrong, and nobody is disturbed by them."""

import threading
import time

import psycopg

from server import Server

WORLD = """
CREATE ROLE owner;
CREATE ROLE app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA shop AUTHORIZATION owner;
GRANT USAGE ON SCHEMA shop TO app;
SET ROLE owner;
CREATE TABLE shop.customer (tenant_id uuid NOT NULL, id int NOT NULL, name text, changes int NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, id));
CREATE TABLE shop.sale (tenant_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, customer int NOT NULL,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, customer) REFERENCES shop.customer ON DELETE CASCADE);
CREATE TABLE shop.price (tenant_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (tenant_id, id));
-- Everybody's statements count in the same row.
CREATE TABLE shop.counter (n bigint NOT NULL);
INSERT INTO shop.counter VALUES (0);
CREATE FUNCTION shop.count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'BEGIN UPDATE shop.counter SET n = n + 1; RETURN NULL; END';
CREATE TRIGGER count AFTER INSERT OR UPDATE OR DELETE ON shop.customer FOR EACH STATEMENT EXECUTE FUNCTION shop.count();
CREATE FUNCTION shop.change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END';
CREATE TRIGGER change BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.change();
RESET ROLE;
SELECT tenancy.create_tenant('tenant-' || n) FROM generate_series(1, 12) n;
INSERT INTO shop.customer SELECT t.tenant_id, n, 'x' FROM tenancy.tenant t, generate_series(1, 50) n WHERE t.tenant_number > 0;
INSERT INTO shop.sale (tenant_id, customer) SELECT tenant_id, id FROM shop.customer;
INSERT INTO shop.price VALUES ('00000000-0000-0000-0000-000000000000', 1);
INSERT INTO shop.price SELECT tenant_id, 1 FROM shop.customer WHERE id = 1;
SELECT tenancy.protect('shop.sale'), tenancy.protect('shop.customer'), tenancy.protect('shop.price', shared => true);
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.sale, shop.customer, shop.price TO app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO app;
REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC;
"""

STATEMENTS = [
    "UPDATE shop.customer SET name = 'y' WHERE id = %(n)s",
    "INSERT INTO shop.customer (id, name) VALUES (%(n)s + 1000, 'new') ON CONFLICT DO NOTHING",
    "INSERT INTO shop.sale (customer) VALUES (%(n)s)",
    "DELETE FROM shop.customer WHERE id = %(n)s + 1000",
    "DELETE FROM shop.sale WHERE id %% 7 = %(n)s %% 7",
    "SELECT count(*) FROM shop.price",
]


class Traffic:
    """Sessions that work until they are told to stop; what went wrong, and how long the slowest took."""

    def __init__(self, server):
        self.server, self.over, self.errors, self.done, self.slowest = server, threading.Event(), [], {}, 0.0
        self.threads = []

    def start(self, work, *arguments):
        self.threads.append(threading.Thread(target=self.run, args=(work, *arguments)))
        self.threads[-1].start()

    def run(self, work, *arguments):
        try:
            while not self.over.is_set():
                started = time.monotonic()
                work(*arguments)
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.done[work.__name__] = self.done.get(work.__name__, 0) + 1
        except psycopg.Error as error:
            self.errors.append(f"{work.__name__}: {error}")

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def writer(connection, key, state):
    """A transaction of a tenant's, which keeps its locks for a while."""
    state["n"] = state.get("n", 0) % 50 + 1
    with connection.transaction():
        connection.execute("SELECT tenancy.bind(%s)", [key])
        for statement in STATEMENTS:
            connection.execute(statement, {"n": state["n"]})
        time.sleep(0.005)


def definer(connection, state):
    """Definitions change, as they do in the middle of the day."""
    state["n"] = state.get("n", 0) + 1
    connection.execute(f"ALTER TABLE shop.customer ADD extra_{state['n']} int")
    connection.execute(f"ALTER TABLE shop.customer DROP extra_{state['n']}")
    connection.execute("CREATE INDEX sale_customer ON shop.sale (tenant_id, customer)")
    connection.execute("DROP INDEX shop.sale_customer")
    time.sleep(0.2)


def keeper(connection, state):
    """Tenants and keys come and go."""
    state["n"] = state.get("n", 0) + 1
    slug = f"guest-{state['n']}"
    connection.execute("SELECT tenancy.create_tenant(%s)", [slug])
    connection.execute("SELECT tenancy.create_key(%s, 'key')", [slug])
    connection.execute("SELECT tenancy.revoke_key(key_id) FROM tenancy.api_key WHERE name = 'key'")
    connection.execute("DELETE FROM tenancy.tenant WHERE slug = %s", [slug])
    time.sleep(0.05)


def run(tap):
    server = Server.make("traffic", max_connections=40)
    connect = lambda **more: psycopg.connect(**server.parameters() | more, autocommit=True)
    with connect() as admin:
        admin.execute("SET client_min_messages = error")
        admin.execute(WORLD)
        keys = [key for (key,) in admin.execute("SELECT k.secret FROM generate_series(1, 6) n, tenancy.create_key('tenant-' || n, 'web') k")]
        before = prove(admin)
        tap.check(before[:2] == ("pass", []), "at rest: it passes", before)

        traffic = Traffic(server)
        for key in keys:
            traffic.start(writer, connect(user="app"), key, {})
        traffic.start(definer, connect(), {})
        traffic.start(keeper, connect(), {})
        results = []
        until = time.monotonic() + 20
        while time.monotonic() < until or len(results) < 3:
            results.append(prove(admin))
        # Two at once.
        others = [threading.Thread(target=lambda: results.append(prove(connect()))) for _ in range(2)]
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()
        traffic.stop()
        tap.note(f"{len(results)} proofs; {traffic.done}; the slowest took {traffic.slowest:.1f} s")
        wrong = [result for result in results if result[:2] != ("pass", [])]
        tap.check(not wrong, "beside traffic: each passes, and finds nothing", *wrong)
        tap.check(not traffic.errors, "nobody gets an error", *traffic.errors)
        tap.check(all(traffic.done.get(work.__name__, 0) >= least for work, least in ((writer, 100), (definer, 3), (keeper, 10))),
                  "everybody gets on", traffic.done)
        tap.check(traffic.slowest < 8, "nobody waits for long", traffic.slowest)
        tap.check(all(result[2] > 0 for result in results), "each has tried statements")

        # The control: beside the same traffic, a mistake is found.
        traffic = Traffic(server)
        traffic.start(writer, connect(user="app"), keys[0], {})
        admin.execute("SET tenancy.guard = off")
        admin.execute("DROP POLICY tenancy_select ON shop.sale")
        result = prove(admin)
        traffic.stop()
        tap.check(result[0] == "fail" and "probe_read shop.sale" in result[1], "beside traffic: a mistake is found", result)
        log = server.log.read_text()
        tap.check("PANIC" not in log and "deadlock" not in log and "was terminated by signal" not in log, "the server saw no deadlock")
    server.close()


def prove(connection):
    run_id, verdict, pairs = connection.execute("SELECT run_id, verdict, pairs FROM tenancy.prove()").fetchone()
    found = connection.execute("SELECT concat(check_id, ' ', object) FROM tenancy.evidence_finding WHERE run_id = %s ORDER BY 1", [run_id])
    return verdict, [line for (line,) in found], pairs
