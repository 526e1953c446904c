//! Keeping what is written as it is. Rows of the record and of its log change by the extension's own hand alone: also a
//! superuser must take the trigger away first, and what the log no longer matches shows.

use std::cell::Cell;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use crate::error::{Error, Result, refuse};

thread_local! {
    static OPEN: Cell<bool> = const { Cell::new(false) };
}

/// Closes when it is dropped, also when an error unwinds.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        OPEN.set(false);
    }
}

/// Runs statements of the extension's own that may change rows.
pub fn open<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    OPEN.set(true);
    let _closing = Closing;
    run()
}

/// Statement trigger on the record and its log.
#[pg_trigger]
#[search_path(pg_catalog, pg_temp)]
pub fn _append_only<'a>(
    trigger: &'a pgrx::PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, impl WhoAllocated>>, ErrorReport> {
    if !OPEN.get() {
        // Raised here: pgrx would wrap what a trigger gives back.
        refuse(Err(Error::AppendOnly(
            trigger.table_name().unwrap_or_default(),
        )));
    }
    Ok(None::<PgHeapTuple<'a, pgrx::AllocatedByRust>>)
}
