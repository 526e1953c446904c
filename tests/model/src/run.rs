//! A run: workers side by side, and what they report.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::client::Address;
use crate::sabotage::Sabotage;
use crate::worker::Worker;

/// Each has its own tenants and tables, so that it alone knows what they hold.
const WORKERS: usize = 4;

/// Server connections that a pooler needs for each role: fewer than the clients of all workers, and more than workers,
/// each of which may hold one while it waits for another.
pub const SERVERS: usize = WORKERS + 1;

pub struct Plan<'a> {
    /// Where administrators connect; a database of its own.
    pub server: Address,
    /// Where clients connect, to the same one.
    pub clients: Address,
    pub seed: u64,
    /// Of all workers.
    pub operations: usize,
    pub sabotage: Option<&'a Sabotage>,
}

#[derive(Default)]
pub struct Report {
    /// How often each kind of operation was answered, and refused.
    pub counts: BTreeMap<&'static str, (usize, usize)>,
    /// How many rows were read of the tenant itself, of tenant `shared` and of others.
    pub read: [usize; 3],
    /// The first that each worker met.
    pub differences: Vec<String>,
}

impl Report {
    pub fn operations(&self) -> usize {
        let each = |(answered, refused): &(usize, usize)| answered + refused;
        self.counts.values().map(each).sum()
    }

    pub fn count(&mut self, kind: &'static str, refused: bool) {
        let (answers, refusals) = self.counts.entry(kind).or_default();
        *(if refused { refusals } else { answers }) += 1;
    }

    fn add(&mut self, other: Self) {
        for (kind, (answered, refused)) in other.counts {
            let total = self.counts.entry(kind).or_default();
            *total = (total.0 + answered, total.1 + refused);
        }
        for (total, more) in self.read.iter_mut().zip(other.read) {
            *total += more;
        }
        self.differences.extend(other.differences);
    }
}

/// Runs until all is done, or a worker has met a difference.
pub fn run(plan: &Plan<'_>) -> Report {
    if let Some(sabotage) = plan.sabotage {
        let mut superuser = plan.server.connect("postgres");
        superuser.batch_execute(&sabotage.of_extension()).unwrap();
    }
    let stop = AtomicBool::new(false);
    let work = |number| {
        let mut worker = Worker::new(plan, number);
        while worker.report.operations() < plan.operations.div_ceil(WORKERS)
            && !stop.load(Ordering::Relaxed)
        {
            if let Err(difference) = worker.go_on() {
                worker.report.differences.push(difference);
                stop.store(true, Ordering::Relaxed);
            }
        }
        worker.report
    };
    let mut total = Report::default();
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        for worker in workers {
            total.add(worker.join().expect("a worker broke off"));
        }
    });
    total
}
