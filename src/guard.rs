//! The guard: protected tables stay as `protect` left them.
//!
//! What weakens a protected table is judged after the fact, by event triggers (`sql/guard.sql`) with the catalogue of
//! checks: whatever a command did, and however it was worded, its outcome is looked at. Only an index that is built
//! concurrently is judged before, as it commits on its way.

use std::cell::{Cell, RefCell};

use pgrx::Spi;
use pgrx::prelude::*;

use crate::error::{Error, Result};
use crate::policy::{self, Columns};
use crate::{catalog, check, grant, guc, object, query, role, transaction};

/// What the utility hook saw in the statement that is being run.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// DISABLE or NO FORCE ROW LEVEL SECURITY.
    pub weakens: bool,
    /// OWNER TO.
    pub changes_owner: bool,
    /// A partition or child comes under another table.
    pub adopts: bool,
    /// A partition or child leaves its table.
    pub releases: bool,
    /// The table that CREATE INDEX names; invalid for none.
    pub indexed: pg_sys::Oid,
}

impl Seen {
    /// Nothing of note.
    pub const NOTHING: Self = Self {
        weakens: false,
        changes_owner: false,
        adopts: false,
        releases: false,
        indexed: pg_sys::InvalidOid,
    };
}

thread_local! {
    static SEEN: Cell<Seen> = const { Cell::new(Seen::NOTHING) };
    static PAUSED: Cell<u32> = const { Cell::new(0) };
}

/// Notes what the statement about to run holds; gives what was noted before, for [`saw`]. A nested statement adds to
/// what its outer one holds: when its error is caught inside, nothing calls `saw`, and the outer one must not be
/// forgotten.
pub fn see(seen: Seen, nested: bool) -> Seen {
    let outer = SEEN.get();
    let within = if nested { outer } else { Seen::NOTHING };
    SEEN.set(Seen {
        weakens: seen.weakens || within.weakens,
        changes_owner: seen.changes_owner || within.changes_owner,
        adopts: seen.adopts || within.adopts,
        releases: seen.releases || within.releases,
        indexed: if seen.indexed == pg_sys::InvalidOid {
            within.indexed
        } else {
            seen.indexed
        },
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

/// Judges a command after it ran; called by the event trigger.
pub fn after_command() -> Result<()> {
    if off() || !watching()? {
        return Ok(());
    }
    if transaction::keeps_snapshot() && touches_lasting()? {
        enforce(Error::OldSnapshot("a definition command"))?;
    }
    let seen = SEEN.get();
    if seen.releases {
        run(include_str!("../sql/keep_released.sql"))?;
    }
    let tags = texts("SELECT DISTINCT c.command_tag FROM pg_event_trigger_ddl_commands() c")?;
    let mut touched = oids(include_str!("../sql/touched.sql"))?;
    if seen.adopts {
        let _pause = pause();
        // What came under a protected table is protected through it, and no longer by itself.
        run(
            "DELETE FROM tenancy.protected_table t USING pg_inherits i
              WHERE i.inhrelid = t.relation
                AND EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = i.inhparent)",
        )?;
        for root in oids("SELECT p.relation::oid FROM tenancy.protected_table p ORDER BY 1")? {
            policy::apply(root)?;
        }
        touched.extend(trees_of(&touched)?);
    }
    manage(&touched)?;
    let findings = check::findings(None, Some(&touched), |check| {
        tags.iter().any(|tag| check.concerns(tag))
            || (seen.adopts && !check.concerns("owner"))
            || (seen.weakens && check.concerns("weakening"))
            || (seen.changes_owner && check.concerns("owner"))
    })?;
    judge(&findings)
}

/// Whether the command made or changed anything that is not temporary.
fn touches_lasting() -> Result<bool> {
    let lasting = query::value(
        "SELECT true FROM pg_event_trigger_ddl_commands() c WHERE coalesce(c.schema_name, '') <> 'pg_temp' LIMIT 1",
        &[],
    )?;
    Ok(lasting == Some(true))
}

fn judge(findings: &[check::Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    enforce(Error::Guarded {
        message: "command would weaken the isolation of tenants".into(),
        detail: check::lines(findings, |f| format!("{}: {}", f.check, f.message)),
        hint: UNPROTECT.into(),
    })
}

thread_local! {
    /// What was amiss with owners before REASSIGN OWNED, which is not its doing.
    static AMISS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes what is amiss with owners before REASSIGN OWNED runs.
pub fn before_reassign() -> Result<()> {
    let amiss = owners_amiss()?.into_iter().map(|f| f.message).collect();
    AMISS.set(amiss);
    Ok(())
}

/// Judges REASSIGN OWNED after it ran.
pub fn after_reassign() -> Result<()> {
    let before = AMISS.take();
    let findings: Vec<_> = owners_amiss()?
        .into_iter()
        .filter(|f| !before.contains(&f.message))
        .collect();
    judge(&findings)
}

fn owners_amiss() -> Result<Vec<check::Finding>> {
    match object::extension_owner() {
        Some(owner) if !off() && watching()? => role::as_owner(owner, || {
            check::findings(None, None, |c| c.concerns("owner"))
        }),
        _ => Ok(Vec::new()),
    }
}

const UNPROTECT: &str = "Change the command so that this no longer holds. To give up the isolation of a table, call tenancy.unprotect().";

/// The table that the CREATE INDEX being run names.
pub fn indexed_table() -> Option<pg_sys::Oid> {
    Some(SEEN.get().indexed).filter(|table| *table != pg_sys::InvalidOid)
}

/// An index that is about to be built concurrently.
pub struct ConcurrentIndex {
    /// The table.
    pub table: pg_sys::Oid,
    /// Whether it is to be unique.
    pub unique: bool,
    /// Its access method.
    pub method: String,
    /// The key columns that are plain columns.
    pub columns: Vec<String>,
}

/// Judges an index before it is built concurrently: a failed one stays behind and is enforced all the same.
pub fn before_concurrent_index(index: &ConcurrentIndex) -> Result<()> {
    if off() {
        return Ok(());
    }
    let tenant_column = query::value::<String>(
        "SELECT p.tenant_column::text FROM tenancy.protected_relation p WHERE p.relation = $1",
        &[index.table.into()],
    )?;
    let Some(tenant_column) = tenant_column else {
        return Ok(());
    };
    let detail = if index.unique && !index.columns.contains(&tenant_column) {
        format!("unique_key_without_tenant: its columns do not include {tenant_column}")
    } else if matches!(index.method.as_str(), "hnsw" | "ivfflat") {
        format!(
            "shared_ann_index: an index of type {} would be shared by tenants",
            index.method
        )
    } else {
        return Ok(());
    };
    enforce(Error::Guarded {
        message: "index would weaken the isolation of tenants".into(),
        detail,
        hint: UNPROTECT.into(),
    })
}

/// Whether there is anything to guard, as committed now.
fn watching() -> Result<bool> {
    Ok(catalog::has_rows(c"protected_table")? || catalog::has_rows(c"managed_schema")?)
}

/// Every relation of the protected trees that the touched ones belong to: a command that attaches names only the parent.
fn trees_of(touched: &[pg_sys::Oid]) -> Result<Vec<pg_sys::Oid>> {
    query::column(
        "SELECT DISTINCT q.relation::oid
           FROM tenancy.protected_relation p JOIN tenancy.protected_relation q ON q.root = p.root
          WHERE p.relation = ANY ($1)",
        &[touched.to_vec().into()],
    )
}

fn run(sql: &str) -> Result<()> {
    Ok(Spi::run(sql)?)
}

fn texts(sql: &str) -> Result<Vec<String>> {
    query::column(sql, &[])
}

fn oids(sql: &str) -> Result<Vec<pg_sys::Oid>> {
    query::column(sql, &[])
}

/// Protects, or refuses, what came into a managed schema.
fn manage(touched: &[pg_sys::Oid]) -> Result<()> {
    let renamed = texts(
        "SELECT m.schema_name::text FROM tenancy.managed_schema m
          WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = m.schema_name)",
    )?;
    if !renamed.is_empty() {
        enforce(Error::Guarded {
            message: "a managed schema cannot be renamed".into(),
            detail: renamed.join("\n"),
            hint: "Call tenancy.unmanage_schema() first, and tenancy.manage_schema() under the new name.".into(),
        })?;
    }
    let new = Spi::connect(|client| -> Result<Vec<(pg_sys::Oid, Columns)>> {
        let mut all = Vec::new();
        // The one column that is a scope is the scope column.
        let rows = client.select(
            "SELECT c.oid, m.tenant_column::text,
                    (SELECT min(a.attname::text) FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = c.oid AND a.atttypid = 'tenancy.scope'::pg_catalog.regtype
                        AND NOT a.attisdropped
                     HAVING count(*) = 1)
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
            if let (Some(oid), Some(tenant)) = (row.get(1)?, row.get(2)?) {
                let scope = row.get(3)?;
                let shared = false;
                all.push((
                    oid,
                    Columns {
                        tenant,
                        scope,
                        shared,
                    },
                ));
            }
        }
        Ok(all)
    })?;
    for (table, columns) in new {
        policy::protect_table(table, &columns).or_else(enforce)?;
    }
    Ok(())
}

/// Refuses the loss of protected tables' policies, and forgets tables and schemas that are gone; called by the event
/// trigger.
pub fn after_drop() -> Result<()> {
    let drops_policy = "SELECT o.object_type FROM pg_event_trigger_dropped_objects() o
                         WHERE o.object_type = 'policy' AND NOT o.is_temporary";
    if transaction::keeps_snapshot() && !off() && watching()? && !texts(drops_policy)?.is_empty() {
        enforce(Error::OldSnapshot("DROP POLICY"))?;
    }
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
        client.update(grant::END_GONE, None, &[])?;
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
