//! Foreign keys of tables whose row security is forced.
//!
//! Postgres checks a new foreign key by a query of the owner's, and policies filter that query: with no tenant bound no
//! owner could add one, or worse, it would be found valid over no rows. So for the length of such a statement row
//! security is not forced on the tables it is about, where the user owns them. It stays enabled: nobody else sees more,
//! and other tables, of the same owner too, are as they were. An error puts it back with everything else.

use std::cell::RefCell;

use pgrx::prelude::*;

use crate::error::Result;
use crate::{guard, query, role};

/// The tables that an ALTER TABLE checks foreign keys between.
pub struct Checked {
    /// The table that is altered, and those that new foreign keys refer to.
    pub tables: Vec<pg_sys::Oid>,
    /// Constraints of the first table that are validated.
    pub validated: Vec<String>,
}

thread_local! {
    /// Tables on which row security is not forced now, by the statements being run, the innermost last.
    static LIFTED: RefCell<Vec<pg_sys::Oid>> = const { RefCell::new(Vec::new()) };
}

/// How many tables are lifted; what [`force_again`] is to go back to. At top level nothing can be left of a statement
/// that failed.
pub fn depth(top_level: bool) -> usize {
    LIFTED.with_borrow_mut(|lifted| {
        if top_level {
            lifted.clear();
        }
        lifted.len()
    })
}

/// Stops forcing row security on the protected ones of these tables that the user owns.
pub fn lift(checked: &Checked) -> Result<()> {
    role::as_current(|| {
        let tables = query::column::<pg_sys::Oid>(
            include_str!("../sql/forced_tables.sql"),
            &[
                checked.tables.clone().into(),
                checked.validated.clone().into(),
            ],
        )?;
        alter(&tables, "NO FORCE")?;
        LIFTED.with_borrow_mut(|lifted| lifted.extend(tables));
        Ok(())
    })
}

/// Forces row security again on all that was lifted since that depth.
pub fn force_again(depth: usize) -> Result<()> {
    let tables = LIFTED.with_borrow_mut(|lifted| lifted.split_off(depth.min(lifted.len())));
    if tables.is_empty() {
        return Ok(());
    }
    role::as_current(|| alter(&tables, "FORCE"))
}

fn alter(tables: &[pg_sys::Oid], force: &str) -> Result<()> {
    let _pause = guard::pause();
    for table in tables {
        let statements = query::column(
            "SELECT format('ALTER TABLE ONLY %I.%I %s ROW LEVEL SECURITY', n.nspname, c.relname, $2)
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1",
            &[(*table).into(), force.into()],
        )?;
        query::run_each(&statements)?;
    }
    Ok(())
}
