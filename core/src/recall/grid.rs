//! Rounding a vector to the direction of a point of a grid of odd integers, and the integers' digits.
//!
//! An odd integer between `-(2^bits - 1)` and `2^bits - 1` is a sum of all powers of two below `2^bits`, each with a
//! sign; a plane holds the signs of one power, a bit a coordinate.

// Digits are at most eight, sizes are bounded by the length of a vector, and floats don't overflow into a panic.
#![allow(clippy::arithmetic_side_effects)]

use super::lanes::{LANES, dot, total};

/// How many digits an integer may have.
pub const MAX_BITS: usize = 8;
/// The step that suits numbers of a normal distribution best, by bits (Max, IRE Trans. Inf. Theory 1960).
const STEPS: [f32; MAX_BITS] = [
    1.596, 0.9957, 0.5860, 0.3352, 0.1881, 0.1041, 0.05687, 0.03076,
];
/// What other steps are tried, relative to that one.
const TRIED: [f32; 2] = [0.9, 1.1];
/// Added to a smaller number that isn't negative, it leaves the nearest integer in the lowest bits: it's 2^23.
const ROUND: f32 = 8_388_608.0;

/// A vector rounded to a grid.
#[derive(Debug, Clone, Copy)]
pub struct Rounding {
    bits: u32,
    /// What to multiply by to get levels.
    scale: f32,
    /// The inner product of vector and integers.
    pub along: f32,
    /// The squared length of the integers.
    pub length: f32,
}

/// The root mean square of the integers that numbers of a normal distribution are rounded to.
pub fn typical(bits: u32) -> f32 {
    match bits {
        1 => 1.0,
        _ => 2.0 / step(bits),
    }
}

#[inline(always)]
fn step(bits: u32) -> f32 {
    STEPS.get(bits as usize - 1).copied().unwrap_or(1.0)
}

impl Rounding {
    /// Rounds a vector of which the squared length is told and is not zero.
    #[inline(always)]
    pub fn new(vector: &[f32], length: f32, bits: u32) -> Self {
        let deviation = (length / vector.len() as f32).sqrt();
        let step = step(bits) * deviation;
        let mut best = Self::with_scale(vector, bits, 1.0 / step);
        // Of a single digit the step makes no difference.
        let tries = if bits == 1 { 0 } else { TRIED.len() };
        for tried in TRIED.iter().take(tries) {
            let other = Self::with_scale(vector, bits, 1.0 / (step * tried));
            if other.cosine() > best.cosine() {
                best = other;
            }
        }
        best
    }

    #[inline(always)]
    fn with_scale(vector: &[f32], bits: u32, scale: f32) -> Self {
        let mut along = [0.0; LANES];
        let mut length = [0.0; LANES];
        for chunk in vector.as_chunks::<LANES>().0 {
            for ((along, length), number) in along.iter_mut().zip(&mut length).zip(chunk) {
                let size = 2.0 * (level(*number, bits, scale) - ROUND) + 1.0;
                *along += size * number.abs();
                *length += size * size;
            }
        }
        Self {
            bits,
            scale,
            along: total(along),
            length: total(length),
        }
    }

    /// The cosine of the angle to the integers, but for a factor that's the same for all roundings of a vector.
    #[inline(always)]
    fn cosine(&self) -> f32 {
        self.along / self.length.sqrt()
    }

    /// The digits of 64 numbers: a word for each power, lowest first. Above the highest one, words are zero.
    #[inline(always)]
    pub fn digits(self, numbers: &[f32; 64]) -> [u64; MAX_BITS] {
        let top = 1 << (self.bits - 1);
        let mut digits = [0; 64];
        for (digits, number) in digits.iter_mut().zip(numbers) {
            let level = level(*number, self.bits, self.scale).to_bits() as u8 & (top - 1);
            let turned = (number.to_bits().cast_signed() >> 31) as u8;
            *digits = (level | top) ^ turned;
        }
        let mut words = [0; MAX_BITS];
        for (power, word) in words.iter_mut().take(self.bits as usize).enumerate() {
            *word = gather(&digits, power);
        }
        words
    }
}

/// One bit of each byte.
#[inline(always)]
fn gather(bytes: &[u8; 64], bit: usize) -> u64 {
    let mut word = 0;
    for (at, bytes) in bytes.as_chunks().0.iter().enumerate() {
        // Moves the bit of each byte into the highest one; no two sums of a bit's and a factor's place are the same.
        let bits = u64::from_le_bytes(*bytes) >> bit & 0x0101_0101_0101_0101;
        word |= bits.wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * at);
    }
    word
}

/// The level of a number without its sign: its integer is twice that, plus one. In the lowest bits of a float.
#[inline(always)]
fn level(number: f32, bits: u32, scale: f32) -> f32 {
    let highest = ((1 << (bits - 1)) - 1) as f32;
    (number.abs() * scale - 0.5).min(highest).max(0.0) + ROUND
}

/// The squared length.
#[inline(always)]
pub fn square(vector: &[f32]) -> f32 {
    dot(vector, vector)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The integers that digits stand for.
    fn integers(rounding: Rounding, vector: &[f32]) -> Vec<f64> {
        let mut integers = Vec::new();
        for chunk in vector.as_chunks().0 {
            let words = rounding.digits(chunk);
            integers.extend((0..64).map(|at| {
                let sign = |power: u32| {
                    if words[power as usize] >> at & 1 == 1 {
                        1
                    } else {
                        -1
                    }
                };
                (0..rounding.bits)
                    .map(|power| f64::from(sign(power) << power))
                    .sum::<f64>()
            }));
        }
        integers
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn digits_are_those_of_the_nearest_direction(
            vector in proptest::collection::vec(-1.0f32..1.0, 192),
            shape in 1i32..6,
            bits in 1u32..=8,
        ) {
            // From even to sparse.
            let vector: Vec<f32> = vector.iter().map(|number| number.powi(2 * shape - 1)).collect();
            prop_assume!(square(&vector) > 0.0);
            let rounding = Rounding::new(&vector, square(&vector), bits);
            let integers = integers(rounding, &vector);
            let largest = f64::from((1 << bits) - 1);
            for (integer, number) in integers.iter().zip(&vector) {
                prop_assert!(integer.abs() <= largest && integer.rem_euclid(2.0) == 1.0);
                prop_assert!(*number == 0.0 || integer.signum() == f64::from(number.signum()));
            }
            let along: f64 = vector.iter().zip(&integers).map(|(a, b)| f64::from(*a) * b).sum();
            let length: f64 = integers.iter().map(|integer| integer * integer).sum();
            prop_assert!((along - f64::from(rounding.along)).abs() <= 1e-5 * along);
            prop_assert!((length / f64::from(rounding.length) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn more_digits_point_in_nearly_the_same_direction() {
        let vector: Vec<f32> = (0..384)
            .map(|at| (at as f32 * 0.7).sin() + (at as f32 * 1.3).cos())
            .collect();
        // From 1 - cos^2: what Max's quantisers leave of a normal distribution is 0.363, 0.117, 0.0345, 0.0095 and so on.
        let limits = [0.38, 0.13, 0.040, 0.012, 0.0035, 0.0012, 0.0004, 0.00015];
        for (bits, limit) in (1..).zip(limits) {
            let rounding = Rounding::new(&vector, square(&vector), bits);
            let rest = 1.0 - rounding.cosine().powi(2) / square(&vector);
            assert!(rest < limit, "{rest} with {bits} digits");
        }
    }
}
