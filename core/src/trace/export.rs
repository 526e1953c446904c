//! A tenant's log as JSON lines, and the check of it against a checkpoint.
//!
//! A line is a record with up to three members more: `leaf`, the hash that the log keeps of it, `position`, once it is
//! sealed, and `payload` with its salt, unless it has none or was redacted. `leaf` only tells which row was changed;
//! what counts is that all leaves together make the checkpoint's root.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::note::Verifier;
use super::payload::{self, Payload, PayloadError, parse_exact, to_canonical};
use super::{Hash, leaf_hash, record, sha256, tree};
use crate::json::MAX_DEPTH;
use crate::quote::quoted;

/// Longest line, in bytes: three members of a payload that are as long as they may be, in one of which each byte may be
/// escaped in six, and a record.
const MAX_LINE: usize = payload::MAX_BYTES.saturating_mul(9);

/// A payload lies two levels deeper in a line than by itself.
const MAX_LINE_DEPTH: u32 = MAX_DEPTH.saturating_add(2);

/// The members that a line has beside the record's.
const LEAF: &str = "leaf";
const PAYLOAD: &str = "payload";
const POSITION: &str = "position";

/// One line, without a newline, of a record's canonical JSON and what is known beside it.
///
/// # Errors
/// [`PayloadError`] when the payload has no canonical form.
pub fn line(
    record: &str,
    leaf: &Hash,
    position: Option<u64>,
    payload: Option<(&Payload<'_>, &[u8; 16])>,
) -> Result<String, PayloadError> {
    let record = record.strip_suffix('}').unwrap_or(record);
    let mut line = format!("{record},\"{LEAF}\":\"{}\"", HEXLOWER.encode(leaf));
    if let Some((payload, salt)) = payload {
        line.push_str(&format!(",\"{PAYLOAD}\":{}", payload.to_json(salt)?));
    }
    if let Some(position) = position {
        line.push_str(&format!(",\"{POSITION}\":{position}"));
    }
    line.push('}');
    Ok(line)
}

/// What an export was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint that it was compared with.
    pub checkpoint: Checkpoint,
    /// Rows that are in the checkpoint's tree, with all that they say. None if the tree isn't the checkpoint's.
    pub verified: u64,
    /// Of the verified, those whose payload was erased.
    pub redacted: u64,
    /// Rows that are not sealed, or later than the checkpoint, of which it says nothing.
    pub unsealed: u64,
    /// What is wrong. The export is good only if this is empty.
    pub problems: Vec<Problem>,
}

/// Something wrong with an export, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1, if it is about one.
    pub line: Option<u64>,
    /// The row, if it is known.
    pub trace_id: Option<Uuid>,
    /// Its position, if it has one.
    pub position: Option<u64>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The line isn't strict JSON or has no canonical form.
    #[error("not readable: {0}")]
    Json(PayloadError),
    /// A member is missing, unknown or malformed; names it.
    #[error("not a record: member {}", quoted(.0))]
    Member(String),
    /// The record is of a later version than this program knows.
    #[error("the record has an unknown version")]
    Version,
    /// The record's hash isn't the leaf.
    #[error("the record was changed: it does not have the leaf hash of the log")]
    Record,
    /// The payload's digest isn't the record's.
    #[error("the payload was changed: it does not have the digest that the record says")]
    Payload,
    /// A payload beside a record without one.
    #[error("the payload was added: the record has none")]
    PayloadAdded,
    /// The row is of another tenant than those before it.
    #[error("the row is of another tenant")]
    Tenant,
    /// A row occurs twice.
    #[error("the row occurs twice")]
    RowTwice,
    /// A position was taken already; holds the row that took it.
    #[error("the position is taken by row {0} already, so one of them is not in the log")]
    PositionTwice(Uuid),
    /// Positions without a row, from the problem's up to this one.
    #[error("no row up to position {0}: removed, or left out of the export")]
    Missing(u64),
    /// The leaves don't make the checkpoint's root.
    #[error(
        "the rows together do not make the root of the checkpoint: some are not those that were sealed"
    )]
    Root,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        if let Some(trace_id) = self.trace_id {
            write!(f, "row {trace_id}, ")?;
        }
        if let Some(position) = self.position {
            write!(f, "position {position}: ")?;
        } else if self.trace_id.is_some() {
            f.write_str("unsealed: ")?;
        }
        write!(f, "{}", self.fault)
    }
}

/// Checks an export against a signed checkpoint.
///
/// # Errors
/// [`CheckpointError`] when the checkpoint isn't one or isn't signed by one of the keys. What is wrong with the export
/// itself is in the report.
pub fn verify_export<L: AsRef<str>>(
    lines: impl IntoIterator<Item = L>,
    checkpoint: &str,
    verifiers: &[Verifier],
) -> Result<Report, CheckpointError> {
    let mut verification = Verification::new(Checkpoint::open(checkpoint, verifiers)?);
    for line in lines {
        verification.line(line.as_ref());
    }
    Ok(verification.finish())
}

/// The check of an export while its lines come in.
#[derive(Debug)]
pub struct Verification {
    checkpoint: Checkpoint,
    lines: u64,
    tenant: Option<Uuid>,
    rows: BTreeSet<Uuid>,
    leaves: BTreeMap<u64, (Hash, Uuid)>,
    verified: u64,
    redacted: u64,
    unsealed: u64,
    problems: Vec<Problem>,
}

impl Verification {
    /// Begins the check against a checkpoint that the caller has verified.
    pub fn new(checkpoint: Checkpoint) -> Self {
        Self {
            checkpoint,
            lines: 0,
            tenant: None,
            rows: BTreeSet::new(),
            leaves: BTreeMap::new(),
            verified: 0,
            redacted: 0,
            unsealed: 0,
            problems: Vec::new(),
        }
    }

    /// Takes the next line. Lines may come in any order, and empty ones are skipped.
    pub fn line(&mut self, text: &str) {
        self.lines = self.lines.saturating_add(1);
        if text.trim().is_empty() {
            return;
        }
        let row = match Row::parse(text) {
            Ok(row) => row,
            Err(fault) => return self.problem(None, None, fault),
        };
        let problems = self.problems.len();
        for fault in &row.faults {
            self.row_problem(&row, fault.clone());
        }
        if *self.tenant.get_or_insert(row.tenant_id) != row.tenant_id {
            self.row_problem(&row, Fault::Tenant);
        }
        if !self.rows.insert(row.trace_id) {
            self.row_problem(&row, Fault::RowTwice);
        }
        let Some(position) = row
            .position
            .filter(|position| *position < self.checkpoint.size)
        else {
            self.unsealed = self.unsealed.saturating_add(1);
            return;
        };
        if let Some((_, other)) = self.leaves.get(&position) {
            let fault = Fault::PositionTwice(*other);
            return self.row_problem(&row, fault);
        }
        self.leaves.insert(position, (row.leaf, row.trace_id));
        if self.problems.len() == problems {
            self.verified = self.verified.saturating_add(1);
            self.redacted = self.redacted.saturating_add(u64::from(row.redacted));
        }
    }

    /// Compares the whole with the checkpoint.
    pub fn finish(mut self) -> Report {
        let mut next = 0;
        let positions: Vec<u64> = self
            .leaves
            .keys()
            .copied()
            .chain([self.checkpoint.size])
            .collect();
        let mut complete = true;
        for position in positions {
            if position > next {
                complete = false;
                self.missing(next, position.saturating_sub(1));
            }
            next = position.saturating_add(1);
        }
        if complete {
            let leaves: Vec<Hash> = self.leaves.values().map(|(leaf, _)| *leaf).collect();
            let tiles = leaves.chunks_exact(tree::TILE);
            let last = tiles.remainder();
            let roots: Vec<Hash> = tiles.map(tree::tile_root).collect();
            if tree::root(&roots, last) != self.checkpoint.root {
                self.problems.push(Problem {
                    line: None,
                    trace_id: None,
                    position: None,
                    fault: Fault::Root,
                });
                complete = false;
            }
        }
        Report {
            checkpoint: self.checkpoint,
            verified: if complete { self.verified } else { 0 },
            redacted: if complete { self.redacted } else { 0 },
            unsealed: self.unsealed,
            problems: self.problems,
        }
    }

    fn missing(&mut self, from: u64, to: u64) {
        self.problems.push(Problem {
            line: None,
            trace_id: None,
            position: Some(from),
            fault: Fault::Missing(to),
        });
    }

    fn row_problem(&mut self, row: &Row, fault: Fault) {
        self.problem(Some(row.trace_id), row.position, fault);
    }

    fn problem(&mut self, trace_id: Option<Uuid>, position: Option<u64>, fault: Fault) {
        self.problems.push(Problem {
            line: Some(self.lines),
            trace_id,
            position,
            fault,
        });
    }
}

/// A line of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The record's identity.
    pub trace_id: Uuid,
    /// Whose log it is in.
    pub tenant_id: Uuid,
    /// The leaf that the log has of it, or what it should have.
    pub leaf: Hash,
    /// Where it is in the log, if it is sealed.
    pub position: Option<u64>,
    /// Whether its payload was erased.
    pub redacted: bool,
    /// What is wrong with it by itself.
    pub faults: Vec<Fault>,
}

impl Row {
    /// Reads a line, and compares the record with the leaf and the payload with the record.
    ///
    /// # Errors
    /// [`Fault`] when the line can't be read at all. What is wrong with one that can be is in [`Self::faults`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let value = parse_exact(text, MAX_LINE, MAX_LINE_DEPTH).map_err(Fault::Json)?;
        let Value::Object(mut members) = value else {
            return Err(Fault::Member("trace_id".to_owned()));
        };
        let stated = match members.remove(LEAF) {
            None => None,
            Some(leaf) => Some(parse_hash(&leaf).ok_or_else(|| Fault::Member(LEAF.to_owned()))?),
        };
        let position = match members.remove(POSITION) {
            None => None,
            Some(position) => Some(
                position
                    .as_u64()
                    .ok_or_else(|| Fault::Member(POSITION.to_owned()))?,
            ),
        };
        let payload = members.remove(PAYLOAD);
        let record = members;
        if let Some(name) = record
            .keys()
            .find(|name| !record::MEMBERS.contains(&name.as_str()))
        {
            return Err(Fault::Member(name.clone()));
        }
        let mut faults = Vec::new();
        if record.get("v").and_then(Value::as_u64) != Some(1) {
            return Err(Fault::Version);
        }
        let digest = match record.get("payload_digest") {
            None => None,
            Some(digest) => {
                Some(parse_hash(digest).ok_or_else(|| Fault::Member("payload_digest".to_owned()))?)
            }
        };
        let redacted = digest.is_some() && payload.is_none();
        match (payload, digest) {
            (Some(payload), Some(digest)) => {
                let payload = to_canonical(&payload).map_err(Fault::Json)?;
                if sha256(&[payload.as_bytes()]) != digest {
                    faults.push(Fault::Payload);
                }
            }
            (Some(_), None) => faults.push(Fault::PayloadAdded),
            (None, _) => {}
        }
        let trace_id = parse_uuid(&record, "trace_id")?;
        let tenant_id = parse_uuid(&record, "tenant_id")?;
        let record = to_canonical(&Value::Object(record)).map_err(Fault::Json)?;
        let leaf = leaf_hash(record.as_bytes());
        if stated.is_some_and(|stated| stated != leaf) {
            faults.push(Fault::Record);
        }
        Ok(Self {
            trace_id,
            tenant_id,
            leaf: stated.unwrap_or(leaf),
            position,
            redacted,
            faults,
        })
    }
}

fn parse_hash(value: &Value) -> Option<Hash> {
    HEXLOWER
        .decode(value.as_str()?.as_bytes())
        .ok()?
        .try_into()
        .ok()
}

fn parse_uuid(record: &Map<String, Value>, name: &str) -> Result<Uuid, Fault> {
    let text = record.get(name).and_then(Value::as_str);
    text.and_then(|text| Uuid::parse_str(text).ok())
        .ok_or_else(|| Fault::Member(name.to_owned()))
}

#[cfg(test)]
mod tests;
