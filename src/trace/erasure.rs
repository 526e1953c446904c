//! What the trace of an erasure says was erased.

use serde_json::{Value, json};
use tenancy_core::timestamp::rfc3339_micros;
use uuid::Uuid;

/// An erasure.
pub enum Erasure {
    /// Of one trace.
    One(Uuid),
    /// Of so many recorded before a time, of some kinds or of all.
    Many {
        /// RFC 3339 with microseconds, so that texts compare as times do; `None` is any time.
        before: Option<String>,
        kinds: Option<Vec<String>>,
        traces: u64,
    },
}

impl Erasure {
    /// Of so many before a time, in microseconds since the Unix epoch.
    pub fn many(before: i64, kinds: Option<&[String]>, traces: usize) -> Self {
        Self::Many {
            before: rfc3339_micros(before),
            kinds: kinds.map(<[String]>::to_vec),
            traces: u64::try_from(traces).unwrap_or(u64::MAX),
        }
    }

    /// As the detail of its trace.
    pub fn detail(&self) -> String {
        match self {
            Self::One(trace) => json!({ "trace_id": trace.to_string() }),
            Self::Many {
                before,
                kinds,
                traces,
            } => json!({ "before": before, "kinds": kinds, "traces": traces }),
        }
        .to_string()
    }

    /// Reads such a detail; `None` if it is none.
    pub fn read(detail: &str) -> Option<Self> {
        let detail: Value = serde_json::from_str(detail).ok()?;
        if let Some(trace) = detail.get("trace_id") {
            return Some(Self::One(Uuid::parse_str(trace.as_str()?).ok()?));
        }
        let name = |kind: &Value| kind.as_str().map(str::to_owned);
        Some(Self::Many {
            before: detail.get("before")?.as_str().map(str::to_owned),
            kinds: match detail.get("kinds")? {
                Value::Array(kinds) => Some(kinds.iter().map(name).collect::<Option<_>>()?),
                _ => None,
            },
            traces: detail.get("traces")?.as_u64()?,
        })
    }

    /// Whether it can be what erased a row.
    pub fn covers(&self, trace: Uuid, recorded_at: i64, kind: &str) -> bool {
        match self {
            Self::One(erased) => *erased == trace,
            Self::Many { before, kinds, .. } => {
                before
                    .as_ref()
                    .is_none_or(|before| rfc3339_micros(recorded_at).is_some_and(|at| at < *before))
                    && kinds
                        .as_ref()
                        .is_none_or(|kinds| kinds.iter().any(|of| of == kind))
            }
        }
    }

    /// How many rows it erased.
    pub fn traces(&self) -> u64 {
        match self {
            Self::One(_) => 1,
            Self::Many { traces, .. } => *traces,
        }
    }
}
