//! Points in time: the core counts microseconds since the Unix epoch, Postgres since 2000-01-01.

use std::time::SystemTime;

use pgrx::prelude::*;

use crate::error::{Error, Result};

/// Microseconds between the two epochs.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// The present time in microseconds since the Unix epoch. The system's own clock: a call into Postgres would cost a
/// setjmp, and this is asked for every row.
#[inline]
pub fn now_unix_micros() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        // A clock before 1970 proves nothing about any expiry.
        .unwrap_or(i64::MAX)
}

/// Microseconds since the Unix epoch; an infinite time stays beyond all others.
pub fn unix_micros(at: TimestampWithTimeZone) -> i64 {
    i64::from(at).saturating_add(POSTGRES_EPOCH)
}

/// The same; `None` for `infinity`, which counts as never.
pub fn expiry(at: TimestampWithTimeZone) -> Option<i64> {
    (i64::from(at) != i64::MAX).then(|| unix_micros(at))
}

/// The time so many microseconds after the Unix epoch.
pub fn timestamp(micros: i64) -> Result<TimestampWithTimeZone> {
    TimestampWithTimeZone::try_from(micros.saturating_sub(POSTGRES_EPOCH))
        .map_err(|e| Error::Sql(e.to_string()))
}
