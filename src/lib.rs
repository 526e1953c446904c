//! pg_tenancy: tenant isolation as a property of the database.
//!
//! | file | concept |
//! |---|---|
//! | `guc` | settings, and the hooks of `tenancy.session` |
//! | `shared` | shared memory: the seal key, the generation of credentials |
//! | `transaction` | which transaction a context is bound to |
//! | `credential` | what an API key or a token says |
//! | `session` | the present context: accepted, pinned, resolved |
//! | `bind` | SQL functions that bind the context |
//! | `catalog` | reading and remembering tenants and keys |
//! | `id` | identifiers, the core's and SQL's |
//! | `time` | points in time, the core's and Postgres's |
//! | `object` | what Postgres's own catalogs say of an object |
//! | `jsonb` | jsonb values |
//! | `frame` | call frames of functions that run for every row |
//! | `jwks` | the key set file and verified tokens |
//! | `portal` | queries begun before the context was narrowed |
//! | `role` | which roles escape row security |
//! | `accessor` | SQL functions that read the context |
//! | `scope` | scopes in SQL |
//! | `sharing` | whose rows are read beside the tenant's own |
//! | `visible` | the tests of policies that ask for them |
//! | `tenant`, `key`, `grant` | SQL functions of administrators |
//! | `recall` | asking for the rows nearest to a vector |
//! | `index` | the access method `tenant_vector` |
//! | `trace` | the record of decisions and its tamper-evident log |
//! | `budget` | what a tenant may spend, and what it has spent |
//! | `scribe` | the worker that writes what a rollback must not undo |
//! | `denial` | records of what was refused |
//! | `locked` | values in shared memory under locks |
//! | `usage` | when keys were last used |
//! | `maintain` | what is to be done now and then |
//! | `policy` | protect, unprotect |
//! | `managed_schema` | manage_schema, unmanage_schema |
//! | `attempt` | running statements to see what comes of them |
//! | `prove` | proving the isolation |
//! | `query` | queries of the extension's own |
//! | `check` | the catalogue of checks |
//! | `regress_suite` | a suite of attacks on tables of the user's own |
//! | `foreign_key` | adding foreign keys to protected tables |
//! | `guard` | keeping protected tables as they are |
//! | `confine` | what a tenant's session may not do |
//! | `statement` | what the parse tree of a statement says |
//! | `event_trigger` | the guard's event triggers |
//! | `hook` | the server hooks through which both see statements |
//! | `error` | every error a user can meet |
//!
//! What needs no Postgres lies in the crate `tenancy_core`.

use pgrx::prelude::*;

/// Declares a version-1 function that Postgres can look up.
macro_rules! version_1 {
    ($name:ident, $info:ident) => {
        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn $info() -> &'static pg_sys::Pg_finfo_record {
            const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }
    };
}

mod accessor;
mod attempt;
mod bind;
mod budget;
mod catalog;
mod check;
mod confine;
mod credential;
mod denial;
mod error;
mod event_trigger;
mod foreign_key;
mod frame;
mod grant;
mod guard;
mod guc;
mod hook;
mod id;
mod index;
mod jsonb;
mod jwks;
mod key;
mod locked;
mod maintain;
mod managed_schema;
mod object;
mod policy;
mod portal;
mod prove;
mod query;
mod recall;
mod regress_suite;
mod role;
mod scope;
mod scribe;
mod session;
mod shared;
mod sharing;
mod statement;
mod tenant;
mod time;
mod trace;
mod transaction;
mod usage;
mod visible;

pgrx::pg_module_magic!(name, version);

extension_sql_file!("../sql/tables.sql", name = "tables", bootstrap);
extension_sql_file!(
    "../sql/lists.sql",
    name = "lists",
    requires = ["tables", key_last_used]
);
extension_sql_file!("../sql/guard.sql", name = "guard", requires = ["tables"]);
extension_sql_file!(
    "../sql/application.sql",
    name = "application",
    requires = ["tables"]
);
extension_sql_file!("../sql/finish.sql", name = "finish", finalize);

#[doc(hidden)]
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    // SAFETY: a static variable of the postmaster.
    if !unsafe { pg_sys::process_shared_preload_libraries_in_progress } {
        pgrx::pg_sys::panic::ErrorReport::new(
            PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "pg_tenancy must be loaded at server start",
            "_PG_init",
        )
        .set_hint("Add pg_tenancy to shared_preload_libraries and restart the server.")
        .report(PgLogLevel::ERROR);
    }
    guc::init();
    shared::init();
    usage::init();
    scribe::init();
    denial::init();
    budget::init();
    hook::init();
    index::options::init();
}
