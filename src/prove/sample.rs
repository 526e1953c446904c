//! Rows to copy: what probes make another tenant's, and what a world has more than the other.

use std::collections::HashMap;
use std::rc::Rc;

use super::target::Target;
use crate::catalog::Tenant;
use crate::error::Result;
use crate::{attempt, query};

/// The longest row that is copied, as text in bytes, and how many are looked at to find one.
const COPIED: usize = 1 << 20;
const LOOKED_AT: usize = 100;

/// Up to two rows of each table, as text, of one tenant that has any.
pub fn draw<'t>(
    targets: &'t [Target],
    tenants: &[Rc<Tenant>],
) -> Result<HashMap<&'t str, Vec<String>>> {
    let mut samples = HashMap::new();
    for target in targets {
        // Taken back, so that no lock is held: definitions may be changed while tenants are probed.
        if let Ok(rows) = attempt::taken_back(|| rows_of(target, tenants))?
            && !rows.is_empty()
        {
            samples.insert(target.name.as_str(), rows);
        }
    }
    Ok(samples)
}

fn rows_of(target: &Target, tenants: &[Rc<Tenant>]) -> Result<Vec<String>> {
    let Some(role) = target.role("whole") else {
        return Ok(Vec::new());
    };
    // Nothing but a column of the table's own is read here, so that nobody's code runs.
    let somebody: Option<String> = query::value(
        &format!(
            "SELECT {}::text FROM {} LIMIT 1",
            target.tenant, target.name
        ),
        &[],
    )?;
    let Some(key) = somebody else {
        return Ok(Vec::new());
    };
    let tenant = match tenants.iter().find(|tenant| target.key(tenant) == key) {
        Some(tenant) => Some(Rc::clone(tenant)),
        None => owner(target, &key)?,
    };
    let sql = format!(
        "SELECT r.line FROM (SELECT (x.*)::text AS line FROM {} x LIMIT {LOOKED_AT}) r
          WHERE octet_length(r.line) <= {COPIED} LIMIT 2",
        target.name
    );
    tenant.map_or(Ok(Vec::new()), |tenant| {
        role.of(&tenant, || query::column(&sql, &[]))
    })
}

/// The tenant that the tenant column names so.
fn owner(target: &Target, key: &str) -> Result<Option<Rc<Tenant>>> {
    if matches!(target.type_name.as_str(), "uuid" | "text") {
        return crate::catalog::tenant(key);
    }
    let id: Option<String> = query::value(
        "SELECT t.tenant_id::text FROM tenancy.tenant t WHERE t.tenant_number::text = $1",
        &[key.into()],
    )?;
    id.map_or(Ok(None), |id| crate::catalog::tenant(&id))
}
