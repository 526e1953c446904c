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
use crate::error::{Error, Result};
use crate::locked::{Locked, Shared};
use crate::time::now_unix_micros;
use crate::transaction;

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
    database: pg_sys::Oid,
    id: [u8; 16],
    tenant: [u8; 16],
    metric: u8,
    amount: u64,
    /// From which budgets it was taken; the nil id for none.
    taken: [Taken; Period::ALL.len()],
}

struct Set {
    /// When they expire; zero for places that are free. Apart from the rest, as all of them are looked at for each new one.
    expires_at: [i64; PLACES],
    places: [Place; PLACES],
}

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

impl Set {
    /// The places of open reservations, and their numbers.
    fn open(&self, now: i64) -> impl Iterator<Item = (usize, &Place)> {
        let places = self.expires_at.iter().zip(&self.places).enumerate();
        places
            .filter_map(move |(at, (expires_at, place))| (now < *expires_at).then_some((at, place)))
    }

    fn find(&self, id: &Uuid, tenant: &Uuid, now: i64) -> Option<(usize, &Place)> {
        let database = transaction::database();
        self.open(now).find(|(_, place)| {
            place.database == database
                && place.id == *id.as_bytes()
                && place.tenant == *tenant.as_bytes()
        })
    }
}

impl Place {
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
            let full = set.open(now).count() >= PLACES / 2;
            let of_tenant = |(_, place): &(usize, &Place)| place.tenant == *tenant.as_bytes();
            if full && set.open(now).filter(of_tenant).count() >= OF_A_TENANT {
                return false;
            }
            let Some(at) = set
                .expires_at
                .iter()
                .position(|expires_at| *expires_at <= now)
            else {
                return false;
            };
            let (Some(expires), Some(place)) = (set.expires_at.get_mut(at), set.places.get_mut(at))
            else {
                return false;
            };
            *expires = expires_at;
            *place = Place {
                database: transaction::database(),
                id: *id.as_bytes(),
                tenant: *tenant.as_bytes(),
                metric: metric as u8,
                amount,
                taken: from,
            };
            true
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
    RESERVATIONS.with(set(id), |set| read(set.find(id, tenant, now)?.1))
}

/// The same, and ends it: of several that ask, one gets it.
pub fn close(id: &Uuid, tenant: &Uuid) -> Option<Reservation> {
    let now = now_unix_micros();
    RESERVATIONS.with(set(id), |set| {
        let (at, place) = set.find(id, tenant, now)?;
        let closed = read(place);
        *set.expires_at.get_mut(at)? = 0;
        closed
    })
}

/// What is reserved of a budget, in the period that began then.
pub fn reserved(taken: Taken) -> u64 {
    let now = now_unix_micros();
    let of_set = |number| {
        RESERVATIONS.with(number, |set| {
            let database = transaction::database();
            let open = set
                .open(now)
                .filter(|(_, place)| place.database == database && place.taken.contains(&taken));
            open.fold(0u64, |sum, (_, place)| sum.saturating_add(place.amount))
        })
    };
    (0..SETS)
        .map(of_set)
        .fold(0, |sum, part| sum.saturating_add(part))
}
