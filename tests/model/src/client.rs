//! Connections: statements out, answers in.

use std::collections::HashMap;
use std::env;
use std::io::Read;
use std::rc::Rc;

use postgres::types::{ToSql, Type};
use postgres::{Config, Error, NoTls, Row};
use serde_json::Value;
use tenancy_core::scope::Scope;

use crate::answer::{Answer, Shown};
use crate::credential::Secret;
use crate::statement::{Argument, Shape, Statement};
use crate::world::{Tenant, World};

pub struct Client {
    connection: postgres::Client,
    world: Rc<World>,
    /// Statements prepared on this connection; None where a pooler may take another one for the next transaction.
    prepared: Option<HashMap<String, postgres::Statement>>,
    /// What the last refusal said.
    pub message: String,
}

/// Where a server or a pooler listens.
#[derive(Clone)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub database: String,
    /// Whether a connection is one session of the server.
    pub direct: bool,
}

impl Address {
    /// The server that PGHOST, PGPORT and PGDATABASE name.
    pub fn of_server() -> Self {
        let variable = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        Self {
            host: variable("PGHOST"),
            port: variable("PGPORT").parse().expect("PGPORT is no number"),
            database: variable("PGDATABASE"),
            direct: true,
        }
    }

    /// The same server or pooler with another database.
    pub fn with(&self, database: &str) -> Self {
        Self {
            database: database.to_owned(),
            ..self.clone()
        }
    }

    pub fn connect(&self, user: &str) -> postgres::Client {
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .dbname(&self.database)
            .user(user);
        config
            .connect(NoTls)
            .unwrap_or_else(|error| panic!("cannot connect as {user}: {error}"))
    }
}

impl Client {
    pub fn connect(address: &Address, user: &str, world: &Rc<World>) -> Self {
        Self {
            connection: address.connect(user),
            world: Rc::clone(world),
            prepared: address.direct.then(HashMap::new),
            message: String::new(),
        }
    }

    /// Runs statements that must succeed, in one message.
    pub fn batch(&mut self, sql: &str) -> Result<(), String> {
        self.connection
            .batch_execute(sql)
            .map_err(|error| format!("{sql}: {}", describe(&error)))
    }

    pub fn run(&mut self, statement: &Statement) -> Answer {
        self.message.clear();
        self.answer(statement).unwrap_or_else(|error| {
            self.message = describe(&error);
            Answer::Refused(
                error
                    .code()
                    .map_or("no answer", |code| code.code())
                    .to_owned(),
            )
        })
    }

    fn answer(&mut self, statement: &Statement) -> Result<Answer, Error> {
        Ok(match statement.shape {
            Shape::Written => Answer::Count(self.execute(statement)?),
            Shape::Refused => {
                self.connection.batch_execute(&statement.sql)?;
                Answer::Done
            }
            Shape::Copied(table) => {
                let mut text = String::new();
                let mut reader = self.connection.copy_out(&statement.sql)?;
                if let Err(error) = reader.read_to_string(&mut text) {
                    return Err(*error
                        .into_inner()
                        .and_then(|e| e.downcast().ok())
                        .expect("an error of the server"));
                }
                drop(reader);
                let mut rows: Vec<_> = text
                    .lines()
                    .map(|line| {
                        let fields: Vec<&str> = line.split('\t').collect();
                        let (scope, value) = if fields.len() == 4 {
                            (fields[2], fields[3])
                        } else {
                            ("{}", fields[2])
                        };
                        let row = (
                            fields[0].to_owned(),
                            fields[1].parse().unwrap(),
                            scope.to_owned(),
                            value.parse().unwrap(),
                        );
                        self.world.seen(table, row)
                    })
                    .collect();
                rows.sort();
                Answer::Rows(rows)
            }
            Shape::Rows(table) => {
                let rows = self.query(statement)?;
                let seen = |row: &Row| (row.get(0), row.get(1), row.get(2), row.get(3));
                let mut rows: Vec<_> = rows
                    .iter()
                    .map(|row| self.world.seen(table, seen(row)))
                    .collect();
                rows.sort();
                Answer::Rows(rows)
            }
            Shape::Number => {
                let number: i32 = self.query(statement)?[0].get(0);
                Answer::Count(u64::try_from(number).unwrap())
            }
            Shape::Key => {
                let rows = self.query(statement)?;
                Answer::Key {
                    id: rows[0].get(0),
                    secret: Secret(rows[0].get(1)),
                }
            }
            Shape::Grant => Answer::Grant(self.query(statement)?[0].get(0)),
            Shape::Context => {
                let context: String = self.query(statement)?[0].get(0);
                Answer::Context(self.shown(&serde_json::from_str(&context).unwrap()))
            }
            Shape::Done => {
                self.query(statement)?;
                Answer::Done
            }
        })
    }

    fn shown(&self, context: &Value) -> Shown {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let slug = text(&context["tenant"]).unwrap();
        Shown {
            tenant: Tenant(
                self.world
                    .tenants
                    .iter()
                    .position(|names| names.slug == slug)
                    .unwrap(),
            ),
            scope: Scope::from_value(&context["scope"]).unwrap(),
            capabilities: list(&context["capabilities"])
                .iter()
                .filter_map(text)
                .collect(),
            key: text(&context["key_id"]),
            other_key: text(&context["on_behalf_of"]["key_id"]),
            grants: list(&context["read_grants"])
                .iter()
                .filter_map(|grant| text(&grant["grant_id"]))
                .collect(),
        }
    }

    fn query(&mut self, statement: &Statement) -> Result<Vec<Row>, Error> {
        let values = values(&statement.arguments);
        match self.prepare(statement)? {
            Some(prepared) => {
                let values: Vec<_> = values.iter().map(|(value, _)| *value).collect();
                self.connection.query(&prepared, &values)
            }
            None => self.connection.query_typed(&statement.sql, &values),
        }
    }

    fn execute(&mut self, statement: &Statement) -> Result<u64, Error> {
        let values = values(&statement.arguments);
        match self.prepare(statement)? {
            Some(prepared) => {
                let values: Vec<_> = values.iter().map(|(value, _)| *value).collect();
                self.connection.execute(&prepared, &values)
            }
            None => self.connection.execute_typed(&statement.sql, &values),
        }
    }

    fn prepare(&mut self, statement: &Statement) -> Result<Option<postgres::Statement>, Error> {
        let Some(known) = self.prepared.as_mut().filter(|_| statement.prepared) else {
            return Ok(None);
        };
        if let Some(prepared) = known.get(&statement.sql) {
            return Ok(Some(prepared.clone()));
        }
        let types: Vec<Type> = values(&statement.arguments)
            .into_iter()
            .map(|(_, kind)| kind)
            .collect();
        let prepared = self.connection.prepare_typed(&statement.sql, &types)?;
        known.insert(statement.sql.clone(), prepared.clone());
        Ok(Some(prepared))
    }
}

fn values(arguments: &[Argument]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    arguments
        .iter()
        .map(|argument| -> (&(dyn ToSql + Sync), Type) {
            match argument {
                Argument::Integer(number) => (number, Type::INT4),
                Argument::Text(text) => (text, Type::TEXT),
                Argument::Secret(secret, _) => (&secret.0, Type::TEXT),
                Argument::Null => (&None::<String>, Type::TEXT),
            }
        })
        .collect()
}

/// What the server says of an error.
fn describe(error: &Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} {}", error.code().code(), error.message()),
        None => error.to_string(),
    }
}
