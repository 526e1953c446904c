"""Fixtures: the database of schema.sql, keys for its tenants, connections of the application role."""

import pathlib
import sys
import uuid

import psycopg
import pytest

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS))

TENANTS = [f"tenant-{n}" for n in range(1, 13)]


def notes_of(tenant):
    """How many notes schema.sql gave that tenant."""
    return int(tenant.removeprefix("tenant-"))


class Admin:
    """An administrator's connection, which commits each statement by itself."""

    def __init__(self):
        self.connection = psycopg.connect(autocommit=True)

    def value(self, sql, *params):
        return self.connection.execute(sql, params).fetchone()[0]

    def key(self, tenant, **options):
        """A fresh key: its id and its secret."""
        names = "".join(f", {name} => %({name})s" for name in options)
        return self.connection.execute(
            f"SELECT key_id, secret FROM tenancy.create_key(%(tenant)s, 'test'{names})",
            {"tenant": tenant} | options,
        ).fetchone()


@pytest.fixture(scope="session")
def admin():
    admin = Admin()
    admin.connection.execute((TESTS / "clients" / "schema.sql").read_text())
    yield admin
    admin.connection.close()


@pytest.fixture(scope="session")
def keys(admin):
    """A key's secret for each tenant of schema.sql."""
    return {tenant: admin.key(tenant)[1] for tenant in TENANTS}


@pytest.fixture
def tenant(admin):
    """A tenant of the test's own, with three notes."""
    slug = f"own-{uuid.uuid4()}"
    admin.value("SELECT tenancy.create_tenant(%s)", slug)
    admin.connection.execute(
        "INSERT INTO note (tenant_id, body) SELECT tenant_id, slug || ' note ' || i"
        " FROM tenancy.tenant, generate_series(1, 3) i WHERE slug = %s", [slug])
    yield slug
    admin.connection.execute(
        "DELETE FROM note WHERE tenant_id = (SELECT tenant_id FROM tenancy.tenant WHERE slug = %s)", [slug])


@pytest.fixture
def connect(admin):
    """Opens connections of the application role; they are closed when the test ends."""
    opened = []

    def open_one(**options):
        opened.append(psycopg.connect(user="client_app", **options))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def app(connect):
    return connect()


def bind(connection, credential):
    """What an application does first in every transaction; gives the tenant's id."""
    return connection.execute("SELECT tenancy.bind(%s)", [credential]).fetchone()[0]


def bodies(connection):
    return [body for body, in connection.execute("SELECT body FROM note ORDER BY id")]


def expected_bodies(tenant, count=None):
    return [f"{tenant} note {i}" for i in range(1, (count or notes_of(tenant)) + 1)]
