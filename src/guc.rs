//! Settings, and the three hooks of `tenancy.session`.
//!
//! The check hook verifies a value once and keeps what it says as `extra`; the assign hook only swaps that pointer.
//! Hence `SET LOCAL`, `ROLLBACK`, savepoints, functions' `SET` clauses and parallel workers follow from Postgres's own
//! handling of settings. A verified token is replaced by a seal, so that no token stays in memory as a value and a
//! parallel worker gets exactly what its leader had.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::prelude::*;

use crate::error::Error;
use crate::{denial, session};

/// Value of `tenancy.unbound`.
#[derive(Copy, Clone, PartialEq, Eq, PostgresGucEnum)]
pub enum Unbound {
    /// The accessors raise 42501.
    #[name = c"error"]
    Error,
    /// The accessors give NULL, so policies show no row.
    #[name = c"empty"]
    Empty,
}

/// Value of `tenancy.binding`.
#[derive(Copy, Clone, PartialEq, Eq, PostgresGucEnum)]
pub enum Binding {
    /// A context ends with its transaction.
    #[name = c"transaction"]
    Transaction,
    /// A context may outlive its transaction, until unbind or the end of the session.
    #[name = c"session"]
    Session,
}

/// Value of `tenancy.guard`.
#[derive(Copy, Clone, PartialEq, Eq, PostgresGucEnum)]
pub enum Guard {
    /// Weakening statements are refused.
    #[name = c"enforce"]
    Enforce,
    /// Weakening statements are only warned about.
    #[name = c"warn"]
    Warn,
    /// The guard is off.
    #[name = c"off"]
    Off,
}

type Text = GucSetting<Option<CString>>;

static SESSION: Text = Text::new(None);
static UNBOUND: GucSetting<Unbound> = GucSetting::<Unbound>::new(Unbound::Error);
static BINDING: GucSetting<Binding> = GucSetting::<Binding>::new(Binding::Transaction);
static GUARD: GucSetting<Guard> = GucSetting::<Guard>::new(Guard::Enforce);
static RECALL_BOUND: GucSetting<f64> = GucSetting::<f64>::new(2.0);
static RECORD_DENIALS: GucSetting<bool> = GucSetting::<bool>::new(true);
static TRACE_RECALL: GucSetting<bool> = GucSetting::<bool>::new(false);
static SEAL_KEY_FILE: Text = Text::new(None);
static JWKS_FILE: Text = Text::new(None);
static JWT_ISSUER: Text = Text::new(None);
static JWT_AUDIENCE: Text = Text::new(None);
static JWT_LEEWAY: GucSetting<i32> = GucSetting::<i32>::new(30);
static JWT_TENANT_CLAIM: Text = Text::new(Some(c"tenant_id"));
static JWT_USER_CLAIM: Text = Text::new(Some(c"sub"));
static JWT_ROLES_CLAIM: Text = Text::new(Some(c"roles"));
static JWT_CAPABILITIES_CLAIM: Text = Text::new(Some(c"tenancy_capabilities"));
static JWT_SCOPE_CLAIM: Text = Text::new(Some(c"tenancy_scope"));
static JWT_CORRELATION_CLAIM: Text = Text::new(Some(c"correlation_id"));
static JWT_ACTOR_CLAIM: Text = Text::new(Some(c"/act/sub"));
static JWT_METADATA_CLAIM: Text = Text::new(Some(c"tenancy_metadata"));

/// What the accessors do when no tenant is bound.
pub fn unbound() -> Unbound {
    UNBOUND.get()
}

/// How long a context holds.
pub fn binding() -> Binding {
    BINDING.get()
}

/// Whether weakening statements are refused.
pub fn guard() -> Guard {
    GUARD.get()
}

fn text(setting: &Text) -> String {
    setting
        .get()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// How many standard deviations of its estimate the bound of a distance lies below it.
pub fn recall_bound() -> f32 {
    RECALL_BOUND.get() as f32
}

/// Path of the key set file; empty when none.
pub fn jwks_file() -> String {
    text(&JWKS_FILE)
}

/// Path of the file with the keys that sign checkpoints; empty when none.
pub fn seal_key_file() -> String {
    text(&SEAL_KEY_FILE)
}

/// Whether denials are recorded.
pub fn record_denials() -> bool {
    RECORD_DENIALS.get()
}

/// Whether recall() leaves a trace.
pub fn trace_recall() -> bool {
    TRACE_RECALL.get()
}

/// Clock difference allowed to tokens, in seconds.
pub fn jwt_leeway() -> u64 {
    u64::try_from(JWT_LEEWAY.get()).unwrap_or(0)
}

/// How tokens are judged.
pub fn jwt_policy() -> tenancy_core::jwt::JwtPolicy {
    tenancy_core::jwt::JwtPolicy {
        issuer: text(&JWT_ISSUER),
        audience: text(&JWT_AUDIENCE),
        leeway_seconds: jwt_leeway(),
        tenant_claim: text(&JWT_TENANT_CLAIM),
        user_claim: text(&JWT_USER_CLAIM),
        roles_claim: text(&JWT_ROLES_CLAIM),
        capabilities_claim: text(&JWT_CAPABILITIES_CLAIM),
        scope_claim: text(&JWT_SCOPE_CLAIM),
        correlation_claim: text(&JWT_CORRELATION_CLAIM),
        actor_claim: text(&JWT_ACTOR_CLAIM),
        metadata_claim: text(&JWT_METADATA_CLAIM),
    }
}

/// Defines every setting; to be called once, from `_PG_init`.
pub fn init() {
    // SAFETY: the hooks below never unwind and never raise.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            c"tenancy.session",
            c"The tenant context of this transaction: a token, or a seal made by tenancy.bind().",
            c"Its value is verified when set and shown redacted. It holds until the end of the transaction.",
            &SESSION,
            GucContext::Userset,
            GucFlags::NO_SHOW_ALL | GucFlags::DISALLOW_IN_FILE,
            Some(check_session),
            Some(assign_session),
            Some(show_session),
        );
    }
    GucRegistry::define_enum_guc(
        c"tenancy.unbound",
        c"What the accessors do when no tenant is bound: raise an error, or give NULL.",
        c"",
        &UNBOUND,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"tenancy.binding",
        c"Whether a bound tenant holds for the transaction or for the session.",
        c"For batch roles only: ALTER ROLE batch SET tenancy.binding = 'session'.",
        &BINDING,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"tenancy.guard",
        c"Whether statements that weaken a protected table are refused, warned about or let through.",
        c"",
        &GUARD,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_float_guc(
        c"tenancy.recall_bound",
        c"How sure a tenant_vector index is to find the nearest rows.",
        c"Standard deviations between the estimate of a row's distance and the bound by which it is fetched. More fetch more rows and miss fewer; 6 miss none in practice.",
        &RECALL_BOUND,
        0.0,
        100.0,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"tenancy.jwt_leeway",
        c"Clock difference allowed between the issuer of tokens and this server.",
        c"",
        &JWT_LEEWAY,
        0,
        300,
        GucContext::Sighup,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_bool_guc(
        c"tenancy.record_denials",
        c"Whether what is refused is recorded in tenancy.decision_trace.",
        c"Refused credentials, violations of policies, exhausted budgets; so many a second at most.",
        &RECORD_DENIALS,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"tenancy.trace_recall",
        c"Whether each call of tenancy.recall() is recorded in tenancy.decision_trace.",
        c"A call that cannot be recorded, in a read-only transaction, is refused then.",
        &TRACE_RECALL,
        GucContext::Suset,
        GucFlags::default(),
    );
    let texts: [(&'static CStr, &'static CStr, &'static Text); 12] = [
        (
            c"tenancy.seal_key_file",
            c"File with the keys that sign checkpoints of the traces.",
            &SEAL_KEY_FILE,
        ),
        (
            c"tenancy.jwks_file",
            c"File with the JSON Web Key Set of the trusted issuer.",
            &JWKS_FILE,
        ),
        (
            c"tenancy.jwt_issuer",
            c"The issuer (iss) that tokens must name.",
            &JWT_ISSUER,
        ),
        (
            c"tenancy.jwt_audience",
            c"The audience (aud) that tokens must name.",
            &JWT_AUDIENCE,
        ),
        (
            c"tenancy.jwt_tenant_claim",
            c"Claim, or JSON pointer, that names the tenant.",
            &JWT_TENANT_CLAIM,
        ),
        (
            c"tenancy.jwt_user_claim",
            c"Claim, or JSON pointer, that names the user.",
            &JWT_USER_CLAIM,
        ),
        (
            c"tenancy.jwt_roles_claim",
            c"Claim, or JSON pointer, that lists the user's roles.",
            &JWT_ROLES_CLAIM,
        ),
        (
            c"tenancy.jwt_capabilities_claim",
            c"Claim, or JSON pointer, that lists the capabilities; absent means read and write.",
            &JWT_CAPABILITIES_CLAIM,
        ),
        (
            c"tenancy.jwt_scope_claim",
            c"Claim, or JSON pointer, that holds the scope floor.",
            &JWT_SCOPE_CLAIM,
        ),
        (
            c"tenancy.jwt_correlation_claim",
            c"Claim, or JSON pointer, that holds the correlation id.",
            &JWT_CORRELATION_CLAIM,
        ),
        (
            c"tenancy.jwt_actor_claim",
            c"Claim, or JSON pointer, that names who acts on behalf of the user.",
            &JWT_ACTOR_CLAIM,
        ),
        (
            c"tenancy.jwt_metadata_claim",
            c"Claim, or JSON pointer, that holds metadata, an object.",
            &JWT_METADATA_CLAIM,
        ),
    ];
    for (name, description, setting) in texts {
        // Who may read the path learns nothing secret, but only superusers need it.
        GucRegistry::define_string_guc(
            name,
            description,
            c"",
            setting,
            GucContext::Sighup,
            GucFlags::SUPERUSER_ONLY,
        );
    }
    // SAFETY: a static string; afterwards no unknown tenancy.* setting can be made up.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"tenancy".as_ptr()) };
}

/// Length-prefixed bytes of a verified context, as they lie in the `extra` of `tenancy.session`.
#[repr(C)]
struct Extra {
    len: usize,
    bytes: [u8; 0],
}

/// The live extra. Not thread-local: see `catalog`'s HEARD.
static EXTRA: AtomicPtr<Extra> = AtomicPtr::new(std::ptr::null_mut());

/// Hands the bytes of the context that `tenancy.session` holds to `f`; `None` when it is unset. Whether that context
/// still holds is [`session`]'s to say.
pub fn with_session_bytes<R>(f: impl FnOnce(Option<&[u8]>) -> R) -> R {
    let extra = EXTRA.load(Ordering::Relaxed);
    if extra.is_null() {
        return f(None);
    }
    // SAFETY: the assign hook keeps EXTRA equal to the live extra, which the check hook filled with `len` bytes and
    // which Postgres frees only after assigning another.
    let bytes = unsafe {
        let len = (*extra).len;
        std::slice::from_raw_parts((&raw const (*extra).bytes).cast::<u8>(), len)
    };
    f(Some(bytes))
}

/// Sets `tenancy.session` to a seal (or to nothing), for this transaction or, with session binding, for the session.
pub fn set_session(value: &str, whole_session: bool) -> crate::error::Result<()> {
    let value = CString::new(value).map_err(|_| Error::UnknownKey)?;
    let action = if whole_session {
        pg_sys::GucAction::GUC_ACTION_SET
    } else {
        pg_sys::GucAction::GUC_ACTION_LOCAL
    };
    // SAFETY: both strings are NUL-terminated and copied by the callee; errors are raised through the guard.
    unsafe {
        pg_sys::set_config_option(
            c"tenancy.session".as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            action,
            true,
            0,
            false,
        );
    }
    Ok(())
}

fn refuse(error: &Error) {
    denial::note(error);
    // SAFETY: GUC_check_err* are what a check hook reports through; the strings live in ErrorContext, as
    // format_elog_string's do, so they outlive the hook and are reset with the error.
    unsafe {
        let keep = |s: String| {
            let s = CString::new(s).unwrap_or_default();
            pg_sys::MemoryContextStrdup(pg_sys::ErrorContext, s.as_ptr())
        };
        pg_sys::GUC_check_errcode(error.code() as c_int);
        pg_sys::GUC_check_errmsg_string = keep(error.message());
        pg_sys::GUC_check_errhint_string = error.hint().map_or(std::ptr::null_mut(), keep);
    }
}

/// Memory that Postgres frees as a setting's value or extra.
unsafe fn guc_alloc(size: usize) -> *mut c_void {
    // SAFETY: on failure both return NULL and, for guc_malloc at LOG, log it.
    unsafe {
        #[cfg(feature = "pg15")]
        {
            malloc(size)
        }
        #[cfg(not(feature = "pg15"))]
        {
            pg_sys::guc_malloc(PgLogLevel::LOG as c_int, size)
        }
    }
}

unsafe fn guc_release(pointer: *mut c_void) {
    // SAFETY: the pointer came from the allocator that Postgres uses for settings of this version.
    unsafe {
        #[cfg(feature = "pg15")]
        {
            free(pointer)
        }
        #[cfg(not(feature = "pg15"))]
        {
            pg_sys::guc_free(pointer)
        }
    }
}

#[cfg(feature = "pg15")]
unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
}

unsafe extern "C-unwind" fn check_session(
    newval: *mut *mut c_char,
    extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    denial::used();
    // SAFETY: Postgres passes valid pointers; *newval is NULL or a string of the setting's allocator.
    unsafe {
        if (*newval).is_null() || **newval == 0 {
            return true;
        }
        if source != pg_sys::GucSource::PGC_S_SESSION {
            refuse(&Error::WrongSource);
            return false;
        }
        let given = CStr::from_ptr(*newval).to_str().unwrap_or("\u{0}");
        let accepted = match catch_unwind(AssertUnwindSafe(|| session::accept(given))) {
            Ok(Ok(accepted)) => accepted,
            Ok(Err(error)) => {
                refuse(&error);
                return false;
            }
            Err(_) => {
                refuse(&Error::UnknownKey);
                return false;
            }
        };
        if let Some(seal) = &accepted.replacement {
            let copy = guc_alloc(seal.len() + 1).cast::<u8>();
            if copy.is_null() {
                return false;
            }
            std::ptr::copy_nonoverlapping(seal.as_ptr(), copy, seal.len());
            *copy.add(seal.len()) = 0;
            guc_release((*newval).cast());
            *newval = copy.cast();
        }
        let block = guc_alloc(size_of::<Extra>() + accepted.context.len()).cast::<Extra>();
        if block.is_null() {
            return false;
        }
        (*block).len = accepted.context.len();
        std::ptr::copy_nonoverlapping(
            accepted.context.as_ptr(),
            (&raw mut (*block).bytes).cast::<u8>(),
            accepted.context.len(),
        );
        *extra = block.cast();
    }
    true
}

unsafe extern "C-unwind" fn assign_session(_newval: *const c_char, extra: *mut c_void) {
    EXTRA.store(extra.cast(), Ordering::Relaxed);
    session::forget(!extra.is_null());
}

unsafe extern "C-unwind" fn show_session() -> *const c_char {
    if EXTRA.load(Ordering::Relaxed).is_null() {
        c"".as_ptr()
    } else {
        c"(redacted)".as_ptr()
    }
}
