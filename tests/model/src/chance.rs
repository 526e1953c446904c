//! Random choices of small things.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use tenancy_core::capability::Capabilities;
use tenancy_core::scope::Scope;

/// Few keys and values, so that floors and scopes meet: as the same, as broader and narrower, and as contradictions.
const ALPHABET: [(&str, [&str; 2]); 3] = [
    ("team", ["red", "blue"]),
    ("agent", ["a", "b"]),
    ("run", ["1", "2"]),
];

pub struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// True in so many cases of a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    /// Of the range, both ends included.
    pub fn between(&mut self, first: i32, last: i32) -> i32 {
        self.0.random_range(first..=last)
    }

    /// One of a list that is not empty.
    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// One of a list, each as likely as its number says.
    pub fn weighted<T: Clone>(&mut self, all: &[(u32, T)]) -> T {
        let mut left = self
            .0
            .random_range(0..all.iter().map(|(weight, _)| weight).sum::<u32>());
        for (weight, item) in all {
            if left < *weight {
                return item.clone();
            }
            left -= weight;
        }
        unreachable!("the weights' sum is above what was drawn")
    }

    /// Each key with that likelihood.
    pub fn scope(&mut self, percent: u32) -> Scope {
        let mut pairs = BTreeMap::new();
        for (key, values) in ALPHABET {
            if self.percent(percent) {
                pairs.insert(key.to_owned(), self.of(&values).to_owned());
            }
        }
        Scope::from_pairs(pairs).unwrap()
    }

    pub fn floor(&mut self) -> Scope {
        if self.percent(45) {
            Scope::default()
        } else {
            self.scope(40)
        }
    }

    /// The floor with a few more pairs, or now and then something that it may contradict.
    pub fn scope_near(&mut self, floor: &Scope) -> Scope {
        let other = self.scope(35);
        if self.percent(15) {
            return other;
        }
        let pairs = other.pairs().chain(floor.pairs());
        Scope::from_pairs(
            pairs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        )
        .unwrap()
    }

    /// Names of capabilities and presets.
    pub fn capabilities(&mut self) -> Vec<&'static str> {
        self.weighted(&[
            (36, vec!["read", "write"]),
            (10, vec!["read"]),
            (6, vec!["write"]),
            (18, vec!["read", "write", "key:delegate"]),
            (6, vec!["manager"]),
            (5, vec!["supervisor"]),
            (5, vec!["agent", "secret:read"]),
            (4, vec!["reader", "key:delegate"]),
            (3, vec!["write", "key:delegate"]),
            (3, vec!["forget", "trace:read"]),
        ])
    }
}

/// What the names stand for.
pub fn parse(names: &[&str]) -> Capabilities {
    Capabilities::parse_names(names.iter().copied()).unwrap()
}
