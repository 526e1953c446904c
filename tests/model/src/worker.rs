//! A worker: does random things to a world of its own, and compares every answer with the model's.

mod beginning;

use std::fmt::Write;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use tenancy_core::scope::Scope;

use crate::answer::{Answer, Expected};
use crate::chance::Chance;
use crate::change::Change;
use crate::client::Client;
use crate::credential::Key;
use crate::generate::Generator;
use crate::model::{Model, Seen};
use crate::operation::Operation;
use crate::rules::expect;
use crate::run::Report;
use crate::session::Session;
use crate::statement::{Shape, Statement, statement};
use crate::world::{SHARED, TABLES, TableNo, Tenant, Via, World};

/// Connections of the application, for each worker.
const CLIENTS: usize = 4;

pub struct Worker {
    chance: Chance,
    world: Rc<World>,
    model: Model,
    administrator: Client,
    superuser: Client,
    /// The application's.
    clients: Vec<Client>,
    /// For the tenant of shared rows, which an application cannot bind.
    curator: Client,
    /// Tables of which rows were granted; the first grant waits for whoever uses the table.
    opened: Vec<TableNo>,
    pub report: Report,
    /// What was done since the present transaction began.
    history: String,
}

/// A connection: a client's, or none for the curator's.
type Place = Option<usize>;

/// A transaction in which another one runs.
#[derive(Clone, Copy)]
struct Around {
    tenant: Tenant,
    place: Place,
}

/// Microseconds since the Unix epoch; server and test read the same clock.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock before 1970");
    i64::try_from(since.as_micros()).expect("a clock far from now")
}

impl Worker {
    /// A transaction, and now and then something for which none may be open.
    pub fn go_on(&mut self) -> Result<(), String> {
        self.history.clear();
        if self.chance.percent(10) {
            self.first_grant()?;
        }
        self.transaction(None)
    }

    /// A transaction of a random tenant on a random connection; inside, now and then, a whole one of another tenant on
    /// another connection.
    fn transaction(&mut self, around: Option<Around>) -> Result<(), String> {
        let (tenant, place) = self.choose(around);
        let mut session = Session {
            administrator: place.is_none(),
            repeatable_read: self.chance.percent(15),
            read_only: self.chance.percent(6),
            ..Session::default()
        };
        let begin = self.begin(&session);
        self.batch(place, &begin)?;
        for _ in 0..self.chance.between(3, 18) {
            if self.chance.percent(8) {
                let change = Change::random(
                    &mut self.chance,
                    &self.world,
                    &self.model,
                    &self.opened,
                    now(),
                );
                self.change(change)?;
            }
            if let (Some(pin), None) = (&session.pin, around)
                && self.chance.percent(4)
            {
                self.transaction(Some(Around {
                    tenant: pin.tenant,
                    place,
                }))?;
            }
            let operation = Generator {
                chance: &mut self.chance,
                world: &self.world,
                model: &self.model,
                session: &session,
                tenant,
                busy: around.map(|around| around.tenant),
                at: now(),
            }
            .operation();
            session = self.step(place, session, &operation)?;
            let lost = session.aborted && session.savepoints.is_empty();
            if session.aborted && self.chance.percent(if lost { 75 } else { 10 }) {
                break;
            }
        }
        let commit = self.chance.percent(70);
        self.batch(place, if commit { "COMMIT" } else { "ROLLBACK" })?;
        if commit && !session.aborted {
            self.model.commit(&session);
        }
        self.compare()
    }

    /// A tenant and a connection that are free.
    fn choose(&mut self, around: Option<Around>) -> (Tenant, Place) {
        loop {
            let shared = self.chance.percent(12);
            let tenant = if shared {
                SHARED
            } else {
                Tenant(1 + self.chance.below(self.world.tenants.len() - 1))
            };
            let place = (!shared).then(|| self.chance.below(CLIENTS));
            if around.is_none_or(|around| around.tenant != tenant && around.place != place) {
                return (tenant, place);
            }
        }
    }

    /// Begins in one of many ways, none of which changes what is answered.
    fn begin(&mut self, session: &Session) -> String {
        let mut sql = "BEGIN".to_owned();
        if session.repeatable_read {
            sql += " ISOLATION LEVEL REPEATABLE READ";
        }
        if session.read_only {
            sql += " READ ONLY";
        }
        sql += self.chance.weighted(&[
            (40, ""),
            (30, "; SET LOCAL plan_cache_mode = force_generic_plan"),
            (30, "; SET LOCAL plan_cache_mode = force_custom_plan"),
        ]);
        sql + self.chance.weighted(&[
            (44, ""),
            (6, self.world.in_workers),
            (19, "; SET LOCAL enable_seqscan = off"),
            (
                15,
                "; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off",
            ),
            (
                10,
                "; SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off",
            ),
            (
                6,
                "; SET LOCAL enable_partition_pruning = off; SET LOCAL enable_hashjoin = off",
            ),
        ])
    }

    /// One operation: what the model expects is what the server must answer.
    fn step(
        &mut self,
        place: Place,
        session: Session,
        operation: &Operation,
    ) -> Result<Session, String> {
        let statement = statement(&self.world, &self.model, &session, operation);
        let before = now();
        let (mut expected, mut next) = expect(&self.model, &session, operation, before);
        // Most of what is refused shall not end the transaction.
        let guarded = expected.is_refusal() && !session.aborted && self.chance.percent(85);
        if guarded {
            self.client(place).batch("SAVEPOINT guard")?;
        }
        self.tell(place, &statement.to_string());
        let answer = self.client(place).run(&statement);
        // What has ended meanwhile may have ended before the server came to it, or not.
        let mut ends = self.model.ends_between(before, now()).into_iter();
        while !expected.admits(&answer)
            && let Some(end) = ends.next()
        {
            (expected, next) = expect(&self.model, &session, operation, end);
        }
        if !expected.admits(&answer) {
            let message = self.client(place).message.clone();
            return Err(self.difference(&expected, &answer, &message));
        }
        let refused = matches!(answer, Answer::Refused(_));
        self.report.count(operation.kind(), refused);
        self.learn(operation, &mut next, &answer);
        next.aborted = refused && !guarded;
        if guarded {
            let end = if refused {
                "ROLLBACK TO guard; RELEASE guard"
            } else {
                "RELEASE guard"
            };
            self.client(place).batch(end)?;
        }
        Ok(next)
    }

    /// What only the server could say.
    fn learn(&mut self, operation: &Operation, session: &mut Session, answer: &Answer) {
        match (operation, answer) {
            (Operation::Delegate(_), Answer::Key { id, secret }) => {
                let promise = session.promise.take().expect("the model promised a key");
                session.made.push(self.model.keys.len());
                self.model.keys.push(Key {
                    id: id.clone(),
                    secret: secret.clone(),
                    tenant: promise.tenant,
                    rights: promise.rights,
                    parent: promise.parent,
                    revoked: false,
                    committed: false,
                });
            }
            (Operation::Fetch(asked), Answer::Rows(rows)) => {
                session.fetched(rows, asked.is_none_or(|asked| rows.len() < asked));
            }
            (Operation::Fetch(_), _) => session.cursor = None,
            _ => {}
        }
        if let (Answer::Rows(rows), Some(pin)) = (answer, &session.pin) {
            for row in rows {
                let whose = if row.tenant == pin.tenant {
                    0
                } else {
                    1 + usize::from(row.tenant != SHARED)
                };
                self.report.read[whose] += 1;
            }
        }
    }

    fn change(&mut self, change: Change) -> Result<(), String> {
        let statement = change.statement(&self.world, &self.model);
        writeln!(self.history, "administrator: {statement}").unwrap();
        let at = now();
        let answer = self.administrator.run(&statement);
        if !change.expected(at).admits(&answer) && !change.expected(now()).admits(&answer) {
            let message = self.administrator.message.clone();
            return Err(self.difference(&change.expected(at), &answer, &message));
        }
        self.report
            .count(change.kind(), matches!(answer, Answer::Refused(_)));
        change.apply(&mut self.model, answer, at);
        Ok(())
    }

    /// Grants rows of a table for the first time, while nobody uses it.
    fn first_grant(&mut self) -> Result<(), String> {
        let table = self.chance.below(TABLES.len());
        if !TABLES[table].grantable || self.opened.contains(&table) {
            return Ok(());
        }
        self.opened.push(table);
        let (owner, grantee, scope) = (Tenant(1), Tenant(2), Scope::default());
        self.change(Change::Grant {
            owner,
            grantee,
            table,
            scope,
            expires_at: None,
        })
    }

    /// Everything that is committed, as the superuser sees it.
    fn compare(&mut self) -> Result<(), String> {
        for table in 0..TABLES.len() {
            let (columns, relation) = (
                World::columns(table),
                self.world.relation(table, Via::Table),
            );
            let query = Statement {
                prepared: true,
                ..Statement::new(
                    format!("SELECT {columns} FROM {relation} AS t"),
                    Shape::Rows(table),
                )
            };
            let answer = self.superuser.run(&query);
            let rows: Vec<Seen> = self.model.committed(table).collect();
            let expected = Expected::Exactly(Answer::Rows(rows));
            if !expected.admits(&answer) {
                writeln!(self.history, "superuser: {query}").unwrap();
                return Err(self.difference(&expected, &answer, &self.superuser.message));
            }
        }
        Ok(())
    }

    fn client(&mut self, place: Place) -> &mut Client {
        match place {
            Some(client) => &mut self.clients[client],
            None => &mut self.curator,
        }
    }

    fn batch(&mut self, place: Place, sql: &str) -> Result<(), String> {
        self.tell(place, sql);
        let outcome = self.client(place).batch(sql);
        outcome.map_err(|error| format!("{}{error}", self.history))
    }

    fn tell(&mut self, place: Place, what: &str) {
        let who = place.map_or("curator".to_owned(), |client| format!("client {client}"));
        writeln!(self.history, "{who}: {what}").unwrap();
    }

    fn difference(&self, expected: &Expected, answer: &Answer, message: &str) -> String {
        format!("{}{} {message}", self.history, expected.explain(answer))
    }
}
