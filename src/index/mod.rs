//! The access method `tenant_vector`: an index of vectors that is a directory of tenants first.
//!
//! | file | concept |
//! |---|---|
//! | `page` | what the bytes of a page mean |
//! | `buffer`, `change` | pages held, and changed as a whole |
//! | `open`, `options` | an open index, and what it was made as |
//! | `value`, `tenant` | what is read of the two columns, and of scan keys |
//! | `directory`, `bucket` | finding a tenant's bucket page, and the pages that it shares with others |
//! | `build`, `insert`, `scan`, `vacuum`, `cost`, `recode`, `verify` | one phase each |
//! | `heap`, `scratch` | rows of the table, and memory for them |
//!
//! What codes are, and in which order rows come, is decided in `tenancy_core::recall`.

use pgrx::prelude::*;

mod bucket;
mod buffer;
mod build;
mod change;
mod cost;
mod directory;
mod heap;
mod insert;
mod open;
pub mod options;
mod page;
mod recode;
mod scan;
mod scratch;
mod tenant;
mod vacuum;
mod value;
mod verify;

pub use recode::recode;

version_1!(tenancy_vector_handler, pg_finfo_tenancy_vector_handler);

extension_sql_file!("../../sql/index.sql", name = "index", requires = ["tables"]);

/// `tenancy._tenant_vector_handler(internal) RETURNS index_am_handler`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_vector_handler(
    _fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    let routine = pg_sys::IndexAmRoutine {
        type_: pg_sys::NodeTag::T_IndexAmRoutine,
        amstrategies: options::strategy::COUNT,
        // Rows come in the order of ORDER BY operators, and of one tenant or several, which must be said.
        amcanorderbyop: true,
        amcanmulticol: true,
        amoptionalkey: false,
        amsearcharray: true,
        amusemaintenanceworkmem: false,
        amparallelvacuumoptions: (pg_sys::VACUUM_OPTION_PARALLEL_BULKDEL
            | pg_sys::VACUUM_OPTION_PARALLEL_CLEANUP) as u8,
        ambuild: Some(build::build),
        ambuildempty: Some(build::build_empty),
        aminsert: Some(insert::insert_row),
        ambulkdelete: Some(vacuum::bulk_delete),
        amvacuumcleanup: Some(vacuum::cleanup),
        amcostestimate: Some(cost::estimate),
        amoptions: Some(options::parse),
        amvalidate: Some(options::validate),
        ambeginscan: Some(scan::begin),
        amrescan: Some(scan::rescan),
        amgettuple: Some(scan::next),
        amendscan: Some(scan::end),
        ..Default::default()
    };
    // SAFETY: memory of this size, which Postgres keeps or frees.
    unsafe {
        let place = pg_sys::palloc(size_of::<pg_sys::IndexAmRoutine>());
        place.cast::<pg_sys::IndexAmRoutine>().write(routine);
        pg_sys::Datum::from(place)
    }
}
