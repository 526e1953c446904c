//! Which transactions' rows the log has, as the last seal left it. Their numbers are those of one server, and what the
//! seal saw are the rows of one database: restored from a dump, the horizon says nothing of rows that came later.

use pgrx::{Spi, pg_sys};
use tenancy_core::trace::horizon::Horizon;

use crate::error::{Error, Result};
use crate::query::Snapshot;
use crate::{query, transaction};

/// The horizon that is kept.
pub struct Kept {
    server: i64,
    database: pg_sys::Oid,
    pub horizon: Horizon,
}

impl Kept {
    /// Whether a seal of this very database left it.
    pub fn is_of_here(&self) -> bool {
        self.server == transaction::server() && self.database == transaction::database()
    }

    /// Whether the last seal would have added the row that a transaction wrote, had it been there.
    pub fn covers(&self, server: i64, transaction: i64) -> bool {
        if server == self.server {
            self.horizon.has_ended(number(transaction))
        } else {
            self.is_of_here()
        }
    }

    fn new(server: Option<i64>, database: Option<pg_sys::Oid>, snapshot: &str) -> Result<Self> {
        Ok(Self {
            server: server.unwrap_or_default(),
            database: database.unwrap_or(pg_sys::InvalidOid),
            horizon: Horizon::parse(snapshot).map_err(|_| Error::DamagedHorizon)?,
        })
    }
}

/// What is kept, by the snapshot of the statement that calls; `None` before the first seal.
pub fn read() -> Result<Option<Kept>> {
    let mut found = None;
    query::each(
        Snapshot::Statement,
        "SELECT h.server, h.database, h.snapshot FROM tenancy.trace_horizon h",
        &[],
        |row| {
            let snapshot = row.get::<String>(3).unwrap_or_default();
            found = Some(Kept::new(row.get(1), row.get(2), &snapshot)?);
            Ok(())
        },
    )?;
    Ok(found)
}

/// Waits until nobody else seals, and keeps others from it until the transaction ends; gives what is kept.
pub fn hold() -> Result<Kept> {
    Spi::run(
        "INSERT INTO tenancy.trace_horizon (server, database, snapshot, sealed_at)
         VALUES (0, 0, '1:1:', pg_catalog.clock_timestamp()) ON CONFLICT DO NOTHING",
    )?;
    Spi::connect_mut(|client| {
        let rows = client.update(
            "SELECT h.server, h.database, h.snapshot FROM tenancy.trace_horizon h FOR UPDATE",
            None,
            &[],
        )?;
        let row = rows.first();
        let snapshot = row.get::<String>(3)?.unwrap_or_default();
        Kept::new(row.get(1)?, row.get(2)?, &snapshot)
    })
}

/// The transactions that have ended by now, the own one not among them.
pub fn now() -> Result<Horizon> {
    let snapshot = query::value::<String>("SELECT pg_catalog.pg_current_snapshot()::text", &[])?;
    let now =
        Horizon::parse(&snapshot.unwrap_or_default()).map_err(|e| Error::Sql(e.to_string()))?;
    Ok(now.with_running(number(transaction::id())))
}

/// Keeps up to where the log has all rows from now on.
pub fn keep(horizon: &Horizon) -> Result<()> {
    Ok(Spi::run_with_args(
        "UPDATE tenancy.trace_horizon
            SET server = $1, database = $2, snapshot = $3, sealed_at = pg_catalog.clock_timestamp()",
        &[
            transaction::server().into(),
            transaction::database().into(),
            horizon.to_string().into(),
        ],
    )?)
}

/// Transactions are counted from 3 and do not reach the sign in any life of a server.
pub fn number(id: i64) -> u64 {
    u64::try_from(id).unwrap_or(0)
}
