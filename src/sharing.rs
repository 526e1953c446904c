//! Whose rows of a table the bound tenant reads beside its own: those of tenant `shared`, and those granted to it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::IntoDatum;
use pgrx::prelude::*;
use serde_json::{Value, json};
use tenancy_core::access::{Whose, may_read};
use tenancy_core::stored_scope::StoredScope;
use tenancy_core::timestamp::rfc3339;
use uuid::Uuid;

use crate::accessor::{number_as_integer, require};
use crate::catalog::{self, Grant, ProtectedTable, Tenant};
use crate::error::{Error, Result};
use crate::session::{self, Present};
use crate::{id, object, time};

/// A tenant whose rows are read.
struct Source {
    tenant: Rc<Tenant>,
    /// Of the grants in force; empty for the tenant itself and for `shared`.
    scopes: Vec<Vec<u8>>,
}

/// Whose rows of one table the bound tenant reads.
pub struct Reach {
    table: ProtectedTable,
    own: Source,
    /// Empty when the table is not shared.
    shared: Option<Source>,
    granted: Vec<Source>,
}

#[derive(Default)]
struct Memory {
    tenant: [u8; 16],
    generation: u64,
    /// The transaction that it is good for, when it holds rows that may roll back.
    lxid: Option<u32>,
    /// When the first grant ends.
    until: i64,
    grants: Option<Rc<Vec<Grant>>>,
    tables: HashMap<pg_sys::Oid, Rc<Reach>>,
    /// Of every table that is not protected, or only as a partition: nobody else's rows.
    other_tables: Option<Rc<Reach>>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Forgets what is no longer so; called whenever a context is resolved. Gives whether a grant has ended that may have
/// been used before in this transaction.
pub fn renew(present: &Present, now: i64, same_transaction: bool) -> Result<bool> {
    let before = MEMORY.with_borrow_mut(|memory| {
        let stale = memory.tenant != present.tenant_id.get()
            || memory.generation != present.generation()
            || memory.lxid.is_some_and(|lxid| lxid != present.lxid())
            || now >= memory.until;
        if stale {
            let renewed = Memory {
                tenant: present.tenant_id.get(),
                generation: present.generation(),
                until: i64::MAX,
                ..Memory::default()
            };
            return std::mem::replace(memory, renewed).grants;
        }
        present.recheck_at(memory.until);
        None
    });
    let Some(before) = before.filter(|grants| same_transaction && !grants.is_empty()) else {
        return Ok(false);
    };
    let left = in_force(present)?;
    Ok(!before
        .iter()
        .all(|grant| left.iter().any(|other| other.id == grant.id)))
}

/// The grants to the bound tenant that are in force. Owners that are suspended or gone grant nothing.
fn in_force(present: &Present) -> Result<Rc<Vec<Grant>>> {
    if let Some(grants) = MEMORY.with_borrow(|memory| memory.grants.clone()) {
        return Ok(grants);
    }
    let (mut grants, lasting) = catalog::grants(Uuid::from_bytes(present.tenant_id.get()))?;
    let now = time::now_unix_micros();
    grants.retain(|grant| grant.expires_at.is_none_or(|at| now < at));
    let mut active = Vec::new();
    for grant in grants {
        if owner(&grant)?.is_some() {
            active.push(grant);
        }
    }
    let until = active.iter().filter_map(|grant| grant.expires_at).min();
    let active = Rc::new(active);
    MEMORY.with_borrow_mut(|memory| {
        memory.grants = Some(Rc::clone(&active));
        memory.until = memory.until.min(until.unwrap_or(i64::MAX));
        if !lasting {
            memory.lxid = Some(present.lxid());
        }
        present.recheck_at(memory.until);
    });
    Ok(active)
}

fn owner(grant: &Grant) -> Result<Option<Rc<Tenant>>> {
    Ok(catalog::tenant(&grant.owner.to_string())?.filter(|tenant| tenant.active))
}

/// The grants in force, for people. `null` when no tenant is bound.
pub fn grants() -> Result<Value> {
    let Some(present) = session::present()? else {
        return Ok(Value::Null);
    };
    let mut all = Vec::new();
    for grant in in_force(present)?.iter() {
        let scope = StoredScope::trusted(&grant.scope).and_then(|scope| scope.to_scope().ok());
        all.push(json!({
            "grant_id": grant.id.to_string(),
            "owner": owner(grant)?.map(|tenant| tenant.slug.clone()),
            "table": object::relation_name(grant.table),
            "scope": scope.map(|scope| scope.pairs().map(|(k, v)| (k.to_owned(), v.into())).collect::<serde_json::Map<_, _>>()),
            "expires_at": grant.expires_at.map(|at| rfc3339(at).map_or(Value::from(at), Value::from)),
        }));
    }
    Ok(all.into())
}

/// Whose rows of a table the bound tenant reads.
pub fn reach(present: &Present, table: pg_sys::Oid) -> Result<Rc<Reach>> {
    if let Some(known) = MEMORY.with_borrow(|memory| memory.tables.get(&table).cloned()) {
        return Ok(known);
    }
    // Not looked up: a proof's tenants are in no catalog.
    let own = session::tenant().ok_or(Error::UnknownKey)?;
    let source = |tenant, scopes| Source { tenant, scopes };
    let Some((flags, lasting)) = catalog::protected_table(table)? else {
        return Ok(MEMORY.with_borrow_mut(|memory| {
            Rc::clone(memory.other_tables.get_or_insert_with(|| {
                Rc::new(Reach {
                    table: ProtectedTable {
                        scoped: false,
                        shared: false,
                        granted: false,
                    },
                    own: source(own, Vec::new()),
                    shared: None,
                    granted: Vec::new(),
                })
            }))
        }));
    };
    let shared = if flags.shared && !own.id.is_nil() {
        catalog::tenant(&Uuid::nil().to_string())?.map(|tenant| source(tenant, Vec::new()))
    } else {
        None
    };
    let mut granted: Vec<Source> = Vec::new();
    if flags.granted {
        for grant in in_force(present)?.iter().filter(|g| g.table == table) {
            let Some(tenant) = owner(grant)? else {
                continue;
            };
            match granted.iter_mut().find(|s| s.tenant.id == tenant.id) {
                Some(source) => source.scopes.push(grant.scope.clone()),
                None => granted.push(source(tenant, vec![grant.scope.clone()])),
            }
        }
    }
    let reach = Rc::new(Reach {
        table: flags,
        own: source(own, Vec::new()),
        shared,
        granted,
    });
    MEMORY.with_borrow_mut(|memory| {
        if !lasting {
            memory.lxid = Some(present.lxid());
        }
        memory.tables.insert(table, Rc::clone(&reach));
    });
    Ok(reach)
}

/// How a column names a tenant.
pub enum Name<'a> {
    /// In a uuid column.
    Id([u8; 16]),
    /// In an integer or bigint column.
    Number(i64),
    /// In a text column.
    Slug(&'a [u8]),
}

impl Source {
    fn is(&self, name: &Name<'_>) -> bool {
        match name {
            Name::Id(id) => self.tenant.id.as_bytes() == id,
            Name::Number(number) => self.tenant.number == *number,
            Name::Slug(slug) => self.tenant.slug.as_bytes() == *slug,
        }
    }
}

impl Reach {
    /// Whose rows are read: the tenant's own first.
    fn sources(&self) -> impl Iterator<Item = &Source> {
        std::iter::once(&self.own)
            .chain(&self.shared)
            .chain(&self.granted)
    }

    /// Whether a row of a tenant and scope is read under a floor.
    pub fn reads(&self, floor: StoredScope<'_>, name: &Name<'_>, row: StoredScope<'_>) -> bool {
        let is = |source: &Option<Source>| source.as_ref().is_some_and(|s| s.is(name));
        let mut scopes;
        let whose = if self.own.is(name) {
            Whose::Own
        } else if is(&self.shared) {
            Whose::Shared
        } else if let Some(source) = self.granted.iter().find(|s| s.is(name)) {
            scopes = source
                .scopes
                .iter()
                .filter_map(|scope| StoredScope::trusted(scope));
            Whose::Granted(&mut scopes)
        } else {
            Whose::Other
        };
        may_read(&floor, self.table.shared, whose, &row)
    }
}

/// The tenants whose rows of a table are read, as an array of that type.
pub fn tenants(
    present: &Present,
    table: pg_sys::Oid,
    wanted: pg_sys::Oid,
) -> Result<pg_sys::Datum> {
    require(present, "read")?;
    let reach = reach(present, table)?;
    if !reach.table.scoped && !reach.table.shared && !present.whole.get() {
        return Err(Error::Unreached);
    }
    let all = reach.sources().map(|source| &source.tenant);
    let datum = match wanted {
        pg_sys::UUIDOID => all
            .map(|t| id::to_sql(t.id))
            .collect::<Vec<_>>()
            .into_datum(),
        pg_sys::INT8OID => all.map(|t| t.number).collect::<Vec<_>>().into_datum(),
        // A tenant whose number does not fit has no rows there.
        pg_sys::INT4OID => {
            number_as_integer(present.number.get())?;
            all.filter_map(|t| number_as_integer(t.number).ok())
                .collect::<Vec<_>>()
                .into_datum()
        }
        pg_sys::TEXTOID => all.map(|t| t.slug.clone()).collect::<Vec<_>>().into_datum(),
        _ => return Err(Error::UnsupportedTenantType),
    };
    Ok(datum.unwrap_or(pg_sys::Datum::null()))
}
