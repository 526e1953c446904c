//! Which transactions have ended, at a point in time: what a Postgres snapshot says, `xmin:xmax:running,…`. Between two
//! such points each transaction ends once, so what is sealed by them is sealed once.

use std::fmt;

/// All transactions below `next` have ended but those that were running.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Horizon {
    next: u64,
    /// In ascending order, each once, all below `next`.
    running: Vec<u64>,
}

/// The text is not a snapshot's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot")]
pub struct NotASnapshot;

impl Horizon {
    /// Reads a `pg_snapshot`'s text.
    ///
    /// # Errors
    /// [`NotASnapshot`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotASnapshot> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| NotASnapshot);
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or(NotASnapshot);
        let (first, next, running) = (number(part()?)?, number(part()?)?, part()?);
        let running = match running {
            "" => Vec::new(),
            list => list.split(',').map(number).collect::<Result<_, _>>()?,
        };
        let sound = first <= next
            && running.is_sorted_by(|a, b| a < b)
            && running.iter().all(|id| (first..next).contains(id));
        sound.then_some(Self { next, running }).ok_or(NotASnapshot)
    }

    /// The same with one more transaction that runs: a snapshot does not name its own. One from `next` on has not ended
    /// in any case, and `next` stays where it is: a snapshot names none of those that run beyond it.
    #[must_use]
    pub fn with_running(mut self, id: u64) -> Self {
        if let Err(at) = self.running.binary_search(&id)
            && id < self.next
        {
            self.running.insert(at, id);
        }
        self
    }

    /// Whether a transaction had ended.
    pub fn has_ended(&self, id: u64) -> bool {
        id < self.next && self.running.binary_search(&id).is_err()
    }

    /// The first transaction that had not begun.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Those that had begun and not ended.
    pub fn running(&self) -> &[u64] {
        &self.running
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.running.first().unwrap_or(&self.next);
        write!(f, "{first}:{}:", self.next)?;
        for (at, id) in self.running.iter().enumerate() {
            write!(f, "{}{id}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_writes_what_postgres_writes() {
        for text in ["10:20:10,14,15", "795:799:795,797", "5:5:"] {
            assert_eq!(Horizon::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "", "1", "1:2", "2:1:", "1:9:3,3", "1:9:9", "1:9:4,2", "1:9:x", "-1:2:",
        ] {
            assert_eq!(Horizon::parse(text), Err(NotASnapshot), "{text}");
        }
    }

    #[test]
    fn the_own_transaction_runs() {
        let horizon = Horizon::parse("5:9:7").unwrap().with_running(6);
        assert_eq!(horizon.to_string(), "6:9:6,7");
        assert!(horizon.has_ended(5) && horizon.has_ended(8));
        assert!(!horizon.has_ended(6) && !horizon.has_ended(9));
        // Those between, which the snapshot does not name, run too.
        let horizon = horizon.with_running(12);
        assert_eq!(horizon.to_string(), "6:9:6,7");
        assert!((9..=13).all(|id| !horizon.has_ended(id)));
    }

    proptest! {
        /// Transactions begin and end in any order, and are looked at now and then: each is seen to end once.
        #[test]
        fn each_transaction_ends_once(steps in prop::collection::vec(0u8..6, 1..200)) {
            let (mut next, mut running, mut seen) = (1u64, Vec::new(), Vec::new());
            let mut completed = 0;
            let mut before = Horizon::default();
            for (at, step) in steps.iter().enumerate() {
                match step {
                    0..=2 => {
                        running.push(next);
                        next += 1;
                    }
                    3 | 4 if !running.is_empty() => {
                        completed = completed.max(running.remove(at % running.len()));
                    }
                    _ => {
                        // As Postgres has it: up to the last that ended, and without the own one, which runs on.
                        let own = next;
                        next += 1;
                        let xmax = completed + 1;
                        let named = running.iter().filter(|id| **id < xmax);
                        let list: Vec<String> = named.map(u64::to_string).collect();
                        let first = running.first().copied().unwrap_or(xmax).min(xmax);
                        let now = Horizon::parse(&format!("{first}:{xmax}:{}", list.join(","))).unwrap().with_running(own);
                        prop_assert!(!now.has_ended(own) && running.iter().all(|id| !now.has_ended(*id)));
                        let new: Vec<u64> = (1..next).filter(|id| now.has_ended(*id) && !before.has_ended(*id)).collect();
                        let late = |id: &u64| *id >= before.next() || before.running().contains(id);
                        prop_assert!(new.iter().all(late));
                        seen.extend(new);
                        running.push(own);
                        before = now;
                    }
                }
            }
            let ended: Vec<u64> = (1..before.next()).filter(|id| before.has_ended(*id)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, ended);
        }
    }
}
