//! Erasing payloads: what was asked, found and answered goes, its digest stays, and so does the log. Each erasure is
//! itself a trace, to which the erased rows point.

use pgrx::Spi;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use uuid::Uuid;

use super::access::{self, Wish};
use super::append_only;
use super::entry::{Entry, Identity, KINDS, unknown_kind};
use super::erasure::Erasure;
use super::verify::REDACTION;
use super::write::write;
use crate::error::{Error, Result};
use crate::query::Snapshot;
use crate::tenant::required;
use crate::time::unix_micros;
use crate::{id, query, role, session};

/// Most rows that one call of `maintain` erases of a tenant and kind.
const BATCH: i64 = 10_000;

const ERASE: &str = "UPDATE tenancy.decision_trace d
    SET query = NULL, sources = NULL, detail = NULL, payload_salt = NULL, redaction_id = $2
    WHERE d.trace_id = ANY ($1)";

const CHOOSE: &str = "SELECT d.trace_id FROM tenancy.decision_trace d
    WHERE d.tenant_id = $1 AND d.recorded_at < $2 AND ($3 IS NULL OR d.kind = ANY ($3)) AND d.payload_salt IS NOT NULL
      AND d.kind <> 'redaction' AND NOT ($5 AND d.tier IS NOT DISTINCT FROM 'pg_tenancy') ORDER BY d.recorded_at LIMIT $4 FOR UPDATE SKIP LOCKED";

/// Erases the payload of one trace; false when it has none, or none any more.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["trace_tables"],
    sql = "CREATE FUNCTION tenancy.redact_trace(trace_id uuid) RETURNS boolean
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn redact_one(trace_id: Option<pgrx::Uuid>) -> Result<bool, ErrorReport> {
    query::require_writable(c"tenancy.redact_trace()");
    let trace = required(trace_id, "trace_id")?;
    let own = access::reach(Wish::Forget)?;
    let mut found = None;
    role::as_extension_owner(|| {
        query::each(
            Snapshot::Now,
            "SELECT d.tenant_id, d.payload_salt IS NOT NULL, tenancy.scope_covers($2::text::jsonb, d.scope)
             FROM tenancy.decision_trace d WHERE d.trace_id = $1 AND d.kind <> 'redaction'
               AND NOT ($3 AND d.tier IS NOT DISTINCT FROM 'pg_tenancy')",
            &[trace.into(), floor()?.into(), session::is_bound().into()],
            |row| {
                found = Some((row.get::<pgrx::Uuid>(1), row.get::<bool>(2), row.get::<bool>(3)));
                Ok(())
            },
        )
    })?;
    let Some((Some(tenant), Some(has_payload), Some(reached))) = found else {
        return Err(Error::NoSuchTrace(trace.to_string()).into());
    };
    let tenant = id::from_sql(tenant);
    if own.is_some_and(|own| own != tenant || !reached) {
        return Err(Error::NoSuchTrace(trace.to_string()).into());
    }
    if has_payload {
        let erasure = Erasure::One(id::from_sql(trace));
        erase(&identity(tenant)?, &[trace], &erasure)?;
    }
    Ok(has_payload)
}

/// The bound floor as JSON text; the whole tenant when none is bound.
fn floor() -> Result<String> {
    if !session::is_bound() {
        return Ok("{}".into());
    }
    let floor = session::with_context(|view, _| view.floor_json().to_owned())?;
    floor.ok_or(Error::Unbound)
}

/// Erases the payloads of a tenant's traces recorded before a time; gives how many.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["trace_tables"],
    sql = "CREATE FUNCTION tenancy.redact_trace(tenant text, before timestamptz, kinds text[] DEFAULT NULL,
                                                dry_run boolean DEFAULT false) RETURNS bigint
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn redact_before(
    tenant: Option<&str>,
    before: Option<TimestampWithTimeZone>,
    kinds: Option<Vec<Option<String>>>,
    dry_run: Option<bool>,
) -> Result<i64, ErrorReport> {
    query::require_writable(c"tenancy.redact_trace()");
    let before = required(before, "before")?;
    let kinds = kinds.map(|kinds| known_kinds(&kinds)).transpose()?;
    let tenant = access::whole_tenant(tenant, Wish::Forget)?;
    let mut erased = 0;
    let dry_run = dry_run.unwrap_or(false);
    loop {
        let rows = redact(
            tenant,
            before,
            kinds.as_deref(),
            if dry_run { i64::MAX } else { BATCH },
            dry_run,
        )?;
        erased += rows;
        if dry_run || rows < BATCH {
            return Ok(erased);
        }
    }
}

fn known_kinds(kinds: &[Option<String>]) -> Result<Vec<String>> {
    kinds
        .iter()
        .map(|kind| match kind {
            Some(kind) if KINDS.contains(&kind.as_str()) => Ok(kind.clone()),
            other => Err(unknown_kind(other.as_deref().unwrap_or("NULL"))),
        })
        .collect()
}

/// Erases, or counts, up to `limit` payloads.
fn redact(
    tenant: Uuid,
    before: TimestampWithTimeZone,
    kinds: Option<&[String]>,
    limit: i64,
    dry_run: bool,
) -> Result<i64> {
    let rows: Vec<pgrx::Uuid> = role::as_extension_owner(|| {
        let arguments = [
            id::to_sql(tenant).into(),
            before.into(),
            kinds.map(<[String]>::to_vec).into(),
            limit.into(),
            // What the extension refused is not the tenant's to erase.
            session::is_bound().into(),
        ];
        let rows = append_only::open(|| query::changed(CHOOSE, &arguments))?;
        Ok(rows)
    })?;
    let erased = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if !dry_run && erased > 0 {
        let before = unix_micros(before);
        let erasure = Erasure::many(before, kinds, rows.len());
        erase(&identity(tenant)?, &rows, &erasure)?;
    }
    Ok(erased)
}

/// Who erases: the bound context, or an administrator for a tenant that is not bound.
fn identity(tenant: Uuid) -> Result<Identity> {
    if session::is_bound() {
        let bound = Identity::bound()?;
        if bound.tenant_id == tenant {
            return Ok(bound);
        }
    }
    Ok(Identity::of_administrator(tenant, role::current_name()))
}

fn erase(identity: &Identity, rows: &[pgrx::Uuid], erasure: &Erasure) -> Result<()> {
    let by = write(
        identity,
        &Entry {
            kind: REDACTION,
            detail: Some(erasure.detail()),
            ..Entry::default()
        },
    )?;
    role::as_extension_owner(|| {
        append_only::open(|| {
            Ok(Spi::run_with_args(
                ERASE,
                &[rows.to_vec().into(), id::to_sql(by).into()],
            )?)
        })
    })
}

/// Says how long a tenant's payloads are kept, of a kind or of all others; NULL keeps them.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["trace_tables"],
    sql = "CREATE FUNCTION tenancy.set_retention(tenant text, max_age interval, kind text DEFAULT NULL) RETURNS void
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn set_retention(
    tenant: Option<&str>,
    max_age: Option<Interval>,
    kind: Option<&str>,
) -> Result<(), ErrorReport> {
    query::require_writable(c"tenancy.set_retention()");
    let tenant = id::to_sql(access::named(required(tenant, "tenant")?)?);
    if let Some(kind) = kind.filter(|kind| !KINDS.contains(kind)) {
        return Err(unknown_kind(kind).into());
    }
    Spi::run_with_args(
        "DELETE FROM tenancy.trace_retention r WHERE r.tenant_id = $1 AND r.kind IS NOT DISTINCT FROM $2",
        &[tenant.into(), kind.into()],
    )
    .map_err(Error::from)?;
    let Some(max_age) = max_age else {
        return Ok(());
    };
    let kept = query::changes(
        "INSERT INTO tenancy.trace_retention (tenant_id, kind, max_age)
         SELECT $1, $2, $3 WHERE $3 BETWEEN '0'::interval AND '1000 years' RETURNING tenant_id",
        &[tenant.into(), kind.into(), max_age.into()],
    )?;
    if !kept {
        return Err(Error::BadArgument {
            message: "max_age must lie between 0 and 1000 years".into(),
            hint: "Pass for instance '90 days', or NULL to keep the payloads.",
        }
        .into());
    }
    Ok(())
}

const DUE: &str = "SELECT r.tenant_id, pg_catalog.now() - r.max_age,
    CASE WHEN r.kind IS NULL THEN ARRAY(SELECT k FROM pg_catalog.unnest($1) k
                                        EXCEPT SELECT o.kind FROM tenancy.trace_retention o WHERE o.tenant_id = r.tenant_id ORDER BY 1)
         ELSE ARRAY[r.kind] END::text[]
    FROM tenancy.trace_retention r ORDER BY r.tenant_id, r.kind";

/// Erases what is past its time, a batch of each tenant and kind; gives how many payloads.
pub fn retain() -> Result<i64> {
    let mut due = Vec::new();
    let kinds: Vec<String> = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    query::each(Snapshot::Now, DUE, &[kinds.into()], |row| {
        if let (Some(tenant), Some(before), Some(kinds)) = (
            row.get::<pgrx::Uuid>(1),
            row.get::<TimestampWithTimeZone>(2),
            row.get::<Vec<String>>(3),
        ) {
            due.push((id::from_sql(tenant), before, kinds));
        }
        Ok(())
    })?;
    due.into_iter()
        .try_fold(0, |erased, (tenant, before, kinds)| {
            Ok(erased + redact(tenant, before, Some(&kinds), BATCH, false)?)
        })
}
