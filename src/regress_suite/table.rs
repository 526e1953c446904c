//! What a suite must know: the tables, a row that can be in each, and what each of the application's roles may do.

use pgrx::prelude::*;

use crate::error::Result;
use crate::query::{self, Snapshot};

/// A protected table, a partition or child of one.
pub struct Table {
    pub oid: pg_sys::Oid,
    /// Qualified and quoted.
    pub name: String,
    /// As Postgres says it in errors.
    pub bare_name: String,
    pub schema: String,
    /// Its tenant column, quoted.
    pub tenant: String,
    pub names_tenant: NamesTenant,
    /// Whether rows of the tenant `shared` are read.
    pub shared: bool,
    /// Whether the suite puts a row into it, by this name.
    pub makes_row: bool,
    /// Why there can be no row of the suite's; empty when there can.
    pub reason: String,
    /// Columns of that row beside the tenant's, and its values, each with a comma before it.
    pub columns: String,
    pub values: String,
    /// Whether one of the columns is an identity that takes a value only when it is told so.
    pub overriding: bool,
    /// Columns that have a default and can do without, and a NULL for each, each with a comma before it.
    pub defaults: String,
    pub nulls: String,
    /// Whether the row has a key that another tenant's can have as well.
    pub tries_key: bool,
    /// Triggers that run before a policy is asked.
    pub triggers: String,
    /// Whether restrictive policies of the user's own are asked, too: of what is written, and of what is read.
    pub own_checks: bool,
    pub own_filters: bool,
    /// Whether an insert fails before a policy is asked where it names the tenant alone.
    pub needs_whole_row: bool,
    /// The protected table that it belongs to, as `name`.
    pub root: String,
    tenant_name: String,
}

/// How a tenant column names a tenant.
#[derive(Clone, Copy)]
pub enum NamesTenant {
    Id,
    Slug,
    Number,
}

/// What a role may do with a table.
pub struct Rights {
    /// Whether it may use the table's schema.
    pub reaches: bool,
    pub reads: bool,
    pub reads_tenant: bool,
    pub inserts: bool,
    pub inserts_all: bool,
    pub updates: bool,
    pub deletes: bool,
    /// Whether it may use the sequences of all defaults.
    pub numbers: bool,
}

/// A role that the application logs in as, and its rights on each of the tables, in their order.
pub struct Role {
    pub name: String,
    pub rights: Vec<Rights>,
}

/// The tables of a schema, by name.
pub fn tables(schema: pg_sys::Oid) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    let sql = include_str!("../../sql/suite_tables.sql");
    query::each(Snapshot::Statement, sql, &[schema.into()], |row| {
        let text = |number| row.get::<String>(number).unwrap_or_default();
        let yes = |number| row.get::<bool>(number).unwrap_or_default();
        tables.push(Table {
            oid: row.get(1).unwrap_or(pg_sys::InvalidOid),
            name: text(2),
            bare_name: text(3),
            schema: text(4),
            tenant: text(5),
            names_tenant: match text(6).as_str() {
                "id" => NamesTenant::Id,
                "slug" => NamesTenant::Slug,
                _ => NamesTenant::Number,
            },
            shared: yes(7),
            makes_row: yes(8),
            reason: text(9),
            columns: text(10),
            values: text(11),
            overriding: yes(12),
            defaults: text(13),
            nulls: text(14),
            tries_key: yes(15),
            triggers: text(16),
            own_checks: yes(17),
            own_filters: yes(18),
            needs_whole_row: yes(19),
            tenant_name: text(20),
            root: text(21),
        });
        Ok(())
    })?;
    Ok(tables)
}

/// The roles that the application may log in as and that have a privilege on any of the tables, by name.
pub fn roles(tables: &[Table]) -> Result<Vec<Role>> {
    let mut roles: Vec<Role> = Vec::new();
    let oids: Vec<pg_sys::Oid> = tables.iter().map(|t| t.oid).collect();
    let columns: Vec<String> = tables.iter().map(|t| t.tenant_name.clone()).collect();
    let sql = include_str!("../../sql/suite_roles.sql");
    query::each(
        Snapshot::Statement,
        sql,
        &[oids.into(), columns.into()],
        |row| {
            let name = row.get::<String>(1).unwrap_or_default();
            if roles.last().is_none_or(|role| role.name != name) {
                roles.push(Role {
                    name,
                    rights: Vec::new(),
                });
            }
            let yes = |number| row.get::<bool>(number).unwrap_or_default();
            if let Some(role) = roles.last_mut() {
                role.rights.push(Rights {
                    reaches: yes(3),
                    reads: yes(4),
                    reads_tenant: yes(5),
                    inserts: yes(6),
                    inserts_all: yes(7),
                    updates: yes(8),
                    deletes: yes(9),
                    numbers: yes(10),
                });
            }
            Ok(())
        },
    )?;
    Ok(roles)
}
