//! Whose traces somebody may ask about or erase: an administrator any tenant's, and an auditor may ask; a bound session
//! its own, if its credential has the capability.

use std::ffi::CStr;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::tenant::{required, tenant_by_reference};
use crate::{accessor, id, role, session};

/// What somebody wants with a tenant's traces.
#[derive(Clone, Copy)]
pub enum Wish {
    Read,
    Forget,
}

impl Wish {
    fn capability(self) -> &'static str {
        match self {
            Self::Read => "trace:read",
            Self::Forget => "forget",
        }
    }

    /// The roles that may do it without being bound, to any tenant's.
    fn roles(self) -> &'static [&'static CStr] {
        match self {
            Self::Read => &[c"tenancy_auditor", c"tenancy_admin"],
            Self::Forget => &[c"tenancy_admin"],
        }
    }
}

/// Whose traces may be read or erased at all: the bound tenant's, or any when `None`. To be asked before anything is
/// looked up, as the answer tells what is there.
pub fn reach(wish: Wish) -> Result<Option<Uuid>> {
    if session::is_bound() {
        let present = session::present()?.ok_or(Error::Unbound)?;
        accessor::require(present, wish.capability())?;
        return Ok(Some(Uuid::from_bytes(present.tenant_id.get())));
    }
    if !wish.roles().iter().any(|name| role::has_role(name)) {
        return Err(Error::Unbound);
    }
    Ok(None)
}

/// The tenant asked about, if that may be done to all of its traces; NULL is the bound one.
pub fn whole_tenant(tenant: Option<&str>, wish: Wish) -> Result<Uuid> {
    let Some(own) = whole_reach(wish)? else {
        return named(required(tenant, "tenant")?);
    };
    if tenant.is_some_and(|tenant| named(tenant) != Ok(own)) {
        return Err(Error::AnotherTenant);
    }
    Ok(own)
}

/// As [`reach`], of who reaches the whole of a tenant.
pub fn whole_reach(wish: Wish) -> Result<Option<Uuid>> {
    let reach = reach(wish)?;
    if reach.is_some() && session::present()?.is_none_or(|present| !present.whole.get()) {
        return Err(Error::PartOfTenant);
    }
    Ok(reach)
}

/// A tenant by slug or id; by its id also one that was deleted.
pub fn named(tenant: &str) -> Result<Uuid> {
    match role::as_extension_owner(|| tenant_by_reference(tenant)) {
        Ok(id) => Ok(id::from_sql(id)),
        Err(Error::NoSuchTenant(_)) if Uuid::parse_str(tenant).is_ok() => {
            Ok(Uuid::parse_str(tenant).unwrap_or_default())
        }
        Err(error) => Err(error),
    }
}
