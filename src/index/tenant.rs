//! The tenants that a scan asks for.

use pgrx::prelude::*;
use tenancy_core::tenant_key::TenantKey;

use super::value::TenantType;
use crate::error::{Error, Result};

/// What an index's first column holds, by its operator class.
///
/// # Safety
/// An open index of this access method.
pub unsafe fn column(relation: pg_sys::Relation) -> Result<TenantType> {
    // SAFETY: as the caller promises; it has two columns.
    let class = unsafe { *(*relation).rd_opcintype };
    TenantType::of(class).ok_or(Error::UnsupportedTenantType)
}

/// The tenants that all keys together ask for, each once.
///
/// # Safety
/// An open index and the keys of a scan of it.
pub unsafe fn asked(
    relation: pg_sys::Relation,
    keys: &[pg_sys::ScanKeyData],
) -> Result<Vec<TenantKey>> {
    let mut asked: Option<Vec<TenantKey>> = None;
    for key in keys {
        // SAFETY: as the caller promises.
        let these = unsafe { of_key(relation, key)? };
        asked = Some(match asked {
            None => these,
            // Both are in order.
            Some(before) => before
                .into_iter()
                .filter(|tenant| these.binary_search(tenant).is_ok())
                .collect(),
        });
    }
    Ok(asked.unwrap_or_default())
}

unsafe fn of_key(relation: pg_sys::Relation, key: &pg_sys::ScanKeyData) -> Result<Vec<TenantKey>> {
    // SAFETY: as the caller promises; the argument is of the key's subtype, or an array of it.
    unsafe {
        if key.sk_flags & pg_sys::SK_ISNULL as i32 != 0 {
            return Ok(Vec::new());
        }
        // The subtype may be another one than the column's, as for integer = bigint.
        let kind = match TenantType::of(key.sk_subtype) {
            Some(kind) => kind,
            None => column(relation)?,
        };
        if key.sk_flags & pg_sys::SK_SEARCHARRAY as i32 == 0 {
            return Ok(vec![kind.key(key.sk_argument)]);
        }
        let mut tenants: Vec<_> = elements(key.sk_argument)
            .into_iter()
            .map(|value| {
                pgrx::check_for_interrupts!();
                kind.key(value)
            })
            .collect();
        tenants.sort_unstable();
        tenants.dedup();
        Ok(tenants)
    }
}

/// The elements of an array that are not NULL.
unsafe fn elements(array: pg_sys::Datum) -> Vec<pg_sys::Datum> {
    // SAFETY: an array; what is given lies in it, or in a copy in the present memory context.
    unsafe {
        let array = pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        let (mut length, mut by_value, mut alignment) = (0, false, 0);
        pg_sys::get_typlenbyvalalign(
            (*array).elemtype,
            &mut length,
            &mut by_value,
            &mut alignment,
        );
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        pg_sys::deconstruct_array(
            array,
            (*array).elemtype,
            i32::from(length),
            by_value,
            alignment,
            &mut values,
            &mut nulls,
            &mut count,
        );
        (0..count as usize)
            .filter(|&n| !*nulls.add(n))
            .map(|n| *values.add(n))
            .collect()
    }
}
