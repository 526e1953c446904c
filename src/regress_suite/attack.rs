//! What is tried on each table, and how it ends.
//!
//! There are two tenants, A and B. B has a row in every table that can take one. A has none, so whatever A reads,
//! changes or deletes is another tenant's. Statements name no condition where they need none: a condition reads the
//! table, and the policy for reading would hide what the policy for writing lets through.

use std::collections::BTreeSet;

use tenancy_core::evidence::transcript::{Transcript, Value, psql_quoted};

use super::Names;
use super::table::{NamesTenant, Rights, Role, Table};

/// One of the two tenants.
#[derive(Clone, Copy)]
enum Tenant {
    A,
    B,
}

impl Tenant {
    /// How a table's column names it: variables of psql.
    fn of(self, table: &Table) -> &'static str {
        match (self, table.names_tenant) {
            (Self::A, NamesTenant::Id) => ":'a_id'",
            (Self::A, NamesTenant::Slug) => ":'a_slug'",
            (Self::A, NamesTenant::Number) => ":a_number",
            (Self::B, NamesTenant::Id) => ":'b_id'",
            (Self::B, NamesTenant::Slug) => ":'b_slug'",
            (Self::B, NamesTenant::Number) => ":b_number",
        }
    }
}

/// How the tenant of shared rows is named.
fn shared(table: &Table) -> &'static str {
    match table.names_tenant {
        NamesTenant::Id => "'00000000-0000-0000-0000-000000000000'",
        NamesTenant::Slug => "'shared'",
        NamesTenant::Number => "0",
    }
}

/// The suite.
pub fn suite(names: &Names, tables: &[Table], roles: &[Role]) -> Transcript {
    let mut suite = Transcript::default();
    introduce(&mut suite, names, roles);
    make(&mut suite, names, tables);
    for role in roles {
        let both = || tables.iter().zip(&role.rights);
        connect(&mut suite, &role.name);
        section(&mut suite, "Nobody is bound.");
        for (table, rights) in both() {
            unbound(&mut suite, table, rights);
        }
        bind(&mut suite, "A, which has no rows", "a_key");
        for (table, rights) in both() {
            foreign(&mut suite, table, rights);
        }
        section(
            &mut suite,
            "The same row as B's is nothing special to A: keys are each tenant's own.",
        );
        for (table, rights) in both() {
            key(&mut suite, table, rights);
        }
        suite.line("ROLLBACK;");
        bind(&mut suite, "B, which has rows and gives them away", "b_key");
        for (table, rights) in both() {
            given_away(&mut suite, table, rights);
        }
        suite.line("ROLLBACK;");
    }
    suite.line("\\c - :\"superuser\"");
    suite.line("SET client_min_messages = warning;");
    clear(&mut suite, tables);
    prove(&mut suite, tables);
    suite.finish()
}

fn section(suite: &mut Transcript, what: &str) {
    suite.line("--");
    suite.remark(what);
}

fn introduce(suite: &mut Transcript, names: &Names, roles: &[Role]) {
    let logins: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
    suite.remark(&format!(
        "Attacks on the protected tables of schema {}, as the application. Each must fail.",
        names.schema
    ));
    suite.remark("Made by tenancy.regress_suite(): make it anew when tables, keys, roles or privileges change.");
    suite.line("--");
    suite.remark("It needs a database with the schema (pg_regress --use-existing), a superuser, messages in English");
    suite.remark(&format!(
        "(lc_messages), and to log in without a password, by trust for instance, as: {}.",
        logins.join(", ")
    ));
    suite.remark("It makes two tenants, and rows of theirs past triggers and foreign keys, and removes them again.");
    suite.line("\\set VERBOSITY terse");
    suite.line("\\set SHOW_CONTEXT never");
    suite.line("\\set ON_ERROR_ROLLBACK on");
    for (n, tenant) in ["a", "b"].iter().enumerate() {
        let id = names.ids.get(n).map(String::as_str).unwrap_or_default();
        suite.line(&format!("\\set {tenant}_id {id}"));
        suite.line(&format!(
            "\\set {tenant}_slug regress.{}.{tenant}",
            names.suite
        ));
        suite.line(&format!(
            "\\set {tenant}_number {}",
            names.number as usize + n
        ));
    }
    suite.line("SET client_min_messages = warning;");
    suite.line("SET tenancy.unbound = 'empty';");
    suite.line("SELECT current_user AS superuser \\gset");
}

fn make(suite: &mut Transcript, names: &Names, tables: &[Table]) {
    section(suite, "What an earlier run left behind goes first.");
    clear(suite, tables);
    section(suite, "The tenants, and B's rows.");
    for (tenant, title) in [("a", "A"), ("b", "B")] {
        suite.line(&format!(
            "SELECT tenancy.create_tenant(:'{tenant}_slug', '{title} of {}', :'{tenant}_id', :{tenant}_number) AS made \\gset",
            names.suite
        ));
        suite.line(&format!(
            "SELECT secret AS {tenant}_key FROM tenancy.create_key(:'{tenant}_slug', '{}') \\gset",
            names.suite
        ));
    }
    suite.line("SET session_replication_role = replica;");
    for table in tables {
        if table.makes_row {
            suite.line(&format!(
                "{};",
                insert(table, Tenant::B, &table.columns, &table.values)
            ));
        } else if !table.reason.is_empty() {
            suite.remark(&format!("None in {}: {}.", table.name, table.reason));
        }
    }
    suite.line("RESET session_replication_role;");
}

/// Takes B's rows and both tenants away. A's were never committed.
fn clear(suite: &mut Transcript, tables: &[Table]) {
    suite.line("SET session_replication_role = replica;");
    for table in tables.iter().filter(|table| table.makes_row) {
        suite.line(&format!(
            "DELETE FROM {} WHERE {} = {};",
            table.name,
            table.tenant,
            Tenant::B.of(table)
        ));
    }
    suite.line("RESET session_replication_role;");
    suite.line("DELETE FROM tenancy.tenant WHERE tenant_id IN (:'a_id', :'b_id');");
}

fn connect(suite: &mut Transcript, role: &str) {
    section(suite, &format!("As {role}."));
    suite.line(&format!("\\set role {}", psql_quoted(role)));
    suite.line("\\c - :\"role\"");
    suite.line("SET client_min_messages = warning;");
    suite.line("SET tenancy.unbound = 'error';");
}

fn bind(suite: &mut Transcript, who: &str, key: &str) {
    section(suite, &format!("Bound is {who}."));
    suite.line("BEGIN;");
    suite.line(&format!("SELECT tenancy.bind(:'{key}') AS bound \\gset"));
}

/// The proof of the same tables, and what it found.
fn prove(suite: &mut Transcript, tables: &[Table]) {
    section(
        suite,
        "The proof of the same tables, with all checks of what surrounds them.",
    );
    let roots: BTreeSet<String> = tables
        .iter()
        .map(|table| format!("'{}'", table.root.replace('\'', "''")))
        .collect();
    let roots: Vec<String> = roots.into_iter().collect();
    suite.line(&format!(
        "SELECT run_id, verdict FROM tenancy.prove(ARRAY[{}]::regclass[]) \\gset",
        roots.join(", ")
    ));
    suite.gives(
        "SELECT :'verdict' AS verdict;",
        "verdict",
        Value::Text("pass"),
    );
    suite.gives_none(
        "SELECT severity, check_id, object, message FROM tenancy.evidence_finding \
         WHERE run_id = :'run_id' AND severity <> 'low' ORDER BY 1, 2, 3, 4;",
        &["severity", "check_id", "object", "message"],
    );
}

/// How Postgres refuses a role what it was not granted; nothing when it was.
fn denied(table: &Table, rights: &Rights, granted: bool) -> Option<String> {
    if !rights.reaches {
        Some(format!("permission denied for schema {}", table.schema))
    } else if !granted {
        Some(format!("permission denied for table {}", table.bare_name))
    } else {
        None
    }
}

fn insert(table: &Table, tenant: Tenant, columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO {} ({}{columns}){} VALUES ({}{values})",
        table.name,
        table.tenant,
        if table.overriding {
            " OVERRIDING SYSTEM VALUE"
        } else {
            ""
        },
        tenant.of(table)
    )
}

fn unbound(suite: &mut Transcript, table: &Table, rights: &Rights) {
    let query = format!("SELECT count(*) FROM {};", table.name);
    match denied(table, rights, true) {
        Some(error) => suite.fails(&query, &error),
        // Postgres may ask the policy before it asks for the privilege.
        None if !rights.reads => {}
        None => suite.fails(&query, "no tenant is bound in this transaction"),
    }
}

/// What A does to rows of others.
fn foreign(suite: &mut Transcript, table: &Table, rights: &Rights) {
    section(suite, &table.name);
    let (query, granted) = if table.shared {
        let others = format!(" WHERE {} <> {}", table.tenant, shared(table));
        (others, rights.reads_tenant)
    } else {
        (String::new(), rights.reads)
    };
    none(
        suite,
        "read",
        &format!("SELECT count(*) AS read FROM {}{query};", table.name),
        denied(table, rights, granted),
    );
    planted(suite, table, rights);
    for (what, verb, granted) in [
        (
            "taken",
            format!(
                "UPDATE {} SET {} = {}",
                table.name,
                table.tenant,
                Tenant::A.of(table)
            ),
            rights.updates,
        ),
        (
            "deleted",
            format!("DELETE FROM {}", table.name),
            rights.deletes,
        ),
    ] {
        none(
            suite,
            what,
            &format!("WITH done AS ({verb} RETURNING 1) SELECT count(*) AS {what} FROM done;"),
            denied(table, rights, granted),
        );
    }
}

fn none(suite: &mut Transcript, what: &str, query: &str, error: Option<String>) {
    match error {
        Some(error) => suite.fails(query, &error),
        None => suite.gives(query, what, Value::Number(0)),
    }
}

/// A row for B, the one that B has where that is known: a key would be heard of before its owner, were it asked first.
fn planted(suite: &mut Transcript, table: &Table, rights: &Rights) {
    let (columns, values) = if rights.inserts_all {
        (
            format!("{}{}", table.columns, table.defaults),
            format!("{}{}", table.values, table.nulls),
        )
    } else {
        (String::new(), String::new())
    };
    let whole = table.reason.is_empty() && rights.inserts_all;
    if table.needs_whole_row && !whole && rights.inserts {
        suite.remark(&format!(
            "No insert: no whole row is known. {}",
            table.reason
        ));
        return;
    }
    let statement = format!("{};", insert(table, Tenant::B, &columns, &values));
    refused(
        suite,
        table,
        "tenancy_insert",
        &statement,
        denied(table, rights, rights.inserts),
    );
}

/// A statement that ends at a policy.
fn refused(
    suite: &mut Transcript,
    table: &Table,
    policy: &str,
    statement: &str,
    denied: Option<String>,
) {
    if !table.triggers.is_empty() {
        suite.remark(&format!(
            "Before the policy run the triggers {}.",
            table.triggers
        ));
    }
    match denied {
        Some(error) => suite.fails(statement, &error),
        None if table.own_checks => {
            suite.remark(
                "A policy of the table's own may be asked first: only the SQLSTATE is told.",
            );
            suite.line("\\set VERBOSITY sqlstate");
            suite.fails(statement, "42501");
            suite.line("\\set VERBOSITY terse");
        }
        None => suite.fails(
            statement,
            &format!(
                "new row violates row-level security policy \"{policy}\" for table \"{}\"",
                table.bare_name
            ),
        ),
    }
}

fn key(suite: &mut Transcript, table: &Table, rights: &Rights) {
    if !(table.tries_key && rights.reaches && rights.inserts_all && rights.numbers)
        || table.own_checks
    {
        return;
    }
    let row = insert(table, Tenant::A, &table.columns, &table.values);
    suite.gives(
        &format!("WITH done AS ({row} ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) AS made FROM done;"),
        "made",
        Value::Number(1),
    );
}

fn given_away(suite: &mut Transcript, table: &Table, rights: &Rights) {
    if !table.reason.is_empty() {
        return;
    }
    if table.own_filters {
        suite.remark(&format!(
            "Not {}: policies of its own may hide the row.",
            table.name
        ));
        return;
    }
    if rights.reaches && rights.reads_tenant {
        suite.gives(
            &format!(
                "SELECT count(*) > 0 AS there FROM {} WHERE {} = {};",
                table.name,
                table.tenant,
                Tenant::B.of(table)
            ),
            "there",
            Value::Text("t"),
        );
    }
    let statement = format!(
        "UPDATE {} SET {} = {};",
        table.name,
        table.tenant,
        Tenant::A.of(table)
    );
    refused(
        suite,
        table,
        "tenancy_update",
        &statement,
        denied(table, rights, rights.updates),
    );
}
