//! Reading the rows of tenants, nearest first. All codes of the tenants are read at once; each gives a bound that its
//! row's distance hardly ever is below. Rows are then fetched from the table in the order of their bounds, and given
//! out in the order of their exact distances, which the operator itself computes.
//!
//! The rows found are addresses in the table, and a row may be gone, and another tenant's in its place, before it is
//! fetched. Such a row is never seen: it is younger than the scan's snapshot. Whoever the rows are of, Postgres tests
//! the tenant of each once more.

use pgrx::PgMemoryContexts;
use pgrx::prelude::*;
use tenancy_core::recall::{Distance, Estimator, Nearest, Next, Point};
use tenancy_core::tenant_key::TenantKey;

use super::buffer::{Lock, Locked};
use super::heap::{self, Heap};
use super::open::Index;
use super::page::{Kind, META, NONE, Page, code, row};
use super::value::Element;
use super::{bucket, directory, options, tenant};
use crate::error::{Result, or_raise};
use crate::guc;

/// After so many pages a long scan lets go, so that it can be cancelled.
const BREATH: u32 = 128;

/// The state of a scan.
struct Scan {
    /// Rows yet to be given out; `None` before the first is asked for.
    nearest: Option<Nearest>,
    /// The table, once it is read.
    heap: Option<Heap>,
    /// Memory that lives as long as the scan.
    memory: pg_sys::MemoryContext,
}

/// # Safety
/// Called by Postgres with valid arguments, as all functions of an access method are.
#[pg_guard]
pub unsafe extern "C-unwind" fn begin(
    relation: pg_sys::Relation,
    keys: i32,
    order_bys: i32,
) -> pg_sys::IndexScanDesc {
    // SAFETY: an open index; the descriptor is Postgres's to free. The state is dropped with the memory that both live
    // in, after an error too.
    unsafe {
        let scan = pg_sys::RelationGetIndexScan(relation, keys, order_bys);
        let state = Scan {
            nearest: None,
            heap: None,
            memory: pg_sys::CurrentMemoryContext,
        };
        (*scan).opaque = PgMemoryContexts::CurrentMemoryContext
            .leak_and_drop_on_delete(state)
            .cast();
        scan
    }
}

/// # Safety
/// As for [`begin`].
#[pg_guard]
pub unsafe extern "C-unwind" fn rescan(
    scan: pg_sys::IndexScanDesc,
    keys: pg_sys::ScanKey,
    key_count: i32,
    order_bys: pg_sys::ScanKey,
    order_by_count: i32,
) {
    // SAFETY: Postgres's own descriptor, with room for as many keys as `begin` was told, and the state it made.
    unsafe {
        if !keys.is_null() && key_count > 0 {
            std::ptr::copy(keys, (*scan).keyData, key_count as usize);
        }
        if !order_bys.is_null() && order_by_count > 0 {
            std::ptr::copy(order_bys, (*scan).orderByData, order_by_count as usize);
        }
        (*(*scan).opaque.cast::<Scan>()).nearest = None;
    }
}

/// # Safety
/// As for [`begin`].
#[pg_guard]
pub unsafe extern "C-unwind" fn end(scan: pg_sys::IndexScanDesc) {
    // SAFETY: the state that `begin` made.
    unsafe {
        if let Some(heap) = (*(*scan).opaque.cast::<Scan>()).heap.take() {
            heap.close();
        }
    }
}

/// # Safety
/// As for [`begin`].
#[pg_guard]
pub unsafe extern "C-unwind" fn next(
    scan: pg_sys::IndexScanDesc,
    _direction: pg_sys::ScanDirection::Type,
) -> bool {
    // SAFETY: as the caller promises.
    or_raise(unsafe { find(&mut *scan) }, false)
}

unsafe fn find(scan: &mut pg_sys::IndexScanDescData) -> Result<bool> {
    // SAFETY: Postgres's own descriptor with the state that `begin` made; there are as many keys as it says.
    unsafe {
        let state = &mut *scan.opaque.cast::<Scan>();
        let order_by = match keys(scan.orderByData, scan.numberOfOrderBys) {
            [] => None,
            [one] => Some(one),
            _ => return Err(options::UNORDERED),
        };
        let nearest = match &mut state.nearest {
            Some(nearest) => nearest,
            none => {
                count_scan(scan);
                let index = Index::open(scan.indexRelation)?;
                let nearest = none.insert(Nearest::new(index.codec.metric()));
                read(&index, scan, order_by, nearest)?;
                nearest
            }
        };
        let heap = match &mut state.heap {
            Some(heap) => heap,
            none => none.insert(Heap::open(
                scan.heapRelation,
                scan.indexRelation,
                scan.xs_snapshot,
                state.memory,
            )),
        };
        let mut exact = |row| match order_by {
            Some(by) => heap.distance(row, by),
            None => Ok(Some(Distance::NULL)),
        };
        let row = loop {
            match nearest.next(&mut exact)? {
                Next::Row(row) => break row,
                Next::End => return Ok(false),
                Next::More => {
                    nearest.widen();
                    read(&Index::open(scan.indexRelation)?, scan, order_by, nearest)?;
                }
            }
        };
        scan.xs_heaptid = heap::address(row);
        scan.xs_recheck = true;
        scan.xs_recheckorderby = false;
        Ok(true)
    }
}

/// As many keys as Postgres says there are.
unsafe fn keys<'a>(first: pg_sys::ScanKey, count: i32) -> &'a [pg_sys::ScanKeyData] {
    match usize::try_from(count) {
        // SAFETY: as the caller says.
        Ok(count) if count > 0 => unsafe { std::slice::from_raw_parts(first, count) },
        _ => &[],
    }
}

/// Reads the rows of all tenants asked for, with their bounds.
unsafe fn read(
    index: &Index,
    scan: &pg_sys::IndexScanDescData,
    order_by: Option<&pg_sys::ScanKeyData>,
    nearest: &mut Nearest,
) -> Result<()> {
    // SAFETY: Postgres's own descriptor; there are as many keys as it says.
    unsafe {
        let keys = keys(scan.keyData, scan.numberOfKeys);
        let tenants = tenant::asked(scan.indexRelation, keys)?;
        // Without a vector to compare with, all distances are NULL.
        let point = match order_by {
            Some(by) if by.sk_flags & pg_sys::SK_ISNULL as i32 == 0 => {
                if options::metric_of(by.sk_strategy) != Some(index.codec.metric()) {
                    return Err(index.corrupt(META, "it is of another operator class"));
                }
                let numbers = Element::of_column(scan.indexRelation).numbers(by.sk_argument);
                Some(index.place(&numbers)?)
            }
            _ => None,
        };
        let mut reader = Reader {
            index,
            point: point.as_ref(),
            bound: guc::recall_bound(),
            estimator: None,
            bounds: Vec::new(),
            nearest,
        };
        while !reader.tenants(&tenants)? {
            reader.nearest.restart();
        }
        Ok(())
    }
}

/// Counts the scan for `pg_stat_all_indexes` and EXPLAIN.
unsafe fn count_scan(scan: &pg_sys::IndexScanDescData) {
    // SAFETY: Postgres's own descriptor of an open index.
    unsafe {
        if let Some(statistics) = (*scan.indexRelation).pgstat_info.as_mut() {
            #[cfg(feature = "pg15")]
            {
                statistics.t_counts.t_numscans += 1;
            }
            #[cfg(not(feature = "pg15"))]
            {
                statistics.counts.numscans += 1;
            }
        }
        #[cfg(feature = "pg18")]
        if let Some(instrument) = scan.instrument.as_mut() {
            instrument.nsearches += 1;
        }
    }
}

/// Reads entries, and bounds their distances.
struct Reader<'a> {
    index: &'a Index,
    /// What is looked for; `None` if distances are all NULL.
    point: Option<&'a Point>,
    bound: f32,
    /// For codes relative to the centre at this block.
    estimator: Option<(u32, Estimator)>,
    /// Of one page.
    bounds: Vec<f32>,
    nearest: &'a mut Nearest,
}

impl Reader<'_> {
    /// Reads tenants' entries; false if it has to be begun anew, as a chain changed where the reader took breath.
    fn tenants(&mut self, keys: &[TenantKey]) -> Result<bool> {
        for key in keys {
            pgrx::check_for_interrupts!();
            if !self.tenant(key)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn tenant(&mut self, key: &TenantKey) -> Result<bool> {
        let index = self.index;
        let page = directory::bucket(index, key, Lock::Share)?;
        let Some((number, tenant)) = page.page().find(key) else {
            return Ok(true);
        };
        let own = page.page().bytes_of(number, index.entries);
        self.add(key, &own, tenant.centre)?;
        for shared in bucket::shared(index, &page, Lock::Share)? {
            self.add(key, &shared.page().bytes_of(number, index.entries), NONE)?;
        }

        let mut before = page;
        let mut next = tenant.head;
        let mut read = 0;
        while next != NONE {
            let page = directory::page_of(index, key, next, Kind::Chain, Lock::Share)?;
            directory::count(index, next, &mut read)?;
            // Hand over hand: only now is the page before let go.
            drop(std::mem::replace(&mut before, page));
            self.add(key, before.page().entry_bytes(), before.page().centre())?;
            next = before.page().next();
            if read % BREATH == 0 && next != NONE {
                match breathe(index, before, key, next) {
                    Some(page) => before = page,
                    None => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    fn add(&mut self, key: &TenantKey, entries: &[u8], centre: u32) -> Result<()> {
        let stride = self.index.entries.stride;
        self.bounds.clear();
        if let Some(point) = self.point
            && !entries.is_empty()
        {
            let estimator = match &mut self.estimator {
                Some((at, estimator)) if *at == centre => estimator,
                other => {
                    let codec = &self.index.codec;
                    let centre_read = directory::centre(self.index, key, centre)?;
                    &mut other
                        .insert((centre, codec.query(point, &centre_read, self.bound)))
                        .1
                }
            };
            let count = entries.len() / stride;
            estimator.bounds(code(entries), stride, count, &mut self.bounds);
        } else {
            self.bounds.resize(entries.len() / stride, f32::NAN);
        }
        self.nearest
            .extend(&self.bounds, entries.chunks_exact(stride).map(row));
        Ok(())
    }
}

/// Lets go of a chain page for a moment; `None` if it then leads elsewhere: what the scan has not read yet may have come
/// to pages it has read.
fn breathe(index: &Index, page: Locked, key: &TenantKey, next: u32) -> Option<Locked> {
    let block = page.block;
    drop(page);
    pgrx::check_for_interrupts!();
    let page = Locked::any(index.relation, block, Lock::Share);
    let same = Page::of(page.bytes(), Kind::Chain, Some(index.entries))
        .is_ok_and(|page| page.key() == *key && page.next() == next);
    same.then_some(page)
}
