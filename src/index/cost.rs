//! What a scan costs, from the number of codes of the tenants asked for, which the directory knows.

use pgrx::prelude::*;
use tenancy_core::tenant_key::{TenantKey, tenant_key};

use super::buffer::Lock;
use super::open::Index;
use super::value::TenantType;
use super::{bucket, directory, tenant};
use crate::error::{Result, or_raise};
use crate::{session, statement};

/// Rows of a tenant whose pages are read once, in whatever order the rows are fetched. Of more, each may read its page
/// anew.
const TOGETHER: f64 = 2000.0;
/// A code's share of `cpu_operator_cost`, which is for calling an operator.
const CODE: f64 = 0.1;

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
        // A tenant's rows are fetched in an order of their own, but from no more pages than any other plan reads.
        *correlation = 1.0;
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
        let size = match keys(root, path) {
            keys if keys.is_empty() => None,
            keys => or_raise(size(info.indexoid, &keys), None),
        }
        .unwrap_or(guess);
        *pages = size.pages;
        let page = generic.spc_random_page_cost;
        // All codes are read before the first row comes. They are few pages beside the rows', and read often, so only
        // the first is taken not to be in memory.
        *startup = page
            + size.pages * pg_sys::cpu_tuple_cost
            + size.rows * CODE * pg_sys::cpu_operator_cost;
        // Rows that are fetched are counted as the planner counts them for other plans.
        let fetch =
            pg_sys::cpu_index_tuple_cost + pg_sys::cpu_tuple_cost + pg_sys::cpu_operator_cost;
        let together = if asks_all(root) { 0.0 } else { TOGETHER };
        *total = *startup + guess.rows * fetch + (guess.rows - together).max(0.0) * page;
    }
}

/// Whether a query has no LIMIT, so that sorting beats this order.
unsafe fn asks_all(root: *mut pg_sys::PlannerInfo) -> bool {
    // SAFETY: the planner's own node.
    unsafe { (*root).tuple_fraction <= 0.0 }
}

/// What the tenants asked for have in the index.
#[derive(Clone, Copy)]
struct Size {
    pages: f64,
    rows: f64,
}

/// What a path asks of the tenant's column, as far as that is known before it runs.
unsafe fn keys(
    root: *mut pg_sys::PlannerInfo,
    path: &pg_sys::IndexPath,
) -> Vec<pg_sys::ScanKeyData> {
    let mut keys = Vec::new();
    // SAFETY: the planner's own nodes, of the types that their tags say.
    unsafe {
        if (*path.indexinfo).hypothetical {
            return keys;
        }
        for clause in statement::nodes(path.indexclauses) {
            for qual in statement::nodes((*clause.cast::<pg_sys::IndexClause>()).indexquals) {
                let qual = (*qual.cast::<pg_sys::RestrictInfo>()).clause;
                keys.extend(key(root, qual.cast()));
            }
        }
    }
    keys
}

unsafe fn key(
    root: *mut pg_sys::PlannerInfo,
    qual: *mut pg_sys::Node,
) -> Option<pg_sys::ScanKeyData> {
    // SAFETY: as for `keys`.
    unsafe {
        let (arguments, array) = match (*qual).type_ {
            pg_sys::NodeTag::T_OpExpr => ((*qual.cast::<pg_sys::OpExpr>()).args, false),
            pg_sys::NodeTag::T_ScalarArrayOpExpr => {
                ((*qual.cast::<pg_sys::ScalarArrayOpExpr>()).args, true)
            }
            _ => return None,
        };
        let value = statement::nodes(arguments).nth(1)?;
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

/// Looks the tenants up; `None` if what they have must not be told.
unsafe fn size(oid: pg_sys::Oid, keys: &[pg_sys::ScanKeyData]) -> Result<Option<Size>> {
    // SAFETY: the planner holds a lock of the index.
    unsafe {
        let relation = pg_sys::index_open(oid, pg_sys::NoLock as i32);
        let size = of_tenants(relation, keys);
        pg_sys::index_close(relation, pg_sys::NoLock as i32);
        size
    }
}

unsafe fn of_tenants(
    relation: pg_sys::Relation,
    keys: &[pg_sys::ScanKeyData],
) -> Result<Option<Size>> {
    // SAFETY: an open index and keys of a scan of it.
    let (asked, kind, table) = unsafe {
        (
            tenant::asked(relation, keys)?,
            tenant::column(relation)?,
            (*(*relation).rd_index).indrelid,
        )
    };
    if is_secured(table) && own(kind)?.is_none_or(|own| asked != [own]) {
        return Ok(None);
    }
    let index = Index::open(relation)?;
    let mut size = Size {
        pages: 0.0,
        rows: 0.0,
    };
    for tenant in asked {
        pgrx::check_for_interrupts!();
        let page = directory::bucket(&index, &tenant, Lock::Share)?;
        size.pages += 1.0;
        if let Some((number, tenant)) = page.page().find(&tenant) {
            let pages = f64::from(tenant.pages);
            size.pages += pages;
            size.rows += pages * index.entries.per_page as f64
                + page.page().entries_of(number, index.entries).count() as f64;
            for shared in bucket::shared(&index, &page, Lock::Share)? {
                size.pages += 1.0;
                size.rows += shared.page().entries_of(number, index.entries).count() as f64;
            }
        }
    }
    Ok(Some(size))
}

/// Whether row security binds whoever asks. The plan that is chosen can show in the order of equally distant rows; so
/// only what the bound tenant has may decide on it.
fn is_secured(table: pg_sys::Oid) -> bool {
    // SAFETY: looks system caches up.
    let enabled = unsafe { pg_sys::check_enable_rls(table, pg_sys::InvalidOid, true) };
    enabled == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
}

/// The key of the bound tenant.
fn own(kind: TenantType) -> Result<Option<TenantKey>> {
    if !session::is_bound() {
        return Ok(None);
    }
    let present = session::present()?;
    Ok(present.map(|present| match kind {
        TenantType::Uuid => tenant_key(&present.tenant_id.get()),
        TenantType::Text => tenant_key(session::slug().as_bytes()),
        _ => tenant_key(&present.number.get().to_le_bytes()),
    }))
}
