//! Queries of the extension's own, read to the end.

use std::ffi::{CStr, CString, c_char};

use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiHeapTupleData;
use pgrx::{FromDatum, IntoDatum, Spi, pg_sys};

use crate::error::{Error, Result};

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
    take: impl FnMut(&SpiHeapTupleData<'_>) -> Result<()>,
) -> Result<()> {
    fetch(
        Spi::connect(|client| -> Result<String> {
            Ok(client.try_open_cursor(sql, arguments)?.detach_into_name())
        })?,
        take,
    )
}

/// The same by the snapshot of the statement that calls: all such queries of a call see the same, whatever is committed
/// meanwhile. `each` has a new snapshot as soon as the transaction has written anything.
pub fn each_at_once(
    sql: &str,
    arguments: &[DatumWithOid],
    take: impl FnMut(&SpiHeapTupleData<'_>) -> Result<()>,
) -> Result<()> {
    let text = CString::new(sql).map_err(|e| Error::Sql(e.to_string()))?;
    let count = i32::try_from(arguments.len()).map_err(|e| Error::Sql(e.to_string()))?;
    let mut types: Vec<_> = arguments.iter().map(DatumWithOid::oid).collect();
    let mut values = Vec::new();
    let mut nulls = Vec::new();
    for argument in arguments {
        let value = argument.datum().map(|datum| datum.sans_lifetime());
        nulls.push(if value.is_some() { b' ' } else { b'n' } as c_char);
        values.push(value.unwrap_or(pg_sys::Datum::from(0)));
    }
    let cursor = Spi::connect(|_| {
        // SAFETY: as many types, values and marks of NULL as are counted; it gives a portal, which has a name, or raises.
        unsafe {
            let portal = pg_sys::SPI_cursor_open_with_args(
                std::ptr::null(),
                text.as_ptr(),
                count,
                types.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_ptr(),
                true,
                0,
            );
            CStr::from_ptr((*portal).name)
                .to_string_lossy()
                .into_owned()
        }
    });
    fetch(cursor, take)
}

fn fetch(cursor: String, mut take: impl FnMut(&SpiHeapTupleData<'_>) -> Result<()>) -> Result<()> {
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
