"""The ways psycopg can talk to the server: pipelines, prepared statements, COPY, cursors, asyncio."""

import asyncio

import psycopg
import pytest
from conftest import TENANTS, bind, bodies, expected_bodies, notes_of
from psycopg import errors, pq
from tokens import token

BIND = "SELECT tenancy.bind(%s)"
READ = "SELECT body FROM note ORDER BY id"


# Pipelines: bind and query in one round trip

def test_pipeline(app, keys):
    for tenant in TENANTS:
        with app.pipeline(), app.transaction():
            app.execute(BIND, [keys[tenant]])
            cursor = app.execute(READ)
        assert [body for body, in cursor] == expected_bodies(tenant)


def test_pipeline_without_begin_is_one_transaction_until_its_sync(connect, keys):
    app = connect(autocommit=True)
    with app.pipeline() as pipeline:
        app.execute(BIND, [keys["tenant-3"]])
        cursor = app.execute(READ)
        pipeline.sync()
        assert [body for body, in cursor] == expected_bodies("tenant-3")
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(READ).fetchall()


def test_pipeline_after_a_refused_bind_reads_nothing(app):
    # Both statements are sent before the first answer is looked at.
    cursor = app.cursor()
    with pytest.raises((errors.InvalidAuthorizationSpecification, errors.PipelineAborted)):
        with app.pipeline(), app.transaction():
            app.execute(BIND, ["tk_wrong"])
            cursor.execute(READ)
    assert cursor.pgresult is None or cursor.pgresult.ntuples == 0
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)


def test_pipeline_of_several_transactions(connect, keys):
    app = connect(autocommit=True)
    with app.pipeline():
        cursors = []
        for tenant in TENANTS:
            with app.transaction():
                app.execute(BIND, [keys[tenant]])
                cursors.append(app.execute(READ))
    for tenant, cursor in zip(TENANTS, cursors, strict=True):
        assert [body for body, in cursor] == expected_bodies(tenant)


# Prepared statements: a plan made for one tenant serves the next

@pytest.mark.parametrize("plans", ["auto", "force_generic_plan", "force_custom_plan"])
def test_prepared_statements_across_tenants(connect, keys, plans):
    app = connect(prepare_threshold=0, options=f"-c plan_cache_mode={plans}")
    for tenant in TENANTS * 2:
        with app.transaction():
            bind(app, keys[tenant])
            assert bodies(app) == expected_bodies(tenant)
            count = app.execute("SELECT count(*) FROM note WHERE body LIKE %s", ["tenant-%"]).fetchone()[0]
            assert count == notes_of(tenant)
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)


def test_prepared_before_anything_is_bound(connect, keys):
    app = connect(prepare_threshold=0)
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)
    app.rollback()
    bind(app, keys["tenant-3"])
    assert bodies(app) == expected_bodies("tenant-3")


@pytest.mark.parametrize("plans", ["force_generic_plan", "force_custom_plan"])
def test_prepared_statement_of_the_protocol(connect, keys, plans):
    app = connect(options=f"-c plan_cache_mode={plans}")
    assert app.pgconn.prepare(b"read", READ.encode()).status == pq.ExecStatus.COMMAND_OK
    for tenant in TENANTS:
        with app.transaction():
            bind(app, keys[tenant])
            result = app.pgconn.exec_prepared(b"read", [])
            assert result.ntuples == notes_of(tenant)
    result = app.pgconn.exec_prepared(b"read", [])
    assert result.error_field(pq.DiagnosticField.SQLSTATE) == b"42501"


# COPY

def test_copy_to_gives_the_tenants_rows(app, keys):
    for sql in ("COPY note (body) TO STDOUT", "COPY (SELECT body FROM note ORDER BY id) TO STDOUT"):
        with app.transaction():
            bind(app, keys["tenant-5"])
            with app.cursor().copy(sql) as copy:
                assert sorted(body for body, in copy.rows()) == sorted(expected_bodies("tenant-5"))


def test_copy_to_without_bind(app):
    with pytest.raises(errors.InsufficientPrivilege), app.cursor().copy("COPY note TO STDOUT") as copy:
        list(copy)


def test_copy_from_is_refused_by_postgres(app, keys):
    """Row security does not work with COPY FROM, and Postgres says so; INSERT does the job."""
    bind(app, keys["tenant-5"])
    with pytest.raises(errors.FeatureNotSupported), app.cursor().copy("COPY note (body) FROM STDIN") as copy:
        copy.write_row(["copied"])


@pytest.mark.parametrize("sql", ["COPY tenancy.api_key TO STDOUT", "COPY tenancy.tenant TO STDOUT",
                                 "COPY note TO PROGRAM 'cat'", "COPY note TO '/tmp/note'"])
def test_copy_of_what_is_not_the_tenants(app, keys, sql):
    bind(app, keys["tenant-5"])
    with pytest.raises(errors.InsufficientPrivilege), app.cursor().copy(sql) as copy:
        list(copy)


# Cursors

def test_named_cursor(app, keys):
    bind(app, keys["tenant-12"])
    with app.cursor(name="notes") as cursor:
        cursor.itersize = 5
        cursor.execute(READ)
        assert [body for body, in cursor] == expected_bodies("tenant-12")


def test_named_cursor_ends_with_the_transaction(app, keys):
    bind(app, keys["tenant-12"])
    cursor = app.cursor(name="notes")
    cursor.execute(READ)
    assert len(cursor.fetchmany(2)) == 2
    app.commit()
    with pytest.raises(errors.InvalidCursorName):
        cursor.fetchmany(2)


def test_named_cursor_without_bind(app):
    with pytest.raises(errors.InsufficientPrivilege), app.cursor(name="notes") as cursor:
        cursor.execute(READ)
        cursor.fetchall()


def test_cursor_with_hold_is_refused(app, keys):
    bind(app, keys["tenant-12"])
    with pytest.raises(errors.InsufficientPrivilege, match="WITH HOLD"), app.cursor(name="notes", withhold=True) as cursor:
        cursor.execute(READ)


def test_row_by_row(app, keys):
    bind(app, keys["tenant-12"])
    assert [body for body, in app.cursor().stream(READ)] == expected_bodies("tenant-12")


# What would outlive the transaction

@pytest.mark.parametrize("sql", [
    "LISTEN channel", "PREPARE plan AS SELECT 1", "CREATE TEMP TABLE note (body text)", "EXPLAIN SELECT * FROM note",
    "SELECT pg_advisory_lock(1)", "SELECT lo_create(0)", "CREATE TABLE own (body text)", "VACUUM note",
])
@pytest.mark.parametrize("bound", [True, False])
def test_confined(connect, keys, sql, bound):
    app = connect(autocommit=not bound)
    if bound:
        bind(app, keys["tenant-3"])
    with pytest.raises(errors.InsufficientPrivilege, match="is not allowed in a tenant's session") as error:
        app.execute(sql)
    assert error.value.diag.message_hint


def test_two_phase_commit_is_refused(app, keys):
    app.tpc_begin("pg_tenancy")
    bind(app, keys["tenant-3"])
    with pytest.raises(errors.InsufficientPrivilege, match="PREPARE TRANSACTION"):
        app.tpc_prepare()


# asyncio

def test_async(keys):
    async def work(name, credential):
        connection = await psycopg.AsyncConnection.connect(user="client_app")
        async with connection:
            for _ in range(5):
                async with connection.pipeline(), connection.transaction():
                    await connection.execute(BIND, [credential])
                    cursor = await connection.execute(READ)
                assert [body for body, in await cursor.fetchall()] == expected_bodies(name)

    async def main():
        await asyncio.gather(*(work(name, credential) for name in TENANTS
                               for credential in (keys[name], token(name))))

    asyncio.run(main())
