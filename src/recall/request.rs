//! What is asked: the arguments, checked against the table, and the query that they make.

use std::ffi::CStr;

use pgrx::FromDatum;
use pgrx::prelude::*;
use tenancy_core::quote::quoted;
use tenancy_core::recall_query::{FUSION, Query, TextMatch, has_direction};
use tenancy_core::stored_scope::StoredScope;

use super::filter::{self, Condition};
use super::parameters::Parameters;
use super::table::{self, Column, Embedding, Table, Types, identifier, operation, operator_name};
use crate::error::{Error, Result};
use crate::{frame, object, role};

/// Most rows that can be asked for.
const MAX_ROWS: u32 = 1_000_000;

// The places of the arguments.
const ROW: usize = 0;
const QUERY: usize = 1;
const K: usize = 2;
const SCOPE: usize = 3;
const FILTER: usize = 4;
const TEXT_QUERY: usize = 5;
const VECTOR_COLUMN: usize = 6;
const TEXT_COLUMN: usize = 7;

/// A query and its values.
pub struct Request {
    pub query: Query,
    pub parameters: Parameters,
    filtered: bool,
}

/// What a request is made of, for people; `None` when nobody asks.
pub struct Steps(pub Option<Vec<(&'static str, String)>>);

impl Steps {
    fn say(&mut self, step: &'static str, detail: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.0 {
            steps.push((step, detail()));
        }
    }
}

/// The arguments of a call.
#[derive(Clone, Copy)]
struct Arguments(pg_sys::FunctionCallInfo);

impl Arguments {
    fn get(self, n: usize) -> Option<pg_sys::Datum> {
        // SAFETY: Postgres's own frame, of a function of eight arguments.
        unsafe { frame::argument(self.0, n) }
    }

    fn kind(self, n: usize) -> pg_sys::Oid {
        // SAFETY: as above.
        unsafe { frame::argument_type(self.0, i32::try_from(n).unwrap_or(i32::MAX)) }
    }

    fn name(self, n: usize) -> Option<&'static CStr> {
        // SAFETY: an argument declared name, which ends in NUL and outlives the call.
        self.get(n)
            .map(|datum| unsafe { CStr::from_ptr(datum.cast_mut_ptr()) })
    }
}

impl Request {
    /// Checks the arguments of a call.
    ///
    /// # Safety
    /// Postgres's own frame, of `recall` or `recall_plan`.
    pub unsafe fn read(fcinfo: pg_sys::FunctionCallInfo, steps: &mut Steps) -> Result<Self> {
        let arguments = Arguments(fcinfo);
        let vector = arguments.get(QUERY).ok_or(Error::NullArgument("query"))?;
        let k = rows_wanted(arguments.get(K))?;
        let table = Table::of_rows(arguments.kind(ROW))?;
        steps.say("table", || table.name.clone());
        steps.say("tenant", || readable(&table));

        let types = Types::of(arguments.kind(QUERY));
        let embedding = table.embedding(&types, arguments.name(VECTOR_COLUMN))?;
        let Embedding {
            column, operator, ..
        } = embedding;
        let mut parameters = Parameters::default();
        let vector = parameters.push(column.kind, query_vector(vector, &embedding, &types)?);
        let mut query = Query {
            table: table.name.clone(),
            distance: operation(&column.sql(), column.kind, operator, &vector),
            conditions: vec![format!("{} IS NOT NULL", column.sql())],
            k,
            text: None,
        };
        steps.say("vector", || {
            format!("{}, {}", column.name, column.type_name())
        });
        steps.say("distance", || distance(&embedding));
        steps.say("index", || index(&table, &embedding, &types));

        if let Some(scope) = arguments.get(SCOPE)
            && let Some(condition) = within(&table, scope, &mut parameters)?
        {
            steps.say("scope", || condition.detail);
            query.conditions.push(condition.sql);
        }
        if let Some(filter) = arguments.get(FILTER) {
            // SAFETY: an argument declared jsonb.
            for condition in unsafe { filter::conditions(&table, filter, &mut parameters) }? {
                steps.say("filter", || condition.detail);
                query.conditions.push(condition.sql);
            }
        }
        let filtered = query.conditions.len() > 1;
        if let Some(text) = arguments.get(TEXT_QUERY) {
            let column = text_column(&table, arguments.name(TEXT_COLUMN))?;
            let document = if column.kind == pg_sys::TSVECTOROID {
                column.sql()
            } else {
                format!("pg_catalog.to_tsvector({})", column.sql())
            };
            let words = words(text)?;
            query.text = Some(TextMatch {
                document,
                query: parameters.push(pg_sys::TSQUERYOID, words),
            });
            steps.say("text", || fusion(column, &query));
        }
        steps.say("rows", || format!("{k}, nearest first"));
        steps.say("sql", || query.sql());
        Ok(Self {
            query,
            parameters,
            filtered,
        })
    }

    /// Whether there are conditions on what the rows hold.
    pub fn is_filtered(&self) -> bool {
        self.filtered
    }
}

fn rows_wanted(k: Option<pg_sys::Datum>) -> Result<u32> {
    // SAFETY: an argument declared integer.
    let k = unsafe { i32::from_datum(k.ok_or(Error::NullArgument("k"))?, false) }.unwrap_or(0);
    let rows = u32::try_from(k).ok().filter(|k| (1..=MAX_ROWS).contains(k));
    rows.ok_or_else(|| Error::BadArgument {
        message: format!("k must be between 1 and {MAX_ROWS}, not {k}"),
        hint: "Pass how many rows you want.",
    })
}

/// The query vector as the column's type.
fn query_vector(
    vector: pg_sys::Datum,
    embedding: &Embedding<'_>,
    types: &Types,
) -> Result<pg_sys::Datum> {
    let column = embedding.column;
    // SAFETY: an argument declared vector; every comparison would unpack it anew, if it were packed. Whatever casts it
    // gives a value of the column's type. In both types a vector is its number of elements in two bytes, two bytes for
    // nothing, and the elements.
    let (vector, elements) = unsafe {
        let vector = pg_sys::Datum::from(pg_sys::pg_detoast_datum(vector.cast_mut_ptr()));
        let dimensions = dimensions(frame::bytes(vector));
        if column.modifier > 0 && dimensions != column.modifier {
            return Err(Error::BadArgument {
                message: format!(
                    "query has {dimensions} dimensions, column {} has {}",
                    quoted(&column.name),
                    column.modifier
                ),
                hint: "Pass a vector of the model that the table's vectors are of.",
            });
        }
        let vector = types.cast(vector, column.kind);
        (vector, frame::bytes(vector).get(4..).unwrap_or_default())
    };
    let directed = if column.kind == types.half {
        // Single precision holds any length that half precision can have.
        let element = |bits: &[u8]| match bits.try_into().map(u16::from_ne_bytes) {
            // All bits but the sign's.
            Ok(bits) if bits & 0x7FFF != 0 => 1.0,
            _ => 0.0,
        };
        has_direction(elements.chunks_exact(2).map(element))
    } else {
        let element = |bytes: &[u8]| bytes.try_into().map_or(0.0, f32::from_ne_bytes);
        has_direction(elements.chunks_exact(4).map(element))
    };
    if !directed && embedding.is_angular() {
        return Err(Error::BadArgument {
            message:
                "query has no direction: its length is zero, or not to be told in single precision"
                    .into(),
            hint: "Pass another vector; by cosine nothing is near to this one.",
        });
    }
    Ok(vector)
}

fn dimensions(vector: &[u8]) -> i32 {
    vector
        .first_chunk()
        .map_or(0, |bytes| i16::from_ne_bytes(*bytes).into())
}

/// The condition that a row lies in the requested scope; none for the whole tenant.
fn within(
    table: &Table,
    scope: pg_sys::Datum,
    parameters: &mut Parameters,
) -> Result<Option<Condition>> {
    // SAFETY: an argument declared tenancy.scope.
    if unsafe { StoredScope::trusted(frame::bytes(scope)) }.is_some_and(|s| s.is_empty()) {
        return Ok(None);
    }
    let Some(name) = &table.scope else {
        return Err(Error::BadArgument {
            message: format!("table {} has no scope column", table.name),
            hint: "Leave scope out, or protect the table with a scope_column.",
        });
    };
    let column = table.column(name)?;
    let scope = parameters.push(pg_sys::JSONBOID, scope);
    Ok(Some(Condition {
        sql: format!("{} OPERATOR(pg_catalog.@>) {scope}", column.sql()),
        detail: format!(
            "{name} has every pair of the requested scope, beside what the bound floor asks"
        ),
    }))
}

/// The column that a text query is about: the one of that name, or the only tsvector column, or else the only text
/// column that does not name the tenant.
fn text_column<'a>(table: &'a Table, name: Option<&CStr>) -> Result<&'a Column> {
    let words = |column: &Column| column.kind == pg_sys::TSVECTOROID;
    let text = |column: &Column| {
        [pg_sys::TEXTOID, pg_sys::VARCHAROID].contains(&column.kind) && column.name != table.tenant
    };
    match name {
        None if table.has(words) => table.choose("text_column", None, "tsvector", words),
        None => table.choose("text_column", None, "tsvector or text", text),
        Some(_) => table.choose("text_column", name, "tsvector or text", |c| {
            words(c) || text(c)
        }),
    }
}

/// A text query, as people type it into a search box, for the executor. Made once: in the statement it would be made for
/// every row.
fn words(text: pg_sys::Datum) -> Result<pg_sys::Datum> {
    // SAFETY: an argument declared text.
    let words =
        unsafe { pgrx::direct_function_call_as_datum(pg_sys::websearch_to_tsquery, &[Some(text)]) };
    words.ok_or(Error::NullArgument("text_query"))
}

fn readable(table: &Table) -> String {
    // SAFETY: look-ups in the system caches.
    let bound = unsafe { pg_sys::check_enable_rls(table.oid, pg_sys::InvalidOid, true) };
    let tenant = &table.tenant;
    if bound == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32 {
        format!("{tenant}, by the table's policies")
    } else {
        format!(
            "any {tenant}, as row security does not bind role {}",
            quoted(&role::current_name())
        )
    }
}

fn distance(embedding: &Embedding<'_>) -> String {
    let name = operator_name(embedding.operator);
    let meaning = match name.as_str() {
        "<->" => "Euclidean distance",
        "<#>" => "negative inner product",
        _ => "cosine distance",
    };
    let why = match embedding.index {
        Some(_) => "as of the index",
        None => "as no tenant_vector index on the column says another",
    };
    format!("{name}, {meaning}, {why}")
}

fn index(table: &Table, embedding: &Embedding<'_>, types: &Types) -> String {
    match embedding.index {
        Some(index) => object::relation_name(index).unwrap_or_default(),
        None => format!(
            "none, every row of the tenant is compared; CREATE INDEX ON {} USING tenant_vector ({}, {} {})",
            table.name,
            identifier(&table.tenant),
            identifier(&embedding.column.name),
            types.class(embedding.column.kind, "cosine"),
        ),
    }
}

fn fusion(column: &Column, query: &Query) -> String {
    // SAFETY: gives a setting's value, which is copied.
    let configuration = unsafe {
        table::string(pg_sys::GetConfigOption(
            c"default_text_search_config".as_ptr(),
            true,
            false,
        ))
    };
    format!(
        "{} matches text_query, read as {configuration}; the first {} rows of each list are fused by 1 / ({FUSION} + rank)",
        column.name,
        query.candidates()
    )
}
