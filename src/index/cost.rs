//! What a scan costs, from the number of codes of the tenants asked for, which the directory knows.

use std::ffi::c_void;

use pgrx::prelude::*;

use super::buffer::Lock;
use super::directory;
use super::open::Index;
use super::tenant;
use crate::error::{Result, or_raise};

/// Rows that are fetched for a few nearest ones, about as many as one bit's bounds leave.
const FETCHED: f64 = 40.0;
/// A code's share of `cpu_operator_cost`, which is for calling an operator.
const CODE: f64 = 0.1;

/// The planner holds a lock already.
const NO_LOCK: i32 = 0;

/// # Safety
/// Called by Postgres with valid arguments, as all functions of an access method are.
#[pg_guard]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C-unwind" fn estimate(
    root: *mut pg_sys::PlannerInfo,
    path: *mut pg_sys::IndexPath,
    loop_count: f64,
    startup: *mut pg_sys::Cost,
    total: *mut pg_sys::Cost,
    selectivity: *mut pg_sys::Selectivity,
    correlation: *mut f64,
    pages: *mut f64,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let path = &mut *path;
        let mut generic = pg_sys::GenericCosts::default();
        pg_sys::genericcostestimate(root, path, loop_count, &mut generic);
        *selectivity = generic.indexSelectivity;
        *correlation = 0.0;
        // Rows come in the order of one distance or not at all.
        if path.indexorderbys.is_null() || (*path.indexorderbys).length != 1 {
            #[cfg(feature = "pg18")]
            {
                path.path.disabled_nodes += 2;
            }
            *startup = f64::INFINITY;
            *total = f64::INFINITY;
            *pages = generic.numIndexPages;
            return;
        }
        let info = &*path.indexinfo;
        let guess = Size {
            pages: generic.numIndexPages.max(1.0),
            rows: generic.numIndexTuples.max(1.0),
        };
        let size = match asked(root, path) {
            Some(asked) => or_raise(size(info.indexoid, &asked), guess),
            None => guess,
        };
        if info.tuples > 0.0 {
            *selectivity = (size.rows / info.tuples).clamp(0.0, 1.0);
        }
        *pages = size.pages;
        let page = generic.spc_random_page_cost;
        // All codes are read before the first row comes, and some rows are fetched in vain.
        *startup = page
            + size.pages * pg_sys::seq_page_cost.min(page)
            + size.rows * CODE * pg_sys::cpu_operator_cost
            + FETCHED.min(size.rows) * (page + pg_sys::cpu_tuple_cost + pg_sys::cpu_operator_cost);
        *total = *startup + size.rows * pg_sys::cpu_index_tuple_cost;
    }
}

/// What the tenants asked for have in the index.
struct Size {
    pages: f64,
    rows: f64,
}

/// The tenants that a path asks for, as far as they are known before it runs.
unsafe fn asked(
    root: *mut pg_sys::PlannerInfo,
    path: &pg_sys::IndexPath,
) -> Option<pg_sys::ScanKeyData> {
    // SAFETY: the planner's own nodes, of the types that their tags say.
    unsafe {
        if (*path.indexinfo).hypothetical {
            return None;
        }
        let clause = nth(path.indexclauses, 0).cast::<pg_sys::IndexClause>();
        let qual = nth((*clause).indexquals, 0).cast::<pg_sys::RestrictInfo>();
        let qual = (*qual).clause.cast::<pg_sys::Node>();
        let (arguments, array) = match (*qual).type_ {
            pg_sys::NodeTag::T_OpExpr => ((*qual.cast::<pg_sys::OpExpr>()).args, false),
            pg_sys::NodeTag::T_ScalarArrayOpExpr => {
                ((*qual.cast::<pg_sys::ScalarArrayOpExpr>()).args, true)
            }
            _ => return None,
        };
        let value = nth(arguments, 1).cast::<pg_sys::Node>();
        let value = pg_sys::estimate_expression_value(root, value);
        if (*value).type_ != pg_sys::NodeTag::T_Const {
            return None;
        }
        let value = &*value.cast::<pg_sys::Const>();
        let mut key = pg_sys::ScanKeyData {
            sk_argument: value.constvalue,
            sk_subtype: value.consttype,
            ..Default::default()
        };
        if array {
            key.sk_flags |= pg_sys::SK_SEARCHARRAY as i32;
            key.sk_subtype = pg_sys::get_element_type(value.consttype);
        }
        if value.constisnull {
            key.sk_flags |= pg_sys::SK_ISNULL as i32;
        }
        Some(key)
    }
}

/// Looks the tenants up.
unsafe fn size(oid: pg_sys::Oid, key: &pg_sys::ScanKeyData) -> Result<Size> {
    // SAFETY: the planner holds a lock of the index.
    unsafe {
        let relation = pg_sys::index_open(oid, NO_LOCK);
        let size = of_tenants(relation, key);
        pg_sys::index_close(relation, NO_LOCK);
        size
    }
}

unsafe fn of_tenants(relation: pg_sys::Relation, key: &pg_sys::ScanKeyData) -> Result<Size> {
    let index = Index::open(relation)?;
    let mut size = Size {
        pages: 0.0,
        rows: 0.0,
    };
    // SAFETY: an open index and a key of a scan of it.
    for tenant in unsafe { tenant::asked(relation, std::slice::from_ref(key))? } {
        pgrx::check_for_interrupts!();
        let bucket = directory::bucket(&index, &tenant, Lock::Share)?;
        size.pages += 1.0;
        if let Some((number, tenant)) = bucket.page().find(&tenant) {
            let pages = f64::from(tenant.pages);
            size.pages += pages;
            size.rows += pages * index.entries.per_page as f64
                + bucket.page().entries_of(number, index.entries).count() as f64;
        }
    }
    Ok(size)
}

/// An element of a list of nodes.
unsafe fn nth(list: *mut pg_sys::List, n: usize) -> *mut c_void {
    // SAFETY: a list that is longer.
    unsafe { (*(*list).elements.add(n)).ptr_value }
}
