//! The catalogue of checks: one SQL file each under `sql/checks/`, which serves `protect` and the guard alike.
//!
//! A file opens with `-- key: value` lines (id, severity, title, why, kind, on) and holds one query. Its parameter is
//! the protected table to look at, or NULL for all; it gives root, relation, object_id, object, message, remediation.

use pgrx::Spi;
use pgrx::prelude::*;

use crate::error::{Error, Result};

/// One check.
pub struct Check {
    text: &'static str,
}

/// Every check there is.
pub const CATALOGUE: &[Check] = &[
    Check {
        text: include_str!("../sql/checks/tenant_column.sql"),
    },
    Check {
        text: include_str!("../sql/checks/scope_column.sql"),
    },
    Check {
        text: include_str!("../sql/checks/unique_key_without_tenant.sql"),
    },
    Check {
        text: include_str!("../sql/checks/foreign_key_without_tenant.sql"),
    },
    Check {
        text: include_str!("../sql/checks/cascade_across_scopes.sql"),
    },
    Check {
        text: include_str!("../sql/checks/foreign_key_to_open_table.sql"),
    },
    Check {
        text: include_str!("../sql/checks/application_owner.sql"),
    },
    Check {
        text: include_str!("../sql/checks/view_as_owner.sql"),
    },
    Check {
        text: include_str!("../sql/checks/materialized_view.sql"),
    },
    Check {
        text: include_str!("../sql/checks/rewrite_rule.sql"),
    },
    Check {
        text: include_str!("../sql/checks/publication.sql"),
    },
    Check {
        text: include_str!("../sql/checks/shared_ann_index.sql"),
    },
    Check {
        text: include_str!("../sql/checks/unfiltered_privilege.sql"),
    },
    Check {
        text: include_str!("../sql/checks/partition_or_child.sql"),
    },
    Check {
        text: include_str!("../sql/checks/row_security_off.sql"),
    },
    Check {
        text: include_str!("../sql/checks/policy_missing.sql"),
    },
    Check {
        text: include_str!("../sql/checks/policy_altered.sql"),
    },
    Check {
        text: include_str!("../sql/checks/policy_imposed.sql"),
    },
    Check {
        text: include_str!("../sql/checks/exempt_owner.sql"),
    },
];

/// What a check found.
pub struct Finding {
    /// Id of the check.
    pub check: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// SQL that mends it.
    pub remediation: String,
}

impl Check {
    fn header(&self, key: &str) -> &'static str {
        self.text
            .lines()
            .map_while(|line| line.strip_prefix("-- "))
            .find_map(|line| {
                line.split_once(": ")
                    .filter(|(k, _)| *k == key)
                    .map(|(_, v)| v)
            })
            .unwrap_or("")
    }

    /// Its name.
    pub fn id(&self) -> &'static str {
        self.header("id")
    }

    /// Whether it looks at what surrounds a table (`structure`) and not at what `protect` put on it (`state`).
    pub fn is_structural(&self) -> bool {
        self.header("kind") == "structure"
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
            "SELECT f.message, f.remediation FROM ({}) f
              WHERE $2 IS NULL OR f.relation = ANY ($2) OR f.object_id = ANY ($2) OR f.root::pg_catalog.oid = ANY ($2)
              ORDER BY 1, 2",
            self.text
        );
        Spi::connect(|client| {
            let touched = touched.map(<[pg_sys::Oid]>::to_vec);
            let rows = client.select(&sql, None, &[root.into(), touched.into()])?;
            let mut findings = Vec::new();
            for row in rows {
                findings.push(Finding {
                    check: self.id(),
                    message: row.get(1)?.unwrap_or_default(),
                    remediation: row.get(2)?.unwrap_or_default(),
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
