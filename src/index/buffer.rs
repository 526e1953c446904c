//! Pages of an index in Postgres's buffers: pinned and locked while they are held.
//!
//! Locks are taken in one order: a bucket page, then its tenant's chain from the head on, then a centre page. A reader
//! goes from page to page hand over hand. A chain page is unlinked, or taken into the one before, only under exclusive
//! locks of both: so no reader is on it, none can still come to it, and none has passed the one and not yet the other.
//! A standby replays such a change under the same two locks.

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
    pub buffer: pg_sys::Buffer,
    pub block: u32,
}

impl Drop for Locked {
    fn drop(&mut self) {
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
        let locked = Self::any(index.relation, block, lock);
        locked.check(index, kind)?;
        Ok(locked)
    }

    /// A page whatever it holds.
    pub fn any(relation: pg_sys::Relation, block: u32, lock: Lock) -> Self {
        // SAFETY: an open relation; a block that does not exist raises.
        let buffer = unsafe {
            let buffer = pg_sys::ReadBufferExtended(
                relation,
                pg_sys::ForkNumber::MAIN_FORKNUM,
                block,
                pg_sys::ReadBufferMode::RBM_NORMAL,
                std::ptr::null_mut(),
            );
            pg_sys::LockBuffer(buffer, lock.mode());
            buffer
        };
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
        // SAFETY: an open relation and one of its blocks.
        unsafe {
            let buffer = pg_sys::ReadBufferExtended(
                index.relation,
                pg_sys::ForkNumber::MAIN_FORKNUM,
                block,
                pg_sys::ReadBufferMode::RBM_NORMAL,
                std::ptr::null_mut(),
            );
            if !pg_sys::ConditionalLockBuffer(buffer) {
                pg_sys::ReleaseBuffer(buffer);
                return None;
            }
            let locked = Self { buffer, block };
            locked.is_unused().then_some(locked)
        }
    }

    /// Whether the page waits to be laid out.
    pub fn is_unused(&self) -> bool {
        Page::is_new(self.bytes()) || Page::any(self.bytes()).is_ok_and(|page| page.is(Kind::Free))
    }

    fn extend(index: &Index) -> Self {
        loop {
            // SAFETY: an open relation; the lock is for its extension.
            let locked = unsafe {
                let lock = pg_sys::ExclusiveLock as i32;
                pg_sys::LockRelationForExtension(index.relation, lock);
                let buffer = pg_sys::ReadBufferExtended(
                    index.relation,
                    pg_sys::ForkNumber::MAIN_FORKNUM,
                    pg_sys::InvalidBlockNumber,
                    pg_sys::ReadBufferMode::RBM_NORMAL,
                    std::ptr::null_mut(),
                );
                pg_sys::LockBuffer(buffer, Lock::Exclusive.mode());
                pg_sys::UnlockRelationForExtension(index.relation, lock);
                Self {
                    buffer,
                    block: pg_sys::BufferGetBlockNumber(buffer),
                }
            };
            // Vacuum may have seen it before the lock and given it away.
            if Page::is_new(locked.bytes()) {
                return locked;
            }
        }
    }

    /// Checks what it holds.
    pub fn check(&self, index: &Index, kind: Kind) -> Result<()> {
        let entries = matches!(kind, Kind::Bucket | Kind::Chain).then_some(index.entries);
        Page::of(self.bytes(), kind, entries)
            .map(|_| ())
            .map_err(|what| index.corrupt(self.block, what))
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: a pinned buffer stays where it is; the lock keeps others from changing it.
        unsafe { std::slice::from_raw_parts(address(self.buffer), SIZE) }
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

/// Where the page of a buffer lies.
pub fn address(buffer: pg_sys::Buffer) -> *mut u8 {
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
