//! When keys were last used. `bind` writes nothing to tables: it notes the time in shared memory, from where
//! `maintain` takes it to `tenancy.key_use`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use pgrx::prelude::*;
use pgrx::shmem::PGRXSharedMemory;
use pgrx::{PgAtomic, Spi, pg_shmem_init};
use uuid::Uuid;

use crate::error::Result;
use crate::id;
use crate::time::{now_unix_micros, timestamp};

/// Keys remembered. A key that finds no place among its few takes that of the least recently used one.
const PLACES: usize = 16 * 1024;
/// Places that a key may have.
const WAYS: usize = 8;
/// A backend notes a key once in so many microseconds.
const NOTED_EVERY: i64 = 1_000_000;

/// A key and when it was used last, in microseconds since the Unix epoch; zero for a free place. Written without a lock:
/// a torn entry is one of a key that nobody has, or a time that is off for a moment.
struct Place {
    high: AtomicU64,
    low: AtomicU64,
    at: AtomicI64,
}

struct Uses([Place; PLACES]);

// SAFETY: atomics; no pointers, nothing to drop.
unsafe impl PGRXSharedMemory for Uses {}

// SAFETY: the name is ours alone.
static USES: PgAtomic<Uses> = unsafe { PgAtomic::new(c"pg_tenancy_key_use") };

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    pg_shmem_init!(
        USES = Uses(
            [const {
                Place {
                    high: AtomicU64::new(0),
                    low: AtomicU64::new(0),
                    at: AtomicI64::new(0),
                }
            }; PLACES]
        )
    );
}

/// The places that a key may have, and its two halves.
fn places(key: &Uuid) -> (&'static [Place], u64, u64) {
    let (high, low) = key.as_u64_pair();
    // Random keys: any of their bits will do.
    let sets = (PLACES / WAYS) as u64;
    let first = usize::try_from(low % sets).unwrap_or(0) * WAYS;
    let places = USES.get().0.get(first..first + WAYS).unwrap_or(&[]);
    (places, high, low)
}

thread_local! {
    /// When this backend noted a key last.
    static NOTED: RefCell<HashMap<Uuid, i64>> = RefCell::default();
}

/// Most keys of which a backend remembers when it noted them.
const REMEMBERED: usize = 1024;

/// Notes that a key is used now.
pub fn note(key: Uuid) {
    let now = now_unix_micros();
    let recent = NOTED.with_borrow_mut(|noted| {
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        let before = noted.insert(key, now);
        match before {
            Some(at) if now.saturating_sub(at) < NOTED_EVERY => {
                noted.insert(key, at);
                true
            }
            _ => false,
        }
    });
    if recent {
        return;
    }
    let (places, high, low) = places(&key);
    let its = |place: &&Place| {
        place.high.load(Ordering::Relaxed) == high && place.low.load(Ordering::Relaxed) == low
    };
    if let Some(place) = places.iter().find(its) {
        place.at.fetch_max(now, Ordering::Relaxed);
    } else if let Some(place) = places.iter().min_by_key(|p| p.at.load(Ordering::Relaxed)) {
        place.at.store(0, Ordering::Relaxed);
        place.high.store(high, Ordering::Relaxed);
        place.low.store(low, Ordering::Relaxed);
        place.at.store(now, Ordering::Relaxed);
    }
}

/// When a key was used last, in microseconds since the Unix epoch, as far as is remembered.
fn last_used(key: &Uuid) -> Option<i64> {
    let (places, high, low) = places(key);
    places
        .iter()
        .find(|place| {
            place.high.load(Ordering::Relaxed) == high && place.low.load(Ordering::Relaxed) == low
        })
        .map(|place| place.at.load(Ordering::Relaxed))
        .filter(|at| *at != 0)
}

/// When a key was last bound, as far as this server remembers since it started.
#[pg_extern(
    volatile,
    strict,
    parallel_safe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.key_last_used(key_id uuid) RETURNS timestamptz
           LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
pub fn key_last_used(key_id: pgrx::Uuid) -> Option<TimestampWithTimeZone> {
    let at = last_used(&id::from_sql(key_id))?;
    timestamp(at).ok()
}

/// Writes down when keys were last used; gives how many rows it wrote.
pub fn write_down() -> Result<usize> {
    Spi::connect_mut(|client| {
        let rows = client.update(include_str!("../sql/maintain.sql"), None, &[])?;
        Ok(rows.len())
    })
}
