//! What is to be recorded: what was done, as the caller says, and who did it.

use tenancy_core::budget::{Amount, Metric, Rounding};
use tenancy_core::quote::quoted;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::session;

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

/// The tier of what the extension itself records.
pub const OWN: &str = "pg_tenancy";

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

/// An argument that is not usable, and what to pass.
pub fn bad(message: String, hint: &'static str) -> Error {
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
    pub fn spent(&self) -> Result<Vec<(Metric, Amount)>> {
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

    /// Refuses what cannot be recorded, or not by callers.
    pub fn check(&self) -> Result<()> {
        if !KINDS.contains(&self.kind) {
            return Err(unknown_kind(self.kind));
        }
        if self.tier == Some(OWN) {
            return Err(bad(
                format!("tier \"{OWN}\" is reserved"),
                "It marks what the extension itself records; pass another one, or NULL.",
            ));
        }
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
}
