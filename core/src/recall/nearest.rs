//! Rows in the order of their exact distances, found by bounds.

// Floats don't overflow into a panic; a count of rows doesn't reach the end of 64 bits.
#![allow(clippy::arithmetic_side_effects)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::distance::Distance;
use super::metric::Metric;

/// How many candidates are put in order first, and by how much more each time after.
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

    fn distance(self, metric: Metric) -> Distance {
        if self == Self::NULL {
            return Distance::NULL;
        }
        let bound = f32::from_bits(match self.0 & Self::SIGN {
            0 => !self.0,
            _ => self.0 ^ Self::SIGN,
        });
        match bound == f32::INFINITY {
            true => Distance::number(f64::NAN),
            false => Distance::number(metric.distance(bound)),
        }
    }
}

/// Finds the nearest of rows of which a bound of the distance is known. They are taken by their bounds and asked for
/// their exact distance, and each is given once no row that wasn't asked can be before it.
#[derive(Debug, Clone)]
pub struct Nearest {
    metric: Metric,
    /// Taken; then in order; then those behind.
    candidates: Vec<Candidate>,
    taken: usize,
    ordered: usize,
    batch: usize,
    known: BinaryHeap<Reverse<(Distance, u64)>>,
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
            known: BinaryHeap::new(),
        }
    }

    /// Adds rows with the bounds that an [`Estimator`](super::Estimator) gave.
    pub fn extend(&mut self, bounds: &[f32], rows: impl Iterator<Item = u64>) {
        let metric = self.metric;
        self.candidates
            .extend(bounds.iter().zip(rows).map(|(bound, row)| Candidate {
                bound: Bound::new(metric, *bound),
                row,
            }));
        self.ordered = self.taken;
    }

    /// How many rows were neither given nor dropped.
    pub fn len(&self) -> usize {
        self.candidates.len() - self.taken + self.known.len()
    }

    /// Whether all rows were given or dropped.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the next row in order of exact distance; equally distant ones in order of their numbers. `exact` is asked
    /// at most once for each row and says `None` if it's not to be given. It's not asked for rows without a vector.
    pub fn next<E>(
        &mut self,
        mut exact: impl FnMut(u64) -> Result<Option<Distance>, E>,
    ) -> Result<Option<u64>, E> {
        loop {
            let candidate = self.peek();
            if let Some(Reverse((distance, row))) = self.known.peek().copied()
                && candidate.is_none_or(|next| {
                    (distance, row) <= (next.bound.distance(self.metric), next.row)
                })
            {
                self.known.pop();
                return Ok(Some(row));
            }
            let Some(Candidate { bound, row }) = candidate else {
                return Ok(None);
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
            self.batch *= GROWTH;
        }
        self.candidates.get(self.taken).copied()
    }
}
