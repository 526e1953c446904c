//! Making tables tenant-aware: protect, unprotect.

use std::ffi::CStr;

use pgrx::Spi;
use pgrx::prelude::*;

use crate::error::{Error, Result};
use crate::tenant::required;
use crate::{check, grant, guard, query, role, transaction};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

/// What must be known of a relation before it is protected.
struct Relation {
    oid: pg_sys::Oid,
    /// Quoted and qualified.
    name: String,
    kind: String,
    is_partition: bool,
    temporary: bool,
    system: bool,
    owned: bool,
    owner: pg_sys::Oid,
}

fn relation(oid: pg_sys::Oid) -> Result<Relation> {
    Spi::connect(|client| {
        let rows = client.select(
            "SELECT $1::pg_catalog.regclass::text, c.relkind::text, c.relispartition, c.relpersistence = 't',
                    n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'tenancy'),
                    pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE'), c.relowner
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE c.oid = $1",
            Some(1),
            &[oid.into()],
        )?;
        let Some(row) = rows.into_iter().next() else {
            return Err(Error::BadArgument {
                message: format!("no table has oid {}", oid.to_u32()),
                hint: "Name the table, as in tenancy.protect('schema.table').",
            });
        };
        Ok(Relation {
            oid,
            name: row.get(1)?.unwrap_or_default(),
            kind: row.get(2)?.unwrap_or_default(),
            is_partition: row.get(3)?.unwrap_or_default(),
            temporary: row.get(4)?.unwrap_or_default(),
            system: row.get(5)?.unwrap_or_default(),
            owned: row.get(6)?.unwrap_or_default(),
            owner: row.get(7)?.unwrap_or(pg_sys::InvalidOid),
        })
    })
}

impl Relation {
    /// Refuses what cannot carry row security, or must be protected through another table.
    fn require_protectable(&self) -> Result<()> {
        let wrong = |what: &str, hint: &str| {
            Err(Error::WrongObject {
                message: format!("{} {what}", self.name),
                hint: hint.to_owned(),
            })
        };
        match self.kind.as_str() {
            "r" | "p" => {}
            "v" => {
                return wrong(
                    "is a view",
                    "Protect the tables it reads and set security_invoker on the view.",
                );
            }
            "m" => {
                return wrong(
                    "is a materialized view",
                    "Keep its rows in a table with a tenant column instead.",
                );
            }
            "f" => {
                return wrong(
                    "is a foreign table",
                    "Protect the table where it lives; a foreign table has no row security.",
                );
            }
            _ => return wrong("is not a table", "Name a table."),
        }
        if self.is_partition {
            return wrong(
                "is a partition",
                "Protect its partitioned table; that covers every partition.",
            );
        }
        if self.temporary {
            return wrong(
                "is a temporary table",
                "Only permanent tables can be protected.",
            );
        }
        if self.system {
            return wrong(
                "belongs to the system or to pg_tenancy",
                "Name a table of your own.",
            );
        }
        if !self.owned {
            return Err(Error::NotOwner(format!("table {}", self.name)));
        }
        Ok(())
    }
}

/// Refuses a transaction that may not see what others have made since.
pub fn require_current_snapshot(what: &'static str) -> Result<()> {
    if transaction::keeps_snapshot() {
        Err(Error::OldSnapshot(what))
    } else {
        Ok(())
    }
}

fn run(sql: &str) -> Result<()> {
    Ok(Spi::run(sql)?)
}

fn texts(sql: &str, root: pg_sys::Oid) -> Result<Vec<String>> {
    query::column(sql, &[root.into()])
}

/// Puts row security and policies on every table under `root` that lacks them. Run again, it does nothing.
pub fn apply(root: pg_sys::Oid) -> Result<()> {
    query::run_each(&texts(include_str!("../sql/apply.sql"), root)?)
}

fn notice(message: String) {
    ereport!(
        PgLogLevel::NOTICE,
        PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
        message
    );
}

/// How a table is to be protected.
pub struct Columns {
    /// Says whose a row is.
    pub tenant: String,
    /// Says where inside its tenant.
    pub scope: Option<String>,
    /// Whether rows of the tenant `shared`, and rows of the empty scope under any floor, are read.
    pub shared: bool,
}

impl Columns {
    /// Refuses names that can be no such column's.
    fn check(&self) -> Result<()> {
        let scope = self.scope.as_deref();
        let own = |name: &str| {
            let system = ["", "ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"];
            !system.contains(&name)
        };
        if own(&self.tenant) && scope.is_none_or(own) && scope != Some(self.tenant.as_str()) {
            return Ok(());
        }
        Err(Error::BadArgument {
            message: "tenant_column and scope_column must be two columns of the table's own".into(),
            hint: "Pass the names of two columns, or leave scope_column out.",
        })
    }
}

/// Protects a table; the event trigger of a managed schema calls it too.
pub fn protect_table(table: pg_sys::Oid, columns: &Columns) -> Result<()> {
    columns.check()?;
    let table = relation(table)?;
    table.require_protectable()?;
    require_current_snapshot("tenancy.protect()")?;
    let _pause = guard::pause();
    run(&format!(
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        table.name
    ))?;
    let fresh = query::changes(
        "INSERT INTO tenancy.protected_table (relation, tenant_column, scope_column, shared)
         SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = $1)
         RETURNING true",
        &[
            table.oid.into(),
            columns.tenant.as_str().into(),
            columns.scope.as_deref().into(),
            columns.shared.into(),
        ],
    )?;
    if !fresh {
        return Err(Error::AlreadyProtected(table.name));
    }
    // Of another table, which had this one's oid.
    grant::end(table.oid)?;
    // NOT NULL is protect's to set, where no row stands against it. As the table's owner: constraints and indexes hold
    // code of the owner's, which these statements run, and which must not run as whoever calls this, or as the guard.
    for nullable in texts(include_str!("../sql/nullable_column.sql"), table.oid)? {
        let (kind, column) = nullable.split_once(' ').unwrap_or_default();
        role::as_owner(table.owner, || {
            refuse_rows_without(&table, kind, column)?;
            run(&format!(
                "ALTER TABLE {} ALTER COLUMN {column} SET NOT NULL",
                table.name
            ))
        })?;
    }
    check::require(&table.name, table.oid, |c| {
        c.kind() == check::Kind::Structure
    })?;
    apply(table.oid)?;
    check::require(&table.name, table.oid, |c| {
        c.kind() == check::Kind::State && !c.concerns("owner")
    })?;
    for relation in texts(include_str!("../sql/without_tenant_index.sql"), table.oid)? {
        notice(format!(
            "no index of {relation} begins with its tenant column; queries will scan all tenants' rows"
        ));
    }
    for parent in texts(include_str!("../sql/open_parents.sql"), table.oid)? {
        notice(format!(
            "{parent}, which {} refers to by tenant, is not protected; protect it next",
            table.name
        ));
    }
    Ok(())
}

fn refuse_rows_without(table: &Relation, kind: &str, column: &str) -> Result<()> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM {} WHERE {column} IS NULL)",
        table.name
    );
    if query::value(&sql, &[])? != Some(true) {
        return Ok(());
    }
    Err(Error::Leaks {
        table: table.name.clone(),
        findings: format!(
            "rows_without_{kind}: {} has rows whose {column} is NULL",
            table.name
        ),
        remedies: format!(
            "UPDATE {0} SET {column} = ... WHERE {column} IS NULL; -- or delete them",
            table.name
        ),
    })
}

/// Makes a table tenant-aware.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.protect(\"table\" regclass, tenant_column name DEFAULT 'tenant_id',
                                          scope_column name DEFAULT NULL, shared boolean DEFAULT false) RETURNS void
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           SET quote_all_identifiers = off SET standard_conforming_strings = on
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn protect(
    table: Option<pg_sys::Oid>,
    tenant_column: Option<&CStr>,
    scope_column: Option<&CStr>,
    shared: Option<bool>,
) -> Report<()> {
    let columns = Columns {
        tenant: text(required(tenant_column, "tenant_column")?),
        scope: scope_column.map(text),
        shared: required(shared, "shared")?,
    };
    Ok(protect_table(required(table, "table")?, &columns)?)
}

/// A name given as an argument.
pub fn text(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

/// Makes the policies of a protected table such that rows can be granted to other tenants; gives its scope column.
pub fn open_to_grants(table: pg_sys::Oid) -> Result<Option<String>> {
    let table = relation(table)?;
    if !table.owned {
        return Err(Error::NotOwner(format!("table {}", table.name)));
    }
    require_current_snapshot("tenancy.grant_read()")?;
    let granted = query::value(
        "SELECT p.granted FROM tenancy.protected_table p WHERE p.relation = $1",
        &[table.oid.into()],
    )?;
    match granted {
        Some(true) => return scope_column(&table),
        Some(false) => {}
        None => return Err(not_protected(&table)?),
    }
    let _pause = guard::pause();
    run(&format!(
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        table.name
    ))?;
    Spi::run_with_args(
        "UPDATE tenancy.protected_table SET granted = true WHERE relation = $1",
        &[table.oid.into()],
    )?;
    let policies = texts(
        "SELECT pg_catalog.format('DROP POLICY %I ON %s', o.polname, o.polrelid::pg_catalog.regclass)
           FROM pg_catalog.pg_policy o WHERE o.polrelid = $1 AND o.polname IN ('tenancy_select', 'tenancy_select_scope')",
        table.oid,
    )?;
    query::run_each(&policies)?;
    apply(table.oid)?;
    check::require(&table.name, table.oid, |c| {
        c.kind() == check::Kind::State && !c.concerns("owner")
    })?;
    scope_column(&table)
}

fn scope_column(table: &Relation) -> Result<Option<String>> {
    query::value(
        "SELECT p.scope_column::text FROM tenancy.protected_table p WHERE p.relation = $1",
        &[table.oid.into()],
    )
}

/// That a table is not protected, or only through another one.
fn not_protected(table: &Relation) -> Result<Error> {
    Ok(match root_above(table.oid)? {
        Some(root) => Error::WrongObject {
            message: format!("{} is protected through {root}", table.name),
            hint: format!("Name {root}, or detach {} from it first.", table.name),
        },
        None => Error::NotProtected(table.name.clone()),
    })
}

/// The protected table above a relation.
fn root_above(relation: pg_sys::Oid) -> Result<Option<String>> {
    query::value(
        "SELECT p.root::text FROM tenancy.protected_relation p WHERE p.relation = $1",
        &[relation.into()],
    )
}

/// Takes protection off a table.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.unprotect(\"table\" regclass) RETURNS void
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           SET quote_all_identifiers = off SET standard_conforming_strings = on
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn unprotect(table: Option<pg_sys::Oid>) -> Report<()> {
    let table = relation(required(table, "table")?)?;
    if !table.owned {
        return Err(Error::NotOwner(format!("table {}", table.name)).into());
    }
    require_current_snapshot("tenancy.unprotect()")?;
    let _pause = guard::pause();
    let statements = texts(include_str!("../sql/unapply.sql"), table.oid)?;
    let known = query::changes(
        "DELETE FROM tenancy.protected_table WHERE relation = $1 RETURNING relation",
        &[table.oid.into()],
    )?;
    if !known {
        return Err(not_protected(&table)?.into());
    }
    grant::end(table.oid)?;
    Ok(query::run_each(&statements)?)
}
