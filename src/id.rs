//! Identifiers: `uuid`'s in the core and here, pgrx's where SQL has them.

use uuid::Uuid;

/// As SQL has it.
pub fn to_sql(id: Uuid) -> pgrx::Uuid {
    pgrx::Uuid::from_bytes(id.into_bytes())
}

/// From SQL.
pub fn from_sql(id: pgrx::Uuid) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}
