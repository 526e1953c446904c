"""Many threads of many tenants on few connections, with the wrapper an application would write."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import TENANTS, bodies, expected_bodies
from psycopg import errors
from psycopg_pool import ConnectionPool
from tokens import token


@contextlib.contextmanager
def tenant_transaction(pool, credential):
    """A transaction of one tenant, on any connection of the pool."""
    with pool.connection() as connection, connection.transaction():
        connection.execute("SELECT tenancy.bind(%s)", [credential])
        yield connection


@pytest.fixture
def pool(admin):
    with ConnectionPool(kwargs={"user": "client_app", "prepare_threshold": 1}, min_size=4, max_size=4) as pool:
        yield pool


def test_threads_of_all_tenants(pool, keys):
    def work(number):
        tenant = TENANTS[number % len(TENANTS)]
        credential = keys[tenant] if number % 2 else token(tenant)
        for turn in range(25):
            if turn % 5 == 4:
                # Between them, someone who forgets to bind.
                with pytest.raises(errors.InsufficientPrivilege), pool.connection() as connection:
                    bodies(connection)
            with tenant_transaction(pool, credential) as connection:
                assert bodies(connection) == expected_bodies(tenant)
        return turn + 1

    with ThreadPoolExecutor(24) as threads:
        assert sum(threads.map(work, range(24))) == 24 * 25


def test_tenant_does_not_come_back_with_the_connection(pool, keys):
    for _ in range(8):
        with tenant_transaction(pool, keys["tenant-3"]) as connection:
            assert len(bodies(connection)) == 3
        with pytest.raises(errors.InsufficientPrivilege), pool.connection() as connection:
            bodies(connection)


def test_failed_transaction_gives_a_clean_connection_back(pool, keys):
    for _ in range(8):
        with pytest.raises(ZeroDivisionError), tenant_transaction(pool, keys["tenant-3"]):
            raise ZeroDivisionError
        with tenant_transaction(pool, keys["tenant-4"]) as connection:
            assert bodies(connection) == expected_bodies("tenant-4")
