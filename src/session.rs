//! The context of this session: what `tenancy.session` holds, and whether it holds now.
//!
//! A context holds only in the transaction it was set in: its local transaction id must be the present one, in a
//! parallel worker that of the leader. So anything left behind in a pooled session is dead at the next transaction.
//! The first use in a transaction resolves the credential against the catalog; later uses only compare numbers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tenancy_core::capability::Capabilities;
use tenancy_core::context::{Binding, ContextView, CredentialKind};
use tenancy_core::rights::Wider;
use tenancy_core::scope::Scope;
use tenancy_core::seal;
use tenancy_core::stored_scope::{Floor, StoredScope};
use uuid::Uuid;

use crate::catalog::{self, Tenant};
use crate::error::{Error, Result};
use crate::{credential, denial, guc, role, shared, sharing, time, transaction};

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
    if pretending() {
        return Err(Error::AnotherTenant);
    }
    refuse_another(owner.lxid, view.tenant_ref())?;
    Ok(Accepted {
        context,
        replacement,
    })
}

// ---------------------------------------------------------------------------------------------------------------
// Set once: the first tenant of a transaction stays its only one, and what its context may do only ever narrows,
// savepoints notwithstanding

#[derive(Default)]
struct Pin {
    lxid: u32,
    tenant: Option<Rc<Tenant>>,
    /// Canonical text.
    floor: String,
    capabilities: Capabilities,
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

/// Makes a tenant this transaction's only one, and its context the widest from here on; whether that narrows what was
/// before.
fn pin(lxid: u32, tenant: &Rc<Tenant>, view: ContextView<'_>, floor: &Scope) -> Result<bool> {
    PIN.with_borrow_mut(|pin| {
        if let Some(first) = &pin.tenant
            && pin.lxid == lxid
        {
            if first.id != tenant.id {
                return Err(Error::AnotherTenant);
            }
            let added = view.capabilities().without(pin.capabilities);
            if let Some(name) = added.names().first() {
                return Err(Error::Widened(Wider::Capability(name)));
            }
            let same = pin.floor == view.floor_json();
            if !same && !Scope::parse(&pin.floor).is_ok_and(|pinned| pinned.covers(floor)) {
                return Err(Error::Widened(Wider::Floor));
            }
            if same && pin.capabilities == view.capabilities() {
                return Ok(false);
            }
        }
        transaction::forget_at_end();
        let narrows = pin.tenant.is_some() && pin.lxid == lxid;
        *pin = Pin {
            lxid,
            tenant: Some(Rc::clone(tenant)),
            floor: view.floor_json().to_owned(),
            capabilities: view.capabilities(),
        };
        Ok(narrows)
    })
}

// ---------------------------------------------------------------------------------------------------------------
// The present context

/// What the hot path compares and gives.
pub struct Present {
    valid: Cell<bool>,
    /// Counts the contexts that were resolved: another number, another context.
    pub epoch: Cell<u64>,
    lxid: Cell<u32>,
    generation: Cell<u64>,
    /// When it must be resolved anew: the credential, or a grant, has expired.
    until: Cell<i64>,
    calls: Cell<u32>,
    /// The bound tenant's id.
    pub tenant_id: Cell<[u8; 16]>,
    /// The bound tenant's number.
    pub number: Cell<i64>,
    /// What may be done.
    pub capabilities: Cell<Capabilities>,
    /// Whether the floor is the whole tenant.
    pub whole: Cell<bool>,
    /// Where it may be done.
    floor: RefCell<Floor>,
    /// How often the context was narrowed, or taken back, in that transaction.
    narrowed: Cell<u32>,
}

impl Present {
    /// Hands the floor to `f`. Nothing in `f` may raise.
    #[inline]
    pub fn with_floor<R>(&self, f: impl FnOnce(StoredScope<'_>) -> R) -> Option<R> {
        StoredScope::trusted(self.floor.borrow().bytes()).map(f)
    }

    /// Whether the floor covers a scope.
    #[inline]
    pub fn reaches(&self, scope: StoredScope<'_>) -> bool {
        self.floor.borrow().covers(scope)
    }

    /// The floor, as jsonb stores it.
    pub fn floor(&self) -> Vec<u8> {
        self.floor.borrow().bytes().to_vec()
    }

    /// The credentials' generation that it was resolved under.
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// The transaction it was resolved in.
    pub fn lxid(&self) -> u32 {
        self.lxid.get()
    }

    /// Has it resolved anew at that time, in microseconds since the Unix epoch, if not before.
    pub fn recheck_at(&self, at: i64) {
        self.until.set(self.until.get().min(at));
    }
}

// SAFETY: a backend is single-threaded; nothing else ever runs the extension's code.
unsafe impl Sync for Present {}

static PRESENT: Present = Present {
    valid: Cell::new(false),
    epoch: Cell::new(0),
    lxid: Cell::new(0),
    generation: Cell::new(0),
    until: Cell::new(0),
    calls: Cell::new(0),
    tenant_id: Cell::new([0; 16]),
    number: Cell::new(0),
    capabilities: Cell::new(Capabilities::NONE),
    whole: Cell::new(false),
    floor: RefCell::new(Floor::EMPTY),
    narrowed: Cell::new(0),
};

thread_local! {
    static TENANT: RefCell<Option<Rc<Tenant>>> = const { RefCell::new(None) };
}

/// The bound tenant's slug. Call it with a context present.
pub fn slug() -> String {
    TENANT.with_borrow(|tenant| tenant.as_ref().map(|t| t.slug.clone()).unwrap_or_default())
}

/// The bound tenant. Call it with a context present.
pub fn tenant() -> Option<Rc<Tenant>> {
    TENANT.with_borrow(Clone::clone)
}

/// Forgets what was resolved; the assign hook calls it whenever `tenancy.session` changes, and says whether it still holds
/// anything. Never fails.
pub fn forget(holds: bool) {
    PRESENT.valid.set(false);
    if !holds && narrowable() {
        narrow();
    }
}

/// Whether a context was resolved in this transaction.
fn narrowable() -> bool {
    PRESENT.lxid.get() == transaction::lxid()
}

fn narrow() {
    PRESENT
        .narrowed
        .set(PRESENT.narrowed.get().saturating_add(1));
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
    (!calls.is_multiple_of(CLOCK_STRIDE) || !due()).then_some(present)
}

/// The present context, if it has been resolved in this transaction and no credential has changed since.
#[inline]
fn unchanged() -> Option<&'static Present> {
    (PRESENT.valid.get()
        && PRESENT.lxid.get() == transaction::lxid()
        && PRESENT.generation.get() == catalog::generation())
    .then_some(&PRESENT)
}

fn due() -> bool {
    let at = PRESENT.until.get();
    at != i64::MAX && time::now_unix_micros() >= at
}

/// The present context, resolved; `None` when no tenant is bound and `tenancy.unbound` is `empty`.
pub fn present() -> Result<Option<&'static Present>> {
    match unchanged() {
        Some(present) if !due() => Ok(Some(present)),
        _ => resolve(),
    }
}

/// The present context of a credential.
pub fn bound() -> Result<&'static Present> {
    if pretending() {
        return Err(Error::Unbound);
    }
    present()?.ok_or(Error::Unbound)
}

/// How often the context was narrowed, or taken back, in this transaction.
#[inline]
pub fn narrowed() -> u32 {
    if narrowable() {
        PRESENT.narrowed.get()
    } else {
        0
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

/// What the context that is held says of who acts; for records of denials.
pub struct Claimed {
    /// The bound tenant, as far as it is known without asking.
    pub tenant_id: Option<Uuid>,
    /// The principal.
    pub principal: String,
    /// The key.
    pub key_id: Option<Uuid>,
    /// The floor, a JSON text.
    pub floor: String,
}

/// The context that is held in this transaction, whether or not its credential is still good. Reads no catalog and raises
/// nothing.
pub fn claimed() -> Option<Claimed> {
    if !is_bound() {
        return None;
    }
    guc::with_session_bytes(|bytes| {
        let view = bytes.and_then(ContextView::trusted)?;
        let pinned = PIN.try_with(|pin| {
            let pin = pin.try_borrow().ok()?;
            (pin.lxid == transaction::lxid())
                .then(|| pin.tenant.as_ref().map(|tenant| tenant.id))
                .flatten()
        });
        Some(Claimed {
            tenant_id: pinned.ok().flatten().or(view.tenant_id()),
            principal: view.principal().to_owned(),
            key_id: view.key_id(),
            floor: view.floor_json().to_owned(),
        })
    })
}

// ---------------------------------------------------------------------------------------------------------------
// A proof's context

thread_local! {
    static PRETENDED: RefCell<Option<Rc<Tenant>>> = const { RefCell::new(None) };
}

/// What the transaction knew of its contexts before. Ends when it is dropped, also when an error unwinds.
struct Pretence {
    lxid: u32,
    narrowed: u32,
}

impl Drop for Pretence {
    fn drop(&mut self) {
        PRETENDED.take();
        PRESENT.valid.set(false);
        PRESENT.lxid.set(self.lxid);
        PRESENT.narrowed.set(self.narrowed);
    }
}

/// Runs something as if the whole tenant were bound, for [`crate::prove`] alone: the readers say so, while
/// `tenancy.session` holds nothing. No SQL leads here, but by a function that only auditors may call, in a session that has
/// no tenant; and what runs meanwhile runs as an application's role. What lasts, such as spending, takes a credential, and
/// there is none.
pub fn pretend<T>(tenant: &Rc<Tenant>, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let _ending = Pretence {
        lxid: PRESENT.lxid.get(),
        narrowed: PRESENT.narrowed.get(),
    };
    PRETENDED.set(Some(Rc::clone(tenant)));
    PRESENT.valid.set(false);
    run()
}

/// Whether a proof is at its statements.
pub fn pretending() -> bool {
    // Also asked where an error is made, whatever is going on.
    PRETENDED.with(|tenant| tenant.try_borrow().is_ok_and(|tenant| tenant.is_some()))
}

fn pretended(tenant: Rc<Tenant>) -> Result<Option<&'static Present>> {
    let generation = catalog::generation();
    PRESENT.epoch.set(PRESENT.epoch.get().wrapping_add(1));
    PRESENT.tenant_id.set(*tenant.id.as_bytes());
    PRESENT.number.set(tenant.number);
    PRESENT.capabilities.set(
        Capabilities::READ
            .union(Capabilities::WRITE)
            .union(Capabilities::TRACE_READ),
    );
    PRESENT.whole.set(true);
    PRESENT.floor.replace(Floor::from(&Scope::default()));
    PRESENT.generation.set(generation);
    PRESENT.lxid.set(transaction::lxid());
    PRESENT.until.set(i64::MAX);
    sharing::renew(&PRESENT, time::now_unix_micros(), false)?;
    TENANT.with_borrow_mut(|t| *t = Some(tenant));
    PRESENT.valid.set(catalog::generation() == generation);
    Ok(Some(&PRESENT))
}

#[cold]
fn resolve() -> Result<Option<&'static Present>> {
    PRESENT.valid.set(false);
    if let Some(tenant) = PRETENDED.with_borrow(Clone::clone) {
        return pretended(tenant);
    }
    denial::used();
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
    let now = time::now_unix_micros();
    let mut expires_at = view.expires_at().unwrap_or(i64::MAX);
    let tenant = match view.kind() {
        CredentialKind::ApiKey => {
            let line = credential::line(view.key_id().ok_or(Error::UnknownKey)?)?;
            expires_at = expires_at.min(line.expires_at);
            // A key whose tenant is gone is no key.
            Some(catalog::tenant(&line.tenant_id.to_string())?.ok_or(Error::UnknownKey)?)
        }
        CredentialKind::Jwt => credential::tenant_of_token(view.tenant_ref())?,
    };
    let tenant = tenant.ok_or_else(|| Error::TokenOfNobody(view.tenant_ref().to_owned()))?;
    if let Some(key_id) = view.on_behalf_of_key() {
        let line = credential::line(key_id)?;
        expires_at = expires_at.min(line.expires_at);
        if line.tenant_id != tenant.id {
            return Err(Error::UnknownKey);
        }
    }
    if now >= expires_at {
        return Err(Error::Expired);
    }
    if !tenant.active {
        return Err(Error::Suspended(tenant.slug.clone()));
    }
    if tenant.id.is_nil() && !role::administrator_session() {
        return Err(Error::SharedTenant);
    }
    role::refuse_exempt_session()?;
    // Its leader was asked before a worker began.
    if !transaction::in_worker() && transaction::has_temporary_schema() {
        return Err(Error::TemporarySchema);
    }
    let floor = match view.floor_json() {
        "{}" => Scope::default(),
        text => Scope::parse(text).map_err(Error::Scopes)?,
    };
    let narrows = pin(owner.lxid, &tenant, view, &floor)?;

    PRESENT.epoch.set(PRESENT.epoch.get().wrapping_add(1));
    PRESENT.tenant_id.set(*tenant.id.as_bytes());
    PRESENT.number.set(tenant.number);
    PRESENT.capabilities.set(view.capabilities());
    PRESENT.whole.set(floor.is_empty());
    PRESENT.floor.replace(Floor::from(&floor));
    PRESENT.generation.set(generation);
    let same_transaction = PRESENT.lxid.replace(owner.lxid) == owner.lxid;
    if !same_transaction {
        PRESENT.narrowed.set(0);
    } else if narrows {
        narrow();
    }
    PRESENT.until.set(expires_at);
    let ended = sharing::renew(&PRESENT, now, same_transaction);
    // What could not be found out counts as ended.
    if *ended.as_ref().unwrap_or(&true) {
        narrow();
    }
    ended?;
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
