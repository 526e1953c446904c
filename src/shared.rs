//! What every backend of the server shares: the seal key, and the generation of credentials.
//!
//! Both live in shared memory from postmaster start. The seal key is random and never leaves it, so a seal dies with
//! the postmaster. The generation is bumped after every committed change of a key's or tenant's row; a backend that
//! sees another generation than the one it last read drops what it remembers of credentials.

use std::sync::atomic::{AtomicU64, Ordering};

use pgrx::prelude::*;
use pgrx::shmem::PGRXSharedMemory;
use pgrx::{PgAtomic, pg_shmem_init};
use tenancy_core::seal::SealKey;

struct Shared {
    seal_key: [u8; 32],
    generation: AtomicU64,
}

// SAFETY: plain bytes and an atomic; no pointers, nothing to drop.
unsafe impl PGRXSharedMemory for Shared {}

// SAFETY: the name is ours alone.
static SHARED: PgAtomic<Shared> = unsafe { PgAtomic::new(c"pg_tenancy") };

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    pg_shmem_init!(SHARED = fresh());
}

fn fresh() -> Shared {
    let mut seal_key = [0u8; 32];
    // SAFETY: the pointer and length are those of a live array.
    if !unsafe { pg_sys::pg_strong_random(seal_key.as_mut_ptr().cast(), seal_key.len()) } {
        // In the postmaster, before any connection: the server must not start with a key that can be guessed.
        pgrx::pg_sys::panic::ErrorReport::from(crate::error::Error::NoRandom)
            .report(PgLogLevel::FATAL);
    }
    Shared {
        seal_key,
        generation: AtomicU64::new(1),
    }
}

thread_local! {
    /// The seal key, made ready once a backend: it is the same as long as the backend lives.
    static SEAL_KEY: SealKey = SealKey::from_bytes(SHARED.get().seal_key);
}

/// Hands the key under which this server's seals are made to `f`.
pub fn with_seal_key<R>(f: impl FnOnce(&SealKey) -> R) -> R {
    SEAL_KEY.with(f)
}

/// The present generation of credentials.
#[inline]
pub fn generation() -> u64 {
    SHARED.get().generation.load(Ordering::Acquire)
}

/// Makes every backend look at keys and tenants anew.
pub fn bump_generation() {
    SHARED.get().generation.fetch_add(1, Ordering::AcqRel);
}
