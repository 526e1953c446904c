//! Budgets: setting them, and spending from them. See `tenancy_core::budget` for how.
//!
//! What is spent stays spent when its transaction rolls back: the call it paid for was made.

pub mod lease;
pub mod ledger;
pub mod reservation;

use pgrx::datum::Interval;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{AnyNumeric, Spi};
use tenancy_core::budget::{Amount, AmountError, Metric, Mode, Period, Rounding};
use uuid::Uuid;

use crate::catalog::{self, TenantBudget};
use crate::error::{Error, Result};
use crate::tenant::{required, tenant_by_reference};
use crate::time::{now_unix_micros, timestamp};
use crate::{denial, id, query, session, transaction};

use ledger::{Spending, Taken};
use reservation::Reservation;

extension_sql_file!(
    "../sql/budget.sql",
    name = "budget",
    requires = ["tables", "credential_changed"]
);
extension_sql_file!(
    "../sql/budget_status.sql",
    name = "budget_status",
    requires = ["budget", budget_state]
);

/// Reserves the shared memory; to be called once, from `_PG_init` in the postmaster.
pub fn init() {
    ledger::init();
    reservation::init();
}

fn metric(name: &str) -> Result<Metric> {
    Metric::parse(name).ok_or_else(|| Error::BadArgument {
        message: "metric is not known".into(),
        hint: "Use tokens, cost, requests, rows or agents.",
    })
}

fn amount(
    argument: &'static str,
    metric: Metric,
    value: AnyNumeric,
    rounding: Rounding,
) -> Result<Amount> {
    Amount::parse(metric, &value.to_string(), rounding).map_err(|error| match error {
        AmountError::TooLarge => Error::AmountTooLarge(argument),
        _ => Error::BadArgument {
            message: format!("{argument} {error}"),
            hint: "Pass a number from 0 up: whole, or for cost US dollars with at most 9 digits after the point.",
        },
    })
}

/// Sets what a tenant may spend of a metric in a period; without an amount, takes the budget away.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.set_budget(tenant text, metric text, amount numeric, period text, mode text DEFAULT 'hard')
           RETURNS void
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn set_budget(
    tenant: Option<&str>,
    metric: Option<&str>,
    amount: Option<AnyNumeric>,
    period: Option<&str>,
    mode: Option<&str>,
) -> Result<(), ErrorReport> {
    query::require_writable(c"tenancy.set_budget()");
    let metric = self::metric(required(metric, "metric")?)?;
    let period = Period::parse(required(period, "period")?).ok_or_else(|| Error::BadArgument {
        message: "period is not known".into(),
        hint: "Use minute, hour, day or month.",
    })?;
    let mode = Mode::parse(required(mode, "mode")?).ok_or_else(|| Error::BadArgument {
        message: "mode is not known".into(),
        hint: "Use hard, which refuses what goes beyond the limit, or soft, which warns.",
    })?;
    let limit = amount
        .map(|amount| self::amount("amount", metric, amount, Rounding::Refused))
        .transpose()?;
    let tenant = tenant_by_reference(required(tenant, "tenant")?)?;
    let (metric, period) = (metric.name(), period.name());
    match limit {
        None => Spi::run_with_args(
            "DELETE FROM tenancy.budget b WHERE b.tenant_id = $1 AND b.metric = $2 AND b.period = $3",
            &[tenant.into(), metric.into(), period.into()],
        ),
        Some(limit) => Spi::run_with_args(
            "INSERT INTO tenancy.budget (tenant_id, metric, period, mode, amount) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, metric, period)
             DO UPDATE SET mode = excluded.mode, amount = excluded.amount, set_at = now(), set_by = session_user",
            &[
                tenant.into(),
                metric.into(),
                period.into(),
                mode.name().into(),
                i64::try_from(limit.units()).unwrap_or(i64::MAX).into(),
            ],
        ),
    }
    .map_err(Error::from)?;
    Ok(())
}

/// The bound tenant, who spends.
fn spender() -> Result<Uuid> {
    denial::used();
    if transaction::in_recovery() {
        return Err(Error::BudgetOnStandby);
    }
    let present = session::bound()?;
    Ok(Uuid::from_bytes(present.tenant_id.get()))
}

/// What amounts are of the budgets that a tenant has for their metrics.
fn spendings(tenant: Uuid, amounts: &[(Metric, Amount)]) -> Result<Vec<Spending>> {
    let budgets = catalog::budgets(tenant)?;
    let spending = |budget: &TenantBudget| {
        let of_metric = amounts
            .iter()
            .filter(|(metric, _)| *metric == budget.budget.metric);
        Spending {
            budget: *budget,
            amount: of_metric.fold(0u64, |sum, (_, amount)| sum.saturating_add(amount.units())),
        }
    };
    Ok(budgets.iter().map(spending).collect())
}

/// Takes amounts from all the budgets that a tenant has for their metrics, or from none.
fn spend(tenant: Uuid, amounts: &[(Metric, Amount)]) -> Result<Vec<Taken>> {
    ledger::spend(tenant, &spendings(tenant, amounts)?)
}

/// The same of what was spent already: where a hard budget has no room, what is left of it is taken before that is said. Who
/// asks for too little, or asks afterwards, does not go on for ever.
fn spend_after(tenant: Uuid, amounts: &[(Metric, Amount)]) -> Result<Vec<Taken>> {
    let spendings = spendings(tenant, amounts)?;
    let outcome = ledger::spend(tenant, &spendings);
    if let Err(Error::BudgetExhausted { .. }) = outcome {
        ledger::spend_rest(tenant, &spendings);
    }
    outcome
}

/// Charges the bound tenant for what was done: settles the reservations that were made for it, and takes the rest, all or
/// nothing. Refused with 53400 where a hard budget has no room. Nothing happens where the tenant has no budget for a
/// metric.
pub fn charge(spent: &[(Metric, Amount)], reservations: &[Uuid]) -> Result<()> {
    let tenant = spender()?;
    let mut rest = spent.to_vec();
    let mut settled = Vec::with_capacity(reservations.len());
    for id in reservations {
        let open = reservation::find(id, &tenant).ok_or(Error::NotOpen(*id))?;
        let at = rest.iter().position(|(metric, _)| *metric == open.metric);
        let at = at.ok_or_else(|| Error::BadArgument {
            message: format!("the trace does not say how many {} reservation {id} is for", open.metric.name()),
            hint: "Pass reservations of tokens or cost, one of each, and what was spent of them; settle others with tenancy.settle().",
        })?;
        settled.push((*id, open, rest.swap_remove(at).1));
    }
    for (id, open, actual) in settled {
        end(tenant, &id, &open, actual)?;
    }
    spend_after(tenant, &rest).map(|_| ())
}

/// Longest life of a reservation, in microseconds: a day.
const LONGEST: i128 = 86_400_000_000;

/// Takes an amount from the bound tenant's budgets before it is known what a call costs; gives the id to settle it by.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.reserve(metric text, amount numeric, expires_in interval DEFAULT '5 minutes') RETURNS uuid
           LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn reserve(
    metric: Option<&str>,
    amount: Option<AnyNumeric>,
    expires_in: Option<Interval>,
) -> Result<pgrx::Uuid, ErrorReport> {
    let tenant = spender()?;
    let metric = self::metric(required(metric, "metric")?)?;
    let amount = self::amount("amount", metric, required(amount, "amount")?, Rounding::Up)?;
    let life = required(expires_in, "expires_in")?.as_micros();
    if !(1..=LONGEST).contains(&life) {
        return Err(Error::BadArgument {
            message: "expires_in must be more than nothing and at most a day".into(),
            hint: "Pass for instance '5 minutes'; a reservation that is not settled by then is charged in full.",
        }
        .into());
    }
    let life = i64::try_from(life).unwrap_or(0);
    let expires_at = now_unix_micros().saturating_add(life);
    let taken = spend(tenant, &[(metric, amount)])?;
    let id = reservation::open(tenant, metric, amount.units(), expires_at, &taken)
        .inspect_err(|_| ledger::give_back(tenant, &taken, amount.units()))?;
    Ok(id::to_sql(id))
}

/// Ends a reservation with what the call cost: gives back what was reserved and not spent, or takes what is missing.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.settle(reservation uuid, actual numeric) RETURNS void
           LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn settle(reservation: Option<pgrx::Uuid>, actual: Option<AnyNumeric>) -> Result<(), ErrorReport> {
    let tenant = spender()?;
    let id = id::from_sql(required(reservation, "reservation")?);
    let open = reservation::find(&id, &tenant).ok_or(Error::NotOpen(id))?;
    let actual = amount(
        "actual",
        open.metric,
        required(actual, "actual")?,
        Rounding::Up,
    )?;
    Ok(end(tenant, &id, &open, actual)?)
}

/// Ends an open reservation.
fn end(tenant: Uuid, id: &Uuid, open: &Reservation, actual: Amount) -> Result<()> {
    let more = Amount::from_units(actual.units().saturating_sub(open.amount));
    if more.units() > 0 {
        // First, as it may wait and be cancelled: the reservation stays then.
        let taken = match spend_after(tenant, &[(open.metric, more)]) {
            // It is charged in full, and so is what was left.
            Err(error @ Error::BudgetExhausted { .. }) => {
                reservation::close(id, &tenant);
                return Err(error);
            }
            other => other?,
        };
        if reservation::close(id, &tenant).is_none() {
            // Another session settled it meanwhile.
            ledger::give_back(tenant, &taken, more.units());
            return Err(Error::NotOpen(*id));
        }
        return Ok(());
    }
    let closed = reservation::close(id, &tenant).ok_or(Error::NotOpen(*id))?;
    let rest = closed.amount.saturating_sub(actual.units());
    ledger::give_back(tenant, &closed.taken, rest);
    Ok(())
}

/// What is known of a budget in its present period.
struct Status {
    leased: u64,
    used: u64,
    reserved: u64,
    resets_at: i64,
}

/// The ledger, or where there is none what was leased, which counts as used.
fn status(tenant: Uuid, id: Uuid, period: Period) -> Result<Status> {
    let mut ledger = ledger::peek(tenant, &id).unwrap_or_default();
    ledger.roll(period, now_unix_micros());
    if !ledger.opened {
        let leases = catalog::leases(id)?;
        if let Some(latest) = leases.iter().max_by_key(|lease| lease.start) {
            ledger.extend(period, latest.start, latest.leased, latest.leased);
        }
    }
    let reserved = reservation::reserved(Taken {
        budget: id,
        start: ledger.start,
    });
    Ok(Status {
        leased: ledger.leased,
        used: ledger.taken.saturating_sub(reserved),
        reserved,
        resets_at: ledger.end,
    })
}

fn number(metric: Metric, units: u64) -> Option<AnyNumeric> {
    AnyNumeric::try_from(Amount::from_units(units).to_text(metric).as_str()).ok()
}

/// What of a budget is leased, used and reserved in its present period.
#[pg_extern(
    volatile,
    strict,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.budget_state(tenant_id uuid, budget_id uuid, metric text, period text, units bigint)
           RETURNS TABLE (amount numeric, leased numeric, used numeric, reserved numeric, resets_at timestamptz)
           LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 1 AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
#[allow(clippy::type_complexity, reason = "the columns of a table")]
fn budget_state(
    tenant_id: pgrx::Uuid,
    budget_id: pgrx::Uuid,
    metric: &str,
    period: &str,
    units: i64,
) -> Result<
    TableIterator<
        'static,
        (
            name!(amount, Option<AnyNumeric>),
            name!(leased, Option<AnyNumeric>),
            name!(used, Option<AnyNumeric>),
            name!(reserved, Option<AnyNumeric>),
            name!(resets_at, Option<TimestampWithTimeZone>),
        ),
    >,
    ErrorReport,
> {
    let (Some(metric), Some(period)) = (Metric::parse(metric), Period::parse(period)) else {
        return Ok(TableIterator::empty());
    };
    let status = status(id::from_sql(tenant_id), id::from_sql(budget_id), period)?;
    Ok(TableIterator::once((
        number(metric, u64::try_from(units).unwrap_or(0)),
        number(metric, status.leased),
        number(metric, status.used),
        number(metric, status.reserved),
        timestamp(status.resets_at).ok(),
    )))
}

/// The bound tenant's budgets, and what is left of them.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.current_budgets()
           RETURNS TABLE (metric text, period text, mode text, amount numeric, used numeric, reserved numeric, resets_at timestamptz)
           LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 4 AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
#[allow(clippy::type_complexity, reason = "the columns of a table")]
fn current_budgets() -> Result<
    TableIterator<
        'static,
        (
            name!(metric, &'static str),
            name!(period, &'static str),
            name!(mode, &'static str),
            name!(amount, Option<AnyNumeric>),
            name!(used, Option<AnyNumeric>),
            name!(reserved, Option<AnyNumeric>),
            name!(resets_at, Option<TimestampWithTimeZone>),
        ),
    >,
    ErrorReport,
> {
    let present = session::bound()?;
    let tenant = Uuid::from_bytes(present.tenant_id.get());
    let mut rows = Vec::new();
    for TenantBudget { id, budget } in catalog::budgets(tenant)?.iter() {
        let status = status(tenant, *id, budget.period)?;
        rows.push((
            budget.metric.name(),
            budget.period.name(),
            budget.mode.name(),
            number(budget.metric, budget.limit.units()),
            number(budget.metric, status.used),
            number(budget.metric, status.reserved),
            timestamp(status.resets_at).ok(),
        ));
    }
    Ok(TableIterator::new(rows))
}

/// Deletes what was leased in periods that are over, up to so many rows; gives how many. A clock that goes back finds
/// what was leased within the last two periods.
pub fn maintain(limit: i64) -> Result<usize> {
    Spi::connect_mut(|client| {
        let rows = client.update(
            include_str!("../sql/budget_maintain.sql"),
            None,
            &[limit.into()],
        )?;
        Ok(rows.len())
    })
}
