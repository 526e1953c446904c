//! Comparing rows, log and checkpoints. Each says what the others should be: a row its leaf, the log the leaves in order,
//! a checkpoint the root of so many of them, signed with a key that is not in the database.

use std::collections::{BTreeMap, HashMap};

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::trace::Hash;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::note::Verifier;
use tenancy_core::trace::tree::{self, TILE};
use uuid::Uuid;

use super::access::{self, Wish};
use super::erasure::Erasure;
use super::horizon::{self, Kept};
use super::key;
use super::log;
use super::row::{COLUMNS, Row};
use crate::error::{Error, Result};
use crate::query::Snapshot;
use crate::{id, query, role, transaction};

/// Kind of the traces that record erasures.
pub const REDACTION: &str = "redaction";

/// What is wrong with a tenant's traces; no row when nothing is.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["trace_tables"],
    sql = "CREATE FUNCTION tenancy.verify_trace(tenant text) RETURNS TABLE (trace_id uuid, problem text)
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
#[allow(clippy::type_complexity)]
fn verify_trace(
    tenant: Option<&str>,
) -> Result<
    TableIterator<'static, (name!(trace_id, Option<pgrx::Uuid>), name!(problem, String))>,
    ErrorReport,
> {
    let tenant = access::whole_tenant(tenant, Wish::Read)?;
    let problems = role::as_extension_owner(|| verify(tenant))?;
    Ok(TableIterator::new(
        problems
            .into_iter()
            .map(|(trace, problem)| (trace.map(id::to_sql), problem)),
    ))
}

type Problem = (Option<Uuid>, String);

/// What the log has of a trace.
struct Sealed {
    position: u64,
    leaf: Hash,
    found: bool,
}

#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
    sealed: HashMap<Uuid, Sealed>,
}

fn verify(tenant: Uuid) -> Result<Vec<Problem>> {
    let mut check = Check::default();
    let checkpoints = check.checkpoints(tenant)?;
    check.log(tenant, &checkpoints)?;
    check.rows(tenant)?;
    let removed = check.sealed.iter().filter(|(_, sealed)| !sealed.found);
    let mut removed: Vec<Problem> = removed
        .map(|(trace, _)| (Some(*trace), "the row was removed".into()))
        .collect();
    removed.sort();
    check.problems.append(&mut removed);
    Ok(check.problems)
}

impl Check {
    fn say(&mut self, trace: Option<Uuid>, problem: impl Into<String>) {
        self.problems.push((trace, problem.into()));
    }

    /// The roots that a known key signed, by size.
    fn checkpoints(&mut self, tenant: Uuid) -> Result<BTreeMap<u64, Hash>> {
        let known = key::known()?;
        for problem in known.problems {
            self.say(None, problem);
        }
        let of_tenant = known.verifiers.iter().map(|known| known.of_log(&tenant));
        let of_tenant: Vec<Verifier> = of_tenant
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| Error::SealKeyFile(e.to_string()))?;
        let mut roots = BTreeMap::new();
        query::each(
            Snapshot::Statement,
            "SELECT c.size, c.note FROM tenancy.trace_checkpoint c WHERE c.tenant_id = $1 ORDER BY c.size",
            &[id::to_sql(tenant).into()],
            |row| {
                let size = row.get::<i64>(1).unwrap_or_default();
                let note = row.get::<String>(2).unwrap_or_default();
                match signed(&note, &of_tenant) {
                    Ok(checkpoint) if i64::try_from(checkpoint.size) == Ok(size) => {
                        roots.insert(checkpoint.size, checkpoint.root);
                    }
                    Ok(checkpoint) => {
                        let wrong = format!(
                            "the checkpoint of size {size} is one of size {}",
                            checkpoint.size
                        );
                        self.say(None, wrong);
                    }
                    Err(why) => self.say(
                        None,
                        format!("the checkpoint of size {size} is not genuine: {why}"),
                    ),
                }
                Ok(())
            },
        )?;
        Ok(roots)
    }

    /// Reads the log and computes the roots that were signed.
    fn log(&mut self, tenant: Uuid, checkpoints: &BTreeMap<u64, Hash>) -> Result<()> {
        let mut roots: Vec<Hash> = Vec::new();
        let mut size = 0;
        let mut good = 0;
        let mut ended = false;
        log::tiles(Snapshot::Statement, tenant, |number, tile, root| {
            let expected = i64::try_from(roots.len()).unwrap_or(i64::MAX);
            let Some(tile) = tile.filter(|_| number == expected && !ended) else {
                self.say(
                    None,
                    format!("tile {number} of the log is damaged, or one before it is missing"),
                );
                ended = true;
                return Ok(());
            };
            let first = size;
            size += u64::try_from(tile.leaves.len()).unwrap_or(0);
            for (at, (trace, leaf)) in tile.traces.iter().zip(&tile.leaves).enumerate() {
                let position = first.saturating_add(u64::try_from(at).unwrap_or(0));
                let sealed = Sealed {
                    position,
                    leaf: *leaf,
                    found: false,
                };
                if self.sealed.insert(*trace, sealed).is_some() {
                    self.say(Some(*trace), "the log has it twice");
                }
                let so_far = position.saturating_add(1);
                if let Some(root) = checkpoints.get(&so_far) {
                    let leaves = tile.leaves.get(..=at).unwrap_or_default();
                    if tree::root(&roots, leaves) == *root {
                        good = so_far;
                    } else {
                        let wrong = format!(
                            "the log is not the one that was signed: positions {good} to {} differ",
                            so_far - 1
                        );
                        self.say(None, wrong);
                    }
                }
            }
            if tile.leaves.len() == TILE {
                let made = tree::tile_root(&tile.leaves);
                if root.as_deref() != Some(made.as_slice()) {
                    self.say(
                        None,
                        format!("tile {number} of the log has another root than its leaves make"),
                    );
                }
                roots.push(made);
            } else {
                if root.is_some() {
                    let wrong = format!("tile {number} of the log is not full, and has a root");
                    self.say(None, wrong);
                }
                ended = true;
            }
            Ok(())
        })?;
        let last = checkpoints.keys().next_back().copied().unwrap_or(0);
        if last > size {
            self.say(
                None,
                format!("the log was cut: it has {size} leaves, and {last} were signed"),
            );
        } else if last < size {
            self.say(
                None,
                format!("positions {last} to {} of the log are not signed", size - 1),
            );
            // Without any checkpoint that is every row.
            let added = |sealed: &Sealed| last > 0 && sealed.position >= last;
            let added = self.sealed.iter().filter(|(_, sealed)| added(sealed));
            let mut added: Vec<Problem> = added
                .map(|(trace, _)| {
                    (
                        Some(*trace),
                        "it is in the log, and no checkpoint signs it".into(),
                    )
                })
                .collect();
            added.sort();
            self.problems.append(&mut added);
        }
        Ok(())
    }

    /// Up to where the log has all rows.
    fn horizon(&mut self) -> Result<Option<Kept>> {
        let kept = match horizon::read() {
            Err(Error::DamagedHorizon) => {
                self.say(None, "tenancy.trace_horizon is damaged");
                return Ok(None);
            }
            kept => kept?,
        };
        match &kept {
            None if !self.sealed.is_empty() => {
                self.say(None, "tenancy.trace_horizon lost its row");
            }
            Some(kept) if kept.is_of_here() && kept.horizon.next() > transaction::next() => {
                self.say(None, "tenancy.trace_horizon lies in the future");
            }
            _ => {}
        }
        Ok(kept)
    }

    fn rows(&mut self, tenant: Uuid) -> Result<()> {
        let now = Now::new(self.horizon()?);
        let mut erasures: HashMap<Uuid, (Erasure, u64)> = HashMap::new();
        let mut erased: Vec<(Uuid, Uuid, i64, String)> = Vec::new();
        let sql = format!("SELECT {COLUMNS} FROM tenancy.decision_trace d WHERE d.tenant_id = $1");
        query::each(
            Snapshot::Statement,
            &sql,
            &[id::to_sql(tenant).into()],
            |row| {
                let row = Row::read(row)?;
                let trace = row.record.trace_id;
                let expected = row.expected_leaf();
                let whole = expected.is_some_and(|leaf| row.leaf == leaf);
                let place = now.place(&row);
                match self.sealed.get_mut(&trace) {
                    Some(sealed) => {
                        sealed.found = true;
                        let same = expected == Some(sealed.leaf);
                        if !whole || !same {
                            self.say(Some(trace), "the row was changed");
                        }
                        if matches!(place, Place::Coming | Place::Future) {
                            self.say(
                                Some(trace),
                                "the row is in the log, and would be added to it again",
                            );
                        }
                    }
                    None => {
                        if !whole {
                            self.say(Some(trace), "the row was changed before it was sealed");
                        }
                        match place {
                            Place::Behind => {
                                self.say(Some(trace), "the row was inserted behind the log");
                            }
                            Place::Future => {
                                self.say(Some(trace), "the row is of a transaction that never was");
                            }
                            Place::Coming | Place::Elsewhere => {}
                        }
                    }
                }
                if let Some(problem) = row.payload_problem() {
                    self.say(Some(trace), problem);
                }
                if row.record.kind == REDACTION
                    && let Some(erasure) = row.payload.detail.and_then(Erasure::read)
                {
                    erasures.insert(trace, (erasure, 0));
                }
                erased.extend(row.redaction_id.map(|by| {
                    (
                        trace,
                        by,
                        row.record.recorded_at,
                        row.record.kind.to_owned(),
                    )
                }));
                Ok(())
            },
        )?;
        for (trace, by, recorded_at, kind) in erased {
            match erasures.get_mut(&by) {
                Some((erasure, rows)) if erasure.covers(trace, recorded_at, &kind) => *rows += 1,
                _ => self.say(
                    Some(trace),
                    "the payload was removed, and no trace records its erasure",
                ),
            }
        }
        for (by, (erasure, rows)) in erasures {
            if erasure.traces() != rows {
                let wrong = format!(
                    "it records the erasure of {} payloads, and {rows} rows name it",
                    erasure.traces()
                );
                self.say(Some(by), wrong);
            }
        }
        Ok(())
    }
}

/// Where a row stands by the horizon.
#[derive(PartialEq, Eq)]
enum Place {
    /// The log should have it.
    Behind,
    /// The next call of `seal` adds it.
    Coming,
    /// No call will, as its transaction is none that this server has run.
    Future,
    /// The next call adds it if the log does not have it, whatever the transaction: the record was restored.
    Elsewhere,
}

/// What rows' transactions are compared with, as it is when they are read.
struct Now {
    server: i64,
    /// The first transaction that has not begun.
    next: u64,
    kept: Option<Kept>,
    /// Whether a seal of this very database left the horizon.
    is_of_here: bool,
}

impl Now {
    fn new(kept: Option<Kept>) -> Self {
        Self {
            server: transaction::server(),
            next: transaction::next(),
            is_of_here: kept.as_ref().is_some_and(Kept::is_of_here),
            kept,
        }
    }

    fn place(&self, row: &Row<'_>) -> Place {
        if row.written_by == self.server && horizon::number(row.written_in) >= self.next {
            return Place::Future;
        }
        match &self.kept {
            Some(kept) if kept.covers(row.written_by, row.written_in) => Place::Behind,
            _ if self.is_of_here => Place::Coming,
            _ => Place::Elsewhere,
        }
    }
}

/// The checkpoint that a note is, if one of the keys of the tenant's log signed it.
fn signed(note: &str, of_tenant: &[Verifier]) -> std::result::Result<Checkpoint, String> {
    let checkpoint = Checkpoint::open(note, of_tenant).map_err(|e| e.to_string())?;
    let ours = of_tenant
        .iter()
        .any(|verifier| verifier.name() == checkpoint.origin);
    ours.then_some(checkpoint)
        .ok_or_else(|| "it is of another log".into())
}
