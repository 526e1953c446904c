//! A random rotation that depends on nothing but the number of dimensions.
//!
//! Signs are turned at random, then a Walsh-Hadamard transform mixes the largest block that is a power of two, at the
//! beginning and at the end in turn, and then both halves are mixed.

// Sizes are bounded by the length of a vector, and floats don't overflow into a panic.
#![allow(clippy::arithmetic_side_effects)]

use std::f32::consts::FRAC_1_SQRT_2;
use std::iter::repeat_with;

use super::lanes::LANES;

const ROUNDS: usize = 4;
/// The codes of an index depend on it: never to be changed.
const SEED: u64 = 0x7465_6E61_6E63_7900;

/// A rotation of so many dimensions.
#[derive(Debug, Clone)]
pub struct Rotation {
    padded: usize,
    block: usize,
    /// For each round, what each coordinate of the block is multiplied by.
    factors: Vec<f32>,
}

impl Rotation {
    /// `padded` is a multiple of 64 and not zero.
    pub fn new(padded: usize) -> Self {
        let block = 1 << padded.checked_ilog2().unwrap_or(0);
        let scale = 1.0 / (block as f32).sqrt();
        let mut state = SEED ^ padded as u64;
        let signs = repeat_with(|| match splitmix64(&mut state) >> 63 {
            0 => scale,
            _ => -scale,
        });
        Self {
            padded,
            block,
            factors: signs.take(ROUNDS * block).collect(),
        }
    }

    /// Rotates a vector of `padded` coordinates.
    #[inline(always)]
    pub fn rotate(&self, vector: &mut [f32]) {
        let mut spare = vec![0.0; self.block];
        for (round, factors) in self.factors.chunks_exact(self.block).enumerate() {
            let start = match round % 2 {
                0 => 0,
                _ => self.padded - self.block,
            };
            let Some(block) = vector.get_mut(start..start + self.block) else {
                return;
            };
            for (coordinate, factor) in block.iter_mut().zip(factors) {
                *coordinate *= factor;
            }
            transform(block, &mut spare);
            if self.block < self.padded {
                mix_halves(vector);
            }
        }
    }
}

/// A Walsh-Hadamard transform, but for the order of the results: the index's highest four bits become the lowest, so
/// that no step is within fewer than [`LANES`] neighbours.
#[inline(always)]
fn transform(block: &mut [f32], spare: &mut [f32]) {
    for _ in 0..LANES.ilog2() / 2 {
        transform_highest(block, spare);
        transform_highest(spare, block);
    }
    let mut half = LANES;
    while half < block.len() {
        for pair in block.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = (*low + *high, *low - *high);
            }
        }
        half *= 2;
    }
}

/// Each coordinate with the one half of all further on, which may be out of the block's reach.
#[inline(always)]
fn mix_halves(vector: &mut [f32]) {
    let (low, high) = vector.split_at_mut(vector.len() / 2);
    for (low, high) in low.iter_mut().zip(high) {
        let (sum, difference) = (*low + *high, *low - *high);
        (*low, *high) = (sum * FRAC_1_SQRT_2, difference * FRAC_1_SQRT_2);
    }
}

/// One step, of the index's highest bit, which becomes the lowest.
#[inline(always)]
fn transform_highest(from: &[f32], to: &mut [f32]) {
    let (low, high) = from.split_at(from.len() / 2);
    for ((to, low), high) in to.as_chunks_mut().0.iter_mut().zip(low).zip(high) {
        *to = [low + high, low - high];
    }
}

/// Random bits from a counter (Steele, Lea and Flood, OOPSLA 2014).
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let bits = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn product(a: &[f32], b: &[f32]) -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    }

    fn rotated(vector: &[f32]) -> Vec<f32> {
        let mut vector = vector.to_vec();
        Rotation::new(vector.len()).rotate(&mut vector);
        vector
    }

    fn pair() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        (1usize..26).prop_flat_map(|words| {
            let vector = || proptest::collection::vec(-1.0f32..1.0, 64 * words);
            (vector(), vector())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn lengths_and_angles_stay((a, b) in pair()) {
            let (c, d) = (rotated(&a), rotated(&b));
            let scale = (product(&a, &a) * product(&b, &b)).sqrt();
            prop_assert!((product(&a, &b) - product(&c, &d)).abs() < 5e-7 * scale);
            prop_assert!((product(&a, &a) / product(&c, &c) - 1.0).abs() < 5e-7);
        }
    }

    #[test]
    fn every_coordinate_goes_everywhere() {
        for padded in [64, 128, 192, 384, 448, 640, 768, 960, 1024, 1536, 1984] {
            for at in [0, 1, padded / 3, padded / 2, padded - 1] {
                let mut vector = vec![0.0; padded];
                vector[at] = 1.0;
                let vector = rotated(&vector);
                for words in vector.chunks(64) {
                    let share = product(words, words) * padded as f64 / 64.0;
                    assert!(
                        (0.3..2.5).contains(&share),
                        "{share} of coordinate {at} of {padded}"
                    );
                }
                let largest = vector
                    .iter()
                    .fold(0.0, |largest: f32, number| largest.max(number.abs()));
                assert!(
                    largest * (padded as f32).sqrt() < 6.0,
                    "coordinate {at} of {padded}"
                );
            }
        }
    }

    #[test]
    fn signs_are_even() {
        for padded in [64, 384, 1024] {
            let rotation = Rotation::new(padded);
            let negative = rotation
                .factors
                .iter()
                .filter(|factor| **factor < 0.0)
                .count();
            let share = negative as f64 / rotation.factors.len() as f64;
            assert!((share - 0.5).abs() < 0.1, "{share} of {padded}");
        }
    }
}
