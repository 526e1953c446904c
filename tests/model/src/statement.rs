//! Operations as SQL.

use std::fmt;

use serde_json::{Value, json};
use tenancy_core::scope::Scope;
use tenancy_core::timestamp::rfc3339;

use crate::credential::{Credential, Secret};
use crate::model::Model;
use crate::operation::*;
use crate::session::Session;
use crate::world::{TABLES, TableNo, Tenant, Via, World};

/// A statement and how its answer is read.
pub struct Statement {
    pub sql: String,
    pub arguments: Vec<Argument>,
    pub shape: Shape,
    /// Whether it is prepared once on each connection that allows it.
    pub prepared: bool,
}

pub enum Argument {
    Integer(i32),
    Text(String),
    Null,
    /// What is sent, and what is shown of it.
    Secret(Secret, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Whatever it gives.
    Done,
    /// Rows of a table.
    Rows(TableNo),
    /// Text of a COPY of rows of a table.
    Copied(TableNo),
    /// None that could be read.
    Refused,
    /// How many rows it wrote.
    Written,
    /// One number.
    Number,
    Key,
    Grant,
    Context,
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Null => f.write_str("NULL"),
            Self::Secret(_, shown) => write!(f, "«{shown}»"),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)?;
        for (n, argument) in self.arguments.iter().enumerate() {
            write!(
                f,
                "{} ${} = {argument}",
                if n == 0 { "  --" } else { "," },
                n + 1
            )?;
        }
        Ok(())
    }
}

impl Statement {
    pub fn new(sql: impl Into<String>, shape: Shape) -> Self {
        Self {
            sql: sql.into(),
            arguments: Vec::new(),
            shape,
            prepared: false,
        }
    }

    /// Gives the parameter that stands for an argument.
    pub fn integer(&mut self, number: i32) -> String {
        self.argument(Argument::Integer(number))
    }

    /// As for [`Statement::integer`].
    pub fn text(&mut self, text: impl Into<String>) -> String {
        let parameter = self.argument(Argument::Text(text.into()));
        format!("{parameter}::text")
    }

    /// As for [`Statement::integer`].
    pub fn scope(&mut self, scope: &Scope) -> String {
        format!("{}::tenancy.scope", self.text(scope.to_json()))
    }

    /// A time, in microseconds since the Unix epoch; as for [`Statement::integer`].
    pub fn time(&mut self, micros: Option<i64>) -> String {
        let parameter = match micros.and_then(rfc3339) {
            Some(time) => self.argument(Argument::Text(time)),
            None => self.argument(Argument::Null),
        };
        format!("{parameter}::text::timestamptz")
    }

    fn argument(&mut self, argument: Argument) -> String {
        self.arguments.push(argument);
        format!("${}", self.arguments.len())
    }

    fn credential(&mut self, model: &Model, credential: &Credential) -> String {
        let (secret, shown) = spell(model, credential);
        let parameter = self.argument(Argument::Secret(secret, shown));
        format!("{parameter}::text")
    }

    fn tenant(&mut self, world: &World, tenant: Tenant, table: TableNo) -> String {
        let name = self.text(world.name(tenant, table));
        format!("{name}::{}", TABLES[table].tenant_type)
    }

    fn filter(&mut self, filter: &Filter) -> String {
        match filter {
            Filter::All => String::new(),
            Filter::Id(id) => format!(" WHERE t.id = {}", self.integer(*id)),
            Filter::Below(value) => format!(" WHERE t.value < {}", self.integer(*value)),
            Filter::Scope(scope) => format!(" WHERE t.scope = {}", self.scope(scope)),
        }
    }

    fn manner(mut self, manner: Manner) -> Self {
        self.prepared = manner == Manner::Prepared;
        self
    }
}

/// What is sent for a credential, and what is shown of it.
fn spell(model: &Model, credential: &Credential) -> (Secret, String) {
    match credential {
        Credential::Key(no) => {
            let key = &model.keys[*no];
            let rights = &key.rights;
            let shown = format!(
                "key {no}, {}, of tenant {}: {} {:?}, {}{}{}",
                key.id,
                key.tenant.0,
                rights.floor.to_json(),
                rights.capabilities.names(),
                key.parent
                    .map(|parent| format!("of key {parent}, "))
                    .unwrap_or_default(),
                rights
                    .expires_at
                    .and_then(rfc3339)
                    .unwrap_or_else(|| "endless".to_owned()),
                if key.revoked { ", revoked" } else { "" },
            );
            (key.secret.clone(), shown)
        }
        Credential::Token(token) => {
            let shown = format!(
                "token of tenant {:?}: {} {:?}, {}{}",
                token.names.map(|tenant| tenant.0),
                token.rights.floor.to_json(),
                token.rights.capabilities.names(),
                token
                    .rights
                    .expires_at
                    .and_then(rfc3339)
                    .unwrap_or_default(),
                if token.acts { ", acts" } else { "" },
            );
            (token.text.clone(), shown)
        }
        Credential::Nonsense(text, what) => (text.clone(), (*what).to_owned()),
    }
}

/// The statement of an operation, in a transaction as it is before.
pub fn statement(
    world: &World,
    model: &Model,
    session: &Session,
    operation: &Operation,
) -> Statement {
    let savepoint = |place: usize| format!("s{place}");
    let done = |sql: String| Statement::new(sql, Shape::Done);
    match operation {
        Operation::Bind(binding) => bind(model, binding),
        Operation::SetSession(token) => {
            let mut s = Statement::new("", Shape::Done);
            let token = s.credential(model, &Credential::Token(token.clone()));
            s.sql = format!("SELECT set_config('tenancy.session', {token}, true)");
            s
        }
        Operation::Unbind => done("SELECT tenancy.unbind()".to_owned()),
        Operation::Context => Statement::new("SELECT tenancy.context()::text", Shape::Context),
        Operation::Delegate(delegation) => delegate(delegation),
        Operation::Savepoint => done(format!("SAVEPOINT {}", savepoint(session.savepoints.len()))),
        Operation::RollbackTo(place) => done(format!("ROLLBACK TO {}", savepoint(*place))),
        Operation::Release(place) => done(format!("RELEASE {}", savepoint(*place))),
        Operation::Select(s) => select(world, s),
        Operation::Join(left, right) => Statement::new(
            format!(
                "SELECT count(*)::integer FROM {} AS t JOIN {} AS other ON other.id = t.id",
                world.relation(*left, Via::Table),
                world.relation(*right, Via::Table)
            ),
            Shape::Number,
        ),
        Operation::CopyIn(table) => Statement::new(
            format!(
                "COPY {} (id, value) FROM STDIN",
                world.relation(*table, Via::Table)
            ),
            Shape::Refused,
        ),
        Operation::OpenCursor(table, via) => done(format!(
            "DECLARE c{} CURSOR FOR SELECT {} FROM {} AS t",
            session.cursors + 1,
            World::columns(*table),
            world.relation(*table, *via)
        )),
        Operation::Fetch(asked) => {
            let (number, table) = session
                .cursor
                .as_ref()
                .map_or((0, 0), |c| (c.number, c.table));
            let asked = asked.map_or("ALL".to_owned(), |n| n.to_string());
            Statement::new(format!("FETCH {asked} FROM c{number}"), Shape::Rows(table))
        }
        Operation::Insert(i) => insert(world, i),
        Operation::Update(u) => update(world, u),
        Operation::Delete(d) => delete(world, d),
        Operation::Merge(m) => merge(world, m),
    }
}

fn bind(model: &Model, binding: &Binding) -> Statement {
    let mut context = serde_json::Map::new();
    let mut shown = context.clone();
    if !binding.scope.is_empty() {
        let scope: Value = serde_json::from_str(&binding.scope.to_json()).unwrap();
        context.insert("scope".into(), scope.clone());
        shown.insert("scope".into(), scope);
    }
    if binding.user {
        context.insert("user_id".into(), json!("someone"));
        shown.insert("user_id".into(), json!("someone"));
    }
    if let Some(other) = &binding.on_behalf_of {
        let (secret, other) = spell(model, other);
        context.insert("on_behalf_of".into(), json!(secret.0));
        shown.insert("on_behalf_of".into(), json!(other));
    }
    let mut s = Statement::new("", Shape::Done);
    let credential = s.credential(model, &binding.credential);
    s.sql = if context.is_empty() {
        format!("SELECT tenancy.bind({credential})")
    } else {
        let context = Argument::Secret(
            Secret(Value::from(context).to_string()),
            Value::from(shown).to_string(),
        );
        let context = s.argument(context);
        format!("SELECT tenancy.bind({credential}, {context}::text::jsonb)")
    };
    s
}

fn delegate(delegation: &Delegation) -> Statement {
    let mut s = Statement::new("", Shape::Key);
    let capabilities = match &delegation.capabilities {
        Some(names) => s.text(format!("{{{}}}", names.join(","))),
        None => s.argument(Argument::Null) + "::text",
    };
    let (scope, expires_at) = (s.scope(&delegation.scope), s.time(delegation.expires_at));
    s.sql = format!(
        "SELECT key_id::text, secret FROM tenancy.delegate_key('child', {capabilities}::text[], {scope},
                                                               expires_at => {expires_at})"
    );
    s
}

fn select(world: &World, select: &Select) -> Statement {
    let shape = match select.manner {
        Manner::Copy | Manner::CopyTable => Shape::Copied(select.table),
        _ => Shape::Rows(select.table),
    };
    let mut s = Statement::new("", shape);
    let relation = world.relation(select.table, select.via);
    if select.manner == Manner::Function {
        s.sql = match select.filter {
            Filter::Id(id) => format!("SELECT * FROM {relation}_get({})", s.integer(id)),
            _ => format!("SELECT * FROM {relation}_all()"),
        };
        return s;
    }
    let columns = World::columns(select.table);
    // COPY takes no parameters.
    let filter = if shape == Shape::Copied(select.table) {
        String::new()
    } else {
        s.filter(&select.filter)
    };
    let lock = if select.for_update { " FOR UPDATE" } else { "" };
    let query = format!("SELECT {columns} FROM {relation} AS t{filter}{lock}");
    s.sql = match select.manner {
        Manner::Copy => format!("COPY ({query}) TO STDOUT"),
        Manner::CopyTable => {
            let scope = if TABLES[select.table].scoped {
                "scope, "
            } else {
                ""
            };
            format!("COPY {relation} (tenant_id, id, {scope}value) TO STDOUT")
        }
        _ => query,
    };
    s.manner(select.manner)
}

/// How a statement that writes is answered.
fn written(table: TableNo, returning: bool) -> (Shape, String) {
    if returning {
        (
            Shape::Rows(table),
            format!(" RETURNING {}", World::columns(table)),
        )
    } else {
        (Shape::Written, String::new())
    }
}

fn insert(world: &World, insert: &Insert) -> Statement {
    let (shape, returning) = written(insert.table, insert.returning);
    let mut s = Statement::new("", shape);
    let mut columns = vec!["id", "value"];
    let mut values = vec![s.integer(insert.id), s.integer(insert.value)];
    if let Some(tenant) = insert.tenant {
        columns.push("tenant_id");
        values.push(s.tenant(world, tenant, insert.table));
    }
    if let Some(scope) = &insert.scope {
        columns.push("scope");
        values.push(match scope {
            Written::Scope(scope) => s.scope(scope),
            Written::NoScope => s.text(r#"{"team":["red","blue"]}"#) + "::tenancy.scope",
        });
    }
    let conflict = match insert.conflict {
        Conflict::Error => "",
        Conflict::Nothing => " ON CONFLICT DO NOTHING",
        Conflict::Update => " ON CONFLICT (tenant_id, id) DO UPDATE SET value = excluded.value",
    };
    s.sql = format!(
        "INSERT INTO {} AS t ({}) VALUES ({}){conflict}{returning}",
        world.relation(insert.table, insert.via),
        columns.join(", "),
        values.join(", ")
    );
    s.manner(insert.manner)
}

fn update(world: &World, update: &Update) -> Statement {
    let relation = world.relation(update.table, update.via);
    if let (Manner::Function, Filter::Id(id), Set::Value(value)) =
        (update.manner, &update.filter, &update.set)
    {
        let mut s = Statement::new("", Shape::Number);
        let (id, value) = (s.integer(*id), s.integer(*value));
        s.sql = format!("SELECT {relation}_set({id}, {value})");
        return s;
    }
    let (shape, returning) = written(update.table, update.returning);
    let mut s = Statement::new("", shape);
    let set = match &update.set {
        Set::Value(value) => format!("value = {}", s.integer(*value)),
        Set::Increment => "value = t.value + 1".to_owned(),
        Set::Scope(scope) => format!("scope = {}", s.scope(scope)),
        Set::Tenant(tenant) => format!("tenant_id = {}", s.tenant(world, *tenant, update.table)),
        Set::Id(id) => format!("id = {}", s.integer(*id)),
    };
    let filter = s.filter(&update.filter);
    s.sql = format!("UPDATE {relation} AS t SET {set}{filter}{returning}");
    s.manner(update.manner)
}

fn delete(world: &World, delete: &Delete) -> Statement {
    let (shape, returning) = written(delete.table, delete.returning);
    let mut s = Statement::new("", shape);
    let filter = s.filter(&delete.filter);
    s.sql = format!(
        "DELETE FROM {} AS t{filter}{returning}",
        world.relation(delete.table, delete.via)
    );
    s.manner(delete.manner)
}

fn merge(world: &World, merge: &Merge) -> Statement {
    let mut s = Statement::new("", Shape::Written);
    let (id, value) = (s.integer(merge.id), s.integer(merge.value));
    let own = match merge.own {
        Some(tenant) => format!(
            " AND t.tenant_id = {}",
            s.tenant(world, tenant, merge.table)
        ),
        None => String::new(),
    };
    let matched = match merge.matched {
        Matched::Update => "UPDATE SET value = s.value",
        Matched::Delete => "DELETE",
        Matched::Nothing => "DO NOTHING",
    };
    let insert = match &merge.insert {
        None => "DO NOTHING".to_owned(),
        Some(None) => "INSERT (id, value) VALUES (s.id, s.value)".to_owned(),
        Some(Some(scope)) => format!(
            "INSERT (id, value, scope) VALUES (s.id, s.value, {})",
            s.scope(scope)
        ),
    };
    s.sql = format!(
        "MERGE INTO {} AS t USING (VALUES ({id}::integer, {value}::integer)) AS s (id, value) ON t.id = s.id{own}
         WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN {insert}",
        world.relation(merge.table, merge.via)
    );
    s
}
