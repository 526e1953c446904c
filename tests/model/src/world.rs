//! The world the operations work on: tables of every kind, and tenants with their names. It does not change.

use tenancy_core::scope::Scope;

use crate::model::{Id, Seen};

/// A tenant, as an index of [`World::tenants`]. The first is the one of shared rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(pub usize);

pub const SHARED: Tenant = Tenant(0);

/// None of them.
pub const NOBODY: Tenant = Tenant(usize::MAX);

/// What a tenant is called in the three kinds of tenant columns.
pub struct Names {
    pub id: String,
    pub slug: String,
    pub number: i64,
}

/// A table, as an index of [`TABLES`].
pub type TableNo = usize;

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// Of the tenant column.
    pub tenant_type: &'static str,
    pub scoped: bool,
    pub shared: bool,
    pub partitioned: bool,
    /// Whether its rows may be granted. Some tables never are, as the first grant replaces the policies for reading.
    pub grantable: bool,
}

const PLAIN: Table = Table {
    name: "",
    tenant_type: "uuid",
    scoped: false,
    shared: false,
    partitioned: false,
    grantable: false,
};

/// Tenant columns of all types; scopes, sharing, partitions and grants by themselves and together.
pub const TABLES: [Table; 8] = [
    Table {
        name: "memo",
        scoped: true,
        ..PLAIN
    },
    Table {
        name: "note",
        scoped: true,
        grantable: true,
        ..PLAIN
    },
    Table {
        name: "page",
        tenant_type: "text",
        scoped: true,
        shared: true,
        ..PLAIN
    },
    Table {
        name: "fact",
        tenant_type: "bigint",
        scoped: true,
        shared: true,
        partitioned: true,
        grantable: true,
    },
    Table {
        name: "event",
        scoped: true,
        partitioned: true,
        grantable: true,
        ..PLAIN
    },
    Table {
        name: "task",
        tenant_type: "integer",
        ..PLAIN
    },
    Table {
        name: "rate",
        tenant_type: "bigint",
        shared: true,
        partitioned: true,
        grantable: true,
        ..PLAIN
    },
    Table {
        name: "plan",
        tenant_type: "text",
        grantable: true,
        ..PLAIN
    },
];

/// Rows have the ids 1 to this, for each tenant and table.
pub const MAX_ID: Id = 12;

/// The first id of the upper partition.
const SPLIT: Id = 7;

/// A half of a partitioned table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Low,
    High,
}

impl Half {
    pub fn of(id: Id) -> Self {
        if id < SPLIT { Self::Low } else { Self::High }
    }
}

/// How a table is named by a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Table,
    /// A view with `security_invoker`.
    View,
    Partition(Half),
}

impl Via {
    /// Whether a row of that id is in what is named.
    pub fn holds(self, id: Id) -> bool {
        match self {
            Self::Partition(half) => Half::of(id) == half,
            Self::Table | Self::View => true,
        }
    }
}

impl Table {
    /// Whether rows of the tenant `shared`, and tenant-wide rows under any floor, are read through that name.
    pub fn shares(&self, via: Via) -> bool {
        self.shared && !matches!(via, Via::Partition(_))
    }
}

pub struct World {
    pub schema: String,
    pub tenants: Vec<Names>,
    /// Has the server run queries in parallel workers.
    pub in_workers: &'static str,
}

impl World {
    pub fn relation(&self, table: TableNo, via: Via) -> String {
        let suffix = match via {
            Via::Table => "",
            Via::View => "_view",
            Via::Partition(Half::Low) => "_low",
            Via::Partition(Half::High) => "_high",
        };
        format!("{}.{}{suffix}", self.schema, TABLES[table].name)
    }

    /// A tenant's name in a table's tenant column.
    pub fn name(&self, tenant: Tenant, table: TableNo) -> String {
        let names = &self.tenants[tenant.0];
        match TABLES[table].tenant_type {
            "uuid" => names.id.clone(),
            "text" => names.slug.clone(),
            _ => names.number.to_string(),
        }
    }

    /// A row as the server showed it.
    pub fn seen(
        &self,
        table: TableNo,
        (tenant, id, scope, value): (String, Id, String, i32),
    ) -> Seen {
        let known = (0..self.tenants.len())
            .map(Tenant)
            .find(|t| self.name(*t, table) == tenant);
        Seen {
            tenant: known.unwrap_or(NOBODY),
            id,
            scope: Scope::parse(&scope).unwrap_or_else(|e| panic!("a row of scope {scope}: {e}")),
            value,
        }
    }

    /// The columns that make a [`Seen`], of a relation called `t`.
    pub fn columns(table: TableNo) -> String {
        let scope = if TABLES[table].scoped {
            "t.scope::text"
        } else {
            "'{}'"
        };
        format!("t.tenant_id::text, t.id, {scope}, t.value")
    }

    /// Makes the tables, as the administrator.
    pub fn definition(&self) -> String {
        let mut sql = String::new();
        for (number, table) in TABLES.iter().enumerate() {
            let (name, view) = (
                self.relation(number, Via::Table),
                self.relation(number, Via::View),
            );
            let (scope, scope_column) = if table.scoped {
                ("scope tenancy.scope,", "'scope'")
            } else {
                ("", "NULL")
            };
            let partition_by = if table.partitioned {
                "PARTITION BY RANGE (id)"
            } else {
                ""
            };
            sql += &format!(
                "CREATE TABLE {name} (tenant_id {}, id integer, {scope} value integer NOT NULL,
                                      PRIMARY KEY (tenant_id, id)) {partition_by};\n",
                table.tenant_type
            );
            if table.partitioned {
                for (half, range) in [
                    (Half::Low, format!("FROM (MINVALUE) TO ({SPLIT})")),
                    (Half::High, format!("FROM ({SPLIT}) TO (MAXVALUE)")),
                ] {
                    let partition = self.relation(number, Via::Partition(half));
                    sql += &format!(
                        "CREATE TABLE {partition} PARTITION OF {name} FOR VALUES {range};\n"
                    );
                }
            }
            sql += &format!(
                "SELECT tenancy.protect('{name}', scope_column => {scope_column}, shared => {});
                 CREATE VIEW {view} WITH (security_invoker = true) AS SELECT * FROM {name};\n",
                table.shared,
            );
            sql += &self.functions(number);
        }
        sql + &format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO model_app, model_curator",
            self.schema
        )
    }

    /// Functions whose statements a session plans once and runs again for whichever tenant comes next.
    fn functions(&self, table: TableNo) -> String {
        let (name, columns) = (self.relation(table, Via::Table), Self::columns(table));
        let row = "TABLE (tenant text, row_id integer, row_scope text, row_value integer)";
        format!(
            "CREATE FUNCTION {name}_all() RETURNS {row} LANGUAGE plpgsql AS $$
             BEGIN RETURN QUERY SELECT {columns} FROM {name} t; END $$;
             CREATE FUNCTION {name}_get(wanted integer) RETURNS {row} LANGUAGE plpgsql AS $$
             BEGIN RETURN QUERY SELECT {columns} FROM {name} t WHERE t.id = wanted; END $$;
             CREATE FUNCTION {name}_set(wanted integer, new_value integer) RETURNS integer LANGUAGE plpgsql AS $$
             DECLARE n integer;
             BEGIN
                 UPDATE {name} t SET value = new_value WHERE t.id = wanted;
                 GET DIAGNOSTICS n = ROW_COUNT;
                 RETURN n;
             END $$;\n"
        )
    }
}
