//! What a tenant's session may not do.
//!
//! A tenant's session is one of a role that is granted `tenancy_app`, or one in which a tenant is bound, be it for a
//! proof. It runs queries, and nothing else: no statement that defines or maintains objects, that leaves something behind
//! for whoever gets the pooled session next, or that shows what other tenants' rows look like. It holds for unbound
//! sessions too, as injected SQL would only have to COMMIT first.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::prelude::*;

use crate::error::{Error, Result};
use crate::{object, role, session};

/// What a tenant's session must not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// Definition and maintenance commands scan and change all tenants' rows without row security.
    Definition,
    /// EXPLAIN prints row estimates and counts of filtered rows.
    Explain,
    /// So does debug_print_plan.
    PlanOutput,
    /// A holdable cursor can be fetched by the next tenant.
    HoldableCursor,
    /// LISTEN outlives the transaction.
    Listen,
    /// A prepared statement can be put under a name that a pooler uses.
    Prepare,
    /// A prepared transaction outlives the session.
    PrepareTransaction,
    /// Temporary objects shadow tenants' tables.
    Temporary,
    /// A session-level advisory lock outlives the transaction.
    SessionLock,
    /// Large objects have no tenant.
    LargeObject,
    /// Server statistics show other sessions' statements and other tenants' row counts.
    Statistics,
    /// What other sessions run and lock is other tenants', and so are those sessions.
    OtherSessions,
    /// A SECURITY DEFINER function of an owner whom row security does not bind: its name and its owner's.
    ExemptFunction(String, String),
}

impl Confinement {
    fn error(self) -> Error {
        use Confinement::*;
        let (what, hint) = match self {
            Definition => (
                "a definition or maintenance command",
                "Run it in another session, as a role that is not granted tenancy_app.",
            ),
            Explain => (
                "EXPLAIN",
                "Run it as an administrator; plans show other tenants' row counts.",
            ),
            PlanOutput => (
                "debug_print_plan",
                "Set it off; plans show other tenants' row counts.",
            ),
            HoldableCursor => (
                "a cursor WITH HOLD",
                "Declare it without HOLD and fetch within the transaction.",
            ),
            Listen => (
                "LISTEN",
                "Listen on a connection of its own, as a role that is not granted tenancy_app.",
            ),
            Prepare => (
                "PREPARE",
                "Use your driver's prepared statements (extended query protocol) instead.",
            ),
            PrepareTransaction => ("PREPARE TRANSACTION", "Commit the transaction instead."),
            Temporary => (
                "a temporary object",
                "Use a protected table, an array, or WITH ... AS MATERIALIZED.",
            ),
            SessionLock => (
                "a session-level advisory lock",
                "Use the pg_advisory_xact_lock functions; they end with the transaction.",
            ),
            LargeObject => (
                "a large object",
                "Keep the data in a bytea column of a protected table.",
            ),
            Statistics => (
                "a server statistics function",
                "Ask an administrator's session for statistics.",
            ),
            OtherSessions => (
                "a function on other sessions",
                "Ask an administrator's session for it.",
            ),
            ExemptFunction(function, owner) => {
                return Error::ExemptFunction { function, owner };
            }
        };
        Error::Confined { what, hint }
    }
}

/// Whether this is a tenant's session.
pub fn confined() -> bool {
    role::application_session() || session::is_bound() || session::pretending()
}

/// Whether this is known to be a tenant's session, without a look into catalogs.
pub fn surely_confined() -> bool {
    session::is_bound() || session::pretending() || role::known_application_session()
}

/// Refuses what a tenant's session must not do.
pub fn refuse(what: Confinement) -> Result<()> {
    if confined() {
        Err(what.error())
    } else {
        Ok(())
    }
}

thread_local! {
    /// Verdicts on built-in functions, which never change.
    static BUILT_IN: RefCell<HashMap<u32, Option<Confinement>>> = RefCell::default();
}

/// Refuses a function that a tenant's session must not run.
pub fn refuse_function(function: pg_sys::Oid) -> Result<()> {
    if !confined() {
        return Ok(());
    }
    let verdict = if function.to_u32() < pg_sys::FirstNormalObjectId {
        BUILT_IN.with_borrow_mut(|known| {
            known
                .entry(function.to_u32())
                .or_insert_with(|| object::function_name(function).and_then(|name| built_in(&name)))
                .clone()
        })
    } else {
        added(function)
    };
    verdict.map_or(Ok(()), |what| Err(what.error()))
}

/// The verdict on a function that is not built in.
fn added(function: pg_sys::Oid) -> Option<Confinement> {
    let name = object::function_name(function)?;
    // The extension of that name shows every tenant's statements: they all run as the same role.
    if name.starts_with("pg_stat_statements") {
        return Some(Confinement::Statistics);
    }
    object::exempt_definer(function).map(|owner| Confinement::ExemptFunction(name, owner))
}

/// The verdict on a built-in function, by its name.
fn built_in(name: &str) -> Option<Confinement> {
    match name {
        "pg_advisory_lock"
        | "pg_advisory_lock_shared"
        | "pg_try_advisory_lock"
        | "pg_try_advisory_lock_shared" => Some(Confinement::SessionLock),
        "loread" | "lowrite" => Some(Confinement::LargeObject),
        _ if name.starts_with("lo_") => Some(Confinement::LargeObject),
        // Other transactions' statements, locks and names, in this pooled session or another.
        "pg_prepared_statement"
        | "pg_prepared_xact"
        | "pg_lock_status"
        | "pg_blocking_pids"
        | "pg_safe_snapshot_blocking_pids"
        | "pg_isolation_test_session_is_blocked"
        | "pg_last_committed_xact"
        | "pg_cancel_backend"
        | "pg_terminate_backend" => Some(Confinement::OtherSessions),
        // Sizes grow with other tenants' rows; currtid2 follows update chains of rows that policies hide.
        "pg_relation_size"
        | "pg_table_size"
        | "pg_total_relation_size"
        | "pg_indexes_size"
        | "pg_database_size"
        | "pg_tablespace_size"
        | "pg_stat_force_next_flush"
        | "currtid2"
        // Which blocks of which tables and indexes anybody has changed.
        | "pg_wal_summary_contents"
        // Every pg_stats view asks this: they hide what has row security, and forget the expression indexes of it.
        | "row_security_active" => Some(Confinement::Statistics),
        // The counters of the present transaction count the rows that policies filter out, too.
        _ if name.starts_with("pg_stat_get_") => Some(Confinement::Statistics),
        _ => None,
    }
}
