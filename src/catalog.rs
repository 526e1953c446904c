//! Tenants, keys, grants, budgets and protected tables, read and remembered.
//!
//! | file | concept |
//! |---|---|
//! | `rows` | reading rows of the extension's tables |
//! | `changes` | hearing of changes of them, after which nothing that is remembered holds |

mod changes;
mod rows;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::IntoDatum;
use pgrx::prelude::*;
use tenancy_core::budget::{Amount, Budget, Metric, Mode, Period};
use tenancy_core::rights::Rights;
use tenancy_core::stored_scope::StoredScope;
use uuid::Uuid;

pub use changes::generation;
pub use rows::has_rows;
use rows::{Lasting, Row, read, rows};

use crate::error::Result;
use crate::id;

/// A row of `tenancy.tenant`.
#[derive(Debug)]
pub struct Tenant {
    /// `tenant_id`
    pub id: Uuid,
    /// `slug`
    pub slug: String,
    /// `tenant_number`
    pub number: i64,
    /// Whether `status` is `active`.
    pub active: bool,
}

/// A row of `tenancy.api_key`.
#[derive(Debug)]
pub struct Key {
    /// `tenant_id`
    pub tenant_id: Uuid,
    /// `secret_digest`
    pub digest: Vec<u8>,
    /// `capabilities`, `scope_floor` and `expires_at`
    pub rights: Rights,
    /// `principal`
    pub principal: String,
    /// Whether `revoked_at` is set.
    pub revoked: bool,
    /// `parent_key_id`
    pub parent: Option<Uuid>,
}

/// A row of `tenancy.read_grant`.
#[derive(Debug)]
pub struct Grant {
    /// `grant_id`
    pub id: Uuid,
    /// `owner_id`
    pub owner: Uuid,
    /// `relation`
    pub table: pg_sys::Oid,
    /// `scope`, as jsonb stores it
    pub scope: Vec<u8>,
    /// `expires_at`, microseconds since the Unix epoch
    pub expires_at: Option<i64>,
}

/// A row of `tenancy.protected_table`.
#[derive(Debug, Clone, Copy)]
pub struct ProtectedTable {
    /// Whether `scope_column` is set.
    pub scoped: bool,
    /// `shared`
    pub shared: bool,
    /// `granted`
    pub granted: bool,
}

/// The columns of a protected table that decide whose a row is.
#[derive(Debug)]
pub struct ProtectedColumns {
    /// `tenant_column`
    pub tenant: String,
    /// `scope_column`
    pub scope: Option<String>,
}

/// A row of `tenancy.budget`.
#[derive(Debug, Clone, Copy)]
pub struct TenantBudget {
    /// `budget_id`
    pub id: Uuid,
    /// What it says.
    pub budget: Budget,
}

/// A row of `tenancy.budget_lease`.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// `period_start`, microseconds since the Unix epoch
    pub start: i64,
    /// `leased`, in the smallest unit
    pub leased: u64,
}

// Attribute numbers, in the order of sql/tables.sql.
mod tenant_column {
    pub const TENANT_ID: i16 = 1;
    pub const SLUG: i16 = 2;
    pub const TENANT_NUMBER: i16 = 3;
    pub const STATUS: i16 = 4;
}
mod key_column {
    pub const KEY_ID: i16 = 1;
    pub const TENANT_ID: i16 = 2;
    pub const SECRET_DIGEST: i16 = 3;
    pub const CAPABILITIES: i16 = 4;
    pub const SCOPE_FLOOR: i16 = 5;
    pub const PRINCIPAL: i16 = 6;
    pub const EXPIRES_AT: i16 = 7;
    pub const REVOKED_AT: i16 = 8;
    pub const PARENT_KEY_ID: i16 = 9;
}
mod grant_column {
    pub const GRANT_ID: i16 = 1;
    pub const OWNER_ID: i16 = 2;
    pub const GRANTEE_ID: i16 = 3;
    pub const RELATION: i16 = 4;
    pub const SCOPE: i16 = 5;
    pub const EXPIRES_AT: i16 = 6;
    pub const REVOKED_AT: i16 = 7;
}
mod budget_column {
    pub const TENANT_ID: i16 = 1;
    pub const METRIC: i16 = 2;
    pub const PERIOD: i16 = 3;
    pub const MODE: i16 = 4;
    pub const AMOUNT: i16 = 5;
    pub const BUDGET_ID: i16 = 6;
}
mod lease_column {
    pub const BUDGET_ID: i16 = 1;
    pub const PERIOD_START: i16 = 2;
    pub const LEASED: i16 = 3;
}
mod table_column {
    pub const RELATION: i16 = 1;
    pub const TENANT_COLUMN: i16 = 2;
    pub const SCOPE_COLUMN: i16 = 3;
    pub const SHARED: i16 = 4;
    pub const GRANTED: i16 = 5;
}

/// Most entries remembered of each kind; past it, all are dropped, so memory stays bounded with any number of tenants.
const REMEMBERED: usize = 4096;

#[derive(Default)]
struct Memory {
    generation: u64,
    tenants: HashMap<String, Rc<Tenant>>,
    keys: HashMap<Uuid, Rc<Key>>,
    tables: HashMap<pg_sys::Oid, Rc<ProtectedColumns>>,
    budgets: HashMap<Uuid, Rc<Vec<TenantBudget>>>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

fn remember<R>(f: impl FnOnce(&mut Memory) -> R) -> R {
    changes::listen();
    let now = generation();
    MEMORY.with_borrow_mut(|memory| {
        if memory.generation != now {
            memory.tenants.clear();
            memory.keys.clear();
            memory.tables.clear();
            memory.budgets.clear();
            memory.generation = now;
        }
        if memory.tenants.len() >= REMEMBERED {
            memory.tenants.clear();
        }
        if memory.keys.len() >= REMEMBERED {
            memory.keys.clear();
        }
        if memory.budgets.len() >= REMEMBERED {
            memory.budgets.clear();
        }
        if memory.tables.len() >= REMEMBERED {
            memory.tables.clear();
        }
        f(memory)
    })
}

/// What is remembered, or else read and then remembered, unless it may already have become untrue: a row of this very
/// transaction, which may roll back, or one read before a change that was announced meanwhile.
fn known_or_read<T>(
    known: impl FnOnce(&Memory) -> Option<Rc<T>>,
    read: impl FnOnce() -> Result<Option<(T, Lasting)>>,
    keep: impl FnOnce(&mut Memory, Rc<T>),
) -> Result<Option<Rc<T>>> {
    if let Some(known) = remember(|m| known(m)) {
        return Ok(Some(known));
    }
    let before = generation();
    let Some((value, lasting)) = read()? else {
        return Ok(None);
    };
    let value = Rc::new(value);
    if lasting {
        remember(|m| {
            if m.generation == before {
                keep(m, Rc::clone(&value));
            }
        });
    }
    Ok(Some(value))
}

/// The tenant that a credential names, by id or by slug; `None` when there is none.
pub fn tenant(reference: &str) -> Result<Option<Rc<Tenant>>> {
    known_or_read(
        |m| m.tenants.get(reference).cloned(),
        || read_tenant(reference),
        |m, tenant| {
            m.tenants.insert(reference.to_owned(), tenant);
        },
    )
}

/// The key of that id, remembered or read; `None` when there is none.
pub fn key(id: Uuid) -> Result<Option<Rc<Key>>> {
    known_or_read(
        |m| m.keys.get(&id).cloned(),
        || read_key(id),
        |m, key| {
            m.keys.insert(id, key);
        },
    )
}

/// The key of that id, always read anew.
pub fn key_uncached(id: Uuid) -> Result<Option<Key>> {
    Ok(read_key(id)?.map(|(key, _)| key))
}

fn read_key(id: Uuid) -> Result<Option<(Key, Lasting)>> {
    use key_column::*;
    read(
        c"api_key",
        c"api_key_pkey",
        KEY_ID,
        pg_sys::F_UUID_EQ,
        uuid_datum(&id),
        |row| {
            Some(Key {
                tenant_id: row.uuid(TENANT_ID)?,
                digest: row.get(SECRET_DIGEST)?,
                // A key whose row says what cannot be is no key.
                rights: Rights {
                    floor: StoredScope::check(&row.stored(SCOPE_FLOOR)?)
                        .and_then(StoredScope::to_scope)
                        .ok()?,
                    capabilities: row.capabilities(CAPABILITIES)?,
                    expires_at: row.timestamp(EXPIRES_AT),
                },
                principal: row.get(PRINCIPAL).unwrap_or_default(),
                revoked: !row.is_null(REVOKED_AT),
                parent: row.uuid(PARENT_KEY_ID),
            })
        },
    )
}

/// The grants to a tenant that were not revoked, and whether all of them were made by transactions that have committed.
pub fn grants(grantee: Uuid) -> Result<(Vec<Grant>, Lasting)> {
    use grant_column::*;
    let rows = rows(
        c"read_grant",
        c"read_grant_grantee_id_idx",
        GRANTEE_ID,
        pg_sys::F_UUID_EQ,
        uuid_datum(&grantee),
        |row| {
            row.is_null(REVOKED_AT).then_some(())?;
            Some(Grant {
                id: row.uuid(GRANT_ID)?,
                owner: row.uuid(OWNER_ID)?,
                table: row.get(RELATION)?,
                scope: row.stored(SCOPE)?,
                expires_at: row.timestamp(EXPIRES_AT),
            })
        },
    )?;
    let lasting = rows.iter().all(|(_, lasting)| *lasting);
    Ok((rows.into_iter().map(|(grant, _)| grant).collect(), lasting))
}

/// The budgets of a tenant, remembered or read.
pub fn budgets(tenant: Uuid) -> Result<Rc<Vec<TenantBudget>>> {
    let found = known_or_read(
        |m| m.budgets.get(&tenant).cloned(),
        || read_budgets(tenant).map(Some),
        |m, budgets| {
            m.budgets.insert(tenant, budgets);
        },
    )?;
    Ok(found.unwrap_or_default())
}

fn read_budgets(tenant: Uuid) -> Result<(Vec<TenantBudget>, Lasting)> {
    use budget_column::*;
    let rows = rows(
        c"budget",
        c"budget_pkey",
        TENANT_ID,
        pg_sys::F_UUID_EQ,
        uuid_datum(&tenant),
        |row| {
            Some(TenantBudget {
                id: row.uuid(BUDGET_ID)?,
                budget: Budget {
                    metric: Metric::parse(&row.get::<String>(METRIC)?)?,
                    period: Period::parse(&row.get::<String>(PERIOD)?)?,
                    mode: Mode::parse(&row.get::<String>(MODE)?)?,
                    limit: Amount::from_units(u64::try_from(row.get::<i64>(AMOUNT)?).ok()?),
                },
            })
        },
    )?;
    let lasting = rows.iter().all(|(_, lasting)| *lasting);
    let budgets = rows.into_iter().map(|(budget, _)| budget).collect();
    Ok((budgets, lasting))
}

/// What is leased of a budget, in all periods that are written down.
pub fn leases(budget: Uuid) -> Result<Vec<Lease>> {
    use lease_column::*;
    let rows = rows(
        c"budget_lease",
        c"budget_lease_pkey",
        BUDGET_ID,
        pg_sys::F_UUID_EQ,
        uuid_datum(&budget),
        |row| {
            Some(Lease {
                start: row.timestamp(PERIOD_START)?,
                leased: u64::try_from(row.get::<i64>(LEASED)?).ok()?,
            })
        },
    )?;
    Ok(rows.into_iter().map(|(lease, _)| lease).collect())
}

/// What is known of a protected table; `None` when it is none.
pub fn protected_table(table: pg_sys::Oid) -> Result<Option<(ProtectedTable, Lasting)>> {
    use table_column::{GRANTED, SCOPE_COLUMN, SHARED};
    read_table(table, |row| {
        Some(ProtectedTable {
            scoped: !row.is_null(SCOPE_COLUMN),
            shared: row.get(SHARED)?,
            granted: row.get(GRANTED)?,
        })
    })
}

/// The columns of a protected table, remembered or read; `None` when it is none.
pub fn protected_columns(table: pg_sys::Oid) -> Result<Option<Rc<ProtectedColumns>>> {
    use table_column::{SCOPE_COLUMN, TENANT_COLUMN};
    known_or_read(
        |m| m.tables.get(&table).cloned(),
        || {
            read_table(table, |row| {
                Some(ProtectedColumns {
                    tenant: row.name(TENANT_COLUMN)?,
                    scope: row.name(SCOPE_COLUMN),
                })
            })
        },
        |m, columns| {
            m.tables.insert(table, columns);
        },
    )
}

fn read_table<T>(
    table: pg_sys::Oid,
    build: impl FnMut(&Row) -> Option<T>,
) -> Result<Option<(T, Lasting)>> {
    read(
        c"protected_table",
        c"protected_table_pkey",
        table_column::RELATION,
        pg_sys::F_OIDEQ,
        table.into_datum(),
        build,
    )
}

fn read_tenant(reference: &str) -> Result<Option<(Tenant, Lasting)>> {
    use tenant_column::*;
    // Slugs never look like a uuid other than their own tenant's, so the order cannot confuse two tenants.
    let (index, column, equal, value) = match Uuid::parse_str(reference) {
        Ok(id) => (
            c"tenant_pkey",
            TENANT_ID,
            pg_sys::F_UUID_EQ,
            uuid_datum(&id),
        ),
        Err(_) => (
            c"tenant_slug_key",
            SLUG,
            pg_sys::F_TEXTEQ,
            reference.into_datum(),
        ),
    };
    read(c"tenant", index, column, equal, value, |row| {
        Some(Tenant {
            id: row.uuid(TENANT_ID)?,
            slug: row.get(SLUG)?,
            number: row.get(TENANT_NUMBER)?,
            active: row.get::<String>(STATUS)? == "active",
        })
    })
}

fn uuid_datum(id: &Uuid) -> Option<pg_sys::Datum> {
    id::to_sql(*id).into_datum()
}
