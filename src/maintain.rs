//! `tenancy.maintain`: what is to be done now and then, by any scheduler.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{JsonB, pg_sys};
use serde_json::json;

use crate::error::Error;
use crate::{budget, index, query, trace, usage};

/// Most leases of periods that are over which one call deletes.
const LEASES: i64 = 100_000;

/// Writes down when keys were last used, encodes vectors anew where indexes have found better centres for their tenants,
/// erases payloads of traces that are past their retention, deletes leases of budgets of periods that are over, and
/// seals. Gives what it did.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn maintain() -> Result<JsonB, ErrorReport> {
    query::require_writable(c"tenancy.maintain()");
    let key_uses = usage::write_down()?;
    let mut pages = 0;
    for index in query::column::<pg_sys::Oid>(include_str!("../sql/vector_indexes.sql"), &[])? {
        match index::recode(index) {
            Ok(changed) => pages += changed,
            // The others need not wait for its REINDEX.
            Err(error @ Error::CorruptIndex { .. }) => error.warn(),
            Err(error) => return Err(error.into()),
        }
    }
    let redacted = trace::retain()?;
    let leases = budget::maintain(LEASES)?;
    let sealed = trace::seal_if_set_up()?;
    Ok(JsonB(json!({
        "key_uses_written": key_uses,
        "index_pages_encoded": pages,
        "payloads_erased": redacted,
        "leases_deleted": leases,
        "tenants_sealed": sealed,
    })))
}
