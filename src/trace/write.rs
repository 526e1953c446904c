//! Writing a row: as the extension's owner, as nobody else may.

use std::cell::RefCell;

use pgrx::datum::{AnyNumeric, DatumWithOid};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::spi::OwnedPreparedStatement;
use pgrx::{AnyElement, Spi, pg_sys};
use tenancy_core::random;
use tenancy_core::trace::Hash;
use tenancy_core::trace::payload::Payload;
use tenancy_core::trace::record::Record;
use uuid::Uuid;

use super::entry::{Entry, Identity, bad};
use crate::error::{Error, Result};
use crate::time::{now_unix_micros, timestamp};
use crate::{budget, id, jsonb, query, role, transaction};

/// Writes a row for the bound tenant; gives its id.
pub fn record(entry: &Entry<'_>) -> Result<Uuid> {
    entry.check()?;
    let identity = Identity::bound()?;
    let row = Written::new(&identity, entry)?;
    // Last: what is charged stays charged.
    budget::charge(&entry.spent()?, &entry.reservations)?;
    row.insert()
}

/// Writes a row.
pub fn write(identity: &Identity, entry: &Entry<'_>) -> Result<Uuid> {
    Written::new(identity, entry)?.insert()
}

/// A row that can be written.
struct Written<'a> {
    record: Record<'a>,
    payload: Payload<'a>,
    salt: Option<Vec<u8>>,
    leaf: Hash,
}

impl<'a> Written<'a> {
    fn new(identity: &'a Identity, entry: &'a Entry<'a>) -> Result<Self> {
        let recorded_at = entry.recorded_at.unwrap_or_else(now_unix_micros);
        let payload = Payload {
            query: entry.query,
            sources: entry.sources.as_deref(),
            detail: entry.detail.as_deref(),
        };
        let salt: [u8; 16] = random::bytes().map_err(|_| Error::NoRandom)?;
        let payload_digest = payload.digest(&salt).map_err(|e| bad(e.to_string(), "Pass JSON of at most 32 levels; write numbers that a double cannot hold exactly as strings."))?;
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
        Ok(Self {
            record,
            payload,
            salt: payload_digest.map(|_| salt.to_vec()),
            leaf,
        })
    }

    fn insert(self) -> Result<Uuid> {
        role::as_extension_owner(|| insert(&self))?;
        Ok(self.record.trace_id)
    }
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

fn insert(row: &Written<'_>) -> Result<()> {
    let Written {
        record,
        payload,
        salt,
        leaf,
    } = row;
    let id = id::to_sql;
    let arguments: [DatumWithOid; 31] = [
        id(record.trace_id).into(),
        id(record.tenant_id).into(),
        record.scope.into(),
        timestamp(record.recorded_at)?.into(),
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
        salt.as_deref().into(),
        record.payload_digest.map(|digest| digest.to_vec()).into(),
        leaf.as_slice().into(),
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
        parent_id: parent_id.map(id::from_sql),
        otel_trace_id,
        otel_span_id,
        reservations: reservations
            .into_iter()
            .flatten()
            .map(|id| {
                id.map(id::from_sql)
                    .ok_or(Error::NullArgument("a reservation"))
            })
            .collect::<Result<_>>()?,
        recorded_at: None,
    })?;
    Ok(id::to_sql(trace_id))
}
