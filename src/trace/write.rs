//! Stamping and writing a row. Who did it comes from the bound context and from nowhere else; the row is written as the
//! extension's owner, as nobody else may.

use std::cell::RefCell;

use pgrx::datum::{AnyNumeric, DatumWithOid};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::spi::OwnedPreparedStatement;
use pgrx::{AnyElement, Spi, pg_sys};
use tenancy_core::budget::{Amount, Metric, Rounding};
use tenancy_core::quote::quoted;
use tenancy_core::random;
use tenancy_core::trace::Hash;
use tenancy_core::trace::payload::Payload;
use tenancy_core::trace::record::Record;
use uuid::Uuid;

use super::access;
use crate::catalog::{POSTGRES_EPOCH, now_unix_micros};
use crate::error::{Error, Result};
use crate::{budget, jsonb, query, session, transaction};

/// Longest of the texts that name something, in bytes.
const MAX_NAME: usize = 1024;
/// Longest payload: query, sources and detail together, in bytes.
const MAX_PAYLOAD: usize = 1 << 20;
/// Most tokens of one call.
const MAX_TOKENS: i64 = 1_000_000_000_000;
/// Longest duration: a year, in milliseconds.
const MAX_DURATION: f64 = 366.0 * 86_400_000.0;
/// Most that one call costs, in digits before the point.
const MAX_COST_DIGITS: usize = 9;

/// What can be traced. The extension's own records of erasures are of another kind.
pub const KINDS: [&str; 8] = [
    "llm_call",
    "tool_call",
    "recall",
    "cache_hit",
    "decision",
    "response",
    "checkpoint",
    "denial",
];

/// The refusal of any other kind.
pub fn unknown_kind(kind: &str) -> Error {
    bad(
        format!("kind {} is unknown", quoted(kind)),
        "It is one of llm_call, tool_call, recall, cache_hit, decision, response, checkpoint, denial.",
    )
}

/// What was done.
#[derive(Default)]
pub struct Entry<'a> {
    pub kind: &'a str,
    pub model: Option<&'a str>,
    pub tool: Option<&'a str>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub cost_usd: Option<String>,
    pub duration_ms: Option<f64>,
    pub tier: Option<&'a str>,
    pub outcome: Option<&'a str>,
    pub query: Option<&'a str>,
    /// JSON text.
    pub sources: Option<String>,
    /// JSON text.
    pub detail: Option<String>,
    pub session_id: Option<&'a str>,
    pub turn: Option<i64>,
    pub parent_id: Option<Uuid>,
    pub otel_trace_id: Option<&'a str>,
    pub otel_span_id: Option<&'a str>,
    /// What was reserved for it.
    pub reservations: Vec<Uuid>,
    /// Microseconds since the Unix epoch; `None` for now.
    pub recorded_at: Option<i64>,
}

/// Who did it.
#[derive(Default)]
pub struct Identity {
    pub tenant_id: Uuid,
    /// Canonical text.
    pub scope: String,
    pub principal: Option<String>,
    pub key_id: Option<Uuid>,
    pub user_id: Option<String>,
    pub on_behalf_of: Option<String>,
    pub correlation_id: Option<String>,
}

impl Identity {
    /// That of the bound context.
    pub fn bound() -> Result<Self> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        session::with_context(|view, tenant| Self {
            tenant_id: tenant.id,
            scope: view.floor_json().to_owned(),
            principal: some(view.principal()),
            key_id: view.key_id(),
            user_id: some(view.user_id()),
            on_behalf_of: some(view.on_behalf_of()),
            correlation_id: some(view.correlation_id()),
        })?
        .ok_or(Error::Unbound)
    }

    /// That of somebody who acts for a whole tenant without being bound to it.
    pub fn of_administrator(tenant_id: Uuid, role: String) -> Self {
        Self {
            tenant_id,
            scope: "{}".into(),
            principal: Some(role),
            ..Self::default()
        }
    }
}

fn bad(message: String, hint: &'static str) -> Error {
    Error::BadArgument { message, hint }
}

fn bad_cost() -> Error {
    bad(
        "cost_usd must be a number of US dollars, not negative and below 1000000000".into(),
        "Pass the amount with at most 30 decimals, or NULL.",
    )
}

impl Entry<'_> {
    /// What budgets are charged for it.
    fn spent(&self) -> Result<Vec<(Metric, Amount)>> {
        let mut spent = Vec::new();
        if self.input_tokens.is_some() || self.output_tokens.is_some() {
            let tokens = [self.input_tokens, self.output_tokens]
                .into_iter()
                .flatten();
            let tokens = tokens.filter_map(|tokens| u64::try_from(tokens).ok()).sum();
            spent.push((Metric::Tokens, Amount::from_units(tokens)));
        }
        if let Some(cost) = &self.cost_usd {
            // Rounded up, as budgets count in thousand-millionths.
            let cost = Amount::parse(Metric::Cost, cost, Rounding::Up).map_err(|_| bad_cost())?;
            spent.push((Metric::Cost, cost));
        }
        Ok(spent)
    }

    fn check(&self) -> Result<()> {
        for (name, text) in [
            ("model", self.model),
            ("tool", self.tool),
            ("tier", self.tier),
            ("outcome", self.outcome),
            ("session_id", self.session_id),
        ] {
            if text.is_some_and(|text| text.is_empty() || text.len() > MAX_NAME) {
                return Err(bad(
                    format!("{name} must have 1 to {MAX_NAME} bytes"),
                    "Pass a shorter text that is not empty, or NULL; long texts belong in query or detail.",
                ));
            }
        }
        for (name, digits, text) in [
            ("otel_trace_id", 32, self.otel_trace_id),
            ("otel_span_id", 16, self.otel_span_id),
        ] {
            let well_formed = |text: &str| {
                text.len() == digits
                    && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
                    && text.bytes().any(|c| c != b'0')
            };
            if text.is_some_and(|text| !well_formed(text)) {
                return Err(bad(
                    format!("{name} is malformed"),
                    "Pass it as OpenTelemetry shows it: lower-case hexadecimal, 32 digits for a trace and 16 for a span, not all zero.",
                ));
            }
        }
        for (name, number) in [
            ("input_tokens", self.input_tokens),
            ("output_tokens", self.output_tokens),
            ("turn", self.turn),
        ] {
            if number.is_some_and(|number| !(0..=MAX_TOKENS).contains(&number)) {
                return Err(bad(
                    format!("{name} must lie between 0 and {MAX_TOKENS}"),
                    "Pass the number that the provider reports, or NULL.",
                ));
            }
        }
        if let Some(cost) = &self.cost_usd {
            let digits = cost.split('.').next().unwrap_or_default();
            if digits.len() > MAX_COST_DIGITS
                || !digits.bytes().all(|c| c.is_ascii_digit())
                || cost.len() > 40
            {
                return Err(bad_cost());
            }
        }
        if self
            .duration_ms
            .is_some_and(|ms| !(0.0..=MAX_DURATION).contains(&ms))
        {
            return Err(bad(
                "duration_ms must be a number of milliseconds, not negative and below a year"
                    .into(),
                "Pass the time that the call took, or NULL.",
            ));
        }
        let texts = [self.query, self.sources.as_deref(), self.detail.as_deref()];
        if texts.iter().flatten().map(|text| text.len()).sum::<usize>() > MAX_PAYLOAD {
            return Err(bad(
                "query, sources and detail are longer than 1 MiB together".into(),
                "Store large documents in a protected table and trace their ids.",
            ));
        }
        Ok(())
    }

    fn payload(&self) -> Payload<'_> {
        Payload {
            query: self.query,
            sources: self.sources.as_deref(),
            detail: self.detail.as_deref(),
        }
    }

    /// A new salt, and the payload's digest with it.
    fn digest(&self) -> Result<Digest> {
        let salt: [u8; 16] = random::bytes().map_err(|_| Error::NoRandom)?;
        let digest = self.payload().digest(&salt).map_err(|e| bad(e.to_string(), "Pass JSON of at most 32 levels; write numbers that a double cannot hold exactly as strings."))?;
        Ok(digest.map(|digest| (salt, digest)))
    }
}

/// A salt and the digest of a payload with it; `None` where there is no payload.
type Digest = Option<([u8; 16], Hash)>;

/// Writes a row for the bound tenant; gives its id.
pub fn record(entry: &Entry<'_>) -> Result<Uuid> {
    if !KINDS.contains(&entry.kind) {
        return Err(unknown_kind(entry.kind));
    }
    entry.check()?;
    let identity = Identity::bound()?;
    // What is wrong with the call is found before anything is charged for it.
    let digest = entry.digest()?;
    budget::charge(&entry.spent()?, &entry.reservations)?;
    write_digested(&identity, entry, digest)
}

/// Writes a row.
pub fn write(identity: &Identity, entry: &Entry<'_>) -> Result<Uuid> {
    write_digested(identity, entry, entry.digest()?)
}

fn write_digested(identity: &Identity, entry: &Entry<'_>, digest: Digest) -> Result<Uuid> {
    let recorded_at = entry.recorded_at.unwrap_or_else(now_unix_micros);
    let (salt, payload_digest) = digest.unzip();
    let record = Record {
        trace_id: Uuid::now_v7(),
        tenant_id: identity.tenant_id,
        scope: &identity.scope,
        recorded_at,
        kind: entry.kind,
        principal: identity.principal.as_deref(),
        key_id: identity.key_id,
        user_id: identity.user_id.as_deref(),
        on_behalf_of: identity.on_behalf_of.as_deref(),
        correlation_id: identity.correlation_id.as_deref(),
        session_id: entry.session_id,
        turn: entry.turn,
        parent_id: entry.parent_id,
        otel_trace_id: entry.otel_trace_id,
        otel_span_id: entry.otel_span_id,
        model: entry.model,
        tool: entry.tool,
        input_tokens: entry.input_tokens,
        output_tokens: entry.output_tokens,
        cost_usd: entry.cost_usd.as_deref(),
        duration_ms: entry.duration_ms,
        tier: entry.tier,
        outcome: entry.outcome,
        payload_digest,
    };
    let leaf = record.leaf().map_err(|e| Error::Sql(e.to_string()))?;
    let salt = salt.map(|salt| salt.to_vec());
    access::as_owner(|| insert(&record, &entry.payload(), salt, &leaf))?;
    Ok(record.trace_id)
}

const INSERT: &str = "INSERT INTO tenancy.decision_trace (trace_id, tenant_id, scope, recorded_at, kind, principal,
    key_id, user_id, on_behalf_of, correlation_id, session_id, turn, parent_id, otel_trace_id, otel_span_id, model, tool,
    input_tokens, output_tokens, cost_usd, duration_ms, tier, outcome, query, sources, detail, payload_salt,
    payload_digest, leaf, written_in, written_by)
    VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20::numeric, $21,
            $22, $23, $24, $25::jsonb, $26::jsonb, $27, $28, $29, $30, $31)";

const TYPES: [pg_sys::BuiltinOid; 31] = {
    use pg_sys::BuiltinOid::*;
    [
        UUIDOID,
        UUIDOID,
        TEXTOID,
        TIMESTAMPTZOID,
        TEXTOID,
        TEXTOID,
        UUIDOID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        INT8OID,
        UUIDOID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        INT8OID,
        INT8OID,
        TEXTOID,
        FLOAT8OID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        TEXTOID,
        BYTEAOID,
        BYTEAOID,
        BYTEAOID,
        INT8OID,
        INT8OID,
    ]
};

thread_local! {
    static STATEMENT: RefCell<Option<OwnedPreparedStatement>> = const { RefCell::new(None) };
}

fn insert(
    record: &Record<'_>,
    payload: &Payload<'_>,
    salt: Option<Vec<u8>>,
    leaf: &[u8],
) -> Result<()> {
    let id = |id: Uuid| pgrx::Uuid::from_bytes(*id.as_bytes());
    let recorded_at =
        TimestampWithTimeZone::try_from(record.recorded_at.saturating_sub(POSTGRES_EPOCH))
            .map_err(|e| Error::Sql(e.to_string()))?;
    let arguments: [DatumWithOid; 31] = [
        id(record.trace_id).into(),
        id(record.tenant_id).into(),
        record.scope.into(),
        recorded_at.into(),
        record.kind.into(),
        record.principal.into(),
        record.key_id.map(id).into(),
        record.user_id.into(),
        record.on_behalf_of.into(),
        record.correlation_id.into(),
        record.session_id.into(),
        record.turn.into(),
        record.parent_id.map(id).into(),
        record.otel_trace_id.into(),
        record.otel_span_id.into(),
        record.model.into(),
        record.tool.into(),
        record.input_tokens.into(),
        record.output_tokens.into(),
        record.cost_usd.into(),
        record.duration_ms.into(),
        record.tier.into(),
        record.outcome.into(),
        payload.query.into(),
        payload.sources.into(),
        payload.detail.into(),
        salt.into(),
        record.payload_digest.map(|digest| digest.to_vec()).into(),
        leaf.to_vec().into(),
        transaction::id().into(),
        transaction::server().into(),
    ];
    Spi::connect_mut(|client| {
        // Kept apart from the call, which may run anything.
        let statement = match STATEMENT.take() {
            Some(statement) => statement,
            None => client.prepare_mut(INSERT, &TYPES.map(Into::into))?.keep(),
        };
        let outcome = client.update(&statement, None, &arguments).map(|_| ());
        STATEMENT.set(Some(statement));
        Ok(outcome?)
    })
}

/// Records what was done; gives the id of the trace.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["trace_tables"],
    sql = "CREATE FUNCTION tenancy.trace(kind text, model text DEFAULT NULL, tool text DEFAULT NULL,
                                         input_tokens bigint DEFAULT NULL, output_tokens bigint DEFAULT NULL,
                                         cost_usd numeric DEFAULT NULL, duration_ms double precision DEFAULT NULL,
                                         tier text DEFAULT NULL, outcome text DEFAULT NULL, query text DEFAULT NULL,
                                         sources jsonb DEFAULT NULL, detail jsonb DEFAULT NULL,
                                         session_id text DEFAULT NULL, turn bigint DEFAULT NULL,
                                         parent_id uuid DEFAULT NULL, otel_trace_id text DEFAULT NULL,
                                         otel_span_id text DEFAULT NULL, reservations uuid[] DEFAULT NULL)
           RETURNS uuid
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
#[allow(clippy::too_many_arguments)]
fn trace(
    kind: Option<&str>,
    model: Option<&str>,
    tool: Option<&str>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cost_usd: Option<AnyNumeric>,
    duration_ms: Option<f64>,
    tier: Option<&str>,
    outcome: Option<&str>,
    query: Option<&str>,
    sources: Option<AnyElement>,
    detail: Option<AnyElement>,
    session_id: Option<&str>,
    turn: Option<i64>,
    parent_id: Option<pgrx::Uuid>,
    otel_trace_id: Option<&str>,
    otel_span_id: Option<&str>,
    reservations: Option<Vec<Option<pgrx::Uuid>>>,
) -> Result<pgrx::Uuid, ErrorReport> {
    query::require_writable(c"tenancy.trace()");
    let trace_id = record(&Entry {
        kind: kind.ok_or(Error::NullArgument("kind"))?,
        model,
        tool,
        input_tokens,
        output_tokens,
        cost_usd: cost_usd.map(|cost| cost.normalize().to_owned()),
        duration_ms,
        tier,
        outcome,
        query,
        sources: sources.map(jsonb::argument_text),
        detail: detail.map(jsonb::argument_text),
        session_id,
        turn,
        parent_id: parent_id.map(|id| Uuid::from_bytes(*id.as_bytes())),
        otel_trace_id,
        otel_span_id,
        reservations: reservations
            .into_iter()
            .flatten()
            .map(|id| {
                id.map(|id| Uuid::from_bytes(*id.as_bytes()))
                    .ok_or(Error::NullArgument("a reservation"))
            })
            .collect::<Result<_>>()?,
        recorded_at: None,
    })?;
    Ok(pgrx::Uuid::from_bytes(*trace_id.as_bytes()))
}
