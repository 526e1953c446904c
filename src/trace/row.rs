//! A row of `tenancy.decision_trace` as it is read, and the leaf that it should have.

use pgrx::prelude::*;
use tenancy_core::trace::Hash;
use tenancy_core::trace::payload::Payload;
use tenancy_core::trace::record::Record;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::id;
use crate::query::Columns;
use crate::time::unix_micros;

/// What [`Row::read`] reads, in its order.
pub const COLUMNS: &str = "d.trace_id, d.tenant_id, d.scope::text, d.recorded_at, d.kind, d.principal, d.key_id, d.user_id,
    d.on_behalf_of, d.correlation_id, d.session_id, d.turn, d.parent_id, d.otel_trace_id, d.otel_span_id, d.model, d.tool,
    d.input_tokens, d.output_tokens, d.cost_usd::text, d.duration_ms, d.tier, d.outcome, d.query, d.sources::text,
    d.detail::text, d.payload_salt, d.payload_digest, d.redaction_id, d.leaf, d.written_in, d.written_by";

/// A row.
pub struct Row<'a> {
    /// What the leaf is the hash of, without a digest that is none.
    pub record: Record<'a>,
    /// What can be erased.
    pub payload: Payload<'a>,
    pub salt: Option<&'a [u8]>,
    payload_digest: Option<&'a [u8]>,
    pub redaction_id: Option<Uuid>,
    pub leaf: &'a [u8],
    pub written_in: i64,
    pub written_by: i64,
}

/// Reads the columns of a row one after the other.
struct Reader<'r, 'a> {
    row: &'r Columns<'a>,
    at: usize,
}

impl<'a> Reader<'_, 'a> {
    fn next<T: FromDatum + 'a>(&mut self) -> Option<T> {
        self.at += 1;
        self.row.get(self.at)
    }

    fn text(&mut self) -> Option<&'a str> {
        self.next()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        self.next()
    }

    fn id(&mut self) -> Option<Uuid> {
        self.next::<pgrx::Uuid>().map(id::from_sql)
    }

    fn time(&mut self) -> Option<i64> {
        self.next().map(unix_micros)
    }
}

impl<'a> Row<'a> {
    /// Reads [`COLUMNS`]; none of those declared NOT NULL can be absent.
    pub fn read(row: &Columns<'a>) -> Result<Self> {
        Self::of(Reader { row, at: 0 })
            .ok_or_else(|| Error::Sql("a column of decision_trace is NULL".into()))
    }

    fn of(mut of: Reader<'_, 'a>) -> Option<Self> {
        let record = Record {
            trace_id: of.id()?,
            tenant_id: of.id()?,
            scope: of.text()?,
            recorded_at: of.time()?,
            kind: of.text()?,
            principal: of.text(),
            key_id: of.id(),
            user_id: of.text(),
            on_behalf_of: of.text(),
            correlation_id: of.text(),
            session_id: of.text(),
            turn: of.next(),
            parent_id: of.id(),
            otel_trace_id: of.text(),
            otel_span_id: of.text(),
            model: of.text(),
            tool: of.text(),
            input_tokens: of.next(),
            output_tokens: of.next(),
            cost_usd: of.text(),
            duration_ms: of.next(),
            tier: of.text(),
            outcome: of.text(),
            payload_digest: None,
        };
        let payload = Payload {
            query: of.text(),
            sources: of.text(),
            detail: of.text(),
        };
        let salt = of.bytes();
        let payload_digest = of.bytes();
        Some(Self {
            record: Record {
                payload_digest: payload_digest.and_then(|digest| Hash::try_from(digest).ok()),
                ..record
            },
            payload,
            salt,
            payload_digest,
            redaction_id: of.id(),
            leaf: of.bytes()?,
            written_in: of.next()?,
            written_by: of.next()?,
        })
    }

    /// The leaf that the row's columns make; `None` where one holds what no trace was ever written with.
    pub fn expected_leaf(&self) -> Option<Hash> {
        if self.payload_digest.is_some() && self.record.payload_digest.is_none() {
            return None;
        }
        self.record.leaf().ok()
    }

    /// Whether the payload is the one that was written, or was erased as the record says.
    pub fn payload_problem(&self) -> Option<&'static str> {
        let absent = self.payload.is_empty();
        if self.redaction_id.is_some() {
            return (!absent || self.salt.is_some())
                .then_some("a payload was put where one was erased");
        }
        let Some(digest) = self.payload_digest else {
            return (!absent || self.salt.is_some()).then_some("a payload was added");
        };
        if absent {
            return Some("the payload was removed, and no trace records its erasure");
        }
        let made = self
            .salt
            .and_then(|salt| <[u8; 16]>::try_from(salt).ok())
            .and_then(|salt| self.payload.digest(&salt).ok().flatten());
        (made.as_ref().map(|made| made.as_slice()) != Some(digest))
            .then_some("the payload was changed")
    }
}
