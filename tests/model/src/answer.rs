//! What a client is answered, and what the model expects.

use std::collections::BTreeSet;

use tenancy_core::scope::Scope;

use crate::credential::Secret;
use crate::model::Seen;
use crate::world::Tenant;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// Rows written, or pairs counted.
    Count(u64),
    /// In order.
    Rows(Vec<Seen>),
    Key {
        id: String,
        secret: Secret,
    },
    /// The id of a new grant.
    Grant(String),
    Context(Shown),
    /// The SQLSTATE.
    Refused(String),
}

/// What `tenancy.context()` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub tenant: Tenant,
    pub scope: Scope,
    pub capabilities: Vec<String>,
    pub key: Option<String>,
    pub other_key: Option<String>,
    pub grants: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub enum Expected {
    Exactly(Answer),
    /// A plan made before tests a row when it comes to one: where it comes to none, it gives nothing.
    RefusedOrNothing(&'static str),
    /// Some key.
    Key,
    /// Some grant.
    Grant,
    /// So many rows of a cursor, or all that are left.
    Part {
        asked: Option<usize>,
        certain: BTreeSet<Seen>,
        possible: BTreeSet<Seen>,
        /// Or a refusal.
        refusable: bool,
    },
}

impl Expected {
    pub fn refused(code: &str) -> Self {
        Self::Exactly(Answer::Refused(code.to_owned()))
    }

    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Exactly(Answer::Refused(_)) | Self::RefusedOrNothing(_)
        )
    }

    pub fn admits(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Exactly(expected), _) => expected == answer,
            (Self::RefusedOrNothing(code), Answer::Refused(given)) => code == given,
            (Self::RefusedOrNothing(_), Answer::Rows(rows)) => rows.is_empty(),
            (Self::RefusedOrNothing(_), Answer::Count(count)) => *count == 0,
            (Self::Key, Answer::Key { .. }) | (Self::Grant, Answer::Grant(_)) => true,
            (Self::Part { refusable, .. }, Answer::Refused(code)) => *refusable && code == "42501",
            (
                Self::Part {
                    asked,
                    certain,
                    possible,
                    ..
                },
                Answer::Rows(rows),
            ) => {
                let given: BTreeSet<&Seen> = rows.iter().collect();
                given.len() == rows.len()
                    && rows.iter().all(|row| possible.contains(row))
                    && match asked {
                        Some(asked) if rows.len() == *asked => true,
                        Some(asked) if rows.len() > *asked => false,
                        _ => certain.iter().all(|row| given.contains(row)),
                    }
            }
            _ => false,
        }
    }

    /// What is wrong with an answer that is not admitted.
    pub fn explain(&self, answer: &Answer) -> String {
        match (self, answer) {
            (Self::Exactly(Answer::Rows(expected)), Answer::Rows(rows)) => {
                let but = |these: &[Seen], those: &[Seen]| -> Vec<Seen> {
                    these
                        .iter()
                        .filter(|row| !those.contains(row))
                        .cloned()
                        .collect()
                };
                format!(
                    "missing: {:?}\nsurplus: {:?}",
                    but(expected, rows),
                    but(rows, expected)
                )
            }
            _ => format!("expected: {self:?}\nanswered: {answer:?}"),
        }
    }
}
