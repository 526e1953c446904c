//! Whose traces somebody may ask about as a whole: an auditor about any tenant's, a bound session about its own, if its
//! credential reads all of them.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::tenant::{required, tenant_by_reference};
use crate::{accessor, object, role, session};

/// Runs queries on the record and the log, which nobody else may read.
pub fn as_owner<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    role::as_owner(object::extension_owner().ok_or(Error::NotInstalled)?, run)
}

/// The tenant asked about, if all of its traces may be told; NULL is the bound one.
pub fn whole_tenant(tenant: Option<&str>) -> Result<Uuid> {
    if session::is_bound() {
        let own = own("trace:read")?;
        if tenant.is_some_and(|tenant| named(tenant) != Ok(own)) {
            return Err(Error::AnotherTenant);
        }
        return Ok(own);
    }
    let tenant = required(tenant, "tenant")?;
    if !role::has_role(c"tenancy_auditor") && !role::has_role(c"tenancy_admin") {
        return Err(Error::Unbound);
    }
    named(tenant)
}

/// The bound tenant, if its credential has a capability and no floor.
pub fn own(capability: &str) -> Result<Uuid> {
    let present = session::present()?.ok_or(Error::Unbound)?;
    accessor::require(present, capability)?;
    if !present.whole.get() {
        return Err(Error::PartOfTenant);
    }
    Ok(Uuid::from_bytes(present.tenant_id.get()))
}

/// A tenant by slug or id; by its id also one that was deleted.
pub fn named(tenant: &str) -> Result<Uuid> {
    match as_owner(|| tenant_by_reference(tenant)) {
        Ok(id) => Ok(Uuid::from_bytes(*id.as_bytes())),
        Err(Error::NoSuchTenant(_)) if Uuid::parse_str(tenant).is_ok() => {
            Ok(Uuid::parse_str(tenant).unwrap_or_default())
        }
        Err(error) => Err(error),
    }
}
