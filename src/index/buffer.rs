//! Pages of an index in Postgres's buffers: pinned and locked while they are held.
//!
//! Locks are taken in one order: a bucket page, its shared pages, then a tenant's chain from the head on, then a centre
//! page. A reader
//! goes from page to page hand over hand. A chain page is unlinked, or taken into the one before, only under exclusive
//! locks of both: so no reader is on it, none can still come to it, and none has passed the one and not yet the other.
//! A standby replays such a change under the same two locks.

use std::cell::RefCell;

use pgrx::prelude::*;

use super::open::Index;
use super::page::{Kind, Page, SIZE};
use crate::error::Result;

/// How a page is locked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    Share,
    Exclusive,
}

impl Lock {
    fn mode(self) -> i32 {
        match self {
            Self::Share => pg_sys::BUFFER_LOCK_SHARE as i32,
            Self::Exclusive => pg_sys::BUFFER_LOCK_EXCLUSIVE as i32,
        }
    }
}

/// A page, pinned and locked.
pub struct Locked {
    buffer: pg_sys::Buffer,
    pub block: u32,
}

thread_local! {
    /// The buffers locked now. A damaged page may lead to one of them, and whoever waits for a lock of his own waits for
    /// ever.
    static HELD: RefCell<Vec<pg_sys::Buffer>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Locked {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.retain(|buffer| *buffer != self.buffer));
        // After an error Postgres lets go of all locks and pins itself.
        if !std::thread::panicking() {
            // SAFETY: pinned and locked by this value.
            unsafe { pg_sys::UnlockReleaseBuffer(self.buffer) };
        }
    }
}

impl Locked {
    /// A page of this kind.
    pub fn of(index: &Index, block: u32, kind: Kind, lock: Lock) -> Result<Self> {
        if !index.has(block) {
            return Err(index.corrupt(block, "it does not exist"));
        }
        let buffer = pin(index.relation, pg_sys::ForkNumber::MAIN_FORKNUM, block);
        if HELD.with_borrow(|held| held.contains(&buffer)) {
            // SAFETY: pinned just now.
            unsafe { pg_sys::ReleaseBuffer(buffer) };
            return Err(index.corrupt(block, "a page that it leads to leads back to it"));
        }
        let locked = Self::lock(buffer, block, lock);
        locked.check(index, kind)?;
        Ok(locked)
    }

    /// A page whatever it holds, when no other is held.
    pub fn any(relation: pg_sys::Relation, block: u32, lock: Lock) -> Self {
        let buffer = pin(relation, pg_sys::ForkNumber::MAIN_FORKNUM, block);
        Self::lock(buffer, block, lock)
    }

    /// A new page of a relation that nobody else knows of.
    pub fn new(relation: pg_sys::Relation, fork: pg_sys::ForkNumber::Type) -> Self {
        let buffer = pin(relation, fork, pg_sys::InvalidBlockNumber);
        // SAFETY: pinned just now.
        let block = unsafe { pg_sys::BufferGetBlockNumber(buffer) };
        Self::lock(buffer, block, Lock::Exclusive)
    }

    fn lock(buffer: pg_sys::Buffer, block: u32, lock: Lock) -> Self {
        // SAFETY: pinned by the caller, who does not hold it.
        unsafe { pg_sys::LockBuffer(buffer, lock.mode()) };
        Self::holding(buffer, block)
    }

    fn holding(buffer: pg_sys::Buffer, block: u32) -> Self {
        HELD.with_borrow_mut(|held| held.push(buffer));
        Self { buffer, block }
    }

    /// A page that nobody uses, exclusively, to be laid out.
    pub fn unused(index: &Index) -> Self {
        index.free_page().unwrap_or_else(|| Self::extend(index))
    }

    /// The page, exclusively, if nobody uses it or holds it.
    pub fn if_unused(index: &Index, block: u32) -> Option<Self> {
        if !index.has(block) {
            return None;
        }
        let buffer = pin(index.relation, pg_sys::ForkNumber::MAIN_FORKNUM, block);
        // SAFETY: pinned just now.
        let locked = unsafe {
            if !pg_sys::ConditionalLockBuffer(buffer) {
                pg_sys::ReleaseBuffer(buffer);
                return None;
            }
            Self::holding(buffer, block)
        };
        locked.is_unused().then_some(locked)
    }

    /// Whether the page waits to be laid out.
    pub fn is_unused(&self) -> bool {
        Page::is_new(self.bytes()) || Page::any(self.bytes()).is_ok_and(|page| page.is(Kind::Free))
    }

    fn extend(index: &Index) -> Self {
        loop {
            let lock = pg_sys::ExclusiveLock as i32;
            // SAFETY: an open relation; the lock is for its extension.
            unsafe { pg_sys::LockRelationForExtension(index.relation, lock) };
            let locked = Self::new(index.relation, pg_sys::ForkNumber::MAIN_FORKNUM);
            // SAFETY: locked above.
            unsafe { pg_sys::UnlockRelationForExtension(index.relation, lock) };
            // Vacuum may have seen it before the lock and given it away.
            if Page::is_new(locked.bytes()) {
                return locked;
            }
        }
    }

    /// Checks what it holds.
    pub fn check(&self, index: &Index, kind: Kind) -> Result<()> {
        let entries =
            matches!(kind, Kind::Bucket | Kind::Shared | Kind::Chain).then_some(index.entries);
        Page::of(self.bytes(), kind, entries)
            .map(|_| ())
            .map_err(|what| index.corrupt(self.block, what))
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: a pinned buffer stays where it is; the lock keeps others from changing it.
        unsafe { std::slice::from_raw_parts(address(self.buffer), SIZE) }
    }

    /// The buffer, and where its page lies, to be changed.
    pub fn place(&mut self) -> (pg_sys::Buffer, *mut u8) {
        (self.buffer, address(self.buffer))
    }

    /// The page, which was checked.
    pub fn page(&self) -> Page<'_> {
        Page::checked(self.bytes())
    }

    /// Locks it in another way; what it holds may change in between.
    pub fn relock(&mut self, lock: Lock) {
        // SAFETY: pinned and locked by this value.
        unsafe {
            pg_sys::LockBuffer(self.buffer, pg_sys::BUFFER_LOCK_UNLOCK as i32);
            pg_sys::LockBuffer(self.buffer, lock.mode());
        }
    }
}

/// Pins a block; a new one for the invalid block.
fn pin(relation: pg_sys::Relation, fork: pg_sys::ForkNumber::Type, block: u32) -> pg_sys::Buffer {
    // SAFETY: an open relation; a block that does not exist raises.
    unsafe {
        pg_sys::ReadBufferExtended(
            relation,
            fork,
            block,
            pg_sys::ReadBufferMode::RBM_NORMAL,
            std::ptr::null_mut(),
        )
    }
}

/// Where the page of a buffer lies.
fn address(buffer: pg_sys::Buffer) -> *mut u8 {
    // SAFETY: a pinned buffer, so its number is one of either kind.
    unsafe {
        if buffer < 0 {
            (*pg_sys::LocalBufferBlockPointers.add((-buffer - 1) as usize)).cast()
        } else {
            pg_sys::BufferBlocks
                .add((buffer - 1) as usize * SIZE)
                .cast()
        }
    }
}
