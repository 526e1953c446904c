//! The context of this session: what `tenancy.session` holds, and whether it holds now.
//!
//! A context holds only in the transaction it was set in: its local transaction id must be the present one, in a
//! parallel worker that of the leader. So anything left behind in a pooled session is dead at the next transaction.
//! The first use in a transaction resolves the credential against the catalog; later uses only compare numbers.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::rc::Rc;

use pgrx::IntoDatum;
use pgrx::prelude::*;
use tenancy_core::capability::Capabilities;
use tenancy_core::context::{Binding, ContextView, CredentialKind, RunContext};
use tenancy_core::scope::Scope;
use tenancy_core::seal;
use uuid::Uuid;

use crate::catalog::{self, Tenant};
use crate::error::{Error, Result};
use crate::{guc, jwks, role, shared};

/// Who runs this transaction: this backend, or for a parallel worker its leader.
fn owner() -> Option<Binding> {
    // SAFETY: MyProc is set once at backend start and valid to its end. A worker's leader outlives the worker's
    // transaction, and cannot leave its own while the worker runs.
    unsafe {
        let proc = owner_proc();
        if proc.is_null() {
            return None;
        }
        #[cfg(any(feature = "pg15", feature = "pg16"))]
        let (proc_number, lxid) = ((*proc).backendId, (*proc).lxid);
        #[cfg(any(feature = "pg17", feature = "pg18"))]
        let (proc_number, lxid) = ((*proc).vxid.procNumber, (*proc).vxid.lxid);
        if lxid == 0 {
            return None;
        }
        Some(Binding {
            proc_number,
            pid: (*proc).pid,
            lxid,
            database: pg_sys::MyDatabaseId.to_u32(),
            whole_session: false,
        })
    }
}

#[inline]
fn owner_proc() -> *mut pg_sys::PGPROC {
    // SAFETY: as in `owner`.
    unsafe {
        let me = pg_sys::MyProc;
        if in_worker() && !me.is_null() {
            (*me).lockGroupLeader
        } else {
            me
        }
    }
}

#[inline]
fn in_worker() -> bool {
    // SAFETY: plain static variables of this process.
    unsafe { pg_sys::ParallelWorkerNumber >= 0 || pg_sys::InitializingParallelWorker }
}

/// The local transaction id a context must have been set under; 0 outside a transaction.
#[inline]
fn owner_lxid() -> u32 {
    let proc = owner_proc();
    if proc.is_null() {
        return 0;
    }
    // SAFETY: as in `owner`.
    unsafe {
        #[cfg(any(feature = "pg15", feature = "pg16"))]
        {
            (*proc).lxid
        }
        #[cfg(any(feature = "pg17", feature = "pg18"))]
        {
            (*proc).vxid.lxid
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Accepting a value of tenancy.session (called by the check hook: no catalog access, nothing that can raise)

/// An accepted value.
pub struct Accepted {
    /// The encoded context.
    pub context: Vec<u8>,
    /// The seal to keep instead of the value that was given.
    pub replacement: Option<String>,
}

/// Verifies a value given for `tenancy.session`.
pub fn accept(value: &str) -> Result<Accepted> {
    let owner = owner().ok_or(Error::WrongSource)?;
    let (context, replacement) = if value.starts_with(seal::PREFIX) {
        let context = seal::unseal(&shared::seal_key(), value)?;
        let made = ContextView::parse(&context)?.binding();
        let same_backend = Binding {
            lxid: made.lxid,
            whole_session: made.whole_session,
            ..owner
        } == made;
        // A worker takes over whatever its leader has; a stale seal holds in neither.
        let same_transaction = made.whole_session || in_worker() || made.lxid == owner.lxid;
        if !same_backend || !same_transaction {
            return Err(Error::ForeignSeal);
        }
        (context, None)
    } else if value.starts_with(tenancy_core::api_key::PREFIX) {
        return Err(Error::KeyInSetting);
    } else {
        let whole_session = guc::binding() == guc::Binding::Session;
        let context = token_context(
            value,
            Binding {
                whole_session,
                ..owner
            },
        )?
        .encode()?;
        let seal = seal::seal(&shared::seal_key(), &context);
        (context, Some(seal))
    };
    let view = ContextView::parse(&context)?;
    refuse_another(owner.lxid, view.tenant_ref())?;
    Ok(Accepted {
        context,
        replacement,
    })
}

/// What a token says, as a context bound to `owner`.
fn token_context(token: &str, owner: Binding) -> Result<RunContext> {
    let now = u64::try_from(catalog::now_unix_micros() / 1_000_000).unwrap_or(0);
    if token.split('.').count() != 3 {
        return Err(Error::Unrecognized);
    }
    let identity = jwks::verify(token, now)?;
    // The leeway that verification gives, the accessors give too.
    let leeway = i64::try_from(guc::jwt_policy().leeway_seconds)
        .unwrap_or(0)
        .saturating_mul(1_000_000);
    Ok(RunContext {
        binding: owner,
        kind: CredentialKind::Jwt,
        tenant_ref: identity.tenant_ref.clone(),
        tenant_id: None,
        key_id: None,
        capabilities: identity.capabilities,
        expires_at: Some(identity.expires_at.saturating_add(leeway)),
        principal: identity.user_id.clone(),
        user_id: identity.user_id.clone(),
        correlation_id: identity.correlation_id.clone(),
        issuer: identity.issuer.clone(),
        floor: identity.floor.clone(),
        roles: identity.roles.clone(),
        claims: identity.claims.clone(),
        metadata: serde_json::Map::new(),
    })
}

// ---------------------------------------------------------------------------------------------------------------
// Set once: the first tenant of a transaction stays its only one, savepoints notwithstanding

#[derive(Default)]
struct Pin {
    lxid: u32,
    tenant: Option<Rc<Tenant>>,
}

thread_local! {
    static PIN: RefCell<Pin> = RefCell::default();
}

/// Refuses a reference to another tenant than this transaction's. The tenant is pinned when its context is first
/// resolved, and no statement runs under a context that is not (`require_valid`).
fn refuse_another(lxid: u32, reference: &str) -> Result<()> {
    PIN.with_borrow(|pin| match &pin.tenant {
        Some(first)
            if pin.lxid == lxid
                && first.slug != reference
                && Uuid::parse_str(reference) != Ok(first.id) =>
        {
            Err(Error::AnotherTenant)
        }
        _ => Ok(()),
    })
}

/// Makes a tenant this transaction's only one.
fn pin(lxid: u32, tenant: &Rc<Tenant>) -> Result<()> {
    PIN.with_borrow_mut(|pin| match &pin.tenant {
        Some(first) if pin.lxid == lxid && first.id != tenant.id => Err(Error::AnotherTenant),
        _ => {
            *pin = Pin {
                lxid,
                tenant: Some(Rc::clone(tenant)),
            };
            Ok(())
        }
    })
}

// ---------------------------------------------------------------------------------------------------------------
// The present context

/// What the hot path compares and gives.
pub struct Present {
    valid: Cell<bool>,
    lxid: Cell<u32>,
    generation: Cell<u64>,
    expires_at: Cell<i64>,
    /// The bound tenant's id; its address is stable, so a Datum may point at it.
    pub tenant_id: UnsafeCell<[u8; 16]>,
    /// The bound tenant's number.
    pub number: Cell<i64>,
    /// Bits of [`Capabilities`] of the credential.
    pub capabilities: Cell<u32>,
}

// SAFETY: a backend is single-threaded; nothing else ever runs the extension's code.
unsafe impl Sync for Present {}

static PRESENT: Present = Present {
    valid: Cell::new(false),
    lxid: Cell::new(0),
    generation: Cell::new(0),
    expires_at: Cell::new(0),
    tenant_id: UnsafeCell::new([0; 16]),
    number: Cell::new(0),
    capabilities: Cell::new(0),
};

thread_local! {
    static TENANT: RefCell<Option<Rc<Tenant>>> = const { RefCell::new(None) };
    static SLUG: Cell<pg_sys::Datum> = const { Cell::new(pg_sys::Datum::null()) };
}

/// The bound tenant's slug as a text Datum that lives as long as the transaction. Call it with a context present.
pub fn slug_datum() -> pg_sys::Datum {
    SLUG.get()
}

/// Forgets what was resolved; the assign hook calls it whenever `tenancy.session` changes. Never fails.
pub fn forget() {
    PRESENT.valid.set(false);
}

/// The present context, resolved; `None` when no tenant is bound and `tenancy.unbound` is `empty`.
#[inline]
pub fn present() -> Result<Option<&'static Present>> {
    if PRESENT.valid.get()
        && PRESENT.lxid.get() == owner_lxid()
        && PRESENT.generation.get() == catalog::generation()
        && (PRESENT.expires_at.get() == i64::MAX
            || catalog::now_unix_micros() < PRESENT.expires_at.get())
    {
        return Ok(Some(&PRESENT));
    }
    resolve()
}

/// Whether `tenancy.session` holds a context in this transaction, resolved or not; for decisions that must not fail.
pub fn is_bound() -> bool {
    let lxid = owner_lxid();
    lxid != 0
        && guc::with_session_bytes(|bytes| {
            bytes
                .and_then(ContextView::trusted)
                .is_some_and(|v| holds(v, lxid))
        })
}

/// Refuses to go on when a context is held whose credential has been revoked, suspended or has expired meanwhile.
pub fn require_valid() -> Result<()> {
    if is_bound() {
        present().map(|_| ())
    } else {
        Ok(())
    }
}

/// Whether a context that was accepted before is one of this transaction.
fn holds(view: ContextView<'_>, lxid: u32) -> bool {
    let made = view.binding();
    if made.whole_session {
        guc::binding() == guc::Binding::Session
    } else {
        made.lxid == lxid
    }
}

#[cold]
fn resolve() -> Result<Option<&'static Present>> {
    PRESENT.valid.set(false);
    let unbound = || match guc::unbound() {
        guc::Unbound::Error => Err(Error::Unbound),
        guc::Unbound::Empty => Ok(None),
    };
    let Some(owner) = owner() else {
        return unbound();
    };
    // Copied out, as reading the catalog below may run anything that sets the setting anew.
    let bytes = guc::with_session_bytes(|b| b.map(<[u8]>::to_vec));
    let Some(view) = bytes.as_deref().and_then(ContextView::trusted) else {
        return unbound();
    };
    if !holds(view, owner.lxid) {
        return unbound();
    }
    // Read before the rows: what changes meanwhile makes the next call resolve again.
    let generation = catalog::generation();
    let now = catalog::now_unix_micros();
    let mut expires_at = view.expires_at().unwrap_or(i64::MAX);
    let tenant = match view.kind() {
        CredentialKind::ApiKey => {
            let key = view
                .key_id()
                .map(catalog::key)
                .transpose()?
                .flatten()
                .ok_or(Error::UnknownKey)?;
            if key.revoked {
                return Err(Error::RevokedKey);
            }
            expires_at = expires_at.min(key.expires_at.unwrap_or(i64::MAX));
            catalog::tenant(&key.tenant_id.to_string())?
        }
        CredentialKind::Jwt => catalog::tenant(view.tenant_ref())?,
    };
    if now >= expires_at {
        return Err(Error::Expired);
    }
    let tenant = tenant.ok_or_else(|| Error::NoSuchTenant(view.tenant_ref().to_owned()))?;
    if !tenant.active {
        return Err(Error::Suspended(tenant.slug.clone()));
    }
    role::refuse_exempt_session()?;
    pin(owner.lxid, &tenant)?;

    // SAFETY: single-threaded; readers hold no reference across this call, only Datums that point at the bytes, and
    // within one transaction the bytes never change (the tenant is pinned).
    unsafe { *PRESENT.tenant_id.get() = *tenant.id.as_bytes() };
    PRESENT.number.set(tenant.number);
    SLUG.set(text_of_transaction(&tenant.slug));
    PRESENT.capabilities.set(view.capabilities().bits());
    PRESENT.expires_at.set(expires_at);
    PRESENT.generation.set(generation);
    PRESENT.lxid.set(owner.lxid);
    TENANT.with_borrow_mut(|t| *t = Some(tenant));
    PRESENT.valid.set(true);
    Ok(Some(&PRESENT))
}

/// A text Datum in memory of the top transaction: a context never outlives it unresolved.
fn text_of_transaction(text: &str) -> pg_sys::Datum {
    // SAFETY: TopTransactionContext is live, as a transaction is in progress.
    unsafe {
        let before = pg_sys::MemoryContextSwitchTo(pg_sys::TopTransactionContext);
        let datum = text.into_datum().unwrap_or(pg_sys::Datum::null());
        pg_sys::MemoryContextSwitchTo(before);
        datum
    }
}

/// Hands the present context and its tenant to `f`; `None` as for [`present`].
pub fn with_context<R>(f: impl FnOnce(ContextView<'_>, &Tenant) -> R) -> Result<Option<R>> {
    if present()?.is_none() {
        return Ok(None);
    }
    TENANT.with_borrow(|tenant| {
        guc::with_session_bytes(|bytes| {
            let view = bytes.and_then(ContextView::trusted);
            Ok(view
                .zip(tenant.as_deref())
                .map(|(view, tenant)| f(view, tenant)))
        })
    })
}

// ---------------------------------------------------------------------------------------------------------------
// bind and unbind

/// What the caller of `bind` adds to the credential.
#[derive(Default)]
pub struct Addition {
    /// The acting user, for keys.
    pub user_id: Option<String>,
    /// The user's roles, for keys.
    pub roles: Vec<String>,
    /// Claims about the user, for keys.
    pub claims: std::collections::BTreeMap<String, serde_json::Value>,
    /// Ties what happens to a request.
    pub correlation_id: Option<String>,
    /// Anything else worth keeping with it.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// Verifies a credential and binds its tenant to this transaction; gives the tenant's id.
pub fn bind(credential: &str, addition: Addition) -> Result<Uuid> {
    role::refuse_exempt_session()?;
    role::refuse_exempt_current()?;
    // SAFETY: reads a field of this backend's own PGPROC.
    if unsafe { (*pg_sys::MyProc).tempNamespaceId } != pg_sys::InvalidOid {
        return Err(Error::TemporarySchema);
    }
    let mut owner = owner().ok_or(Error::Unbound)?;
    owner.whole_session = guc::binding() == guc::Binding::Session;
    let mut run = if credential.starts_with(tenancy_core::api_key::PREFIX) {
        key_context(credential, owner)?
    } else {
        let run = token_context(credential, owner)?;
        if addition.user_id.is_some() || !addition.roles.is_empty() || !addition.claims.is_empty() {
            return Err(Error::BadContext(
                "user_id, roles and claims come from the token".into(),
            ));
        }
        run
    };
    if let Some(user_id) = addition.user_id {
        run.user_id = user_id;
    }
    if !addition.roles.is_empty() {
        run.roles = addition.roles;
    }
    if !addition.claims.is_empty() {
        run.claims = addition.claims;
    }
    if let Some(correlation_id) = addition.correlation_id {
        run.correlation_id = correlation_id;
    }
    run.metadata = addition.metadata;
    let whole_session = owner.whole_session;
    refuse_another(owner.lxid, &run.tenant_ref)?;
    let seal = seal::seal(&shared::seal_key(), &run.encode()?);
    guc::set_session(&seal, whole_session)?;
    present()?;
    TENANT
        .with_borrow(|t| t.as_ref().map(|t| t.id))
        .ok_or(Error::Unbound)
}

/// What an API key says, as a context bound to `owner`.
fn key_context(text: &str, owner: Binding) -> Result<RunContext> {
    let given = tenancy_core::api_key::ApiKey::parse(text)?;
    let known = catalog::key(given.key_id)?;
    let key = match known {
        Some(key) if given.matches(&key.digest) => key,
        _ => {
            // One more read and comparison, whether the key is unknown or the secret wrong: both take the same time.
            let read = catalog::key_uncached(given.key_id)?;
            given.matches(&read.map_or_else(|| vec![0; 32], |key| key.digest));
            return Err(Error::UnknownKey);
        }
    };
    if key.revoked {
        return Err(Error::RevokedKey);
    }
    let capabilities = Capabilities::parse_names(key.capabilities.iter().map(String::as_str))?;
    Ok(RunContext {
        binding: owner,
        kind: CredentialKind::ApiKey,
        tenant_ref: key.tenant_id.to_string(),
        tenant_id: Some(key.tenant_id),
        key_id: Some(given.key_id),
        capabilities,
        expires_at: key.expires_at,
        principal: key.principal.clone(),
        user_id: String::new(),
        correlation_id: String::new(),
        issuer: String::new(),
        floor: Scope::parse(&key.floor).map_err(|e| Error::BadContext(e.to_string()))?,
        roles: Vec::new(),
        claims: std::collections::BTreeMap::new(),
        metadata: serde_json::Map::new(),
    })
}

/// Takes the context back, for the rest of the transaction.
pub fn unbind() -> Result<()> {
    guc::set_session("", guc::binding() == guc::Binding::Session)
}
