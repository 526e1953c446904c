//! jsonb values: scopes as the bytes that Postgres stores, anything else as text that the core parses. jsonb holds
//! numbers and depths that serde_json does not, and that must be an error of the caller's, not a panic.

use pgrx::AnyElement;
use pgrx::prelude::*;
use pgrx::varlena::set_varsize_4b;
use serde_json::Value;
use tenancy_core::json::parse_strict;

use crate::error::{Error, Result};

/// Longest text of a jsonb argument.
const MAX_BYTES: usize = 1 << 16;

/// The text of a jsonb datum.
///
/// # Safety
/// The datum is a jsonb value, not NULL.
pub unsafe fn text(datum: pg_sys::Datum) -> String {
    // SAFETY: jsonb_out gives a palloc'ed C string, which is copied.
    unsafe {
        let text = pgrx::direct_function_call::<&std::ffi::CStr>(pg_sys::jsonb_out, &[Some(datum)]);
        text.map(|t| t.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}

/// The text of an argument declared jsonb in SQL.
pub fn argument_text(argument: AnyElement) -> String {
    // SAFETY: the SQL declaration of every caller says jsonb.
    unsafe { text(argument.datum()) }
}

/// A new jsonb datum of those bytes, in the present memory context.
///
/// # Safety
/// The bytes are those of a jsonb value after its length word.
pub unsafe fn datum(stored: &[u8]) -> pg_sys::Datum {
    let length = stored.len().saturating_add(pg_sys::VARHDRSZ);
    // SAFETY: as many bytes as are written are allocated.
    unsafe {
        let value = pg_sys::palloc(length).cast::<u8>();
        std::ptr::copy_nonoverlapping(stored.as_ptr(), value.add(pg_sys::VARHDRSZ), stored.len());
        set_varsize_4b(value.cast(), i32::try_from(length).unwrap_or(i32::MAX));
        pg_sys::Datum::from(value)
    }
}

/// An argument declared jsonb in SQL, as its text and parsed; NULL is the empty object. Only the text has every digit.
pub fn argument(name: &str, argument: Option<AnyElement>) -> Result<(String, Value)> {
    let text = match argument {
        None => "{}".to_owned(),
        Some(element) => argument_text(element),
    };
    let value = parse_strict(&text, MAX_BYTES).map_err(|e| Error::BadArgument {
        message: format!("{name}: {e}"),
        hint: "Pass a JSON object of at most 64 KiB, 32 levels, and numbers that a double can hold.",
    })?;
    Ok((text, value))
}
