//! The shared pages of a bucket. When a bucket page is full, its entries move on to up to two pages that all its tenants
//! share, and only when those are full too it splits: so its pages are four fifths full on average, where one page alone
//! would be two thirds full. Records stay on the bucket page.
//!
//! A bucket page is locked first and its shared pages then, in order; they are only reached under its lock, and never
//! change without it. Entries there are relative to no centre, as a tenant that has one has none of them there.

use super::buffer::{Lock, Locked};
use super::change::Change;
use super::open::Index;
use super::page::{Entries, Kind, NOBODY, NONE, Page, Tenant, bits, set_tag, tag};
use crate::error::Result;

/// Shared pages of a bucket: with them, and the page that splits off, as many as one change can have.
pub const MOST: usize = 2;

/// Tenants of a bucket page with entries of theirs.
pub struct Bucket {
    pub tenants: Vec<(Tenant, Vec<u8>)>,
}

impl Bucket {
    /// Takes out the tenants of whom nothing is left.
    pub fn tidy(&mut self) {
        self.tenants
            .retain(|(tenant, entries)| tenant.head != NONE || !entries.is_empty());
    }

    /// Parts the tenants by a bit of their keys; gives those whose bit is set.
    pub fn split(&mut self, depth: usize) -> Self {
        let (set, unset) = std::mem::take(&mut self.tenants)
            .into_iter()
            .partition(|(tenant, _)| bits(&tenant.key) >> (31 - depth) & 1 == 1);
        self.tenants = unset;
        Self { tenants: set }
    }

    /// Takes the entries of a shared page in; false if some are of no tenant, or of one with a centre.
    pub fn take_shared(&mut self, page: Page<'_>, entries: Entries) -> bool {
        page.entries(entries).all(|entry| {
            let found = self.tenants.get_mut(tag(entry));
            let found = found.filter(|(tenant, _)| tenant.centre == NONE);
            found.map(|(_, of)| of.extend_from_slice(entry)).is_some()
        })
    }

    /// How many shared pages it needs beside its bucket page.
    pub fn shared_pages(&self, entries: Entries) -> usize {
        let own = entries.per_bucket(self.tenants.len());
        let bytes: usize = self.tenants.iter().map(|(_, of)| of.len()).sum();
        (bytes / entries.stride)
            .saturating_sub(own)
            .div_ceil(entries.per_shared)
    }

    /// How many bytes of entries may go to shared pages.
    pub fn movable(&self) -> usize {
        let movable = self
            .tenants
            .iter()
            .filter(|(tenant, _)| tenant.centre == NONE);
        movable.map(|(_, of)| of.len()).sum()
    }

    /// Takes entries out that go to shared pages, as many as there is room for on each.
    pub fn share(&mut self, rooms: &[usize], entries: Entries) -> Vec<Vec<u8>> {
        let mut parts = vec![Vec::new(); rooms.len()];
        for (number, (tenant, of_tenant)) in self.tenants.iter_mut().enumerate() {
            if tenant.centre != NONE {
                continue;
            }
            for (part, room) in parts.iter_mut().zip(rooms) {
                let room = (room - part.len()) / entries.stride * entries.stride;
                let start = part.len();
                part.extend(of_tenant.drain(of_tenant.len() - room.min(of_tenant.len())..));
                for entry in part[start..].chunks_exact_mut(entries.stride) {
                    set_tag(entry, number);
                }
            }
        }
        parts
    }

    /// The tenant with most entries: its place, and how many bytes they are.
    pub fn largest(&self) -> Option<(usize, usize)> {
        let sizes = self.tenants.iter().map(|(_, entries)| entries.len());
        sizes.enumerate().max_by_key(|(_, size)| *size)
    }
}

/// The shared pages of a bucket page that is held.
pub fn shared(index: &Index, page: &Locked, lock: Lock) -> Result<Vec<Locked>> {
    let mut shared = Vec::with_capacity(MOST);
    let (mut before, mut next) = (page.block, page.page().next());
    let tenants = page.page().tenant_count();
    while next != NONE {
        if shared.len() == MOST {
            return Err(index.corrupt(before, "it leads to too many shared pages"));
        }
        let locked = Locked::of(index, next, Kind::Shared, lock)?;
        if locked.page().owner() != page.block {
            return Err(index.corrupt(next, "another bucket page leads to it"));
        }
        if (locked.page().entries(index.entries)).any(|entry| tag(entry) >= tenants) {
            return Err(index.corrupt(next, "it has entries of no record"));
        }
        (before, next) = (next, locked.page().next());
        shared.push(locked);
    }
    Ok(shared)
}

/// All that a bucket holds, to be laid out anew.
pub fn gather(index: &Index, page: &Locked, shared: &[Locked]) -> Result<Bucket> {
    let mut bucket = page.page().bucket(index.entries);
    for locked in shared {
        if !bucket.take_shared(locked.page(), index.entries) {
            return Err(index.corrupt(locked.block, "it has entries of a tenant with a centre"));
        }
    }
    Ok(bucket)
}

/// Moves a bucket page's entries on to its shared pages; false if little would move.
pub fn move_on(index: &Index, page: &mut Locked, mut bucket: Bucket) -> Result<bool> {
    let full = index.entries.shared_bytes();
    let mut shared = shared(index, page, Lock::Exclusive)?;
    let mut rooms: Vec<usize> = (shared.iter())
        .map(|locked| full - locked.page().entry_bytes().len())
        .collect();
    rooms.resize(MOST, full);
    if bucket.movable().min(rooms.iter().sum()) < full / 4 {
        return Ok(false);
    }
    let old = shared.len();
    let parts = bucket.share(&rooms, index.entries);
    let wanted = parts
        .iter()
        .rposition(|part| !part.is_empty())
        .map_or(0, |last| last + 1);
    while shared.len() < wanted {
        shared.push(Locked::unused(index));
    }
    let blocks: Vec<u32> = shared.iter().map(|locked| locked.block).collect();
    let owner = page.block;
    let mut change = Change::new(index);
    let mut page = change.page(page);
    page.set_bucket(&bucket, index.entries);
    if let Some(first) = blocks.first() {
        page.set_next(*first);
    }
    for (at, locked) in shared.iter_mut().enumerate() {
        let next = blocks.get(at + 1).copied().unwrap_or(NONE);
        if at < old {
            let mut page = change.page(locked);
            page.append(&parts[at]);
            page.set_next(next);
        } else {
            let mut page = change.new_page(locked);
            page.init_shared(owner, next);
            page.append(&parts[at]);
        }
    }
    change.apply();
    Ok(true)
}

/// Lays a bucket out on its pages; gives the blocks of those that it leaves.
pub fn lay_out(
    index: &Index,
    page: &mut Locked,
    mut shared: Vec<Locked>,
    mut bucket: Bucket,
) -> Vec<u32> {
    let wanted = bucket.shared_pages(index.entries).min(shared.len());
    let parts = bucket.share(&vec![index.entries.shared_bytes(); wanted], index.entries);
    let blocks: Vec<u32> = shared.iter().map(|locked| locked.block).collect();
    let owner = page.block;
    let mut change = Change::new(index);
    let mut page = change.page(page);
    page.set_bucket(&bucket, index.entries);
    page.set_next(if wanted > 0 { blocks[0] } else { NONE });
    for (at, locked) in shared.iter_mut().enumerate() {
        let mut page = change.page(locked);
        if at < wanted {
            page.init_shared(
                owner,
                if at + 1 < wanted {
                    blocks[at + 1]
                } else {
                    NONE
                },
            );
            page.append(&parts[at]);
        } else {
            page.init(Kind::Free, &NOBODY);
        }
    }
    change.apply();
    blocks[wanted..].to_vec()
}

/// Parts a bucket by the next bit of its tenants' keys. The half whose bit is set goes to a page of its own, and with it
/// the shared pages that it needs.
pub fn split(index: &Index, mut page: Locked) -> Result<()> {
    let entries = index.entries;
    let mut shared = shared(index, &page, Lock::Exclusive)?;
    let mut bucket = gather(index, &page, &shared)?;
    let mut moved = bucket.split(page.page().depth());
    // Together the halves need no more shared pages than there are: those hold no more than bucket pages do.
    let taken = moved.shared_pages(entries);
    let Some(kept) = shared
        .len()
        .checked_sub(taken)
        .filter(|kept| *kept >= bucket.shared_pages(entries))
    else {
        return Err(index.corrupt(page.block, "its shared pages hold too much"));
    };
    let rooms = vec![entries.shared_bytes(); shared.len()];
    let mut parts = bucket.share(&rooms[..kept], entries);
    parts.extend(moved.share(&rooms[kept..], entries));

    let mut twin = Locked::unused(index);
    let (left_block, right_block) = (page.block, twin.block);
    let blocks: Vec<u32> = shared.iter().map(|locked| locked.block).collect();
    let next = |from: usize, to: usize| if from < to { blocks[from] } else { NONE };
    let mut change = Change::new(index);
    let mut left = change.page(&mut page);
    for (at, locked) in shared.iter_mut().enumerate() {
        let mut page = change.page(locked);
        if at < kept {
            page.init_shared(left_block, next(at + 1, kept));
        } else {
            page.init_shared(right_block, next(at + 1, blocks.len()));
        }
        page.append(&parts[at]);
    }
    let mut right = change.new_page(&mut twin);
    right.init(Kind::Bucket, &NOBODY);
    left.deepen(&mut right, right_block);
    left.set_bucket(&bucket, entries);
    left.set_next(next(0, kept));
    right.set_bucket(&moved, entries);
    right.set_next(next(kept, blocks.len()));
    change.apply();
    Ok(())
}
