//! Queries that ran before the context was narrowed or taken back. What such a query has sorted or otherwise gathered
//! holds rows that the narrower context does not reach, so it gives no more rows.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::{session, transaction};

thread_local! {
    /// Queries that first ran in a narrowed context, by their address: in which transaction, and how often it had been
    /// narrowed by then. An address is overwritten by the next query there, at its first run.
    static BEGUN: RefCell<HashMap<usize, (u32, u32)>> = RefCell::default();
}

/// Past so many, those of earlier transactions are forgotten.
const REMEMBERED: usize = 256;

/// Notes that a query runs for the first time.
pub fn begin(query: usize) {
    let now = (transaction::lxid(), session::narrowed());
    if now.1 == 0 {
        return;
    }
    BEGUN.with_borrow_mut(|begun| {
        if begun.len() >= REMEMBERED {
            begun.retain(|_, (of, _)| *of == now.0);
        }
        begun.insert(query, now);
    });
}

/// Refuses to run a query on that first ran before the context was narrowed.
pub fn require_begun_since(query: usize) -> Result<()> {
    let now = (transaction::lxid(), session::narrowed());
    if now.1 == 0 || BEGUN.with_borrow(|begun| begun.get(&query) == Some(&now)) {
        Ok(())
    } else {
        Err(Error::BegunWider)
    }
}
