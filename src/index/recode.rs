//! Encoding rows anew where a better centre has come: a tenant's first rows were encoded before it had any. Part of
//! `tenancy.maintain`. Readers find each page either as it was or as it is then, and both are right.

use pgrx::prelude::*;
use tenancy_core::recall::{Centre, Mean, Point};

use super::buffer::{Lock, Locked};
use super::change::Change;
use super::heap::Heap;
use super::insert::{CENTRE_PAGES, SAMPLE, lay_out_centre};
use super::open::Index;
use super::page::{Kind, NONE, Tenant, row};
use super::value::Element;
use super::{bucket, directory};
use crate::error::Result;

/// Rows of a page by which it is judged whether a change is worth it.
const JUDGED: usize = 32;
/// It is if their squared distances from the new centre are less than so much of those from the old one. Bounds are
/// wide as distances are, and rows are fetched by their bounds.
const WORTH: f32 = 0.9;

/// Encodes an index's rows anew where that pays; gives how many pages it changed. Nothing is done on an index of
/// expressions, whose functions are not to run for whoever maintains, nor while somebody else works on the table.
pub fn recode(oid: pg_sys::Oid) -> Result<u32> {
    let lock = pg_sys::ShareUpdateExclusiveLock as i32;
    // SAFETY: an SQL function runs under a snapshot. The locks last to the end of the transaction; what is opened is closed.
    unsafe {
        let table = pg_sys::IndexGetRelation(oid, true);
        // So that no VACUUM takes pages away meanwhile.
        if table == pg_sys::InvalidOid || !pg_sys::ConditionalLockRelationOid(table, lock) {
            return Ok(0);
        }
        let table = pg_sys::try_table_open(table, pg_sys::NoLock as i32);
        if table.is_null() {
            return Ok(0);
        }
        let relation = pg_sys::try_index_open(oid, pg_sys::RowExclusiveLock as i32);
        let mut changed = Ok(0);
        if !relation.is_null() {
            if (*(*relation).rd_index).indisvalid
                && pg_sys::RelationGetIndexExpressions(relation).is_null()
            {
                changed = of_index(table, relation);
            }
            pg_sys::index_close(relation, pg_sys::NoLock as i32);
        }
        pg_sys::table_close(table, pg_sys::NoLock as i32);
        changed
    }
}

unsafe fn of_index(table: pg_sys::Relation, relation: pg_sys::Relation) -> Result<u32> {
    // SAFETY: both are open.
    unsafe {
        let index = Index::open(relation)?;
        let mut recoder = Recoder {
            index: &index,
            element: Element::of_column(relation),
            heap: Heap::open(
                table,
                relation,
                pg_sys::GetActiveSnapshot(),
                pg_sys::CurrentMemoryContext,
            ),
            changed: 0,
        };
        let done = recoder.directory();
        let changed = recoder.changed;
        recoder.heap.close();
        done.map(|()| changed)
    }
}

struct Recoder<'a> {
    index: &'a Index,
    element: Element,
    heap: Heap,
    changed: u32,
}

impl Recoder<'_> {
    fn directory(&mut self) -> Result<()> {
        let mut walk = directory::Walk::new(self.index);
        while let Some(page) = walk.next(Lock::Share)? {
            let tenants: Vec<Tenant> = page.page().tenants().collect();
            drop(page);
            for tenant in tenants {
                if tenant.head != NONE && tenant.pages >= CENTRE_PAGES {
                    self.chain(&tenant)?;
                }
            }
        }
        Ok(())
    }

    fn chain(&mut self, tenant: &Tenant) -> Result<()> {
        let at = self.centre(tenant)?;
        let centre = directory::centre(self.index, &tenant.key, at)?;
        let mut next = tenant.head;
        let mut pages = 0;
        while next != NONE {
            pgrx::check_for_interrupts!();
            let block = next;
            let page =
                directory::page_of(self.index, &tenant.key, block, Kind::Chain, Lock::Share)?;
            directory::count(self.index, block, &mut pages)?;
            next = page.page().next();
            let old = page.page().centre();
            if old == at {
                continue;
            }
            let before = page.page().entry_bytes().to_vec();
            drop(page);
            let old = directory::centre(self.index, &tenant.key, old)?;
            if let Some(after) = self.encode_if_worth(&before, &old, &centre)? {
                self.replace(block, &before, &after, at)?;
            }
        }
        Ok(())
    }

    /// The tenant's centre: the one it has, or the mean of its rows if that is worth a change. The one it has was made of
    /// codes, whose errors don't cancel out where all rows lie close together.
    fn centre(&mut self, tenant: &Tenant) -> Result<u32> {
        let old = directory::centre(self.index, &tenant.key, tenant.centre)?;
        let mut mean = Mean::new(self.index.codec.padded());
        let mut points = Vec::new();
        for row in self.sample(tenant)? {
            if let Some(point) = self.point(row)?.flatten() {
                mean.add_point(&point);
                points.push(point);
            }
        }
        let new = mean.centre();
        if points.len() < JUDGED || square(&new, &points) >= WORTH * square(&old, &points) {
            return Ok(tenant.centre);
        }
        self.adopt(tenant, &new)
    }

    /// Some rows of some pages.
    fn sample(&self, tenant: &Tenant) -> Result<Vec<u64>> {
        let mut rows = Vec::new();
        let mut next = tenant.head;
        for _ in 0..SAMPLE {
            if next == NONE {
                break;
            }
            let page = directory::page_of(self.index, &tenant.key, next, Kind::Chain, Lock::Share)?;
            let entries = page.page().entries(self.index.entries);
            rows.extend(entries.map(row).take(JUDGED));
            next = page.page().next();
        }
        Ok(rows)
    }

    /// Makes a centre the tenant's, with the entries on its bucket page encoded anew; where that cannot be, the tenant
    /// keeps the one it has.
    fn adopt(&mut self, tenant: &Tenant, centre: &Centre) -> Result<u32> {
        let index = self.index;
        let own = |page: &Locked| -> Result<Option<Vec<u8>>> {
            let Some((number, found)) = page.page().find(&tenant.key) else {
                return Ok(None);
            };
            // What lies on shared pages is relative to no centre.
            let is_shared = (bucket::shared(index, page, Lock::Share)?.iter()).any(|shared| {
                shared
                    .page()
                    .entries_of(number, index.entries)
                    .next()
                    .is_some()
            });
            let same = found.centre == tenant.centre && !is_shared;
            Ok(same.then(|| page.page().bytes_of(number, index.entries)))
        };
        let page = directory::bucket(index, &tenant.key, Lock::Share)?;
        let Some(before) = own(&page)? else {
            return Ok(tenant.centre);
        };
        drop(page);
        let Some(after) = self.encode(&before, centre)? else {
            return Ok(tenant.centre);
        };
        let mut page = directory::bucket(index, &tenant.key, Lock::Exclusive)?;
        if own(&page)? != Some(before) {
            return Ok(tenant.centre);
        }
        let mut bucket = page.page().bucket(index.entries);
        let mut new = Locked::unused(index);
        let block = new.block;
        for (of, entries) in &mut bucket.tenants {
            if of.key == tenant.key {
                of.centre = block;
                entries.clone_from(&after);
            }
        }
        let mut change = Change::new(index);
        change.page(&mut page).set_bucket(&bucket, index.entries);
        lay_out_centre(
            &mut change.new_page(&mut new),
            index,
            &tenant.key,
            tenant.centre,
            centre,
        );
        change.apply();
        Ok(block)
    }

    /// A page's entries encoded anew, if that pays.
    fn encode_if_worth(
        &mut self,
        entries: &[u8],
        old: &Centre,
        new: &Centre,
    ) -> Result<Option<Vec<u8>>> {
        let mut judged = Vec::new();
        for entry in entries.chunks_exact(self.index.entries.stride).take(JUDGED) {
            judged.extend(self.point(row(entry))?.flatten());
        }
        if square(new, &judged) >= WORTH * square(old, &judged) {
            return Ok(None);
        }
        self.encode(entries, new)
    }

    /// Entries encoded anew; `None` if a row is not to be seen: it may be gone, or of a transaction that is not done.
    fn encode(&mut self, entries: &[u8], centre: &Centre) -> Result<Option<Vec<u8>>> {
        let stride = self.index.entries.stride;
        let mut after = Vec::with_capacity(entries.len());
        for old in entries.chunks_exact(stride) {
            let Some(point) = self.point(row(old))? else {
                return Ok(None);
            };
            after.extend(self.index.entry(row(old), point.as_ref(), centre));
        }
        Ok(Some(after))
    }

    /// A row's place, none for a NULL; `None` if the row is not seen.
    fn point(&mut self, row: u64) -> Result<Option<Option<Point>>> {
        let (codec, element) = (&self.index.codec, self.element);
        self.heap.read(row, |vector| {
            // SAFETY: a value of the vector's column.
            vector.map(|vector| codec.place(&unsafe { element.numbers(vector) }))
        })
    }

    /// Replaces a page's entries, if they are still the same.
    fn replace(&mut self, block: u32, before: &[u8], after: &[u8], centre: u32) -> Result<()> {
        let mut page = Locked::of(self.index, block, Kind::Chain, Lock::Exclusive)?;
        if page.page().entry_bytes() == before {
            let mut change = Change::new(self.index);
            let mut changed = change.page(&mut page);
            changed.set_entries(after);
            changed.set_centre(centre);
            change.apply();
            self.changed += 1;
        }
        Ok(())
    }
}

/// The sum of squared distances from a centre.
fn square(centre: &Centre, points: &[Point]) -> f32 {
    points.iter().map(|point| centre.square_to(point)).sum()
}
