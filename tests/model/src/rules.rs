//! What an operation must answer, and what it makes of the transaction: a function of what is true, and nothing else. Who
//! reads and writes which row is decided by the core, as it is in the server.

mod rows;

use std::collections::BTreeSet;
use std::rc::Rc;

use tenancy_core::capability::Capabilities;
use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;

use crate::answer::{Answer, Expected, Shown};
use crate::chance::parse;
use crate::credential::{Credential, Key, KeyNo, Token};
use crate::model::Model;
use crate::operation::*;
use crate::session::{Context, Pin, Promise, Session};
use crate::world::{SHARED, Tenant};

/// Why an operation fails.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    /// Whether that is found by testing a row, or before.
    tested: bool,
}

const fn refusal(code: &'static str) -> Refusal {
    Refusal {
        code,
        tested: false,
    }
}

const DENIED: Refusal = refusal("42501");
const BAD_CREDENTIAL: Refusal = refusal("28000");
const NO_SUCH_TENANT: Refusal = refusal("42704");
const BAD_ARGUMENT: Refusal = refusal("22023");
const DUPLICATE: Refusal = refusal("23505");
/// Of the domain of scopes, or of a partition.
const CHECK: Refusal = refusal("23514");
const NOT_SUPPORTED: Refusal = refusal("0A000");
const ABORTED: &str = "25P02";
/// Of a policy, by the tenant it asks for.
const TESTED: Refusal = Refusal {
    code: "42501",
    tested: true,
};

type Outcome<T> = Result<T, Refusal>;

/// Most keys from a key to the first that was delegated to it.
const MAX_LINE: usize = 16;

/// What the operation must answer at that time, in microseconds since the Unix epoch, and the transaction after it.
pub fn expect(
    model: &Model,
    session: &Session,
    operation: &Operation,
    at: i64,
) -> (Expected, Session) {
    if session.aborted && !matches!(operation, Operation::RollbackTo(_)) {
        return (Expected::refused(ABORTED), session.clone());
    }
    let mut turn = Turn {
        model,
        next: session.clone(),
        at,
    };
    if session.repeatable_read && session.snapshot.is_none() {
        turn.next.snapshot = Some(Rc::new(model.rows.clone()));
    }
    match turn.take(operation) {
        Ok(expected) => (expected, turn.next),
        Err(refusal) => {
            let next = Session {
                snapshot: turn.next.snapshot,
                // What was found of the context stays found.
                pin: turn.next.pin,
                narrowed: turn.next.narrowed,
                // A query that failed gives no more.
                cursor: turn
                    .next
                    .cursor
                    .filter(|_| !matches!(operation, Operation::Fetch(_))),
                ..session.clone()
            };
            let expected = if refusal.tested && operation.planned_before() {
                Expected::RefusedOrNothing(refusal.code)
            } else {
                Expected::refused(refusal.code)
            };
            (expected, next)
        }
    }
}

struct Turn<'a> {
    model: &'a Model,
    next: Session,
    at: i64,
}

impl Turn<'_> {
    fn take(&mut self, operation: &Operation) -> Outcome<Expected> {
        let answer = match operation {
            Operation::Bind(binding) => self.bind(binding)?,
            Operation::SetSession(token) => self.set_session(token)?,
            Operation::Unbind => {
                self.next.set_context(None);
                Answer::Done
            }
            Operation::Context => self.context()?,
            Operation::Delegate(delegation) => {
                self.delegate(delegation)?;
                return Ok(Expected::Key);
            }
            Operation::Savepoint => {
                self.next.save();
                Answer::Done
            }
            Operation::RollbackTo(place) => {
                self.next.roll_back_to(*place);
                Answer::Done
            }
            Operation::Release(place) => {
                self.next.savepoints.truncate(*place);
                Answer::Done
            }
            Operation::Select(select) => self.select(select)?,
            Operation::Join(left, right) => self.join(*left, *right)?,
            Operation::CopyIn(_) => return Err(NOT_SUPPORTED),
            Operation::OpenCursor(table, via) => self.open_cursor(*table, *via)?,
            Operation::Fetch(asked) => return self.fetch(*asked),
            Operation::Insert(insert) => self.insert(insert)?,
            Operation::Update(update) => self.update(update)?,
            Operation::Delete(delete) => self.delete(delete)?,
            Operation::Merge(merge) => self.merge(merge)?,
        };
        Ok(Expected::Exactly(answer))
    }
}

impl Turn<'_> {
    fn key(&self, key: KeyNo) -> Outcome<&Key> {
        let known = &self.model.keys[key];
        if known.committed || self.next.made.contains(&key) {
            Ok(known)
        } else {
            Err(BAD_CREDENTIAL)
        }
    }

    /// A key and those it descends from, if all of them stand.
    fn line(&self, key: KeyNo) -> Outcome<Vec<&Key>> {
        let mut line = Vec::new();
        let mut next = Some(key);
        while let Some(no) = next {
            let key = self.key(no)?;
            if key.revoked || line.len() >= MAX_LINE {
                return Err(BAD_CREDENTIAL);
            }
            line.push(key);
            next = key.parent;
        }
        Ok(line)
    }

    fn line_ends(&self, key: KeyNo) -> Outcome<Option<i64>> {
        Ok(self
            .line(key)?
            .iter()
            .filter_map(|key| key.rights.expires_at)
            .min())
    }

    fn verify(&self, credential: &Credential) -> Outcome<Context> {
        match credential {
            Credential::Nonsense(..) => Err(BAD_CREDENTIAL),
            Credential::Token(token) => self.verify_token(token),
            Credential::Key(no) => {
                let mut rights = Rights {
                    floor: Scope::default(),
                    capabilities: Capabilities::ALL,
                    expires_at: None,
                };
                for key in self.line(*no)? {
                    rights = rights.narrowed_by(&key.rights).map_err(|_| DENIED)?;
                }
                Ok(Context {
                    names: Some(self.model.keys[*no].tenant),
                    key: Some(*no),
                    other_key: None,
                    acts: false,
                    token: false,
                    rights,
                })
            }
        }
    }

    fn verify_token(&self, token: &Token) -> Outcome<Context> {
        if token.rights.expires_at.is_some_and(|end| self.at >= end) {
            return Err(BAD_CREDENTIAL);
        }
        Ok(Context {
            names: token.names,
            key: None,
            other_key: None,
            acts: token.acts,
            token: true,
            rights: token.rights.clone(),
        })
    }

    fn bind(&mut self, binding: &Binding) -> Outcome<Answer> {
        let mut context = self.verify(&binding.credential)?;
        if let Some(other) = &binding.on_behalf_of {
            let other = self.verify(other)?;
            if context.acts || other.acts {
                return Err(BAD_ARGUMENT);
            }
            let (Some(tenant), Some(others)) = (context.tenant(), other.tenant()) else {
                return Err(NO_SUCH_TENANT);
            };
            if tenant != others {
                return Err(DENIED);
            }
            context.rights = context
                .rights
                .narrowed_by(&other.rights)
                .map_err(|_| DENIED)?;
            context.other_key = other.key;
            context.acts = true;
            context.token |= other.token;
        }
        if binding.user && context.token {
            return Err(BAD_ARGUMENT);
        }
        context.rights.floor = context
            .rights
            .floor
            .join(&binding.scope)
            .map_err(|_| DENIED)?;
        self.refuse_another(&context)?;
        self.next.set_context(Some(Rc::new(context)));
        self.present()?;
        Ok(Answer::Done)
    }

    fn set_session(&mut self, token: &Token) -> Outcome<Answer> {
        let context = self.verify_token(token)?;
        self.refuse_another(&context)?;
        self.next.set_context(Some(Rc::new(context)));
        Ok(Answer::Done)
    }

    fn refuse_another(&self, context: &Context) -> Outcome<()> {
        match &self.next.pin {
            Some(pin) if context.names != Some(pin.tenant) => Err(DENIED),
            _ => Ok(()),
        }
    }

    /// The present context, if it still holds; and its tenant.
    fn present(&mut self) -> Outcome<(Rc<Context>, Tenant)> {
        let Some(context) = self.next.context.clone() else {
            return Err(TESTED);
        };
        let mut ends = vec![context.rights.expires_at];
        if let Some(key) = context.key {
            ends.push(self.line_ends(key)?);
        }
        let tenant = context.tenant().ok_or(NO_SUCH_TENANT)?;
        if let Some(key) = context.other_key {
            ends.push(self.line_ends(key)?);
        }
        if ends.into_iter().flatten().any(|end| self.at >= end) {
            return Err(BAD_CREDENTIAL);
        }
        if self.model.suspended.contains(&tenant) || (tenant == SHARED && !self.next.administrator)
        {
            return Err(DENIED);
        }
        self.pin(tenant, &context.rights)?;
        let in_force = self.grants_to(tenant);
        if let Some(cursor) = &mut self.next.cursor {
            cursor.grants_ended |= !cursor.grants.is_subset(&in_force);
            cursor.grants.extend(in_force);
        }
        Ok((context, tenant))
    }

    /// Makes the tenant the transaction's only one, and these rights the widest from here on.
    fn pin(&mut self, tenant: Tenant, rights: &Rights) -> Outcome<()> {
        if let Some(pin) = &self.next.pin {
            if pin.tenant != tenant
                || !pin.floor.covers(&rights.floor)
                || !pin.capabilities.contains(rights.capabilities)
            {
                return Err(DENIED);
            }
            if pin.floor != rights.floor || pin.capabilities != rights.capabilities {
                self.next.narrowed += 1;
            }
        }
        self.next.pin = Some(Pin {
            tenant,
            floor: rights.floor.clone(),
            capabilities: rights.capabilities,
        });
        Ok(())
    }

    fn grants_to(&self, tenant: Tenant) -> BTreeSet<String> {
        self.model
            .grants_to(tenant, self.at)
            .map(|grant| grant.id.clone())
            .collect()
    }

    fn context(&mut self) -> Outcome<Answer> {
        let (context, tenant) = self.present()?;
        let id = |key: Option<KeyNo>| key.map(|key| self.model.keys[key].id.clone());
        Ok(Answer::Context(Shown {
            tenant,
            scope: context.rights.floor.clone(),
            capabilities: context
                .rights
                .capabilities
                .names()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            key: id(context.key),
            other_key: id(context.other_key),
            grants: self.grants_to(tenant),
        }))
    }

    fn delegate(&mut self, delegation: &Delegation) -> Outcome<()> {
        let (context, tenant) = self.present()?;
        if !context
            .rights
            .capabilities
            .contains(Capabilities::KEY_DELEGATE)
            || context.acts
        {
            return Err(DENIED);
        }
        if delegation.expires_at.is_some_and(|end| end <= self.at) {
            return Err(BAD_ARGUMENT);
        }
        let mut own = context.rights.clone();
        if let Some(key) = context.key {
            if self.line(key)?.len() >= MAX_LINE {
                return Err(DENIED);
            }
            own.expires_at = own.expires_at.into_iter().chain(self.line_ends(key)?).min();
        }
        let rights = Rights {
            floor: own.floor.join(&delegation.scope).map_err(|_| DENIED)?,
            capabilities: match &delegation.capabilities {
                None => own.capabilities.without(Capabilities::KEY_DELEGATE),
                Some(names) => parse(names),
            },
            expires_at: delegation.expires_at.or(own.expires_at),
        };
        if rights.capabilities.is_empty() {
            return Err(BAD_ARGUMENT);
        }
        if !own.admits(&rights) {
            return Err(DENIED);
        }
        self.next.promise = Some(Promise {
            tenant,
            rights,
            parent: context.key,
        });
        Ok(())
    }
}
