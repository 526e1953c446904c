//! Defences that a superuser takes out, each to see that the test notices.

use crate::world::{TABLES, Via, World};

/// What is taken out.
pub struct Sabotage {
    pub what: &'static str,
    place: Place,
}

enum Place {
    /// SQL for each table.
    Tables(&'static str),
    /// SQL for the tables of the extension. They are every worker's: one that has begun would hold locks on them while
    /// it waits for an administrator, who would wait for whoever takes the defence out.
    Extension(&'static str),
}

pub const SABOTAGES: [Sabotage; 5] = [
    Sabotage {
        what: "scopes are not tested when rows are read",
        place: Place::Tables("ALTER POLICY tenancy_select_scope ON {} USING (true);"),
    },
    Sabotage {
        what: "scopes are not tested when rows are changed",
        place: Place::Tables(
            "ALTER POLICY tenancy_update_scope ON {} USING (true) WITH CHECK (true);",
        ),
    },
    Sabotage {
        what: "tenants are not tested when rows are made",
        place: Place::Tables("ALTER POLICY tenancy_insert ON {} WITH CHECK (true);"),
    },
    Sabotage {
        what: "no capability is asked for when rows are removed",
        place: Place::Tables(
            "ALTER POLICY tenancy_delete ON {} USING (tenant_id = tenancy.current_tenant());",
        ),
    },
    Sabotage {
        what: "sessions hear of no change of keys, grants and tenants",
        place: Place::Extension(
            "ALTER TABLE tenancy.api_key DISABLE TRIGGER credential_changed;
              ALTER TABLE tenancy.read_grant DISABLE TRIGGER credential_changed;
              ALTER TABLE tenancy.tenant DISABLE TRIGGER credential_changed;",
        ),
    },
];

impl Sabotage {
    /// The statements that do it to the extension, before anybody works.
    pub fn of_extension(&self) -> String {
        match self.place {
            Place::Extension(sql) => sql.to_owned(),
            Place::Tables(_) => String::new(),
        }
    }

    /// The statements that do it to a worker's tables: the simplest of them.
    pub fn of_tables(&self, world: &World) -> String {
        let Place::Tables(sql) = self.place else {
            return String::new();
        };
        let simplest = |n: &usize| {
            TABLES[*n].scoped && !TABLES[*n].partitioned && TABLES[*n].tenant_type == "uuid"
        };
        let each = |n| sql.replace("{}", &world.relation(n, Via::Table));
        let all: String = (0..TABLES.len()).filter(simplest).map(each).collect();
        format!("SET tenancy.guard = off; {all} RESET tenancy.guard")
    }
}
