//! Reading rows of the extension's tables, straight from their indexes with a fresh catalog snapshot: no executor and no
//! privileges, so it works for any role, on a standby, in a read-only transaction and in a parallel worker; and it sees
//! what is committed now even where the transaction's own snapshot is older.

use std::ffi::CStr;

use pgrx::FromDatum;
use pgrx::prelude::*;
use tenancy_core::capability::Capabilities;
use uuid::Uuid;

use super::changes;
use crate::error::{Error, Result};
use crate::{frame, id, time};

/// Whether a row was made by a transaction that has committed.
pub type Lasting = bool;

/// One row's values.
pub struct Row {
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

impl Row {
    pub fn get<T: FromDatum>(&self, column: i16) -> Option<T> {
        let at = usize::try_from(column).ok()?.checked_sub(1)?;
        // SAFETY: T is the type of that column in sql/tables.sql.
        unsafe { T::from_datum(*self.values.get(at)?, *self.nulls.get(at)?) }
    }

    pub fn is_null(&self, column: i16) -> bool {
        usize::try_from(column)
            .ok()
            .and_then(|at| self.nulls.get(at.checked_sub(1)?))
            .is_none_or(|null| *null)
    }

    fn datum(&self, column: i16) -> Option<pg_sys::Datum> {
        let at = usize::try_from(column).ok()?.checked_sub(1)?;
        (!*self.nulls.get(at)?).then_some(*self.values.get(at)?)
    }

    pub fn capabilities(&self, column: i16) -> Option<Capabilities> {
        let names = self.get::<Vec<Option<String>>>(column)?;
        Capabilities::parse_names(names.iter().flatten().map(String::as_str)).ok()
    }

    /// A name; String is of text.
    pub fn name(&self, column: i16) -> Option<String> {
        let name = self.get::<&CStr>(column)?;
        Some(name.to_string_lossy().into_owned())
    }

    /// A scope, as jsonb stores it.
    pub fn stored(&self, column: i16) -> Option<Vec<u8>> {
        // SAFETY: that column is jsonb, and not NULL; what is given is copied while the row is there.
        self.datum(column)
            .map(|datum| unsafe { frame::bytes(datum) }.to_vec())
    }

    pub fn uuid(&self, column: i16) -> Option<Uuid> {
        self.get::<pgrx::Uuid>(column).map(id::from_sql)
    }

    /// Microseconds since the Unix epoch; `infinity` counts as never.
    pub fn timestamp(&self, column: i16) -> Option<i64> {
        self.get(column).and_then(time::expiry)
    }
}

/// A table of the extension, open for reading; closed when dropped. The lock stays until the transaction ends.
struct Table(pg_sys::Relation);

impl Table {
    fn open(name: &CStr) -> Result<Self> {
        // SAFETY: plain catalog look-ups by NUL-terminated names.
        unsafe {
            let schema = pg_sys::get_namespace_oid(c"tenancy".as_ptr(), true);
            if schema == pg_sys::InvalidOid {
                return Err(Error::NotInstalled);
            }
            let oid = pg_sys::get_relname_relid(name.as_ptr(), schema);
            if oid == pg_sys::InvalidOid {
                return Err(Error::NotInstalled);
            }
            Ok(Self(pg_sys::table_open(
                oid,
                pg_sys::AccessShareLock as i32,
            )))
        }
    }

    fn oid(&self) -> pg_sys::Oid {
        // SAFETY: the relation is open.
        unsafe { (*self.0).rd_id }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // While unwinding from a Postgres error the resource owner closes it.
        if !std::thread::panicking() {
            // SAFETY: opened by `open`, closed once.
            unsafe { pg_sys::table_close(self.0, pg_sys::AccessShareLock as i32) };
        }
    }
}

/// The one row of which `column` equals `value`.
pub fn read<T>(
    name: &CStr,
    index: &CStr,
    column: i16,
    equal: u32,
    value: Option<pg_sys::Datum>,
    build: impl FnMut(&Row) -> Option<T>,
) -> Result<Option<(T, Lasting)>> {
    Ok(rows(name, index, column, equal, value, build)?
        .into_iter()
        .next())
}

/// The rows of which `column` equals `value` and that `build` takes.
pub fn rows<T>(
    name: &CStr,
    index: &CStr,
    column: i16,
    equal: u32,
    value: Option<pg_sys::Datum>,
    mut build: impl FnMut(&Row) -> Option<T>,
) -> Result<Vec<(T, Lasting)>> {
    let table = Table::open(name)?;
    changes::watch(name, table.oid());
    let mut found = Vec::new();
    let Some(value) = value else {
        return Ok(found);
    };
    // SAFETY: the table is open; the scan key is initialised before use; a tuple is read before the next is fetched,
    // and `build` copies what it keeps. A NULL snapshot means a fresh catalog snapshot, taken for this scan.
    unsafe {
        let schema = pg_sys::get_namespace_oid(c"tenancy".as_ptr(), true);
        let index = pg_sys::get_relname_relid(index.as_ptr(), schema);
        let mut scan_key = std::mem::zeroed::<pg_sys::ScanKeyData>();
        pg_sys::ScanKeyInit(
            &mut scan_key,
            column,
            pg_sys::BTEqualStrategyNumber as u16,
            pg_sys::Oid::from(equal),
            value,
        );
        let scan = pg_sys::systable_beginscan(
            table.0,
            index,
            index != pg_sys::InvalidOid,
            std::ptr::null_mut(),
            1,
            &mut scan_key,
        );
        let descriptor = (*table.0).rd_att;
        let width = usize::try_from((*descriptor).natts).unwrap_or(0);
        let mut row = Row {
            values: vec![pg_sys::Datum::from(0usize); width],
            nulls: vec![true; width],
        };
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            pg_sys::heap_deform_tuple(
                tuple,
                descriptor,
                row.values.as_mut_ptr(),
                row.nulls.as_mut_ptr(),
            );
            let made_here = pg_sys::TransactionIdIsCurrentTransactionId(
                (*(*tuple).t_data).t_choice.t_heap.t_xmin,
            );
            found.extend(build(&row).map(|value| (value, !made_here)));
        }
        pg_sys::systable_endscan(scan);
    }
    Ok(found)
}

/// Whether a table of the extension has any row, as committed now.
pub fn has_rows(name: &CStr) -> Result<bool> {
    let table = Table::open(name)?;
    // SAFETY: the table is open; a scan without keys, with a fresh catalog snapshot.
    unsafe {
        let scan = pg_sys::systable_beginscan(
            table.0,
            pg_sys::InvalidOid,
            false,
            std::ptr::null_mut(),
            0,
            std::ptr::null_mut(),
        );
        let found = !pg_sys::systable_getnext(scan).is_null();
        pg_sys::systable_endscan(scan);
        Ok(found)
    }
}
