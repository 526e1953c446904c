//! Evidence as TAP, for CI: a test for each check, probe and comparison, and one for the verdict.
//!
//! It says that it is of version 13: Perl's `prove` refuses 14, and nothing here means another thing there.
//!
//! What fails a run is a test that fails. Advice is a failed test with the directive TODO, which fails nothing; a probe
//! that was not run is skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::document::Document;
use super::report::{Check, Comparison, Finding, Probe, Report, Verdict};
use super::visible::{is_hidden, line};

/// Most pairs of tenants that a diagnostic lists of an outcome.
const MAX_PAIRS: usize = 20;

/// What findings of comparisons name as their check.
const NONINTERFERENCE: &str = "noninterference";

/// The directive of a test that may fail.
const ADVICE: &str = "TODO advice, which fails no run";

/// One test.
struct Test {
    passed: bool,
    what: String,
    directive: &'static str,
    /// Lines of YAML, not indented.
    why: Vec<String>,
}

/// The document as TAP.
pub fn render(document: &Document) -> String {
    let report = &document.report;
    let findings = Findings::of(report);
    let mut tests: Vec<Test> = Vec::new();
    tests.extend(report.checks.iter().map(|check| of_check(&findings, check)));
    tests.extend(
        report
            .probes
            .iter()
            .map(|probe| of_probe(report, &findings, probe)),
    );
    tests.extend(
        report
            .comparisons
            .iter()
            .map(|comparison| of_comparison(&findings, comparison)),
    );
    tests.extend(of_others(report, &findings));
    tests.push(of_verdict(report));

    let mut tap = format!("TAP version 13\n1..{}\n", tests.len());
    let run = &report.run;
    comment(
        &mut tap,
        &format!(
            "pg_tenancy {}, run {}",
            report.system.extension_version, run.id
        ),
    );
    comment(
        &mut tap,
        &format!(
            "database {}, {} to {}",
            report.system.database, run.started_at, run.ended_at
        ),
    );
    for limit in &report.coverage.limits {
        comment(&mut tap, &format!("not shown: {limit}"));
    }
    for (number, test) in (1_usize..).zip(&tests) {
        test.write(&mut tap, number);
    }
    tap
}

/// The findings of a report, by check and by object.
struct Findings<'r>(BTreeMap<&'r str, BTreeMap<&'r str, Vec<&'r Finding>>>);

impl<'r> Findings<'r> {
    fn of(report: &'r Report) -> Self {
        let mut all: BTreeMap<&str, BTreeMap<&str, Vec<&Finding>>> = BTreeMap::new();
        for finding in &report.findings {
            let of_check = all.entry(&finding.check_id).or_default();
            of_check.entry(&finding.object).or_default().push(finding);
        }
        Self(all)
    }

    fn of_check(&self, id: &str) -> Vec<&'r Finding> {
        self.0
            .get(id)
            .into_iter()
            .flat_map(BTreeMap::values)
            .flatten()
            .copied()
            .collect()
    }

    fn about(&self, id: &str, object: &str) -> Vec<&'r Finding> {
        let found = self.0.get(id).and_then(|objects| objects.get(object));
        found.into_iter().flatten().copied().collect()
    }
}

/// The lines that tell of findings, if there are any.
fn told(found: &[&Finding]) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in found {
        if lines.is_empty() {
            lines.push("findings:".to_owned());
        }
        lines.push(format!("  - object: {}", yaml(&finding.object)));
        lines.push(format!("    message: {}", yaml(&finding.message)));
        lines.push(format!("    remediation: {}", yaml(&finding.remediation)));
    }
    lines
}

fn of_check(findings: &Findings, check: &Check) -> Test {
    let found = findings.of_check(&check.id);
    // A check that says it found something has, listed or not.
    let passed = found.is_empty() && check.findings == 0;
    let mut why = vec![
        format!("severity: {}", check.severity),
        format!("why: {}", yaml(&check.why)),
    ];
    why.extend(told(&found));
    Test {
        passed,
        what: format!("check {}: {}", check.id, check.title),
        directive: if passed || check.severity.fails() {
            ""
        } else {
            ADVICE
        },
        why,
    }
}

fn of_probe(report: &Report, findings: &Findings, probe: &Probe) -> Test {
    let mut why = vec![
        format!("role: {}", yaml(probe.role.as_deref().unwrap_or_default())),
        format!("statement: {}", yaml(&probe.statement)),
        format!("expected: {}", yaml(&probe.expected)),
        "outcomes:".to_owned(),
    ];
    for outcome in probe.outcomes.iter().filter(|outcome| !outcome.pass) {
        why.push(format!("  - outcome: {}", yaml(&outcome.outcome)));
        why.push(format!(
            "    sqlstate: {}",
            yaml(outcome.sqlstate.as_deref().unwrap_or_default())
        ));
        why.push(format!("    pairs: {}", outcome.pairs));
        why.push("    listed:".to_owned());
        for pair in outcome.listed.iter().take(MAX_PAIRS) {
            why.push(format!("      - {}", yaml(&report.pair(*pair))));
        }
        if outcome.listed.len() > MAX_PAIRS {
            why.push("      - \"and more; see the JSON\"".to_owned());
        }
    }
    why.extend(told(
        &findings.about(&format!("probe_{}", probe.verb), &probe.table),
    ));
    Test {
        passed: probe.passed() != Some(false),
        what: format!("probe {} {}", probe.verb, probe.table),
        directive: match probe.passed() {
            None => "SKIP no application's role has the privilege",
            Some(_) => "",
        },
        why,
    }
}

fn of_comparison(findings: &Findings, comparison: &Comparison) -> Test {
    let mut why = vec![
        format!("role: {}", yaml(&comparison.role)),
        format!("statement: {}", yaml(&comparison.statement)),
        format!("without: {}", yaml(&comparison.without)),
        format!("with: {}", yaml(&comparison.with)),
    ];
    why.extend(told(&findings.about(NONINTERFERENCE, &comparison.object)));
    Test {
        passed: comparison.alike,
        what: format!("comparison {} {}", comparison.what, comparison.object),
        directive: "",
        why,
    }
}

/// Findings that no test above tells, such as `not_probed`: a test for each that they name as their check.
fn of_others(report: &Report, findings: &Findings) -> Vec<Test> {
    let checks: BTreeSet<&str> = report
        .checks
        .iter()
        .map(|check| check.id.as_str())
        .collect();
    let probes: BTreeSet<(String, &str)> = report
        .probes
        .iter()
        .filter(|probe| probe.passed() == Some(false))
        .map(|probe| (format!("probe_{}", probe.verb), probe.table.as_str()))
        .collect();
    let compared: BTreeSet<&str> = report
        .comparisons
        .iter()
        .filter(|comparison| !comparison.alike)
        .map(|comparison| comparison.object.as_str())
        .collect();
    let is_told = |finding: &Finding| {
        let object = finding.object.as_str();
        checks.contains(finding.check_id.as_str())
            || probes.contains(&(finding.check_id.clone(), object))
            || finding.check_id == NONINTERFERENCE && compared.contains(object)
    };
    let mut tests = Vec::new();
    for id in findings.0.keys() {
        let found: Vec<&Finding> = findings
            .of_check(id)
            .into_iter()
            .filter(|finding| !is_told(finding))
            .collect();
        if !found.is_empty() {
            let advice = found.iter().all(|finding| !finding.severity.fails());
            tests.push(Test {
                passed: false,
                what: format!("findings {id}"),
                directive: if advice { ADVICE } else { "" },
                why: told(&found),
            });
        }
    }
    tests
}

fn of_verdict(report: &Report) -> Test {
    Test {
        passed: report.verdict == Verdict::Pass,
        what: "the verdict is pass".to_owned(),
        directive: "",
        why: vec![
            format!("verdict: {}", report.verdict),
            format!("findings: {}", report.findings.len()),
        ],
    }
}

impl Test {
    fn write(&self, tap: &mut String, number: usize) {
        let not = if self.passed { "" } else { "not " };
        let directive = match self.directive {
            "" => String::new(),
            directive => format!(" # {directive}"),
        };
        // A String can be written to.
        let _ = writeln!(tap, "{not}ok {number} - {}{directive}", escaped(&self.what));
        if !self.passed {
            tap.push_str("  ---\n");
            for line in &self.why {
                let _ = writeln!(tap, "  {line}");
            }
            tap.push_str("  ...\n");
        }
    }
}

/// A description: on one line, and without a way to begin a directive.
fn escaped(what: &str) -> String {
    line(what).replace('\\', "\\\\").replace('#', "\\#")
}

fn comment(tap: &mut String, text: &str) {
    let _ = writeln!(tap, "# {}", line(text));
}

/// A double-quoted scalar of YAML.
fn yaml(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            _ if is_hidden(c) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
