//! What a client does, as data.

use std::rc::Rc;

use tenancy_core::scope::Scope;

use crate::credential::{Credential, Token};
use crate::model::Id;
use crate::world::{TableNo, Tenant, Via};

/// One step of a client's transaction.
#[derive(Clone, Debug)]
pub enum Operation {
    Bind(Binding),
    /// A token, set as `tenancy.session` itself; it is looked at when first needed.
    SetSession(Rc<Token>),
    Unbind,
    /// `tenancy.context()`
    Context,
    Delegate(Delegation),

    Savepoint,
    /// The savepoint's place, the oldest being 0.
    RollbackTo(usize),
    Release(usize),

    Select(Select),
    /// How many pairs of rows have the same id.
    Join(TableNo, TableNo),
    /// COPY … FROM, which row security does not allow.
    CopyIn(TableNo),
    OpenCursor(TableNo, Via),
    /// So many rows, or all that are left.
    Fetch(Option<usize>),

    Insert(Insert),
    Update(Update),
    Delete(Delete),
    Merge(Merge),
}

#[derive(Clone, Debug)]
pub struct Binding {
    pub credential: Credential,
    pub on_behalf_of: Option<Credential>,
    /// Requested beyond the credential's floor.
    pub scope: Scope,
    /// Whether a user is named, which is for a token to say where there is one.
    pub user: bool,
}

#[derive(Clone, Debug)]
pub struct Delegation {
    pub capabilities: Option<Vec<&'static str>>,
    pub scope: Scope,
    /// In microseconds since the Unix epoch.
    pub expires_at: Option<i64>,
}

/// Which rows a statement asks for.
#[derive(Clone, Debug)]
pub enum Filter {
    All,
    Id(Id),
    /// Those of a smaller value.
    Below(i32),
    /// Those of exactly that scope.
    Scope(Scope),
}

/// How a statement gets to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Planned for this one time.
    Once,
    /// Prepared on this connection once, and used by all its transactions.
    Prepared,
    /// By a function whose plan the session keeps.
    Function,
    /// As COPY of a query to the client.
    Copy,
    /// As COPY of the table to the client.
    CopyTable,
}

#[derive(Clone, Debug)]
pub struct Select {
    pub table: TableNo,
    pub via: Via,
    pub filter: Filter,
    pub for_update: bool,
    pub manner: Manner,
}

#[derive(Clone, Debug)]
pub struct Insert {
    pub table: TableNo,
    pub via: Via,
    pub id: Id,
    /// None for the column's default.
    pub tenant: Option<Tenant>,
    /// None for the column's default.
    pub scope: Option<Written>,
    pub value: i32,
    pub conflict: Conflict,
    pub returning: bool,
    pub manner: Manner,
}

/// What is written into a scope column.
#[derive(Clone, Debug)]
pub enum Written {
    Scope(Scope),
    /// Something else.
    NoScope,
}

/// What happens to a row of the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    Error,
    Nothing,
    Update,
}

#[derive(Clone, Debug)]
pub struct Update {
    pub table: TableNo,
    pub via: Via,
    pub filter: Filter,
    pub set: Set,
    pub returning: bool,
    pub manner: Manner,
}

#[derive(Clone, Debug)]
pub enum Set {
    Value(i32),
    /// The old value and 1.
    Increment,
    /// Moves the row inside its tenant.
    Scope(Scope),
    /// Hands it to a tenant.
    Tenant(Tenant),
    /// With [`Filter::Id`] only, so that one row at most is changed.
    Id(Id),
}

#[derive(Clone, Debug)]
pub struct Delete {
    pub table: TableNo,
    pub via: Via,
    pub filter: Filter,
    pub returning: bool,
    pub manner: Manner,
}

#[derive(Clone, Debug)]
pub struct Merge {
    pub table: TableNo,
    pub via: Via,
    pub id: Id,
    pub value: i32,
    /// Whether rows are matched by the bound tenant's name too, or by id only.
    pub own: Option<Tenant>,
    pub matched: Matched,
    /// What is inserted when nothing matches, with which scope.
    pub insert: Option<Option<Scope>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    Update,
    Delete,
    Nothing,
}

impl Operation {
    /// Its name in the summary.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bind(binding) if binding.on_behalf_of.is_some() => "bind on behalf",
            Self::Bind(_) => "bind",
            Self::SetSession(_) => "set session",
            Self::Unbind => "unbind",
            Self::Context => "context",
            Self::Delegate(_) => "delegate_key",
            Self::Savepoint => "savepoint",
            Self::RollbackTo(_) => "rollback to",
            Self::Release(_) => "release",
            Self::Select(select) if select.for_update => "select for update",
            Self::Select(select) => match select.manner {
                Manner::Once => "select",
                Manner::Prepared => "select, prepared",
                Manner::Function => "select, function",
                Manner::Copy | Manner::CopyTable => "copy to",
            },
            Self::Join(..) => "join",
            Self::CopyIn(_) => "copy from",
            Self::OpenCursor(..) => "declare cursor",
            Self::Fetch(_) => "fetch",
            Self::Insert(insert) => match insert.conflict {
                Conflict::Error => "insert",
                _ => "insert on conflict",
            },
            Self::Update(update) => match update.set {
                Set::Scope(_) => "update scope",
                Set::Tenant(_) => "update tenant",
                Set::Id(_) => "update id",
                _ => "update",
            },
            Self::Delete(_) => "delete",
            Self::Merge(_) => "merge",
        }
    }

    /// Whether its plan may be one made before, which tests nothing until it comes to a row.
    pub fn planned_before(&self) -> bool {
        let manner = match self {
            Self::Select(select) => select.manner,
            Self::Update(update) => update.manner,
            Self::Delete(delete) => delete.manner,
            Self::Fetch(_) => return true,
            _ => Manner::Once,
        };
        matches!(manner, Manner::Prepared | Manner::Function)
    }
}
