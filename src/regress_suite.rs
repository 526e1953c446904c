//! `tenancy.regress_suite`: a suite for `pg_regress` that attacks the protected tables of a schema as the application's
//! roles, and the output that shows each attack fail.
//!
//! | file | concept |
//! |---|---|
//! | `table` | what the catalogs say of the tables, and who may do what with them |
//! | `attack` | what is tried on each, and how it ends |

mod attack;
mod table;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::evidence::transcript::Transcript;

use crate::error::{Error, Result};
use crate::query;
use crate::tenant::required;

/// Writes a suite for the protected tables of a schema: the script and what it prints. The same as long as the schema
/// and its privileges are.
#[pg_extern(
    stable,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.regress_suite(schema regnamespace) RETURNS TABLE (file text, content text)
           LANGUAGE c STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           SET quote_all_identifiers = off SET standard_conforming_strings = on
           SET datestyle = 'ISO, YMD' SET intervalstyle = 'iso_8601' SET timezone = 'UTC' SET extra_float_digits = 1
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn regress_suite(
    schema: Option<pg_sys::Oid>,
) -> Result<TableIterator<'static, (name!(file, String), name!(content, String))>, ErrorReport> {
    let schema = required(schema, "schema")?;
    let names = names(schema)?;
    let tables = table::tables(schema)?;
    if tables.is_empty() {
        return Err(Error::NothingToAttack {
            message: format!("schema {} has no protected table", names.schema),
            hint: "Protect its tables first with tenancy.protect().",
        }
        .into());
    }
    let roles = table::roles(&tables)?;
    if roles.is_empty() {
        return Err(Error::NothingToAttack {
            message: format!(
                "no role that the application could log in as has a privilege on the tables of schema {}",
                names.schema
            ),
            hint: "Grant it tenancy_app, and privileges on the tables; a suite attacks as that role.",
        }
        .into());
    }
    let Transcript { script, output } = attack::suite(&names, &tables, &roles);
    Ok(TableIterator::new([
        (format!("sql/{}.sql", names.suite), script),
        (format!("expected/{}.out", names.suite), output),
    ]))
}

/// What a suite is called, and the tenants that it makes.
pub struct Names {
    /// The schema's.
    pub schema: String,
    /// Fit for a file and a list of tests.
    pub suite: String,
    /// Of the two tenants; the same each time, so that what a run left behind is found by the next.
    pub ids: [String; 2],
    /// The first of theirs, where columns name tenants by number; high, so that it is nobody's.
    pub number: u32,
}

fn names(schema: pg_sys::Oid) -> Result<Names> {
    let name = query::value::<String>(
        "SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE n.oid = $1",
        &[schema.into()],
    )?;
    let name = name.ok_or_else(|| Error::BadArgument {
        message: format!("no schema has oid {}", schema.to_u32()),
        hint: "Name the schema, as in tenancy.regress_suite('public').",
    })?;
    let digest = query::value::<String>(
        "SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'hex')",
        &[name.as_str().into()],
    )?
    .unwrap_or_default();
    let (first, second) = digest.split_at_checked(32).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut suite: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    if suite != name {
        // Two names may look alike without their other characters.
        suite = format!("{suite}_{}", first.get(..8).unwrap_or_default());
    }
    let some = first
        .get(..7)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    Ok(Names {
        suite: format!("tenancy_{suite}"),
        ids: [first.to_owned(), second.to_owned()],
        number: 1_900_000_000 + some.unwrap_or_default() % 100_000_000 * 2,
        schema: name,
    })
}
