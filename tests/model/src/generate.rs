//! Random operations that fit a transaction: often such that they succeed, often enough such that they must not.

mod rows;

use std::rc::Rc;

use serde_json::json;
use tenancy_core::capability::Capabilities;
use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;

use crate::chance::{Chance, parse};
use crate::credential::{Claims, Credential, KeyNo, LEEWAY, Secret, Token, sign};
use crate::model::Model;
use crate::operation::*;
use crate::session::Session;
use crate::world::{SHARED, Tenant, World};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

pub struct Generator<'a> {
    pub chance: &'a mut Chance,
    pub world: &'a World,
    pub model: &'a Model,
    pub session: &'a Session,
    /// Whose transaction it is meant to be.
    pub tenant: Tenant,
    /// The tenant of a transaction that is open around this one, whose rows this one must not touch.
    pub busy: Option<Tenant>,
    pub at: i64,
}

type Make = fn(&mut Generator<'_>) -> Operation;

impl Generator<'_> {
    pub fn operation(&mut self) -> Operation {
        if self.session.pin.is_none() && self.chance.percent(90) {
            return self.first_bind();
        }
        if self.session.aborted && !self.session.savepoints.is_empty() && self.chance.percent(70) {
            return self.roll_back_to();
        }
        let mut kinds: Vec<(u32, Make)> = vec![
            (26, |g| g.select()),
            (3, |g| g.join()),
            (8, |g| g.rebind()),
            (1, |_| Operation::Unbind),
            (2, |g| g.set_session()),
            (4, |_| Operation::Context),
        ];
        let depth = self.session.savepoints.len();
        if depth < 4 {
            kinds.push((4, |_| Operation::Savepoint));
        }
        if depth > 0 {
            kinds.push((3, |g| g.roll_back_to()));
            kinds.push((1, |g| {
                Operation::Release(g.chance.below(g.session.savepoints.len()))
            }));
        }
        match &self.session.cursor {
            None => kinds.push((5, |g| g.open_cursor())),
            Some(_) => kinds.push((22, |g| g.fetch())),
        }
        if !self.session.read_only {
            kinds.extend::<[(u32, Make); 6]>([
                (20, |g| g.insert()),
                (20, |g| g.update()),
                (6, |g| g.delete()),
                (7, |g| g.merge()),
                (
                    if self.may(Capabilities::KEY_DELEGATE) {
                        12
                    } else {
                        1
                    },
                    |g| g.delegate(),
                ),
                (1, |g| Operation::CopyIn(g.table())),
            ]);
        }
        let make = self.chance.weighted(&kinds);
        make(self)
    }

    // Contexts

    fn may(&self, wanted: Capabilities) -> bool {
        self.session
            .context
            .as_ref()
            .is_some_and(|context| context.rights.capabilities.contains(wanted))
    }

    fn first_bind(&mut self) -> Operation {
        if self.tenant != SHARED && self.chance.percent(10) {
            return self.set_session();
        }
        let credential = self.credential();
        let floor = self.rights_of(&credential).floor;
        self.bind(credential, &floor)
    }

    fn bind(&mut self, credential: Credential, near: &Scope) -> Operation {
        let on_behalf_of = self.chance.percent(10).then(|| self.credential());
        let scope = if self.chance.percent(40) {
            self.chance.scope_near(near)
        } else {
            Scope::default()
        };
        Operation::Bind(Binding {
            credential,
            on_behalf_of,
            scope,
            user: self.chance.percent(6),
        })
    }

    /// Binds again: most often narrower, with the same credential or another one.
    fn rebind(&mut self) -> Operation {
        let bound = self
            .session
            .context
            .as_ref()
            .and_then(|context| context.key);
        let credential = match bound {
            Some(key) if self.chance.percent(60) => Credential::Key(key),
            _ => self.credential(),
        };
        match &self.session.pin {
            Some(pin) if self.chance.percent(75) => {
                let scope = if self.chance.percent(50) {
                    self.chance.scope_near(&pin.floor)
                } else {
                    pin.floor.clone()
                };
                let on_behalf_of = self.chance.percent(8).then(|| self.credential());
                Operation::Bind(Binding {
                    credential,
                    on_behalf_of,
                    scope,
                    user: false,
                })
            }
            _ => self.bind(credential, &Scope::default()),
        }
    }

    fn set_session(&mut self) -> Operation {
        let tenant = self.a_tenant();
        Operation::SetSession(self.token(tenant))
    }

    /// The transaction's own tenant, as a rule.
    fn a_tenant(&mut self) -> Tenant {
        let other = Tenant(self.chance.below(self.world.tenants.len()));
        // The tenant of the transaction around this one is tried only where it cannot be bound any more.
        let harmless = Some(other) != self.busy || self.session.pin.is_some();
        if harmless && self.chance.percent(6) {
            other
        } else {
            self.tenant
        }
    }

    fn credential(&mut self) -> Credential {
        let tenant = self.a_tenant();
        if self.chance.percent(3) {
            return self.nonsense();
        }
        let live = self.chance.percent(88);
        let keys: Vec<KeyNo> = (0..self.model.keys.len())
            .rev()
            .filter(|no| self.model.keys[*no].tenant == tenant && (!live || self.lives(*no)))
            .take(14)
            .collect();
        if keys.is_empty() || (tenant != SHARED && self.chance.percent(25)) {
            Credential::Token(self.token(tenant))
        } else {
            Credential::Key(self.chance.of(&keys))
        }
    }

    fn lives(&self, key: KeyNo) -> bool {
        let made = self.session.made.contains(&key);
        let key = &self.model.keys[key];
        let ended = key.rights.expires_at.is_some_and(|end| end <= self.at);
        (key.committed || made)
            && !key.revoked
            && !ended
            && key.parent.is_none_or(|parent| self.lives(parent))
    }

    fn nonsense(&mut self) -> Credential {
        let known = self.chance.below(self.model.keys.len());
        let secret = &self.model.keys[known].secret.0;
        let (text, what) = match self.chance.below(5) {
            0 => (String::new(), "no credential"),
            1 => ("a.b.c".to_owned(), "no token"),
            2 => (secret.chars().rev().collect(), "a key backwards"),
            3 => {
                let token = self.token(self.tenant).text.0.clone();
                let (signed, signature) = token.rsplit_once('.').unwrap();
                (
                    format!("{signed}.{}", signature.chars().rev().collect::<String>()),
                    "a token with another signature",
                )
            }
            _ => {
                // A character of the secret part, which the checksum covers.
                let place = secret.len() - 20;
                let other = if secret.as_bytes()[place] == b'a' {
                    "b"
                } else {
                    "a"
                };
                (
                    format!("{}{other}{}", &secret[..place], &secret[place + 1..]),
                    "a key with a wrong character",
                )
            }
        };
        Credential::Nonsense(Secret(text), what)
    }

    fn token(&mut self, tenant: Tenant) -> Rc<Token> {
        let unknown = self.chance.percent(2);
        let names = &self.world.tenants[tenant.0];
        let name = match self.chance.below(3) {
            _ if unknown => "nobody",
            0 => &names.id,
            _ => &names.slug,
        };
        // The server counts in seconds and forgives 30 of them, so that these end at once, soon, or much later.
        let ends_in = self
            .chance
            .weighted(&[(3, -31), (6, -29), (6, -28), (85, 3600)]);
        let expires_at = self.at / SECOND + ends_in;
        let names = self.chance.percent(70).then(|| self.chance.capabilities());
        let claim = names.as_ref().map(|names| {
            if self.chance.percent(50) {
                json!(names)
            } else {
                json!(names.join(" "))
            }
        });
        let scope = self.chance.percent(60).then(|| self.chance.floor());
        let acts = self.chance.percent(6);
        let text = sign(&Claims {
            tenant: name,
            expires_at,
            capabilities: claim,
            scope: scope.as_ref(),
            acts,
        });
        Rc::new(Token {
            text,
            names: (!unknown).then_some(tenant),
            rights: Rights {
                floor: scope.unwrap_or_default(),
                capabilities: parse(&names.unwrap_or_else(|| vec!["read", "write"])),
                expires_at: Some(expires_at * SECOND + LEEWAY),
            },
            acts,
        })
    }

    fn rights_of(&self, credential: &Credential) -> Rights {
        match credential {
            Credential::Key(key) => self.model.keys[*key].rights.clone(),
            Credential::Token(token) => token.rights.clone(),
            Credential::Nonsense(..) => Rights {
                floor: Scope::default(),
                capabilities: Capabilities::NONE,
                expires_at: None,
            },
        }
    }

    fn delegate(&mut self) -> Operation {
        let ends = self
            .session
            .context
            .as_ref()
            .and_then(|context| context.rights.expires_at);
        let end = ends.unwrap_or(self.at + 2 * HOUR);
        let near = self
            .session
            .pin
            .as_ref()
            .map(|pin| pin.floor.clone())
            .unwrap_or_default();
        Operation::Delegate(Delegation {
            capabilities: match self.chance.below(10) {
                0..4 => None,
                4 => Some(vec![]),
                _ => Some(self.chance.capabilities()),
            },
            scope: if self.chance.percent(50) {
                self.chance.scope_near(&near)
            } else {
                Scope::default()
            },
            expires_at: self.chance.weighted(&[
                (70, None),
                (5, Some(self.at - HOUR)),
                (10, Some(self.at + SECOND)),
                (10, Some(end - HOUR / 2)),
                (5, Some(end + HOUR)),
            ]),
        })
    }

    fn roll_back_to(&mut self) -> Operation {
        Operation::RollbackTo(self.chance.below(self.session.savepoints.len()))
    }
}
