//! What a run does not show, in sentences.

use std::collections::HashMap;
use std::rc::Rc;

use super::probe::Probe;
use super::target::Target;
use crate::catalog::Tenant;

/// What no run shows.
pub fn standing() -> Vec<String> {
    [
        "Superusers, roles with BYPASSRLS, the operating system's user and other code in the server are out of its reach.",
        "It shows how things were while it ran. Whoever owns a table or administers tenants can change them later; prove again.",
        "Differences in time are not measured.",
        "Statements were run as the roles named with them, with all rows of the bound tenant in reach and no scope floor; \
         that credentials are verified and floors kept is shown by the extension's own tests.",
        "Triggers and foreign keys kept still while tenants were probed, so that nothing but policies refused; they were at \
         work where answers were compared.",
        "Answers were compared with copies of rows that are there. What depends on whether anybody else has some value at all \
         is found where that value is a key.",
        "What a tenant's session may not do at all (EXPLAIN, temporary tables, definitions) is refused by the extension, \
         and was not tried here.",
        "Everything that was tried was rolled back. It leaves dead rows, used transaction ids, counts in statistics, and gaps \
         in sequences from which defaults and triggers drew. What triggers do by a connection or a request of their own is not \
         taken back.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What this run does not show.
pub fn of_run(
    targets: &[Target],
    samples: &HashMap<&str, Vec<String>>,
    probes: &[Vec<Probe<'_>>],
    tenants: &[Rc<Tenant>],
    probed: usize,
    known: i64,
) -> Vec<String> {
    let mut limits = Vec::new();
    if super::count(probed) < known {
        limits.push(format!(
            "{probed} of {known} tenants were probed, drawn by the run's seed."
        ));
    }
    if tenants.len() == 1 {
        limits.push(
            "Only one tenant was probed, so that making rows of another, and moving rows to another, were not tried."
                .into(),
        );
    }
    if probed > super::ALL_PAIRS || tenants.len() > super::ALL_PAIRS {
        limits.push(
            "Reading, changing and removing were tried against all other tenants at once; making rows of another tenant, \
             against one other for each."
                .into(),
        );
    }
    let list = |names: Vec<&str>| names.join(", ");
    let empty: Vec<&str> = targets
        .iter()
        .filter(|target| target.is_root && !samples.contains_key(target.name.as_str()))
        .map(|target| target.name.as_str())
        .collect();
    if !empty.is_empty() {
        limits.push(format!(
            "No row could be copied of {}: empty, of long rows, locked by others, or not read by any application's role. \
             No answers were compared on it, and rows were made with a tenant only.",
            list(empty)
        ));
    }
    let idle: Vec<&str> = targets
        .iter()
        .zip(probes)
        .filter(|(_, probes)| {
            !probes
                .iter()
                .any(|probe| probe.ran() || probe.left().is_some())
        })
        .map(|(target, _)| target.name.as_str())
        .collect();
    if !idle.is_empty() {
        limits.push(format!(
            "No application's role has a privilege on {}, so that nothing was tried there.",
            list(idle)
        ));
    }
    let left: Vec<String> = probes.iter().flatten().filter_map(Probe::left).collect();
    if !left.is_empty() {
        limits.push(format!(
            "Applications' roles may do what could not be tried: {}. They do not read the tenant column, or only some columns \
             of a table whose policies are not in order.",
            left.join(", ")
        ));
    }
    let open: Vec<String> = probes.iter().flatten().filter_map(Probe::open).collect();
    if !open.is_empty() {
        limits.push(format!(
            "Something else than a policy refused {}; whether a policy would have is not shown.",
            open.join(", ")
        ));
    }
    limits
}
