//! Values in shared memory, each under a lock of its own.

use std::cell::UnsafeCell;
use std::ffi::CStr;

use pgrx::pg_sys;
use pgrx::shmem::PgSharedMemoryInitialization;
use uuid::Uuid;

use crate::transaction;

/// What may lie in shared memory: all bytes zero is a value of it, it points nowhere, and has nothing to drop.
///
/// # Safety
/// As it says.
pub unsafe trait Shared: Sized {
    /// Makes ready what zeros are not enough for.
    ///
    /// # Safety
    /// The pointer is of zeros that nobody else sees yet.
    unsafe fn prepare(_this: *mut Self) {}
}

/// The one of so many places that is a tenant's in this database; others may have the same.
pub fn place_of(tenant: Uuid, places: usize) -> usize {
    let (high, low) = tenant.as_u64_pair();
    let database = u64::from(transaction::database().to_u32());
    let mixed = (high ^ low ^ database).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> 32).unwrap_or(0) % places
}

/// `N` values under `N` locks; begins with zeros. Made by `pg_shmem_init!` in the postmaster.
pub struct Locked<T, const N: usize> {
    name: &'static CStr,
    memory: UnsafeCell<(*mut T, *mut pg_sys::LWLockPadded)>,
}

// SAFETY: written once in the postmaster; the values are reached under their locks.
unsafe impl<T: Shared, const N: usize> Sync for Locked<T, N> {}

impl<T: Shared, const N: usize> Locked<T, N> {
    /// # Safety
    /// The name is nobody else's.
    pub const unsafe fn new(name: &'static CStr) -> Self {
        Self {
            name,
            memory: UnsafeCell::new((std::ptr::null_mut(), std::ptr::null_mut())),
        }
    }

    /// Where a value lies, for the parts of it that have locks of their own.
    pub fn pointer(&self, number: usize) -> *mut T {
        // SAFETY: made before any backend was; within the array.
        unsafe { (*self.memory.get()).0.add(number % N) }
    }

    /// Hands a value to `f`, which must neither raise nor take the same lock.
    pub fn with<R>(&self, number: usize, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the lock makes the value this process's alone. A process that dies within it takes the shared memory
        // of all with it, as Postgres starts anew then.
        unsafe {
            let lock = &raw mut (*(*self.memory.get()).1.add(number % N)).lock;
            pg_sys::LWLockAcquire(lock, pg_sys::LWLockMode::LW_EXCLUSIVE);
            let outcome = f(&mut *self.pointer(number));
            pg_sys::LWLockRelease(lock);
            outcome
        }
    }
}

impl<T: Shared, const N: usize> PgSharedMemoryInitialization for Locked<T, N> {
    type Value = ();

    unsafe fn on_shmem_request(&'static self) {
        // SAFETY: called by the hook that is for this.
        unsafe {
            pg_sys::RequestAddinShmemSpace(size_of::<T>().saturating_mul(N));
            pg_sys::RequestNamedLWLockTranche(self.name.as_ptr(), N as i32);
        }
    }

    unsafe fn on_shmem_startup(&'static self, _value: ()) {
        // SAFETY: called by the hook that is for this, in the postmaster, which is alone. Zeros are a value.
        unsafe {
            let mut found = false;
            let size = size_of::<T>().saturating_mul(N);
            let values = pg_sys::ShmemInitStruct(self.name.as_ptr(), size, &mut found).cast::<T>();
            if !found {
                values.write_bytes(0, N);
                (0..N).for_each(|number| T::prepare(values.add(number)));
            }
            *self.memory.get() = (values, pg_sys::GetNamedLWLockTranche(self.name.as_ptr()));
        }
    }
}
