"""The ways to recall a tenant's nearest rows that bench/recall compares, and a client that goes them."""

import itertools
import math
import struct
import time
from dataclasses import dataclass

import psycopg
from psycopg.pq import ExecStatus

from recall_data import DIMENSIONS, K

# What a session has that ran the statement before; and no parallel workers, as an application has more than one client.
SESSION = "-c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0 -c jit=off"
PLAIN = "SELECT id FROM bench.{table} ORDER BY embedding <=> $1 LIMIT {k}"
# More than asked for, of which the nearest. `+ 0` since a relaxed order is none, though the planner trusts it.
MORE = ("WITH more AS MATERIALIZED (SELECT id, embedding <=> $1 AS distance FROM bench.{table} ORDER BY distance LIMIT {more}) "
        "SELECT id FROM more ORDER BY distance + 0 LIMIT {k}")
EFFORTS = 40, 80, 160, 320, 640, 1000
# Left to itself the planner reads the whole table and sorts, as it expects few of the index's rows to be the tenant's.
FORCED = "SET enable_seqscan = off; SET enable_sort = off"


@dataclass(frozen=True)
class Tuning:
    shown: str = ""
    settings: str = ""
    more: int = K


def of_one():
    for effort in (10, 20, *EFFORTS):
        yield Tuning(f"ef_search {effort}", f"SET hnsw.ef_search = {effort}")


def iterative():
    """By effort, more or less. However many rows it must visit, it goes on until it has enough."""
    for effort, more in sorted(itertools.product(EFFORTS, (K, 2 * K, 4 * K)), key=math.prod):
        yield Tuning(f"ef_search {effort}, {more} rows fetched",
                     f"SET hnsw.ef_search = {effort}; SET hnsw.iterative_scan = relaxed_order; "
                     f"SET hnsw.max_scan_tuples = 2147483647; SET work_mem = '1GB'; {FORCED}", more)


@dataclass(frozen=True)
class Way:
    name: str
    table: str
    query: str = PLAIN
    protected: bool = False  # or under a policy written by hand
    tunings: tuple = (Tuning(),)  # the first is taken that finds enough
    smallest: int = 0  # how many rows a tenant has at least
    goal: tuple = ()  # tenant_vector's time as part of this way's, for tenants of at least and at most so many rows


OURS = Way("tenant_vector", "ours", protected=True)
WAYS = (
    OURS,
    Way("tenant_vector by recall()", "ours", "SELECT id FROM tenancy.recall(NULL::bench.{table}, $1, {k})", protected=True),
    Way("btree, exact sort", "alone", goal=(0.35, 1_000, 10_000)),
    # Only where the query names the tenant as a constant does the planner see that a partial index serves.
    Way("HNSW of the tenant alone, tuned", "alone", PLAIN.replace("ORDER", "WHERE tenant_id = '{tenant}' ORDER"),
        tunings=tuple(of_one()), smallest=1_000, goal=(1.2, 50_000, 10**9)),
    Way("one HNSW", "shared", tunings=(Tuning(settings=FORCED),)),
    Way("one HNSW, iterative scan tuned", "shared", MORE, tunings=tuple(iterative()), goal=(0.25, 0, 10**9)),
)


class Client:
    """A session that goes one way. It speaks to libpq directly: a driver's own work would be most of what it measures."""

    def __init__(self, way, credentials):
        self.way, self.credentials = way, credentials
        role = "bench_app" if way.protected else "bench_plain"
        self.connection = psycopg.connect(user=role, autocommit=True, options=SESSION)
        self.names = {}  # of prepared statements

    def close(self):
        self.connection.close()

    def checked(self, result):
        if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY):
            raise SystemExit(f"error: {self.way.name}: {result.error_message.decode()}")
        return result

    def do(self, sql):
        self.checked(self.connection.pgconn.exec_(sql.encode()))

    def prepare(self, sql):
        """Whether it had to be prepared."""
        new = sql not in self.names
        if new:
            self.names[sql] = b"s%d" % len(self.names)
            self.checked(self.connection.pgconn.prepare(self.names[sql], sql.encode()))
        return new

    def execute(self, sql, *parameters):
        """Runs what is prepared. What is bytes goes in binary, text as text."""
        binary = [isinstance(p, bytes) for p in parameters]
        values = [p if isinstance(p, bytes) else p.encode() for p in parameters]
        return self.checked(self.connection.pgconn.exec_prepared(self.names[sql], values, binary))

    def begin(self, tenant):
        """A transaction of this tenant."""
        tenant_id, secret = self.credentials[tenant.number]
        self.do("BEGIN")
        bind = "SELECT tenancy.bind($1)" if self.way.protected else "SELECT set_config('app.tenant', $1, true)"
        self.prepare(bind)
        self.execute(bind, secret if self.way.protected else tenant_id)

    def tune(self, tuning):
        self.more = tuning.more
        self.do(tuning.settings)

    def statement(self, query):
        """The statement for it, which has run before. That is when it is planned."""
        sql = self.way.query.format(table=self.way.table, k=K, more=self.more, tenant=self.credentials[query.tenant.number][0])
        if self.prepare(sql):
            self.begin(query.tenant)
            self.execute(sql, binary(query.vector))
            self.do("COMMIT")
        return sql

    def ask(self, query):
        """The ids that it finds, and the seconds from sending it to having them."""
        sql, vector = self.statement(query), binary(query.vector)
        self.begin(query.tenant)
        started = time.perf_counter()
        result = self.execute(sql, vector)
        seconds = time.perf_counter() - started
        self.do("COMMIT")
        return {int(result.get_value(i, 0)) for i in range(result.ntuples)}, seconds

    def insert(self, tenant, rows):
        """Seconds for a transaction that inserts these rows, (id, vector), one by one."""
        sql = f"INSERT INTO bench.{self.way.table} VALUES ($1, $2, $3)"
        self.prepare(sql)
        started = time.perf_counter()
        self.begin(tenant)
        for row_id, vector in rows:
            self.execute(sql, self.credentials[tenant.number][0], str(row_id), binary(vector))
        self.do("COMMIT")
        return time.perf_counter() - started


def binary(vector):
    """As the type's receive function wants it."""
    return struct.pack(">HH", DIMENSIONS, 0) + vector.astype(">f4").tobytes()
