//! The server's hooks: each calls the one before it and hands what it saw to `guard`, which decides.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use pgrx::pg_sys::NodeTag;
use pgrx::prelude::*;

use tenancy_core::redact::redact;

use crate::confine::{self, Confinement};
use crate::error::refuse;
use crate::{denial, foreign_key, guard, object, portal, session, shared, statement};

static mut PREVIOUS_UTILITY: pg_sys::ProcessUtility_hook_type = None;
static mut PREVIOUS_ACCESS: pg_sys::object_access_hook_type = None;
static mut PREVIOUS_RUN: pg_sys::ExecutorRun_hook_type = None;
static mut PREVIOUS_PLANNER: pg_sys::planner_hook_type = None;
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
        PREVIOUS_PLANNER = pg_sys::planner_hook;
        pg_sys::planner_hook = Some(planner);
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
/// What may raise in Rust runs in the guarded function `before`.
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
        let reassigns = (*node).type_ == NodeTag::T_ReassignOwnedStmt;
        if reassigns {
            before_reassign();
        }
        let top_level = context == pg_sys::ProcessUtilityContext::PROCESS_UTILITY_TOPLEVEL;
        let outer = guard::see(statement::seen(node), !top_level);
        let run = PREVIOUS_UTILITY.unwrap_or(standard_ProcessUtility);
        let lifted = lift_for_foreign_keys(node, top_level);
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
        force_again(lifted);
        if reassigns {
            after_reassign();
        }
        // What a prepared transaction changed counts from here on.
        if statement::commits_prepared(node) {
            shared::bump_generation();
        }
        // A part of a statement, such as an element of CREATE SCHEMA, leaves what it holds to the whole, whose event
        // trigger fires once for all.
        if context != pg_sys::ProcessUtilityContext::PROCESS_UTILITY_SUBCOMMAND {
            guard::saw(outer);
        }
    }
}

/// REASSIGN OWNED fires no event trigger.
#[pg_guard]
unsafe extern "C-unwind" fn before_reassign() {
    refuse(guard::before_reassign());
}

#[pg_guard]
unsafe extern "C-unwind" fn after_reassign() {
    refuse(guard::after_reassign());
}

#[pg_guard]
unsafe extern "C-unwind" fn before(node: *mut pg_sys::Node) {
    // SAFETY: a node of the parser; the tag says which struct it is.
    unsafe {
        if let Some(what) = statement::confinement(node) {
            refuse(confine::refuse(what));
        }
    }
}

/// Row security is not forced while a foreign key is checked: see `foreign_key`.
#[pg_guard]
unsafe extern "C-unwind" fn lift_for_foreign_keys(
    node: *mut pg_sys::Node,
    top_level: bool,
) -> usize {
    let depth = foreign_key::depth(top_level);
    // SAFETY: the tag says which struct the node is.
    unsafe {
        if (*node).type_ == NodeTag::T_AlterTableStmt
            && let Some(checked) = statement::foreign_keys(node.cast())
        {
            refuse(foreign_key::lift(&checked));
        }
    }
    depth
}

#[pg_guard]
unsafe extern "C-unwind" fn force_again(depth: usize) {
    refuse(foreign_key::force_again(depth));
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
    refuse(confine::refuse_function(function));
}

/// A plan must not be printed: see [`Confinement::PlanOutput`]. Without a guard of its own, like `process_utility`.
unsafe extern "C-unwind" fn planner(
    query: *mut pg_sys::Query,
    text: *const c_char,
    options: c_int,
    params: pg_sys::ParamListInfo,
) -> *mut pg_sys::PlannedStmt {
    // SAFETY: everything is passed on as it came.
    unsafe {
        if pg_sys::Debug_print_plan {
            before_plan_output();
        }
        let plan = PREVIOUS_PLANNER.unwrap_or(standard_planner);
        plan(query, text, options, params)
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn before_plan_output() {
    refuse(confine::refuse(Confinement::PlanOutput));
}

unsafe extern "C-unwind" {
    // As for standard_ProcessUtility.
    fn standard_planner(
        query: *mut pg_sys::Query,
        text: *const c_char,
        options: c_int,
        params: pg_sys::ParamListInfo,
    ) -> *mut pg_sys::PlannedStmt;
    fn standard_ExecutorRun(
        query: *mut pg_sys::QueryDesc,
        direction: pg_sys::ScanDirection::Type,
        count: u64,
        #[cfg(not(feature = "pg18"))] execute_once: bool,
    );
}

/// Every run of a plan over tables asks whether the context still holds: an open cursor or portal over an index scan compared the
/// tenant once, and would go on after its key is revoked. Without a guard of its own, like `process_utility`.
unsafe extern "C-unwind" fn executor_run(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
    #[cfg(not(feature = "pg18"))] execute_once: bool,
) {
    // SAFETY: everything is passed on as it came.
    unsafe {
        if uses_context((*query).plannedstmt) {
            before_run(query);
        } else if (session::is_bound() || session::narrowed() != 0)
            && calls_sets((*query).plannedstmt)
        {
            begun_since(query);
        }
        let run = PREVIOUS_RUN.unwrap_or(standard_ExecutorRun);
        #[cfg(feature = "pg18")]
        run(query, direction, count);
        #[cfg(not(feature = "pg18"))]
        run(query, direction, count, execute_once);
    }
}

/// What a plan reads or writes: tables, functions and others.
unsafe fn range<'a>(
    plan: *mut pg_sys::PlannedStmt,
) -> impl Iterator<Item = &'a pg_sys::RangeTblEntry> {
    // SAFETY: a live plan; its range table holds RangeTblEntry nodes.
    unsafe { statement::nodes((*plan).rtable).map(|entry| &*entry.cast()) }
}

/// The tables that a plan reads or writes.
unsafe fn tables(plan: *mut pg_sys::PlannedStmt) -> impl Iterator<Item = pg_sys::Oid> {
    // SAFETY: a live plan.
    unsafe { range(plan) }
        .filter(|entry| entry.rtekind == pg_sys::RTEKind::RTE_RELATION)
        .map(|entry| entry.relid)
}

/// Whether a plan calls functions that give sets of rows, `tenancy.recall` for one: such a function may have read the rows
/// that it is yet to give.
unsafe fn calls_sets(plan: *mut pg_sys::PlannedStmt) -> bool {
    // SAFETY: a live plan, whose trees are of plan nodes.
    unsafe {
        range(plan).any(|entry| {
            matches!(
                entry.rtekind,
                pg_sys::RTEKind::RTE_FUNCTION | pg_sys::RTEKind::RTE_TABLEFUNC
            )
        }) || gives_sets((*plan).planTree)
    }
}

/// Whether a set comes of the list of what is selected, somewhere in a tree of plan nodes.
unsafe fn gives_sets(plan: *mut pg_sys::Plan) -> bool {
    // SAFETY: NULL or a plan node, whose children are such.
    unsafe {
        plan.as_ref().is_some_and(|node| {
            node.type_ == NodeTag::T_ProjectSet
                || gives_sets(node.lefttree)
                || gives_sets(node.righttree)
        })
    }
}

/// Whether a plan needs the context that is held or was: it reads tables, or starts workers, who know of the context only
/// what they are handed. What does neither, `SELECT tenancy.unbind()` for one, works under any.
unsafe fn uses_context(plan: *mut pg_sys::PlannedStmt) -> bool {
    // SAFETY: a live plan.
    unsafe {
        (session::is_bound() || session::narrowed() != 0)
            && ((*plan).parallelModeNeeded || tables(plan).next().is_some())
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn before_run(query: *mut pg_sys::QueryDesc) {
    // On a standby, where nobody bumps the generation, a change is heard of this way; a statement that holds its locks
    // already would not listen by itself.
    // SAFETY: within a transaction, as at every lock.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    refuse(session::require_valid());
    // SAFETY: a live query with its plan.
    unsafe { begun_since(query) };
}

/// Refuses to run a query on that was begun before the context was narrowed, if it may hold rows.
#[pg_guard]
unsafe extern "C-unwind" fn begun_since(query: *mut pg_sys::QueryDesc) {
    // SAFETY: a live query with its plan.
    unsafe {
        let plan = (*query).plannedstmt;
        // Before its first run it holds nothing, and what is read without row security is nobody's.
        if !(*query).already_executed {
            portal::begin(query as usize);
        } else if session::narrowed() != 0
            && (tables(plan).any(object::has_row_security) || calls_sets(plan))
        {
            refuse(portal::require_begun_since(query as usize));
        }
    }
}

/// Takes credentials out of what is about to be logged, the statement included, and keeps from a tenant what is for the
/// log alone: with `client_min_messages = log` it would be sent plans that auto_explain writes. Raises nothing: a log
/// entry is what an error becomes.
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
        if (*entry).elevel == PgLogLevel::LOG as c_int && confine::surely_confined() {
            (*entry).output_to_client = false;
        }
        denial::note_logged(&*entry);
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
