//! Evidence as one page for people: no script, nothing that is loaded, readable on a phone and on paper.
//!
//! The template is `templates/evidence.html`. All that it shows goes through [`Visible`], and a policy of the page lets
//! nothing run and nothing be loaded even if that failed. How much of each list is shown is bounded; the page says what
//! it leaves out.

mod picture;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use askama::Template;
use askama::filters::{Escaper, Html};
use data_encoding::BASE64;

use self::picture::Row;
use super::document::{Document, DocumentError};
use super::report::{
    Check, Comparison, Finding, Outcome, Pair, Policy, Probe, Report, Role, Setting, Severity,
    Table, Tenant, Verdict,
};
use super::visible::{is_hidden, write_visible};
use crate::trace::sha256;

/// Most characters that are shown of one text.
const MAX_CHARS: usize = 4000;

/// Most that are shown of each list.
const MAX_LIMITS: usize = 50;
const MAX_FINDINGS: usize = 500;
const MAX_TABLES: usize = 200;
const MAX_CHECKS: usize = 200;
const MAX_PROBES: usize = 1000;
const MAX_OUTCOMES: usize = 10;
const MAX_PAIRS: usize = 20;
const MAX_COMPARISONS: usize = 1000;
const MAX_POLICIES: usize = 40;
const MAX_ROLES: usize = 200;
const MAX_SETTINGS: usize = 200;
const MAX_TENANTS: usize = 200;

const STYLE: &str = include_str!("../../templates/evidence.css");

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HtmlError {
    /// The report has no canonical form.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The template failed; says how.
    #[error("the page could not be made: {0}")]
    Template(String),
}

/// The document as a page.
///
/// # Errors
/// [`HtmlError`].
pub fn render(document: &Document) -> Result<String, HtmlError> {
    let page = Page::of(document)?;
    page.render()
        .map_err(|error| HtmlError::Template(error.to_string()))
}

/// Writes text into HTML: markup is escaped, and what hides is shown.
#[derive(Clone, Copy)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: fmt::Write>(&self, mut out: W, text: &str) -> fmt::Result {
        for c in text.chars() {
            if is_hidden(c) && !matches!(c, '\n' | '\t') {
                write_visible(&mut out, c)?;
            } else {
                Html.write_escaped_char(&mut out, c)?;
            }
        }
        Ok(())
    }
}

/// The beginning of a list, and how many are left out.
struct Excerpt<T> {
    shown: Vec<T>,
    left: i64,
}

impl<T> Excerpt<T> {
    fn of(items: impl IntoIterator<Item = T>, most: usize) -> Self {
        let mut items = items.into_iter();
        let shown: Vec<T> = items.by_ref().take(most).collect();
        Self {
            shown,
            left: integer(items.count()),
        }
    }
}

/// The probes of one table.
struct Group<'r> {
    table: &'r str,
    probes: Vec<&'r Probe>,
}

/// How the evidence is verified.
struct Commands {
    write: String,
    check: &'static str,
    page: &'static str,
}

#[derive(Template)]
#[template(path = "evidence.html")]
struct Page<'r> {
    report: &'r Report,
    note: Option<&'r str>,
    fingerprint: String,
    /// Findings that fail a run.
    problems: i64,
    /// Findings that don't.
    advice: i64,
    /// Findings by severity, in words.
    found: String,
    /// Protected tables that the run was not about.
    unproved: i64,
    not_run: i64,
    limits: Excerpt<&'r String>,
    findings: Excerpt<&'r Finding>,
    rows: Excerpt<Row<'r>>,
    tenants_a_cell: usize,
    checks: Excerpt<&'r Check>,
    groups: Excerpt<Group<'r>>,
    probes_failed: bool,
    comparisons: Excerpt<&'r Comparison>,
    comparisons_alike: bool,
    tables: Excerpt<&'r Table>,
    roles: Excerpt<&'r Role>,
    settings: Excerpt<&'r Setting>,
    tenants: Excerpt<&'r Tenant>,
    again: String,
    verify: Commands,
}

impl<'r> Page<'r> {
    fn of(document: &'r Document) -> Result<Self, DocumentError> {
        let report = &document.report;
        let of_severity = |severity| {
            let found = report
                .findings
                .iter()
                .filter(|finding| finding.severity == severity);
            integer(found.count())
        };
        let advice = of_severity(Severity::Low);
        let found = Severity::ALL.map(|severity| (severity, of_severity(severity)));
        let found = found.iter().filter(|(_, count)| *count > 0);
        let found: Vec<String> = found
            .map(|(severity, count)| format!("{count} {severity}"))
            .collect();
        let coverage = &report.coverage;
        let mut findings: Vec<&Finding> = report.findings.iter().collect();
        findings.sort_by_key(|finding| finding.severity);
        let mut comparisons: Vec<&Comparison> = report.comparisons.iter().collect();
        comparisons.sort_by_key(|comparison| comparison.alike);
        Ok(Self {
            report,
            note: document.note.as_deref(),
            fingerprint: report.fingerprint()?,
            problems: integer(findings.len()).saturating_sub(advice),
            advice,
            found: found.join(", "),
            unproved: coverage
                .protected_tables
                .saturating_sub(coverage.proved_tables),
            not_run: integer(
                report
                    .probes
                    .iter()
                    .filter(|probe| probe.passed().is_none())
                    .count(),
            ),
            limits: Excerpt::of(&coverage.limits, MAX_LIMITS),
            findings: Excerpt::of(findings, MAX_FINDINGS),
            rows: Excerpt::of(picture::rows(report), MAX_TABLES),
            tenants_a_cell: picture::tenants_a_cell(report),
            checks: Excerpt::of(&report.checks, MAX_CHECKS),
            groups: groups(report),
            probes_failed: report.probes.iter().any(failed),
            comparisons: Excerpt::of(comparisons, MAX_COMPARISONS),
            comparisons_alike: report.comparisons.iter().all(|comparison| comparison.alike),
            tables: Excerpt::of(&report.tables, MAX_TABLES),
            roles: Excerpt::of(&report.roles, MAX_ROLES),
            settings: Excerpt::of(&report.system.settings, MAX_SETTINGS),
            tenants: Excerpt::of(&report.tenants, MAX_TENANTS),
            again: again(report),
            verify: Commands::of(report),
        })
    }

    fn style(&self) -> &'static str {
        STYLE
    }

    fn style_hash(&self) -> String {
        BASE64.encode(&sha256(&[STYLE.as_bytes()]))
    }

    fn verdict_word(&self) -> &'static str {
        match self.report.verdict {
            Verdict::Pass => "passed",
            Verdict::Fail => "failed",
        }
    }

    /// The text, or its beginning.
    fn cut(&self, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        match text
            .char_indices()
            .nth(MAX_CHARS)
            .and_then(|(end, _)| text.get(..end))
        {
            None => text.to_owned(),
            Some(beginning) => format!("{beginning} … (the rest is in the JSON)"),
        }
    }

    fn names(&self, names: &[String]) -> String {
        names.join(", ")
    }

    /// A number with commas.
    fn count(&self, number: impl Borrow<i64>) -> String {
        let number = *number.borrow();
        let digits = number.unsigned_abs().to_string();
        let mut shown = if number < 0 {
            "-".to_owned()
        } else {
            String::new()
        };
        for (place, digit) in (0..digits.len()).rev().zip(digits.chars()) {
            shown.push(digit);
            if place > 0 && place.is_multiple_of(3) {
                shown.push(',');
            }
        }
        shown
    }

    fn size(&self, number: impl Borrow<usize>) -> String {
        self.count(integer(*number.borrow()))
    }

    fn plural(&self, number: impl Borrow<i64>, one: &str, more: &str) -> String {
        let number = *number.borrow();
        format!(
            "{} {}",
            self.count(number),
            if number == 1 { one } else { more }
        )
    }

    fn plural_size(&self, number: impl Borrow<usize>, one: &str, more: &str) -> String {
        self.plural(integer(*number.borrow()), one, more)
    }

    /// A time to the second, in words.
    fn time(&self, text: &str) -> String {
        let whole = text
            .split_once('.')
            .map_or(text.trim_end_matches('Z'), |(whole, _)| whole);
        match whole.split_once('T') {
            Some((date, time)) if text.ends_with('Z') => format!("{date} {time} UTC"),
            _ => self.cut(text),
        }
    }

    fn outcomes<'p>(&self, probe: &'p Probe) -> Vec<&'p Outcome> {
        let mut outcomes: Vec<&Outcome> = probe.outcomes.iter().collect();
        outcomes.sort_by_key(|outcome| outcome.pass);
        outcomes.truncate(MAX_OUTCOMES);
        outcomes
    }

    fn outcomes_left(&self, probe: &Probe) -> usize {
        probe.outcomes.len().saturating_sub(MAX_OUTCOMES)
    }

    fn pairs(&self, outcome: &Outcome) -> Vec<String> {
        let shown = outcome.listed.iter().take(MAX_PAIRS);
        shown
            .map(|pair: &Pair| self.cut(self.report.pair(*pair)))
            .collect()
    }

    fn pairs_left(&self, outcome: &Outcome) -> usize {
        outcome.listed.len().saturating_sub(MAX_PAIRS)
    }

    fn policies<'t>(&self, table: &'t Table) -> impl Iterator<Item = &'t Policy> {
        table.policies.iter().take(MAX_POLICIES)
    }

    fn policies_left(&self, table: &Table) -> usize {
        table.policies.len().saturating_sub(MAX_POLICIES)
    }
}

fn failed(probe: &Probe) -> bool {
    probe.passed() == Some(false)
}

/// The probes by table in the report's order, tables with one that failed first.
fn groups(report: &Report) -> Excerpt<Group<'_>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for probe in &report.probes {
        let place = *places.entry(&probe.table).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.probes.push(probe),
            None => groups.push(Group {
                table: &probe.table,
                probes: vec![probe],
            }),
        }
    }
    groups.sort_by_key(|group| !group.probes.iter().any(|probe| failed(probe)));
    let mut room = MAX_PROBES;
    for group in &mut groups {
        group.probes.sort_by_key(|probe| !failed(probe));
        group.probes.truncate(room);
        room = room.saturating_sub(group.probes.len());
    }
    groups.retain(|group| !group.probes.is_empty());
    Excerpt {
        shown: groups,
        left: integer(report.probes.len().saturating_sub(MAX_PROBES)),
    }
}

/// The call that made the run.
fn again(report: &Report) -> String {
    let coverage = &report.coverage;
    let mut arguments = Vec::new();
    if coverage.proved_tables < coverage.protected_tables {
        let roots = report
            .tables
            .iter()
            .filter(|table| table.name == table.root);
        let names: Vec<String> = roots
            .map(|table| format!("'{}'", table.name.replace('\'', "''")))
            .collect();
        arguments.push(format!("tables => ARRAY[{}]::regclass[]", names.join(", ")));
    }
    arguments.push(format!("tenants => {}", coverage.probed_tenants));
    arguments.push(format!("seed => {}", report.run.seed));
    format!("SELECT * FROM tenancy.prove({});", arguments.join(", "))
}

impl Commands {
    fn of(report: &Report) -> Self {
        let write = format!(
            "psql -XAtc \"SELECT tenancy.evidence('{}')\" > evidence.json",
            report.run.id
        );
        Self {
            write,
            check: "tenancy-verify evidence --key seal.pub evidence.json",
            page: "tenancy-verify evidence --key seal.pub --html evidence.json > evidence.html",
        }
    }
}

fn integer(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
