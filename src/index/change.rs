//! A change of up to four pages that happens as a whole or not at all: one WAL record. Its pages must be named in the
//! order in which pages are locked (see `buffer`): in this order a standby locks them, against its readers.

use std::marker::PhantomData;

use pgrx::prelude::*;

use super::buffer::Locked;
use super::open::Index;
use super::page::{PageMut, SIZE};

/// A change being made. Pages are changed in copies, which replace them when it is applied; dropped, it is undone.
pub struct Change<'a> {
    /// NULL while the index is built: then pages are changed in place, and logged when all is done.
    state: *mut pg_sys::GenericXLogState,
    pages: PhantomData<&'a mut ()>,
}

impl<'a> Change<'a> {
    pub fn new(index: &Index) -> Self {
        if index.building {
            return Self::in_place();
        }
        Self {
            // SAFETY: an open relation.
            state: unsafe { pg_sys::GenericXLogStart(index.relation) },
            pages: PhantomData,
        }
    }

    /// A change that is logged by whoever makes it, if at all.
    pub fn in_place() -> Self {
        Self {
            state: std::ptr::null_mut(),
            pages: PhantomData,
        }
    }

    /// A page to be changed, which is locked exclusively.
    pub fn page(&mut self, locked: &'a mut Locked) -> PageMut<'a> {
        self.register(locked, 0)
    }

    /// A page to be laid out anew.
    pub fn new_page(&mut self, locked: &'a mut Locked) -> PageMut<'a> {
        self.register(locked, pg_sys::GENERIC_XLOG_FULL_IMAGE as i32)
    }

    fn register(&mut self, locked: &'a mut Locked, flags: i32) -> PageMut<'a> {
        // SAFETY: pinned and locked by `locked`; the copy lives until the change is applied or dropped.
        unsafe {
            let (buffer, place) = locked.place();
            let page = if self.state.is_null() {
                pg_sys::MarkBufferDirty(buffer);
                place
            } else {
                pg_sys::GenericXLogRegisterBuffer(self.state, buffer, flags).cast()
            };
            PageMut::new(std::slice::from_raw_parts_mut(page, SIZE))
        }
    }

    /// Makes the change. No page given out before may be touched any more.
    pub fn apply(mut self) {
        let state = std::mem::replace(&mut self.state, std::ptr::null_mut());
        if !state.is_null() {
            // SAFETY: begun by `new`, with pages still locked.
            unsafe { pg_sys::GenericXLogFinish(state) };
        }
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        if !self.state.is_null() && !std::thread::panicking() {
            // SAFETY: begun by `new` and not applied.
            unsafe { pg_sys::GenericXLogAbort(self.state) };
        }
    }
}
