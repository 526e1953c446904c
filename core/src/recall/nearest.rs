//! Rows in the order of their exact distances, found by bounds.

// Floats don't overflow into a panic; a count of rows doesn't reach the end of 64 bits.
#![allow(clippy::arithmetic_side_effects)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::distance::Distance;
use super::metric::Metric;

/// How many candidates are kept at first, and how many times as many each time they did not suffice.
const KEPT: usize = 2048;
const WIDER: usize = 16;
/// How many of them are put in order first, and by how much more each time after.
const FIRST: usize = 64;
const GROWTH: usize = 4;

/// A row of which the exact distance isn't known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    bound: Bound,
    row: u64,
}

/// The bits of a bound, such that their order is that of the distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bound(u32);

impl Bound {
    const NULL: Self = Self(u32::MAX);
    const SIGN: u32 = 1 << 31;

    fn new(metric: Metric, bound: f32) -> Self {
        if bound.is_nan() {
            return Self::NULL;
        }
        // Bounds that stand for one distance have to be one, so that rows decide.
        let bound = match metric {
            Metric::L2 if bound > f32::NEG_INFINITY => bound.max(0.0),
            _ => bound,
        };
        let bits = (bound + 0.0).to_bits();
        Self(match bits & Self::SIGN {
            0 => bits | Self::SIGN,
            _ => !bits,
        })
    }

    /// The bound itself; not a number for the last.
    fn number(self) -> f32 {
        match self {
            Self::NULL => f32::NAN,
            Self(bits) if bits & Self::SIGN == 0 => f32::from_bits(!bits),
            Self(bits) => f32::from_bits(bits ^ Self::SIGN),
        }
    }

    fn distance(self, metric: Metric) -> Distance {
        match self.number() {
            bound if bound.is_nan() => Distance::NULL,
            f32::INFINITY => Distance::number(f64::NAN),
            bound => Distance::number(metric.distance(bound)),
        }
    }
}

/// Finds the nearest of rows of which a bound of the distance is known. They are taken by their bounds and asked for
/// their exact distance, and each is given once no row that wasn't asked can be before it.
///
/// Most rows are never asked. So only as many as are likely to suffice are kept, little memory that stays in a
/// processor's cache; when they don't, all rows have to be added once more, and more of them are kept.
#[derive(Debug, Clone)]
pub struct Nearest {
    metric: Metric,
    /// Those taken; then others in order, up to `ordered`; then those behind.
    candidates: Vec<Candidate>,
    taken: usize,
    ordered: usize,
    batch: usize,
    /// How many candidates are kept.
    kept: usize,
    /// The first of those that were left out.
    left_out: Option<Candidate>,
    /// Rows taken in earlier rounds, in order.
    earlier: Vec<u64>,
    known: BinaryHeap<Reverse<(Distance, u64)>>,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A row.
    Row(u64),
    /// Nothing can be said before all rows were added once more; see [`Nearest::widen`].
    More,
    /// No row any more.
    End,
}

impl Nearest {
    /// Of no rows yet.
    pub fn new(metric: Metric) -> Self {
        Self {
            metric,
            candidates: Vec::new(),
            taken: 0,
            ordered: 0,
            batch: FIRST,
            kept: KEPT,
            left_out: None,
            earlier: Vec::new(),
            known: BinaryHeap::new(),
        }
    }

    /// Adds rows with the bounds that an [`Estimator`](super::Estimator) gave. All are to be added before the first is
    /// asked for.
    pub fn extend(&mut self, bounds: &[f32], rows: impl Iterator<Item = u64>) {
        let mut highest = self.highest();
        for (bound, row) in bounds.iter().zip(rows) {
            if *bound > highest {
                continue;
            }
            let bound = Bound::new(self.metric, *bound);
            let candidate = Candidate { bound, row };
            if self.left_out.is_some_and(|first| candidate >= first)
                || self.earlier.binary_search(&row).is_ok()
            {
                continue;
            }
            self.candidates.push(candidate);
            if self.candidates.len() > self.kept.saturating_mul(2) {
                let (_, first, _) = self.candidates.select_nth_unstable(self.kept);
                self.left_out = Some(*first);
                self.candidates.truncate(self.kept);
                highest = self.highest();
            }
        }
    }

    /// Bounds above are left out. It spares most rows all but one comparison.
    fn highest(&self) -> f32 {
        match self.left_out {
            Some(Candidate { bound, .. }) if bound < Bound::NULL => bound.number(),
            _ => f32::INFINITY,
        }
    }

    /// Forgets the candidates, to have all rows added once more and more of them kept. Rows that were taken stay so,
    /// even if they are added with another bound now.
    pub fn widen(&mut self) {
        let taken = self.candidates.drain(..).take(self.taken);
        self.earlier.extend(taken.map(|candidate| candidate.row));
        self.earlier.sort_unstable();
        self.kept = self.kept.saturating_mul(WIDER);
        self.restart();
    }

    /// Forgets what was added since the beginning, or since candidates were last widened.
    pub fn restart(&mut self) {
        self.candidates.clear();
        (self.taken, self.ordered, self.batch) = (0, 0, FIRST);
        self.left_out = None;
    }

    /// Gives the next row in order of exact distance; equally distant ones in order of their numbers. `exact` is asked
    /// at most once for each row and says `None` if it's not to be given. It's not asked for rows without a vector.
    pub fn next<E>(
        &mut self,
        mut exact: impl FnMut(u64) -> Result<Option<Distance>, E>,
    ) -> Result<Next, E> {
        loop {
            let candidate = self.peek();
            if let Some(Reverse((distance, row))) = self.known.peek().copied()
                && candidate.or(self.left_out).is_none_or(|next| {
                    (distance, row) <= (next.bound.distance(self.metric), next.row)
                })
            {
                self.known.pop();
                return Ok(Next::Row(row));
            }
            let Some(Candidate { bound, row }) = candidate else {
                return Ok(match self.left_out {
                    Some(_) => Next::More,
                    None => Next::End,
                });
            };
            let distance = match bound {
                Bound::NULL => Some(Distance::NULL),
                _ => exact(row)?,
            };
            self.taken += 1;
            self.known
                .extend(distance.map(|distance| Reverse((distance, row))));
        }
    }

    /// The candidate with the lowest bound.
    fn peek(&mut self) -> Option<Candidate> {
        if self.taken == self.ordered {
            let behind = self.candidates.get_mut(self.ordered..)?;
            if self.batch < behind.len() {
                behind.select_nth_unstable(self.batch);
            }
            let batch = self.batch.min(behind.len());
            behind.get_mut(..batch)?.sort_unstable();
            self.ordered += batch;
            self.batch = self.batch.saturating_mul(GROWTH);
        }
        self.candidates.get(self.taken).copied()
    }
}
