//! A row of `tenancy.decision_trace` as it is read, and the leaf that it should have.

use pgrx::prelude::*;
use tenancy_core::trace::Hash;
use tenancy_core::trace::payload::Payload;
use tenancy_core::trace::record::Record;
use uuid::Uuid;

use crate::catalog::POSTGRES_EPOCH;
use crate::error::{Error, Result};
use crate::query::Columns;

/// What [`Row::read`] reads, in its order.
pub const COLUMNS: &str = "d.trace_id, d.tenant_id, d.scope::text, d.recorded_at, d.kind, d.principal, d.key_id, d.user_id,
    d.on_behalf_of, d.correlation_id, d.session_id, d.turn, d.parent_id, d.otel_trace_id, d.otel_span_id, d.model, d.tool,
    d.input_tokens, d.output_tokens, d.cost_usd::text, d.duration_ms, d.tier, d.outcome, d.query, d.sources::text,
    d.detail::text, d.payload_salt, d.payload_digest, d.redaction_id, d.leaf, d.written_in, d.written_by";

/// A row.
pub struct Row<'a> {
    pub trace_id: Uuid,
    pub tenant_id: Uuid,
    pub scope: &'a str,
    /// Microseconds since the Unix epoch.
    pub recorded_at: i64,
    pub kind: &'a str,
    pub principal: Option<&'a str>,
    pub key_id: Option<Uuid>,
    pub user_id: Option<&'a str>,
    pub on_behalf_of: Option<&'a str>,
    pub correlation_id: Option<&'a str>,
    pub session_id: Option<&'a str>,
    pub turn: Option<i64>,
    pub parent_id: Option<Uuid>,
    pub otel_trace_id: Option<&'a str>,
    pub otel_span_id: Option<&'a str>,
    pub model: Option<&'a str>,
    pub tool: Option<&'a str>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub cost_usd: Option<&'a str>,
    pub duration_ms: Option<f64>,
    pub tier: Option<&'a str>,
    pub outcome: Option<&'a str>,
    pub query: Option<&'a str>,
    pub sources: Option<&'a str>,
    pub detail: Option<&'a str>,
    pub salt: Option<&'a [u8]>,
    pub payload_digest: Option<&'a [u8]>,
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
        self.next::<pgrx::Uuid>()
            .map(|id| Uuid::from_bytes(*id.as_bytes()))
    }

    fn time(&mut self) -> Option<i64> {
        let at = self.next::<TimestampWithTimeZone>()?;
        Some(i64::from(at).saturating_add(POSTGRES_EPOCH))
    }
}

impl<'a> Row<'a> {
    /// Reads [`COLUMNS`]; none of those declared NOT NULL can be absent.
    pub fn read(row: &Columns<'a>) -> Result<Self> {
        Self::of(Reader { row, at: 0 })
            .ok_or_else(|| Error::Sql("a column of decision_trace is NULL".into()))
    }

    fn of(mut of: Reader<'_, 'a>) -> Option<Self> {
        Some(Self {
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
            query: of.text(),
            sources: of.text(),
            detail: of.text(),
            salt: of.bytes(),
            payload_digest: of.bytes(),
            redaction_id: of.id(),
            leaf: of.bytes()?,
            written_in: of.next()?,
            written_by: of.next()?,
        })
    }

    /// What the leaf is the hash of; `None` where a column holds what no trace was ever written with.
    pub fn record(&self) -> Option<Record<'_>> {
        let payload_digest = match self.payload_digest {
            None => None,
            Some(digest) => Some(Hash::try_from(digest).ok()?),
        };
        Some(Record {
            trace_id: self.trace_id,
            tenant_id: self.tenant_id,
            scope: self.scope,
            recorded_at: self.recorded_at,
            kind: self.kind,
            principal: self.principal,
            key_id: self.key_id,
            user_id: self.user_id,
            on_behalf_of: self.on_behalf_of,
            correlation_id: self.correlation_id,
            session_id: self.session_id,
            turn: self.turn,
            parent_id: self.parent_id,
            otel_trace_id: self.otel_trace_id,
            otel_span_id: self.otel_span_id,
            model: self.model,
            tool: self.tool,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_usd: self.cost_usd,
            duration_ms: self.duration_ms,
            tier: self.tier,
            outcome: self.outcome,
            payload_digest,
        })
    }

    /// The leaf that the row's columns make.
    pub fn expected_leaf(&self) -> Option<Hash> {
        self.record()?.leaf().ok()
    }

    /// What can be erased.
    pub fn payload(&self) -> Payload<'_> {
        Payload {
            query: self.query,
            sources: self.sources,
            detail: self.detail,
        }
    }

    /// Whether the payload is the one that was written, or was erased as the record says.
    pub fn payload_problem(&self) -> Option<&'static str> {
        let payload = self.payload();
        let absent = payload.is_empty();
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
            .and_then(|salt| payload.digest(&salt).ok().flatten());
        (made.as_ref().map(|made| made.as_slice()) != Some(digest))
            .then_some("the payload was changed")
    }
}
