//! Which roles escape row security, and which sessions are an application's.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;

use pgrx::prelude::*;

use crate::error::{Error, Result};
use crate::object;

/// A role by which a session could escape row security.
#[derive(Clone, Debug)]
struct Escape {
    role: String,
    why: &'static str,
}

thread_local! {
    static KNOWN: RefCell<Vec<(pg_sys::Oid, Option<Escape>)>> = const { RefCell::new(Vec::new()) };
    static CONFINED: Cell<Option<(pg_sys::Oid, pg_sys::Oid, bool)>> = const { Cell::new(None) };
    static REGISTERED: Cell<bool> = const { Cell::new(false) };
}

#[pg_guard]
unsafe extern "C-unwind" fn roles_changed(_argument: pg_sys::Datum, _cache: i32, _hash: u32) {
    KNOWN.with_borrow_mut(Vec::clear);
    CONFINED.set(None);
}

fn watch() {
    if !REGISTERED.replace(true) {
        // SAFETY: registered once a backend, with a function that lives as long as the library.
        unsafe {
            for cache in [
                pg_sys::SysCacheIdentifier::AUTHOID,
                pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM,
            ] {
                pg_sys::CacheRegisterSyscacheCallback(
                    cache as i32,
                    Some(roles_changed),
                    pg_sys::Datum::from(0usize),
                );
            }
        }
    }
}

/// The roles this session has: the one it authenticated as, its session user and its outer user. What they can reach
/// by SET ROLE or SET SESSION AUTHORIZATION, they are.
fn session_roles() -> [pg_sys::Oid; 3] {
    // SAFETY: MyProc is set in every backend that runs SQL; the others only read static state.
    unsafe {
        [
            (*pg_sys::MyProc).roleId,
            pg_sys::GetSessionUserId(),
            pg_sys::GetOuterUserId(),
        ]
    }
}

/// Refuses when this session can escape row security, whatever role it runs as now.
pub fn refuse_exempt_session() -> Result<()> {
    session_roles()
        .into_iter()
        .filter(|r| *r != pg_sys::InvalidOid)
        .try_for_each(refuse_exempt)
}

/// Refuses when the current role, for instance that of a SECURITY DEFINER function, can escape row security.
pub fn refuse_exempt_current() -> Result<()> {
    // SAFETY: reads static state.
    refuse_exempt(unsafe { pg_sys::GetUserId() })
}

fn refuse_exempt(role: pg_sys::Oid) -> Result<()> {
    watch();
    let known = KNOWN.with_borrow(|k| k.iter().find(|(r, _)| *r == role).map(|(_, e)| e.clone()));
    let escape = match known {
        Some(escape) => escape,
        None => {
            let escape = find_escape(role);
            KNOWN.with_borrow_mut(|k| k.push((role, escape.clone())));
            escape
        }
    };
    match escape {
        None => Ok(()),
        Some(Escape { role, why }) => Err(Error::Exempt { role, why }),
    }
}

/// pg_read_server_files, pg_write_server_files, pg_execute_server_program: they read and write the data files.
const SERVER_FILE_ROLES: [u32; 3] = [4569, 4570, 4571];

/// pg_read_all_data, pg_write_all_data: most tables of the extension's own have no row security.
const READ_ALL_DATA: u32 = 6181;
const WRITE_ALL_DATA: u32 = 6182;

fn find_escape(role: pg_sys::Oid) -> Option<Escape> {
    // SAFETY: a scan of pg_authid, whose tuples begin with FormData_pg_authid (no nullable column before its end).
    unsafe {
        let authid = pg_sys::table_open(pg_sys::AuthIdRelationId, pg_sys::AccessShareLock as i32);
        let scan = pg_sys::systable_beginscan(
            authid,
            pg_sys::InvalidOid,
            false,
            std::ptr::null_mut(),
            0,
            std::ptr::null_mut(),
        );
        let admin = pg_sys::get_role_oid(c"tenancy_admin".as_ptr(), true);
        let auditor = pg_sys::get_role_oid(c"tenancy_auditor".as_ptr(), true);
        let app = pg_sys::get_role_oid(c"tenancy_app".as_ptr(), true);
        // An administrator may bind to look; an application's session that can become one issues itself keys.
        let application = pg_sys::is_member_of_role_nosuper(role, app);
        // The role itself if it is one, else the first by name: the answer must not depend on the order of rows.
        let mut found: Option<(bool, Escape)> = None;
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            let form = &*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_authid>(tuple);
            let why = if form.rolsuper {
                "is a superuser"
            } else if form.rolbypassrls {
                "has BYPASSRLS"
            } else if form.rolreplication {
                "has REPLICATION"
            } else if SERVER_FILE_ROLES.contains(&form.oid.to_u32()) {
                "can reach the server's files"
            } else if !application {
                continue;
            } else if form.oid == admin {
                "can issue keys of every tenant"
            } else if form.oid == auditor {
                "reads traces of every tenant"
            } else if form.oid.to_u32() == WRITE_ALL_DATA {
                "can write the keys of every tenant"
            } else if form.oid.to_u32() == READ_ALL_DATA {
                "can read the tables of pg_tenancy"
            } else {
                continue;
            };
            if !reaches(role, form.oid) {
                continue;
            }
            let name = CStr::from_ptr(form.rolname.data.as_ptr())
                .to_string_lossy()
                .into_owned();
            let other = form.oid != role;
            if found
                .as_ref()
                .is_none_or(|(o, f)| (other, &name) < (*o, &f.role))
            {
                found = Some((other, Escape { role: name, why }));
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(authid, pg_sys::AccessShareLock as i32);
        found.map(|(_, escape)| escape)
    }
}

/// Whether `role` is `target`, may become it, or may grant itself to become it.
fn reaches(role: pg_sys::Oid, target: pg_sys::Oid) -> bool {
    // SAFETY: membership look-ups through the system caches.
    unsafe {
        role == target
            || pg_sys::superuser_arg(role)
            || pg_sys::is_member_of_role_nosuper(role, target)
            || pg_sys::is_admin_of_role(role, target)
    }
}

/// Whether this session is confined: one of its roles is granted `tenancy_app`. Superusers are not: they could take the
/// grant back, if they may run that.
pub fn application_session() -> bool {
    watch();
    // SAFETY: plain look-ups; outside a transaction no catalog may be read, and no statement runs there.
    unsafe {
        if !pg_sys::IsTransactionState() || pg_sys::MyProc.is_null() {
            return false;
        }
        let session = pg_sys::GetSessionUserId();
        let current = pg_sys::GetUserId();
        if let Some((s, c, confined)) = CONFINED.get()
            && s == session
            && c == current
        {
            return confined;
        }
        let app = pg_sys::get_role_oid(c"tenancy_app".as_ptr(), true);
        let confined = app != pg_sys::InvalidOid
            && [session, current]
                .into_iter()
                .any(|r| !pg_sys::superuser_arg(r) && pg_sys::is_member_of_role_nosuper(r, app));
        CONFINED.set(Some((session, current, confined)));
        confined
    }
}

/// Whether this session was last found to be an application's.
pub fn known_application_session() -> bool {
    CONFINED.get().is_some_and(|(_, _, confined)| confined)
}

/// Whether this session's user is granted `tenancy_admin`.
pub fn administrator_session() -> bool {
    // SAFETY: plain look-ups through the system caches.
    unsafe {
        let admin = pg_sys::get_role_oid(c"tenancy_admin".as_ptr(), true);
        admin != pg_sys::InvalidOid
            && pg_sys::is_member_of_role_nosuper(pg_sys::GetSessionUserId(), admin)
    }
}

/// Whether the current user has the privileges of a role of that name.
pub fn has_role(name: &CStr) -> bool {
    // SAFETY: plain look-ups through the system caches.
    unsafe {
        let role = pg_sys::get_role_oid(name.as_ptr(), true);
        role != pg_sys::InvalidOid && pg_sys::has_privs_of_role(pg_sys::GetUserId(), role)
    }
}

/// The name of the current user.
pub fn current_name() -> String {
    // SAFETY: reads static state.
    object::role_name(unsafe { pg_sys::GetUserId() })
}

/// Runs what only the extension's owner may do.
pub fn as_extension_owner<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    as_owner(object::extension_owner().ok_or(Error::NotInstalled)?, run)
}

/// Runs something as an owner, with pg_catalog's names, in a security-restricted operation, as ANALYZE and REINDEX do.
pub fn as_owner<T>(owner: pg_sys::Oid, run: impl FnOnce() -> Result<T>) -> Result<T> {
    as_role(owner, c"pg_catalog, pg_temp", run)
}

/// Runs something as a role, in a security-restricted operation, so that nothing in it gets out of the role.
pub fn as_role<T>(
    role: pg_sys::Oid,
    search_path: &CStr,
    run: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let (mut user, mut security) = (pg_sys::InvalidOid, 0);
    // SAFETY: static state of the backend. An error of Postgres's ends the (sub)transaction, which puts it back.
    let nesting = unsafe {
        pg_sys::GetUserIdAndSecContext(&mut user, &mut security);
        pg_sys::SetUserIdAndSecContext(
            role,
            security | pg_sys::SECURITY_RESTRICTED_OPERATION as i32,
        );
        let nesting = pg_sys::NewGUCNestLevel();
        pg_sys::set_config_option(
            c"search_path".as_ptr(),
            search_path.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
        nesting
    };
    let outcome = run();
    // SAFETY: as above.
    unsafe {
        pg_sys::AtEOXact_GUC(false, nesting);
        pg_sys::SetUserIdAndSecContext(user, security);
    }
    outcome
}

/// The same as the current user.
pub fn as_current<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: reads static state.
    as_owner(unsafe { pg_sys::GetUserId() }, run)
}
