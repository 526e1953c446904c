//! The evidence as it is kept, and handed out: `tenancy.evidence`.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::evidence::report::Report;
use tenancy_core::evidence::{Document, Format, document, render};
use tenancy_core::quote::quoted;
use tenancy_core::trace::note::Signer;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::trace::{self, Entry, Identity, OWN};
use crate::{id, query, role};

extension_sql_file!(
    "../../sql/evidence.sql",
    name = "evidence_tables",
    requires = ["trace_tables"]
);

/// The kind of traces that runs leave.
const KIND: &str = "proof";

/// What `tenancy.prove` gives.
pub struct Row {
    /// The run.
    pub run_id: Uuid,
    /// `pass` or `fail`.
    pub verdict: String,
    /// How many findings there are.
    pub findings: i64,
    /// How many statements were probed with.
    pub probes: i64,
    /// How many pairs of tenants, over all statements.
    pub pairs: i64,
}

/// What the trace says of a report.
fn outcome(report: &Report) -> Result<String> {
    let digest = report
        .fingerprint()
        .map_err(|e| Error::Evidence(e.to_string()))?;
    Ok(format!("{} SHA-256:{digest}", report.verdict))
}

/// Signs a report, if there are keys, and keeps it; its digest goes into the log of tenant `shared`.
pub fn keep(report: Report, signers: &[Signer]) -> Result<Row> {
    let wrong = |error: document::DocumentError| Error::Evidence(error.to_string());
    let document = if signers.is_empty() {
        Document { report, note: None }
    } else {
        document::sign(report, signers).map_err(wrong)?
    };
    let report = &document.report;
    let row = Row {
        run_id: report.run.id,
        verdict: report.verdict.name().into(),
        findings: super::count(report.findings.len()),
        probes: super::count(report.probes.len()),
        pairs: report.coverage.probed_pairs,
    };
    // Not in the payload, which can be erased.
    let trace_id = trace::write(
        &Identity {
            correlation_id: Some(row.run_id.to_string()),
            ..Identity::of_administrator(Uuid::nil(), report.run.prover.clone())
        },
        &Entry {
            kind: KIND,
            tier: Some(OWN),
            tool: Some("tenancy.prove"),
            outcome: Some(&outcome(report)?),
            ..Entry::default()
        },
    )?;
    Spi::run_with_args(
        "INSERT INTO tenancy.evidence_run (run_id, started_at, ended_at, prover, verdict, findings, probes, pairs, report, note, trace_id)
         VALUES ($1, $2::timestamptz, $3::timestamptz, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            id::to_sql(row.run_id).into(),
            report.run.started_at.as_str().into(),
            report.run.ended_at.as_str().into(),
            report.run.prover.as_str().into(),
            row.verdict.as_str().into(),
            row.findings.into(),
            row.probes.into(),
            row.pairs.into(),
            report.canonical().map_err(wrong)?.into(),
            document.note.as_deref().into(),
            id::to_sql(trace_id).into(),
        ],
    )?;
    for finding in &report.findings {
        Spi::run_with_args(
            "INSERT INTO tenancy.evidence_finding (run_id, check_id, severity, object, message, remediation)
             VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                id::to_sql(row.run_id).into(),
                finding.check_id.as_str().into(),
                finding.severity.name().into(),
                finding.object.as_str().into(),
                finding.message.as_str().into(),
                finding.remediation.as_str().into(),
            ],
        )?;
    }
    Ok(row)
}

/// The evidence of a run, in a format.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["evidence_tables"],
    sql = "CREATE FUNCTION tenancy.evidence(run_id uuid, format text DEFAULT 'json') RETURNS text
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn evidence(run_id: Option<pgrx::Uuid>, format: Option<&str>) -> Result<String, ErrorReport> {
    let run_id = id::from_sql(run_id.ok_or(Error::NullArgument("run_id"))?);
    let format = format.ok_or(Error::NullArgument("format"))?;
    let format: Format = format.parse().map_err(|_| Error::BadArgument {
        message: format!("format {} is unknown", quoted(format)),
        hint: "It is one of json, html, oscal, tap.",
    })?;
    Ok(text(run_id, format)?)
}

fn text(run_id: Uuid, format: Format) -> Result<String> {
    let mut found = None;
    role::as_extension_owner(|| {
        query::each(
            query::Snapshot::Statement,
            "SELECT r.report, r.note, d.outcome
               FROM tenancy.evidence_run r
               LEFT JOIN tenancy.decision_trace d ON d.trace_id = r.trace_id AND d.tenant_id = $2 AND d.kind = $3
              WHERE r.run_id = $1",
            &[id::to_sql(run_id).into(), id::to_sql(Uuid::nil()).into(), KIND.into()],
            |row| {
                found = Some((row.get::<String>(1), row.get::<String>(2), row.get::<String>(3)));
                Ok(())
            },
        )
    })?;
    let (report, note, recorded) = found.ok_or(Error::NoSuchRun(run_id))?;
    let wrong = |error: String| Error::Evidence(error);
    let report: Report =
        serde_json::from_str(&report.unwrap_or_default()).map_err(|e| wrong(e.to_string()))?;
    if report.run.id != run_id || Some(outcome(&report)?) != recorded {
        return Err(wrong("it is not what its trace recorded".into()));
    }
    render(format, &Document { report, note }).map_err(|e| wrong(e.to_string()))
}
