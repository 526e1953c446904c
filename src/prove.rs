//! Proving the isolation: `tenancy.prove`. The static checks; statements of an application's, run with tenants bound in turn;
//! and a comparison of two worlds that differ in another tenant's rows only. Everything but the evidence is rolled back.
//!
//! | file | concept |
//! |---|---|
//! | `target` | what is probed, and as whom |
//! | `sample` | rows to copy |
//! | `probe` | a statement a table and verb |
//! | `world` | answers compared between two worlds |
//! | `limit` | what a run does not show |
//! | `record` | the evidence as it is kept: `tenancy.evidence` |

mod limit;
mod probe;
mod record;
mod sample;
mod target;
mod world;

use std::collections::HashSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pgrx::datum::Interval;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::evidence::report::{
    self, Coverage, FORMAT, Finding, Report, Run, Severity, Verdict,
};
use tenancy_core::random;
use tenancy_core::timestamp::rfc3339;
use uuid::Uuid;

use crate::catalog::Tenant;
use crate::error::{Error, Result};
use crate::time::now_unix_micros;
use crate::{attempt, check, query, role, session, trace, transaction};
use probe::Probe;
use target::Target;
use world::Sampled;

/// With no more tenants than this, each pair is probed by itself.
const ALL_PAIRS: usize = 16;

/// How long nothing is said of the progress.
const SILENCE: Duration = Duration::from_secs(10);

/// Proves the isolation of tenants and keeps the evidence.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["evidence_tables"],
    sql = "CREATE FUNCTION tenancy.prove(tables regclass[] DEFAULT NULL, tenants integer DEFAULT 1000, seed bigint DEFAULT NULL,
                                        time_limit interval DEFAULT '00:10:00')
           RETURNS TABLE (run_id uuid, verdict text, findings bigint, probes bigint, pairs bigint)
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
#[allow(clippy::type_complexity)]
fn prove(
    tables: Option<Vec<Option<pg_sys::Oid>>>,
    tenants: Option<i32>,
    seed: Option<i64>,
    time_limit: Option<Interval>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(run_id, pgrx::Uuid),
            name!(verdict, String),
            name!(findings, i64),
            name!(probes, i64),
            name!(pairs, i64),
        ),
    >,
    ErrorReport,
> {
    query::require_writable(c"tenancy.prove()");
    let asked = Asked {
        tables: tables
            .map(|tables| tables.into_iter().collect::<Option<Vec<_>>>())
            .map(|tables| tables.ok_or(Error::NullArgument("tables")))
            .transpose()?,
        tenants: i64::from(tenants.ok_or(Error::NullArgument("tenants"))?),
        seed: match seed {
            Some(seed) => seed,
            // Such that JSON numbers hold it.
            None => i64::from(u32::from_le_bytes(
                random::bytes().map_err(|_| Error::NoRandom)?,
            )),
        },
        until: Instant::now() + duration(time_limit.ok_or(Error::NullArgument("time_limit"))?)?,
    };
    asked.check()?;
    let row = run(&asked)?;
    Ok(TableIterator::once((
        crate::id::to_sql(row.run_id),
        row.verdict,
        row.findings,
        row.probes,
        row.pairs,
    )))
}

fn duration(interval: Interval) -> Result<Duration> {
    let micros = interval.as_micros();
    u64::try_from(micros)
        .ok()
        .filter(|micros| *micros > 0 && *micros <= 86_400_000_000)
        .map(Duration::from_micros)
        .ok_or(Error::BadArgument {
            message: "time_limit must be positive and at most a day".into(),
            hint: "Pass an interval such as '10 minutes'.",
        })
}

/// What is asked for.
struct Asked {
    tables: Option<Vec<pg_sys::Oid>>,
    tenants: i64,
    seed: i64,
    until: Instant,
}

impl Asked {
    fn check(&self) -> Result<()> {
        if session::is_bound() || session::pretending() {
            return Err(Error::BoundProver);
        }
        if transaction::keeps_snapshot() {
            return Err(Error::OldSnapshot("tenancy.prove()"));
        }
        if self.tenants < 1 || self.seed.unsigned_abs() > 1 << 53 {
            return Err(Error::BadArgument {
                message: "tenants must be at least 1, and seed between -2^53 and 2^53".into(),
                hint: "Leave both out for 1000 tenants drawn at random.",
            });
        }
        Ok(())
    }
}

fn run(asked: &Asked) -> Result<record::Row> {
    let prover = role::current_name();
    let started = now_unix_micros();
    let signers = trace::signers_if_set_up()?;
    let settings = [
        (c"row_security", c"on"),
        (c"lc_messages", c"C"),
        (c"max_parallel_workers_per_gather", c"0"),
        (c"jit", c"off"),
        // Whoever else is waited for does not wait for long, and it is not they whom a deadlock ends: a second goes by before
        // they look for one.
        (c"lock_timeout", c"500ms"),
        (c"deadlock_timeout", c"10ms"),
        (c"quote_all_identifiers", c"off"),
        (c"standard_conforming_strings", c"on"),
        (c"bytea_output", c"hex"),
    ];
    role::as_extension_owner(|| {
        let mut report =
            attempt::unlocked(|| attempt::with_settings(&settings, || investigate(asked)))?
                .ok_or(Error::Locked("tenancy.prove()"))?;
        report.run = Run {
            id: Uuid::now_v7(),
            started_at: rfc3339(started).unwrap_or_default(),
            ended_at: rfc3339(now_unix_micros()).unwrap_or_default(),
            prover,
            seed: asked.seed,
        };
        if signers.is_empty() {
            let unsigned = "It is not signed, as the server has no key (tenancy.seal_key_file): whoever can write the \
                            database or the file can change it.";
            report.coverage.limits.push(unsigned.into());
        }
        report.findings.sort_by(|a, b| {
            (a.severity, &a.check_id, &a.object, &a.message).cmp(&(
                b.severity,
                &b.check_id,
                &b.object,
                &b.message,
            ))
        });
        report.findings.dedup();
        let failed = |finding: &Finding| finding.severity.fails();
        report.verdict = if report.findings.iter().any(failed) {
            Verdict::Fail
        } else {
            Verdict::Pass
        };
        record::keep(report, &signers)
    })
}

/// Finds out all there is to report.
fn investigate(asked: &Asked) -> Result<Report> {
    let roots = protected(asked)?;
    let selected = asked.tables.as_ref().map(|_| roots.as_slice());
    let (checks, mut findings) = examine(selected)?;
    let targets = target::targets(selected)?;
    let (tenants, known) = target::draw(asked.tenants, asked.seed)?;
    let mut limits = limit::standing();
    let samples = sample::draw(&targets, &tenants)?;
    let unsound: HashSet<&str> = targets
        .iter()
        .map(|target| target.name.as_str())
        .filter(|name| findings.iter().any(|finding| is_of_policies(finding, name)))
        .collect();
    let sound = |target: &Target| !unsound.contains(target.name.as_str());

    let mut probes: Vec<Vec<Probe<'_>>> = targets
        .iter()
        .map(|target| {
            let row = samples
                .get(target.name.as_str())
                .and_then(|rows| rows.first());
            probe::probes(target, row.map(String::as_str), sound(target))
        })
        .collect();
    // Triggers and foreign keys keep still, so that what refuses is policies.
    let probed = attempt::with_settings(&[(c"session_replication_role", c"replica")], || {
        probe_all(asked, &targets, &mut probes, &tenants, known)
    })?;

    let (compare, leave): (Vec<&Target>, Vec<&Target>) = targets
        .iter()
        .filter(|target| target.is_root)
        // Without sound policies, statements would change the rows of all tenants, though only until they are rolled back.
        .partition(|target| sound(target));
    let sampled: Vec<Sampled<'_>> = compare
        .into_iter()
        .filter_map(|target| {
            let rows = samples.get(target.name.as_str())?.clone();
            Some(Sampled { target, rows })
        })
        .collect();
    limits.extend(leave.into_iter().map(|target| {
        format!(
            "No answers were compared on {}, whose policies are not in order: too much would have been locked meanwhile.",
            target.name
        )
    }));
    let compared = world::compare(&sampled)?;
    limits.extend(compared.limits);
    findings.extend(compared.findings);

    let mut tables: Vec<report::Table> =
        target::json(include_str!("../sql/prove/tables.sql"), selected)?;
    for (target, probes) in targets.iter().zip(&probes) {
        if let Some(table) = tables.iter_mut().find(|table| table.name == target.name) {
            table.rows_seen = probes.iter().map(|probe| probe.seen).sum();
        }
    }
    let tried = targets.iter().zip(&probes).any(|(target, probes)| {
        probes.iter().any(Probe::ran) && tables.iter().any(|table| table.name == target.name)
    });
    limits.extend(limit::of_run(
        &targets, &samples, &probes, &tenants, probed, known,
    ));
    findings.extend(not_probed(&roots, probed, tried));
    let probes: Vec<Probe<'_>> = probes.into_iter().flatten().collect();
    findings.extend(probes.iter().flat_map(|probe| probe.findings(&tenants)));
    let probed_tenants = tenants.iter().take(probed);
    Ok(Report {
        format: FORMAT.into(),
        run: Run {
            id: Uuid::nil(),
            started_at: String::new(),
            ended_at: String::new(),
            prover: String::new(),
            seed: asked.seed,
        },
        verdict: Verdict::Fail,
        system: target::json(include_str!("../sql/prove/system.sql"), selected)?,
        coverage: Coverage {
            protected_tables: query::value("SELECT count(*) FROM tenancy.protected_table", &[])?
                .unwrap_or(0),
            proved_tables: count(roots.len()),
            known_tenants: known,
            probed_tenants: count(probed),
            probed_pairs: probes.iter().map(Probe::pairs).sum(),
            limits,
        },
        tenants: probed_tenants
            .map(|tenant| report::Tenant {
                id: tenant.id,
                slug: tenant.slug.clone(),
            })
            .collect(),
        checks,
        findings,
        tables,
        roles: target::json(include_str!("../sql/prove/roles.sql"), selected)?,
        comparisons: compared.comparisons,
        probes: probes.into_iter().map(Probe::report).collect(),
    })
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The protected tables that are asked about.
fn protected(asked: &Asked) -> Result<Vec<pg_sys::Oid>> {
    let all: Vec<pg_sys::Oid> = query::column(
        "SELECT p.relation::oid FROM tenancy.protected_table p ORDER BY 1",
        &[],
    )?;
    let Some(tables) = &asked.tables else {
        return Ok(all);
    };
    if let Some(other) = tables.iter().find(|table| !all.contains(table)) {
        let name = crate::object::relation_name(*other);
        return Err(Error::NotProtected(
            name.unwrap_or_else(|| other.to_u32().to_string()),
        ));
    }
    if tables.is_empty() {
        return Err(Error::BadArgument {
            message: "tables must not be empty".into(),
            hint: "Leave it out for all protected tables.",
        });
    }
    Ok(all
        .into_iter()
        .filter(|table| tables.contains(table))
        .collect())
}

/// Whether a finding is that a table has not the policies that `protect` made.
fn is_of_policies(finding: &Finding, table: &str) -> bool {
    ["row_security_off", "policy_missing", "policy_altered"].contains(&finding.check_id.as_str())
        && (finding.object == table || finding.object.ends_with(&format!(" on {table}")))
}

/// Makes the static checks.
fn examine(selected: Option<&[pg_sys::Oid]>) -> Result<(Vec<report::Check>, Vec<Finding>)> {
    let (mut checks, mut findings) = (Vec::new(), Vec::new());
    for check in check::CATALOGUE {
        let found = match selected {
            Some(roots) if check.kind() != check::Kind::Environment => {
                let mut found = Vec::new();
                for root in roots {
                    found.extend(check.run(Some(*root), None)?);
                }
                found
            }
            _ => check.run(None, None)?,
        };
        checks.push(report::Check {
            id: check.id().into(),
            severity: check.severity(),
            title: check.title().into(),
            why: check.why(),
            findings: count(found.len()),
        });
        findings.extend(found.into_iter().map(|finding| Finding {
            check_id: finding.check.into(),
            severity: finding.severity,
            object: finding.object,
            message: finding.message,
            remediation: finding.remediation,
        }));
    }
    Ok((checks, findings))
}

/// Runs all probes with one tenant after the other bound, until the time is up; gives how many tenants that were.
fn probe_all(
    asked: &Asked,
    targets: &[Target],
    probes: &mut [Vec<Probe<'_>>],
    tenants: &[Rc<Tenant>],
    known: i64,
) -> Result<usize> {
    let mut said = Instant::now();
    for bound in 0..tenants.len() {
        if bound > 0 && Instant::now() >= asked.until {
            return Ok(bound);
        }
        if said.elapsed() >= SILENCE {
            said = Instant::now();
            let progress = format!("probed {bound} of {} tenants", tenants.len());
            ereport!(
                PgLogLevel::NOTICE,
                PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
                progress
            );
        }
        let victims: Vec<usize> = if tenants.len() <= ALL_PAIRS {
            (0..tenants.len()).filter(|place| *place != bound).collect()
        } else {
            // Tenants were drawn by chance, and so is the next one.
            vec![(bound + 1) % tenants.len()]
        };
        let Some(tenant) = tenants.get(bound) else {
            continue;
        };
        let readable = readable(tenant)?;
        for (target, probes) in targets.iter().zip(probes.iter_mut()) {
            let mut keys = vec![target.key(tenant)];
            keys.extend(
                readable
                    .iter()
                    .filter(|(table, _)| *table == target.name)
                    .map(|(_, other)| target.key(other)),
            );
            for probe in probes {
                probe.run(tenants, bound, known.saturating_sub(1), &victims, &keys)?;
            }
        }
        pgrx::check_for_interrupts!();
    }
    Ok(tenants.len())
}

/// Whose rows a tenant may read beside its own, table by table.
fn readable(tenant: &Tenant) -> Result<Vec<(String, Rc<Tenant>)>> {
    let mut all = Vec::new();
    query::each(
        query::Snapshot::Now,
        "SELECT p.relation::text, t.tenant_id::text
           FROM tenancy.protected_table p
           JOIN tenancy.tenant t ON t.tenant_number = 0 AND p.shared
             OR EXISTS (SELECT FROM tenancy.read_grant g JOIN tenancy.read_grant_list l USING (grant_id)
                         WHERE g.grantee_id = $1 AND g.owner_id = t.tenant_id AND g.relation = p.relation
                           AND l.status = 'active')",
        &[crate::id::to_sql(tenant.id).into()],
        |row| {
            let (table, id): (Option<String>, Option<String>) = (row.get(1), row.get(2));
            if let (Some(table), Some(tenant)) = (table, crate::catalog::tenant(&id.unwrap_or_default())?) {
                all.push((table, tenant));
            }
            Ok(())
        },
    )?;
    Ok(all)
}

/// Where nothing was tried, nothing is proved.
fn not_probed(roots: &[pg_sys::Oid], probed: usize, tried: bool) -> Option<Finding> {
    let (message, remediation) = if roots.is_empty() {
        (
            "no table is protected",
            "Call tenancy.protect() for each table that holds tenants' rows.",
        )
    } else if probed == 0 {
        (
            "there is no tenant to probe with",
            "Call tenancy.create_tenant(), and prove again.",
        )
    } else if !tried {
        (
            "nothing could be tried as a role of an application: none has a privilege on what was to be proved, or none that reads the tenant column",
            "Grant tenancy_app and privileges on the tables to the role that the application logs in as, and prove again.",
        )
    } else {
        return None;
    };
    Some(Finding {
        check_id: "not_probed".into(),
        severity: Severity::Medium,
        object: "database".into(),
        message: message.into(),
        remediation: remediation.into(),
    })
}
