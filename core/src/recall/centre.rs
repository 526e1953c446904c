//! The point from which differences are taken: the mean of a tenant's vectors, rounded to a byte a coordinate.

// Floats don't overflow into a panic; a count of vectors doesn't reach the end of 64 bits.
#![allow(clippy::arithmetic_side_effects)]

use super::codec::Point;
use super::grid::square;

/// A point near which the vectors are.
#[derive(Debug, Clone, PartialEq)]
pub struct Centre {
    scale: f32,
    steps: Vec<i8>,
    coordinates: Vec<f32>,
}

impl Centre {
    /// The zero vector.
    pub fn none() -> Self {
        Self::new(0.0, Vec::new())
    }

    /// Reads what [`Centre::write`] wrote. From a centre that isn't well-formed nothing is ever known of a vector.
    pub fn read(bytes: &[u8]) -> Self {
        let steps = |steps: &[u8]| steps.iter().map(|step| step.cast_signed()).collect();
        match bytes
            .split_first_chunk()
            .map(|(scale, rest)| (f32::from_le_bytes(*scale), rest))
        {
            Some((scale, rest)) if scale.is_finite() && !rest.is_empty() => {
                Self::new(scale, steps(rest))
            }
            // No points have as many coordinates.
            _ => Self::new(f32::NAN, vec![0]),
        }
    }

    /// Writes the centre into as many bytes as [`Codec::centre_size`](super::Codec::centre_size) says.
    pub fn write(&self, bytes: &mut [u8]) {
        bytes.fill(0);
        if let Some((scale, steps)) = bytes.split_first_chunk_mut() {
            *scale = self.scale.to_le_bytes();
            for (byte, step) in steps.iter_mut().zip(&self.steps) {
                *byte = step.cast_unsigned();
            }
        }
    }

    /// The squared distance of a point; 0 for one that has no place.
    pub fn square_to(&self, point: &Point) -> f32 {
        let Some(point) = point.coordinates() else {
            return 0.0;
        };
        match self.coordinates() {
            [] => square(point),
            centre => {
                let difference: Vec<f32> = point.iter().zip(centre).map(|(p, c)| p - c).collect();
                square(&difference)
            }
        }
    }

    /// Empty for the zero vector.
    pub(super) fn coordinates(&self) -> &[f32] {
        &self.coordinates
    }

    fn new(scale: f32, steps: Vec<i8>) -> Self {
        Self {
            scale,
            coordinates: steps.iter().map(|step| scale * f32::from(*step)).collect(),
            steps,
        }
    }
}

/// A mean of points.
#[derive(Debug, Clone)]
pub struct Mean {
    count: u64,
    sums: Vec<f64>,
}

impl Mean {
    /// Of no points yet, which will have as many coordinates as [`Codec::padded`](super::Codec::padded) says.
    pub fn new(padded: usize) -> Self {
        Self {
            count: 0,
            sums: vec![0.0; padded],
        }
    }

    /// Adds a point, if it has a place.
    pub fn add_point(&mut self, point: &Point) {
        if let Some(coordinates) = point.coordinates() {
            self.add(coordinates.iter().copied());
        }
    }

    /// How many points were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean, rounded. That of no points is the zero vector.
    pub fn centre(&self) -> Centre {
        let count = self.count.max(1) as f64;
        let largest = self
            .sums
            .iter()
            .fold(0.0, |largest: f64, sum| largest.max(sum.abs()));
        let scale = (largest / count / 127.0) as f32;
        if scale <= 0.0 {
            return Centre::none();
        }
        let step = |sum: &f64| (sum / count / f64::from(scale)).round() as i8;
        Centre::new(scale, self.sums.iter().map(step).collect())
    }

    pub(super) fn add(&mut self, coordinates: impl Iterator<Item = f32>) {
        self.count += 1;
        for (sum, coordinate) in self.sums.iter_mut().zip(coordinates) {
            *sum += f64::from(coordinate);
        }
    }
}
