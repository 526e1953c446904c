//! Leases: writing down what may be spent before it is. Run by the scribe.

use pgrx::Spi;
use pgrx::prelude::*;
use tenancy_core::budget::{Amount, Budget, Metric, Mode, Period};

use super::ledger::{self, Ask, Lease};
use crate::error::{Error, Result};
use crate::id;
use crate::scribe::Partitions;
use crate::time::{timestamp, unix_micros};

/// What somebody waits for.
pub fn asked(partitions: &Partitions) -> Vec<Ask> {
    ledger::asked(partitions)
}

/// Says that a lease could not be written.
pub fn fail(ask: &Ask) {
    ledger::answer(ask, None);
}

/// Says that a lease is written and committed.
pub fn tell((ask, lease): (&Ask, &Lease)) {
    ledger::answer(ask, Some(lease));
}

/// Writes a lease. Without a budget, which was taken away meanwhile, there is nothing to lease.
pub fn write(ask: &Ask) -> Result<Lease> {
    let budget_id = id::to_sql(ask.budget);
    Spi::connect_mut(|client| {
        let row = client
            .select(
                include_str!("../../sql/budget_lease.sql"),
                Some(1),
                &[budget_id.into(), timestamp(ask.start)?.into()],
            )?
            .next();
        let Some(row) = row else {
            return Ok(Lease {
                period: Period::Month,
                start: ask.start,
                before: ask.known,
                after: ask.known,
                ceiling: 0,
            });
        };
        let units = |column| -> Result<u64> {
            let value = row.get::<i64>(column)?.unwrap_or(0);
            u64::try_from(value).map_err(|_| Error::LeaseFailed)
        };
        let name = |column| row.get::<String>(column).map(Option::unwrap_or_default);
        let budget = Budget {
            metric: Metric::parse(&name(5)?).ok_or(Error::LeaseFailed)?,
            period: Period::parse(&name(6)?).ok_or(Error::LeaseFailed)?,
            mode: Mode::parse(&name(2)?).ok_or(Error::LeaseFailed)?,
            limit: Amount::from_units(units(1)?),
        };
        let later = row.get::<TimestampWithTimeZone>(3)?;
        let start = later.map_or(ask.start, unix_micros);
        let before = units(4)?;
        // What the ledger knows to be leased in that period was; see docs/decisions.md.
        let known = if start == ask.start { ask.known } else { 0 };
        let after = budget.lease(before.max(known), ask.short);
        if after != before || later.is_none() {
            client.update(
                "INSERT INTO tenancy.budget_lease AS l (budget_id, period_start, leased) VALUES ($1, $2, $3)
                 ON CONFLICT (budget_id, period_start) DO UPDATE SET leased = greatest(l.leased, excluded.leased)",
                None,
                &[
                    budget_id.into(),
                    timestamp(start)?.into(),
                    i64::try_from(after).unwrap_or(i64::MAX).into(),
                ],
            )?;
        }
        Ok(Lease {
            period: budget.period,
            start,
            before,
            after,
            ceiling: match budget.mode {
                Mode::Hard => budget.limit.units(),
                Mode::Soft => Amount::MAX.units(),
            },
        })
    })
}
