//! Adding rows to the log. A call adds the rows of all transactions that ended since the call before: by the snapshots of
//! both, each transaction's rows are added once, none before it has committed, and none stays behind. One call at a time
//! holds the horizon's row; what it does, the log and the horizon included, is one transaction.

use std::collections::HashSet;

use pgrx::Spi;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::trace::Hash;
use tenancy_core::trace::horizon::Horizon;
use tenancy_core::trace::note::Signer;
use uuid::Uuid;

use super::log::{self, Log, Tail, uuid};
use super::{access, append_only, key};
use crate::error::{Error, Result};
use crate::query::{self, Columns};
use crate::transaction;

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
        |(tenant, size)| (uuid(tenant), i64::try_from(size).unwrap_or(i64::MAX)),
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
    // SAFETY: marks the transaction, whatever synchronous_commit says.
    unsafe { pg_sys::ForceSyncCommit() };
    access::as_owner(|| append_only::open(|| run(signers)))
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
    /// Whether the horizon before was another server's, or there is none: a restored dump.
    elsewhere: bool,
    open: Option<Open>,
    sealed: Vec<(Uuid, u64)>,
}

fn run(signers: &[Signer]) -> Result<Vec<(Uuid, u64)>> {
    let server = transaction::server();
    let before = hold()?;
    key::adopt(signers)?;
    let own = number(transaction::id());
    // Taken when the row is held: whoever held it before has ended.
    let now = query::value::<String>("SELECT pg_catalog.pg_current_snapshot()::text", &[])?;
    let now = Horizon::parse(&now.unwrap_or_default())
        .map_err(|e| Error::Sql(e.to_string()))?
        .with_running(own);
    let mut seal = Seal {
        log: Log::new()?,
        signers,
        elsewhere: before.as_ref().is_none_or(|(of, _)| *of != server),
        open: None,
        sealed: Vec::new(),
    };
    let elsewhere = seal.elsewhere;
    let before = before.map(|(_, before)| before).unwrap_or_default();
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
            Ok(Uuid::from_bytes(*id.as_bytes()))
        };
        let (tenant, trace) = (id(1)?, id(2)?);
        let leaf = row.get::<&[u8]>(3).unwrap_or_default();
        let leaf = Hash::try_from(leaf).map_err(|_| Error::DamagedTrace(trace.to_string()))?;
        seal.add(tenant, trace, leaf)
    };
    if elsewhere {
        query::each(ALL, &[], take)?;
    } else {
        let running: Vec<i64> = before.running().iter().map(|id| signed(*id)).collect();
        let arguments = [
            server.into(),
            signed(before.next()).into(),
            running.into(),
            signed(now.next()).into(),
        ];
        query::each(NORMAL, &arguments, take)?;
    }
    seal.close()?;
    let arguments = [server.into(), now.to_string().into()];
    Spi::run_with_args(
        "UPDATE tenancy.trace_horizon
            SET server = $1, snapshot = $2, sealed_at = pg_catalog.clock_timestamp()",
        &arguments,
    )?;
    Ok(seal.sealed)
}

/// Locks the horizon's row, made if there is none; gives the server and the horizon of the call before.
fn hold() -> Result<Option<(i64, Horizon)>> {
    Spi::run(
        "INSERT INTO tenancy.trace_horizon (server, snapshot, sealed_at) VALUES (0, '1:1:', pg_catalog.clock_timestamp())
         ON CONFLICT DO NOTHING",
    )?;
    let row = Spi::connect_mut(|client| -> Result<(Option<i64>, Option<String>)> {
        let rows = client.update(
            "SELECT h.server, h.snapshot FROM tenancy.trace_horizon h FOR UPDATE",
            None,
            &[],
        )?;
        let rows = rows.first();
        Ok((rows.get(1)?, rows.get(2)?))
    })?;
    let (Some(server), Some(snapshot)) = row else {
        return Ok(None);
    };
    let horizon = Horizon::parse(&snapshot).map_err(|_| Error::DamagedHorizon)?;
    Ok(Some((server, horizon)))
}

/// Transactions are counted from 3 and do not reach the sign in any life of a server.
fn number(id: i64) -> u64 {
    u64::try_from(id).unwrap_or(0)
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
                log::tiles(tenant, |_, tile, _| {
                    known.extend(
                        tile.ok_or_else(|| Error::DamagedLog(tenant.to_string()))?
                            .traces,
                    );
                    Ok(())
                })?;
            }
            self.open = Some(Open {
                tenant,
                tail: log::tail(tenant)?,
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
