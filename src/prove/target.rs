//! What is probed: tables, and who does what there.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::rc::Rc;

use pgrx::prelude::*;
use serde::Deserialize;

use crate::catalog::Tenant;
use crate::error::{Error, Result};
use crate::{query, role, session};

/// A table that is probed.
#[derive(Debug, Deserialize)]
pub struct Target {
    /// As SQL names it.
    pub name: String,
    /// Whether it is a protected table itself, not one under it.
    pub is_root: bool,
    /// The tenant column, quoted.
    pub tenant: String,
    /// Its type.
    pub type_name: String,
    /// The other columns that are given to rows, quoted.
    pub columns: Vec<String>,
    /// What changes a row, or sets a column to what it holds where it can be read.
    pub assignment: Option<String>,
    /// Views over it that are read.
    pub views: Vec<String>,
    roles: BTreeMap<String, (u32, String, String)>,
}

/// A role of an application's.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its oid.
    pub oid: pg_sys::Oid,
    /// Its name.
    pub name: String,
    /// The setting that its sessions begin with.
    search_path: CString,
}

impl Role {
    /// Runs something as the role with a tenant bound.
    pub fn of<T>(&self, tenant: &Rc<Tenant>, run: impl FnOnce() -> Result<T>) -> Result<T> {
        session::pretend(tenant, || role::as_role(self.oid, &self.search_path, run))
    }
}

impl Target {
    /// The role that does something to the table; `whole` is reading all of its columns.
    pub fn role(&self, verb: &str) -> Option<Role> {
        let (oid, name, search_path) = self.roles.get(verb)?.clone();
        Some(Role {
            oid: pg_sys::Oid::from(oid),
            name,
            search_path: CString::new(search_path).ok()?,
        })
    }

    /// The role that does it with privileges on columns, in a statement that reads no other than that of the tenant.
    pub fn role_by_column(&self, verb: &str) -> Option<Role> {
        self.role(&format!("{verb} by column"))
    }

    /// Whether a role may do it at all, be it without reading.
    pub fn is_done(&self, verb: &str) -> bool {
        ["", " by column", " at all"]
            .iter()
            .any(|how| self.roles.contains_key(&format!("{verb}{how}")))
    }

    /// How a tenant is named in the tenant column.
    pub fn key(&self, tenant: &Tenant) -> String {
        match self.type_name.as_str() {
            "uuid" => tenant.id.to_string(),
            "text" => tenant.slug.clone(),
            _ => tenant.number.to_string(),
        }
    }

    /// The tenant that a query's parameter names.
    pub fn one(&self, parameter: &str) -> String {
        format!("(SELECT {parameter}::{})", self.type_name)
    }

    /// A statement that inserts a row of the tenant $1. The row is a copy of $2, a row of the table as text; without
    /// one, all other columns are NULL.
    pub fn insert(&self, copy: bool) -> String {
        let Self {
            name,
            tenant,
            type_name,
            columns,
            ..
        } = self;
        let names: String = columns.iter().map(|column| format!(", {column}")).collect();
        let (values, from): (String, _) = if copy {
            let values = columns.iter().map(|c| format!(", (o.r).{c}")).collect();
            (values, format!(" FROM (SELECT $2::{name} AS r OFFSET 0) o"))
        } else {
            (", NULL".repeat(columns.len()), String::new())
        };
        format!(
            "INSERT INTO {name} ({tenant}{names}) OVERRIDING SYSTEM VALUE SELECT $1::{type_name}{values}{from}"
        )
    }
}

/// All tables that are probed, of the protected ones given.
pub fn targets(tables: Option<&[pg_sys::Oid]>) -> Result<Vec<Target>> {
    json(include_str!("../../sql/prove/targets.sql"), tables)
}

/// Reads a query that gives JSON; its parameter is the protected tables.
pub fn json<T: for<'de> Deserialize<'de>>(sql: &str, tables: Option<&[pg_sys::Oid]>) -> Result<T> {
    let tables = tables.map(<[pg_sys::Oid]>::to_vec);
    let text: Option<String> = query::value(sql, &[tables.into()])?;
    serde_json::from_str(&text.unwrap_or_default()).map_err(|e| Error::Sql(e.to_string()))
}

/// Tenants drawn by a number, as many as asked for, and how many there are.
pub fn draw(count: i64, seed: i64) -> Result<(Vec<Rc<Tenant>>, i64)> {
    let mut tenants = Vec::new();
    query::each(
        query::Snapshot::Now,
        "SELECT t.tenant_id, t.slug, t.tenant_number FROM tenancy.tenant t WHERE t.tenant_number <> 0
          ORDER BY md5(concat(t.tenant_id, ' ', $2)), t.tenant_id LIMIT $1",
        &[count.into(), seed.into()],
        |row| {
            tenants.push(Rc::new(Tenant {
                id: crate::id::from_sql(row.get(1).ok_or(Error::NotInstalled)?),
                slug: row.get(2).unwrap_or_default(),
                number: row.get(3).unwrap_or_default(),
                active: true,
            }));
            Ok(())
        },
    )?;
    let known = query::value(
        "SELECT count(*) FROM tenancy.tenant t WHERE t.tenant_number <> 0",
        &[],
    )?;
    Ok((tenants, known.unwrap_or(0)))
}
