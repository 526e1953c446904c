//! Finding a tenant's bucket page. Bucket pages form a trie over the first bits of tenants' keys: a page that is full
//! splits by the next bit and keeps a link to what split off, so whoever comes to it for a tenant that has moved is led
//! on. No page of the trie ever goes away.

use tenancy_core::recall::Centre;
use tenancy_core::tenant_key::TenantKey;

use super::buffer::{Lock, Locked};
use super::open::Index;
use super::page::{Kind, MAX_DEPTH, NONE, ROOT};
use crate::error::Result;

/// The bucket page of a tenant.
pub fn bucket(index: &Index, key: &TenantKey, lock: Lock) -> Result<Locked> {
    let mut block = ROOT;
    // Each link settles at least one bit.
    for _ in 0..=MAX_DEPTH {
        let mut page = Locked::of(index, block, Kind::Bucket, Lock::Share)?;
        if lock == Lock::Exclusive && page.page().forward(key).is_none() {
            page.relock(lock);
            page.check(index, Kind::Bucket)?;
        }
        match page.page().forward(key) {
            None => return Ok(page),
            Some(NONE) => return Err(index.corrupt(block, "a link leads nowhere")),
            Some(next) => block = next,
        }
    }
    Err(index.corrupt(block, "the directory leads in a circle"))
}

/// A walk through all bucket pages.
pub struct Walk<'a> {
    index: &'a Index,
    /// Pages yet to be seen, each with the depth at which it split off: what it links to at lesser depths is reached from
    /// elsewhere.
    blocks: Vec<(u32, usize)>,
    pages: u32,
}

impl<'a> Walk<'a> {
    pub fn new(index: &'a Index) -> Self {
        Self {
            index,
            blocks: vec![(ROOT, 0)],
            pages: 0,
        }
    }

    /// The next page; to be asked for while none is held.
    pub fn next(&mut self, lock: Lock) -> Result<Option<Locked>> {
        let Some((block, from)) = self.blocks.pop() else {
            return Ok(None);
        };
        count(self.index, block, &mut self.pages)?;
        let locked = Locked::of(self.index, block, Kind::Bucket, lock)?;
        let page = locked.page();
        let links = (from..page.depth()).map(|at| (page.link(at), at + 1));
        if links.clone().any(|(link, _)| link == NONE) {
            return Err(self.index.corrupt(block, "a link leads nowhere"));
        }
        self.blocks.extend(links);
        Ok(Some(locked))
    }
}

/// Locks a bucket page exclusively that was locked to be read; `None` if the tenant has moved meanwhile.
pub fn upgrade(index: &Index, mut page: Locked, key: &TenantKey) -> Result<Option<Locked>> {
    page.relock(Lock::Exclusive);
    page.check(index, Kind::Bucket)?;
    Ok(page.page().forward(key).is_none().then_some(page))
}

/// A page of a tenant's: of its chain, or a centre.
pub fn page_of(
    index: &Index,
    key: &TenantKey,
    block: u32,
    kind: Kind,
    lock: Lock,
) -> Result<Locked> {
    let page = Locked::of(index, block, kind, lock)?;
    if page.page().key() == *key {
        Ok(page)
    } else {
        Err(index.corrupt(block, "another tenant leads to it"))
    }
}

/// Counts the pages of a walk, which ends where there are more than the index has.
pub fn count(index: &Index, block: u32, pages: &mut u32) -> Result<()> {
    if !index.has(*pages) {
        return Err(index.corrupt(block, "it is part of a circle"));
    }
    *pages += 1;
    Ok(())
}

/// A tenant's centre; none for no block.
pub fn centre(index: &Index, key: &TenantKey, block: u32) -> Result<Centre> {
    if block == NONE {
        return Ok(Centre::none());
    }
    let page = page_of(index, key, block, Kind::Centre, Lock::Share)?;
    let content = page.page().content();
    Ok(Centre::read(&content[..index.codec.centre_size()]))
}
