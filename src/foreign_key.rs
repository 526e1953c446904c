//! Foreign keys of tables whose row security is forced.
//!
//! Postgres checks a new foreign key by a query of the owner's, and policies filter that query: with no tenant bound no
//! owner could add one, or worse, it would be found valid over no rows. So for the length of such a statement row
//! security is not forced on the tables it is about, where the user owns them. It stays enabled: nobody else sees more,
//! and other tables, of the same owner too, are as they were. An error puts it back with everything else.

use pgrx::Spi;
use pgrx::prelude::*;

use crate::error::Result;
use crate::{guard, role};

/// The tables that an ALTER TABLE checks foreign keys between.
pub struct Checked {
    /// The table that is altered, and those that new foreign keys refer to.
    pub tables: Vec<pg_sys::Oid>,
    /// Constraints of the first table that are validated.
    pub validated: Vec<String>,
}

/// Stops, or starts again, forcing row security on the protected ones of these tables that the user owns.
pub fn force(checked: &Checked, force: bool) -> Result<()> {
    // SAFETY: reads static state.
    let user = unsafe { pg_sys::GetUserId() };
    role::as_owner(user, || {
        let statements = Spi::connect(|client| -> Result<Vec<String>> {
            let mut statements = Vec::new();
            let rows = client.select(
                include_str!("../sql/force.sql"),
                None,
                &[
                    checked.tables.clone().into(),
                    checked.validated.clone().into(),
                    force.into(),
                ],
            )?;
            for row in rows {
                statements.extend(row.get::<String>(1)?);
            }
            Ok(statements)
        })?;
        let _pause = guard::pause();
        for statement in &statements {
            Spi::run(statement)?;
        }
        Ok(())
    })
}
