//! The picture of tenants and tables: a strip of cells for each table, a cell for each tenant or, where there are many,
//! for some that follow each other.

use std::collections::BTreeMap;

use crate::evidence::report::{Pair, Probe, Report, Tenant};

/// Most cells of a strip.
const MAX_CELLS: usize = 60;

/// Most tenants that are named under a strip.
const MAX_NAMES: usize = 10;

/// What came of a tenant's probes on a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    NotProbed,
    AsExpected,
    NotAsExpected,
}

impl Seen {
    pub fn class(self) -> &'static str {
        match self {
            Self::NotProbed => "none",
            Self::AsExpected => "pass",
            Self::NotAsExpected => "fail",
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::NotProbed => "–",
            Self::AsExpected => "✓",
            Self::NotAsExpected => "✗",
        }
    }

    /// Of a tenant's probes: one that failed counts, then one that was made.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotAsExpected, _) | (_, Self::NotAsExpected) => Self::NotAsExpected,
            (Self::AsExpected, _) | (_, Self::AsExpected) => Self::AsExpected,
            _ => Self::NotProbed,
        }
    }

    /// Of several tenants: one that failed counts, then one that was not probed.
    fn beside(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotAsExpected, _) | (_, Self::NotAsExpected) => Self::NotAsExpected,
            (Self::NotProbed, _) | (_, Self::NotProbed) => Self::NotProbed,
            _ => Self::AsExpected,
        }
    }
}

pub struct Cell {
    pub outcome: Seen,
    /// Who it stands for.
    pub tenants: String,
}

pub struct Row<'r> {
    pub table: &'r str,
    pub cells: Vec<Cell>,
    /// The strip, for those who don't see it.
    pub in_words: String,
    /// The tenants with a probe that failed, by name.
    pub failed: String,
    /// Findings about the table or a policy of it.
    pub findings: usize,
    pub compared: usize,
    pub unlike: usize,
}

/// How many tenants a cell stands for.
pub fn tenants_a_cell(report: &Report) -> usize {
    report.tenants.len().div_ceil(MAX_CELLS).max(1)
}

/// A row for each table, those with something wrong first.
pub fn rows(report: &Report) -> Vec<Row<'_>> {
    let mut probes: BTreeMap<&str, Vec<&Probe>> = BTreeMap::new();
    for probe in &report.probes {
        probes.entry(&probe.table).or_default().push(probe);
    }
    let mut compared: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for comparison in &report.comparisons {
        let (all, unlike) = compared.entry(&comparison.object).or_default();
        *all = all.saturating_add(1);
        *unlike = unlike.saturating_add(usize::from(!comparison.alike));
    }
    let mut findings: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        // Policies, constraints and the like are named as `NAME on TABLE`.
        let object = finding.object.as_str();
        let table = object
            .rsplit_once(" on ")
            .map_or(object, |(_, table)| table);
        let count = findings.entry(table).or_default();
        *count = count.saturating_add(1);
    }
    let mut rows: Vec<Row> = Vec::new();
    for table in &report.tables {
        let seen = seen(
            report,
            probes.get(table.name.as_str()).map_or(&[], Vec::as_slice),
        );
        let (compared, unlike) = compared
            .get(table.name.as_str())
            .copied()
            .unwrap_or_default();
        rows.push(Row {
            table: &table.name,
            cells: cells(report, &seen),
            in_words: in_words(&seen),
            failed: names(report, &seen),
            findings: findings
                .get(table.name.as_str())
                .copied()
                .unwrap_or_default(),
            compared,
            unlike,
        });
    }
    rows.sort_by_key(|row| row.failed.is_empty() && row.findings == 0 && row.unlike == 0);
    rows
}

/// What came of the probes for each tenant while it was bound.
fn seen(report: &Report, probes: &[&Probe]) -> Vec<Seen> {
    let mut of_all = Seen::NotProbed;
    let mut seen = vec![Seen::NotProbed; report.tenants.len()];
    for outcome in probes.iter().flat_map(|probe| &probe.outcomes) {
        let came = if outcome.pass {
            Seen::AsExpected
        } else {
            Seen::NotAsExpected
        };
        if outcome.listed.is_empty() && outcome.pairs > 0 {
            of_all = of_all.and(came);
        }
        for Pair(bound, _) in &outcome.listed {
            if let Some(seen) = usize::try_from(*bound)
                .ok()
                .and_then(|bound| seen.get_mut(bound))
            {
                *seen = seen.and(came);
            }
        }
    }
    for seen in &mut seen {
        *seen = seen.and(of_all);
    }
    seen
}

fn cells(report: &Report, seen: &[Seen]) -> Vec<Cell> {
    let size = tenants_a_cell(report);
    let groups = report.tenants.chunks(size).zip(seen.chunks(size));
    let cell = |(tenants, seen): (&[Tenant], &[Seen])| Cell {
        outcome: seen
            .iter()
            .copied()
            .reduce(Seen::beside)
            .unwrap_or(Seen::NotProbed),
        tenants: match tenants {
            [one] => beginning(&one.slug),
            [first, .., last] => format!("{} … {}", beginning(&first.slug), beginning(&last.slug)),
            [] => String::new(),
        },
    };
    groups.map(cell).collect()
}

fn in_words(seen: &[Seen]) -> String {
    let count = |which: Seen| seen.iter().filter(|seen| **seen == which).count();
    format!(
        "Tenants: {} as expected, {} not as expected, {} not probed",
        count(Seen::AsExpected),
        count(Seen::NotAsExpected),
        count(Seen::NotProbed)
    )
}

fn names(report: &Report, seen: &[Seen]) -> String {
    let failed = report
        .tenants
        .iter()
        .zip(seen)
        .filter(|(_, seen)| **seen == Seen::NotAsExpected);
    let mut failed = failed.map(|(tenant, _)| beginning(&tenant.slug));
    let mut names = failed
        .by_ref()
        .take(MAX_NAMES)
        .collect::<Vec<_>>()
        .join(", ");
    let left = failed.count();
    if left > 0 {
        names.push_str(&format!(" and {left} more"));
    }
    names
}

fn beginning(slug: &str) -> String {
    let mut chars = slug.chars();
    let mut shown: String = chars.by_ref().take(63).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}
