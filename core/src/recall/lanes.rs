//! Sums that are the same on every machine: always by sixteen lanes, which are then added in one order.

// Floats don't overflow into a panic.
#![allow(clippy::arithmetic_side_effects)]

/// How many sums run side by side.
pub const LANES: usize = 16;

/// Of slices whose length is a multiple of [`LANES`].
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(b.as_chunks::<LANES>().0)
    {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    total(sums)
}

/// Adds the lanes.
#[inline(always)]
pub fn total(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = sums.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
        half /= 2;
    }
    let [sum, ..] = sums;
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_all_coordinates() {
        let a: Vec<f32> = (0..192).map(|at| (at as f32).sin()).collect();
        let b: Vec<f32> = (0..192).map(|at| 1.0 / (1 + at) as f32).collect();
        let exact: f64 = a
            .iter()
            .zip(&b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum();
        assert!((f64::from(dot(&a, &b)) - exact).abs() < 1e-6);
        assert_eq!(dot(&a, &[]), 0.0);
    }
}
