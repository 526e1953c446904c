//! Which transaction this is: the one a context is bound to.
//!
//! It is told by the backend and its local transaction id; for a parallel worker, by its leader's.

use std::cell::Cell;
use std::ffi::c_void;

use pgrx::prelude::*;
use tenancy_core::context::Binding;

/// Who runs this transaction, and which it is; `None` outside one.
pub fn owner() -> Option<Binding> {
    // SAFETY: MyProc is set once at backend start and valid to its end. A worker's leader outlives the worker's
    // transaction, and cannot leave its own while the worker runs.
    unsafe {
        let proc = owner_proc();
        if proc.is_null() {
            return None;
        }
        #[cfg(any(feature = "pg15", feature = "pg16"))]
        let (proc_number, lxid) = ((*proc).backendId, (*proc).lxid);
        #[cfg(any(feature = "pg17", feature = "pg18"))]
        let (proc_number, lxid) = ((*proc).vxid.procNumber, (*proc).vxid.lxid);
        if lxid == 0 {
            return None;
        }
        Some(Binding {
            proc_number,
            pid: (*proc).pid,
            lxid,
            database: pg_sys::MyDatabaseId.to_u32(),
            whole_session: false,
        })
    }
}

#[inline]
fn owner_proc() -> *mut pg_sys::PGPROC {
    // SAFETY: as in `owner`.
    unsafe {
        let me = pg_sys::MyProc;
        if in_worker() && !me.is_null() {
            (*me).lockGroupLeader
        } else {
            me
        }
    }
}

/// Whether this is a parallel worker.
#[inline]
pub fn in_worker() -> bool {
    // SAFETY: plain static variables of this process.
    unsafe { pg_sys::ParallelWorkerNumber >= 0 || pg_sys::InitializingParallelWorker }
}

/// The local transaction id a context must have been set under; 0 outside a transaction.
#[inline]
pub fn lxid() -> u32 {
    let proc = owner_proc();
    if proc.is_null() {
        return 0;
    }
    // SAFETY: as in `owner`.
    unsafe {
        #[cfg(any(feature = "pg15", feature = "pg16"))]
        {
            (*proc).lxid
        }
        #[cfg(any(feature = "pg17", feature = "pg18"))]
        {
            (*proc).vxid.lxid
        }
    }
}

/// Whether this session has made a temporary schema.
pub fn has_temporary_schema() -> bool {
    // SAFETY: reads a field of this backend's own PGPROC, which is set in every backend that runs SQL.
    unsafe { (*pg_sys::MyProc).tempNamespaceId != pg_sys::InvalidOid }
}

thread_local! {
    static FORGETS: Cell<bool> = const { Cell::new(false) };
    static REGISTERED: Cell<bool> = const { Cell::new(false) };
}

unsafe extern "C-unwind" {
    // Exported by the server (commands/sequence.h), not bound by pgrx.
    fn ResetSequenceCaches();
}

/// Has this transaction's end take with it what the session would remember: the numbers that lastval and currval give.
pub fn forget_at_end() {
    FORGETS.set(true);
    if !REGISTERED.replace(true) {
        // SAFETY: registered once a backend, with a function that lives as long as the library.
        unsafe { pg_sys::RegisterXactCallback(Some(ended), std::ptr::null_mut()) };
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn ended(event: pg_sys::XactEvent::Type, _argument: *mut c_void) {
    use pg_sys::XactEvent as Event;
    let over = matches!(
        event,
        Event::XACT_EVENT_COMMIT | Event::XACT_EVENT_ABORT | Event::XACT_EVENT_PREPARE
    );
    if over && FORGETS.replace(false) {
        // SAFETY: frees the backend's own cache, as DISCARD SEQUENCES does; raises nothing.
        unsafe { ResetSequenceCaches() };
    }
}

/// Whether this transaction keeps one snapshot, and so may not see what others have committed since.
pub fn keeps_snapshot() -> bool {
    // SAFETY: a static variable of the backend.
    unsafe { pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ as i32 }
}

/// The id of this transaction, the outermost one; it is given one if it has none yet. For transactions that write.
pub fn id() -> i64 {
    // SAFETY: raises where nothing can be written.
    let id = unsafe { pg_sys::GetTopFullTransactionId() };
    i64::try_from(id.value).unwrap_or(i64::MAX)
}

/// The id that the next transaction gets.
pub fn next() -> u64 {
    // SAFETY: reads shared memory that is there from start.
    unsafe { pg_sys::ReadNextFullTransactionId() }.value
}

/// Whether this server is a standby.
pub fn in_recovery() -> bool {
    // SAFETY: reads shared state.
    unsafe { pg_sys::RecoveryInProgress() }
}

/// The database that the session is connected to.
pub fn database() -> pg_sys::Oid {
    // SAFETY: set once when the session begins.
    unsafe { pg_sys::MyDatabaseId }
}

/// What tells this server from others, where transactions are counted anew.
pub fn server() -> i64 {
    // SAFETY: reads what is there from start.
    unsafe { pg_sys::GetSystemIdentifier() }.cast_signed()
}

/// Has this transaction's commit wait until it is durable, whatever synchronous_commit says.
pub fn force_durable() {
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
}
