//! The guard's event triggers, as version-1 functions.

use pgrx::pg_sys::NodeTag;
use pgrx::prelude::*;

use crate::error::refuse;
use crate::{guard, statement};

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
            let index = (*data).parsetree.cast::<pg_sys::IndexStmt>();
            if (*index).concurrent
                && let Some(index) = statement::concurrent_index(index)
            {
                refuse(guard::before_concurrent_index(&index));
            }
        }
    }
    pg_sys::Datum::null()
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
