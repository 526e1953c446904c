//! Adding rows to the log. A call adds the rows of all transactions that ended since the call before: by the snapshots of
//! both, each transaction's rows are added once, none before it has committed, and none stays behind. One call at a time
//! holds the horizon's row; what it does, the log and the horizon included, is one transaction.

use std::collections::HashSet;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::trace::note::Signer;
use tenancy_core::trace::{Hash, leaf_hash};
use uuid::Uuid;

use super::horizon::number;
use super::log::{self, Log, Tail};
use super::{append_only, horizon, key};
use crate::error::{Error, Result};
use crate::query::{self, Columns, Snapshot};
use crate::{id, role, transaction};

/// Adds what was committed to each tenant's log and signs its tree.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["trace_tables"],
    sql = "CREATE FUNCTION tenancy.seal() RETURNS TABLE (tenant_id uuid, size bigint)
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
#[allow(clippy::type_complexity)]
fn seal()
-> Result<TableIterator<'static, (name!(tenant_id, pgrx::Uuid), name!(size, i64))>, ErrorReport> {
    query::require_writable(c"tenancy.seal()");
    let sealed = seal_all(&key::signers()?)?;
    Ok(TableIterator::new(sealed.into_iter().map(
        |(tenant, size)| (id::to_sql(tenant), i64::try_from(size).unwrap_or(i64::MAX)),
    )))
}

/// The same for `maintain`; gives how many tenants have a new checkpoint, `None` where no key is set up.
pub fn seal_if_set_up() -> Result<Option<usize>> {
    match key::signers() {
        Err(Error::NoSealKey) => Ok(None),
        signers => Ok(Some(seal_all(&signers?)?.len())),
    }
}

/// Does it; gives the tenants that have a new checkpoint, and the sizes of their trees.
fn seal_all(signers: &[Signer]) -> Result<Vec<(Uuid, u64)>> {
    if transaction::keeps_snapshot() {
        return Err(Error::OldSnapshot("tenancy.seal()"));
    }
    // A checkpoint that is seen must not be lost in a crash, or the log would fork.
    transaction::force_durable();
    role::as_extension_owner(|| append_only::open(|| run(signers)))
}

const NORMAL: &str = "SELECT d.tenant_id, d.trace_id, d.leaf, d.written_by, d.written_in
    FROM tenancy.decision_trace d
    WHERE d.written_by = $1 AND (d.written_in >= $2 OR d.written_in = ANY ($3)) AND d.written_in < $4
    ORDER BY d.tenant_id, d.written_in, d.trace_id";

/// All that may not be in the log yet.
const ALL: &str = "SELECT d.tenant_id, d.trace_id, d.leaf, d.written_by, d.written_in
    FROM tenancy.decision_trace d ORDER BY d.tenant_id, d.written_in, d.trace_id";

/// The tenant whose rows are added.
struct Open {
    tenant: Uuid,
    tail: Tail,
    /// What the log has already, where the horizon does not tell.
    known: HashSet<Uuid>,
    grown: bool,
}

struct Seal<'s> {
    log: Log,
    signers: &'s [Signer],
    /// Whether the horizon before was another database's, or there is none: a restored dump.
    elsewhere: bool,
    open: Option<Open>,
    sealed: Vec<(Uuid, u64)>,
}

fn run(signers: &[Signer]) -> Result<Vec<(Uuid, u64)>> {
    let server = transaction::server();
    let before = horizon::hold()?;
    key::adopt(signers)?;
    // Taken when the horizon is held: whoever held it before has ended.
    let now = horizon::now()?;
    let elsewhere = !before.is_of_here();
    let before = before.horizon;
    let mut seal = Seal {
        log: Log::new()?,
        signers,
        elsewhere,
        open: None,
        sealed: Vec::new(),
    };
    let take = |row: &Columns<'_>| {
        let (by, written_in) = (row.get::<i64>(4), row.get::<i64>(5).unwrap_or_default());
        let id = number(written_in);
        // A restored row is there since its transaction committed, whatever number it had elsewhere.
        let here = by == Some(server);
        if here && !now.has_ended(id) || !elsewhere && before.has_ended(id) {
            return Ok(());
        }
        let id = |n| -> Result<Uuid> {
            let id = row.get::<pgrx::Uuid>(n).ok_or(Error::NotInstalled)?;
            Ok(id::from_sql(id))
        };
        let (tenant, trace) = (id(1)?, id(2)?);
        let leaf = row.get::<&[u8]>(3).unwrap_or_default();
        // No trace was ever written with another length, and verify_trace says so; the others need not wait for it.
        let leaf = Hash::try_from(leaf).unwrap_or_else(|_| leaf_hash(leaf));
        seal.add(tenant, trace, leaf)
    };
    if elsewhere {
        query::each(Snapshot::Now, ALL, &[], take)?;
    } else {
        let running: Vec<i64> = before.running().iter().map(|id| signed(*id)).collect();
        let arguments = [
            server.into(),
            signed(before.next()).into(),
            running.into(),
            signed(now.next()).into(),
        ];
        query::each(Snapshot::Now, NORMAL, &arguments, take)?;
    }
    seal.close()?;
    horizon::keep(&now)?;
    Ok(seal.sealed)
}

fn signed(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

impl Seal<'_> {
    fn add(&mut self, tenant: Uuid, trace: Uuid, leaf: Hash) -> Result<()> {
        if self.open.as_ref().is_none_or(|open| open.tenant != tenant) {
            self.close()?;
            let mut known = HashSet::new();
            if self.elsewhere {
                log::tiles(Snapshot::Now, tenant, |_, tile, _| {
                    known.extend(
                        tile.ok_or_else(|| Error::DamagedLog(tenant.to_string()))?
                            .traces,
                    );
                    Ok(())
                })?;
            }
            self.open = Some(Open {
                tenant,
                tail: log::tail(Snapshot::Now, tenant)?,
                known,
                grown: false,
            });
        }
        if let Some(open) = &mut self.open
            && !open.known.contains(&trace)
        {
            self.log.append(tenant, &mut open.tail, trace, leaf)?;
            open.grown = true;
        }
        Ok(())
    }

    /// Signs the tree of the tenant whose rows were added.
    fn close(&mut self) -> Result<()> {
        let Some(open) = self.open.take().filter(|open| open.grown) else {
            return Ok(());
        };
        let (size, root) = (open.tail.size(), open.tail.root());
        let note = key::sign(self.signers, open.tenant, size, root)?;
        self.log.close(open.tenant, &open.tail, &note)?;
        self.sealed.push((open.tenant, size));
        Ok(())
    }
}
