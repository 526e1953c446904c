//! tokio-postgres against a real server.

#![cfg(test)]

use std::sync::OnceLock;

use futures_util::future::{join, join_all};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls};

const BIND: &str = "SELECT tenancy.bind($1)::text";
const READ: &str = "SELECT body FROM note ORDER BY id";
const TENANTS: usize = 12;

/// Connects as a role; PGHOST, PGPORT and PGDATABASE say where.
async fn connect(user: &str) -> Client {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let mut config = tokio_postgres::Config::new();
    config
        .host(variable("PGHOST"))
        .port(variable("PGPORT").parse().unwrap())
        .dbname(variable("PGDATABASE"))
        .user(user);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn application() -> Client {
    set_up().await;
    connect("client_app").await
}

/// Makes the tenants and their notes once, whichever test comes first.
async fn set_up() {
    static DONE: OnceLock<tokio::sync::Mutex<bool>> = OnceLock::new();
    let mut done = DONE.get_or_init(Default::default).lock().await;
    if !*done {
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.sql");
        connect("postgres")
            .await
            .batch_execute(&std::fs::read_to_string(schema).unwrap())
            .await
            .unwrap();
        *done = true;
    }
}

/// A fresh key: its id as text, and its secret.
async fn key(tenant: &str) -> (String, String) {
    set_up().await;
    let admin = connect("postgres").await;
    let row = admin
        .query_one(
            "SELECT key_id::text, secret FROM tenancy.create_key($1, 'test')",
            &[&tenant],
        )
        .await
        .unwrap();
    (row.get(0), row.get(1))
}

async fn revoke(key_id: &str) {
    connect("postgres")
        .await
        .execute("SELECT tenancy.revoke_key($1::text::uuid)", &[&key_id])
        .await
        .unwrap();
}

fn bodies(rows: &[tokio_postgres::Row]) -> Vec<String> {
    rows.iter().map(|row| row.get(0)).collect()
}

fn expected(n: usize) -> Vec<String> {
    (1..=n).map(|i| format!("tenant-{n} note {i}")).collect()
}

/// Expects an error of that SQLSTATE, in which no text holds the credential.
fn assert_refused<T>(result: Result<T, Error>, state: SqlState, message: &str, credential: &str) {
    let error = result.err().expect("an error");
    assert_eq!(error.code(), Some(&state), "{error:?}");
    let database = error.as_db_error().unwrap();
    assert!(database.message().contains(message), "{database:?}");
    assert!(!format!("{error} {error:?}").contains(&credential[..credential.len().min(24)]));
}

#[tokio::test]
async fn bind_and_query_in_one_transaction() {
    let mut client = application().await;
    for n in 1..=TENANTS {
        let (_, secret) = key(&format!("tenant-{n}")).await;
        let transaction = client.transaction().await.unwrap();
        transaction.query_one(BIND, &[&secret]).await.unwrap();
        assert_eq!(
            bodies(&transaction.query(READ, &[]).await.unwrap()),
            expected(n)
        );
        transaction.commit().await.unwrap();
        assert_refused(
            client.query(READ, &[]).await,
            SqlState::INSUFFICIENT_PRIVILEGE,
            "no tenant is bound",
            &secret,
        );
    }
}

#[tokio::test]
async fn bind_and_query_in_one_round_trip() {
    let mut client = application().await;
    let (bind, read) = (
        client.prepare(BIND).await.unwrap(),
        client.prepare(READ).await.unwrap(),
    );
    for n in 1..=TENANTS {
        let (_, secret) = key(&format!("tenant-{n}")).await;
        let transaction = client.transaction().await.unwrap();
        // Both are sent before the first answer is awaited; the server runs them in this order.
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&secret];
        let (bound, rows) = join(
            transaction.query_one(&bind, &parameters),
            transaction.query(&read, &[]),
        )
        .await;
        bound.unwrap();
        assert_eq!(bodies(&rows.unwrap()), expected(n));
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_read_in_the_round_trip_of_a_refused_bind() {
    let mut client = application().await;
    let (bind, read) = (
        client.prepare(BIND).await.unwrap(),
        client.prepare(READ).await.unwrap(),
    );
    let transaction = client.transaction().await.unwrap();
    let wrong = "tk_wrong-wrong-wrong-wrong";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&wrong];
    let (bound, rows) = join(
        transaction.query_one(&bind, &parameters),
        transaction.query(&read, &[]),
    )
    .await;
    assert_refused(
        bound,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        "",
        wrong,
    );
    assert_refused(rows, SqlState::IN_FAILED_SQL_TRANSACTION, "", wrong);
}

#[tokio::test]
async fn a_prepared_statement_serves_one_tenant_after_the_other() {
    let mut client = application().await;
    client
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    let read = client.prepare(READ).await.unwrap();
    assert_refused(
        client.query(&read, &[]).await,
        SqlState::INSUFFICIENT_PRIVILEGE,
        "no tenant is bound",
        "none at all",
    );
    for n in [3, 12, 3, 1] {
        let (_, secret) = key(&format!("tenant-{n}")).await;
        let transaction = client.transaction().await.unwrap();
        transaction.query_one(BIND, &[&secret]).await.unwrap();
        assert_eq!(
            bodies(&transaction.query(&read, &[]).await.unwrap()),
            expected(n)
        );
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_portal_ends_with_its_transaction() {
    let mut client = application().await;
    let (_, secret) = key("tenant-12").await;
    let transaction = client.transaction().await.unwrap();
    transaction.query_one(BIND, &[&secret]).await.unwrap();
    let portal = transaction.bind(READ, &[]).await.unwrap();
    assert_eq!(transaction.query_portal(&portal, 5).await.unwrap().len(), 5);
    assert_eq!(transaction.query_portal(&portal, 0).await.unwrap().len(), 7);
    transaction.commit().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    assert!(transaction.query_portal(&portal, 5).await.is_err());
}

#[tokio::test]
async fn a_portal_stops_when_its_key_is_revoked() {
    let mut client = application().await;
    let (key_id, secret) = key("tenant-12").await;
    let transaction = client.transaction().await.unwrap();
    transaction
        .batch_execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        .await
        .unwrap();
    transaction.query_one(BIND, &[&secret]).await.unwrap();
    let portal = transaction
        .bind("SELECT body FROM note", &[])
        .await
        .unwrap();
    assert_eq!(transaction.query_portal(&portal, 5).await.unwrap().len(), 5);
    revoke(&key_id).await;
    let rows = transaction.query_portal(&portal, 5).await;
    assert_refused(
        rows,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        "revoked",
        &secret,
    );
}

#[tokio::test]
async fn a_revoked_key_is_refused_in_an_open_transaction() {
    let mut client = application().await;
    let (key_id, secret) = key("tenant-3").await;
    let transaction = client.transaction().await.unwrap();
    transaction.query_one(BIND, &[&secret]).await.unwrap();
    assert_eq!(transaction.query(READ, &[]).await.unwrap().len(), 3);
    revoke(&key_id).await;
    let rows = transaction.query(READ, &[]).await;
    assert_refused(
        rows,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        "revoked",
        &secret,
    );
}

#[tokio::test]
async fn a_dropped_transaction_leaves_no_tenant() {
    let mut client = application().await;
    let (_, secret) = key("tenant-3").await;
    for _ in 0..3 {
        let transaction = client.transaction().await.unwrap();
        transaction.query_one(BIND, &[&secret]).await.unwrap();
        drop(transaction);
        assert_refused(
            client.query(READ, &[]).await,
            SqlState::INSUFFICIENT_PRIVILEGE,
            "no tenant is bound",
            &secret,
        );
    }
}

#[tokio::test]
async fn a_savepoint_cannot_change_the_tenant() {
    let mut client = application().await;
    let ((_, first), (_, second)) = (key("tenant-3").await, key("tenant-4").await);
    let mut transaction = client.transaction().await.unwrap();
    let savepoint = transaction.transaction().await.unwrap();
    savepoint.query_one(BIND, &[&first]).await.unwrap();
    savepoint.rollback().await.unwrap();
    let bound = transaction.query_one(BIND, &[&second]).await;
    assert_refused(
        bound,
        SqlState::INSUFFICIENT_PRIVILEGE,
        "another tenant",
        &second,
    );
}

#[tokio::test]
async fn context_is_json() {
    let mut client = application().await;
    let (_, secret) = key("tenant-3").await;
    let transaction = client.transaction().await.unwrap();
    let addition =
        serde_json::json!({"user_id": "u", "roles": ["editor"], "correlation_id": "request-7"});
    transaction
        .query_one("SELECT tenancy.bind($1, $2)::text", &[&secret, &addition])
        .await
        .unwrap();
    let context: serde_json::Value = transaction
        .query_one("SELECT tenancy.context()", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(
        (&context["tenant"], &context["user_id"]),
        (&"tenant-3".into(), &"u".into())
    );
    assert!(!context.to_string().contains(&secret));
}

#[tokio::test]
async fn many_connections_of_many_tenants() {
    set_up().await;
    join_all((0..24).map(|number| async move {
        let n = number % TENANTS + 1;
        let (_, secret) = key(&format!("tenant-{n}")).await;
        let mut client = application().await;
        for _ in 0..20 {
            let transaction = client.transaction().await.unwrap();
            transaction.query_one(BIND, &[&secret]).await.unwrap();
            assert_eq!(
                bodies(&transaction.query(READ, &[]).await.unwrap()),
                expected(n)
            );
            transaction.commit().await.unwrap();
        }
    }))
    .await;
}

#[tokio::test]
async fn copy_gives_the_tenants_rows_and_takes_none() {
    use futures_util::TryStreamExt;
    let mut client = application().await;
    let (_, secret) = key("tenant-5").await;
    let transaction = client.transaction().await.unwrap();
    transaction.query_one(BIND, &[&secret]).await.unwrap();
    let chunks: Vec<_> = transaction
        .copy_out("COPY note (body) TO STDOUT")
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    let text = String::from_utf8(chunks.concat()).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected(5));
    let refused = transaction
        .copy_in::<_, &[u8]>("COPY note (body) FROM STDIN")
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), Some(&SqlState::FEATURE_NOT_SUPPORTED));
}
