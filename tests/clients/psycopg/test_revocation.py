"""Two connections: what an administrator takes back is gone at the other's next statement, in the midst of a
transaction too."""

import time

import psycopg
import pytest
from conftest import bind, bodies, expected_bodies
from psycopg import errors
from tokens import token

REVOKED = errors.InvalidAuthorizationSpecification
SUSPENDED = errors.InsufficientPrivilege
LEEWAY = 30  # seconds, the default of tenancy.jwt_leeway


@pytest.mark.parametrize("isolation", list(psycopg.IsolationLevel))
def test_revoked_key(app, admin, tenant, isolation):
    key_id, secret = admin.key(tenant)
    app.isolation_level = isolation
    bind(app, secret)
    assert len(bodies(app)) == 3
    assert admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    with pytest.raises(REVOKED, match="revoked"):
        bodies(app)
    app.rollback()
    with pytest.raises(REVOKED, match="revoked"):
        bind(app, secret)


@pytest.mark.parametrize("statement", [
    "INSERT INTO note (body) VALUES ('late')", "UPDATE note SET body = 'late'", "DELETE FROM note",
    "SELECT tenancy.current_tenant()", "SELECT tenancy.context()", "COPY note TO STDOUT",
])
def test_revoked_key_for_every_statement(app, admin, tenant, statement):
    key_id, secret = admin.key(tenant)
    bind(app, secret)
    assert len(bodies(app)) == 3
    admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    with pytest.raises(REVOKED):
        if statement.startswith("COPY"):
            with app.cursor().copy(statement) as copy:
                list(copy)
        else:
            app.execute(statement)


def test_revoked_key_and_a_prepared_statement(connect, admin, tenant):
    app = connect(prepare_threshold=0, options="-c plan_cache_mode=force_generic_plan")
    key_id, secret = admin.key(tenant)
    bind(app, secret)
    assert len(bodies(app)) == 3
    admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    with pytest.raises(REVOKED):
        bodies(app)


@pytest.mark.parametrize("sql", ["SELECT body FROM note", "SELECT tenancy.current_tenant()"])
def test_revocation_that_another_session_commits(connect, admin, tenant, sql):
    """A two-phase commit: the session that revoked the key is not the one that makes it so."""
    app = connect(prepare_threshold=0, options="-c plan_cache_mode=force_generic_plan")
    key_id, secret = admin.key(tenant)
    bind(app, secret)
    admin.connection.execute("BEGIN")
    admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    admin.connection.execute("PREPARE TRANSACTION 'revocation'")
    for _ in range(8):
        app.execute(sql).fetchall()
    with psycopg.connect(autocommit=True) as other:
        other.execute("COMMIT PREPARED 'revocation'")
    with pytest.raises(REVOKED):
        app.execute(sql).fetchall()


@pytest.mark.parametrize("plan", ["enable_indexscan", "enable_seqscan"])
def test_revoked_key_and_an_open_cursor(app, admin, tenant, plan):
    """FETCH is a statement too, whether the policy is a filter or the condition of an index scan."""
    key_id, secret = admin.key(tenant)
    app.execute(f"SET LOCAL {plan} = off")
    app.execute("SET LOCAL enable_bitmapscan = off")
    app.execute("SET LOCAL enable_sort = off")
    bind(app, secret)
    app.execute("DECLARE notes CURSOR FOR SELECT body FROM note")
    assert len(app.execute("FETCH 1 FROM notes").fetchall()) == 1
    admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    with pytest.raises(REVOKED):
        app.execute("FETCH 1 FROM notes").fetchall()


def test_revocation_that_is_rolled_back_changes_nothing(app, admin, tenant):
    key_id, secret = admin.key(tenant)
    bind(app, secret)
    with admin.connection.transaction(force_rollback=True):
        admin.value("SELECT tenancy.revoke_key(%s)", key_id)
        assert len(bodies(app)) == 3, "not committed yet"
    assert len(bodies(app)) == 3


def test_revocation_counts_from_its_commit(app, admin, tenant):
    key_id, secret = admin.key(tenant)
    bind(app, secret)
    with admin.connection.transaction():
        admin.value("SELECT tenancy.revoke_key(%s)", key_id)
        assert len(bodies(app)) == 3
    with pytest.raises(REVOKED):
        bodies(app)


def test_other_keys_of_the_tenant_live_on(app, connect, admin, tenant):
    key_id, _ = admin.key(tenant)
    _, other = admin.key(tenant)
    bind(app, other)
    admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    assert len(bodies(app)) == 3


@pytest.mark.parametrize("kind", ["key", "token", "token in the setting"])
def test_suspended_tenant(app, admin, tenant, kind):
    credential = admin.key(tenant)[1] if kind == "key" else token(tenant)

    def enter():
        if kind == "token in the setting":
            app.execute("SELECT set_config('tenancy.session', %s, true)", [credential])
        else:
            bind(app, credential)
        return bodies(app)

    assert enter() == expected_bodies(tenant, 3)
    assert admin.value("SELECT tenancy.suspend_tenant(%s)", tenant)
    with pytest.raises(SUSPENDED, match="is suspended"):
        bodies(app)
    app.rollback()
    with pytest.raises(SUSPENDED, match="is suspended"):
        enter()
    app.rollback()
    assert admin.value("SELECT tenancy.resume_tenant(%s)", tenant)
    assert enter() == expected_bodies(tenant, 3)


def test_key_expires_while_bound(app, admin, tenant):
    secret = admin.key(tenant, expires_at=admin.value("SELECT clock_timestamp() + interval '500 ms'"))[1]
    bind(app, secret)
    assert len(bodies(app)) == 3
    time.sleep(0.6)
    with pytest.raises(REVOKED, match="expired"):
        bodies(app)


def test_key_expires_within_one_statement(app, admin, tenant):
    """The clock is looked at within a statement too, every 1,024 calls: 5,000 of them take 3 seconds here."""
    secret = admin.key(tenant, expires_at=admin.value("SELECT clock_timestamp() + interval '500 ms'"))[1]
    bind(app, secret)
    with pytest.raises(REVOKED, match="expired"):
        app.execute(
            "SELECT count(tenancy.current_tenant()) FROM generate_series(1, 5000) WHERE pg_sleep(0.0005) IS NOT NULL"
        )


def test_token_expires_while_bound(app, tenant):
    bind(app, token(tenant, lifetime=1 - LEEWAY))
    assert len(bodies(app)) == 3
    time.sleep(2.1)
    with pytest.raises(REVOKED, match="expired"):
        bodies(app)


def test_rotated_key(app, admin, tenant):
    key_id, old = admin.key(tenant)
    new = admin.connection.execute("SELECT secret FROM tenancy.rotate_key(%s, '500 ms')", [key_id]).fetchone()[0]
    for secret in (old, new):
        with app.transaction():
            bind(app, secret)
            assert len(bodies(app)) == 3
    time.sleep(0.6)
    with app.transaction():
        bind(app, new)
        assert len(bodies(app)) == 3
    with pytest.raises(REVOKED, match="expired"):
        bind(app, old)


def test_tenant_that_is_deleted(app, admin, tenant):
    _, secret = admin.key(tenant)
    bind(app, secret)
    assert len(bodies(app)) == 3
    admin.connection.execute("DELETE FROM tenancy.tenant WHERE slug = %s", [tenant])
    with pytest.raises((REVOKED, errors.UndefinedObject)):
        bodies(app)


def test_role_that_becomes_exempt(admin, keys):
    """A role that gets BYPASSRLS while a tenant is bound has no tenant at its next transaction."""
    admin.connection.execute("CREATE ROLE client_late LOGIN IN ROLE tenancy_app")
    try:
        admin.connection.execute("GRANT SELECT ON note TO client_late")
        with psycopg.connect(user="client_late") as app:
            bind(app, keys["tenant-3"])
            assert len(bodies(app)) == 3
            app.commit()
            admin.connection.execute("ALTER ROLE client_late BYPASSRLS")
            with pytest.raises(errors.InsufficientPrivilege, match="BYPASSRLS"):
                bind(app, keys["tenant-3"])
            app.rollback()
    finally:
        admin.connection.execute("DROP OWNED BY client_late")
        admin.connection.execute("DROP ROLE client_late")
