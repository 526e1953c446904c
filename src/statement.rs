//! What the parse tree of a statement says, for the guard and the confinement of tenants' sessions.

use std::ffi::{CStr, c_char, c_int};

use pgrx::pg_sys::AlterTableType as Alter;
use pgrx::pg_sys::NodeTag;
use pgrx::prelude::*;

use crate::confine::Confinement;
use crate::foreign_key::Checked;
use crate::guard::{self, ConcurrentIndex, Seen};

/// Whether it commits a prepared transaction.
///
/// # Safety
/// A node of the parser.
pub unsafe fn commits_prepared(node: *mut pg_sys::Node) -> bool {
    // SAFETY: the tag says which struct the node is.
    unsafe {
        (*node).type_ == NodeTag::T_TransactionStmt
            && (*node.cast::<pg_sys::TransactionStmt>()).kind
                == pg_sys::TransactionStmtKind::TRANS_STMT_COMMIT_PREPARED
    }
}

/// What a tenant's session must not do, if the statement is such a thing.
///
/// # Safety
/// A node of the parser.
pub unsafe fn confinement(node: *mut pg_sys::Node) -> Option<Confinement> {
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

/// The tables whose foreign keys a statement checks, if that and dropping constraints is all it does.
///
/// # Safety
/// A node of the parser.
pub unsafe fn foreign_keys(statement: *mut pg_sys::AlterTableStmt) -> Option<Checked> {
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
///
/// # Safety
/// A node of the parser.
#[pg_guard]
pub unsafe extern "C-unwind" fn seen(node: *mut pg_sys::Node) -> Seen {
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

/// The index that a CREATE INDEX is about to build, if its table is known.
///
/// # Safety
/// A node of the parser.
pub unsafe fn concurrent_index(statement: *mut pg_sys::IndexStmt) -> Option<ConcurrentIndex> {
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
///
/// # Safety
/// A live list of the parser's, or NULL.
pub unsafe fn nodes(list: *mut pg_sys::List) -> impl Iterator<Item = *mut pg_sys::Node> {
    // SAFETY: NULL, the empty list, or a live list.
    let length = unsafe { list.as_ref() }.map_or(0, |list| list.length);
    (0..usize::try_from(length).unwrap_or(0)).map(move |n| {
        // SAFETY: a list of pointers has as many cells as its length says.
        unsafe { (*(*list).elements.add(n)).ptr_value.cast() }
    })
}
