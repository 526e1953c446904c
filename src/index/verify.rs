//! Whether an index is whole: `tenancy.check_index`. Its pages are walked from the meta page on, and the table is read
//! beside it. Nothing is written to the table meanwhile, so every page must be reached once, or be free.

use std::collections::HashSet;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::tenant_key::TenantKey;

use super::bucket::{self, Bucket};
use super::buffer::{Lock, Locked};
use super::open::Index;
use super::page::{self, Kind, META, NONE, ROOT};
use super::scratch::Scratch;
use super::{build, options, tenant};
use crate::error::{Error, Result};
use crate::{object, role};

/// What is wrong with an index: the block, if it is one's, and what it is.
type Problem = (Option<i64>, String);

/// `tenancy.check_index(index regclass) RETURNS TABLE (block bigint, problem text)`
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["index"],
    sql = "CREATE FUNCTION tenancy.check_index(index regclass) RETURNS TABLE (block bigint, problem text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT SET search_path = pg_catalog, pg_temp AS '@MODULE_PATHNAME@', '@FUNCTION_NAME@';"
)]
fn check_index(
    index: pg_sys::Oid,
) -> Result<TableIterator<'static, (name!(block, Option<i64>), name!(problem, String))>, ErrorReport>
{
    // SAFETY: the relations are opened under locks and closed again; after an error Postgres does that.
    Ok(TableIterator::new(unsafe { check(index)? }))
}

unsafe fn check(oid: pg_sys::Oid) -> Result<Vec<Problem>> {
    // SAFETY: as `check_index` says.
    unsafe {
        let table = pg_sys::IndexGetRelation(oid, true);
        if table == pg_sys::InvalidOid {
            return Err(not_an_index());
        }
        let lock = pg_sys::AccessShareLock as i32;
        let table = pg_sys::table_open(table, lock);
        let relation = pg_sys::index_open(oid, lock);
        let problems = of_relations(table, relation);
        pg_sys::index_close(relation, lock);
        pg_sys::table_close(table, lock);
        problems
    }
}

unsafe fn of_relations(
    table: pg_sys::Relation,
    relation: pg_sys::Relation,
) -> Result<Vec<Problem>> {
    // SAFETY: both are open.
    unsafe {
        let kind = &*(*relation).rd_rel;
        let readable = kind.relkind as u8 == pg_sys::RELKIND_INDEX
            && (kind.relpersistence as u8 != pg_sys::RELPERSISTENCE_TEMP
                || (*relation).rd_islocaltemp);
        if kind.relam != pg_sys::get_index_am_oid(c"tenant_vector".as_ptr(), true) || !readable {
            return Err(not_an_index());
        }
        let owner = (*(*table).rd_rel).relowner;
        let auditor = pg_sys::get_role_oid(c"tenancy_auditor".as_ptr(), true);
        let user = pg_sys::GetUserId();
        if !pg_sys::has_privs_of_role(user, owner) && !pg_sys::has_privs_of_role(user, auditor) {
            let name = object::relation_name((*table).rd_id).unwrap_or_default();
            return Err(Error::NotOwner(format!("table {name}")));
        }
        pg_sys::LockRelationOid((*table).rd_id, pg_sys::ShareLock as i32);
        // Functions of an index's expressions and predicate run as their table's owner.
        role::as_owner(owner, || problems(table, relation))
    }
}

fn not_an_index() -> Error {
    Error::WrongObject {
        message: "this is no tenant_vector index".into(),
        hint: "Name an index that was made with USING tenant_vector, of a partitioned table those of its partitions; others' temporary tables cannot be read.".into(),
    }
}

unsafe fn problems(table: pg_sys::Relation, relation: pg_sys::Relation) -> Result<Vec<Problem>> {
    // SAFETY: both are open.
    unsafe {
        let index = match Index::open(relation) {
            Ok(index) => index,
            Err(Error::CorruptIndex { block, what, .. }) => {
                return Ok(vec![(block.map(i64::from), what.into())]);
            }
            Err(error) => return Err(error),
        };
        let mut walk = Walk {
            index: &index,
            reached: HashSet::from([META]),
            rows: HashSet::new(),
            table_blocks: u64::from(pg_sys::RelationGetNumberOfBlocksInFork(
                table,
                pg_sys::ForkNumber::MAIN_FORKNUM,
            )),
            problems: Vec::new(),
        };
        // The option of bits may have changed since, and the column may have lost its number of dimensions.
        let is = (index.codec.dimensions(), index.codec.metric().number());
        if options::made(relation).is_ok_and(|of| (of.dimensions as usize, of.metric) != is) {
            walk.note(META, "it is not of these columns");
        }
        walk.directory();
        walk.unreached();
        let Walk {
            rows, mut problems, ..
        } = walk;
        let tenants = tenant::column(relation)?;
        let scratch = Scratch::new(pg_sys::CurrentMemoryContext);
        let info = pg_sys::BuildIndexInfo(relation);
        // So that rows come with the address of the whole HOT chain, as seen by a snapshot.
        (*info).ii_Concurrent = true;
        build::read(table, relation, info, false, |found| {
            let key = scratch.run(|| tenants.key(found.tenant));
            let row = found.row;
            if !rows.contains(&(key, row)) {
                let problem = format!("the row at ({},{}) is missing", row >> 16, row & 0xffff);
                problems.push((None, problem));
            }
        });
        scratch.close();
        Ok(problems)
    }
}

/// The walk through an index.
struct Walk<'a> {
    index: &'a Index,
    reached: HashSet<u32>,
    rows: HashSet<(TenantKey, u64)>,
    /// How many blocks the table has.
    table_blocks: u64,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn note(&mut self, block: u32, what: impl Into<String>) {
        self.problems.push((Some(i64::from(block)), what.into()));
    }

    /// A page that must be of a kind, and is reached for the first time.
    fn take(&mut self, block: u32, kind: Kind) -> Option<Locked> {
        if !self.reached.insert(block) {
            self.note(block, "it is reached twice");
            return None;
        }
        match Locked::of(self.index, block, kind, Lock::Share) {
            Ok(page) => Some(page),
            Err(Error::CorruptIndex { what, .. }) => {
                self.note(block, what);
                None
            }
            Err(_) => None,
        }
    }

    fn directory(&mut self) {
        let entries = self.index.entries;
        let mut blocks = vec![(ROOT, 0)];
        while let Some((block, from)) = blocks.pop() {
            pgrx::check_for_interrupts!();
            let Some(page) = self.take(block, Kind::Bucket) else {
                continue;
            };
            let links = (from..page.page().depth()).map(|at| (page.page().link(at), at + 1));
            let (nowhere, links): (Vec<_>, Vec<_>) = links.partition(|(link, _)| *link == NONE);
            blocks.extend(links);
            let bucket = page.page().bucket(entries);
            let next = page.page().next();
            let lost = bucket
                .tenants
                .iter()
                .any(|(tenant, _)| page.page().forward(&tenant.key).is_some());
            drop(page);
            if !nowhere.is_empty() {
                self.note(block, "a link leads nowhere");
            }
            if lost {
                self.note(block, "it holds a tenant that is looked for elsewhere");
            }
            self.shared(block, next, &bucket);
            for (tenant, of_tenant) in bucket.tenants {
                self.rows(block, &tenant.key, &of_tenant);
                let mut centres = HashSet::new();
                self.centres(tenant.centre, &tenant.key, &mut centres);
                self.chain(&tenant, &centres);
            }
        }
    }

    /// The shared pages of a bucket.
    fn shared(&mut self, owner: u32, mut next: u32, bucket: &Bucket) {
        let mut pages = 0;
        while next != NONE {
            let block = next;
            let Some(page) = self.take(block, Kind::Shared) else {
                return;
            };
            pages += 1;
            next = page.page().next();
            let stray = page.page().owner() != owner;
            let mut entries = Bucket {
                tenants: (bucket.tenants.iter())
                    .map(|(tenant, _)| (*tenant, Vec::new()))
                    .collect(),
            };
            let whole = entries.take_shared(page.page(), self.index.entries);
            drop(page);
            if stray || pages > bucket::MOST {
                self.note(block, "it is not of the bucket page that leads to it");
            }
            if !whole {
                self.note(block, "it has entries of no record");
            }
            for (tenant, of_tenant) in entries.tenants {
                self.rows(block, &tenant.key, &of_tenant);
            }
        }
    }

    /// Notes the rows of entries, each of which must be there once.
    fn rows(&mut self, block: u32, key: &TenantKey, bytes: &[u8]) {
        for entry in bytes.chunks_exact(self.index.entries.stride) {
            let row = page::row(entry);
            if row >> 16 >= self.table_blocks {
                self.note(block, "it holds a row beyond the end of the table");
            }
            if !self.rows.insert((*key, row)) {
                self.note(block, "it holds a row that is elsewhere too");
            }
        }
    }

    fn centres(&mut self, mut block: u32, key: &TenantKey, centres: &mut HashSet<u32>) {
        while block != NONE {
            let Some(page) = self.take(block, Kind::Centre) else {
                return;
            };
            centres.insert(block);
            let (next, stray) = (page.page().next(), page.page().key() != *key);
            drop(page);
            if stray {
                self.note(block, "it is another tenant's");
            }
            block = next;
        }
    }

    fn chain(&mut self, tenant: &page::Tenant, centres: &HashSet<u32>) {
        let mut next = tenant.head;
        let mut pages = 0;
        while next != NONE {
            pgrx::check_for_interrupts!();
            let block = next;
            let Some(page) = self.take(block, Kind::Chain) else {
                return;
            };
            pages += 1;
            next = page.page().next();
            let stray = page.page().key() != tenant.key;
            let centre = page.page().centre();
            let bytes = page.page().entry_bytes().to_vec();
            drop(page);
            if stray {
                self.note(block, "it is another tenant's");
            }
            if centre != NONE && !centres.contains(&centre) {
                self.note(block, "its centre is not the tenant's");
            }
            self.rows(block, &tenant.key, &bytes);
        }
        // A VACUUM that did not come to its end may have left it too large, which only makes the planner wary.
        if pages > tenant.pages {
            self.note(tenant.head, "the chain is longer than the directory says");
        }
    }

    /// Looks for pages that are in use, and were not reached.
    fn unreached(&mut self) {
        for block in 0..self.index.count_blocks() {
            if !self.reached.contains(&block)
                && !Locked::any(self.index.relation, block, Lock::Share).is_unused()
            {
                self.note(block, "it is in use and reached from nowhere");
            }
        }
    }
}
