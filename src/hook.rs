//! The server's hooks: each calls the one before it and hands what it saw to `guard`, which decides.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use pgrx::pg_sys::AlterTableType as Alter;
use pgrx::pg_sys::NodeTag;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use tenancy_core::redact::redact;

use crate::guard::{self, Confinement, Seen};
use crate::session;

static mut PREVIOUS_UTILITY: pg_sys::ProcessUtility_hook_type = None;
static mut PREVIOUS_ACCESS: pg_sys::object_access_hook_type = None;
static mut PREVIOUS_RUN: pg_sys::ExecutorRun_hook_type = None;
static mut PREVIOUS_LOG: pg_sys::emit_log_hook_type = None;

/// Chains the hooks; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    // SAFETY: single-threaded start-up.
    unsafe {
        PREVIOUS_UTILITY = pg_sys::ProcessUtility_hook;
        pg_sys::ProcessUtility_hook = Some(process_utility);
        PREVIOUS_ACCESS = pg_sys::object_access_hook;
        pg_sys::object_access_hook = Some(object_access);
        PREVIOUS_RUN = pg_sys::ExecutorRun_hook;
        pg_sys::ExecutorRun_hook = Some(executor_run);
        PREVIOUS_LOG = pg_sys::emit_log_hook;
        pg_sys::emit_log_hook = Some(emit_log);
    }
}

unsafe extern "C-unwind" {
    // Declared here, not taken from pgrx, whose wrapper turns every error into a Rust panic and back, and loses the
    // constraint, column and position that Postgres's own error carries.
    fn standard_ProcessUtility(
        statement: *mut pg_sys::PlannedStmt,
        query: *const c_char,
        read_only_tree: bool,
        context: pg_sys::ProcessUtilityContext::Type,
        params: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
        destination: *mut pg_sys::DestReceiver,
        completion: *mut pg_sys::QueryCompletion,
    );
}

/// Without a guard of its own, as an error of the statement leaves it by longjmp: it holds nothing that needs a drop.
/// What may raise in Rust runs in the guarded functions `before` and `after`.
unsafe extern "C-unwind" fn process_utility(
    statement: *mut pg_sys::PlannedStmt,
    query: *const c_char,
    read_only_tree: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    params: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    destination: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: Postgres hands valid nodes to the hook, which reads them and passes everything on unchanged.
    unsafe {
        let node = (*statement).utilityStmt;
        before(node);
        let nested = context != pg_sys::ProcessUtilityContext::PROCESS_UTILITY_TOPLEVEL;
        let outer = guard::see(seen(node), nested);
        let run = PREVIOUS_UTILITY.unwrap_or(standard_ProcessUtility);
        run(
            statement,
            query,
            read_only_tree,
            context,
            params,
            environment,
            destination,
            completion,
        );
        guard::saw(outer);
        after(node);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn before(node: *mut pg_sys::Node) {
    // SAFETY: a node of the parser.
    if let Some(what) = unsafe { confinement(node) } {
        refuse(guard::require_unconfined(what));
    }
}

/// Whatever way a temporary schema came about, by search_path for instance, the statement that made it fails.
#[pg_guard]
unsafe extern "C-unwind" fn after(node: *mut pg_sys::Node) {
    // SAFETY: the node is alive; a transaction's own statements leave none in progress and are let through.
    unsafe {
        let own_work = matches!(
            (*node).type_,
            NodeTag::T_TransactionStmt | NodeTag::T_DiscardStmt
        );
        if !own_work
            && (*pg_sys::MyProc).tempNamespaceId != pg_sys::InvalidOid
            && pg_sys::IsTransactionState()
        {
            refuse(guard::require_unconfined(Confinement::Temporary));
        }
    }
}

fn refuse(outcome: crate::error::Result<()>) {
    if let Err(error) = outcome {
        ErrorReport::from(error).report(PgLogLevel::ERROR);
    }
}

/// What a tenant's session must not do, if the statement is such a thing.
unsafe fn confinement(node: *mut pg_sys::Node) -> Option<Confinement> {
    // SAFETY: the tag says which struct the node is.
    unsafe {
        match (*node).type_ {
            NodeTag::T_ExplainStmt => Some(Confinement::Explain),
            NodeTag::T_ListenStmt => Some(Confinement::Listen),
            NodeTag::T_PrepareStmt => Some(Confinement::Prepare),
            NodeTag::T_DeclareCursorStmt => {
                let options = (*node.cast::<pg_sys::DeclareCursorStmt>()).options;
                (options & pg_sys::CURSOR_OPT_HOLD as c_int != 0)
                    .then_some(Confinement::HoldableCursor)
            }
            NodeTag::T_TransactionStmt => {
                let kind = (*node.cast::<pg_sys::TransactionStmt>()).kind;
                (kind == pg_sys::TransactionStmtKind::TRANS_STMT_PREPARE)
                    .then_some(Confinement::PrepareTransaction)
            }
            NodeTag::T_CreateStmt => temporary((*node.cast::<pg_sys::CreateStmt>()).relation),
            NodeTag::T_ViewStmt => temporary((*node.cast::<pg_sys::ViewStmt>()).view),
            NodeTag::T_CreateSeqStmt => temporary((*node.cast::<pg_sys::CreateSeqStmt>()).sequence),
            NodeTag::T_CreateTableAsStmt => {
                temporary((*(*node.cast::<pg_sys::CreateTableAsStmt>()).into).rel)
            }
            _ => None,
        }
    }
}

unsafe fn temporary(relation: *mut pg_sys::RangeVar) -> Option<Confinement> {
    // SAFETY: a RangeVar of the parser; schemaname is NULL or a C string.
    unsafe {
        let named = !(*relation).schemaname.is_null()
            && CStr::from_ptr((*relation).schemaname)
                .to_bytes()
                .starts_with(b"pg_temp");
        let declared = (*relation).relpersistence == pg_sys::RELPERSISTENCE_TEMP as c_char;
        (named || declared).then_some(Confinement::Temporary)
    }
}

/// What the guard must know of the statement once it ran.
unsafe fn seen(node: *mut pg_sys::Node) -> Seen {
    let mut seen = Seen::default();
    // SAFETY: the tag says which struct the node is; the list holds AlterTableCmd nodes.
    unsafe {
        match (*node).type_ {
            NodeTag::T_CreateStmt => {
                let create = node.cast::<pg_sys::CreateStmt>();
                seen.adopts = !(*create).inhRelations.is_null();
            }
            NodeTag::T_AlterTableStmt => {
                let commands = (*node.cast::<pg_sys::AlterTableStmt>()).cmds;
                let length = if commands.is_null() {
                    0
                } else {
                    (*commands).length
                };
                for n in 0..usize::try_from(length).unwrap_or(0) {
                    let command = (*(*commands).elements.add(n))
                        .ptr_value
                        .cast::<pg_sys::AlterTableCmd>();
                    match (*command).subtype {
                        Alter::AT_DisableRowSecurity | Alter::AT_NoForceRowSecurity => {
                            seen.weakens = true
                        }
                        Alter::AT_ChangeOwner => seen.changes_owner = true,
                        Alter::AT_AttachPartition | Alter::AT_AddInherit => seen.adopts = true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    seen
}

version_1!(tenancy_guard_ddl, pg_finfo_tenancy_guard_ddl);
version_1!(tenancy_guard_drop, pg_finfo_tenancy_guard_drop);

/// Event trigger `tenancy_guard_ddl`.
///
/// # Safety
/// Called by Postgres as an event trigger.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_guard_ddl(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: the frame of an event trigger carries an EventTriggerData; nobody else may execute the function.
    let tag = unsafe {
        let data = (*fcinfo).context.cast::<pg_sys::EventTriggerData>();
        if data.is_null() || (*data).type_ != NodeTag::T_EventTriggerData {
            return pg_sys::Datum::null();
        }
        CStr::from_ptr(pg_sys::GetCommandTagName((*data).tag)).to_string_lossy()
    };
    refuse(guard::after_command(&tag));
    pg_sys::Datum::null()
}

/// Event trigger `tenancy_guard_drop`.
///
/// # Safety
/// Called by Postgres as an event trigger.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_guard_drop(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: as above.
    let called_as_trigger = unsafe {
        let context = (*fcinfo).context;
        !context.is_null() && (*context).type_ == NodeTag::T_EventTriggerData
    };
    if called_as_trigger {
        refuse(guard::after_drop());
    }
    pg_sys::Datum::null()
}

/// Without a guard of its own, like `process_utility`.
unsafe extern "C-unwind" fn object_access(
    access: pg_sys::ObjectAccessType::Type,
    class: pg_sys::Oid,
    object: pg_sys::Oid,
    sub: c_int,
    argument: *mut c_void,
) {
    // SAFETY: the previous hook gets what we got.
    unsafe {
        if let Some(previous) = PREVIOUS_ACCESS {
            previous(access, class, object, sub, argument);
        }
        if access == pg_sys::ObjectAccessType::OAT_FUNCTION_EXECUTE {
            before_function(object);
        }
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn before_function(function: pg_sys::Oid) {
    if let Some(what) = function_confinement(function.to_u32()) {
        refuse(guard::require_unconfined(what));
    }
}

/// Built-in functions that a tenant's session must not run, by their fixed oids (`pg_proc.dat`).
fn function_confinement(function: u32) -> Option<Confinement> {
    match function {
        // pg_advisory_lock, pg_advisory_lock_shared and their pg_try_ forms, of one and of two numbers
        2880..=2883 | 2886..=2889 => Some(Confinement::SessionLock),
        // lo_creat, lo_create, lo_from_bytea, lo_get, lo_put, lo_open, lo_unlink
        957 | 715 | 3457 | 3458 | 3459 | 3460 | 952 | 964 => Some(Confinement::LargeObject),
        // pg_stat_get_ of tables: scans, tuples, blocks, live and dead; those of the present transaction count the rows
        // that policies filter out; of backends: what other sessions are running
        1928..=1935
        | 1972
        | 2878
        | 2879
        | 3037..=3045
        | 3177
        | 5053
        | 6217
        | 6218
        | 6310
        | 1936
        | 1940
        | 2022 => Some(Confinement::Statistics),
        _ => None,
    }
}

unsafe extern "C-unwind" {
    // As for standard_ProcessUtility.
    fn standard_ExecutorRun(
        query: *mut pg_sys::QueryDesc,
        direction: pg_sys::ScanDirection::Type,
        count: u64,
        #[cfg(not(feature = "pg18"))] execute_once: bool,
    );
}

/// Every run of a plan asks whether the context still holds: an open cursor or portal over an index scan compared the
/// tenant once, and would go on after its key is revoked. Without a guard of its own, like `process_utility`.
unsafe extern "C-unwind" fn executor_run(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
    #[cfg(not(feature = "pg18"))] execute_once: bool,
) {
    // SAFETY: everything is passed on as it came.
    unsafe {
        before_run();
        let run = PREVIOUS_RUN.unwrap_or(standard_ExecutorRun);
        #[cfg(feature = "pg18")]
        run(query, direction, count);
        #[cfg(not(feature = "pg18"))]
        run(query, direction, count, execute_once);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn before_run() {
    refuse(session::require_valid());
}

/// Takes credentials out of what is about to be logged, the statement included. Raises nothing: a log entry is what
/// an error becomes.
unsafe extern "C-unwind" fn emit_log(entry: *mut pg_sys::ErrorData) {
    // SAFETY: Postgres passes a live entry; its texts are NULL or C strings of assoc_context.
    unsafe {
        let texts = [
            &raw mut (*entry).message,
            &raw mut (*entry).detail,
            &raw mut (*entry).detail_log,
            &raw mut (*entry).hint,
            &raw mut (*entry).context,
            &raw mut (*entry).internalquery,
        ];
        for text in texts {
            if let Some(clean) = redacted(*text) {
                *text = pg_sys::MemoryContextStrdup((*entry).assoc_context, clean.as_ptr());
            }
        }
        if redacted(pg_sys::debug_query_string).is_some() {
            (*entry).hide_stmt = true;
        }
        if let Some(previous) = PREVIOUS_LOG {
            previous(entry);
        }
    }
}

/// The text without credentials, if it had any.
unsafe fn redacted(text: *const c_char) -> Option<CString> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a C string.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    redact(&text).and_then(|clean| CString::new(clean).ok())
}
