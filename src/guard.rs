//! The guard: which statements are refused, and why.
//!
//! Two kinds. In a tenant's session, statements that leave something behind for whoever gets the session next, or that
//! print what other tenants' rows look like. In every session, statements that weaken a protected table: those are
//! judged after the fact, by the event triggers of `sql/guard.sql`, with the catalogue of checks.

use std::cell::Cell;

use pgrx::Spi;
use pgrx::prelude::*;

use crate::error::{Error, Result};
use crate::{check, guc, policy, role, session};

/// What a tenant's session must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// EXPLAIN prints row estimates and counts of filtered rows.
    Explain,
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
}

impl Confinement {
    fn error(self) -> Error {
        let (what, hint) = match self {
            Self::Explain => (
                "EXPLAIN",
                "Run it as an administrator; plans show other tenants' row counts.",
            ),
            Self::HoldableCursor => (
                "a cursor WITH HOLD",
                "Declare it without HOLD and fetch within the transaction.",
            ),
            Self::Listen => (
                "LISTEN",
                "Listen on a connection of its own, as a role that is not granted tenancy_app.",
            ),
            Self::Prepare => (
                "PREPARE",
                "Use your driver's prepared statements (extended query protocol) instead.",
            ),
            Self::PrepareTransaction => ("PREPARE TRANSACTION", "Commit the transaction instead."),
            Self::Temporary => (
                "a temporary object",
                "Use a protected table, an array, or WITH ... AS MATERIALIZED.",
            ),
            Self::SessionLock => (
                "a session-level advisory lock",
                "Use the pg_advisory_xact_lock functions; they end with the transaction.",
            ),
            Self::LargeObject => (
                "a large object",
                "Keep the data in a bytea column of a protected table.",
            ),
            Self::Statistics => (
                "a server statistics function",
                "Ask an administrator's session for statistics.",
            ),
        };
        Error::Confined { what, hint }
    }
}

/// Whether this session is a tenant's: of a role granted `tenancy_app`, or with a tenant bound.
pub fn confined() -> bool {
    role::application_session() || session::is_bound()
}

/// Refuses what a tenant's session must not do.
pub fn require_unconfined(what: Confinement) -> Result<()> {
    if confined() {
        Err(what.error())
    } else {
        Ok(())
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Weakening of protected tables

/// What the utility hook saw in the statement that is being run.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// DISABLE or NO FORCE ROW LEVEL SECURITY.
    pub weakens: bool,
    /// OWNER TO.
    pub changes_owner: bool,
    /// A partition or child comes under another table.
    pub adopts: bool,
}

thread_local! {
    static SEEN: Cell<Seen> = const { Cell::new(Seen { weakens: false, changes_owner: false, adopts: false }) };
    static PAUSED: Cell<u32> = const { Cell::new(0) };
}

/// Notes what the statement about to run holds; gives what was noted before, for [`saw`]. A nested statement adds to
/// what its outer one holds: when its error is caught inside, nothing calls `saw`, and the outer one must not be
/// forgotten.
pub fn see(seen: Seen, nested: bool) -> Seen {
    let outer = SEEN.get();
    let within = if nested { outer } else { Seen::default() };
    SEEN.set(Seen {
        weakens: seen.weakens || within.weakens,
        changes_owner: seen.changes_owner || within.changes_owner,
        adopts: seen.adopts || within.adopts,
    });
    outer
}

/// Puts back what was noted before.
pub fn saw(outer: Seen) {
    SEEN.set(outer);
}

/// Lets protected tables be changed until the result is dropped: for protect and unprotect themselves.
pub struct Pause(());

impl Drop for Pause {
    fn drop(&mut self) {
        PAUSED.set(PAUSED.get().saturating_sub(1));
    }
}

/// Pauses the guard in this backend.
pub fn pause() -> Pause {
    PAUSED.set(PAUSED.get().saturating_add(1));
    Pause(())
}

fn off() -> bool {
    PAUSED.get() > 0 || guc::guard() == guc::Guard::Off
}

/// Refuses, or only warns.
fn enforce(error: Error) -> Result<()> {
    if guc::guard() != guc::Guard::Warn {
        return Err(error);
    }
    let detail = error.detail().unwrap_or_default();
    ereport!(PgLogLevel::WARNING, error.code(), error.message(), detail);
    Ok(())
}

/// Judges a command of that tag after it ran; called by the event trigger.
pub fn after_command(tag: &str) -> Result<()> {
    if off() || !watching()? {
        return Ok(());
    }
    let seen = SEEN.get();
    let touched = touched()?;
    if seen.adopts {
        let _pause = pause();
        for root in roots()? {
            policy::apply(root)?;
        }
    }
    manage(&touched, tag)?;
    let concerned = |c: &check::Check| {
        c.concerns(tag)
            || (seen.weakens && c.concerns("weakening"))
            || (seen.changes_owner && c.concerns("owner"))
    };
    let findings = check::findings(None, Some(&touched), concerned)?;
    if findings.is_empty() {
        return Ok(());
    }
    enforce(Error::Guarded {
        message: format!("{tag} would weaken the isolation of tenants"),
        detail: check::lines(&findings, |f| format!("{}: {}", f.check, f.message)),
        hint: "Change the command so that this no longer holds. To give up the isolation of a table, call tenancy.unprotect()."
            .into(),
    })
}

/// Whether there is anything to guard.
fn watching() -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM tenancy.protected_table) OR EXISTS (SELECT FROM tenancy.managed_schema)";
    Ok(
        Spi::connect(|client| client.select(sql, Some(1), &[])?.first().get_one::<bool>())?
            == Some(true),
    )
}

/// The objects a command made or changed; for commands that name none, such as GRANT, every protected relation.
fn touched() -> Result<Vec<pg_sys::Oid>> {
    oids(
        "SELECT DISTINCT c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c WHERE c.objid IS NOT NULL
         UNION
         SELECT p.relation::pg_catalog.oid FROM tenancy.protected_relation p
         WHERE EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() c WHERE c.objid IS NULL)
         UNION
         SELECT r.prpubid FROM pg_catalog.pg_event_trigger_ddl_commands() c
         JOIN pg_catalog.pg_publication_rel r ON r.oid = c.objid
         WHERE c.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass
         UNION
         SELECT s.pnpubid FROM pg_catalog.pg_event_trigger_ddl_commands() c
         JOIN pg_catalog.pg_publication_namespace s ON s.oid = c.objid
         WHERE c.classid = 'pg_catalog.pg_publication_namespace'::pg_catalog.regclass
         UNION
         SELECT o.polrelid FROM pg_catalog.pg_event_trigger_ddl_commands() c
         JOIN pg_catalog.pg_policy o ON o.oid = c.objid
         WHERE c.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass",
    )
}

fn roots() -> Result<Vec<pg_sys::Oid>> {
    oids("SELECT p.relation::pg_catalog.oid FROM tenancy.protected_table p ORDER BY 1")
}

fn oids(sql: &str) -> Result<Vec<pg_sys::Oid>> {
    Spi::connect(|client| {
        let mut all = Vec::new();
        for row in client.select(sql, None, &[])? {
            all.extend(row.get::<pg_sys::Oid>(1)?);
        }
        Ok(all)
    })
}

/// Protects, or refuses, what came into a managed schema.
fn manage(touched: &[pg_sys::Oid], tag: &str) -> Result<()> {
    if !matches!(
        tag,
        "CREATE TABLE"
            | "CREATE TABLE AS"
            | "SELECT INTO"
            | "ALTER TABLE"
            | "CREATE FOREIGN TABLE"
            | "IMPORT FOREIGN SCHEMA"
            | "CREATE MATERIALIZED VIEW"
    ) {
        return Ok(());
    }
    let new = Spi::connect(|client| -> Result<Vec<(pg_sys::Oid, String)>> {
        let mut all = Vec::new();
        let rows = client.select(
            "SELECT c.oid, m.tenant_column::text
               FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               JOIN tenancy.managed_schema m ON m.schema_name = n.nspname
              WHERE c.oid = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'm')
                AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = c.oid)
              ORDER BY 1",
            None,
            &[touched.to_vec().into()],
        )?;
        for row in rows {
            if let (Some(oid), Some(column)) = (row.get(1)?, row.get(2)?) {
                all.push((oid, column));
            }
        }
        Ok(all)
    })?;
    for (table, column) in new {
        policy::protect_table(table, &column).or_else(enforce)?;
    }
    Ok(())
}

/// Refuses the loss of protected tables' policies, and forgets tables and schemas that are gone; called by the event
/// trigger.
pub fn after_drop() -> Result<()> {
    let lost = Spi::connect_mut(|client| -> Result<Vec<String>> {
        let mut lost = Vec::new();
        for row in client.select(include_str!("../sql/lost_policies.sql"), None, &[])? {
            lost.extend(row.get::<String>(1)?);
        }
        client.update(
            "DELETE FROM tenancy.managed_schema m
              WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = m.schema_name)",
            None,
            &[],
        )?;
        client.update(
            "DELETE FROM tenancy.protected_table p
              WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = p.relation)",
            None,
            &[],
        )?;
        Ok(lost)
    })?;
    if lost.is_empty() || off() {
        return Ok(());
    }
    enforce(Error::Guarded {
        message: "policies of a protected table cannot be dropped".into(),
        detail: lost.join("\n"),
        hint: "To give up the isolation of a table, call tenancy.unprotect().".into(),
    })
}
