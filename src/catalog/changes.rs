//! Hearing of changes of the tables that are read: the shared generation moves, or an invalidation of one of the tables
//! arrives, which is how a standby hears of changes.

use std::cell::Cell;
use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

use pgrx::prelude::*;

use crate::shared;

/// The tables whose changes are heard of, once they have been read.
const WATCHED: [&CStr; 6] = [
    c"tenant",
    c"api_key",
    c"read_grant",
    c"protected_table",
    c"budget",
    c"budget_lease",
];

thread_local! {
    static REGISTERED: Cell<bool> = const { Cell::new(false) };
    /// What those tables are in this database.
    static OIDS: Cell<[pg_sys::Oid; WATCHED.len()]> = const { Cell::new([pg_sys::InvalidOid; WATCHED.len()]) };
}

/// Invalidations heard. Not thread-local, which in a shared library costs a call, and this is read for every row.
static HEARD: AtomicU64 = AtomicU64::new(0);

/// A number that changes whenever something remembered may have become untrue. Read it before reading rows.
#[inline]
pub fn generation() -> u64 {
    // HEARD counts invalidations, so that on a standby, where nobody bumps the shared one, the sum still moves.
    shared::generation().wrapping_add(HEARD.load(Ordering::Relaxed))
}

#[pg_guard]
unsafe extern "C-unwind" fn heard(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    // Which relation it was is not looked up here (no catalog access in a callback): InvalidOid means all, and the
    // tables' oids are remembered from the last read.
    if relation == pg_sys::InvalidOid || OIDS.get().contains(&relation) {
        HEARD.fetch_add(1, Ordering::Relaxed);
    }
}

/// Has changes of a table heard from now on.
pub fn watch(name: &CStr, table: pg_sys::Oid) {
    listen();
    let mut oids = OIDS.get();
    for (oid, watched) in oids.iter_mut().zip(WATCHED) {
        if watched == name {
            *oid = table;
        }
    }
    OIDS.set(oids);
}

/// Has invalidations heard from now on.
pub fn listen() {
    if !REGISTERED.replace(true) {
        // SAFETY: registered once a backend, with a function that lives as long as the library.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(heard), pg_sys::Datum::from(0usize)) };
    }
}
