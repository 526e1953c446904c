//! Records of denials: of what was refused, though its transaction rolls back.
//!
//! Where an error of the extension is made, and where the log sees one of Postgres's own row security, it is noted in a
//! queue in shared memory, from where the scribe writes it to `tenancy.decision_trace`. What comes too fast is counted and not
//! kept; the count goes with the next that is.

use std::ffi::{CStr, c_int};
use std::sync::atomic::{AtomicBool, Ordering};

use pgrx::pg_shmem_init;
use pgrx::prelude::*;
use serde_json::json;
use tenancy_core::budget::Rate;
use tenancy_core::redact::redact;
use uuid::Uuid;

use crate::error::{self, Error, Result};
use crate::locked::{self, Locked, Shared};
use crate::time::now_unix_micros;
use crate::trace::{self, Entry, Identity};
use crate::{guc, scribe, session, transaction};

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A credential, or that it is bound here.
    Bind,
    /// What policies, the context or the guard forbid.
    Policy,
    /// Spending beyond a budget.
    Budget,
}

impl Kind {
    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Policy => "policy",
            Self::Budget => "budget",
        }
    }
}

/// A record of a denial.
#[derive(Debug, Clone)]
pub struct Denial {
    /// The bound tenant.
    pub tenant_id: Option<Uuid>,
    /// Who acted; empty when nobody is named.
    pub principal: String,
    /// The key that was bound.
    pub key_id: Option<Uuid>,
    /// The bound floor, a JSON text; `None` when it was too long to keep.
    pub scope: Option<String>,
    /// What was refused.
    pub kind: Kind,
    /// As Postgres packs it.
    pub sqlstate: c_int,
    /// The error's message, cut off where it is long.
    pub message: String,
    /// Microseconds since the Unix epoch.
    pub at: i64,
    /// How many like it were not kept before it.
    pub suppressed: u64,
}

/// Denials that wait to be written; more are counted only.
const PLACES: usize = 256;
/// Tenants' rates are kept in so many places; two may share one.
const BUCKETS: usize = 1024;
/// What a tenant, or those who have none, may have recorded.
const OF_A_TENANT: Rate = Rate {
    every: 1_000_000,
    burst: 60,
};
/// What is recorded in all.
const OF_ALL: Rate = Rate {
    every: 100_000,
    burst: 200,
};

/// A text of limited length.
struct Text<const N: usize> {
    length: u16,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    fn set(&mut self, text: &str) {
        let text = text.get(..text.floor_char_boundary(N)).unwrap_or("");
        self.length = text.len() as u16;
        if let Some(bytes) = self.bytes.get_mut(..text.len()) {
            bytes.copy_from_slice(text.as_bytes());
        }
    }

    fn get(&self) -> String {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or(&[]);
        String::from_utf8_lossy(bytes).into_owned()
    }
}

struct Place {
    /// InvalidOid when it is free.
    database: pg_sys::Oid,
    kind: u8,
    sqlstate: c_int,
    at: i64,
    suppressed: u64,
    /// Nil when there is none.
    tenant_id: [u8; 16],
    bound: bool,
    key_id: [u8; 16],
    principal: Text<256>,
    scope: Text<1024>,
    message: Text<240>,
}

#[derive(Clone, Copy)]
struct Bucket {
    rate: i64,
    suppressed: u64,
}

struct Queue {
    places: [Place; PLACES],
    buckets: [Bucket; BUCKETS],
    all: i64,
}

// SAFETY: plain values, for which zeros will do.
unsafe impl Shared for Queue {}

// SAFETY: the name is ours alone.
static QUEUE: Locked<Queue, 1> = unsafe { Locked::new(c"pg_tenancy_denial") };

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    pg_shmem_init!(QUEUE);
}

/// Whether anything of the extension was used in this session: in a database without it, nothing is recorded.
static USED: AtomicBool = AtomicBool::new(false);

/// Says that the extension is in this database.
#[inline]
pub fn used() {
    USED.store(true, Ordering::Relaxed);
}

/// Notes an error that is a denial. Raises nothing.
pub fn note(error: &Error) {
    if let Some(kind) = error.denial() {
        denied(kind, error.code() as c_int, &error.message());
    }
}

/// Notes an error of Postgres's own that is one of row security. Raises nothing.
///
/// # Safety
/// The entry is one that is about to be logged.
pub unsafe fn note_logged(entry: &pg_sys::ErrorData) {
    // Functions of the server's, as its messages are translated.
    const ROW_SECURITY: [&CStr; 2] = [c"ExecWithCheckOptions", c"check_enable_rls"];
    if entry.elevel != PgLogLevel::ERROR as c_int
        || entry.sqlerrcode != PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE as c_int
        || entry.funcname.is_null()
        || entry.message.is_null()
    {
        return;
    }
    // SAFETY: both are C strings of the entry.
    unsafe {
        if ROW_SECURITY.contains(&CStr::from_ptr(entry.funcname)) {
            let message = CStr::from_ptr(entry.message).to_string_lossy();
            denied(Kind::Policy, entry.sqlerrcode, &message);
        }
    }
}

/// Puts a denial into the queue, if it does not come too fast, and has the scribe write it.
fn denied(kind: Kind, sqlstate: c_int, message: &str) {
    // SAFETY: a static variable of the process.
    let is_session = unsafe { !pg_sys::MyProc.is_null() };
    let database = transaction::database();
    // A leader reports what its worker could not do.
    if !is_session
        || database == pg_sys::InvalidOid
        || transaction::in_worker()
        || scribe::is_scribe()
        // What a proof tries is nobody's doing.
        || session::pretending()
        || !USED.load(Ordering::Relaxed)
        || !guc::record_denials()
        || transaction::in_recovery()
    {
        return;
    }
    let clean = redact(message);
    let message = clean.as_deref().unwrap_or(message);
    let claimed = session::claimed();
    let tenant = claimed.as_ref().and_then(|claimed| claimed.tenant_id);
    let now = now_unix_micros();
    let kept = QUEUE.with(0, |queue| {
        let Queue {
            places,
            buckets,
            all,
        } = queue;
        let Some(bucket) = buckets.get_mut(bucket(tenant)) else {
            return false;
        };
        let free = places
            .iter_mut()
            .find(|place| place.database == pg_sys::InvalidOid);
        let (Some(rate), Some(rate_of_all), Some(place)) = (
            OF_A_TENANT.admit(bucket.rate, now),
            OF_ALL.admit(*all, now),
            free,
        ) else {
            bucket.suppressed = bucket.suppressed.saturating_add(1);
            return false;
        };
        bucket.rate = rate;
        *all = rate_of_all;
        place.database = database;
        place.kind = kind as u8;
        place.sqlstate = sqlstate;
        place.at = now;
        place.suppressed = std::mem::take(&mut bucket.suppressed);
        place.bound = tenant.is_some();
        place.tenant_id = *tenant.unwrap_or_default().as_bytes();
        let key_id = claimed.as_ref().and_then(|claimed| claimed.key_id);
        place.key_id = *key_id.unwrap_or_default().as_bytes();
        place
            .principal
            .set(claimed.as_ref().map_or("", |claimed| &claimed.principal));
        // Half a JSON text is none.
        let floor = claimed.as_ref().map_or("{}", |claimed| &claimed.floor);
        place
            .scope
            .set(if floor.len() <= 1024 { floor } else { "" });
        place.message.set(message);
        true
    });
    if kept {
        // Without a scribe it stays in the queue, for the next one.
        let _ = scribe::call(scribe::Work::Denials);
    }
}

/// Where a tenant's rate is kept.
fn bucket(tenant: Option<Uuid>) -> usize {
    locked::place_of(tenant.unwrap_or_default(), BUCKETS)
}

/// Takes what waits to be written in the scribe's database.
pub fn queued() -> Vec<Denial> {
    let database = transaction::database();
    let mut denials = Vec::with_capacity(PLACES);
    QUEUE.with(0, |queue| {
        for place in &mut queue.places {
            if place.database != database {
                continue;
            }
            place.database = pg_sys::InvalidOid;
            let key_id = Uuid::from_bytes(place.key_id);
            denials.push(Denial {
                tenant_id: place.bound.then(|| Uuid::from_bytes(place.tenant_id)),
                principal: place.principal.get(),
                key_id: (!key_id.is_nil()).then_some(key_id),
                scope: Some(place.scope.get()).filter(|scope| !scope.is_empty()),
                kind: match place.kind {
                    0 => Kind::Bind,
                    1 => Kind::Policy,
                    _ => Kind::Budget,
                },
                sqlstate: place.sqlstate,
                message: place.message.get(),
                at: place.at,
                suppressed: place.suppressed,
            });
        }
    });
    denials.sort_by_key(|denial| denial.at);
    denials
}

/// Counts what could not be written.
pub fn lost(denials: &[Denial]) {
    QUEUE.with(0, |queue| {
        for denial in denials {
            if let Some(bucket) = queue.buckets.get_mut(bucket(denial.tenant_id)) {
                bucket.suppressed = bucket
                    .suppressed
                    .saturating_add(denial.suppressed)
                    .saturating_add(1);
            }
        }
    });
}

/// Writes denials down; called by the scribe, in a transaction. Those of no tenant are the tenant shared's, whose traces
/// none but auditors read.
pub fn record_denials(denials: &[Denial]) -> Result<()> {
    for denial in denials {
        let sqlstate = error::sqlstate(denial.sqlstate);
        let identity = Identity {
            tenant_id: denial.tenant_id.unwrap_or_default(),
            scope: denial.scope.clone().unwrap_or_else(|| "{}".into()),
            principal: Some(denial.principal.clone()).filter(|p| !p.is_empty()),
            key_id: denial.key_id,
            ..Identity::default()
        };
        let detail = json!({
            "denied": denial.kind.name(),
            "message": denial.message,
            "suppressed": denial.suppressed,
        });
        trace::write(
            &identity,
            &Entry {
                kind: "denial",
                tier: Some(trace::OWN),
                outcome: Some(&sqlstate),
                detail: Some(detail.to_string()),
                recorded_at: Some(denial.at),
                ..Entry::default()
            },
        )?;
    }
    Ok(())
}
