//! Encoding rows anew where a better centre has come: a tenant's first rows were encoded before it had any. Part of
//! `tenancy.maintain`. Readers find each page either as it was or as it is then, and both are right.

use pgrx::prelude::*;
use tenancy_core::recall::{Centre, Point};

use super::buffer::{Lock, Locked};
use super::change::Change;
use super::directory;
use super::heap::Heap;
use super::open::Index;
use super::page::{Kind, NONE, ROOT, Tenant, code_mut, entry, row};
use super::value::Element;
use crate::error::Result;

/// Rows of a page by which it is judged whether the page is worth it.
const JUDGED: usize = 32;
/// It is if their squared distances from the new centre are less than so much of those from the old one. Bounds are
/// wide as distances are, and rows are fetched by their bounds.
const WORTH: f32 = 0.9;

/// What is locked already.
const NO_LOCK: i32 = 0;

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
        let table = pg_sys::try_table_open(table, NO_LOCK);
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
            pg_sys::index_close(relation, NO_LOCK);
        }
        pg_sys::table_close(table, NO_LOCK);
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
        let mut blocks = vec![(ROOT, 0)];
        let mut pages = 0;
        while let Some((block, from)) = blocks.pop() {
            directory::count(self.index, block, &mut pages)?;
            let page = Locked::of(self.index, block, Kind::Bucket, Lock::Share)?;
            let depth = page.page().depth();
            blocks.extend((from..depth).map(|at| (page.page().link(at), at + 1)));
            let tenants: Vec<Tenant> = page.page().tenants().collect();
            drop(page);
            for tenant in tenants {
                if tenant.head != NONE && tenant.centre != NONE {
                    self.chain(&tenant)?;
                }
            }
        }
        Ok(())
    }

    fn chain(&mut self, tenant: &Tenant) -> Result<()> {
        let centre = directory::centre(self.index, &tenant.key, tenant.centre)?;
        let mut next = tenant.head;
        let mut pages = 0;
        while next != NONE {
            pgrx::check_for_interrupts!();
            let page = directory::page_of(self.index, &tenant.key, next, Kind::Chain, Lock::Share)?;
            let block = next;
            directory::count(self.index, block, &mut pages)?;
            next = page.page().next();
            let old = page.page().centre();
            if old == tenant.centre {
                continue;
            }
            let before = page.page().entry_bytes().to_vec();
            drop(page);
            let old = directory::centre(self.index, &tenant.key, old)?;
            if let Some(after) = self.encode(&before, &old, &centre)? {
                self.replace(block, &before, &after, tenant.centre)?;
            }
        }
        Ok(())
    }

    /// A page's entries encoded anew; `None` if that does not pay, or a row is not to be seen: it may be gone, or of a
    /// transaction that is not done.
    fn encode(&mut self, entries: &[u8], old: &Centre, new: &Centre) -> Result<Option<Vec<u8>>> {
        let stride = self.index.entries.stride;
        let rows: Vec<u64> = entries.chunks_exact(stride).map(row).collect();
        let Some(judged) = self.points(&rows[..JUDGED.min(rows.len())])? else {
            return Ok(None);
        };
        let square = |centre: &Centre| -> f32 {
            let points = judged.iter().flatten();
            points.map(|point| centre.square_to(point)).sum()
        };
        if square(new) >= WORTH * square(old) {
            return Ok(None);
        }
        let Some(points) = self.points(&rows)? else {
            return Ok(None);
        };
        let mut after = Vec::with_capacity(entries.len());
        for (row, point) in rows.iter().zip(points) {
            let mut entry = entry(stride, *row);
            match point {
                Some(point) => self.index.codec.encode(&point, new, code_mut(&mut entry)),
                None => self.index.codec.encode_null(code_mut(&mut entry)),
            }
            after.extend(entry);
        }
        Ok(Some(after))
    }

    /// The places of rows, none for a NULL; `None` if one of the rows is not seen.
    fn points(&mut self, rows: &[u64]) -> Result<Option<Vec<Option<Point>>>> {
        let (codec, element) = (&self.index.codec, self.element);
        let mut points = Vec::with_capacity(rows.len());
        for row in rows {
            let point = self.heap.read(*row, |vector| {
                // SAFETY: a value of the vector's column.
                vector.map(|vector| codec.place(&unsafe { element.numbers(vector) }))
            })?;
            match point {
                Some(point) => points.push(point),
                None => return Ok(None),
            }
        }
        Ok(Some(points))
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
