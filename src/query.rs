//! Queries of the extension's own, read to the end.

use std::ffi::CStr;

use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiHeapTupleData;
use pgrx::{FromDatum, IntoDatum, Spi, pg_sys};

use crate::error::Result;

/// The values of a query's one column, without NULLs.
pub fn column<T: FromDatum + IntoDatum>(sql: &str, arguments: &[DatumWithOid]) -> Result<Vec<T>> {
    Spi::connect(|client| {
        let mut all = Vec::new();
        for row in client.select(sql, None, arguments)? {
            all.extend(row.get::<T>(1)?);
        }
        Ok(all)
    })
}

/// The value of a query's first row; `None` when there is no row, or it is NULL.
pub fn value<T: FromDatum + IntoDatum>(sql: &str, arguments: &[DatumWithOid]) -> Result<Option<T>> {
    Ok(column(sql, arguments)?.into_iter().next())
}

/// Runs a statement that gives back one column of the rows it changed; the first of them. Run to the end: a statement
/// that is stopped after its first row fires no statement trigger.
pub fn change<T: FromDatum + IntoDatum>(
    sql: &str,
    arguments: &[DatumWithOid],
) -> Result<Option<T>> {
    Spi::connect_mut(|client| {
        let rows = client.update(sql, None, arguments)?;
        match rows.into_iter().next() {
            Some(row) => Ok(row.get(1)?),
            None => Ok(None),
        }
    })
}

/// Runs a statement that gives back one column of the rows it changed, or locked.
pub fn changed<T: FromDatum + IntoDatum>(sql: &str, arguments: &[DatumWithOid]) -> Result<Vec<T>> {
    Spi::connect_mut(|client| {
        let mut all = Vec::new();
        for row in client.update(sql, None, arguments)? {
            all.extend(row.get::<T>(1)?);
        }
        Ok(all)
    })
}

/// Runs a statement that gives back the rows it changed; whether there were any.
pub fn changes(sql: &str, arguments: &[DatumWithOid]) -> Result<bool> {
    Spi::connect_mut(|client| Ok(!client.update(sql, None, arguments)?.is_empty()))
}

/// Rows that [`each`] reads at once.
const BATCH: std::ffi::c_long = 1000;

/// Hands the rows of a query to `take`, one after the other, however many there are. `take` may run statements.
pub fn each(
    sql: &str,
    arguments: &[DatumWithOid],
    mut take: impl FnMut(&SpiHeapTupleData<'_>) -> Result<()>,
) -> Result<()> {
    let cursor = Spi::connect(|client| -> Result<String> {
        Ok(client.try_open_cursor(sql, arguments)?.detach_into_name())
    })?;
    // A connection a batch: with it goes what the batch took of memory.
    loop {
        let read = Spi::connect(|client| -> Result<usize> {
            let mut cursor = client.find_cursor(&cursor)?;
            let rows = cursor.fetch(BATCH)?;
            let read = rows.len();
            for row in rows {
                take(&row)?;
            }
            if read > 0 {
                cursor.detach_into_name();
            }
            Ok(read)
        })?;
        if read == 0 {
            return Ok(());
        }
    }
}

/// Refuses a function that writes where nothing can be written: in a read-only transaction, or on a standby.
pub fn require_writable(function: &CStr) {
    // SAFETY: a C string that lives as long as the call.
    unsafe { pg_sys::PreventCommandIfReadOnly(function.as_ptr()) };
}

/// Runs statements one after the other.
pub fn run_each(statements: &[String]) -> Result<()> {
    statements
        .iter()
        .try_for_each(|statement| Ok(Spi::run(statement)?))
}
