//! What an administrator does meanwhile: keys, grants, and tenants that are suspended for a while.

use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;

use crate::answer::{Answer, Expected};
use crate::chance::{Chance, parse};
use crate::credential::{Key, KeyNo};
use crate::model::{Grant, Model};
use crate::statement::{Shape, Statement};
use crate::world::{SHARED, TABLES, TableNo, Tenant, Via, World};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

pub enum Change {
    CreateKey {
        tenant: Tenant,
        capabilities: Vec<&'static str>,
        floor: Scope,
        expires_at: Option<i64>,
    },
    RevokeKey(KeyNo),
    /// Whether the old key goes on for an hour, or not at all.
    RotateKey(KeyNo, bool),
    /// A key that ends at that time, which may have passed.
    ExpireKey(KeyNo, i64),
    Suspend(Tenant),
    Resume(Tenant),
    Grant {
        owner: Tenant,
        grantee: Tenant,
        table: TableNo,
        scope: Scope,
        expires_at: Option<i64>,
    },
    /// As an index of the model's.
    RevokeGrant(usize),
}

impl Change {
    pub fn random(
        chance: &mut Chance,
        world: &World,
        model: &Model,
        opened: &[TableNo],
        at: i64,
    ) -> Self {
        if let Some(tenant) = model.suspended.first()
            && chance.percent(50)
        {
            return Self::Resume(*tenant);
        }
        let tenant = |chance: &mut Chance| Tenant(1 + chance.below(world.tenants.len() - 1));
        // A rotated or expiring key must not have ended when the server comes to it.
        let live: Vec<KeyNo> = (0..model.keys.len())
            .filter(|no| {
                let key = &model.keys[*no];
                key.committed
                    && !key.revoked
                    && key.rights.expires_at.is_none_or(|end| end > at + HOUR / 4)
            })
            .collect();
        let granted: Vec<usize> = (0..model.grants.len())
            .filter(|no| !model.grants[*no].revoked)
            .collect();
        match chance.below(100) {
            0..12 if live.len() > 20 => Self::RevokeKey(chance.of(&live)),
            12..22 if !live.is_empty() => Self::RotateKey(chance.of(&live), chance.percent(50)),
            22..30 if live.len() > 20 => {
                let soon = at + i64::from(chance.between(50, 2000)) * 1000;
                Self::ExpireKey(chance.of(&live), chance.of(&[at - HOUR, soon]))
            }
            30..32 if model.suspended.is_empty() => Self::Suspend(tenant(chance)),
            32..46 if granted.len() > 6 => Self::RevokeGrant(chance.of(&granted)),
            46..72 if !opened.is_empty() => {
                let (owner, grantee) = (tenant(chance), tenant(chance));
                if owner == grantee {
                    return Self::random(chance, world, model, opened, at);
                }
                let table = chance.of(opened);
                Self::Grant {
                    owner,
                    grantee,
                    table,
                    // A table without scopes is granted as a whole.
                    scope: if TABLES[table].scoped && chance.percent(60) {
                        chance.scope(35)
                    } else {
                        Scope::default()
                    },
                    expires_at: chance
                        .percent(30)
                        .then(|| at + i64::from(chance.between(1000, 4000)) * 1000),
                }
            }
            _ => Self::CreateKey {
                tenant: if chance.percent(12) {
                    SHARED
                } else {
                    tenant(chance)
                },
                capabilities: chance.capabilities(),
                floor: chance.floor(),
                expires_at: chance
                    .percent(15)
                    .then(|| at + i64::from(chance.between(1000, 5000)) * 1000),
            },
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreateKey { .. } => "create_key",
            Self::RevokeKey(_) => "revoke_key",
            Self::RotateKey(..) => "rotate_key",
            Self::ExpireKey(..) => "key that expires",
            Self::Suspend(_) => "suspend_tenant",
            Self::Resume(_) => "resume_tenant",
            Self::Grant { .. } => "grant_read",
            Self::RevokeGrant(_) => "revoke_read",
        }
    }

    pub fn statement(&self, world: &World, model: &Model) -> Statement {
        let mut s = Statement::new("", Shape::Done);
        let tenant = |tenant: &Tenant| world.tenants[tenant.0].slug.clone();
        match self {
            Self::CreateKey {
                tenant: of,
                capabilities,
                floor,
                expires_at,
            } => {
                let (of, names) = (
                    s.text(tenant(of)),
                    s.text(format!("{{{}}}", capabilities.join(","))),
                );
                let (floor, end) = (s.scope(floor), s.time(*expires_at));
                s.shape = Shape::Key;
                s.sql = format!(
                    "SELECT key_id::text, secret
                       FROM tenancy.create_key({of}, 'key', {names}::text[], {floor}, expires_at => {end})"
                );
            }
            Self::RevokeKey(key) => {
                s.sql = format!(
                    "SELECT tenancy.revoke_key({}::uuid)",
                    s.text(&model.keys[*key].id)
                );
            }
            Self::RotateKey(key, overlap) => {
                let (id, overlap) = (
                    s.text(&model.keys[*key].id),
                    s.text(if *overlap { "1 hour" } else { "0" }),
                );
                s.shape = Shape::Key;
                s.sql = format!(
                    "SELECT key_id::text, secret FROM tenancy.rotate_key({id}::uuid, {overlap}::interval)"
                );
            }
            Self::ExpireKey(key, end) => {
                let (end, id) = (s.time(Some(*end)), s.text(&model.keys[*key].id));
                s.sql = format!(
                    "UPDATE tenancy.api_key SET expires_at = {end} WHERE key_id = {id}::uuid"
                );
            }
            Self::Suspend(of) => {
                s.sql = format!("SELECT tenancy.suspend_tenant({})", s.text(tenant(of)))
            }
            Self::Resume(of) => {
                s.sql = format!("SELECT tenancy.resume_tenant({})", s.text(tenant(of)))
            }
            Self::Grant {
                owner,
                grantee,
                table,
                scope,
                expires_at,
            } => {
                let (owner, grantee) = (s.text(tenant(owner)), s.text(tenant(grantee)));
                let table = s.text(world.relation(*table, Via::Table));
                let (scope, end) = (s.scope(scope), s.time(*expires_at));
                s.shape = Shape::Grant;
                s.sql = format!(
                    "SELECT tenancy.grant_read({owner}, {grantee}, {table}::regclass, {scope}, {end})::text"
                );
            }
            Self::RevokeGrant(grant) => {
                s.sql = format!(
                    "SELECT tenancy.revoke_read({}::uuid)",
                    s.text(&model.grants[*grant].id)
                );
            }
        }
        s
    }

    /// An administrator is refused nothing here but what has ended before it began.
    pub fn expected(&self, at: i64) -> Expected {
        match self {
            Self::CreateKey { expires_at, .. } | Self::Grant { expires_at, .. }
                if expires_at.is_some_and(|end| end <= at) =>
            {
                Expected::refused("22023")
            }
            Self::CreateKey { .. } | Self::RotateKey(..) => Expected::Key,
            Self::Grant { .. } => Expected::Grant,
            _ => Expected::Exactly(Answer::Done),
        }
    }

    /// What it makes of what is true, given the answer and the time before it.
    pub fn apply(self, model: &mut Model, answer: Answer, at: i64) {
        match (self, answer) {
            (
                Self::CreateKey {
                    tenant,
                    capabilities,
                    floor,
                    expires_at,
                },
                Answer::Key { id, secret },
            ) => {
                let rights = Rights {
                    floor,
                    capabilities: parse(&capabilities),
                    expires_at,
                };
                model.keys.push(Key {
                    id,
                    secret,
                    tenant,
                    rights,
                    parent: None,
                    revoked: false,
                    committed: true,
                });
            }
            (Self::RotateKey(key, overlap), Answer::Key { id, secret }) => {
                // What was delegated from the old key stays so.
                model.keys.push(Key {
                    id,
                    secret,
                    ..model.keys[key].clone()
                });
                let end = if overlap { at + HOUR } else { at };
                let rights = &mut model.keys[key].rights;
                rights.expires_at = rights.expires_at.into_iter().chain([end]).min();
            }
            (
                Self::Grant {
                    owner,
                    grantee,
                    table,
                    scope,
                    expires_at,
                },
                Answer::Grant(id),
            ) => {
                model.grants.push(Grant {
                    id,
                    owner,
                    grantee,
                    table,
                    scope,
                    expires_at,
                    revoked: false,
                });
            }
            (Self::RevokeKey(key), _) => model.revoke(key),
            (Self::ExpireKey(key, end), _) => model.keys[key].rights.expires_at = Some(end),
            (Self::Suspend(tenant), _) => {
                model.suspended.insert(tenant);
            }
            (Self::Resume(tenant), _) => {
                model.suspended.remove(&tenant);
            }
            (Self::RevokeGrant(grant), _) => model.grants[grant].revoked = true,
            _ => {}
        }
    }
}
