//! The context of this session: what `tenancy.session` holds, and whether it holds now.
//!
//! A context holds only in the transaction it was set in: its local transaction id must be the present one, in a
//! parallel worker that of the leader. So anything left behind in a pooled session is dead at the next transaction.
//! The first use in a transaction resolves the credential against the catalog; later uses only compare numbers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tenancy_core::context::{Binding, ContextView, CredentialKind};
use tenancy_core::seal;
use uuid::Uuid;

use crate::catalog::{self, Tenant};
use crate::error::{Error, Result};
use crate::{credential, guc, role, shared, transaction};

// ---------------------------------------------------------------------------------------------------------------
// Accepting a value of tenancy.session (called by the check hook: no catalog access, nothing that can raise)

/// An accepted value.
pub struct Accepted {
    /// The encoded context.
    pub context: Vec<u8>,
    /// The seal to keep instead of the value that was given.
    pub replacement: Option<String>,
}

thread_local! {
    /// The seal that `bind` is setting at this moment, with its context.
    static OWN: RefCell<Option<(String, Vec<u8>)>> = const { RefCell::new(None) };
}

/// Seals a context and sets it. The check hook need not verify what was sealed a moment ago, byte for byte.
pub fn set(context: Vec<u8>, whole_session: bool) -> Result<()> {
    let seal = shared::with_seal_key(|key| seal::seal(key, &context));
    OWN.set(Some((seal.clone(), context)));
    let outcome = guc::set_session(&seal, whole_session);
    OWN.take();
    outcome
}

/// The context of the seal that `bind` is setting, if the value is that seal. Taken once.
fn own_context(value: &str) -> Option<Vec<u8>> {
    let (seal, context) = OWN.take()?;
    (seal == value).then_some(context)
}

/// Verifies a value given for `tenancy.session`.
pub fn accept(value: &str) -> Result<Accepted> {
    let owner = transaction::owner().ok_or(Error::WrongSource)?;
    let (context, replacement) = if value.starts_with(seal::PREFIX) {
        let context = match own_context(value) {
            Some(context) => context,
            None => shared::with_seal_key(|key| seal::unseal(key, value))?,
        };
        let made = ContextView::parse(&context)?.binding();
        if !owner.admits(&made, transaction::in_worker()) {
            return Err(Error::ForeignSeal);
        }
        (context, None)
    } else if value.starts_with(tenancy_core::api_key::PREFIX) {
        return Err(Error::KeyInSetting);
    } else {
        let whole_session = guc::binding() == guc::Binding::Session;
        let context = credential::token(
            value,
            Binding {
                whole_session,
                ..owner
            },
        )?
        .encode()?;
        let seal = shared::with_seal_key(|key| seal::seal(key, &context));
        (context, Some(seal))
    };
    let view = ContextView::parse(&context)?;
    refuse_another(owner.lxid, view.tenant_ref())?;
    Ok(Accepted {
        context,
        replacement,
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
pub fn refuse_another(lxid: u32, reference: &str) -> Result<()> {
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
            transaction::forget_at_end();
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
    /// The transaction it was resolved in.
    pub lxid: Cell<u32>,
    generation: Cell<u64>,
    expires_at: Cell<i64>,
    calls: Cell<u32>,
    /// The bound tenant's id.
    pub tenant_id: Cell<[u8; 16]>,
    /// The bound tenant's number.
    pub number: Cell<i64>,
}

// SAFETY: a backend is single-threaded; nothing else ever runs the extension's code.
unsafe impl Sync for Present {}

static PRESENT: Present = Present {
    valid: Cell::new(false),
    lxid: Cell::new(0),
    generation: Cell::new(0),
    expires_at: Cell::new(0),
    calls: Cell::new(0),
    tenant_id: Cell::new([0; 16]),
    number: Cell::new(0),
};

thread_local! {
    static TENANT: RefCell<Option<Rc<Tenant>>> = const { RefCell::new(None) };
}

/// The bound tenant's slug. Call it with a context present.
pub fn slug() -> String {
    TENANT.with_borrow(|tenant| tenant.as_ref().map(|t| t.slug.clone()).unwrap_or_default())
}

/// Forgets what was resolved; the assign hook calls it whenever `tenancy.session` changes. Never fails.
pub fn forget() {
    PRESENT.valid.set(false);
}

/// How many calls of [`resolved`] go by between two looks at the clock.
const CLOCK_STRIDE: u32 = 1024;

/// The present context, if it has been resolved before and nothing has changed since. Touches nothing that can raise.
/// For code that runs for every row: the clock is looked at now and then only, as every run of a plan begins with
/// [`require_valid`], which always looks.
#[inline]
pub fn resolved() -> Option<&'static Present> {
    let calls = PRESENT.calls.get().wrapping_add(1);
    PRESENT.calls.set(calls);
    let present = unchanged()?;
    (!calls.is_multiple_of(CLOCK_STRIDE) || !expired()).then_some(present)
}

/// The present context, if it has been resolved in this transaction and no credential has changed since.
#[inline]
fn unchanged() -> Option<&'static Present> {
    (PRESENT.valid.get()
        && PRESENT.lxid.get() == transaction::lxid()
        && PRESENT.generation.get() == catalog::generation())
    .then_some(&PRESENT)
}

fn expired() -> bool {
    let at = PRESENT.expires_at.get();
    at != i64::MAX && catalog::now_unix_micros() >= at
}

/// The present context, resolved; `None` when no tenant is bound and `tenancy.unbound` is `empty`.
pub fn present() -> Result<Option<&'static Present>> {
    match unchanged() {
        Some(present) if !expired() => Ok(Some(present)),
        _ => resolve(),
    }
}

/// Whether `tenancy.session` holds a context in this transaction, resolved or not; for decisions that must not fail.
pub fn is_bound() -> bool {
    let lxid = transaction::lxid();
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
    let Some(owner) = transaction::owner() else {
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
            // A key whose tenant is gone is no key.
            Some(catalog::tenant(&key.tenant_id.to_string())?.ok_or(Error::UnknownKey)?)
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
    // Its leader was asked before a worker began.
    if !transaction::in_worker() && transaction::has_temporary_schema() {
        return Err(Error::TemporarySchema);
    }
    pin(owner.lxid, &tenant)?;

    PRESENT.tenant_id.set(*tenant.id.as_bytes());
    PRESENT.number.set(tenant.number);
    PRESENT.expires_at.set(expires_at);
    PRESENT.generation.set(generation);
    PRESENT.lxid.set(owner.lxid);
    TENANT.with_borrow_mut(|t| *t = Some(tenant));
    // An invalidation that came in while the rows were read leaves them for the next call to read anew.
    PRESENT.valid.set(catalog::generation() == generation);
    Ok(Some(&PRESENT))
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
