//! What was observed of each check, probe and comparison.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Assessment, Objective, add_remarks, code, props, prose};
use crate::evidence::report::{Check, Comparison, Finding, Outcome, Probe};

/// Most pairs of tenants that an observation lists of an outcome.
const MAX_PAIRS: usize = 20;

/// What was observed of one check, probe or comparison.
pub struct Observation<'r> {
    pub uuid: Uuid,
    pub objective: Objective,
    method: &'static str,
    /// None where there was nothing to observe.
    pub passed: Option<bool>,
    title: String,
    description: String,
    remarks: Vec<String>,
    props: Vec<(&'static str, &'r str)>,
}

impl<'r> Assessment<'r> {
    pub fn observations(&self) -> Vec<Observation<'r>> {
        let report = self.report;
        let checks = report.checks.iter().map(|check| self.of_check(check));
        let probes = (0..)
            .zip(&report.probes)
            .map(|(place, probe)| self.of_probe(place, probe));
        let comparisons = (0..).zip(&report.comparisons);
        let comparisons =
            comparisons.map(|(place, comparison)| self.of_comparison(place, comparison));
        checks.chain(probes).chain(comparisons).collect()
    }

    fn of_check(&self, check: &'r Check) -> Observation<'r> {
        let found = self
            .report
            .findings
            .iter()
            .filter(|finding| finding.check_id == check.id);
        let remarks: Vec<String> = found.map(remarks).collect();
        let found_none = check.findings == 0 && remarks.is_empty();
        Observation {
            uuid: self.uuid(&format!("check {}", check.id)),
            objective: Objective::AccessEnforcement,
            method: "EXAMINE",
            passed: Some(found_none || !check.severity.fails()),
            title: format!("Check {}: {}", check.id, check.title),
            description: format!("{} Findings: {}.", prose(&check.why), check.findings),
            remarks,
            props: vec![("severity", check.severity.name()), ("check", &check.id)],
        }
    }

    fn of_probe(&self, place: usize, probe: &'r Probe) -> Observation<'r> {
        let mut remarks = vec![
            format!("Statement: {}", code(&probe.statement)),
            format!("Expected: {}.", prose(&probe.expected)),
        ];
        remarks.extend(probe.outcomes.iter().map(|outcome| self.outcome(outcome)));
        Observation {
            uuid: self.uuid(&format!("probe {place}")),
            objective: Objective::AccessEnforcement,
            method: "TEST",
            passed: probe.passed(),
            title: format!("Probe {} {}", probe.verb, probe.table),
            description: match &probe.role {
                Some(role) => format!(
                    "The statement was run as role {} with each probed tenant bound.",
                    prose(role)
                ),
                None => "Not run: no application's role has the privilege.".to_owned(),
            },
            remarks,
            props: vec![("verb", &probe.verb), ("table", &probe.table)],
        }
    }

    fn outcome(&self, outcome: &Outcome) -> String {
        let refused = outcome
            .sqlstate
            .as_deref()
            .map(|state| format!(" ({})", prose(state)));
        let mut text = format!(
            "{}, {} pairs: {}{}.",
            if outcome.pass {
                "As expected"
            } else {
                "NOT as expected"
            },
            outcome.pairs,
            prose(&outcome.outcome),
            refused.unwrap_or_default()
        );
        if !outcome.pass {
            for pair in outcome.listed.iter().take(MAX_PAIRS) {
                text.push_str(&format!("\n- {}", prose(&self.report.pair(*pair))));
            }
            if outcome.listed.len() > MAX_PAIRS {
                text.push_str("\n- and more; see the JSON");
            }
        }
        text
    }

    fn of_comparison(&self, place: usize, comparison: &'r Comparison) -> Observation<'r> {
        Observation {
            uuid: self.uuid(&format!("comparison {place}")),
            objective: Objective::SharedResources,
            method: "TEST",
            passed: Some(comparison.alike),
            title: format!("Comparison {} {}", comparison.what, comparison.object),
            description: format!(
                "Role {} ran one statement in two worlds that differ in another tenant's rows only. The answers are {}.",
                prose(&comparison.role),
                if comparison.alike {
                    "alike"
                } else {
                    "NOT alike"
                }
            ),
            remarks: vec![
                format!("Statement: {}", code(&comparison.statement)),
                format!(
                    "Without the other tenant's rows: {}",
                    code(&comparison.without)
                ),
                format!("With them: {}", code(&comparison.with)),
            ],
            props: vec![
                ("comparison", &comparison.what),
                ("object", &comparison.object),
            ],
        }
    }

    pub fn to_json(&self, observation: &Observation) -> Value {
        let result = match observation.passed {
            None => "not-run",
            Some(true) => "pass",
            Some(false) => "fail",
        };
        let mut json = json!({
            "uuid": observation.uuid,
            "title": prose(&observation.title),
            "description": observation.description,
            "props": props(&[&[("result", result)], observation.props.as_slice()].concat()),
            "methods": [observation.method],
            "types": [if observation.passed == Some(false) { "finding" } else { "control-objective" }],
            "origins": [{ "actors": [{ "type": "tool", "actor-uuid": self.uuid("tool") }] }],
            "subjects": [{ "subject-uuid": self.uuid("database"), "type": "component" }],
            "collected": self.report.run.ended_at,
        });
        add_remarks(&mut json, &observation.remarks);
        json
    }
}

fn remarks(finding: &Finding) -> String {
    format!(
        "{}: {}\n\nRemediation: {}",
        prose(&finding.object),
        prose(&finding.message),
        code(&finding.remediation)
    )
}
