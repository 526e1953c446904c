//! The catalogue of checks: one SQL file each under `sql/checks/`, which serves `protect`, the guard and `prove` alike.
//!
//! A file opens with `-- key: value` lines (id, severity, title, why, kind, on) and holds one query. Its parameter is
//! the protected table to look at, or NULL for all; it gives root, relation, object_id, object, message, remediation.

use pgrx::Spi;
use pgrx::prelude::*;
use tenancy_core::evidence::report::Severity;

use crate::error::{Error, Result};

/// One check.
pub struct Check {
    text: &'static str,
}

/// The checks whose files are named.
macro_rules! catalogue {
    ($($name:literal),+ $(,)?) => {
        &[$(Check { text: include_str!(concat!("../sql/checks/", $name, ".sql")) }),+]
    };
}

/// Every check there is.
pub const CATALOGUE: &[Check] = catalogue![
    "tenant_column",
    "scope_column",
    "unique_key_without_tenant",
    "foreign_key_without_tenant",
    "cascade_across_scopes",
    "foreign_key_to_open_table",
    "application_owner",
    "view_as_owner",
    "materialized_view",
    "rewrite_rule",
    "publication",
    "shared_ann_index",
    "unfiltered_privilege",
    "partition_or_child",
    "row_security_off",
    "policy_missing",
    "policy_altered",
    "policy_imposed",
    "exempt_owner",
    "application_creates_objects",
    "application_owns_surroundings",
    "application_role_administers",
    "batch_role",
    "binding_session",
    "catalog_object",
    "copying_trigger",
    "default_privilege",
    "definer_administers",
    "definer_function",
    "definer_search_path",
    "denials_not_recorded",
    "exempt_application_role",
    "extension_altered",
    "extension_outdated",
    "extension_privilege",
    "extension_trigger_disabled",
    "extension_view",
    "foreign_server",
    "function_setting",
    "grant_option",
    "guard_off",
    "guard_trigger_disabled",
    "leakproof_function",
    "policy_function",
    "logical_slot",
    "unfiltered_function",
    "managed_schema_gone",
    "notifying_trigger",
    "parameter_privilege",
    "planted_setting",
    "predefined_role",
    "role_attributes",
    "sequence_privilege",
    "server_files_and_programs",
    "server_version",
    "subscription",
    "template_database",
    "trusted_network",
    "temporary_privilege",
    "trace_policy",
    "unknown_index_method",
    "unprotected_table",
    "unregistered_table",
    "untrusted_function",
    "withheld_catalog",
    "withheld_function",
];

/// When a check has its say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of what surrounds a table: before `protect` puts anything on it, and ever after.
    Structure,
    /// Of what `protect` put on it.
    State,
    /// Of roles, settings and the server: for `prove` alone, and for all tables at once.
    Environment,
}

/// What a check found.
pub struct Finding {
    /// Id of the check.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, as SQL names it.
    pub object: String,
    /// What is wrong, in one line.
    pub message: String,
    /// SQL that mends it.
    pub remediation: String,
}

impl Check {
    /// The values of a key of its header, in order.
    fn values(&self, key: &str) -> impl Iterator<Item = &'static str> {
        self.text
            .lines()
            .map_while(|line| line.strip_prefix("-- "))
            .filter_map(move |line| line.split_once(": ").filter(|(k, _)| *k == key))
            .map(|(_, value)| value)
    }

    fn header(&self, key: &str) -> &'static str {
        self.values(key).next().unwrap_or("")
    }

    /// Its name.
    pub fn id(&self) -> &'static str {
        self.header("id")
    }

    /// How bad its findings are; what no file may say counts as the worst.
    pub fn severity(&self) -> Severity {
        match self.header("severity") {
            "low" => Severity::Low,
            "medium" => Severity::Medium,
            "high" => Severity::High,
            _ => Severity::Critical,
        }
    }

    /// What it finds.
    pub fn title(&self) -> &'static str {
        self.header("title")
    }

    /// Why that is bad.
    pub fn why(&self) -> String {
        self.values("why").collect::<Vec<_>>().join(" ")
    }

    /// When it has its say.
    pub fn kind(&self) -> Kind {
        match self.header("kind") {
            "structure" => Kind::Structure,
            "environment" => Kind::Environment,
            _ => Kind::State,
        }
    }

    /// Whether an event, a command tag or a name the guard gives, can bring such a finding about.
    pub fn concerns(&self, event: &str) -> bool {
        self.header("on").split(", ").any(|e| e == event)
    }

    /// Runs it for one protected table or, with `None`, for all. With `touched`, only findings about those objects count.
    pub fn run(
        &self,
        root: Option<pg_sys::Oid>,
        touched: Option<&[pg_sys::Oid]>,
    ) -> Result<Vec<Finding>> {
        let sql = format!(
            "SELECT f.object, f.message, f.remediation FROM ({}) f
              WHERE $2 IS NULL OR f.relation = ANY ($2) OR f.object_id = ANY ($2) OR f.root::pg_catalog.oid = ANY ($2)
              ORDER BY 2, 3, 1",
            self.text
        );
        Spi::connect(|client| {
            let touched = touched.map(<[pg_sys::Oid]>::to_vec);
            let rows = client.select(&sql, None, &[root.into(), touched.into()])?;
            let mut findings = Vec::new();
            for row in rows {
                findings.push(Finding {
                    check: self.id(),
                    severity: self.severity(),
                    object: row.get(1)?.unwrap_or_default(),
                    message: row.get(2)?.unwrap_or_default(),
                    remediation: row.get(3)?.unwrap_or_default(),
                });
            }
            Ok(findings)
        })
    }
}

/// What the checks that `select` picks find.
pub fn findings(
    root: Option<pg_sys::Oid>,
    touched: Option<&[pg_sys::Oid]>,
    select: impl Fn(&Check) -> bool,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for check in CATALOGUE.iter().filter(|c| select(c)) {
        findings.extend(check.run(root, touched)?);
    }
    Ok(findings)
}

/// One line a finding, each once.
pub fn lines(findings: &[Finding], line: impl Fn(&Finding) -> String) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in findings.iter().map(line) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Runs the checks that `select` picks on one protected table; an error with all they found, if anything.
pub fn require(table: &str, root: pg_sys::Oid, select: impl Fn(&Check) -> bool) -> Result<()> {
    let findings = findings(Some(root), None, select)?;
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::Leaks {
        table: table.to_owned(),
        findings: lines(&findings, |f| format!("{}: {}", f.check, f.message)),
        remedies: lines(&findings, |f| f.remediation.clone()),
    })
}
