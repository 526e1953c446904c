//! What a run of `tenancy.prove()` found: the model of its evidence, as JSON has it. `docs/evidence.schema.json`
//! describes the same to readers of the JSON.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The version of this model.
pub const FORMAT: &str = "pg_tenancy/evidence/1";

/// All that a run found, and all that one needs to judge it without the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// Which run, when and by whom.
    pub run: Run,
    /// What came of it.
    pub verdict: Verdict,
    /// Where it ran.
    pub system: System,
    /// What was looked at and what was not.
    pub coverage: Coverage,
    /// The tenants that were probed, in the order that [`Pair`] counts them.
    pub tenants: Vec<Tenant>,
    /// The static checks that were made, found anything or not.
    pub checks: Vec<Check>,
    /// What is wrong; the worst first.
    pub findings: Vec<Finding>,
    /// The protected tables, and all under them.
    pub tables: Vec<Table>,
    /// The roles that matter to isolation.
    pub roles: Vec<Role>,
    /// The statements that were run as an application, with what came of them.
    pub probes: Vec<Probe>,
    /// The statements whose answers were compared between two worlds.
    pub comparisons: Vec<Comparison>,
}

/// Which run, when and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub ended_at: String,
    /// The role that called `prove`.
    pub prover: String,
    /// The number that tenants were drawn by. In JSON a string, as not every reader keeps such integers exactly.
    #[serde(with = "decimal")]
    pub seed: i64,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No finding but of severity `low`.
    Pass,
    /// Any other.
    Fail,
}

impl Verdict {
    /// `pass` or `fail`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// The database's name.
    pub database: String,
    /// The cluster's system identifier, a decimal number.
    pub system_identifier: String,
    /// As `server_version` says.
    pub server_version: String,
    /// Version of pg_tenancy.
    pub extension_version: String,
    /// Settings that matter to isolation.
    pub settings: Vec<Setting>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What was looked at and what was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Protected tables, partitions and children not counted.
    pub protected_tables: i64,
    /// How many of them the run was asked to prove.
    pub proved_tables: i64,
    /// Tenants there are, without `shared`.
    pub known_tenants: i64,
    /// Tenants that were probed; [`Report::tenants`] has them.
    pub probed_tenants: i64,
    /// Pairs of tenants that were probed, of all pairs, over all tables and verbs.
    pub probed_pairs: i64,
    /// What this run does not show, a sentence each.
    pub limits: Vec<String>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Its id.
    pub id: Uuid,
    /// Its slug.
    pub slug: String,
}

/// How bad a finding is. Runs fail for all but `Low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A way to another tenant's rows.
    Critical,
    /// A way to learn of them, or one step from `Critical`.
    High,
    /// A defence is missing that others stand behind.
    Medium,
    /// Advice.
    Low,
}

impl Severity {
    /// All there are, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// `critical`, `high`, `medium` or `low`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// Whether a run with such a finding fails: for all but advice.
    pub fn fails(self) -> bool {
        self != Self::Low
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A static check that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its id.
    pub id: String,
    /// How bad its findings are.
    pub severity: Severity,
    /// What it finds.
    pub title: String,
    /// Why that is bad.
    pub why: String,
    /// How many findings it had.
    pub findings: i64,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The check, or `probe_VERB`, or `noninterference`, or `not_probed`.
    pub check_id: String,
    /// How bad it is.
    pub severity: Severity,
    /// The object, as SQL names it.
    pub object: String,
    /// What is wrong, in one line.
    pub message: String,
    /// SQL, or what to do.
    pub remediation: String,
}

/// A protected table, or a partition or child of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// As SQL names it.
    pub name: String,
    /// The protected table that it belongs to; itself, when it is one.
    pub root: String,
    /// Its owner.
    pub owner: String,
    /// The column that says whose a row is.
    pub tenant_column: String,
    /// The column that says where in its tenant.
    pub scope_column: Option<String>,
    /// Whether rows of the tenant `shared` are read by all.
    pub shared: bool,
    /// Read grants in force on it.
    pub read_grants: i64,
    /// Rows that the probed tenants saw of their own.
    pub rows_seen: i64,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// Privileges on it, as `role=arwd/grantor` (aclitem), those on a column with its name behind in brackets; in order.
    pub privileges: Vec<String>,
}

/// A policy, as Postgres says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// `PERMISSIVE` or `RESTRICTIVE`.
    pub kind: String,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    /// Whom it is for.
    pub roles: Vec<String>,
    /// USING.
    pub using: Option<String>,
    /// WITH CHECK.
    pub check: Option<String>,
}

/// A role that matters to isolation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// `application`, `administrator`, `auditor`, `owner` (of protected tables) or `exempt` (from row security); several
    /// may hold.
    pub kinds: Vec<String>,
    /// Whether it can log in.
    pub login: bool,
}

/// A statement that was run as an application's role, with each probed tenant bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The table, as SQL names it.
    pub table: String,
    /// `read`, `insert`, `update`, `delete` or `move`.
    pub verb: String,
    /// The role it ran as; none where no application's role has the privilege, so that it was not run.
    pub role: Option<String>,
    /// Its text. $1 is the bound tenant, $2 the other one, as the table has them.
    pub statement: String,
    /// What must come of it, in words.
    pub expected: String,
    /// What came of it; every pair is in one of them.
    pub outcomes: Vec<Outcome>,
}

impl Probe {
    /// Whether all came as expected; none where it was not run.
    pub fn passed(&self) -> Option<bool> {
        if self.outcomes.iter().any(|outcome| !outcome.pass) {
            return Some(false);
        }
        (self.role.is_some() && !self.outcomes.is_empty()).then_some(true)
    }
}

/// What came of a probe for some pairs of tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Whether it is as expected.
    pub pass: bool,
    /// In words: `no rows of others`, `refused by policy`, `nothing to move`, ….
    pub outcome: String,
    /// Where it was refused.
    pub sqlstate: Option<String>,
    /// For how many pairs.
    pub pairs: i64,
    /// The pairs, at most 1,000 of them; left out where all probed tenants had this outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<Pair>,
}

/// The bound tenant and the other one, by their places in [`Report::tenants`]; no other one means all others at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair(pub u32, pub Option<u32>);

impl Report {
    /// The slugs of a pair: the bound tenant and the other one.
    pub fn pair(&self, Pair(bound, other): Pair) -> String {
        let slug = |place: u32| {
            let tenant = usize::try_from(place)
                .ok()
                .and_then(|place| self.tenants.get(place));
            tenant.map_or("(unknown)", |tenant| tenant.slug.as_str())
        };
        format!("{} → {}", slug(bound), other.map_or("all others", slug))
    }
}

/// A statement that one tenant ran in two worlds, which differ in another tenant's rows only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The table, or the view over it.
    pub object: String,
    /// `rows`, `count`, `insert`, `upsert`, `update`, `delete`, `nearest`, ….
    pub what: String,
    /// The role it ran as.
    pub role: String,
    /// Its text.
    pub statement: String,
    /// Whether the answers were alike.
    pub alike: bool,
    /// The answer without the other tenant's rows, in short.
    pub without: String,
    /// The answer with them.
    pub with: String,
}

/// Integers as strings of decimal digits.
mod decimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
