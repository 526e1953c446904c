//! CREATE INDEX and REINDEX. The table is read twice: for the centres of large tenants, and for the codes, which are
//! sorted by tenant. Chains are then written one after the other, their pages in order, and what is left of each goes
//! to the bucket pages as ever. Nothing is logged until all is written.

use std::collections::HashMap;
use std::ffi::c_void;

use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use pgrx::prelude::*;
use tenancy_core::recall::{Centre, Mean, Point};
use tenancy_core::tenant_key::{TENANT_KEY_SIZE, TenantKey};

use super::buffer::{Lock, Locked};
use super::change::Change;
use super::heap::row;
use super::insert::{CENTRE_PAGES, lay_out, lay_out_centre, make_room};
use super::open::Index;
use super::page::{Kind, META, Made, NOBODY, NONE, ROOT, Tenant};
use super::scratch::Scratch;
use super::value::{Element, TenantType};
use super::{directory, options, tenant};
use crate::error::{Result, or_raise, refuse};
use crate::frame;

/// Rows of a tenant that are counted before any is taken into its mean: smaller tenants have no centre.
const COUNTED: u64 = 256;
/// Rows of a tenant that are all taken into its mean; of those that follow, one in [`THINNED`].
const MEANT: u64 = 4096;
const THINNED: u64 = 16;

/// # Safety
/// Called by Postgres with valid arguments, as all functions of an access method are.
#[pg_guard]
pub unsafe extern "C-unwind" fn build(
    table: pg_sys::Relation,
    relation: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
) -> *mut pg_sys::IndexBuildResult {
    // SAFETY: as the caller promises.
    unsafe {
        let (read, written) = or_raise(make(table, relation, info), (0.0, 0.0));
        let result = pg_sys::palloc0(size_of::<pg_sys::IndexBuildResult>())
            .cast::<pg_sys::IndexBuildResult>();
        (*result).heap_tuples = read;
        (*result).index_tuples = written;
        result
    }
}

/// # Safety
/// As for [`build`].
#[pg_guard]
pub unsafe extern "C-unwind" fn build_empty(relation: pg_sys::Relation) {
    // SAFETY: as the caller promises: an unlogged index, whose init fork is made.
    unsafe {
        refuse(
            options::made(relation)
                .map(|made| empty(relation, &made, pg_sys::ForkNumber::INIT_FORKNUM)),
        );
    }
}

/// Writes the first two pages of an index.
fn empty(relation: pg_sys::Relation, made: &Made, fork: pg_sys::ForkNumber::Type) {
    for block in [META, ROOT] {
        let mut locked = Locked::new(relation, fork);
        let mut change = Change::in_place();
        let mut page = change.page(&mut locked);
        if block == META {
            page.init(Kind::Meta, &NOBODY);
            page.set_made(made);
        } else {
            page.init(Kind::Bucket, &NOBODY);
        }
        change.apply();
        // The init fork of an unlogged index is logged all the same: after a crash it is all there is.
        if fork == pg_sys::ForkNumber::INIT_FORKNUM {
            // SAFETY: locked exclusively, and dirty.
            unsafe { pg_sys::log_newpage_buffer(locked.place().0, true) };
        }
    }
}

unsafe fn make(
    table: pg_sys::Relation,
    relation: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
) -> Result<(f64, f64)> {
    // SAFETY: as the caller of `build` promises.
    unsafe {
        let made = options::made(relation)?;
        empty(relation, &made, pg_sys::ForkNumber::MAIN_FORKNUM);
        let mut index = Index::of(relation, made).ok_or(options::TOO_LARGE)?;
        index.building = true;
        let rows = Rows {
            index: &index,
            tenants: tenant::column(relation)?,
            element: Element::of_column(relation),
            scratch: Scratch::new(pg_sys::CurrentMemoryContext),
        };

        let mut means = Means {
            rows: &rows,
            of: HashMap::new(),
        };
        read(table, relation, info, false, |found| means.take(&found));
        let centres = means.write()?;

        // Sorts tenants' keys followed by entries.
        let sort = pg_sys::tuplesort_begin_datum(
            pg_sys::BYTEAOID,
            pg_sys::Oid::from(pg_sys::ByteaLessOperator),
            pg_sys::InvalidOid,
            false,
            pg_sys::maintenance_work_mem,
            std::ptr::null_mut(),
            0,
        );
        let mut written = 0.0;
        let found = read(table, relation, info, true, |found| {
            let record = rows.record(&found, &centres);
            rows.scratch
                .run(|| pg_sys::tuplesort_putdatum(sort, varlena(&record), false));
            written += 1.0;
        });
        pg_sys::tuplesort_performsort(sort);
        write(&index, &centres, sort)?;
        pg_sys::tuplesort_end(sort);
        rows.scratch.close();
        if is_logged(relation) {
            pg_sys::log_newpage_range(
                relation,
                pg_sys::ForkNumber::MAIN_FORKNUM,
                0,
                index.count_blocks(),
                true,
            );
        }
        Ok((found, written))
    }
}

/// Whether changes of a relation are logged: not under `wal_level = minimal`, if its file is of this transaction.
unsafe fn is_logged(relation: pg_sys::Relation) -> bool {
    // SAFETY: an open relation.
    unsafe {
        #[cfg(feature = "pg15")]
        let first = (*relation).rd_firstRelfilenodeSubid;
        #[cfg(not(feature = "pg15"))]
        let first = (*relation).rd_firstRelfilelocatorSubid;
        // 0 is no subtransaction.
        let is_new = (*relation).rd_createSubid != 0 || first != 0;
        (*(*relation).rd_rel).relpersistence as u8 == pg_sys::RELPERSISTENCE_PERMANENT
            && (pg_sys::wal_level >= pg_sys::WalLevel::WAL_LEVEL_REPLICA as i32 || !is_new)
    }
}

/// A row of the table that belongs into the index.
pub struct Found {
    pub row: u64,
    pub tenant: pg_sys::Datum,
    pub vector: Option<pg_sys::Datum>,
}

/// Calls `each` for each row of the table that belongs into the index and has a tenant: no scan can ask for one that has
/// none. Gives how many rows Postgres read.
///
/// # Safety
/// A table, an index on it and the description of that index.
pub unsafe fn read(
    table: pg_sys::Relation,
    relation: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
    progress: bool,
    mut each: impl FnMut(Found),
) -> f64 {
    let mut each: &mut dyn FnMut(Found) = &mut each;
    // SAFETY: as the caller promises; the state is what `take` expects.
    unsafe {
        pg_guard_ffi_boundary(|| {
            (*(*table).rd_tableam)
                .index_build_range_scan
                .map_or(0.0, |scan| {
                    scan(
                        table,
                        relation,
                        info,
                        true,
                        false,
                        progress,
                        0,
                        pg_sys::InvalidBlockNumber,
                        Some(take),
                        std::ptr::from_mut(&mut each).cast(),
                        std::ptr::null_mut(),
                    )
                })
        })
    }
}

/// # Safety
/// Called by Postgres for each row.
#[pg_guard]
unsafe extern "C-unwind" fn take(
    _relation: pg_sys::Relation,
    address: pg_sys::ItemPointer,
    values: *mut pg_sys::Datum,
    nulls: *mut bool,
    _alive: bool,
    state: *mut c_void,
) {
    // SAFETY: the state that `read` gave, and the two columns of the index, as Postgres gives them.
    unsafe {
        let each = &mut *state.cast::<&mut dyn FnMut(Found)>();
        if !*nulls {
            each(Found {
                row: row(&*address),
                tenant: *values,
                vector: (!*nulls.add(1)).then(|| *values.add(1)),
            });
        }
    }
}

/// How rows are read.
struct Rows<'a> {
    index: &'a Index,
    tenants: TenantType,
    element: Element,
    scratch: Scratch,
}

impl Rows<'_> {
    /// A row's tenant and entry, relative to the tenant's centre, if it has one.
    unsafe fn record(&self, found: &Found, centres: &Centres) -> Vec<u8> {
        // SAFETY: values of the two columns.
        let (key, point) = unsafe {
            let point = found.vector.map(|vector| self.point(vector));
            (self.key(found.tenant), point)
        };
        let none = Centre::none();
        let centre = centres.get(&key).map_or(&none, |(_, centre)| centre);
        let entry = self.index.entry(found.row, point.as_ref(), centre);
        [&key[..], &entry].concat()
    }

    unsafe fn key(&self, value: pg_sys::Datum) -> TenantKey {
        // SAFETY: a value of the tenant's column.
        unsafe { self.scratch.run(|| self.tenants.key(value)) }
    }

    unsafe fn point(&self, value: pg_sys::Datum) -> Point {
        // SAFETY: a value of the vector's column.
        let numbers = unsafe { self.scratch.run(|| self.element.numbers(value)) };
        or_raise(self.index.place(&numbers), self.index.codec.place(&[]))
    }
}

/// The first reading of the table.
struct Means<'a> {
    rows: &'a Rows<'a>,
    of: HashMap<TenantKey, (u64, Option<Mean>)>,
}

/// The centres of large tenants, and the pages they are on.
type Centres = HashMap<TenantKey, (u32, Centre)>;

impl Means<'_> {
    unsafe fn take(&mut self, found: &Found) {
        let (Some(vector), rows) = (found.vector, self.rows) else {
            return;
        };
        // SAFETY: values of the two columns.
        unsafe {
            let (count, mean) = self.of.entry(rows.key(found.tenant)).or_default();
            *count += 1;
            if *count > COUNTED && (*count <= MEANT || *count % THINNED == 0) {
                mean.get_or_insert_with(|| Mean::new(rows.index.codec.padded()))
                    .add_point(&rows.point(vector));
            }
        }
    }

    /// Writes the centres of the tenants that are large enough.
    fn write(self) -> Result<Centres> {
        let index = self.rows.index;
        let enough = (CENTRE_PAGES as usize * index.entries.per_page) as u64;
        let mut centres = Centres::new();
        for (key, (count, mean)) in self.of {
            let Some(mean) = mean.filter(|_| count >= enough) else {
                continue;
            };
            let mut page = Locked::unused(index);
            let block = page.block;
            let mut change = Change::new(index);
            let centre = mean.centre();
            lay_out_centre(&mut change.new_page(&mut page), index, &key, NONE, &centre);
            change.apply();
            centres.insert(key, (block, centre));
        }
        Ok(centres)
    }
}

/// Writes the sorted entries, tenant by tenant.
unsafe fn write(index: &Index, centres: &Centres, sort: *mut pg_sys::Tuplesortstate) -> Result<()> {
    let full = index.entries.per_page * index.entries.stride;
    let mut present: Option<Chain> = None;
    loop {
        pgrx::check_for_interrupts!();
        let mut value = pg_sys::Datum::null();
        let mut null = false;
        // SAFETY: sorted; what it gives is valid until the next is asked for.
        let record = unsafe {
            if !pg_sys::tuplesort_getdatum(
                sort,
                true,
                // Postgres 15 always gives a copy; it goes with the context of the build.
                #[cfg(not(feature = "pg15"))]
                false,
                &mut value,
                &mut null,
                std::ptr::null_mut(),
            ) {
                break;
            }
            frame::bytes(value)
        };
        let Some((key, entry)) = record.split_first_chunk::<TENANT_KEY_SIZE>() else {
            continue;
        };
        let chain = match &mut present {
            Some(chain) if chain.tenant.key == *key => chain,
            other => {
                if let Some(done) = other.take() {
                    done.finish(index)?;
                }
                let mut tenant = Tenant::new(*key);
                if let Some((block, _)) = centres.get(key) {
                    tenant.centre = *block;
                }
                other.insert(Chain {
                    tenant,
                    last: None,
                    rest: Vec::with_capacity(full),
                })
            }
        };
        chain.rest.extend_from_slice(entry);
        if chain.rest.len() == full {
            chain.flush(index);
        }
    }
    if let Some(done) = present {
        done.finish(index)?;
    }
    Ok(())
}

/// A tenant's chain being written, from its head on.
struct Chain {
    tenant: Tenant,
    /// The page written last, which is to lead to the next.
    last: Option<Locked>,
    /// Entries not yet on a page.
    rest: Vec<u8>,
}

impl Chain {
    fn flush(&mut self, index: &Index) {
        let mut page = Locked::unused(index);
        let block = page.block;
        let mut change = Change::new(index);
        let unlinked = Tenant {
            head: NONE,
            ..self.tenant
        };
        lay_out(&mut change.new_page(&mut page), &unlinked, &self.rest);
        match &mut self.last {
            Some(last) => change.page(last).set_next(block),
            None => self.tenant.head = block,
        }
        change.apply();
        self.tenant.pages += 1;
        self.rest.clear();
        self.last = Some(page);
    }

    /// Puts what fills no page on the tenant's bucket page.
    fn finish(mut self, index: &Index) -> Result<()> {
        drop(self.last.take());
        let mut rest = &self.rest[..];
        loop {
            let mut page = directory::bucket(index, &self.tenant.key, Lock::Exclusive)?;
            let is_new = page.page().find(&self.tenant.key).is_none();
            let stride = index.entries.stride;
            let Some(room) = (page.page().room(is_new))
                .map(|room| room / stride * stride)
                .filter(|room| *room > 0 || rest.is_empty())
            else {
                make_room(index, page)?;
                continue;
            };
            let (added, left) = rest.split_at(room.min(rest.len()));
            let mut change = Change::new(index);
            change
                .page(&mut page)
                .add(&self.tenant, added, index.entries);
            change.apply();
            if left.is_empty() {
                return Ok(());
            }
            rest = left;
        }
    }
}

/// A value of type bytea.
fn varlena(bytes: &[u8]) -> pg_sys::Datum {
    pgrx::varlena::rust_byte_slice_to_bytea(bytes)
        .into_pg()
        .into()
}
