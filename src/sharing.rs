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
use crate::frame;
use crate::session::{self, Present};

/// A tenant whose rows are read.
struct Source {
    tenant: Rc<Tenant>,
    /// Of the grants in force; empty for the tenant itself and for `shared`.
    scopes: Vec<Vec<u8>>,
}

/// Whose rows of one table the bound tenant reads.
struct Reach {
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
    let now = catalog::now_unix_micros();
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
            "table": catalog::relation_name(grant.table),
            "scope": scope.map(|scope| scope.pairs().map(|(k, v)| (k.to_owned(), v.into())).collect::<serde_json::Map<_, _>>()),
            "expires_at": grant.expires_at.map(|at| rfc3339(at).map_or(Value::from(at), Value::from)),
        }));
    }
    Ok(all.into())
}

/// Whose rows of a table the bound tenant reads.
fn reach(present: &Present, table: pg_sys::Oid) -> Result<Rc<Reach>> {
    if let Some(known) = MEMORY.with_borrow(|memory| memory.tables.get(&table).cloned()) {
        return Ok(known);
    }
    let own = catalog::tenant(&Uuid::from_bytes(present.tenant_id.get()).to_string())?
        .ok_or(Error::UnknownKey)?;
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
enum Name<'a> {
    Id([u8; 16]),
    Number(i64),
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

    fn reads(&self, floor: StoredScope<'_>, name: &Name<'_>, row: StoredScope<'_>) -> bool {
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

version_1!(tenancy_readable_tenants, pg_finfo_tenancy_readable_tenants);
version_1!(tenancy_row_visible, pg_finfo_tenancy_row_visible);

/// What a call site of `readable_tenants` remembers, if its table is a constant.
#[derive(Clone, Copy)]
struct Tenants {
    epoch: u64,
    result: pg_sys::Datum,
}

/// `tenancy.readable_tenants("table" regclass) RETURNS uuid[]` and `readable_tenants_as("table" regclass, anyelement)
/// RETURNS anyarray`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_readable_tenants(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame; sites of this function remember Tenants.
    unsafe {
        if let Some(present) = session::resolved()
            && let Some(site) = frame::remembered::<Tenants>(fcinfo)
            && site.epoch == present.epoch.get()
        {
            return site.result;
        }
        find_tenants(fcinfo)
    }
}

#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn find_tenants(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let (present, table) = match asked(fcinfo) {
            Ok(Some(asked)) => asked,
            Ok(None) => return frame::null(fcinfo),
            Err(error) => return frame::raise(fcinfo, error),
        };
        let wanted = if (*fcinfo).nargs > 1 {
            frame::argument_type(fcinfo, 1)
        } else {
            pg_sys::UUIDOID
        };
        let lasting = frame::is_constant(fcinfo, 0);
        let given = if lasting {
            frame::in_site_memory(fcinfo, || tenants(present, table, wanted))
        } else {
            tenants(present, table, wanted)
        };
        match given {
            Ok(result) if lasting => {
                let epoch = present.epoch.get();
                frame::remember(fcinfo, Tenants { epoch, result });
                result
            }
            Ok(result) => result,
            Err(error) => frame::raise(fcinfo, error),
        }
    }
}

/// The present context and the table that is asked about; `None` when no tenant is bound or the table is NULL.
unsafe fn asked(
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<(&'static Present, pg_sys::Oid)>> {
    // SAFETY: Postgres's own frame, of a function whose first argument is a regclass.
    let table = unsafe { frame::argument(fcinfo, 0) };
    let table = table.and_then(|table| u32::try_from(table.value()).ok());
    Ok(session::present()?.zip(table.map(pg_sys::Oid::from)))
}

fn tenants(present: &Present, table: pg_sys::Oid, wanted: pg_sys::Oid) -> Result<pg_sys::Datum> {
    require(present, "read")?;
    let reach = reach(present, table)?;
    if !reach.table.scoped && !reach.table.shared && !present.whole.get() {
        return Err(Error::Unreached);
    }
    let all = reach.sources().map(|source| &source.tenant);
    let datum = match wanted {
        pg_sys::UUIDOID => all
            .map(|t| pgrx::Uuid::from_bytes(*t.id.as_bytes()))
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

/// What a call site of `row_visible` remembers, if its table is a constant. While the context is the same, MEMORY keeps
/// what `reach` points to.
#[derive(Clone, Copy)]
struct Rows {
    epoch: u64,
    /// The tenant column's type.
    kind: pg_sys::Oid,
    reach: *const Reach,
}

/// `tenancy.row_visible("table" regclass, tenant anyelement [, scope tenancy.scope]) RETURNS boolean`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_row_visible(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame; sites of this function remember Rows.
    unsafe {
        if let Some(present) = session::resolved()
            && let Some(site) = frame::remembered::<Rows>(fcinfo)
            && site.epoch == present.epoch.get()
            && let Some(visible) = visible(fcinfo, present, site, |v| frame::in_place(v))
        {
            return pg_sys::Datum::from(visible);
        }
        find_reach(fcinfo)
    }
}

/// The first call of a site under a context, NULL, and values that are compressed or stored elsewhere.
#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn find_reach(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let found = asked(fcinfo).and_then(|asked| match asked {
            Some((present, table)) => Ok(Some((present, reach(present, table)?))),
            None => Ok(None),
        });
        let (present, reach) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return frame::null(fcinfo),
            Err(error) => return frame::raise(fcinfo, error),
        };
        let site = Rows {
            epoch: present.epoch.get(),
            kind: frame::argument_type(fcinfo, 1),
            reach: Rc::as_ptr(&reach),
        };
        if frame::is_constant(fcinfo, 0) {
            frame::remember(fcinfo, site);
        }
        match visible(fcinfo, present, &site, |value| Some(frame::bytes(value))) {
            Some(visible) => pg_sys::Datum::from(visible),
            None => frame::null(fcinfo),
        }
    }
}

/// Whether the row is read; `None` when an argument is NULL, or `bytes` cannot give what it holds.
#[inline]
unsafe fn visible<'a>(
    fcinfo: pg_sys::FunctionCallInfo,
    present: &Present,
    site: &Rows,
    bytes: impl Fn(pg_sys::Datum) -> Option<&'a [u8]>,
) -> Option<bool> {
    // SAFETY: Postgres's own frame, whose second argument is of the site's kind; the site is of the present context.
    unsafe {
        let tenant = frame::argument(fcinfo, 1)?;
        let name = match site.kind {
            pg_sys::UUIDOID => Name::Id(*tenant.cast_mut_ptr::<[u8; 16]>()),
            pg_sys::INT8OID => Name::Number(tenant.value() as i64),
            pg_sys::INT4OID => Name::Number(i64::from(tenant.value() as i32)),
            pg_sys::TEXTOID => Name::Slug(bytes(tenant)?),
            _ => return Some(false),
        };
        let row = if (*fcinfo).nargs > 2 {
            StoredScope::trusted(bytes(frame::argument(fcinfo, 2)?)?)
        } else {
            Some(StoredScope::EMPTY)
        };
        let reach = &*site.reach;
        let visible =
            row.and_then(|row| present.with_floor(|floor| reach.reads(floor, &name, row)));
        Some(visible.unwrap_or(false))
    }
}

extension_sql!(
    r#"
CREATE FUNCTION tenancy.readable_tenants("table" regclass) RETURNS uuid[]
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_readable_tenants';
CREATE FUNCTION tenancy.readable_tenants_as("table" regclass, anyelement) RETURNS anyarray
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_readable_tenants';
CREATE FUNCTION tenancy.row_visible("table" regclass, tenant anyelement) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'tenancy_row_visible';
CREATE FUNCTION tenancy.row_visible("table" regclass, tenant anyelement, scope tenancy.scope) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'tenancy_row_visible';
"#,
    name = "sharing",
    requires = ["tables"]
);
