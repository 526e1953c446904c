//! Queries of the extension's own, read to the end.

use std::ffi::{CStr, CString, c_char};

use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiTupleTable;
use pgrx::{FromDatum, IntoDatum, Spi, pg_sys};

use crate::error::{Error, Result};

/// The values of a query's one column, without NULLs.
pub fn column<T: FromDatum + IntoDatum>(sql: &str, arguments: &[DatumWithOid]) -> Result<Vec<T>> {
    Spi::connect(|client| first_column(client.select(sql, None, arguments)?))
}

fn first_column<T: FromDatum + IntoDatum>(rows: SpiTupleTable<'_>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for row in rows {
        all.extend(row.get::<T>(1)?);
    }
    Ok(all)
}

/// The value of a query's first row; `None` when there is no row, or it is NULL.
pub fn value<T: FromDatum + IntoDatum>(sql: &str, arguments: &[DatumWithOid]) -> Result<Option<T>> {
    Ok(column(sql, arguments)?.into_iter().next())
}

/// Runs a statement that gives back one column of the rows it changed, or locked. Run to the end: a statement that is
/// stopped after its first row fires no statement trigger.
pub fn changed<T: FromDatum + IntoDatum>(sql: &str, arguments: &[DatumWithOid]) -> Result<Vec<T>> {
    Spi::connect_mut(|client| first_column(client.update(sql, None, arguments)?))
}

/// The same; the first of them.
pub fn change<T: FromDatum + IntoDatum>(
    sql: &str,
    arguments: &[DatumWithOid],
) -> Result<Option<T>> {
    Ok(changed(sql, arguments)?.into_iter().next())
}

/// Runs a statement that gives back the rows it changed; whether there were any.
pub fn changes(sql: &str, arguments: &[DatumWithOid]) -> Result<bool> {
    Spi::connect_mut(|client| Ok(!client.update(sql, None, arguments)?.is_empty()))
}

/// Rows that [`each`] reads at once.
const BATCH: std::ffi::c_long = 1000;

/// The columns of a row.
pub struct Columns<'a> {
    values: &'a [pg_sys::Datum],
    nulls: &'a [bool],
}

impl<'a> Columns<'a> {
    /// A column, counted from 1; `None` for NULL. The type is the one that the query gives it.
    pub fn get<T: FromDatum + 'a>(&self, number: usize) -> Option<T> {
        let at = number.checked_sub(1)?;
        let (value, null) = (self.values.get(at)?, self.nulls.get(at)?);
        // SAFETY: a value of the row, which is as the query's text says and lives as long as the row.
        unsafe { T::from_datum(*value, *null) }
    }
}

/// What a query sees.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// What is committed when it begins, and what this transaction has done.
    Now,
    /// What the statement sees that calls: the same for all queries of a call, whatever is committed meanwhile.
    Statement,
}

/// Hands the rows of a query to `take`, one after the other, however many there are. `take` may run statements.
pub fn each(
    snapshot: Snapshot,
    sql: &str,
    arguments: &[DatumWithOid],
    mut take: impl FnMut(&Columns<'_>) -> Result<()>,
) -> Result<()> {
    let text = CString::new(sql).map_err(|e| Error::Sql(e.to_string()))?;
    let count = i32::try_from(arguments.len()).map_err(|e| Error::Sql(e.to_string()))?;
    let mut types: Vec<_> = arguments.iter().map(DatumWithOid::oid).collect();
    let (mut values, mut nulls) = (Vec::new(), Vec::new());
    for argument in arguments {
        let value = argument.datum().map(|value| value.sans_lifetime());
        nulls.push(if value.is_some() { b' ' } else { b'n' } as c_char);
        values.push(value.unwrap_or(pg_sys::Datum::null()));
    }
    let cursor = Spi::connect(|_| {
        // SAFETY: as many types, values and marks of NULL as are counted; it gives a portal, which has a name, or raises.
        // To SPI, what is read only goes by the snapshot of the statement.
        unsafe {
            let portal = pg_sys::SPI_cursor_open_with_args(
                std::ptr::null(),
                text.as_ptr(),
                count,
                types.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_ptr(),
                snapshot == Snapshot::Statement,
                0,
            );
            CStr::from_ptr((*portal).name).to_owned()
        }
    });
    // A connection a batch: with it goes what the batch took of memory.
    while Spi::connect(|_| fetch(&cursor, &mut take))? {}
    Ok(())
}

/// Reads a batch; false at the end, where the cursor is closed. To be called connected to SPI.
fn fetch(cursor: &CStr, take: &mut impl FnMut(&Columns<'_>) -> Result<()>) -> Result<bool> {
    // SAFETY: the portal is the one of that name, if there still is one; the table of rows is SPI's and lives as long as
    // the connection, also while others are made; as many columns are read as it has.
    unsafe {
        let portal = pg_sys::SPI_cursor_find(cursor.as_ptr());
        if portal.is_null() {
            return Err(Error::Sql("a cursor was closed".into()));
        }
        pg_sys::SPI_cursor_fetch(portal, true, BATCH);
        let rows = usize::try_from(pg_sys::SPI_processed).unwrap_or(0);
        if rows == 0 {
            pg_sys::SPI_cursor_close(portal);
            return Ok(false);
        }
        let table = &*pg_sys::SPI_tuptable;
        let width = usize::try_from((*table.tupdesc).natts).unwrap_or(0);
        let (mut values, mut nulls) = (vec![pg_sys::Datum::null(); width], vec![false; width]);
        for tuple in std::slice::from_raw_parts(table.vals, rows) {
            pg_sys::heap_deform_tuple(
                *tuple,
                table.tupdesc,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            take(&Columns {
                values: &values,
                nulls: &nulls,
            })?;
        }
    }
    pgrx::check_for_interrupts!();
    Ok(true)
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
