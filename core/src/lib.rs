//! The pure core of `pg_tenancy`: scopes, capabilities, credentials and the context that a bound session knows.
//!
//! Everything here is a function of its arguments. There is no clock, no file, no global state and no knowledge of
//! Postgres; the only thing taken from outside is randomness ([`random`]). All input is taken to be hostile: nothing
//! here panics on it, every size is bounded before work is done, and no error repeats a credential.
//!
//! | module | concept |
//! |---|---|
//! | [`capability`] | what a credential may do, a closed set |
//! | [`scope`] | where inside its tenant it may do it, a lattice of flat JSON objects |
//! | [`stored_scope`] | a scope as Postgres stores it, read without allocation |
//! | [`access`] | who reads and who writes which row |
//! | [`rights`] | what, where and until when, narrowed and compared |
//! | [`json`] | strict JSON: no duplicate members, bounded depth and size |
//! | [`api_key`] | the `tk_…` credential: text form, digest, comparison |
//! | [`jwt`], [`key_set`], [`claim_path`] | the JWT credential: verification, issuer's keys, where claims are found |
//! | [`context`] | what a bound session knows, as one flat byte encoding read without allocation |
//! | [`seal`] | the authenticated text form of a context |
//! | [`recall`] | codes of vectors that bound distances, and rows in order of distance |
//! | [`tenant_key`] | the name of a tenant in an index |
//! | [`redact`] | taking credentials out of text that goes to a log |
//! | [`trace`] | the tamper-evident log: records, Merkle trees, signed checkpoints, proofs |
//! | [`budget`] | what may be spent in a period, and what has been |
//! | [`evidence`] | what a proof of the isolation found, and the forms it is handed out in |
//! | [`random`] | random bytes and identifiers |
//! | [`recall_query`] | what `tenancy.recall` asks |
//! | [`quote`] | names in error messages |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod access;
pub mod api_key;
pub mod budget;
pub mod capability;
pub mod claim_path;
pub mod context;
pub mod evidence;
pub mod json;
pub mod jwt;
pub mod key_set;
pub mod quote;
pub mod random;
pub mod recall;
pub mod recall_query;
pub mod redact;
pub mod rights;
pub mod scope;
pub mod seal;
pub mod stored_scope;
pub mod tenant_key;
pub mod timestamp;
pub mod trace;

pub use access::{Inclusion, Whose, may_read, may_write};
pub use api_key::{ApiKey, ApiKeyError};
pub use capability::{Capabilities, CapabilityError};
pub use claim_path::{ClaimPath, ClaimPathError};
pub use context::{Binding, ContextError, ContextView, CredentialKind, RunContext};
pub use json::{JsonError, parse_strict};
pub use jwt::{JwtError, JwtIdentity, JwtPolicy, verify};
pub use key_set::{IgnoredKey, KeySet, KeySetError};
pub use random::RandomError;
pub use rights::{Rights, Wider};
pub use scope::{Scope, ScopeError};
pub use seal::{SealError, SealKey};
pub use stored_scope::{StoredScope, store};
