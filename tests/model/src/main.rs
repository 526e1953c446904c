//! A model-based test of who reads and writes what: random operations on random tables, credentials, scopes and grants,
//! run as the application, of which each must answer as the pure model says.
//!
//! | module | concept |
//! |---|---|
//! | [`world`] | the tables and tenants |
//! | [`credential`] | keys and tokens |
//! | [`model`] | what is committed |
//! | [`session`] | what a transaction has made of it |
//! | [`operation`], [`statement`] | what a client does, as data and as SQL |
//! | [`change`] | what an administrator does meanwhile |
//! | [`chance`], [`generate`] | random ones |
//! | [`answer`] | what is answered, and expected |
//! | [`rules`] | what must be answered |
//! | [`client`], [`pooler`] | connections to the server, or to PgBouncer before it |
//! | [`worker`], [`run`] | doing it and comparing |
//! | [`sabotage`] | what the test must notice |

mod answer;
mod chance;
mod change;
mod client;
mod credential;
mod generate;
mod model;
mod operation;
mod pooler;
mod rules;
mod run;
mod sabotage;
mod session;
mod statement;
mod worker;
mod world;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use client::Address;
use pooler::Pooler;
use rand::TryRng;
use rand::rngs::SysRng;
use run::{Plan, Report, SERVERS, run};
use sabotage::{SABOTAGES, Sabotage};

const ROLES: &str = "DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'model_app') THEN
        CREATE ROLE model_admin LOGIN IN ROLE tenancy_admin;
        CREATE ROLE model_curator LOGIN IN ROLE tenancy_admin;
        CREATE ROLE model_app LOGIN IN ROLE tenancy_app;
    END IF;
END
$$";

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number")),
    )
}

/// Prints a line that the runner counts.
fn check(good: bool, what: &str) -> bool {
    println!("{} - {what}", if good { "ok" } else { "not ok" });
    good
}

fn show(report: &Report) {
    for (kind, (answered, refused)) in &report.counts {
        println!("#   {kind:20} {answered:6} answered {refused:6} refused");
    }
    let [own, shared, granted] = report.read;
    println!(
        "#   rows read: {own} of the tenant itself, {shared} of tenant shared, {granted} of others by grant"
    );
}

/// The test, of which each run has a database of its own, as the one that PGDATABASE names is now.
struct Test {
    server: Address,
    seed: u64,
    operations: usize,
}

impl Test {
    fn run(&self, name: &str, clients: &Address, sabotage: Option<&Sabotage>) -> Report {
        let template = &self.server.database;
        let database = format!("{template}_{name}");
        let mut outside = self.server.with("postgres").connect("postgres");
        let mut administer = |sql: &str| outside.batch_execute(sql).unwrap();
        administer(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        administer(&format!("CREATE DATABASE {database} TEMPLATE {template}"));
        // Who waits for a worker that waits for them is refused, and nothing hangs.
        administer(&format!(
            "ALTER DATABASE {database} SET lock_timeout = '1min'"
        ));
        let report = run(&Plan {
            server: self.server.with(&database),
            clients: clients.with(&database),
            seed: self.seed,
            operations: self.operations,
            sabotage,
        });
        // What differs unexpectedly is left to be looked at.
        if report.differences.is_empty() || sabotage.is_some() {
            administer(&format!("DROP DATABASE {database} WITH (FORCE)"));
        }
        report
    }

    /// Whether the server does what the model says.
    fn agrees(&self, name: &str, what: &str, clients: &Address) -> bool {
        let started = Instant::now();
        let report = self.run(name, clients, None);
        let (total, seconds) = (report.operations(), started.elapsed().as_secs());
        println!("# {what}: {total} operations in {seconds} s");
        show(&report);
        for difference in &report.differences {
            println!("{difference}");
        }
        let good = report.differences.is_empty() && total >= self.operations;
        check(good, &format!("no difference {what}"))
    }

    /// Whether a defence that is missing is noticed.
    fn notices(&self, sabotage: &Sabotage) -> bool {
        let report = self.run("sabotaged", &self.server, Some(sabotage));
        let (total, what) = (report.operations(), sabotage.what);
        check(
            !report.differences.is_empty(),
            &format!("noticed after {total} operations: {what}"),
        )
    }
}

fn main() -> ExitCode {
    let test = Test {
        server: Address::of_server(),
        // Repeats a run, as far as clocks and threads let it.
        seed: setting("MODEL_SEED")
            .unwrap_or_else(|| SysRng.try_next_u64().expect("no random numbers")),
        operations: setting("MODEL_OPERATIONS").unwrap_or(20_000),
    };
    println!(
        "# MODEL_SEED={} MODEL_OPERATIONS={}",
        test.seed, test.operations
    );
    test.server
        .with("postgres")
        .connect("postgres")
        .batch_execute(ROLES)
        .unwrap();
    let pooler = Pooler::start(&test.server, SERVERS);
    let mut good = test.agrees("direct", "straight to the server", &test.server);
    good &= test.agrees("pooled", "through PgBouncer", &pooler.address);
    for sabotage in &SABOTAGES {
        good &= test.notices(sabotage);
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
