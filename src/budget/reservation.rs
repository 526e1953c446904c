//! Reservations that are open: what was taken from budgets before a call, until it is known what the call cost.
//!
//! They lie in shared memory, in sets that their random ids choose. One that expires leaves what it took taken, so nothing
//! has to happen then; its place is free for another.

use pgrx::pg_shmem_init;
use pgrx::prelude::*;
use tenancy_core::budget::{Metric, Period};
use tenancy_core::random;
use uuid::Uuid;

use super::ledger::Taken;
use crate::catalog::now_unix_micros;
use crate::error::{Error, Result};
use crate::locked::{Locked, Shared};

/// Sets, each with a lock.
const SETS: usize = 256;
/// Reservations of a set. All sets have 16,384.
const PLACES: usize = 64;
const NONE: Taken = Taken {
    budget: Uuid::nil(),
    start: 0,
};
/// Where more than half of a set is taken, a tenant may have no more of it than this, so that none can take all.
const OF_A_TENANT: usize = PLACES / 8;
/// So many ids are tried, each in its set.
const TRIES: usize = 8;

#[derive(Clone, Copy)]
struct Place {
    /// InvalidOid when it is free.
    database: pg_sys::Oid,
    id: [u8; 16],
    tenant: [u8; 16],
    metric: u8,
    amount: u64,
    expires_at: i64,
    /// From which budgets it was taken; the nil id for none.
    taken: [Taken; Period::ALL.len()],
}

struct Set([Place; PLACES]);

// SAFETY: plain values, for which zeros will do.
unsafe impl Shared for Set {}

// SAFETY: the name is ours alone.
static RESERVATIONS: Locked<Set, SETS> = unsafe { Locked::new(c"pg_tenancy_reservation") };

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    pg_shmem_init!(RESERVATIONS);
}

/// An open reservation.
#[derive(Debug, Clone)]
pub struct Reservation {
    /// Of what.
    pub metric: Metric,
    /// How much, in the smallest unit.
    pub amount: u64,
    /// From which budgets it was taken.
    pub taken: Vec<Taken>,
}

fn set(id: &Uuid) -> usize {
    usize::from(id.as_bytes().first().copied().unwrap_or(0)) % SETS
}

fn database() -> pg_sys::Oid {
    // SAFETY: a static variable of the backend.
    unsafe { pg_sys::MyDatabaseId }
}

impl Place {
    fn is_open(&self, now: i64) -> bool {
        self.database != pg_sys::InvalidOid && now < self.expires_at
    }

    fn is(&self, id: &Uuid, tenant: &Uuid, now: i64) -> bool {
        self.is_open(now)
            && self.database == database()
            && self.id == *id.as_bytes()
            && self.tenant == *tenant.as_bytes()
    }

    fn taken(&self) -> Vec<Taken> {
        let all = self.taken.iter();
        all.filter(|taken| !taken.budget.is_nil())
            .copied()
            .collect()
    }
}

/// Keeps a reservation for which an amount was taken; gives its id.
pub fn open(
    tenant: Uuid,
    metric: Metric,
    amount: u64,
    expires_at: i64,
    taken: &[Taken],
) -> Result<Uuid> {
    let mut from = [NONE; Period::ALL.len()];
    for (to, taken) in from.iter_mut().zip(taken) {
        *to = *taken;
    }
    for _ in 0..TRIES {
        let id = random::uuid_v4().map_err(|_| Error::NoRandom)?;
        let now = now_unix_micros();
        let kept = RESERVATIONS.with(set(&id), |set| {
            let open = set.0.iter().filter(|place| place.is_open(now));
            let (all, own) = open.fold((0, 0), |(all, own), place| {
                (
                    all + 1,
                    own + usize::from(place.tenant == *tenant.as_bytes()),
                )
            });
            if all >= PLACES / 2 && own >= OF_A_TENANT {
                return false;
            }
            let free = set.0.iter_mut().find(|place| !place.is_open(now));
            free.is_some_and(|place| {
                *place = Place {
                    database: database(),
                    id: *id.as_bytes(),
                    tenant: *tenant.as_bytes(),
                    metric: metric as u8,
                    amount,
                    expires_at,
                    taken: from,
                };
                true
            })
        });
        if kept {
            return Ok(id);
        }
    }
    Err(Error::NoReservation)
}

/// What is kept of an open reservation of a tenant.
fn read(place: &Place) -> Option<Reservation> {
    Some(Reservation {
        metric: *Metric::ALL.get(usize::from(place.metric))?,
        amount: place.amount,
        taken: place.taken(),
    })
}

/// A tenant's open reservation; `None` where it is not open, or another's.
pub fn find(id: &Uuid, tenant: &Uuid) -> Option<Reservation> {
    let now = now_unix_micros();
    RESERVATIONS.with(set(id), |set| {
        read(set.0.iter().find(|place| place.is(id, tenant, now))?)
    })
}

/// The same, and ends it: of several that ask, one gets it.
pub fn close(id: &Uuid, tenant: &Uuid) -> Option<Reservation> {
    let now = now_unix_micros();
    RESERVATIONS.with(set(id), |set| {
        let place = set.0.iter_mut().find(|place| place.is(id, tenant, now))?;
        place.database = pg_sys::InvalidOid;
        read(place)
    })
}

/// What is reserved of a budget, in the period that began then.
pub fn reserved(taken: Taken) -> u64 {
    let now = now_unix_micros();
    let of_set = |number| {
        RESERVATIONS.with(number, |set| {
            let open = set.0.iter().filter(|place| {
                place.is_open(now) && place.database == database() && place.taken.contains(&taken)
            });
            open.fold(0u64, |sum, place| sum.saturating_add(place.amount))
        })
    };
    (0..SETS)
        .map(of_set)
        .fold(0, |sum, part| sum.saturating_add(part))
}
