//! Queries of the extension's own, read to the end.

use std::ffi::CStr;

use pgrx::datum::DatumWithOid;
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

/// Runs a statement that gives back the rows it changed; whether there were any.
pub fn changes(sql: &str, arguments: &[DatumWithOid]) -> Result<bool> {
    Spi::connect_mut(|client| Ok(!client.update(sql, None, arguments)?.is_empty()))
}

/// Refuses a function that writes where nothing can be written: in a read-only transaction, or on a standby.
pub fn require_writable(function: &CStr) {
    // SAFETY: a C string that lives as long as the call.
    unsafe { pg_sys::PreventCommandIfReadOnly(function.as_ptr()) };
}

/// Refuses what a standby cannot do.
pub fn require_primary() -> Result<()> {
    // SAFETY: reads shared state.
    if unsafe { pg_sys::RecoveryInProgress() } {
        return Err(Error::BudgetOnStandby);
    }
    Ok(())
}

/// Runs statements one after the other.
pub fn run_each(statements: &[String]) -> Result<()> {
    statements
        .iter()
        .try_for_each(|statement| Ok(Spi::run(statement)?))
}
