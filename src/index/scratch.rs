//! Memory for what one row needs, given back before the next.

use pgrx::prelude::*;

/// A memory context of Postgres's.
#[derive(Clone, Copy)]
pub struct Scratch(pg_sys::MemoryContext);

impl Scratch {
    /// Lives at most as long as `parent`.
    ///
    /// # Safety
    /// A memory context.
    pub unsafe fn new(parent: pg_sys::MemoryContext) -> Self {
        // SAFETY: as the caller promises.
        Self(unsafe {
            pg_sys::AllocSetContextCreateInternal(
                parent,
                c"tenant_vector row".as_ptr(),
                0,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        })
    }

    /// Runs something whose allocations are given back at the next run.
    ///
    /// # Safety
    /// Not after `close`, nor after its parent's end.
    pub unsafe fn run<R>(self, what: impl FnOnce() -> R) -> R {
        // SAFETY: as the caller promises. After an error Postgres sets the present context itself.
        unsafe {
            pg_sys::MemoryContextReset(self.0);
            let before = pg_sys::MemoryContextSwitchTo(self.0);
            let made = what();
            pg_sys::MemoryContextSwitchTo(before);
            made
        }
    }

    /// Gives it back.
    ///
    /// # Safety
    /// At most once.
    pub unsafe fn close(self) {
        // SAFETY: as the caller promises.
        unsafe { pg_sys::MemoryContextDelete(self.0) };
    }
}
