//! The server's hooks: each calls the one before it and hands what it saw to `guard`, which decides.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use pgrx::pg_sys::AlterTableType as Alter;
use pgrx::pg_sys::NodeTag;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use tenancy_core::redact::redact;

use crate::confine::{self, Confinement};
use crate::foreign_key::{self, Checked};
use crate::guard::{self, ConcurrentIndex, Seen};
use crate::{object, portal, session, shared};

static mut PREVIOUS_UTILITY: pg_sys::ProcessUtility_hook_type = None;
static mut PREVIOUS_ACCESS: pg_sys::object_access_hook_type = None;
static mut PREVIOUS_START: pg_sys::ExecutorStart_hook_type = None;
static mut PREVIOUS_RUN: pg_sys::ExecutorRun_hook_type = None;
static mut PREVIOUS_END: pg_sys::ExecutorEnd_hook_type = None;
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
        PREVIOUS_START = pg_sys::ExecutorStart_hook;
        pg_sys::ExecutorStart_hook = Some(executor_start);
        PREVIOUS_RUN = pg_sys::ExecutorRun_hook;
        pg_sys::ExecutorRun_hook = Some(executor_run);
        PREVIOUS_END = pg_sys::ExecutorEnd_hook;
        pg_sys::ExecutorEnd_hook = Some(executor_end);
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
        let outer = guard::see(seen(node), !top_level);
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
        if commits_prepared(node) {
            shared::bump_generation();
        }
        // A part of a statement, such as an element of CREATE SCHEMA, leaves what it holds to the whole, whose event
        // trigger fires once for all.
        if context != pg_sys::ProcessUtilityContext::PROCESS_UTILITY_SUBCOMMAND {
            guard::saw(outer);
        }
    }
}

unsafe fn commits_prepared(node: *mut pg_sys::Node) -> bool {
    // SAFETY: the tag says which struct the node is.
    unsafe {
        (*node).type_ == NodeTag::T_TransactionStmt
            && (*node.cast::<pg_sys::TransactionStmt>()).kind
                == pg_sys::TransactionStmtKind::TRANS_STMT_COMMIT_PREPARED
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
        if let Some(what) = confinement(node) {
            refuse(confine::refuse(what));
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
            NodeTag::T_CreateStmt => {
                Some(definition((*node.cast::<pg_sys::CreateStmt>()).relation))
            }
            NodeTag::T_ViewStmt => Some(definition((*node.cast::<pg_sys::ViewStmt>()).view)),
            NodeTag::T_CreateSeqStmt => {
                Some(definition((*node.cast::<pg_sys::CreateSeqStmt>()).sequence))
            }
            NodeTag::T_CreateTableAsStmt => Some(definition(
                (*(*node.cast::<pg_sys::CreateTableAsStmt>()).into).rel,
            )),
            // What runs queries, or steers the transaction and its settings. Whatever is not named here is refused.
            NodeTag::T_VariableSetStmt
            | NodeTag::T_VariableShowStmt
            | NodeTag::T_FetchStmt
            | NodeTag::T_ClosePortalStmt
            | NodeTag::T_CopyStmt
            | NodeTag::T_CallStmt
            | NodeTag::T_DoStmt
            | NodeTag::T_ExecuteStmt
            | NodeTag::T_DeallocateStmt
            | NodeTag::T_DiscardStmt
            | NodeTag::T_ConstraintsSetStmt
            | NodeTag::T_LockStmt
            | NodeTag::T_NotifyStmt
            | NodeTag::T_UnlistenStmt => None,
            _ => Some(Confinement::Definition),
        }
    }
}

unsafe fn definition(relation: *mut pg_sys::RangeVar) -> Confinement {
    // SAFETY: a RangeVar of the parser.
    let temporary = unsafe { (*relation).relpersistence == pg_sys::RELPERSISTENCE_TEMP as c_char };
    if temporary {
        Confinement::Temporary
    } else {
        Confinement::Definition
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
            && let Some(checked) = foreign_keys(node.cast())
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

/// The tables whose foreign keys a statement checks, if that and dropping constraints is all it does.
unsafe fn foreign_keys(statement: *mut pg_sys::AlterTableStmt) -> Option<Checked> {
    let mut referenced = Vec::new();
    let mut validated = Vec::new();
    // SAFETY: the list holds AlterTableCmd nodes; subtype and contype say which struct or name each carries.
    unsafe {
        for command in nodes((*statement).cmds) {
            let command = command.cast::<pg_sys::AlterTableCmd>();
            match (*command).subtype {
                Alter::AT_AddConstraint => {
                    let constraint = (*command).def.cast::<pg_sys::Constraint>();
                    if (*constraint).contype != pg_sys::ConstrType::CONSTR_FOREIGN {
                        return None;
                    }
                    referenced.extend(table_of((*constraint).pktable));
                }
                Alter::AT_ValidateConstraint => validated.extend(text((*command).name)),
                Alter::AT_DropConstraint => {}
                _ => return None,
            }
        }
        if referenced.is_empty() && validated.is_empty() {
            return None;
        }
        let mut tables = vec![table_of((*statement).relation)?];
        tables.append(&mut referenced);
        Some(Checked { tables, validated })
    }
}

/// The table that a statement names, if there is one.
unsafe fn table_of(name: *mut pg_sys::RangeVar) -> Option<pg_sys::Oid> {
    // SAFETY: a RangeVar of the parser.
    let table = unsafe {
        pg_sys::RangeVarGetRelidExtended(
            name,
            pg_sys::NoLock as pg_sys::LOCKMODE,
            pg_sys::RVROption::RVR_MISSING_OK,
            None,
            std::ptr::null_mut(),
        )
    };
    (table != pg_sys::InvalidOid).then_some(table)
}

unsafe fn text(name: *const c_char) -> Option<String> {
    if name.is_null() {
        return None;
    }
    // SAFETY: a C string.
    let text = unsafe { CStr::from_ptr(name) };
    Some(text.to_string_lossy().into_owned())
}

/// What the guard must know of the statement once it ran.
#[pg_guard]
unsafe extern "C-unwind" fn seen(node: *mut pg_sys::Node) -> Seen {
    let mut seen = Seen::NOTHING;
    // SAFETY: the tag says which struct the node is; the list holds AlterTableCmd nodes.
    unsafe {
        match (*node).type_ {
            NodeTag::T_CreateStmt => {
                let create = node.cast::<pg_sys::CreateStmt>();
                seen.adopts = !(*create).inhRelations.is_null();
            }
            NodeTag::T_IndexStmt => {
                seen.indexed = table_of((*node.cast::<pg_sys::IndexStmt>()).relation)
                    .unwrap_or(pg_sys::InvalidOid);
            }
            NodeTag::T_AlterTableStmt => {
                let statement = node.cast::<pg_sys::AlterTableStmt>();
                // ALTER INDEX ... ATTACH PARTITION looks the same.
                let of_table = (*statement).objtype == pg_sys::ObjectType::OBJECT_TABLE;
                let commands = (*statement).cmds;
                for command in nodes(commands) {
                    let command = command.cast::<pg_sys::AlterTableCmd>();
                    match (*command).subtype {
                        Alter::AT_DisableRowSecurity | Alter::AT_NoForceRowSecurity => {
                            seen.weakens = true
                        }
                        Alter::AT_ChangeOwner => seen.changes_owner = true,
                        Alter::AT_AttachPartition | Alter::AT_AddInherit => seen.adopts |= of_table,
                        Alter::AT_DetachPartition
                        | Alter::AT_DetachPartitionFinalize
                        | Alter::AT_DropInherit => seen.releases |= of_table,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    seen
}

version_1!(tenancy_guard_start, pg_finfo_tenancy_guard_start);
version_1!(tenancy_guard_ddl, pg_finfo_tenancy_guard_ddl);
version_1!(tenancy_guard_drop, pg_finfo_tenancy_guard_drop);

/// What an event trigger is given; NULL when the function was called any other way.
unsafe fn event(fcinfo: pg_sys::FunctionCallInfo) -> *mut pg_sys::EventTriggerData {
    // SAFETY: the tag says which struct the context is.
    unsafe {
        let data = (*fcinfo).context.cast::<pg_sys::EventTriggerData>();
        if data.is_null() || (*data).type_ != NodeTag::T_EventTriggerData {
            return std::ptr::null_mut();
        }
        data
    }
}

/// Event trigger `tenancy_guard_start`, before CREATE INDEX.
///
/// # Safety
/// Called by Postgres as an event trigger.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_guard_start(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: the parse tree is alive; its tag says which struct it is.
    unsafe {
        let data = event(fcinfo);
        if !data.is_null() && (*(*data).parsetree).type_ == NodeTag::T_IndexStmt {
            let statement = (*data).parsetree.cast::<pg_sys::IndexStmt>();
            if (*statement).concurrent
                && let Some(index) = concurrent_index(statement)
            {
                refuse(guard::before_concurrent_index(&index));
            }
        }
    }
    pg_sys::Datum::null()
}

unsafe fn concurrent_index(statement: *mut pg_sys::IndexStmt) -> Option<ConcurrentIndex> {
    // SAFETY: a statement of the parser: its list holds IndexElem nodes, its names are NULL or C strings.
    unsafe {
        // By the user's search_path; that of the event trigger's function is another.
        let table = guard::indexed_table()?;
        let columns = nodes((*statement).indexParams)
            .filter_map(|element| text((*element.cast::<pg_sys::IndexElem>()).name))
            .collect();
        Some(ConcurrentIndex {
            table,
            unique: (*statement).unique,
            method: text((*statement).accessMethod).unwrap_or_default(),
            columns,
        })
    }
}

/// The nodes of a list.
unsafe fn nodes(list: *mut pg_sys::List) -> impl Iterator<Item = *mut pg_sys::Node> {
    // SAFETY: NULL, the empty list, or a live list.
    let length = unsafe { list.as_ref() }.map_or(0, |list| list.length);
    (0..usize::try_from(length).unwrap_or(0)).map(move |n| {
        // SAFETY: a list of pointers has as many cells as its length says.
        unsafe { (*(*list).elements.add(n)).ptr_value.cast() }
    })
}

/// Event trigger `tenancy_guard_ddl`, after a command.
///
/// # Safety
/// Called by Postgres as an event trigger.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_guard_ddl(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    if !unsafe { event(fcinfo) }.is_null() {
        refuse(guard::after_command());
    }
    pg_sys::Datum::null()
}

/// Event trigger `tenancy_guard_drop`, after a command that dropped something.
///
/// # Safety
/// Called by Postgres as an event trigger.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_guard_drop(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    if !unsafe { event(fcinfo) }.is_null() {
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
        }
        let run = PREVIOUS_RUN.unwrap_or(standard_ExecutorRun);
        #[cfg(feature = "pg18")]
        run(query, direction, count);
        #[cfg(not(feature = "pg18"))]
        run(query, direction, count, execute_once);
    }
}

unsafe extern "C-unwind" {
    // As for standard_ProcessUtility.
    fn standard_ExecutorStart(query: *mut pg_sys::QueryDesc, flags: c_int);
    fn standard_ExecutorEnd(query: *mut pg_sys::QueryDesc);
}

unsafe extern "C-unwind" fn executor_start(query: *mut pg_sys::QueryDesc, flags: c_int) {
    // SAFETY: everything is passed on as it came.
    unsafe {
        if uses_context((*query).plannedstmt) {
            before_start();
        }
        portal::begin(query as usize);
        let start = PREVIOUS_START.unwrap_or(standard_ExecutorStart);
        start(query, flags);
    }
}

unsafe extern "C-unwind" fn executor_end(query: *mut pg_sys::QueryDesc) {
    // SAFETY: everything is passed on as it came.
    unsafe {
        portal::end(query as usize);
        let end = PREVIOUS_END.unwrap_or(standard_ExecutorEnd);
        end(query);
    }
}

/// The tables that a plan reads or writes.
unsafe fn tables(plan: *mut pg_sys::PlannedStmt) -> impl Iterator<Item = pg_sys::Oid> {
    // SAFETY: a live plan; its range table holds RangeTblEntry nodes.
    unsafe {
        nodes((*plan).rtable)
            .map(|entry| &*entry.cast::<pg_sys::RangeTblEntry>())
            .filter(|entry| entry.rtekind == pg_sys::RTEKind::RTE_RELATION)
            .map(|entry| entry.relid)
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

/// What narrows the context by being resolved, a token or the end of a grant, must have done so before a query begins.
#[pg_guard]
unsafe extern "C-unwind" fn before_start() {
    // SAFETY: as in `before_run`, which raises what is ignored here.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    let _ = session::require_valid();
}

#[pg_guard]
unsafe extern "C-unwind" fn before_run(query: *mut pg_sys::QueryDesc) {
    // On a standby, where nobody bumps the generation, a change is heard of this way; a statement that holds its locks
    // already would not listen by itself.
    // SAFETY: within a transaction, as at every lock.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    refuse(session::require_valid());
    // SAFETY: a live query with its plan.
    let mut tables = unsafe { tables((*query).plannedstmt) };
    // What was read without row security is nobody's.
    if session::narrowed() != 0 && tables.any(object::has_row_security) {
        refuse(portal::require_begun_since(query as usize));
    }
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
