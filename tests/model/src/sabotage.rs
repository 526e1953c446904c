//! Defences that a superuser takes out, each to see that the test notices.

use crate::world::{TABLES, Via, World};

/// What is taken out.
pub struct Sabotage {
    pub what: &'static str,
    /// For each table.
    sql: &'static str,
}

pub const SABOTAGES: [Sabotage; 5] = [
    Sabotage {
        what: "scopes are not tested when rows are read",
        sql: "ALTER POLICY tenancy_select_scope ON {} USING (true);",
    },
    Sabotage {
        what: "scopes are not tested when rows are changed",
        sql: "ALTER POLICY tenancy_update_scope ON {} USING (true) WITH CHECK (true);",
    },
    Sabotage {
        what: "tenants are not tested when rows are made",
        sql: "ALTER POLICY tenancy_insert ON {} WITH CHECK (true);",
    },
    Sabotage {
        what: "no capability is asked for when rows are removed",
        sql: "ALTER POLICY tenancy_delete ON {} USING (tenant_id = tenancy.current_tenant());",
    },
    Sabotage {
        what: "sessions hear of no change of keys, grants and tenants",
        sql: "ALTER TABLE tenancy.api_key DISABLE TRIGGER credential_changed;
              ALTER TABLE tenancy.read_grant DISABLE TRIGGER credential_changed;
              ALTER TABLE tenancy.tenant DISABLE TRIGGER credential_changed;",
    },
];

impl Sabotage {
    /// The statements that do it, in the simplest of the tables.
    pub fn sql(&self, world: &World) -> String {
        let simplest = |n: &usize| {
            TABLES[*n].scoped && !TABLES[*n].partitioned && TABLES[*n].tenant_type == "uuid"
        };
        let each = |n| self.sql.replace("{}", &world.relation(n, Via::Table));
        let all: String = (0..TABLES.len()).filter(simplest).map(each).collect();
        format!("SET tenancy.guard = off; {all} RESET tenancy.guard")
    }
}
