//! What is true: the rows, keys and grants that are committed. Plain data, changed by what has happened.

use std::collections::{BTreeMap, BTreeSet};

use tenancy_core::scope::Scope;

use crate::credential::{Key, KeyNo};
use crate::session::Session;
use crate::world::{TableNo, Tenant};

pub type Id = i32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub scope: Scope,
    pub value: i32,
}

impl Row {
    pub fn seen(&self, tenant: Tenant, id: Id) -> Seen {
        Seen {
            tenant,
            id,
            scope: self.scope.clone(),
            value: self.value,
        }
    }
}

/// A row as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub tenant: Tenant,
    pub id: Id,
    pub scope: Scope,
    pub value: i32,
}

/// One tenant's rows.
pub type TenantRows = BTreeMap<(TableNo, Id), Row>;

#[derive(Clone, Debug)]
pub struct Grant {
    pub id: String,
    pub owner: Tenant,
    pub grantee: Tenant,
    pub table: TableNo,
    pub scope: Scope,
    pub expires_at: Option<i64>,
    pub revoked: bool,
}

#[derive(Default)]
pub struct Model {
    pub rows: BTreeMap<Tenant, TenantRows>,
    pub keys: Vec<Key>,
    pub grants: Vec<Grant>,
    pub suspended: BTreeSet<Tenant>,
}

impl Model {
    /// The rows of a table, in order.
    pub fn committed(&self, table: TableNo) -> impl Iterator<Item = Seen> {
        let all = self
            .rows
            .iter()
            .flat_map(|(tenant, rows)| rows.iter().map(move |row| (*tenant, row)));
        all.filter(move |(_, ((of, _), _))| *of == table)
            .map(|(tenant, ((_, id), row))| row.seen(tenant, *id))
    }

    /// The grants to a tenant that are in force.
    pub fn grants_to(&self, grantee: Tenant, at: i64) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| {
            grant.grantee == grantee
                && !grant.revoked
                && grant.expires_at.is_none_or(|end| at < end)
                && !self.suspended.contains(&grant.owner)
        })
    }

    /// When keys and grants end from the one time until the other, and that one.
    pub fn ends_between(&self, after: i64, until: i64) -> BTreeSet<i64> {
        let keys = self.keys.iter().map(|key| key.rights.expires_at);
        let grants = self.grants.iter().map(|grant| grant.expires_at);
        keys.chain(grants)
            .flatten()
            .filter(|end| (after..=until).contains(end))
            .chain([until])
            .collect()
    }

    /// Revokes a key and all that descend from it. A child that is still being made is told by its parent.
    pub fn revoke(&mut self, key: KeyNo) {
        self.keys[key].revoked = true;
        let child = |no: &KeyNo| self.keys[*no].parent == Some(key) && self.keys[*no].committed;
        for child in (0..self.keys.len()).filter(child).collect::<Vec<_>>() {
            self.revoke(child);
        }
    }

    /// What a transaction leaves behind.
    pub fn commit(&mut self, session: &Session) {
        for key in &session.made {
            self.keys[*key].committed = true;
        }
        if let (Some(pin), Some(rows)) = (&session.pin, &session.rows) {
            self.rows.insert(pin.tenant, (**rows).clone());
        }
    }
}
