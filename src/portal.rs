//! Queries begun before the context was narrowed or taken back. What such a query has sorted or otherwise gathered holds rows that the
//! narrower context does not reach, so it gives no more rows.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::{session, transaction};

thread_local! {
    /// Queries begun in a narrowed context, by their address: in which transaction, and how often it had been narrowed
    /// by then. One that failed stays until its address or its place is needed.
    static BEGUN: RefCell<HashMap<usize, (u32, u32)>> = RefCell::default();
}

/// Past so many, those of earlier transactions are forgotten.
const REMEMBERED: usize = 256;

/// Notes that a query begins.
pub fn begin(query: usize) {
    let narrowed = session::narrowed();
    if narrowed == 0 {
        return;
    }
    let lxid = transaction::lxid();
    BEGUN.with_borrow_mut(|begun| {
        if begun.len() >= REMEMBERED {
            begun.retain(|_, (of, _)| *of == lxid);
        }
        begun.insert(query, (lxid, narrowed));
    });
}

/// Notes that a query has ended.
pub fn end(query: usize) {
    if session::narrowed() != 0 {
        BEGUN.with_borrow_mut(|begun| begun.remove(&query));
    }
}

/// Refuses to run a query that began before the context was narrowed.
pub fn require_begun_since(query: usize) -> Result<()> {
    let narrowed = session::narrowed();
    let now = (transaction::lxid(), narrowed);
    if narrowed == 0 || BEGUN.with_borrow(|begun| begun.get(&query) == Some(&now)) {
        Ok(())
    } else {
        Err(Error::BegunWider)
    }
}
