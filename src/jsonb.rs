//! jsonb arguments, as text that the core parses: jsonb holds numbers and depths that serde_json does not, and that
//! must be an error of the caller's, not a panic.

use pgrx::AnyElement;
use pgrx::prelude::*;
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

/// An argument declared jsonb in SQL, as its text and parsed; NULL is the empty object. Only the text has every digit.
pub fn argument(name: &str, argument: Option<AnyElement>) -> Result<(String, Value)> {
    let text = match argument {
        None => "{}".to_owned(),
        // SAFETY: the SQL declaration of every caller says jsonb.
        Some(element) => unsafe { text(element.datum()) },
    };
    let value = parse_strict(&text, MAX_BYTES).map_err(|e| Error::BadArgument {
        message: format!("{name}: {e}"),
        hint: "Pass a JSON object of at most 64 KiB, 32 levels, and numbers that a double can hold.",
    })?;
    Ok((text, value))
}
