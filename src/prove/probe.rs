//! Probes: a statement a table and verb, run as an application's role with each tenant bound in turn.

use std::collections::BTreeMap;
use std::rc::Rc;

use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::{OwnedPreparedStatement, Spi};
use tenancy_core::evidence::report::{self, Pair};

use super::target::{Role, Target};
use crate::attempt::{self, Refusal};
use crate::catalog::Tenant;
use crate::error::Result;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reading rows of others.
    Read,
    /// Making a row of another.
    Insert,
    /// Changing rows of others.
    Update,
    /// Removing rows of others.
    Delete,
    /// Making a row of one's own another's.
    Move,
}

/// All of them.
const VERBS: [Verb; 5] = [
    Verb::Read,
    Verb::Insert,
    Verb::Update,
    Verb::Delete,
    Verb::Move,
];

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Move => "move",
        }
    }

    /// Whether it aims at one other tenant, and not at all.
    fn has_victim(self) -> bool {
        matches!(self, Self::Insert | Self::Move)
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Read => "no row of a tenant other than the bound one and those that let it read",
            Self::Insert => "refused by policy",
            Self::Update => "no row changed",
            Self::Delete => "no row removed",
            Self::Move => "refused by policy, or no row there to move",
        }
    }

    fn statement(self, target: &Target, copy: bool, reach: Reach) -> String {
        let Target { name, tenant, .. } = target;
        let bound = target.one("$1");
        let others = |table: &str| format!("{table}{tenant} IS DISTINCT FROM {bound}");
        let others = match reach {
            Reach::All => others(""),
            Reach::One => one_row(name, &format!(" WHERE {}", others("x."))),
        };
        match self {
            Self::Read => format!(
                "SELECT count(*), count(*) FILTER (WHERE ({tenant} <> ALL ((SELECT $1::{0}[])::{0}[])) IS NOT FALSE) FROM {name}",
                target.type_name
            ),
            Self::Insert => target.insert(copy),
            Self::Update => {
                let unchanged = format!("{tenant} = {tenant}");
                let assignment = target.assignment.as_deref().unwrap_or(&unchanged);
                format!("UPDATE {name} SET {assignment} WHERE {others}")
            }
            Self::Delete => format!("DELETE FROM {name} WHERE {others}"),
            Self::Move => {
                let to = format!("UPDATE {name} SET {tenant} = $1::{}", target.type_name);
                match reach {
                    // It reads no column, so that no policy for reading stands beside the one for changing.
                    Reach::All => to,
                    Reach::One => format!("{to} WHERE {}", one_row(name, "")),
                }
            }
        }
    }

    /// Who does it, and to how many rows: one at the most, should something be wrong, as others work in the table meanwhile.
    /// Who has privileges on columns only cannot pick one; neither does what must read no column. Both are tried where
    /// policies are sound.
    fn by(self, target: &Target, sound: bool) -> (Option<Role>, Reach) {
        let whole = target.role(self.name());
        let by_column = match whole {
            None if sound => target.role_by_column(self.name()),
            _ => None,
        };
        let all = by_column.is_some() || (sound && self == Self::Move);
        let reach = if all { Reach::All } else { Reach::One };
        (whole.or(by_column), reach)
    }
}

/// The rows that a statement is of.
#[derive(Clone, Copy)]
enum Reach {
    One,
    All,
}

/// A condition that one row meets, if there is one that the query finds.
fn one_row(table: &str, condition: &str) -> String {
    format!("(tableoid, ctid) = (SELECT x.tableoid, x.ctid FROM {table} x{condition} LIMIT 1)")
}

/// Outcomes that leave open what a policy would have said: the second is of a trigger that swallows the row.
const SOMETHING_ELSE: &str = "refused by something else than a policy";
const NO_ROW: &str = "no row was made";

/// How a probe ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ending {
    pass: bool,
    outcome: &'static str,
    sqlstate: Option<String>,
    /// It says nothing either way: something else stood in its way.
    undecided: bool,
}

impl Ending {
    fn new(pass: bool, outcome: &'static str) -> Self {
        Self {
            pass,
            outcome,
            sqlstate: None,
            undecided: false,
        }
    }

    fn of(verb: Verb, outcome: &Result<u64, Refusal>) -> Self {
        match (verb, outcome) {
            (_, Err(refusal)) => Self::refused(refusal),
            (Verb::Read, Ok(0)) => Self::new(true, "no rows of others"),
            (Verb::Read, Ok(_)) => Self::new(false, "rows of others were read"),
            (Verb::Insert, Ok(0)) => Self::new(true, NO_ROW),
            (Verb::Insert, Ok(_)) => Self::new(false, "a row of another tenant was made"),
            (Verb::Update, Ok(0)) => Self::new(true, "no rows of others"),
            (Verb::Update, Ok(_)) => Self::new(false, "rows of others were changed"),
            (Verb::Delete, Ok(0)) => Self::new(true, "no rows of others"),
            (Verb::Delete, Ok(_)) => Self::new(false, "rows of others were removed"),
            (Verb::Move, Ok(0)) => Self::new(true, "no row to move"),
            (Verb::Move, Ok(_)) => Self::new(false, "a row was moved to another tenant"),
        }
    }

    fn refused(refusal: &Refusal) -> Self {
        let undecided = refusal.undecided();
        let (pass, outcome) = match () {
            () if undecided => (false, "could not be decided"),
            () if refusal.by_policy() => (true, "refused by policy"),
            () if refusal.by_constraint() => (
                false,
                "let through by policies, and refused by a constraint",
            ),
            () => (true, SOMETHING_ELSE),
        };
        Self {
            pass,
            outcome,
            sqlstate: Some(refusal.sqlstate()),
            undecided,
        }
    }
}

/// Pairs that are listed with an outcome; of more, the report says how many there were.
const LISTED: usize = 1000;

#[derive(Default)]
struct Pairs {
    count: i64,
    listed: Vec<Pair>,
}

/// A probe of a table and verb.
pub struct Probe<'t> {
    target: &'t Target,
    verb: Verb,
    role: Option<Role>,
    statement: String,
    /// A row of the table, as text.
    sample: Option<String>,
    prepared: Option<OwnedPreparedStatement>,
    endings: BTreeMap<Ending, Pairs>,
    /// Rows of its own that each tenant saw, added up.
    pub seen: i64,
}

/// The probes of a table. The sample is a row of it, as text; its policies are sound if they are those that `protect` made.
pub fn probes<'t>(target: &'t Target, sample: Option<&str>, sound: bool) -> Vec<Probe<'t>> {
    VERBS
        .into_iter()
        .map(|verb| {
            let (role, reach) = verb.by(target, sound);
            Probe {
                target,
                verb,
                role,
                statement: verb.statement(target, sample.is_some(), reach),
                sample: sample.map(str::to_owned),
                prepared: None,
                endings: BTreeMap::new(),
                seen: 0,
            }
        })
        .collect()
}

impl Probe<'_> {
    /// Runs it with a tenant bound, whose place among those that are probed is given, and so are those of the others that
    /// it is to aim at where it aims at one; `readable` are those whose rows it may read.
    pub fn run(
        &mut self,
        tenants: &[Rc<Tenant>],
        bound: usize,
        others: i64,
        victims: &[usize],
        readable: &[String],
    ) -> Result<()> {
        let Some((role, tenant)) = self.role.clone().zip(tenants.get(bound)) else {
            return Ok(());
        };
        if self.hindered() {
            return Ok(());
        }
        let place = u32::try_from(bound).unwrap_or(u32::MAX);
        if !self.verb.has_victim() {
            let outcome = attempt::decided(|| {
                role.of(tenant, || match self.verb {
                    Verb::Read => self.read(readable),
                    _ => self.execute(&[self.target.key(tenant).into()]),
                })
            })?;
            self.note(&outcome, Pair(place, None), others);
            return Ok(());
        }
        for victim in victims {
            let Some(other) = tenants.get(*victim) else {
                continue;
            };
            if self.hindered() {
                break;
            }
            let key = self.target.key(other);
            let sample = self.sample.clone();
            let outcome = attempt::decided(|| {
                role.of(tenant, || match (self.verb, &sample) {
                    (Verb::Insert, Some(sample)) => {
                        self.execute(&[key.as_str().into(), sample.as_str().into()])
                    }
                    _ => self.execute(&[key.as_str().into()]),
                })
            })?;
            self.note(&outcome, Pair(place, u32::try_from(*victim).ok()), 1);
        }
        Ok(())
    }

    fn prepare(&mut self) -> Result<&OwnedPreparedStatement> {
        if self.prepared.is_none() {
            let types = match (self.verb, &self.sample) {
                (Verb::Read, _) => &[PgBuiltInOids::TEXTARRAYOID][..],
                (Verb::Insert, Some(_)) => &[PgBuiltInOids::TEXTOID, PgBuiltInOids::TEXTOID][..],
                _ => &[PgBuiltInOids::TEXTOID][..],
            };
            let types: Vec<_> = types.iter().map(|oid| oid.oid()).collect();
            let prepared = Spi::connect_mut(|client| -> Result<_> {
                Ok(client.prepare_mut(self.statement.as_str(), &types)?.keep())
            })?;
            self.prepared = Some(prepared);
        }
        self.prepared
            .as_ref()
            .ok_or(crate::error::Error::NotInstalled)
    }

    fn execute(&mut self, arguments: &[DatumWithOid]) -> Result<u64> {
        let prepared = self.prepare()?;
        Spi::connect_mut(|client| Ok(client.update(prepared, None, arguments)?.len() as u64))
    }

    fn read(&mut self, readable: &[String]) -> Result<u64> {
        let prepared = self.prepare()?;
        let (all, foreign) = Spi::connect(|client| -> Result<(i64, i64)> {
            let row = client
                .select(prepared, Some(1), &[readable.to_vec().into()])?
                .first();
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        })?;
        self.seen = self.seen.saturating_add(all.saturating_sub(foreign));
        Ok(u64::try_from(foreign).unwrap_or(0))
    }

    fn note(&mut self, outcome: &Result<u64, Refusal>, pair: Pair, pairs: i64) {
        let known = self
            .endings
            .entry(Ending::of(self.verb, outcome))
            .or_default();
        known.count = known.count.saturating_add(pairs);
        if known.listed.len() < LISTED {
            known.listed.push(pair);
        }
    }

    /// How often the statement ran, at the least.
    pub fn pairs(&self) -> i64 {
        self.endings.values().map(|pairs| pairs.count).sum()
    }

    /// Whether the statement ran.
    pub fn ran(&self) -> bool {
        !self.endings.is_empty()
    }

    /// Whether something that others hold stood in its way. The proof fails for that; to wait again would only take time.
    fn hindered(&self) -> bool {
        self.endings.keys().any(|ending| ending.undecided)
    }

    /// The probe, where a role may do it and none could try it.
    pub fn left(&self) -> Option<String> {
        let verb = self.verb.name();
        (self.role.is_none() && self.target.is_done(verb))
            .then(|| format!("{verb} of {}", self.target.name))
    }

    /// The probe and a code, where something else than a policy refused the statement.
    pub fn open(&self) -> Option<String> {
        let ending = self
            .endings
            .keys()
            .find(|ending| [SOMETHING_ELSE, NO_ROW].contains(&ending.outcome))?;
        let how = ending.sqlstate.as_deref().unwrap_or(ending.outcome);
        Some(format!(
            "{} of {} ({how})",
            self.verb.name(),
            self.target.name
        ))
    }

    /// What is wrong.
    pub fn findings(&self, tenants: &[Rc<Tenant>]) -> Vec<report::Finding> {
        let wrong = self.endings.iter().filter(|(ending, _)| !ending.pass);
        wrong
            .map(|(ending, pairs)| {
                let example = pairs.listed.first().map(|Pair(bound, other)| {
                    let slug = |place: u32| {
                        tenants
                            .get(place as usize)
                            .map_or("?", |tenant| tenant.slug.as_str())
                    };
                    match other {
                        Some(other) => format!("{} against {}", slug(*bound), slug(*other)),
                        None => slug(*bound).to_owned(),
                    }
                });
                let verb = self.verb.name();
                let (check_id, severity, outcome) = if ending.undecided {
                    (
                        "not_probed".to_owned(),
                        report::Severity::Medium,
                        format!("{verb} {}", ending.outcome),
                    )
                } else {
                    (
                        format!("probe_{verb}"),
                        report::Severity::Critical,
                        ending.outcome.to_owned(),
                    )
                };
                report::Finding {
                    check_id,
                    severity,
                    object: self.target.name.clone(),
                    message: format!(
                        "{outcome} as role {}{}: {} pairs of tenants, for instance {}",
                        self.role.as_ref().map_or("?", |role| role.name.as_str()),
                        ending.sqlstate.as_ref().map_or(String::new(), |s| format!(" ({s})")),
                        pairs.count,
                        example.unwrap_or_default(),
                    ),
                    remediation: if ending.undecided {
                        "See pg_locks for what stands in the way, and prove again when it is gone.".into()
                    } else {
                        format!(
                            "Compare the policies of {} with tenancy.expected_policy, and see the other findings.",
                            self.target.name
                        )
                    },
                }
            })
            .collect()
    }

    /// As the report has it.
    pub fn report(self) -> report::Probe {
        let single = self.endings.len() == 1;
        report::Probe {
            table: self.target.name.clone(),
            verb: self.verb.name().into(),
            role: self.role.map(|role| role.name),
            statement: self.statement,
            expected: self.verb.expected().into(),
            outcomes: self
                .endings
                .into_iter()
                .map(|(ending, pairs)| report::Outcome {
                    pass: ending.pass,
                    outcome: ending.outcome.into(),
                    sqlstate: ending.sqlstate,
                    pairs: pairs.count,
                    listed: if single { Vec::new() } else { pairs.listed },
                })
                .collect(),
        }
    }
}
