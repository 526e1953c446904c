//! Adding a row. Every entry goes to the tenant's bucket page at first. When that is full, its largest tenant's entries
//! move on to the tenant's own chain, if they are at least half a page. Else all entries move on to the pages that the
//! bucket's tenants share; and when those are full too, the bucket splits. So small tenants share pages, and the chain of a
//! large one has none that is not full but its head.

use pgrx::prelude::*;
use tenancy_core::recall::{Centre, Mean, Point};
use tenancy_core::tenant_key::TenantKey;

use super::bucket::{self, Bucket};
use super::buffer::{Lock, Locked};
use super::change::Change;
use super::heap::row;
use super::open::Index;
use super::page::{Kind, MAX_DEPTH, NONE, PageMut, Tenant, code};
use super::value::Element;
use super::{directory, tenant};
use crate::error::{Result, refuse};

/// A chain gets its first centre when it has so many pages, and another one each time it is so many times as long: at
/// first a page for a centre would cost more than it saves.
pub const CENTRE_PAGES: u32 = 8;
/// Pages of a chain that are read for a new centre.
pub const SAMPLE: usize = 16;

/// # Safety
/// Called by Postgres with valid arguments, as all functions of an access method are.
#[pg_guard]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C-unwind" fn insert_row(
    relation: pg_sys::Relation,
    values: *mut pg_sys::Datum,
    nulls: *mut bool,
    address: pg_sys::ItemPointer,
    _table: pg_sys::Relation,
    _unique: pg_sys::IndexUniqueCheck::Type,
    _unchanged: bool,
    _info: *mut pg_sys::IndexInfo,
) -> bool {
    // SAFETY: as the caller promises: two columns' values, and the address of the row.
    let inserted = unsafe {
        Index::open(relation).and_then(|index| {
            // No scan can ask for a row without a tenant.
            if *nulls {
                return Ok(());
            }
            let key = tenant::column(relation)?.key(*values);
            let point = if *nulls.add(1) {
                None
            } else {
                let numbers = Element::of_column(relation).numbers(*values.add(1));
                Some(index.place(&numbers)?)
            };
            insert(&index, &key, row(&*address), point.as_ref())
        })
    };
    refuse(inserted);
    // Nothing here is unique.
    false
}

/// Adds a row; without a point, one whose vector is NULL.
fn insert(index: &Index, key: &TenantKey, row: u64, point: Option<&Point>) -> Result<()> {
    loop {
        let page = directory::bucket(index, key, Lock::Share)?;
        let centre = centre_of(&page, key);
        let entry = index.entry(row, point, &directory::centre(index, key, centre)?);
        if let Some(page) = directory::upgrade(index, page, key)?
            && centre_of(&page, key) == centre
            && add(index, page, key, &entry)?
        {
            return Ok(());
        }
    }
}

/// The centre of the tenant's entries on a bucket page.
fn centre_of(page: &Locked, key: &TenantKey) -> u32 {
    page.page()
        .find(key)
        .map_or(NONE, |(_, tenant)| tenant.centre)
}

/// Adds an entry to the tenant's bucket page; false if room had to be made, after which the tenant's page and centre
/// may be others.
fn add(index: &Index, mut page: Locked, key: &TenantKey, entry: &[u8]) -> Result<bool> {
    let found = page.page().find(key);
    let room = page.page().room(found.is_none());
    if room.is_none_or(|room| room < entry.len()) {
        make_room(index, page)?;
        return Ok(false);
    }
    let tenant = found.map_or_else(|| Tenant::new(*key), |(_, tenant)| tenant);
    let mut change = Change::new(index);
    change.page(&mut page).add(&tenant, entry, index.entries);
    change.apply();
    Ok(true)
}

/// Makes room on a bucket page.
pub fn make_room(index: &Index, mut page: Locked) -> Result<()> {
    let bucket = page.page().bucket(index.entries);
    let depth = page.page().depth();
    let half = (index.entries.per_page / 2).max(1) * index.entries.stride;
    if let Some((largest, bytes)) = bucket.largest()
        && (bytes >= half || (depth >= MAX_DEPTH && bytes > 0))
    {
        return move_to_chain(index, page, bucket, largest);
    }
    if !page.page().is_full_of_tenants() && bucket::move_on(index, &mut page, bucket)? {
        return Ok(());
    }
    // Keys are evenly spread, so no page gets so deep.
    if depth >= MAX_DEPTH {
        return Err(index.corrupt(page.block, "it is full of tenants"));
    }
    bucket::split(index, page)
}

/// Moves a tenant's entries from its bucket page to its chain: what the chain's head still takes, and the rest to a new
/// head. Before a tenant gets its first centre, its entries on shared pages move, one page at a time.
fn move_to_chain(index: &Index, mut page: Locked, mut bucket: Bucket, at: usize) -> Result<()> {
    let (tenant, own) = &mut bucket.tenants[at];
    let mut shared = if tenant.centre == NONE && tenant.pages + 1 >= CENTRE_PAGES {
        shared_with(index, &page, at)?
    } else {
        None
    };
    let mut moved = match &shared {
        Some(shared) => shared.page().bytes_of(at, index.entries),
        None => std::mem::take(own),
    };
    let mut head = if tenant.head == NONE {
        None
    } else {
        Some(directory::page_of(
            index,
            &tenant.key,
            tenant.head,
            Kind::Chain,
            Lock::Exclusive,
        )?)
    };
    let room = head
        .as_ref()
        .filter(|head| head.page().centre() == tenant.centre)
        .map_or(0, |head| {
            index.entries.per_page - head.page().count(index.entries)
        });
    let rest = moved.split_off(moved.len().min(room * index.entries.stride));
    let mut new_head = (!rest.is_empty()).then(|| Locked::unused(index));
    let mut new_centre = None;
    let mut chain = Tenant::clone(tenant);
    if let Some(new_head) = &new_head {
        chain.head = new_head.block;
        chain.pages += 1;
        if shared.is_none() && wants_centre(index, &chain) {
            let mean = mean(index, tenant, head.as_ref(), &[&moved, &rest])?;
            new_centre = Some((Locked::unused(index), mean.centre()));
        }
    }

    let mut change = Change::new(index);
    let mut page = change.page(&mut page);
    if let Some(shared) = &mut shared {
        let others = shared.page().bytes_but(at, index.entries);
        change.page(shared).set_entries(&others);
    }
    if let Some(head) = head.as_mut().filter(|_| !moved.is_empty()) {
        change.page(head).append(&moved);
    }
    if let Some(new_head) = &mut new_head {
        let mut new_head = change.new_page(new_head);
        lay_out(&mut new_head, tenant, &rest);
    }
    if let Some((new_centre, centre)) = &mut new_centre {
        chain.centre = new_centre.block;
        lay_out_centre(
            &mut change.new_page(new_centre),
            index,
            &tenant.key,
            tenant.centre,
            centre,
        );
    }
    *tenant = chain;
    page.set_bucket(&bucket, index.entries);
    change.apply();
    Ok(())
}

/// A shared page with entries of a bucket page's record.
fn shared_with(index: &Index, page: &Locked, number: usize) -> Result<Option<Locked>> {
    let mut shared = bucket::shared(index, page, Lock::Exclusive)?.into_iter();
    Ok(shared.find(|locked| {
        (locked.page().entries_of(number, index.entries))
            .next()
            .is_some()
    }))
}

/// Whether a chain that has grown is given a new centre. What is built has the right ones.
fn wants_centre(index: &Index, chain: &Tenant) -> bool {
    let grown = chain.pages.is_power_of_two() && chain.pages.trailing_zeros().is_multiple_of(3);
    !index.building && chain.pages >= CENTRE_PAGES && (grown || chain.centre == NONE)
}

/// A new head of a tenant's chain, with entries from the bucket page.
pub fn lay_out(page: &mut PageMut<'_>, tenant: &Tenant, entries: &[u8]) {
    page.init(Kind::Chain, &tenant.key);
    page.set_next(tenant.head);
    page.set_centre(tenant.centre);
    page.append(entries);
}

/// A centre, and the one before it.
pub fn lay_out_centre(
    page: &mut PageMut<'_>,
    index: &Index,
    key: &TenantKey,
    before: u32,
    centre: &Centre,
) {
    let mut content = vec![0; index.codec.centre_size()];
    centre.write(&mut content);
    page.init(Kind::Centre, key);
    page.set_next(before);
    page.set_content(&content);
}

/// The mean of a tenant's rows, from the codes of the entries given and of some pages of its chain.
fn mean(index: &Index, tenant: &Tenant, head: Option<&Locked>, others: &[&[u8]]) -> Result<Mean> {
    let mut mean = Mean::new(index.codec.padded());
    let mut add = |entries: &[u8], centre: u32| -> Result<()> {
        let centre = directory::centre(index, &tenant.key, centre)?;
        for entry in entries.chunks_exact(index.entries.stride) {
            index.codec.add(code(entry), &centre, &mut mean);
        }
        Ok(())
    };
    for entries in others {
        add(entries, tenant.centre)?;
    }
    let Some(head) = head else { return Ok(mean) };
    add(head.page().entry_bytes(), head.page().centre())?;
    let mut next = head.page().next();
    let mut before = None;
    for _ in 0..SAMPLE {
        if next == NONE {
            break;
        }
        let page = directory::page_of(index, &tenant.key, next, Kind::Chain, Lock::Share)?;
        // Hand over hand.
        drop(before.take());
        add(page.page().entry_bytes(), page.page().centre())?;
        next = page.page().next();
        before = Some(page);
    }
    Ok(mean)
}
