//! The scribe: a background worker that writes down what must stay though the transaction that caused it rolls back.
//!
//! One a database, started when there is something to write, and gone after a short idle time. Who asks leaves what is
//! to be written in shared memory (`budget::ledger`, `denial`), calls [`call`], and may wait for [`answered`]. The
//! scribe takes all that is there and writes it in one transaction.

use std::ffi::CStr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use pgrx::{PgTryBuilder, pg_shmem_init};

use crate::budget::lease;
use crate::error::{Error, Result};
use crate::locked::{Locked, Shared};
use crate::time::now_unix_micros;
use crate::{denial, query, transaction};

/// Databases that can have a scribe at once.
const DATABASES: usize = 256;
/// A desk without a scribe that was not called for so many microseconds may become another database's.
const LEFT_AFTER: i64 = 10_000_000;
/// After so long without work it ends.
const IDLE: Duration = Duration::from_secs(2);
/// A worker that has not begun after so many microseconds never will.
const STARTS_WITHIN: i64 = 5_000_000;
/// A worker that ended at once is not started again within so many microseconds.
const PAUSE: i64 = 200_000;
/// Where there was no place for one, it is tried again after so many: parallel queries come and go.
const SHORT_PAUSE: i64 = 5_000;
/// For records of denials, for which nobody waits, it is not tried before so many are over.
const LONG_PAUSE: i64 = 1_000_000;

/// Bits for the partitions of ledgers in which somebody waits for a lease.
pub type Partitions = [u64; 4];

/// What there is to write.
#[derive(Clone, Copy)]
pub enum Work {
    /// A lease, for a ledger of that partition.
    Lease(usize),
    /// Records of denials.
    Denials,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    Absent = 0,
    Starting,
    Running,
}

struct Desk {
    database: pg_sys::Oid,
    state: State,
    /// When it was last started, in microseconds since the Unix epoch.
    since: i64,
    /// How long no other is started then.
    pause: i64,
    leases: Partitions,
    denials: bool,
    /// The scribe waits here for work.
    bell: pg_sys::ConditionVariable,
    /// Who asked waits here for the answer.
    answer: pg_sys::ConditionVariable,
}

struct Desks([Desk; DATABASES]);

// SAFETY: plain values; zero is InvalidOid and Absent.
unsafe impl Shared for Desks {
    unsafe fn prepare(this: *mut Self) {
        for number in 0..DATABASES {
            // SAFETY: nobody else sees it yet.
            unsafe {
                let desk = &raw mut (*this).0[number];
                pg_sys::ConditionVariableInit(&raw mut (*desk).bell);
                pg_sys::ConditionVariableInit(&raw mut (*desk).answer);
            }
        }
    }
}

// SAFETY: the name is ours alone.
static DESKS: Locked<Desks, 1> = unsafe { Locked::new(c"pg_tenancy_scribe") };

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    pg_shmem_init!(DESKS);
}

/// This database's desk, by its number; made when there is none. `None` when all are others'.
fn find(desks: &mut Desks, database: pg_sys::Oid) -> Option<(usize, &mut Desk)> {
    let now = now_unix_micros();
    let desks = &mut desks.0;
    let at = desks
        .iter()
        .position(|desk| desk.database == database || desk.database == pg_sys::InvalidOid)
        .or_else(|| desks.iter().position(|desk| desk.is_left(now)))?;
    let desk = desks.get_mut(at)?;
    if desk.database != database {
        desk.database = database;
        desk.state = State::Absent;
        desk.leases = Partitions::default();
        desk.denials = false;
    }
    Some((at, desk))
}

impl Desk {
    /// Whether its database may be gone. If it is not, who waits at the desk calls again, and gets another.
    fn is_left(&self, now: i64) -> bool {
        self.state != State::Running && now.saturating_sub(self.since) > LEFT_AFTER
    }
}

fn bell(desk: usize) -> *mut pg_sys::ConditionVariable {
    // SAFETY: a place within the array; no reference is made, as a condition variable has a lock of its own.
    unsafe { &raw mut (*DESKS.pointer(0)).0[desk % DATABASES].bell }
}

fn answer(desk: usize) -> *mut pg_sys::ConditionVariable {
    // SAFETY: as for `bell`.
    unsafe { &raw mut (*DESKS.pointer(0)).0[desk % DATABASES].answer }
}

/// Says that there is something to write, starts the scribe if there is none, and gives the desk to wait at. Not to be
/// called on a standby, which writes nothing. Allocates nothing.
pub fn call(work: Work) -> Result<usize> {
    let now = now_unix_micros();
    let database = transaction::database();
    let (desk, start) = DESKS
        .with(0, |desks| {
            let (at, desk) = find(desks, database)?;
            let age = now.saturating_sub(desk.since);
            let pause = match work {
                Work::Lease(partition) => {
                    if let Some(word) = desk.leases.get_mut(partition / 64) {
                        *word |= 1 << (partition % 64);
                    }
                    desk.pause
                }
                Work::Denials => {
                    desk.denials = true;
                    desk.pause.max(LONG_PAUSE)
                }
            };
            let start = match desk.state {
                State::Running => false,
                State::Starting => !(0..STARTS_WITHIN).contains(&age),
                State::Absent => !(0..pause).contains(&age),
            };
            if start {
                desk.state = State::Starting;
                desk.since = now;
                desk.pause = PAUSE;
            }
            Some((at, start))
        })
        .ok_or(Error::NoDesk)?;
    if start && !start_worker(database) {
        DESKS.with(0, |desks| {
            if let Some((_, desk)) = find(desks, database)
                && desk.state == State::Starting
                && desk.since == now
            {
                desk.state = State::Absent;
                desk.pause = SHORT_PAUSE;
            }
        });
        return Err(Error::NoScribe);
    }
    // SAFETY: a condition variable in shared memory; raises nothing.
    unsafe { pg_sys::ConditionVariableSignal(bell(desk)) };
    Ok(desk)
}

/// Waits at a desk for the scribe to have written something, for so many milliseconds at most. The first call only gets
/// ready to wait, so that what is looked at between two calls is not missed.
pub fn answered(desk: usize, milliseconds: i64) {
    // SAFETY: a condition variable in shared memory. What it raises, when the query is cancelled, the guard passes on.
    unsafe {
        pg_sys::ConditionVariableTimedSleep(
            answer(desk),
            milliseconds.max(1),
            pg_sys::PG_WAIT_EXTENSION,
        );
    }
}

/// Ends waiting.
pub fn waited() {
    // SAFETY: static state of the backend.
    unsafe { pg_sys::ConditionVariableCancelSleep() };
}

fn start_worker(database: pg_sys::Oid) -> bool {
    let mut worker = pg_sys::BackgroundWorker {
        bgw_flags: (pg_sys::BGWORKER_SHMEM_ACCESS | pg_sys::BGWORKER_BACKEND_DATABASE_CONNECTION)
            as i32,
        bgw_start_time: pg_sys::BgWorkerStartTime::BgWorkerStart_RecoveryFinished,
        bgw_restart_time: pg_sys::BGW_NEVER_RESTART,
        bgw_main_arg: pg_sys::Datum::from(database.to_u32()),
        ..Default::default()
    };
    fill(&mut worker.bgw_name, c"pg_tenancy scribe");
    fill(&mut worker.bgw_type, c"pg_tenancy scribe");
    fill(&mut worker.bgw_library_name, c"pg_tenancy");
    fill(&mut worker.bgw_function_name, c"pg_tenancy_scribe");
    // SAFETY: the struct is copied; without a handle nothing is allocated.
    unsafe { pg_sys::RegisterDynamicBackgroundWorker(&mut worker, std::ptr::null_mut()) }
}

fn fill(field: &mut [std::ffi::c_char], text: &CStr) {
    for (to, from) in field.iter_mut().zip(text.to_bytes()) {
        *to = *from as std::ffi::c_char;
    }
}

// ---------------------------------------------------------------------------------------------------------------
// The worker

/// The database that this process writes for; zero in all others.
static SERVES: AtomicU32 = AtomicU32::new(0);

/// Whether this process is a scribe.
pub fn is_scribe() -> bool {
    SERVES.load(Ordering::Relaxed) != 0
}

unsafe extern "C-unwind" {
    // Declared here, as pgrx's wrapper is no function that a signal can call.
    fn die(signal: i32);
}

/// Where the worker begins.
///
/// # Safety
/// Called by Postgres in a background worker.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn pg_tenancy_scribe(argument: pg_sys::Datum) {
    let database = pg_sys::Oid::from(argument.value() as u32);
    // SAFETY: the order that Postgres asks for: signals, then the connection, as the bootstrap superuser.
    unsafe {
        let terminate: pg_sys::pqsigfunc = Some(die);
        #[cfg(feature = "pg18")]
        pg_sys::pqsignal_be(pg_sys::SIGTERM as i32, terminate);
        #[cfg(not(feature = "pg18"))]
        pg_sys::pqsignal(pg_sys::SIGTERM as i32, terminate);
        pg_sys::BackgroundWorkerUnblockSignals();
        let begun = DESKS.with(0, |desks| {
            find(desks, database).is_some_and(|(_, desk)| {
                let first = desk.state != State::Running;
                desk.state = State::Running;
                first
            })
        });
        if !begun {
            return;
        }
        SERVES.store(database.to_u32(), Ordering::Relaxed);
        pg_sys::before_shmem_exit(Some(leave), argument);
        pg_sys::BackgroundWorkerInitializeConnectionByOid(database, pg_sys::InvalidOid, 0);
        for (name, value) in SETTINGS {
            pg_sys::SetConfigOption(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_OVERRIDE,
            );
        }
    }
    let desk = DESKS.with(0, |desks| find(desks, database).map(|(at, _)| at));
    while let Some(desk) = desk
        && serve(desk)
    {}
}

/// Whatever a role or database is set to: what was said to be written is durable, and nobody's names or locks get in
/// the way.
const SETTINGS: &[(&CStr, &CStr)] = &[
    (c"role", c"none"),
    (c"search_path", c"pg_catalog, pg_temp"),
    (c"synchronous_commit", c"on"),
    (c"default_transaction_read_only", c"off"),
    (c"default_transaction_isolation", c"read committed"),
    (c"lock_timeout", c"1s"),
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    (c"transaction_timeout", c"0"),
];

/// However the worker ends, nobody waits for it.
#[pg_guard]
unsafe extern "C-unwind" fn leave(_code: i32, argument: pg_sys::Datum) {
    let database = pg_sys::Oid::from(argument.value() as u32);
    let at = DESKS.with(0, |desks| {
        find(desks, database).map(|(at, desk)| {
            // One that was told to end when idle has left before.
            if SERVES.swap(0, Ordering::Relaxed) != 0 {
                desk.state = State::Absent;
            }
            at
        })
    });
    if let Some(at) = at {
        // SAFETY: a condition variable in shared memory.
        unsafe { pg_sys::ConditionVariableBroadcast(answer(at)) };
    }
}

/// Writes what there is, or waits for some; whether to go on.
fn serve(desk: usize) -> bool {
    // SAFETY: a condition variable in shared memory. Prepared first, so that no bell is missed.
    unsafe { pg_sys::ConditionVariablePrepareToSleep(bell(desk)) };
    let mut work = take(desk, false);
    let began = Instant::now();
    while work.is_none() {
        // Other things than the bell end a sleep, such as the barrier of a database that is dropped.
        let left = IDLE.saturating_sub(began.elapsed());
        let milliseconds = i64::try_from(left.as_millis()).unwrap_or(0).max(1);
        // SAFETY: as above; raises when the worker is told to end.
        unsafe {
            pg_sys::ConditionVariableTimedSleep(bell(desk), milliseconds, pg_sys::PG_WAIT_EXTENSION)
        };
        let idle = began.elapsed() >= IDLE;
        work = take(desk, idle);
        if work.is_none() && idle {
            waited();
            return false;
        }
    }
    waited();
    if let Some((leases, denials)) = work {
        write(&leases, denials);
        // SAFETY: a condition variable in shared memory.
        unsafe { pg_sys::ConditionVariableBroadcast(answer(desk)) };
    }
    true
}

/// What there is to write. Where there is nothing and the worker is to end, it has left when this returns: who calls
/// after that starts another.
fn take(desk: usize, ends: bool) -> Option<(Partitions, bool)> {
    DESKS.with(0, |desks| {
        let desk = desks.0.get_mut(desk)?;
        let work = (
            std::mem::take(&mut desk.leases),
            std::mem::take(&mut desk.denials),
        );
        if work == (Partitions::default(), false) {
            if ends {
                desk.state = State::Absent;
                SERVES.store(0, Ordering::Relaxed);
            }
            return None;
        }
        Some(work)
    })
}

fn write(partitions: &Partitions, denials: bool) {
    let asked = lease::asked(partitions);
    let denied = if denials {
        denial::queued()
    } else {
        Vec::new()
    };
    if asked.is_empty() && denied.is_empty() {
        return;
    }
    let installed = transact(|| Ok(query::value::<i32>(INSTALLED, &[])?.is_some()));
    if installed != Ok(true) {
        asked.iter().for_each(lease::fail);
        return;
    }
    // All at once, for one flush of the log; one by one if that fails.
    match transact(|| asked.iter().map(lease::write).collect::<Result<Vec<_>>>()) {
        Ok(written) => asked.iter().zip(&written).for_each(lease::tell),
        Err(_) => {
            for ask in &asked {
                match transact(|| lease::write(ask)) {
                    Ok(written) => lease::tell((ask, &written)),
                    Err(_) => lease::fail(ask),
                }
            }
        }
    }
    if !denied.is_empty() && transact(|| denial::record_denials(&denied)).is_err() {
        denial::lost(&denied);
    }
}

const INSTALLED: &str =
    "SELECT 1 FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'pg_tenancy'";

/// Runs something in a transaction of its own. What it raises goes to the server's log.
fn transact<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: outside a transaction, in a process that has a connection to a database.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
    }
    let outcome = PgTryBuilder::new(AssertUnwindSafe(run))
        .catch_others(|error| {
            let (CaughtError::PostgresError(report)
            | CaughtError::ErrorReport(report)
            | CaughtError::RustPanic {
                ereport: report, ..
            }) = error;
            Err(Error::Sql(report.message().to_owned()))
        })
        .execute();
    // SAFETY: ends the transaction begun above.
    unsafe {
        match &outcome {
            Ok(_) => {
                pg_sys::PopActiveSnapshot();
                pg_sys::CommitTransactionCommand();
            }
            Err(_) => pg_sys::AbortCurrentTransaction(),
        }
    }
    if let Err(error) = &outcome {
        error.clone().warn();
    }
    outcome
}
