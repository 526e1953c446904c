//! A tenant's traces as JSON lines, a few at a time: there may be more of them than memory holds.

use std::collections::{HashMap, HashSet};

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::trace::export;
use uuid::Uuid;

use super::access::{self, Wish};
use super::log;
use super::proof::position;
use super::row::{COLUMNS, Row};
use crate::error::{Error, Result, or_raise};
use crate::query::Snapshot;
use crate::{id, query, role};

/// Traces that are read at once; each may have a payload of a megabyte.
const CHUNK: usize = 32;

/// Traces that follow each other, and the position of the first in the log.
struct Chunk {
    first: Option<u64>,
    traces: Vec<pgrx::Uuid>,
}

/// A tenant's traces as JSON lines: what was sealed in the order of the log, then the rest.
#[pg_extern(volatile, parallel_unsafe, requires = ["trace_tables"])]
#[search_path(pg_catalog, pg_temp)]
fn export_trace(tenant: Option<&str>) -> Result<SetOfIterator<'static, String>, ErrorReport> {
    let tenant = access::whole_tenant(tenant, Wish::Read)?;
    let chunks = role::as_extension_owner(|| chunks(tenant))?;
    Ok(SetOfIterator::new(chunks.into_iter().flat_map(
        move |chunk| {
            or_raise(
                role::as_extension_owner(|| lines(tenant, &chunk)),
                Vec::new(),
            )
        },
    )))
}

fn chunks(tenant: Uuid) -> Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    let mut sealed = HashSet::new();
    log::tiles(Snapshot::Statement, tenant, |number, tile, _| {
        let tile = tile.ok_or_else(|| Error::DamagedLog(tenant.to_string()))?;
        for (at, traces) in tile.traces.chunks(CHUNK).enumerate() {
            chunks.push(Chunk {
                first: Some(position(number, at * CHUNK)),
                traces: traces.iter().copied().map(id::to_sql).collect(),
            });
        }
        sealed.extend(tile.traces);
        Ok(())
    })?;
    let mut rest = Vec::new();
    query::each(
        Snapshot::Statement,
        "SELECT d.trace_id FROM tenancy.decision_trace d WHERE d.tenant_id = $1 ORDER BY d.recorded_at, d.trace_id",
        &[id::to_sql(tenant).into()],
        |row| {
            let trace = row.get::<pgrx::Uuid>(1);
            rest.extend(trace.filter(|id| !sealed.contains(&id::from_sql(*id))));
            Ok(())
        },
    )?;
    chunks.extend(rest.chunks(CHUNK).map(|traces| Chunk {
        first: None,
        traces: traces.to_vec(),
    }));
    Ok(chunks)
}

/// The lines of a chunk; none for a trace that is no longer there, or no longer the tenant's.
fn lines(tenant: Uuid, chunk: &Chunk) -> Result<Vec<String>> {
    let mut lines = HashMap::new();
    // By their key alone: with the tenant as a condition, the index on that may seem as good and reads all of its rows.
    let sql = format!("SELECT {COLUMNS} FROM tenancy.decision_trace d WHERE d.trace_id = ANY ($1)");
    query::each(
        Snapshot::Statement,
        &sql,
        &[chunk.traces.clone().into()],
        |row| {
            let row = Row::read(row)?;
            if row.record.tenant_id != tenant {
                return Ok(());
            }
            let trace = id::to_sql(row.record.trace_id);
            let at = chunk.traces.iter().position(|id| *id == trace).unwrap_or(0);
            let position = chunk.first.map(|first| first.saturating_add(at as u64));
            lines.insert(at, line(&row, position)?);
            Ok(())
        },
    )?;
    Ok((0..chunk.traces.len())
        .filter_map(|at| lines.remove(&at))
        .collect())
}

fn line(row: &Row<'_>, position: Option<u64>) -> Result<String> {
    let damaged = || Error::DamagedTrace(row.record.trace_id.to_string());
    let record = row.record.to_json().map_err(|_| damaged())?;
    let leaf = row.leaf.try_into().map_err(|_| damaged())?;
    let salt: Option<[u8; 16]> = row.salt.and_then(|salt| salt.try_into().ok());
    let payload = salt.as_ref().map(|salt| (&row.payload, salt));
    export::line(&record, leaf, position, payload).map_err(|_| damaged())
}
