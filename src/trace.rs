//! The record of decisions: who did what for which tenant, written in the transaction of the work, and the log that makes
//! tampering with it evident.
//!
//! | file | concept |
//! |---|---|
//! | `access` | whose traces may be asked about |
//! | `append_only` | keeping what is written as it is |
//! | `row` | a row of `tenancy.decision_trace` and its leaf |
//! | `entry` | what is to be recorded |
//! | `write` | writing it: `tenancy.trace` |
//! | `horizon` | which transactions' rows the log has |
//! | `log` | a tenant's leaves and checkpoints, as they are stored |
//! | `key` | the file with the signing key |
//! | `seal` | adding rows to the log: `tenancy.seal` |
//! | `verify` | comparing rows, log and checkpoints: `tenancy.verify_trace` |
//! | `proof` | proofs for a verifier that has no database |
//! | `export` | traces as JSON lines |
//! | `redact` | erasing payloads |
//! | `erasure` | what the trace of an erasure says |

mod access;
mod append_only;
mod entry;
mod erasure;
mod export;
mod horizon;
mod key;
mod log;
mod proof;
mod redact;
mod row;
mod seal;
mod verify;
mod write;

use pgrx::prelude::*;

pub use entry::{Entry, Identity, OWN};
pub use key::signers_if_set_up;
pub use redact::retain;
pub use seal::seal_if_set_up;
pub use write::{record, write};

extension_sql_file!(
    "../sql/trace.sql",
    name = "trace_tables",
    requires = [
        "tables",
        append_only::_append_only,
        "scope",
        "current_tenant"
    ]
);
