//! A worker's world as it is in the beginning.

use std::fmt::Write;
use std::rc::Rc;

use tenancy_core::scope::Scope;

use super::{CLIENTS, Worker};
use crate::chance::Chance;
use crate::change::Change;
use crate::client::{Address, Client};
use crate::model::{Model, Row, TenantRows};
use crate::run::{Plan, Report};
use crate::world::{MAX_ID, Names, TABLES, Tenant, Via, World};

/// Beside the one of shared rows.
const TENANTS: usize = 4;

impl Worker {
    pub fn new(plan: &Plan<'_>, number: usize) -> Self {
        let world = Rc::new(make(&plan.server, &format!("worker_{number}")));
        let connect = |address: &Address, user: &str| Client::connect(address, user, &world);
        let mut worker = Self {
            chance: Chance::new(plan.seed, number as u64),
            model: Model::default(),
            administrator: connect(&plan.server, "model_admin"),
            superuser: connect(&plan.server, "postgres"),
            clients: (0..CLIENTS)
                .map(|_| connect(&plan.clients, "model_app"))
                .collect(),
            curator: connect(&plan.clients, "model_curator"),
            opened: Vec::new(),
            report: Report::default(),
            history: String::new(),
            world: Rc::clone(&world),
        };
        for tenant in (0..world.tenants.len()).map(Tenant) {
            worker.populate(tenant).unwrap();
        }
        if let Some(sabotage) = plan.sabotage {
            worker.superuser.batch(&sabotage.of_tables(&world)).unwrap();
        }
        worker
    }

    /// Gives a tenant rows and keys.
    fn populate(&mut self, tenant: Tenant) -> Result<(), String> {
        let mut rows = TenantRows::new();
        let mut sql = String::new();
        for (number, table) in TABLES.iter().enumerate() {
            for id in 1..=MAX_ID {
                if self.chance.percent(50) {
                    let scope = if table.scoped {
                        self.chance.scope(45)
                    } else {
                        Scope::default()
                    };
                    let row = Row {
                        scope,
                        value: self.chance.between(0, 99),
                    };
                    let scope = if table.scoped {
                        format!(", '{}'", row.scope.to_json())
                    } else {
                        String::new()
                    };
                    writeln!(
                        sql,
                        "INSERT INTO {} (tenant_id, id, value{}) VALUES ('{}', {id}, {}{scope});",
                        self.world.relation(number, Via::Table),
                        if table.scoped { ", scope" } else { "" },
                        self.world.name(tenant, number),
                        row.value
                    )
                    .unwrap();
                    rows.insert((number, id), row);
                }
            }
        }
        self.superuser.batch(&sql)?;
        self.model.rows.insert(tenant, rows);
        let key = |capabilities, floor| Change::CreateKey {
            tenant,
            capabilities,
            floor,
            expires_at: None,
        };
        // One at least that may do the usual things everywhere.
        self.change(key(vec!["read", "write"], Scope::default()))?;
        for _ in 0..7 {
            let (capabilities, floor) = (self.chance.capabilities(), self.chance.floor());
            self.change(key(capabilities, floor))?;
        }
        Ok(())
    }
}

/// Makes tenants and tables.
fn make(server: &Address, schema: &str) -> World {
    let mut superuser = server.connect("postgres");
    let roles = "model_app, model_curator";
    superuser
        .batch_execute(&format!(
            "CREATE SCHEMA {schema} AUTHORIZATION model_admin; GRANT USAGE ON SCHEMA {schema} TO {roles}"
        ))
        .unwrap();
    let version: i32 = superuser
        .query_one("SELECT current_setting('server_version_num')::integer", &[])
        .unwrap()
        .get(0);
    let mut administrator = server.connect("model_admin");
    for n in 1..=TENANTS {
        administrator
            .execute(
                "SELECT tenancy.create_tenant($1)",
                &[&format!("{schema}-{n}")],
            )
            .unwrap();
    }
    let tenants = "SELECT tenant_id::text, slug, tenant_number FROM tenancy.tenant
                   WHERE slug = 'shared' OR slug LIKE $1 ORDER BY tenant_number";
    let tenants = administrator
        .query(tenants, &[&format!("{schema}-%")])
        .unwrap();
    let world = World {
        schema: schema.to_owned(),
        tenants: tenants
            .iter()
            .map(|row| Names {
                id: row.get(0),
                slug: row.get(1),
                number: row.get(2),
            })
            .collect(),
        in_workers: if version < 160_000 {
            "; SET LOCAL force_parallel_mode = on"
        } else {
            "; SET LOCAL debug_parallel_query = on"
        },
    };
    administrator.batch_execute(&world.definition()).unwrap();
    world
}
