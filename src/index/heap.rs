//! Fetching rows from the table that an index is on, for their exact distances.

use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use pgrx::prelude::*;
use tenancy_core::recall::Distance;

use super::open::corrupt;
use super::scratch::Scratch;
use crate::error::Result;

/// The column that holds the vector.
const VECTOR: usize = 1;

/// The table of a scan, open for fetching rows by address.
pub struct Heap {
    table: pg_sys::Relation,
    index: pg_sys::Relation,
    /// How many blocks the table is known to have.
    blocks: u32,
    fetch: *mut pg_sys::IndexFetchTableData,
    snapshot: pg_sys::Snapshot,
    slot: *mut pg_sys::TupleTableSlot,
    vector: Vector,
    scratch: Scratch,
}

/// Where a row's vector is found.
enum Vector {
    Column(i32),
    Expression {
        info: *mut pg_sys::IndexInfo,
        state: *mut pg_sys::EState,
    },
}

/// Where a row lies, for Postgres.
pub fn address(row: u64) -> pg_sys::ItemPointerData {
    pg_sys::ItemPointerData {
        ip_blkid: pg_sys::BlockIdData {
            bi_hi: (row >> 32) as u16,
            bi_lo: (row >> 16) as u16,
        },
        ip_posid: row as u16,
    }
}

/// Where a row lies, as one number: block and offset, 48 bits.
pub fn row(address: &pg_sys::ItemPointerData) -> u64 {
    let block = u64::from(address.ip_blkid.bi_hi) << 16 | u64::from(address.ip_blkid.bi_lo);
    block << 16 | u64::from(address.ip_posid)
}

impl Heap {
    /// # Safety
    /// A table and an index on it, both open, and a snapshot in use; the memory lives as long as all that.
    pub unsafe fn open(
        table: pg_sys::Relation,
        index: pg_sys::Relation,
        snapshot: pg_sys::Snapshot,
        memory: pg_sys::MemoryContext,
    ) -> Self {
        // SAFETY: as the caller promises; all that is made here lives in that memory, and is given back by `close` or,
        // after an error, by Postgres.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(memory);
            let slot = pg_sys::table_slot_create(table, std::ptr::null_mut());
            let number = (*(*index).rd_index).indkey.values.as_slice(VECTOR + 1)[VECTOR];
            let vector = if number != 0 {
                Vector::Column(i32::from(number))
            } else {
                let state = pg_sys::CreateExecutorState();
                let context = pg_sys::MakePerTupleExprContext(state);
                (*context).ecxt_scantuple = slot;
                Vector::Expression {
                    info: pg_sys::BuildIndexInfo(index),
                    state,
                }
            };
            let heap = Self {
                table,
                index,
                blocks: 0,
                fetch: pg_guard_ffi_boundary(|| {
                    (*(*table).rd_tableam)
                        .index_fetch_begin
                        .map_or(std::ptr::null_mut(), |begin| begin(table))
                }),
                snapshot,
                slot,
                vector,
                scratch: Scratch::new(memory),
            };
            pg_sys::MemoryContextSwitchTo(before);
            heap
        }
    }

    /// The exact distance of a row; `None` if the snapshot does not see it.
    ///
    /// # Safety
    /// A scan's own ORDER BY key.
    pub unsafe fn distance(
        &mut self,
        row: u64,
        order_by: &pg_sys::ScanKeyData,
    ) -> Result<Option<Distance>> {
        // SAFETY: as the caller promises.
        unsafe {
            self.read(row, |vector| match vector {
                Some(vector) if order_by.sk_flags & pg_sys::SK_ISNULL as i32 == 0 => {
                    let distance = pg_sys::FunctionCall2Coll(
                        std::ptr::addr_of!(order_by.sk_func).cast_mut(),
                        order_by.sk_collation,
                        vector,
                        order_by.sk_argument,
                    );
                    Distance::number(f64::from_bits(distance.value() as u64))
                }
                _ => Distance::NULL,
            })
        }
    }

    /// Reads a row's vector, which may be NULL, and is gone after; `None` if the snapshot does not see the row.
    pub fn read<R>(
        &mut self,
        row: u64,
        what: impl FnOnce(Option<pg_sys::Datum>) -> R,
    ) -> Result<Option<R>> {
        if !self.has(row) {
            let what = "it holds a row beyond the end of the table";
            return Err(corrupt(self.index, None, what));
        }
        let scratch = self.scratch;
        // SAFETY: opened by `open` and not closed.
        Ok(unsafe { scratch.run(|| self.fetch(row).then(|| what(self.vector()))) })
    }

    /// Whether the table has the block of a row.
    fn has(&mut self, row: u64) -> bool {
        let block = row >> 16;
        if block >= u64::from(self.blocks) {
            let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
            // SAFETY: an open relation.
            self.blocks = unsafe { pg_sys::RelationGetNumberOfBlocksInFork(self.table, fork) };
        }
        block < u64::from(self.blocks)
    }

    /// Whether the snapshot sees the row, which then is in the slot.
    unsafe fn fetch(&mut self, row: u64) -> bool {
        let mut address = address(row);
        let mut again = false;
        // SAFETY: opened by `open` and not closed.
        unsafe {
            pg_guard_ffi_boundary(|| {
                let Some(fetch) = (*(*self.table).rd_tableam).index_fetch_tuple else {
                    return false;
                };
                fetch(
                    self.fetch,
                    &mut address,
                    self.snapshot,
                    self.slot,
                    &mut again,
                    std::ptr::null_mut(),
                )
            })
        }
    }

    /// The vector of the row in the slot.
    unsafe fn vector(&mut self) -> Option<pg_sys::Datum> {
        // SAFETY: opened by `open` and not closed.
        unsafe {
            match self.vector {
                Vector::Column(number) => {
                    if i32::from((*self.slot).tts_nvalid) < number {
                        pg_sys::slot_getsomeattrs_int(self.slot, number);
                    }
                    let at = (number - 1) as usize;
                    (!*(*self.slot).tts_isnull.add(at)).then(|| *(*self.slot).tts_values.add(at))
                }
                Vector::Expression { info, state } => {
                    let mut values = [pg_sys::Datum::null(); pg_sys::INDEX_MAX_KEYS as usize];
                    let mut nulls = [false; pg_sys::INDEX_MAX_KEYS as usize];
                    pg_sys::FormIndexDatum(
                        info,
                        self.slot,
                        state,
                        values.as_mut_ptr(),
                        nulls.as_mut_ptr(),
                    );
                    (!nulls[VECTOR]).then(|| values[VECTOR])
                }
            }
        }
    }

    /// Gives back what it holds.
    pub fn close(self) {
        // SAFETY: opened by `open`, closed once.
        unsafe {
            pg_guard_ffi_boundary(|| {
                if let Some(end) = (*(*self.table).rd_tableam).index_fetch_end {
                    end(self.fetch);
                }
            });
            pg_sys::ExecDropSingleTupleTableSlot(self.slot);
            if let Vector::Expression { state, .. } = self.vector {
                pg_sys::FreeExecutorState(state);
            }
            self.scratch.close();
        }
    }
}
