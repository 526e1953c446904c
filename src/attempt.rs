//! Running statements to see what comes of them: in subtransactions, with settings of their own, as another role.

use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

use pgrx::PgTryBuilder;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;

use crate::error::{Result, sqlstate};

/// An error that a statement ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code.
    pub code: PgSqlErrorCode,
    /// Its primary message.
    pub message: String,
    /// The server's function that raised it. Anybody can raise an error of some code and text; this they cannot choose.
    function: Option<String>,
}

impl Refusal {
    /// The five characters of the code.
    pub fn sqlstate(&self) -> String {
        sqlstate(self.code as i32)
    }

    /// Whether a policy refused a row.
    pub fn by_policy(&self) -> bool {
        self.function.as_deref() == Some("ExecWithCheckOptions")
    }

    /// Whether a privilege lacked.
    pub fn by_privilege(&self) -> bool {
        self.function.as_deref() == Some("aclcheck_error")
    }

    /// Whether a key or another constraint of the table itself refused a row, which policies had let through by then.
    pub fn by_constraint(&self) -> bool {
        let function = self.function.as_deref().unwrap_or_default();
        [
            "_bt_check_unique",
            "check_exclusion_or_unique_constraint",
            "ExecConstraints",
            "ReportNotNullViolationError",
        ]
        .contains(&function)
    }

    /// Whether its words are the server's own, of a policy, a privilege, a key or a constraint, and name those alone. A
    /// function that raises an error of the same code can put into it what rows hold.
    pub fn names_definitions(&self) -> bool {
        self.by_policy()
            || self.by_privilege()
            || self.by_constraint()
            || self.function.as_deref() == Some("ri_ReportViolation")
    }

    /// Whether it says nothing of what was tried: a lock, a deadlock, what the server lacks, what is damaged.
    pub fn undecided(&self) -> bool {
        let sqlstate = self.sqlstate();
        ["55P", "40", "53", "58", "XX"]
            .iter()
            .any(|class| sqlstate.starts_with(class))
    }
}

/// How often something is tried that others stand in the way of.
pub const TRIES: usize = 3;

/// As [`taken_back`], again if it could not be decided.
pub fn decided<T>(mut run: impl FnMut() -> Result<T>) -> Result<Result<T, Refusal>> {
    again(|| taken_back(&mut run))
}

/// As [`kept`], again if it could not be decided.
pub fn decided_and_kept<T>(mut run: impl FnMut() -> Result<T>) -> Result<Result<T, Refusal>> {
    again(|| kept(&mut run))
}

fn again<T>(mut attempt: impl FnMut() -> Result<Result<T, Refusal>>) -> Result<Result<T, Refusal>> {
    let mut outcome = attempt()?;
    for _ in 1..TRIES {
        if !matches!(&outcome, Err(refusal) if refusal.undecided()) {
            break;
        }
        outcome = attempt()?;
    }
    Ok(outcome)
}

/// Runs something in a subtransaction that is rolled back, whatever comes of it.
pub fn taken_back<T>(run: impl FnOnce() -> Result<T>) -> Result<Result<T, Refusal>> {
    subtransaction(false, run)
}

/// Runs something in a subtransaction that is rolled back if it fails.
pub fn kept<T>(run: impl FnOnce() -> Result<T>) -> Result<Result<T, Refusal>> {
    subtransaction(true, run)
}

fn subtransaction<T>(keep: bool, run: impl FnOnce() -> Result<T>) -> Result<Result<T, Refusal>> {
    // SAFETY: as PL/pgSQL does it: what is put back here was so before, and belongs to the outer (sub)transaction. An
    // error that unwinds is caught, and ends the subtransaction, before anything else of Postgres's is called.
    unsafe {
        let (context, owner) = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let outcome = PgTryBuilder::new(AssertUnwindSafe(|| Ok(run())))
            .catch_others(Err)
            .execute();
        if keep && matches!(outcome, Ok(Ok(_))) {
            pg_sys::ReleaseCurrentSubTransaction();
        } else {
            pg_sys::RollbackAndReleaseCurrentSubTransaction();
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        match outcome {
            Ok(done) => Ok(Ok(done?)),
            Err(error) => {
                match &error {
                    CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)
                        // Somebody wants all this to end.
                        if report.sql_error_code() != PgSqlErrorCode::ERRCODE_QUERY_CANCELED =>
                    {
                        Ok(Err(Refusal {
                            code: report.sql_error_code(),
                            message: report.message().to_owned(),
                            function: report.function_name().map(str::to_owned),
                        }))
                    }
                    _ => error.rethrow(),
                }
            }
        }
    }
}

/// Runs something that may wait for a lock in vain: then it gives nothing, and the transaction can do no more than fail.
pub fn unlocked<T>(run: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    PgTryBuilder::new(AssertUnwindSafe(|| run().map(Some)))
        .catch_when(PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE, |_| Ok(None))
        .execute()
}

/// Runs something with settings of its own, set as a superuser would.
pub fn with_settings<T>(settings: &[(&CStr, &CStr)], run: impl FnOnce() -> Result<T>) -> Result<T> {
    // SAFETY: C strings that are copied. An error ends the (sub)transaction, which puts the settings back.
    unsafe {
        let nesting = pg_sys::NewGUCNestLevel();
        for (name, value) in settings {
            pg_sys::set_config_option(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_SESSION,
                pg_sys::GucAction::GUC_ACTION_SAVE,
                true,
                0,
                false,
            );
        }
        let outcome = run();
        pg_sys::AtEOXact_GUC(false, nesting);
        outcome
    }
}
