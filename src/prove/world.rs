//! Noninterference: what one tenant's statements answer must not depend on another tenant's rows.
//!
//! Two tenants that exist for no longer than the proof are given copies of rows. In one world only the first has rows, in
//! the other both have. The first runs the same statements in both. Everything is rolled back.

use std::rc::Rc;

use pgrx::prelude::*;
use pgrx::spi::Spi;
use tenancy_core::evidence::report::{Comparison, Finding, Severity};
use tenancy_core::trace::leaf_hash;
use uuid::Uuid;

use super::target::{Role, Target};
use crate::attempt::{self, Refusal};
use crate::catalog::Tenant;
use crate::error::Result;
use crate::query;

/// A table with rows to copy, as text.
pub struct Sampled<'t> {
    /// The table.
    pub target: &'t Target,
    /// At most two rows.
    pub rows: Vec<String>,
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
    /// The statements that were compared.
    pub comparisons: Vec<Comparison>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be compared, a sentence each.
    pub limits: Vec<String>,
}

/// The two tenants.
struct Cast {
    first: Rc<Tenant>,
    other: Rc<Tenant>,
}

/// A statement and what it answered.
struct Answer<'t> {
    target: &'t Target,
    object: String,
    what: &'static str,
    role: String,
    statement: String,
    text: String,
    /// Where it was refused.
    refusal: Option<Refusal>,
}

impl Answer<'_> {
    /// Whether it is of the same statement. A world may lack one: copies of rows cannot always be made.
    fn is_of(&self, other: &Self) -> bool {
        std::ptr::eq(self.target, other.target)
            && self.object == other.object
            && self.what == other.what
    }

    /// Whether something stood in its way, and what.
    fn undecided(&self) -> Option<&Refusal> {
        self.refusal.as_ref().filter(|refusal| refusal.undecided())
    }
}

impl Cast {
    /// A digest that nobody can find the text of by trying: the ids of tenants that were made up are told nowhere.
    fn digest(&self, text: &str, bytes: usize) -> String {
        let digest = leaf_hash(format!("{} {text}", self.first.id).as_bytes());
        digest
            .iter()
            .take(bytes)
            .map(|b| format!("{b:02x}"))
            .collect()
    }
}

/// A refusal in short. Evidence is handed out: a message that may quote what rows hold goes by its digest.
fn in_short(refusal: &Refusal, cast: &Cast) -> String {
    let code = refusal.sqlstate();
    if refusal.names_definitions() {
        return format!("{code}: {}", refusal.message);
    }
    let digest = cast.digest(&refusal.message, 4);
    format!("{code}, a message with digest {digest}")
}

/// Compares the two worlds.
pub fn compare(tables: &[Sampled<'_>]) -> Result<Outcome> {
    let next: Option<i64> = query::value(
        "SELECT coalesce(max(t.tenant_number), 0) + 1 FROM tenancy.tenant t",
        &[],
    )?;
    let next = next.unwrap_or(1);
    let tenant = |number: i64, name: &str| {
        let id = Uuid::new_v4();
        Rc::new(Tenant {
            id,
            slug: format!("{name}-{id}"),
            number,
            active: true,
        })
    };
    let cast = Cast {
        first: tenant(next, "proof"),
        other: tenant(next.saturating_add(1), "other"),
    };
    let mut outcome = Outcome::default();
    let Some(pairs) = both(tables, &cast, &mut outcome)? else {
        return Ok(outcome);
    };
    // What differs from itself depends on no tenant.
    let again = if pairs.iter().any(|(a, b)| a.text != b.text) {
        both(tables, &cast, &mut Outcome::default())?.unwrap_or_default()
    } else {
        Vec::new()
    };
    for (a, b) in pairs {
        let alike = a.text == b.text;
        if let Some(refusal) = a.undecided().or(b.undecided()) {
            let what = format!("what {} of {} answers", a.what, a.object);
            outcome.findings.push(undecided(&a.object, &what, refusal));
            continue;
        }
        if let Some(refusal) = a.refusal.as_ref().filter(|_| alike) {
            outcome.limits.push(format!(
                "What {} of {} answers is a refusal ({}), so that little is shown by it being the same in both worlds.",
                a.what,
                a.object,
                refusal.sqlstate()
            ));
        }
        let another = |(again, with): &&(Answer<'_>, Answer<'_>)| {
            again.is_of(&a) && (&again.text, &with.text) != (&a.text, &b.text)
        };
        if !alike && again.iter().find(another).is_some() {
            outcome.limits.push(format!(
                "What {} of {} answers is different each time, so that nothing could be compared.",
                a.what, a.object
            ));
            continue;
        }
        if !alike {
            outcome.findings.push(Finding {
                check_id: "noninterference".into(),
                severity: Severity::Critical,
                object: a.object.clone(),
                message: format!(
                    "what {} of {} answers depends on another tenant's rows: {} without them, {} with them",
                    a.what, a.object, a.text, b.text
                ),
                remediation: format!(
                    "Look for what reaches across tenants: keys, triggers, views and rules of {}, and the other findings.",
                    a.target.name
                ),
            });
        }
        outcome.comparisons.push(Comparison {
            object: a.object,
            what: a.what.into(),
            role: a.role,
            statement: a.statement,
            alike,
            without: a.text,
            with: b.text,
        });
    }
    outcome.limits.sort();
    outcome.limits.dedup();
    Ok(outcome)
}

/// That something was in the way.
fn undecided(object: &str, what: &str, refusal: &Refusal) -> Finding {
    Finding {
        check_id: "not_probed".into(),
        severity: Severity::Medium,
        object: object.to_owned(),
        message: format!("{what} could not be decided ({})", refusal.sqlstate()),
        remediation: "Prove again when the server is less busy.".into(),
    }
}

/// What the first tenant's statements answer in both worlds; nothing where definitions are changed all the time.
#[allow(clippy::type_complexity)]
fn both<'t>(
    tables: &[Sampled<'t>],
    cast: &Cast,
    outcome: &mut Outcome,
) -> Result<Option<Vec<(Answer<'t>, Answer<'t>)>>> {
    for _ in 0..attempt::TRIES {
        let mut found = Outcome::default();
        let without = world(tables, cast, false, &mut found)?;
        let with = world(tables, cast, true, &mut found)?;
        let alike = |(a, b): (&Answer<'_>, &Answer<'_>)| a.is_of(b);
        if without.len() == with.len() && without.iter().zip(&with).all(alike) {
            *outcome = found;
            return Ok(Some(without.into_iter().zip(with).collect()));
        }
    }
    outcome.findings.push(Finding {
        check_id: "not_probed".into(),
        severity: Severity::Medium,
        object: "database".into(),
        message:
            "no answers could be compared: rows could be made in one world, and not in the other"
                .into(),
        remediation: "Prove again when no definitions are changed.".into(),
    });
    Ok(None)
}

/// Everything that the first tenant's statements answer in one world.
fn world<'t>(
    tables: &[Sampled<'t>],
    cast: &Cast,
    with_other: bool,
    outcome: &mut Outcome,
) -> Result<Vec<Answer<'t>>> {
    let answers = attempt::taken_back(|| {
        Spi::run("SET CONSTRAINTS ALL IMMEDIATE")?;
        let mut planted = Vec::new();
        attempt::with_settings(&[(c"session_replication_role", c"replica")], || {
            for table in tables {
                if plant(table, cast, with_other, outcome)? {
                    planted.push(table);
                }
            }
            Ok(())
        })?;
        let mut answers = Vec::new();
        for table in planted {
            ask(table, cast, &mut answers)?;
        }
        if with_other {
            for table in tables {
                untouched(table, cast, outcome)?;
            }
        }
        Ok(answers)
    })?;
    answers.or_else(|refusal| {
        let finding = Finding {
            check_id: "not_probed".into(),
            severity: Severity::Medium,
            object: "database".into(),
            message: format!("no answers could be compared: {}", in_short(&refusal, cast)),
            remediation: "Prove again, in a transaction in which nothing was done before.".into(),
        };
        if !outcome.findings.contains(&finding) {
            outcome.findings.push(finding);
        }
        Ok(Vec::new())
    })
}

/// Gives both tenants their rows; whether the first has one. Foreign keys and triggers keep still meanwhile.
fn plant(
    table: &Sampled<'_>,
    cast: &Cast,
    with_other: bool,
    outcome: &mut Outcome,
) -> Result<bool> {
    let Some((role, row)) = table.target.role("insert").zip(table.rows.first()) else {
        return Ok(false);
    };
    let first = attempt::decided_and_kept(|| insert(table.target, &role, &cast.first, row, ""))?;
    if let Err(refusal) = first {
        note(table.target, &refusal, outcome);
        return Ok(false);
    }
    if with_other {
        for row in &table.rows {
            let other =
                attempt::decided_and_kept(|| insert(table.target, &role, &cast.other, row, ""))?;
            if let Err(refusal) = other {
                note(table.target, &refusal, outcome);
            }
        }
    }
    Ok(true)
}

/// That a tenant's copy of a row was refused: for a key that others have, or for something that is no concern of ours.
fn note(target: &Target, refusal: &Refusal, outcome: &mut Outcome) {
    let key = [
        PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION,
        PgSqlErrorCode::ERRCODE_EXCLUSION_VIOLATION,
    ];
    if refusal.undecided() {
        let what = format!("what a tenant answers that has a row of {}", target.name);
        outcome
            .findings
            .push(undecided(&target.name, &what, refusal));
        return;
    }
    if !(key.contains(&refusal.code) && refusal.by_constraint()) {
        outcome.limits.push(format!(
            "A copy of a row of {} could not be made for another tenant ({}), so that no answers were compared on it.",
            target.name,
            refusal.sqlstate()
        ));
        return;
    }
    let finding = Finding {
        check_id: "probe_key".into(),
        severity: Severity::High,
        object: target.name.clone(),
        message: format!(
            "a row with keys of another tenant's row is refused: {}",
            refusal.message
        ),
        remediation: format!(
            "Make the tenant column part of that key of {}.",
            target.name
        ),
    };
    if !outcome.findings.contains(&finding) {
        outcome.findings.push(finding);
    }
}

fn insert(
    target: &Target,
    role: &Role,
    tenant: &Rc<Tenant>,
    row: &str,
    suffix: &str,
) -> Result<u64> {
    let statement = format!("{}{suffix}", target.insert(true));
    role.of(tenant, || {
        run(&statement, &[target.key(tenant), row.to_owned()])
    })
}

fn run(statement: &str, arguments: &[String]) -> Result<u64> {
    let arguments: Vec<_> = arguments.iter().map(|a| a.as_str().into()).collect();
    Spi::connect_mut(|client| Ok(client.update(statement, None, &arguments)?.len() as u64))
}

/// A digest of all rows of a table or view.
fn rows_of(relation: &str) -> String {
    format!(
        "SELECT concat(count(*), ' rows ', left(md5(string_agg(r.line, '' ORDER BY r.line COLLATE \"C\")), 12)) FROM (SELECT md5((x.*)::text) AS line FROM {relation} x) r"
    )
}

/// Reads with what this transaction has done in view; of a digest, a digest.
fn read(statement: &str, cast: &Cast) -> Result<String> {
    let answer = query::change::<String>(statement, &[])?.unwrap_or_default();
    Ok(match answer.rsplit_once(' ') {
        Some((count, digest)) if !digest.is_empty() => {
            format!("{count} {}", cast.digest(digest, 6))
        }
        _ => answer,
    })
}

/// Has the first tenant run its statements.
fn ask<'t>(table: &Sampled<'t>, cast: &Cast, answers: &mut Vec<Answer<'t>>) -> Result<()> {
    let target = table.target;
    let mut note =
        |what, object: &str, role: &Role, statement: String, text: Result<String, Refusal>| {
            answers.push(Answer {
                target,
                object: object.to_owned(),
                what,
                role: role.name.clone(),
                statement,
                refusal: text.as_ref().err().cloned(),
                text: text.unwrap_or_else(|refusal| in_short(&refusal, cast)),
            });
        };
    let first = &cast.first;
    if let Some(role) = target.role("whole") {
        for relation in std::iter::once(&target.name).chain(&target.views) {
            let statement = rows_of(relation);
            let text = attempt::decided(|| role.of(first, || read(&statement, cast)))?;
            note("rows", relation, &role, statement, text);
        }
    }
    if let Some((role, row)) = target.role("insert").zip(table.rows.get(1)) {
        for (what, suffix) in [("insert", ""), ("upsert", " ON CONFLICT DO NOTHING")] {
            let made = attempt::decided(|| insert(target, &role, first, row, suffix))?;
            let statement = format!("{}{suffix}", target.insert(true));
            note(what, &target.name, &role, statement, made.map(counted));
        }
    }
    let update = target.assignment.as_ref().map(|assignment| {
        let statement = format!("UPDATE {} SET {assignment}", target.name);
        ("update", statement)
    });
    let delete = ("delete", format!("DELETE FROM {}", target.name));
    for (what, statement) in update.into_iter().chain([delete]) {
        if let Some(role) = target.role(what) {
            let changed = attempt::decided(|| role.of(first, || run(&statement, &[])))?;
            note(what, &target.name, &role, statement, changed.map(counted));
        }
    }
    Ok(())
}

fn counted(rows: u64) -> String {
    format!("{rows} rows")
}

/// After the first tenant has changed and removed all of its rows, the other must have all that it had.
fn untouched(table: &Sampled<'_>, cast: &Cast, outcome: &mut Outcome) -> Result<()> {
    let target = table.target;
    let (Some(reader), Some(remover)) = (target.role("whole"), target.role("delete")) else {
        return Ok(());
    };
    let digest = rows_of(&target.name);
    let before = attempt::decided(|| reader.of(&cast.other, || read(&digest, cast)))?;
    let after = attempt::decided(|| {
        remover.of(&cast.first, || {
            run(&format!("DELETE FROM {}", target.name), &[])
        })?;
        reader.of(&cast.other, || read(&digest, cast))
    })?;
    if let (Ok(before), Ok(after)) = (before, after)
        && before != after
    {
        outcome.findings.push(Finding {
            check_id: "noninterference".into(),
            severity: Severity::Critical,
            object: target.name.clone(),
            message: format!(
                "when a tenant removes its rows of {}, another tenant's rows of it change: {before}, then {after}",
                target.name
            ),
            remediation: format!("Look for triggers and foreign keys of {} that reach across tenants.", target.name),
        });
    }
    Ok(())
}
