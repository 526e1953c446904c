//! The ledgers of budgets, in shared memory: of all databases, tenants, metrics and periods that are spent from now.
//!
//! All of a tenant's lie in one partition, so that several budgets are charged under one lock, all or none.

use pgrx::pg_shmem_init;
use pgrx::prelude::*;
use tenancy_core::budget::{Budget, Charge, Ledger, Metric, Period, Room, take, take_rest};
use uuid::Uuid;

use crate::catalog::TenantBudget;
use crate::error::{Error, Result};
use crate::locked::{self, Locked, Shared};
use crate::scribe::{self, Partitions};
use crate::time::now_unix_micros;
use crate::transaction;

/// Partitions, each with a lock.
const PARTITIONS: usize = 256;
/// Ledgers of a partition.
const PLACES: usize = 256;
/// A ledger that was not used for so many microseconds gives its place where there is no other. What is left of its lease
/// counts as spent then, as after a restart.
const IDLE: i64 = 600_000_000;
/// Most budgets of a tenant: of five metrics in four periods.
const BUDGETS: usize = Metric::ALL.len() * Period::ALL.len();
/// Who waits for a lease gives up after so many microseconds.
const PATIENCE: i64 = 5_000_000;
/// For a place for a background worker it waits no longer than this: parallel queries give theirs back soon.
const PATIENCE_FOR_WORKER: i64 = 2_000_000;
/// Asks again after so many microseconds, as a scribe may have ended with the question.
const ASK_AGAIN: i64 = 1_000_000;
/// And looks again after so many milliseconds at the latest.
const SLICE: i64 = 100;
/// The same where there was no place for a background worker.
const SHORT_SLICE: i64 = 5;

#[derive(Clone, Copy)]
struct Place {
    /// InvalidOid when it is free.
    database: pg_sys::Oid,
    budget: [u8; 16],
    ledger: Ledger,
    /// How much is to be leased in all, at least.
    needed: u64,
    /// Whether somebody asked for a lease that was not taken up yet.
    asked: bool,
    /// Counts the answers.
    round: u32,
    /// Whether the last answer was that nothing could be written.
    failed: bool,
    /// The limit that the last answer went by.
    ceiling: u64,
    /// When it was last spent from, in microseconds since the Unix epoch.
    used_at: i64,
}

struct Partition([Place; PLACES]);

// SAFETY: plain values, for which zeros will do.
unsafe impl Shared for Partition {}

// SAFETY: the name is ours alone.
static LEDGERS: Locked<Partition, PARTITIONS> = unsafe { Locked::new(c"pg_tenancy_ledger") };

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    pg_shmem_init!(LEDGERS);
}

fn partition(tenant: Uuid) -> usize {
    locked::place_of(tenant, PARTITIONS)
}

impl Place {
    fn is(&self, budget: &Uuid, database: pg_sys::Oid) -> bool {
        self.database == database && self.budget == *budget.as_bytes()
    }
}

impl Partition {
    fn find(&mut self, budget: &Uuid) -> Option<&mut Place> {
        let database = transaction::database();
        self.0.iter_mut().find(|place| place.is(budget, database))
    }

    /// The place of a ledger, or a new one: a free one, or one whose period is over, which nobody will ask for again; else
    /// the one that was not used for longest.
    fn find_or_make(&mut self, budget: &Uuid, now: i64) -> Option<usize> {
        let database = transaction::database();
        if let Some(at) = self.0.iter().position(|place| place.is(budget, database)) {
            if let Some(place) = self.0.get_mut(at) {
                place.used_at = now;
            }
            return Some(at);
        }
        let free = |place: &Place| place.database == pg_sys::InvalidOid || place.ledger.end <= now;
        let at = self.0.iter().position(free).or_else(|| {
            let (at, place) = self
                .0
                .iter()
                .enumerate()
                .min_by_key(|(_, place)| place.used_at)?;
            (now.saturating_sub(place.used_at) >= IDLE).then_some(at)
        })?;
        if let Some(place) = self.0.get_mut(at) {
            *place = Place {
                database,
                budget: *budget.as_bytes(),
                ledger: Ledger::default(),
                needed: 0,
                asked: false,
                round: place.round,
                failed: false,
                ceiling: 0,
                used_at: now,
            };
        }
        Some(at)
    }
}

/// An amount to be spent from a budget.
#[derive(Clone, Copy)]
pub struct Spending {
    /// The budget.
    pub budget: TenantBudget,
    /// The amount, in the smallest unit.
    pub amount: u64,
}

/// What became of an attempt.
enum Attempt {
    Taken,
    /// The scribe must write leases down first.
    Wait,
    Failed,
    /// That one has no room.
    Full(usize),
    NoPlace,
}

/// A budget in an attempt to spend, and what is remembered of it between two.
struct Part {
    id: Uuid,
    budget: Budget,
    amount: u64,
    place: usize,
    ledger: Ledger,
    /// The round in which a lease was asked for.
    asked_in: Option<u32>,
    asked_at: i64,
    crossed: bool,
}

/// What was taken from: a budget, in the period that began then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The budget.
    pub budget: Uuid,
    /// When the period began.
    pub start: i64,
}

/// Takes all the amounts, or none and says why. Waits for leases where it must; a statement that is cancelled while it
/// waits has taken nothing. Warns of soft budgets whose limit it crosses.
pub fn spend(tenant: Uuid, spendings: &[Spending]) -> Result<Vec<Taken>> {
    let mut parts: Vec<Part> = spendings
        .iter()
        .filter(|spending| spending.amount > 0)
        .take(BUDGETS)
        .map(|spending| Part {
            id: spending.budget.id,
            budget: spending.budget.budget,
            amount: spending.amount,
            place: 0,
            ledger: Ledger::default(),
            asked_in: None,
            asked_at: 0,
            crossed: false,
        })
        .collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let begun = now_unix_micros();
    let at = partition(tenant);
    let mut waits = false;
    let mut slice = SLICE;
    let outcome = loop {
        let now = now_unix_micros();
        let (attempt, nudge) = LEDGERS.with(at, |partition| partition.attempt(&mut parts, now));
        match attempt {
            Attempt::Taken => {
                if nudge {
                    // A soft budget goes on without.
                    let _ = scribe::call(scribe::Work::Lease(at));
                }
                break Ok(());
            }
            Attempt::Full(number) => break Err(exhausted(parts.get(number))),
            Attempt::Failed => break Err(Error::LeaseFailed),
            Attempt::NoPlace => break Err(Error::NoLedger),
            Attempt::Wait if now.saturating_sub(begun) >= PATIENCE => {
                break Err(Error::LeaseFailed);
            }
            Attempt::Wait => match scribe::call(scribe::Work::Lease(at)) {
                Ok(desk) => {
                    waits = true;
                    scribe::answered(desk, slice);
                    slice = SLICE;
                }
                // For a moment after, no start is tried, and the next round waits.
                Err(Error::NoScribe) if now.saturating_sub(begun) < PATIENCE_FOR_WORKER => {
                    slice = SHORT_SLICE;
                }
                Err(error) => break Err(error),
            },
        }
    };
    if waits {
        scribe::waited();
    }
    outcome?;
    for part in parts.iter().filter(|part| part.crossed) {
        Error::BudgetCrossed {
            metric: part.budget.metric,
            detail: detail(part),
        }
        .warn();
    }
    Ok(parts
        .iter()
        .map(|part| Taken {
            budget: part.id,
            start: part.ledger.start,
        })
        .collect())
}

/// Takes what is left, up to the amounts: for what was spent already, where [`spend`] found no room.
pub fn spend_rest(tenant: Uuid, spendings: &[Spending]) {
    let now = now_unix_micros();
    LEDGERS.with(partition(tenant), |partition| {
        for spending in spendings.iter().filter(|spending| spending.amount > 0) {
            let budget = spending.budget.budget;
            let at = partition.find_or_make(&spending.budget.id, now);
            if let Some(place) = at.and_then(|at| partition.0.get_mut(at)) {
                place.ledger.roll(budget.period, now);
                take_rest(&mut [Charge {
                    budget: &budget,
                    amount: spending.amount,
                    ledger: &mut place.ledger,
                }]);
            }
        }
    });
}

fn exhausted(part: Option<&Part>) -> Error {
    part.map_or(Error::NoLedger, |part| Error::BudgetExhausted {
        metric: part.budget.metric,
        detail: detail(part),
    })
}

/// What an administrator wants to know of a budget that has no room.
fn detail(part: &Part) -> String {
    use tenancy_core::budget::Amount;
    let budget = part.budget;
    let text = |units: u64| Amount::from_units(units).to_text(budget.metric);
    format!(
        "Metric {}: limit {} per {}, used {} with what is reserved, requested {}; resets at {}.",
        budget.metric.name(),
        text(budget.limit.units()),
        budget.period.name(),
        text(part.ledger.taken),
        text(part.amount),
        tenancy_core::timestamp::rfc3339(part.ledger.end).unwrap_or_else(|| "no time".into()),
    )
}

impl Partition {
    /// One attempt, under the lock; whether a soft budget is to be written down, too.
    fn attempt(&mut self, parts: &mut [Part], now: i64) -> (Attempt, bool) {
        for part in parts.iter_mut() {
            let Some(at) = self.find_or_make(&part.id, now) else {
                return (Attempt::NoPlace, false);
            };
            part.place = at;
            if let Some(place) = self.0.get_mut(at) {
                place.ledger.roll(part.budget.period, now);
                part.ledger = place.ledger;
            }
        }
        let mut charges: Vec<Charge> = Vec::with_capacity(BUDGETS);
        for part in parts.iter_mut() {
            charges.push(Charge {
                budget: &part.budget,
                amount: part.amount,
                ledger: &mut part.ledger,
            });
        }
        let room = take(&mut charges);
        let rooms: Vec<Room> = match room {
            Room::Enough => Vec::new(),
            _ => charges.iter().map(Charge::room).collect(),
        };
        drop(charges);
        match room {
            Room::Enough => {
                let mut nudge = false;
                for part in parts.iter_mut() {
                    let budget = part.budget;
                    part.crossed = budget.mode == tenancy_core::budget::Mode::Soft
                        && part.ledger.newly_crossed(&budget);
                    if let Some(place) = self.0.get_mut(part.place) {
                        place.ledger = part.ledger;
                        if let Some(behind) = part.ledger.behind(&budget) {
                            place.ask(part.ledger.leased.saturating_add(behind));
                            nudge = true;
                        }
                    }
                }
                (Attempt::Taken, nudge)
            }
            Room::Full => {
                let first = rooms.iter().position(|room| *room == Room::Full);
                (Attempt::Full(first.unwrap_or(0)), false)
            }
            Room::Short(_) => {
                for (number, room) in rooms.iter().enumerate() {
                    let (Room::Short(short), Some(part)) = (room, parts.get_mut(number)) else {
                        continue;
                    };
                    if let Some(place) = self.0.get_mut(part.place) {
                        let answered = part.asked_in.is_some_and(|round| round != place.round);
                        if answered && place.failed {
                            return (Attempt::Failed, false);
                        }
                        let total = part.ledger.taken.saturating_add(part.amount);
                        // What the scribe went by may be lower than what is remembered here.
                        if answered && part.ledger.opened && total > place.ceiling {
                            return (Attempt::Full(number), false);
                        }
                        // Once for each answer, or else more would be leased than is needed.
                        if part.asked_in == Some(place.round)
                            && now.saturating_sub(part.asked_at) < ASK_AGAIN
                        {
                            continue;
                        }
                        part.asked_in = Some(place.round);
                        part.asked_at = now;
                        place.ask(part.ledger.leased.saturating_add(*short));
                    }
                }
                (Attempt::Wait, false)
            }
        }
    }
}

impl Place {
    fn ask(&mut self, needed: u64) {
        self.needed = self.needed.max(needed);
        self.asked = true;
    }
}

/// Gives back what was taken, where its period still lasts.
pub fn give_back(tenant: Uuid, taken: &[Taken], amount: u64) {
    LEDGERS.with(partition(tenant), |partition| {
        for Taken { budget, start } in taken {
            if let Some(place) = partition.find(budget) {
                place.ledger.give_back(*start, amount);
            }
        }
    });
}

/// A ledger as it is now; `None` when nothing was spent from it since the server started, or in this period. It may not
/// be opened yet.
pub fn peek(tenant: Uuid, budget: &Uuid) -> Option<Ledger> {
    let now = now_unix_micros();
    LEDGERS.with(partition(tenant), |partition| {
        let place = partition.find(budget)?;
        (now < place.ledger.end).then_some(place.ledger)
    })
}

// ---------------------------------------------------------------------------------------------------------------
// For the scribe

/// A lease that somebody asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    partition: usize,
    /// Of which budget.
    pub budget: Uuid,
    /// Of the period that began then.
    pub start: i64,
    /// What is leased as far as the ledger knows.
    pub known: u64,
    /// How much more is needed at least.
    pub short: u64,
}

/// Takes up what was asked for in this database.
pub fn asked(partitions: &Partitions) -> Vec<Ask> {
    let database = transaction::database();
    let mut asks = Vec::with_capacity(PLACES);
    for number in 0..PARTITIONS {
        let word = partitions.get(number / 64).copied().unwrap_or(0);
        if word >> (number % 64) & 1 == 0 {
            continue;
        }
        asks.reserve(PLACES);
        LEDGERS.with(number, |partition| {
            for place in &mut partition.0 {
                if place.database != database || !place.asked {
                    continue;
                }
                place.asked = false;
                let known = if place.ledger.opened {
                    place.ledger.leased
                } else {
                    0
                };
                let short = std::mem::take(&mut place.needed).saturating_sub(known);
                // The lease before this was enough for who asked meanwhile, too.
                if place.ledger.opened && short == 0 {
                    place.round = place.round.wrapping_add(1);
                    place.failed = false;
                    continue;
                }
                asks.push(Ask {
                    partition: number,
                    budget: Uuid::from_bytes(place.budget),
                    start: place.ledger.start,
                    known,
                    short,
                });
            }
        });
    }
    asks
}

/// A lease that is written down.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// The budget's period.
    pub period: Period,
    /// The period that began then, which may be later than the one asked for.
    pub start: i64,
    /// What was leased.
    pub before: u64,
    /// What is now.
    pub after: u64,
    /// The limit that was gone by.
    pub ceiling: u64,
}

/// Answers an ask: with a lease, or that there is none.
pub fn answer(ask: &Ask, lease: Option<&Lease>) {
    LEDGERS.with(ask.partition, |partition| {
        if let Some(place) = partition.find(&ask.budget) {
            place.round = place.round.wrapping_add(1);
            place.failed = lease.is_none();
            if let Some(lease) = lease {
                place.ceiling = lease.ceiling;
                place
                    .ledger
                    .extend(lease.period, lease.start, lease.before, lease.after);
            }
        }
    });
}
