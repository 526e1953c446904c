//! Taking out the entries of rows that are gone. The directory is walked from its root: first a bucket page's own
//! entries, then the chains of its tenants, then the pages it links to. Whatever moves meanwhile, from a bucket page to
//! a chain or to a page that split off, has been looked at or is yet to be.
//!
//! A chain page of which little is left is taken into the one before it. One vacuum runs at a time on a table, and
//! nothing else takes chain pages away, so it may let go of a page and come back to it.

use std::ffi::c_void;

use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use pgrx::prelude::*;
use tenancy_core::tenant_key::TenantKey;

use super::buffer::{Lock, Locked};
use super::change::Change;
use super::heap::address;
use super::open::Index;
use super::page::{Kind, NOBODY, NONE, Page, Tenant, row};
use super::{bucket, directory};
use crate::error::{Result, refuse};

/// # Safety
/// Called by Postgres with valid arguments, as all functions of an access method are.
#[pg_guard]
pub unsafe extern "C-unwind" fn bulk_delete(
    info: *mut pg_sys::IndexVacuumInfo,
    stats: *mut pg_sys::IndexBulkDeleteResult,
    callback: pg_sys::IndexBulkDeleteCallback,
    state: *mut c_void,
) -> *mut pg_sys::IndexBulkDeleteResult {
    // SAFETY: as the caller promises.
    unsafe {
        let stats = or_new(stats);
        let swept = Index::open((*info).index).and_then(|index| {
            let mut sweep = Sweep {
                index: &index,
                callback,
                state,
                removed: 0,
                freed: 0,
            };
            sweep.directory()?;
            (*stats).tuples_removed += sweep.removed as f64;
            (*stats).pages_newly_deleted += sweep.freed;
            Ok(())
        });
        refuse(swept);
        stats
    }
}

/// # Safety
/// As for [`bulk_delete`].
#[pg_guard]
pub unsafe extern "C-unwind" fn cleanup(
    info: *mut pg_sys::IndexVacuumInfo,
    stats: *mut pg_sys::IndexBulkDeleteResult,
) -> *mut pg_sys::IndexBulkDeleteResult {
    // SAFETY: as the caller promises.
    unsafe {
        if (*info).analyze_only {
            return stats;
        }
        let stats = or_new(stats);
        refuse(Index::open((*info).index).map(|index| count(&index, &mut *stats)));
        stats
    }
}

unsafe fn or_new(stats: *mut pg_sys::IndexBulkDeleteResult) -> *mut pg_sys::IndexBulkDeleteResult {
    if stats.is_null() {
        // SAFETY: zeros are a valid result.
        unsafe { pg_sys::palloc0(size_of::<pg_sys::IndexBulkDeleteResult>()).cast() }
    } else {
        stats
    }
}

/// Counts pages and entries, and says which pages are free: the free space map is not logged.
fn count(index: &Index, stats: &mut pg_sys::IndexBulkDeleteResult) {
    let blocks = index.count_blocks();
    let (mut entries, mut free) = (0, 0);
    for block in 0..blocks {
        delay();
        let page = Locked::any(index.relation, block, Lock::Share);
        if page.is_unused() {
            free += 1;
            // SAFETY: an open relation and one of its blocks.
            unsafe { pg_sys::RecordFreeIndexPage(index.relation, block) };
        } else {
            for kind in [Kind::Bucket, Kind::Shared, Kind::Chain] {
                entries += Page::of(page.bytes(), kind, Some(index.entries))
                    .map_or(0, |page| page.count(index.entries));
            }
        }
    }
    // SAFETY: an open relation.
    unsafe { pg_sys::IndexFreeSpaceMapVacuum(index.relation) };
    stats.num_pages = blocks;
    stats.num_index_tuples = entries as f64;
    stats.estimated_count = false;
    stats.pages_free = free;
    stats.pages_deleted = free;
}

/// Lets VACUUM be slow, or be cancelled; not under a lock.
fn delay() {
    // SAFETY: called without a lock.
    unsafe {
        #[cfg(feature = "pg18")]
        pg_sys::vacuum_delay_point(false);
        #[cfg(not(feature = "pg18"))]
        pg_sys::vacuum_delay_point();
    }
}

struct Sweep<'a> {
    index: &'a Index,
    callback: pg_sys::IndexBulkDeleteCallback,
    state: *mut c_void,
    removed: u64,
    freed: u32,
}

impl Sweep<'_> {
    fn directory(&mut self) -> Result<()> {
        let mut walk = directory::Walk::new(self.index);
        while let Some(mut page) = walk.next(Lock::Exclusive)? {
            self.bucket(&mut page)?;
            let tenants: Vec<Tenant> = page.page().tenants().collect();
            drop(page);
            for tenant in tenants {
                if tenant.head != NONE {
                    self.chain(&tenant.key)?;
                }
            }
            delay();
        }
        Ok(())
    }

    /// Whether a row is gone.
    fn is_gone(&self, row: u64) -> bool {
        let mut address = address(row);
        // SAFETY: Postgres's own callback with its own state.
        self.callback.is_some_and(|callback| unsafe {
            pg_guard_ffi_boundary(|| callback(&mut address, self.state))
        })
    }

    /// Takes out a bucket's entries, the tenants of whom nothing is left, and shared pages that are not needed then.
    fn bucket(&mut self, page: &mut Locked) -> Result<()> {
        let entries = self.index.entries;
        let shared = bucket::shared(self.index, page, Lock::Exclusive)?;
        let mut bucket = bucket::gather(self.index, page, &shared)?;
        let tenants = bucket.tenants.len();
        let mut gone = 0;
        for (number, (tenant, of_tenant)) in bucket.tenants.iter_mut().enumerate() {
            let before = of_tenant.len();
            *of_tenant = of_tenant
                .chunks_exact(entries.stride)
                .filter(|entry| !self.is_gone(row(entry)))
                .collect::<Vec<_>>()
                .concat();
            gone += (before - of_tenant.len()) / entries.stride;
            if tenant.head == NONE && of_tenant.is_empty() {
                self.centres(page, number, tenant)?;
            }
        }
        bucket.tidy();
        if gone > 0 || bucket.tenants.len() < tenants {
            self.removed += gone as u64;
            for block in bucket::lay_out(self.index, page, shared, bucket) {
                self.free(block);
            }
        }
        Ok(())
    }

    /// Frees the centres of a tenant of whom nothing is left.
    fn centres(&mut self, page: &mut Locked, number: usize, tenant: &mut Tenant) -> Result<()> {
        while tenant.centre != NONE {
            let block = tenant.centre;
            let mut centre = directory::page_of(
                self.index,
                &tenant.key,
                block,
                Kind::Centre,
                Lock::Exclusive,
            )?;
            tenant.centre = centre.page().next();
            let mut change = Change::new(self.index);
            change.page(page).set_tenant(number, tenant);
            change.page(&mut centre).init(Kind::Free, &NOBODY);
            change.apply();
            self.free(block);
        }
        Ok(())
    }

    /// Takes out a chain's entries, and the pages they leave.
    fn chain(&mut self, key: &TenantKey) -> Result<()> {
        let index = self.index;
        let Some(mut before) = self.head(key)? else {
            return Ok(());
        };
        let (first, mut pages) = (before.block, 1);
        loop {
            let block = before.block;
            drop(before);
            delay();
            before = Locked::of(index, block, Kind::Chain, Lock::Exclusive)?;
            let next = before.page().next();
            if next == NONE {
                break;
            }
            let mut page = directory::page_of(index, key, next, Kind::Chain, Lock::Exclusive)?;
            let gone = self.gone(page.page());
            let left = page.page().count(index.entries) - gone.len();
            let fits = before.page().count(index.entries) + left <= index.entries.per_page
                && before.page().centre() == page.page().centre();
            if left == 0 || fits {
                let after = page.page().next();
                let kept = page.page().entries_but(&gone, index.entries);
                let mut change = Change::new(index);
                let mut to = change.page(&mut before);
                to.append(&kept);
                to.set_next(after);
                change.page(&mut page).init(Kind::Free, &NOBODY);
                change.apply();
                self.free(next);
            } else {
                self.retain(&mut page, &gone);
                before = page;
                directory::count(index, next, &mut pages)?;
            }
        }
        drop(before);
        self.note(key, first, pages)
    }

    /// The first page of a tenant's chain that is not left empty; `None` if there is none.
    fn head(&mut self, key: &TenantKey) -> Result<Option<Locked>> {
        let index = self.index;
        loop {
            let mut bucket = directory::bucket(index, key, Lock::Exclusive)?;
            let Some((number, mut tenant)) = bucket.page().find(key) else {
                return Ok(None);
            };
            if tenant.head == NONE {
                self.bucket(&mut bucket)?;
                return Ok(None);
            }
            let mut head =
                directory::page_of(index, key, tenant.head, Kind::Chain, Lock::Exclusive)?;
            let gone = self.gone(head.page());
            if gone.len() < head.page().count(index.entries) {
                self.retain(&mut head, &gone);
                return Ok(Some(head));
            }
            let block = head.block;
            tenant.head = head.page().next();
            tenant.pages = tenant.pages.saturating_sub(1);
            let mut change = Change::new(index);
            change.page(&mut bucket).set_tenant(number, &tenant);
            change.page(&mut head).init(Kind::Free, &NOBODY);
            change.apply();
            self.free(block);
        }
    }

    /// The rows of a chain page that are gone, in order.
    fn gone(&mut self, page: Page<'_>) -> Vec<u64> {
        let mut gone: Vec<u64> = page
            .entries(self.index.entries)
            .map(row)
            .filter(|row| self.is_gone(*row))
            .collect();
        gone.sort_unstable();
        self.removed += gone.len() as u64;
        gone
    }

    fn retain(&self, page: &mut Locked, gone: &[u64]) {
        if gone.is_empty() {
            return;
        }
        let kept = page.page().entries_but(gone, self.index.entries);
        let mut change = Change::new(self.index);
        change.page(page).set_entries(&kept);
        change.apply();
    }

    /// Notes how many pages a chain has: so many from `first` on, and those that came before it meanwhile.
    fn note(&self, key: &TenantKey, first: u32, mut pages: u32) -> Result<()> {
        let index = self.index;
        let mut bucket = directory::bucket(index, key, Lock::Exclusive)?;
        let Some((number, mut tenant)) = bucket.page().find(key) else {
            return Ok(());
        };
        let mut next = tenant.head;
        while next != first && next != NONE {
            directory::count(index, next, &mut pages)?;
            next = directory::page_of(index, key, next, Kind::Chain, Lock::Share)?
                .page()
                .next();
        }
        if tenant.pages != pages {
            tenant.pages = pages;
            let mut change = Change::new(index);
            change.page(&mut bucket).set_tenant(number, &tenant);
            change.apply();
        }
        Ok(())
    }

    fn free(&mut self, block: u32) {
        self.freed += 1;
        // SAFETY: an open relation and one of its blocks.
        unsafe { pg_sys::RecordFreeIndexPage(self.index.relation, block) };
    }
}
