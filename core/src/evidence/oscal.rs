//! Evidence as OSCAL assessment results (NIST, version 1.1).
//!
//! It is about two controls of SP 800-53 Rev. 5, and no more, because an assessor takes it for what it says:
//!
//! - AC-3, access enforcement: whether what a tenant may reach is enforced on each access. Static checks show that the
//!   policy is in place, probes that it is enforced.
//! - SC-4, information in shared system resources: whether tables, indexes, keys and counters that tenants share pass
//!   anything between them unintended. Comparisons of two worlds show that.
//!
//! AC-4 regulates where information may travel, which the organisation decides; AC-6 asks which privileges a role needs.
//! A run cannot know either.

mod observation;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::observation::Observation;
use super::document::{Document, DocumentError};
use super::report::{Finding, Report, Verdict};
use super::visible::{line, lines};

/// The version of OSCAL.
const VERSION: &str = "1.1.3";

/// The namespace of properties that are ours.
const NAMESPACE: &str = "urn:pg_tenancy";

/// What tells, beside answers that differ, that tenants share something through which one learns of another; or that
/// nobody could see whether they do.
const TELLING: [&str; 8] = [
    "foreign_key_to_open_table",
    "foreign_key_without_tenant",
    "leakproof_function",
    "not_probed",
    "probe_key",
    "shared_ann_index",
    "unique_key_without_tenant",
    "unknown_index_method",
];

/// What is assessed: a control and its objective in SP 800-53A.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Objective {
    AccessEnforcement,
    SharedResources,
}

/// The document as OSCAL, in JSON.
///
/// # Errors
/// [`DocumentError::NoCanonicalForm`].
pub fn render(document: &Document) -> Result<String, DocumentError> {
    let report = &document.report;
    let assessment = Assessment::of(report);
    let text = serde_json::to_string_pretty(&json!({
        "assessment-results": {
            "uuid": assessment.uuid("assessment-results"),
            "metadata": assessment.metadata(),
            "import-ap": {
                "href": format!("#{}", assessment.uuid("plan")),
                "remarks": "The plan is the procedure of tenancy.prove(), as the resource says. There is no separate document of it.",
            },
            "results": [assessment.result()],
            "back-matter": { "resources": assessment.resources(document)? },
        }
    }));
    text.map_err(|_| DocumentError::NoCanonicalForm)
}

impl Objective {
    const ALL: [Self; 2] = [Self::AccessEnforcement, Self::SharedResources];

    fn control(self) -> &'static str {
        match self {
            Self::AccessEnforcement => "ac-3",
            Self::SharedResources => "sc-4",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::AccessEnforcement => "ac-3_obj",
            Self::SharedResources => "sc-4_obj",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::AccessEnforcement => "A tenant's access is kept to its rows",
            Self::SharedResources => "What tenants share tells none of another",
        }
    }

    fn of(finding: &Finding) -> Self {
        if finding.check_id == "noninterference" {
            Self::SharedResources
        } else {
            Self::AccessEnforcement
        }
    }

    /// Whether it is not satisfied with such a finding.
    fn fails_for(self, finding: &Finding) -> bool {
        Self::of(finding) == self
            || self == Self::SharedResources && TELLING.contains(&finding.check_id.as_str())
    }
}

struct Assessment<'r> {
    report: &'r Report,
    /// The places of probes by the id that findings of them have and their table.
    probes: BTreeMap<(String, &'r str), Vec<usize>>,
    /// The places of comparisons whose answers differ, by their object.
    unlike: BTreeMap<&'r str, Vec<usize>>,
}

impl<'r> Assessment<'r> {
    fn of(report: &'r Report) -> Self {
        let mut probes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, probe) in (0..).zip(&report.probes) {
            let key = (format!("probe_{}", probe.verb), probe.table.as_str());
            probes.entry(key).or_default().push(place);
        }
        let mut unlike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, comparison) in (0..)
            .zip(&report.comparisons)
            .filter(|(_, comparison)| !comparison.alike)
        {
            unlike
                .entry(comparison.object.as_str())
                .or_default()
                .push(place);
        }
        Self {
            report,
            probes,
            unlike,
        }
    }

    /// The same for the same part of the same run.
    fn uuid(&self, part: &str) -> Uuid {
        Uuid::new_v5(&self.report.run.id, part.as_bytes())
    }

    fn metadata(&self) -> Value {
        let Report { run, system, .. } = self.report;
        json!({
            "title": prose(&format!("Isolation of tenants in database {}", system.database)),
            "last-modified": run.ended_at,
            "version": run.id,
            "oscal-version": VERSION,
            "roles": [{ "id": "assessor", "title": "Who ran the proof" }],
            "parties": [{ "uuid": self.uuid("party"), "type": "person", "name": line(&run.prover),
                          "remarks": "The role of the database that called tenancy.prove()." }],
            "responsible-parties": [{ "role-id": "assessor", "party-uuids": [self.uuid("party")] }],
        })
    }

    fn result(&self) -> Value {
        let report = self.report;
        let observations = self.observations();
        let mut result = json!({
            "uuid": self.uuid("result"),
            "title": prose(&format!("Isolation of tenants: {}", report.verdict)),
            "description": self.description(),
            "start": report.run.started_at,
            "end": report.run.ended_at,
            "props": props(&[("verdict", report.verdict.name())]),
            "local-definitions": self.definitions(),
            "reviewed-controls": {
                "control-selections": [{
                    "include-controls": Objective::ALL.map(|objective| json!({ "control-id": objective.control() })),
                }],
                "control-objective-selections": [{
                    "include-objectives": Objective::ALL.map(|objective| json!({ "objective-id": objective.id() })),
                }],
                "remarks": "Catalogue: NIST SP 800-53 Rev. 5, objectives of SP 800-53A Rev. 5. Only the part of these controls \
                            that concerns isolation between tenants in this database was assessed.",
            },
            "findings": self.findings(&observations),
            "remarks": self.limits(),
        });
        // OSCAL has no empty arrays.
        let observed: Vec<Value> = observations
            .iter()
            .map(|observation| self.to_json(observation))
            .collect();
        if let (Some(result), false) = (result.as_object_mut(), observed.is_empty()) {
            result.insert("observations".to_owned(), Value::Array(observed));
        }
        result
    }

    fn description(&self) -> String {
        let Report { coverage, .. } = self.report;
        format!(
            "{} static checks, {} probes and {} comparisons on {} of {} protected tables. {} of {} tenants were probed, \
             {} pairs of them.",
            self.report.checks.len(),
            self.report.probes.len(),
            self.report.comparisons.len(),
            coverage.proved_tables,
            coverage.protected_tables,
            coverage.probed_tenants,
            coverage.known_tenants,
            coverage.probed_pairs
        )
    }

    fn limits(&self) -> String {
        let mut text = "What this run does not show:\n".to_owned();
        for limit in &self.report.coverage.limits {
            text.push_str(&format!("\n- {}", prose(limit)));
        }
        text
    }

    fn definitions(&self) -> Value {
        let system = &self.report.system;
        json!({
            "components": [{
                "uuid": self.uuid("database"),
                "type": "service",
                "title": prose(&format!("Database {}", system.database)),
                "description": "The database whose isolation of tenants was assessed.",
                "props": props(&[("system-identifier", &system.system_identifier), ("server-version", &system.server_version)]),
                "status": { "state": "operational" },
            }],
            "assessment-assets": {
                "components": [{
                    "uuid": self.uuid("tool"),
                    "type": "software",
                    "title": "pg_tenancy",
                    "description": "The extension that isolates tenants, whose function tenancy.prove() made this assessment.",
                    "props": props(&[("version", &system.extension_version)]),
                    "status": { "state": "operational" },
                }],
                "assessment-platforms": [{
                    "uuid": self.uuid("platform"),
                    "title": "tenancy.prove()",
                    "uses-components": [{ "component-uuid": self.uuid("tool") }],
                }],
            },
        })
    }

    /// One for each objective, and one for each thing that is wrong with it.
    fn findings(&self, observations: &[Observation<'_>]) -> Vec<Value> {
        let mut findings: Vec<Value> = Objective::ALL
            .iter()
            .map(|objective| self.of_objective(*objective, observations))
            .collect();
        let wrong = self
            .report
            .findings
            .iter()
            .filter(|finding| finding.severity.fails());
        for (number, finding) in (0_usize..).zip(wrong) {
            let mut json = json!({
                "uuid": self.uuid(&format!("finding {number}")),
                "title": prose(&format!("{}: {}", finding.check_id, finding.object)),
                "description": prose(&finding.message),
                "props": props(&[("severity", finding.severity.name()), ("check", &finding.check_id), ("object", &finding.object)]),
                "target": target(Objective::of(finding), false),
            });
            add_remarks(
                &mut json,
                &[format!("Remediation: {}", code(&finding.remediation))],
            );
            let related = self.related(finding);
            if let (Some(json), false) = (json.as_object_mut(), related.is_empty()) {
                json.insert("related-observations".to_owned(), Value::Array(related));
            }
            findings.push(json);
        }
        findings
    }

    fn of_objective(&self, objective: Objective, observations: &[Observation<'_>]) -> Value {
        let of_it: Vec<&Observation<'_>> = observations
            .iter()
            .filter(|observation| observation.objective == objective)
            .collect();
        let mut wrong = self
            .report
            .findings
            .iter()
            .filter(|finding| finding.severity.fails())
            .peekable();
        let observed = of_it
            .iter()
            .filter(|observation| observation.passed.is_some())
            .count();
        // What nobody looked at is not satisfied, and nothing is after a failure that no finding explains.
        let unexplained = self.report.verdict == Verdict::Fail && wrong.peek().is_none();
        let satisfied = observed > 0
            && !of_it
                .iter()
                .any(|observation| observation.passed == Some(false))
            && !wrong.any(|finding| objective.fails_for(finding))
            && !unexplained;
        let mut json = json!({
            "uuid": self.uuid(objective.id()),
            "title": objective.title(),
            "description": format!("{observed} observations."),
            "target": target(objective, satisfied),
        });
        let related: Vec<Value> = of_it
            .iter()
            .map(|observation| json!({ "observation-uuid": observation.uuid }))
            .collect();
        if let (Some(json), false) = (json.as_object_mut(), related.is_empty()) {
            json.insert("related-observations".to_owned(), Value::Array(related));
        }
        json
    }

    /// The observations that a finding comes from.
    fn related(&self, finding: &Finding) -> Vec<Value> {
        let of = |part: String| json!({ "observation-uuid": self.uuid(&part) });
        let of_check = self
            .report
            .checks
            .iter()
            .filter(|check| check.id == finding.check_id);
        let mut related: Vec<Value> = of_check
            .map(|check| of(format!("check {}", check.id)))
            .collect();
        let probes = self
            .probes
            .get(&(finding.check_id.clone(), finding.object.as_str()));
        related.extend(
            probes
                .into_iter()
                .flatten()
                .map(|place| of(format!("probe {place}"))),
        );
        if Objective::of(finding) == Objective::SharedResources {
            let comparisons = self.unlike.get(finding.object.as_str());
            related.extend(
                comparisons
                    .into_iter()
                    .flatten()
                    .map(|place| of(format!("comparison {place}"))),
            );
        }
        related
    }

    fn resources(&self, document: &Document) -> Result<Value, DocumentError> {
        let mut report = json!({
            "uuid": self.uuid("report"),
            "title": "The evidence that these results are made of",
            "description": format!(
                "tenancy.evidence('{}', 'json') gives it. The fingerprint, SHA-256 of the canonical JSON (RFC 8785) of its member \
                 report in base64, is {}. tenancy-verify checks it and makes these results of it again.",
                self.report.run.id,
                self.report.fingerprint()?
            ),
            "citation": { "text": prose(&format!("Evidence of pg_tenancy, run {}", self.report.run.id)) },
        });
        if let Some(note) = &document.note {
            add_remarks(
                &mut report,
                &[format!("Signed note of it:\n\n{}", code(note))],
            );
        }
        Ok(json!([
            {
                "uuid": self.uuid("plan"),
                "title": "Assessment plan: the procedure of tenancy.prove()",
                "description": "Static checks examine the catalogue: policies, privileges, roles, settings and what depends on protected \
                                tables. Probes test as a role of the application, with each sampled tenant bound, whether rows of another \
                                tenant can be read, inserted, updated, deleted or moved. Comparisons run the same statement in two worlds \
                                that differ in another tenant's rows only; the answers must be alike. All changes are rolled back.",
                "citation": { "text": prose(&format!("pg_tenancy {}, documentation of tenancy.prove()", self.report.system.extension_version)) },
            },
            report,
        ]))
    }
}

fn target(objective: Objective, satisfied: bool) -> Value {
    json!({
        "type": "objective-id",
        "target-id": objective.id(),
        "status": {
            "state": if satisfied { "satisfied" } else { "not-satisfied" },
            "reason": if satisfied { "pass" } else { "fail" },
        },
    })
}

fn add_remarks(json: &mut Value, remarks: &[String]) {
    if let (Some(json), false) = (json.as_object_mut(), remarks.is_empty()) {
        json.insert("remarks".to_owned(), Value::String(remarks.join("\n\n")));
    }
}

fn props(ours: &[(&str, &str)]) -> Vec<Map<String, Value>> {
    let prop = |(name, value): &(&str, &str)| {
        let members = [
            ("ns", NAMESPACE.to_owned()),
            ("name", (*name).to_owned()),
            ("value", line(value)),
        ];
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect()
    };
    ours.iter().map(prop).collect()
}

/// Text on one line in Markdown, which titles and prose of OSCAL are: nothing in it is markup.
fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in line(text).chars() {
        if c.is_ascii_punctuation()
            && !matches!(
                c,
                '.' | ',' | ':' | ';' | '(' | ')' | '/' | '\'' | '"' | '?' | '='
            )
        {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A code block of Markdown: prose of OSCAL is that. The fence is longer than any within.
fn code(text: &str) -> String {
    let text = lines(text);
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    format!("\n\n{fence}\n{}\n{fence}", text.trim_end_matches('\n'))
}
