//! A client's transaction as the model follows it. Cheap to copy: what an operation would do is tried on a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tenancy_core::capability::Capabilities;
use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;

use crate::credential::KeyNo;
use crate::model::{Seen, TenantRows};
use crate::world::{SHARED, TableNo, Tenant, Via};

/// What is bound.
#[derive(Debug)]
pub struct Context {
    /// None where a token names one that does not exist.
    pub names: Option<Tenant>,
    pub key: Option<KeyNo>,
    /// The second credential's, when it acts on behalf of one.
    pub other_key: Option<KeyNo>,
    /// Whether it acts on behalf of somebody.
    pub acts: bool,
    pub token: bool,
    pub rights: Rights,
}

impl Context {
    /// The tenant, if it can be bound like this: a token cannot stand for the one of shared rows.
    pub fn tenant(&self) -> Option<Tenant> {
        self.names.filter(|tenant| !self.token || *tenant != SHARED)
    }
}

/// The one tenant of a transaction, and how wide its context may still be.
#[derive(Clone, Debug)]
pub struct Pin {
    pub tenant: Tenant,
    pub floor: Scope,
    pub capabilities: Capabilities,
}

#[derive(Clone, Debug)]
pub struct Cursor {
    pub number: u32,
    pub table: TableNo,
    pub via: Via,
    /// Rows it has not given yet that could be read ever since it was opened: they must come.
    pub certain: BTreeSet<Seen>,
    /// Rows it has not given yet: they come if they can be read by then.
    pub possible: BTreeSet<Seen>,
    /// How often the context had been narrowed when it was first fetched from.
    pub narrowed: Option<u32>,
    /// Grants that were in force then or later; once one has ended, the cursor may give no more.
    pub grants: BTreeSet<String>,
    pub grants_ended: bool,
}

/// What ROLLBACK TO brings back.
#[derive(Clone)]
pub struct Savepoint {
    context: Option<Rc<Context>>,
    rows: Option<Rc<TenantRows>>,
    made: usize,
    cursor: Option<u32>,
}

/// A key that is being delegated, but for what the server gives it.
#[derive(Clone)]
pub struct Promise {
    pub tenant: Tenant,
    pub rights: Rights,
    pub parent: Option<KeyNo>,
}

#[derive(Clone, Default)]
pub struct Session {
    /// Whether the session's role is a member of `tenancy_admin`.
    pub administrator: bool,
    pub repeatable_read: bool,
    pub read_only: bool,
    /// In a failed transaction, until it is rolled back.
    pub aborted: bool,
    pub context: Option<Rc<Context>>,
    /// Outlives savepoints.
    pub pin: Option<Pin>,
    /// How often the context was narrowed or taken back; outlives savepoints.
    pub narrowed: u32,
    /// The pinned tenant's rows, once this transaction has written one. No other transaction writes them meanwhile.
    pub rows: Option<Rc<TenantRows>>,
    /// What was committed when a repeatable-read transaction began.
    pub snapshot: Option<Rc<BTreeMap<Tenant, TenantRows>>>,
    pub savepoints: Vec<Savepoint>,
    /// Keys delegated here.
    pub made: Vec<KeyNo>,
    pub promise: Option<Promise>,
    pub cursor: Option<Cursor>,
    pub cursors: u32,
}

impl Session {
    pub fn save(&mut self) {
        self.savepoints.push(Savepoint {
            context: self.context.clone(),
            rows: self.rows.clone(),
            made: self.made.len(),
            cursor: self.cursor.as_ref().map(|cursor| cursor.number),
        });
    }

    /// Back to a savepoint, which stays.
    pub fn roll_back_to(&mut self, place: usize) {
        self.savepoints.truncate(place + 1);
        let saved = self.savepoints[place].clone();
        self.aborted = false;
        self.set_context(saved.context);
        self.rows = saved.rows;
        self.made.truncate(saved.made);
        if self.cursor.as_ref().map(|cursor| cursor.number) != saved.cursor {
            self.cursor = None;
        }
    }

    pub fn set_context(&mut self, context: Option<Rc<Context>>) {
        if context.is_none() && self.context.is_some() {
            self.narrowed += 1;
        }
        self.context = context;
    }

    /// Takes note of rows that the cursor gave, and whether it has come to its end.
    pub fn fetched(&mut self, rows: &[Seen], ended: bool) {
        if let Some(cursor) = &mut self.cursor {
            let given = |row: &Seen| !ended && !rows.contains(row);
            cursor.certain.retain(given);
            cursor.possible.retain(given);
        }
    }
}
