"""Credentials that open nothing: one error class each, and no error text that holds the credential."""

import logging
import time

import pytest
from conftest import bind, bodies
from psycopg import errors
from tokens import token

FIELDS = ("message_primary", "message_detail", "message_hint", "context", "internal_query", "source_function",
          "constraint_name", "column_name", "table_name", "schema_name", "datatype_name")


def assert_redacted(error, secret):
    """No part of an error that Python can see holds the credential, nor a good piece of it."""
    diag = error.value.diag
    texts = [str(error.value), repr(error.value)] + [str(getattr(diag, name)) for name in FIELDS]
    pieces = [secret[i:i + 16] for i in range(0, max(1, len(secret) - 16), 8)] if len(secret) < 5000 else [secret[:64]]
    for text in texts:
        assert not any(piece in text for piece in pieces)


def other_last(text):
    return text[:-1] + ("a" if text[-1] != "a" else "b")


def revoked(admin):
    key_id, secret = admin.key("tenant-3")
    admin.value("SELECT tenancy.revoke_key(%s)", key_id)
    return secret


def expired(admin):
    secret = admin.key("tenant-3", expires_at=admin.value("SELECT clock_timestamp() + interval '200 ms'"))[1]
    time.sleep(0.3)
    return secret


def unknown(admin):
    key_id, secret = admin.key("tenant-3")
    admin.connection.execute("DELETE FROM tenancy.api_key WHERE key_id = %s", [key_id])
    return secret


def of_suspended_tenant(admin):
    admin.connection.execute(
        "SELECT tenancy.create_tenant('suspended') WHERE NOT EXISTS (SELECT FROM tenancy.tenant WHERE slug = 'suspended')")
    secret = admin.key("suspended")[1]
    admin.value("SELECT tenancy.suspend_tenant('suspended')")
    return secret


REFUSED = {
    "wrong checksum": (lambda admin: other_last(admin.key("tenant-3")[1]), errors.InvalidAuthorizationSpecification),
    "prefix of a key": (lambda admin: admin.key("tenant-3")[1][:-6], errors.InvalidAuthorizationSpecification),
    "key and more": (lambda admin: admin.key("tenant-3")[1] + "x", errors.InvalidAuthorizationSpecification),
    "unknown key": (unknown, errors.InvalidAuthorizationSpecification),
    "revoked key": (revoked, errors.InvalidAuthorizationSpecification),
    "expired key": (expired, errors.InvalidAuthorizationSpecification),
    "key of a suspended tenant": (of_suspended_tenant, errors.InsufficientPrivilege),
    "no credential at all": (lambda _: "correct horse battery staple", errors.InvalidAuthorizationSpecification),
    "control characters": (lambda _: "tk_\x01\x02\x7f\u2028\U0001f511 and some more", errors.InvalidAuthorizationSpecification),
    "a megabyte": (lambda _: "tk_" + "a" * 1_000_000, errors.InvalidAuthorizationSpecification),
    "a megabyte of token": (lambda _: token("tenant-3", padding="a" * 1_000_000), errors.InvalidAuthorizationSpecification),
    "token with another signature": (lambda _: token("tenant-3")[:-8] + "AAAAAAAA", errors.InvalidAuthorizationSpecification),
    "expired token": (lambda _: token("tenant-3", lifetime=-3600), errors.InvalidAuthorizationSpecification),
    "token of another issuer": (lambda _: token("tenant-3", iss="https://issuer.example"), errors.InvalidAuthorizationSpecification),
    "token for another audience": (lambda _: token("tenant-3", aud="other"), errors.InvalidAuthorizationSpecification),
    "token of no tenant": (lambda _: token(""), errors.InvalidAuthorizationSpecification),
    "token of an unknown tenant": (lambda _: token("tenant-404"), errors.UndefinedObject),
}


@pytest.mark.parametrize("way", ["bind", "setting"])
@pytest.mark.parametrize("case", REFUSED)
def test_refused(app, admin, case, way):
    make, error_class = REFUSED[case]
    credential = make(admin)
    if way == "setting" and case in ("key of a suspended tenant",):
        error_class = errors.InvalidAuthorizationSpecification  # no key opens the setting
    with pytest.raises(error_class) as error:
        if way == "bind":
            bind(app, credential)
        else:
            # An unknown tenant shows at the first use: a setting's value is judged without looking into tables.
            app.execute("SELECT set_config('tenancy.session', %s, true)", [credential])
            bodies(app)
    assert type(error.value) is error_class
    assert_redacted(error, credential)
    app.rollback()
    assert app.execute("SELECT 1").fetchone() == (1,), "the backend is alive"


@pytest.mark.parametrize("credential", [None, ""])
def test_missing(app, credential):
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="credential is missing"):
        bind(app, credential)


def test_valid_key_is_not_accepted_by_the_setting(app, keys):
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="does not accept API keys") as error:
        app.execute("SELECT set_config('tenancy.session', %s, true)", [keys["tenant-3"]])
    assert_redacted(error, keys["tenant-3"])


@pytest.mark.parametrize("context", ['[]', '"text"', '{"tenant_id": "x"}', '{"roles": "admin"}', '{"user_id": 1}'])
def test_malformed_context_argument(app, keys, context):
    with pytest.raises(errors.InvalidParameterValue):
        app.execute("SELECT tenancy.bind(%s, %s)", [keys["tenant-3"], context])


def test_credential_is_shown_nowhere(app, admin, keys):
    """Nothing an SQL statement of the application can read, and no notice, holds it."""
    notices = []
    app.add_notice_handler(lambda diag: notices.append(str(diag.message_primary)))
    secret = keys["tenant-3"]
    bind(app, secret)
    assert app.execute("SHOW tenancy.session").fetchone() == ("(redacted)",)
    seen = [str(app.execute(sql).fetchall()) for sql in (
        "SELECT current_setting('tenancy.session')",
        "SELECT tenancy.context()",
        "SELECT * FROM pg_cursors",
        "SELECT * FROM pg_settings",
        "SHOW ALL",
    )]
    seen.append(str(admin.connection.execute("SELECT * FROM pg_stat_activity").fetchall()))
    assert not any(secret[:24] in text for text in seen + notices)


def test_prepared_statements_of_the_session_are_not_shown(app, keys):
    """They may be another client's, where a pooler shares the session."""
    bind(app, keys["tenant-3"])
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT * FROM pg_prepared_statements")


def test_driver_log_holds_no_credential(connect, admin, keys, caplog):
    caplog.set_level(logging.DEBUG)
    app = connect()
    bind(app, keys["tenant-3"])
    with pytest.raises(errors.InsufficientPrivilege):
        bind(app, keys["tenant-4"])
    assert keys["tenant-3"] not in caplog.text and keys["tenant-4"] not in caplog.text
