"""A tenant is bound to one transaction, and to nothing else."""

import json

import psycopg
import pytest
from conftest import bind, bodies, expected_bodies, notes_of
from psycopg import errors
from tokens import token


@pytest.mark.parametrize("tenant", ["tenant-1", "tenant-5", "tenant-12"])
def test_bind_and_query(app, admin, keys, tenant):
    with app.transaction():
        assert bind(app, keys[tenant]) == admin.value("SELECT tenant_id FROM tenancy.tenant WHERE slug = %s", tenant)
        assert bodies(app) == expected_bodies(tenant)


def test_without_bind_there_is_an_error_and_not_an_empty_result(app):
    with pytest.raises(errors.InsufficientPrivilege, match="no tenant is bound") as error:
        bodies(app)
    assert "tenancy.bind()" in error.value.diag.message_hint


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_binding_ends_with_the_transaction(app, keys, end):
    bind(app, keys["tenant-3"])
    assert len(bodies(app)) == 3
    getattr(app, end)()
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)


def test_autocommit_binds_for_one_statement_only(connect, keys):
    app = connect(autocommit=True)
    bind(app, keys["tenant-3"])
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)


def test_tenants_take_turns_on_one_connection(app, keys):
    for tenant in list(keys) * 3:
        with app.transaction():
            bind(app, keys[tenant])
            assert bodies(app) == expected_bodies(tenant)


def test_second_tenant_of_a_transaction_is_refused(app, keys):
    bind(app, keys["tenant-3"])
    with pytest.raises(errors.InsufficientPrivilege, match="another tenant"):
        bind(app, keys["tenant-4"])


def test_second_tenant_is_refused_after_a_savepoint_is_rolled_back(app, keys):
    with app.transaction():
        with app.transaction(force_rollback=True):
            bind(app, keys["tenant-3"])
            assert len(bodies(app)) == 3
        with pytest.raises(errors.InsufficientPrivilege, match="no tenant is bound"), app.transaction():
            bodies(app)
        with pytest.raises(errors.InsufficientPrivilege, match="another tenant"), app.transaction():
            bind(app, keys["tenant-4"])
        bind(app, keys["tenant-3"])
        assert len(bodies(app)) == 3


def test_refused_bind_aborts_the_transaction(app, keys):
    with pytest.raises(errors.InvalidAuthorizationSpecification):
        bind(app, "tk_wrong")
    with pytest.raises(errors.InFailedSqlTransaction):
        bodies(app)
    app.rollback()
    bind(app, keys["tenant-2"])
    assert len(bodies(app)) == 2


def test_unbind(app, keys):
    bind(app, keys["tenant-3"])
    app.execute("SELECT tenancy.unbind()")
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)


def test_unbound_empty(connect):
    app = connect(options="-c tenancy.unbound=empty")
    assert bodies(app) == []


def test_context(app, admin, keys):
    app.execute("SELECT tenancy.bind(%s, %s)", [keys["tenant-3"], json.dumps(
        {"user_id": "u", "roles": ["editor"], "claims": {"plan": "pro"}, "correlation_id": "request-7"})])
    context, user, correlation, editor, pro, read = app.execute(
        "SELECT tenancy.context(), tenancy.current_user_id(), tenancy.current_correlation_id(),"
        " tenancy.has_role('editor'), tenancy.has_claim('plan', 'pro'), tenancy.has_capability('read')").fetchone()
    assert (context["tenant"], context["tenant_number"]) == ("tenant-3", 3)
    assert (user, correlation, editor, pro, read) == ("u", "request-7", True, True, True)
    assert keys["tenant-3"] not in json.dumps(context)


@pytest.mark.parametrize("isolation", list(psycopg.IsolationLevel))
def test_every_isolation_level(app, keys, isolation):
    app.isolation_level = isolation
    bind(app, keys["tenant-3"])
    assert len(bodies(app)) == 3


def test_read_only_transaction(app, keys):
    app.read_only = True
    bind(app, keys["tenant-3"])
    assert len(bodies(app)) == 3


def test_role_exempt_from_row_security_cannot_bind(admin, keys):
    with pytest.raises(errors.InsufficientPrivilege, match="isolation would not be enforced"):
        bind(admin.connection, keys["tenant-3"])


# Tokens

def test_token_by_bind(app):
    bind(app, token("tenant-4"))
    assert bodies(app) == expected_bodies("tenant-4")
    assert app.execute("SELECT tenancy.current_user_id()").fetchone() == ("user-1",)


def test_token_by_setting(app):
    app.execute("SELECT set_config('tenancy.session', %s, true)", [token("tenant-4")])
    assert bodies(app) == expected_bodies("tenant-4")
    app.commit()
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)


def test_token_set_for_the_session_dies_with_the_transaction(app):
    app.execute("SELECT set_config('tenancy.session', %s, false)", [token("tenant-4")])
    assert bodies(app) == expected_bodies("tenant-4")
    app.commit()
    with pytest.raises(errors.InsufficientPrivilege):
        bodies(app)
    app.rollback()
    # What was left behind is in nobody's way.
    app.execute("SELECT set_config('tenancy.session', %s, true)", [token("tenant-5")])
    assert bodies(app) == expected_bodies("tenant-5")


def test_token_names_its_tenant_by_id_too(app, admin):
    bind(app, token(str(admin.value("SELECT tenant_id FROM tenancy.tenant WHERE slug = 'tenant-4'"))))
    assert bodies(app) == expected_bodies("tenant-4")


def test_token_then_key_of_the_same_tenant(app, keys):
    bind(app, token("tenant-4"))
    bind(app, keys["tenant-4"])
    assert bodies(app) == expected_bodies("tenant-4")


def test_token_and_key_of_two_tenants(app, keys):
    bind(app, keys["tenant-4"])
    with pytest.raises(errors.InsufficientPrivilege, match="another tenant"):
        app.execute("SELECT set_config('tenancy.session', %s, true)", [token("tenant-5")])


# Writes

def test_writes_are_the_tenants(connect, admin, tenant):
    app = connect()
    _, secret = admin.key(tenant)
    tenant_id = bind(app, secret)
    with app.cursor() as cursor:
        cursor.executemany("INSERT INTO note (body) VALUES (%s) RETURNING tenant_id",
                           [["one"], ["two"]], returning=True)
        assert [result.fetchone()[0] for result in cursor.results()] == [tenant_id] * 2
        assert cursor.execute("UPDATE note SET body = 'changed' WHERE body = 'one'").rowcount == 1
        assert cursor.execute("DELETE FROM note WHERE body LIKE %s", ["own-%"]).rowcount == 3
        # Other tenants' rows are not there to be changed.
        assert cursor.execute("UPDATE note SET body = 'stolen' WHERE body LIKE %s", ["tenant-%"]).rowcount == 0
        assert cursor.execute("DELETE FROM note WHERE body LIKE %s", ["tenant-%"]).rowcount == 0
    app.commit()
    assert admin.value("SELECT array_agg(body ORDER BY body) FROM note WHERE tenant_id = %s", tenant_id) == ["changed", "two"]


def test_writing_for_another_tenant_is_refused(app, admin, keys):
    other = admin.value("SELECT tenant_id FROM tenancy.tenant WHERE slug = 'tenant-4'")
    for sql in ("INSERT INTO note (tenant_id, body) VALUES (%s, 'planted')", "UPDATE note SET tenant_id = %s"):
        bind(app, keys["tenant-3"])
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            app.execute(sql, [other])
        app.rollback()
    assert admin.value("SELECT count(*) FROM note WHERE tenant_id = %s", other) == notes_of("tenant-4")
