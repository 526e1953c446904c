//! `tenancy.recall`: the rows of a protected table that are nearest to a vector, and what `tenancy.recall_plan` says of
//! it. It builds one query and runs it as the caller: policies decide what is read, recall only asks well.
//!
//! | file | concept |
//! |---|---|
//! | `request` | the arguments, checked, and the query they make |
//! | `table` | what the catalogs say of the table, its vector column and the index on it |
//! | `filter` | conditions on columns |
//! | `parameters` | the query's values |
//! | `plan` | running the query; plans are kept |

mod filter;
mod parameters;
mod plan;
mod request;
mod table;

use std::time::Instant;

use pgrx::IntoDatum;
use pgrx::prelude::*;
use serde_json::json;

use crate::error::Result;
use crate::trace::{self, Entry};
use crate::{frame, guc, query, session};
use request::{Request, Steps};

version_1!(tenancy_recall, pg_finfo_tenancy_recall);
version_1!(tenancy_recall_plan, pg_finfo_tenancy_recall_plan);

/// `tenancy.recall("row" anyelement, query vector, k integer, scope tenancy.scope, filter jsonb, text_query text,
/// vector_column name, text_column name) RETURNS SETOF anyelement`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_recall(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        match rows(fcinfo) {
            Ok(()) => frame::null(fcinfo),
            Err(error) => frame::raise(fcinfo, error),
        }
    }
}

/// `tenancy.recall_plan(the same) RETURNS TABLE (step text, detail text)`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_recall_plan(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        match steps(fcinfo) {
            Ok(()) => frame::null(fcinfo),
            Err(error) => frame::raise(fcinfo, error),
        }
    }
}

unsafe fn rows(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: Postgres's own frame.
    let request = unsafe { Request::read(fcinfo, &mut Steps(None)) }?;
    if !(guc::trace_recall() && session::is_bound()) {
        // SAFETY: as above.
        return unsafe { plan::run(fcinfo, request) }.map(|_| ());
    }
    query::require_writable(c"tenancy.recall() with tenancy.trace_recall");
    let (table, k) = (request.query.table.clone(), request.query.k);
    let hybrid = request.query.text.is_some();
    let began = Instant::now();
    // SAFETY: as above.
    let rows = unsafe { plan::run(fcinfo, request) }?;
    let detail = json!({ "table": table, "k": k, "rows": rows, "hybrid": hybrid });
    trace::record(&Entry {
        kind: "recall",
        duration_ms: Some(began.elapsed().as_secs_f64() * 1000.0),
        detail: Some(detail.to_string()),
        ..Entry::default()
    })?;
    Ok(())
}

unsafe fn steps(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: Postgres's own frame, of a function that gives two texts a row; it makes the result's store.
    unsafe {
        let mut steps = Steps(Some(Vec::new()));
        Request::read(fcinfo, &mut steps)?;
        pg_sys::InitMaterializedSRF(fcinfo, 0);
        let result = (*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        for (step, detail) in steps.0.unwrap_or_default() {
            let mut values = [step.into_datum(), detail.into_datum()]
                .map(|v| v.unwrap_or(pg_sys::Datum::null()));
            pg_sys::tuplestore_putvalues(
                (*result).setResult,
                (*result).setDesc,
                values.as_mut_ptr(),
                [false; 2].as_mut_ptr(),
            );
        }
    }
    Ok(())
}

extension_sql!(
    r#"
CREATE FUNCTION tenancy.recall("row" anyelement, query vector, k integer DEFAULT 10, scope tenancy.scope DEFAULT '{}',
                               filter jsonb DEFAULT '{}', text_query text DEFAULT NULL,
                               vector_column name DEFAULT NULL, text_column name DEFAULT NULL) RETURNS SETOF anyelement
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'tenancy_recall';
CREATE FUNCTION tenancy.recall_plan("row" anyelement, query vector, k integer DEFAULT 10,
                                    scope tenancy.scope DEFAULT '{}', filter jsonb DEFAULT '{}',
                                    text_query text DEFAULT NULL, vector_column name DEFAULT NULL,
                                    text_column name DEFAULT NULL) RETURNS TABLE (step text, detail text)
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'tenancy_recall_plan';
"#,
    name = "recall",
    requires = ["tables"]
);
