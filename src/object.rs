//! What Postgres's own catalogs say of an object.

use std::ffi::CStr;

use pgrx::prelude::*;

/// The owner of the extension's schema, in a database that has it.
pub fn extension_owner() -> Option<pg_sys::Oid> {
    // SAFETY: the tuple of pg_namespace begins with FormData_pg_namespace, and is read before it is released.
    unsafe {
        if pg_sys::get_extension_oid(c"pg_tenancy".as_ptr(), true) == pg_sys::InvalidOid {
            return None;
        }
        let schema = pg_sys::get_namespace_oid(c"tenancy".as_ptr(), true);
        let tuple = pg_sys::SearchSysCache1(
            pg_sys::SysCacheIdentifier::NAMESPACEOID as i32,
            pg_sys::Datum::from(schema),
        );
        if tuple.is_null() {
            return None;
        }
        let owner =
            (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_namespace>(tuple)).nspowner;
        pg_sys::ReleaseSysCache(tuple);
        Some(owner)
    }
}

/// The name of a table, with its schema; `None` when it is gone.
pub fn relation_name(table: pg_sys::Oid) -> Option<String> {
    // SAFETY: both give NULL or a palloc'ed C string, which is copied.
    unsafe {
        let name = pg_sys::get_rel_name(table);
        let schema = pg_sys::get_namespace_name(pg_sys::get_rel_namespace(table));
        if name.is_null() || schema.is_null() {
            return None;
        }
        let name = pg_sys::quote_qualified_identifier(schema, name);
        Some(CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

/// Whether row security is enabled on a table; a table that is gone counts as one that had it.
pub fn has_row_security(table: pg_sys::Oid) -> bool {
    // SAFETY: the tuple of pg_class begins with FormData_pg_class, and is read before it is released.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(
            pg_sys::SysCacheIdentifier::RELOID as i32,
            pg_sys::Datum::from(table),
        );
        if tuple.is_null() {
            return true;
        }
        let form = pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_class>(tuple);
        let secured = (*form).relrowsecurity;
        pg_sys::ReleaseSysCache(tuple);
        secured
    }
}

/// The name of a role; empty when it is gone.
pub fn role_name(role: pg_sys::Oid) -> String {
    // SAFETY: gives NULL or a palloc'ed C string, which is copied.
    unsafe {
        pg_sys::GetUserNameFromId(role, true)
            .as_ref()
            .map(|name| CStr::from_ptr(name).to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}

/// The name of a function.
pub fn function_name(function: pg_sys::Oid) -> Option<String> {
    // SAFETY: gives NULL or a palloc'ed C string, which is copied.
    unsafe {
        let name = pg_sys::get_func_name(function);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

/// For a SECURITY DEFINER function whose owner row security does not bind: its owner's name. Functions of extensions
/// are their extension's to answer for.
pub fn exempt_definer(function: pg_sys::Oid) -> Option<String> {
    // SAFETY: the tuple of pg_proc begins with FormData_pg_proc, and is read before it is released.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(
            pg_sys::SysCacheIdentifier::PROCOID as i32,
            pg_sys::Datum::from(function),
        );
        if tuple.is_null() {
            return None;
        }
        let form = &*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_proc>(tuple);
        let (definer, owner) = (form.prosecdef, form.proowner);
        pg_sys::ReleaseSysCache(tuple);
        if !definer
            || !pg_sys::has_bypassrls_privilege(owner)
            || pg_sys::getExtensionOfObject(pg_sys::ProcedureRelationId, function)
                != pg_sys::InvalidOid
        {
            return None;
        }
        // Whoever it was, it is refused.
        Some(role_name(owner))
    }
}
