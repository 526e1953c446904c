//! What a verifier without a database needs of the log: proofs that end in a signed checkpoint, and its public keys.

use pgrx::datum::DatumWithOid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::trace::Hash;
use tenancy_core::trace::proof::{Consistency, Inclusion};
use tenancy_core::trace::tree::{self, TILE};
use uuid::Uuid;

use super::access::{self, Wish};
use super::key;
use super::log;
use crate::error::{Error, Result};
use crate::query::Snapshot;
use crate::tenant::required;
use crate::{id, query, role};

/// Proves that a trace is in the tree of the newest checkpoint: a C2SP tlog-proof.
#[pg_extern(volatile, parallel_unsafe, requires = ["trace_tables"])]
#[search_path(pg_catalog, pg_temp)]
fn inclusion_proof(trace_id: Option<pgrx::Uuid>) -> Result<String, ErrorReport> {
    let trace = required(trace_id, "trace_id")?;
    let own = access::whole_reach(Wish::Read)?;
    let tenant = role::as_extension_owner(|| {
        query::value::<pgrx::Uuid>(
            "SELECT d.tenant_id FROM tenancy.decision_trace d WHERE d.trace_id = $1",
            &[trace.into()],
        )
    })?
    .map(id::from_sql)
    // To whom it is not told, it is not there.
    .filter(|tenant| own.is_none_or(|own| own == *tenant))
    .ok_or_else(|| Error::NoSuchTrace(trace.to_string()))?;
    Ok(role::as_extension_owner(|| {
        inclusion(tenant, id::from_sql(trace))
    })?)
}

fn inclusion(tenant: Uuid, trace: Uuid) -> Result<String> {
    let damaged = || Error::DamagedLog(tenant.to_string());
    let (mut found, mut roots) = (None, Vec::new());
    log::tiles(Snapshot::Statement, tenant, |number, tile, root| {
        let tile = tile
            .filter(|_| i64::try_from(roots.len()) == Ok(number))
            .ok_or_else(damaged)?;
        let at = tile.traces.iter().position(|id| *id == trace);
        found = found.or(at.map(|at| position(number, at)));
        if let Some(root) = root {
            roots.push(Hash::try_from(root).map_err(|_| damaged())?);
        }
        Ok(())
    })?;
    let position = found.ok_or_else(|| Error::NotSealed(format!("trace {trace} is")))?;
    let (size, checkpoint) = newest(tenant)?;
    let hashes = tree::inclusion(position, size, &roots, |number| {
        log::leaves(Snapshot::Statement, tenant, number)
    })
    .map_err(|_| damaged())?;
    Ok(Inclusion {
        extra: None,
        position,
        hashes,
        checkpoint,
    }
    .to_text())
}

/// The position of a trace at that place of a tile.
pub fn position(tile: i64, at: usize) -> u64 {
    u64::try_from(tile)
        .unwrap_or(0)
        .saturating_mul(TILE as u64)
        .saturating_add(at as u64)
}

/// The newest checkpoint: its size and note.
fn newest(tenant: Uuid) -> Result<(u64, String)> {
    let newest = checkpoint(
        "SELECT c.size, c.note FROM tenancy.trace_checkpoint c WHERE c.tenant_id = $1 ORDER BY c.size DESC LIMIT 1",
        &[id::to_sql(tenant).into()],
    )?;
    newest.ok_or_else(|| Error::NotSealed("the tenant's traces are".into()))
}

/// The size and note of the one checkpoint that a query gives.
fn checkpoint(sql: &str, arguments: &[DatumWithOid]) -> Result<Option<(u64, String)>> {
    let mut found = None;
    query::each(Snapshot::Statement, sql, arguments, |row| {
        let size = row.get::<i64>(1).and_then(|size| u64::try_from(size).ok());
        found = size.zip(row.get::<String>(2));
        Ok(())
    })?;
    Ok(found)
}

/// Proves that the tree of `new` leaves begins with that of `old`: the request to a C2SP tlog-witness.
#[pg_extern(volatile, parallel_unsafe, requires = ["trace_tables"])]
#[search_path(pg_catalog, pg_temp)]
fn consistency_proof(
    tenant: Option<&str>,
    old: Option<i64>,
    new: Option<i64>,
) -> Result<String, ErrorReport> {
    let tenant = access::whole_tenant(tenant, Wish::Read)?;
    let (old, new) = (required(old, "old")?, required(new, "new")?);
    if old < 0 || old > new {
        return Err(Error::BadArgument {
            message: format!("size {old} does not come before size {new}"),
            hint: "Pass the sizes of two checkpoints, the earlier one first.",
        }
        .into());
    }
    Ok(role::as_extension_owner(|| consistency(tenant, old, new))?)
}

fn consistency(tenant: Uuid, old: i64, new: i64) -> Result<String> {
    let found = checkpoint(
        "SELECT c.size, c.note FROM tenancy.trace_checkpoint c WHERE c.tenant_id = $1 AND c.size = $2",
        &[id::to_sql(tenant).into(), new.into()],
    )?;
    let (new, checkpoint) = found.ok_or(Error::NoSuchCheckpoint(new))?;
    let old = u64::try_from(old).unwrap_or(0);
    let roots = log::tail(Snapshot::Statement, tenant)?.roots;
    let hashes = tree::consistency(old, new, &roots, |number| {
        log::leaves(Snapshot::Statement, tenant, number)
    })
    .map_err(|_| Error::DamagedLog(tenant.to_string()))?;
    Ok(Consistency {
        old,
        hashes,
        checkpoint,
    }
    .to_text())
}

/// The public keys of a tenant's checkpoints, as a verifier is told them.
#[pg_extern(volatile, parallel_unsafe, requires = ["trace_tables"])]
#[search_path(pg_catalog, pg_temp)]
fn trace_verifiers(tenant: Option<&str>) -> Result<SetOfIterator<'static, String>, ErrorReport> {
    let tenant = access::whole_tenant(tenant, Wish::Read)?;
    let known = role::as_extension_owner(key::known)?;
    let named = known.verifiers.iter().map(|verifier| {
        let verifier = verifier
            .of_log(&tenant)
            .map_err(|e| Error::SealKeyFile(e.to_string()))?;
        Ok(verifier.to_string())
    });
    let named: Vec<String> = named.collect::<Result<_>>()?;
    Ok(SetOfIterator::new(named))
}
