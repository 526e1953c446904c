//! Conditions on columns, from a jsonb object. Each value becomes a parameter of its column's type.

use std::ffi::{CStr, CString};

use pgrx::pg_sys::{JsonbIteratorToken, jbvType};
use pgrx::prelude::*;
use tenancy_core::quote::quoted;

use super::parameters::Parameters;
use super::table::{Column, Table, operation};
use crate::error::{Error, Result};

/// A condition, and how it is described.
pub struct Condition {
    pub sql: String,
    pub detail: String,
}

/// The conditions of a filter.
///
/// # Safety
/// The datum is a jsonb value, not NULL.
pub unsafe fn conditions(
    table: &Table,
    filter: pg_sys::Datum,
    parameters: &mut Parameters,
) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    // SAFETY: as the caller promises; the iterator fills in each value before it is read.
    unsafe {
        let filter = pg_sys::pg_detoast_datum(filter.cast_mut_ptr()).cast::<pg_sys::Jsonb>();
        let mut rest = pg_sys::JsonbIteratorInit(&raw mut (*filter).root);
        let mut next = || {
            let mut value = std::mem::zeroed::<pg_sys::JsonbValue>();
            let token = pg_sys::JsonbIteratorNext(&mut rest, &mut value, true);
            (token, value)
        };
        if next().0 != JsonbIteratorToken::WJB_BEGIN_OBJECT {
            return Err(Error::BadArgument {
                message: "filter must be a JSON object".into(),
                hint: "Pass columns and their values, such as {\"lang\": \"en\"}.",
            });
        }
        loop {
            let (token, key) = next();
            if token != JsonbIteratorToken::WJB_KEY {
                return Ok(conditions);
            }
            let name = String::from_utf8_lossy(text(&key)).into_owned();
            let (_, mut value) = next();
            conditions.push(condition(table.column(&name)?, &mut value, parameters)?);
        }
    }
}

/// The bytes of a string or key.
///
/// # Safety
/// A value of that kind.
unsafe fn text(value: &pg_sys::JsonbValue) -> &[u8] {
    // SAFETY: as the caller promises.
    unsafe {
        let string = value.val.string;
        std::slice::from_raw_parts(string.val.cast(), usize::try_from(string.len).unwrap_or(0))
    }
}

unsafe fn condition(
    column: &Column,
    value: &mut pg_sys::JsonbValue,
    parameters: &mut Parameters,
) -> Result<Condition> {
    let left = column.sql();
    let condition = |sql, test| Condition {
        sql,
        detail: format!("{} {test}", column.name),
    };
    // SAFETY: the tag says which member of the value there is.
    unsafe {
        let text = match value.type_ {
            jbvType::jbvNull => return Ok(condition(format!("{left} IS NULL"), "is NULL")),
            _ if column.kind == pg_sys::JSONBOID => {
                let part = pg_sys::Datum::from(pg_sys::JsonbValueToJsonb(value));
                let part = parameters.push(column.kind, part);
                return Ok(condition(
                    format!("{left} OPERATOR(pg_catalog.@>) {part}"),
                    "contains a value",
                ));
            }
            jbvType::jbvString => CString::new(text(value)).unwrap_or_default(),
            jbvType::jbvBool if value.val.boolean => c"true".to_owned(),
            jbvType::jbvBool => c"false".to_owned(),
            jbvType::jbvNumeric => {
                let number = pg_sys::Datum::from(value.val.numeric);
                pgrx::direct_function_call::<&CStr>(pg_sys::numeric_out, &[Some(number)])
                    .unwrap_or_default()
                    .to_owned()
            }
            _ => {
                return Err(Error::BadArgument {
                    message: format!(
                        "filter: column {} is of type {}, not jsonb",
                        quoted(&column.name),
                        column.type_name()
                    ),
                    hint: "Pass a string, number, boolean or null; only jsonb columns take objects and arrays.",
                });
            }
        };
        let equal =
            (*pg_sys::lookup_type_cache(column.kind, pg_sys::TYPECACHE_EQ_OPR as i32)).eq_opr;
        if equal == pg_sys::InvalidOid {
            return Err(Error::BadArgument {
                message: format!(
                    "filter: column {} is of type {}, which has no equality",
                    quoted(&column.name),
                    column.type_name()
                ),
                hint: "Filter by another column.",
            });
        }
        let (mut input, mut argument) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::getTypeInputInfo(column.kind, &mut input, &mut argument);
        let value = pg_sys::OidInputFunctionCall(input, text.as_ptr().cast_mut(), argument, -1);
        let right = parameters.push(column.kind, value);
        Ok(condition(
            operation(&left, column.kind, equal, &right),
            "equals a value",
        ))
    }
}
