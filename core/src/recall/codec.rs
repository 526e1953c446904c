//! Vectors as points, and points as codes.
//!
//! A code is a byte `s` (how large the estimate's error is), two floats `a` and `f`, then the planes of the
//! difference's digits, lowest power first; all little endian. With `r` the difference of point and centre and `v` its
//! integers, `f * v` is `r` and something at a right angle to it, so that `f * <v, t>` estimates `<r, t>`. `a` is what the
//! distance owes to the point alone.

// Sizes are bounded by the length of a vector, and floats don't overflow into a panic.
#![allow(clippy::arithmetic_side_effects)]

use fearless_simd::{Level, dispatch};

use super::centre::{Centre, Mean};
use super::estimator::Estimator;
use super::grid::{Rounding, square};
use super::lanes::dot;
use super::metric::Metric;
use super::rotation::Rotation;

/// More than any type of vectors has.
const MAX_DIMENSIONS: usize = 65_536;
/// The bytes of a code before its planes.
pub(super) const HEADER: usize = 9;
/// In place of `f`, what is the matter with a vector that has no place.
const UNKNOWN: f32 = -1.0;
pub(super) const NOT_A_NUMBER: f32 = -2.0;
pub(super) const NULL: f32 = -3.0;

/// Squared lengths outside of these limits are left to exact arithmetic.
pub(super) const SHORTEST: f32 = 1e-30;
const LONGEST: f32 = 1e32;
/// How far rounding may take a rotated vector from where it belongs, relative to its length.
pub(super) const ROUNDING: f32 = 2e-6;

/// How vectors of an index are encoded.
#[derive(Debug, Clone)]
pub struct Codec {
    metric: Metric,
    dimensions: usize,
    bits: u8,
    padded: usize,
    rotation: Rotation,
    level: Level,
}

/// A vector in its place: rotated, and for the cosine of length one.
#[derive(Debug, Clone)]
pub struct Point(Place);

#[derive(Debug, Clone)]
enum Place {
    At(Vec<f32>),
    /// The zero vector has no direction: its distance from everything is NaN.
    NotANumber,
    /// Too short or too long for the arithmetic here.
    Unknown,
}

impl Point {
    /// `None` for a point without a place.
    pub(super) fn coordinates(&self) -> Option<&[f32]> {
        match &self.0 {
            Place::At(coordinates) => Some(coordinates),
            _ => None,
        }
    }

    pub(super) fn is_nan(&self) -> bool {
        matches!(self.0, Place::NotANumber)
    }
}

impl Codec {
    /// `None` for no dimensions or more than 65,536, and for other than 1 to 4 bits.
    pub fn new(metric: Metric, dimensions: usize, bits: u8) -> Option<Self> {
        if !(1..=MAX_DIMENSIONS).contains(&dimensions) || !(1..=4).contains(&bits) {
            return None;
        }
        let padded = dimensions.next_multiple_of(64);
        Some(Self {
            metric,
            dimensions,
            bits,
            padded,
            rotation: Rotation::new(padded),
            level: Level::new(),
        })
    }

    /// What distances are measured by.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Of the vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Of the codes, for each dimension.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// The dimensions of points: those of the vectors, rounded up to a multiple of 64.
    pub fn padded(&self) -> usize {
        self.padded
    }

    /// The bytes of a code.
    pub fn code_size(&self) -> usize {
        HEADER + usize::from(self.bits) * self.padded / 8
    }

    /// The bytes of a centre.
    pub fn centre_size(&self) -> usize {
        4 + self.padded
    }

    /// Puts a vector into its place. One of another length has none.
    pub fn place(&self, vector: &[f32]) -> Point {
        Point(dispatch!(self.level, _ => self.find_place(vector)))
    }

    #[inline(always)]
    fn find_place(&self, vector: &[f32]) -> Place {
        if vector.len() != self.dimensions {
            return Place::Unknown;
        }
        let mut point = Vec::with_capacity(self.padded);
        point.extend_from_slice(vector);
        point.resize(self.padded, 0.0);
        let length = square(&point);
        if !(0.0..=LONGEST).contains(&length) {
            return Place::Unknown;
        }
        let is_zero = point.iter().all(|coordinate| *coordinate == 0.0);
        if length < SHORTEST && !is_zero {
            return Place::Unknown;
        }
        if self.metric == Metric::Cosine {
            if is_zero {
                return Place::NotANumber;
            }
            let scale = 1.0 / length.sqrt();
            for coordinate in &mut point {
                *coordinate *= scale;
            }
        }
        self.rotation.rotate(&mut point);
        Place::At(point)
    }

    /// Writes a point's code into as many bytes as [`Codec::code_size`] says.
    pub fn encode(&self, point: &Point, centre: &Centre, code: &mut [u8]) {
        match point.coordinates() {
            Some(point) => dispatch!(self.level, _ => self.encode_coordinates(point, centre, code)),
            None if point.is_nan() => self.write(code, 0, 0.0, NOT_A_NUMBER),
            None => self.write(code, 0, 0.0, UNKNOWN),
        }
    }

    /// Writes the code of a row without a vector.
    pub fn encode_null(&self, code: &mut [u8]) {
        self.write(code, 0, 0.0, NULL);
    }

    /// Whether a code tells where its point is.
    pub fn is_placed(&self, code: &[u8]) -> bool {
        split(code).is_some_and(|(_, _, f, _)| is_placed(f))
    }

    /// Adds to a mean what a code tells of its point, if it tells anything.
    pub fn add(&self, code: &[u8], centre: &Centre, mean: &mut Mean) {
        let centre = centre.coordinates();
        let Some((_, _, f, planes)) = code.get(..self.code_size()).and_then(split) else {
            return;
        };
        if !is_placed(f) || !(centre.is_empty() || centre.len() == self.padded) {
            return;
        }
        let bytes = self.padded / 8;
        let coordinate = |at: usize| {
            let mut integer = 0;
            for (power, plane) in planes.chunks_exact(bytes).enumerate() {
                let digit = plane
                    .get(at / 8)
                    .is_some_and(|byte| byte >> (at % 8) & 1 == 1);
                integer += if digit { 1 << power } else { -(1 << power) };
            }
            let centre = centre.get(at).copied().unwrap_or(0.0);
            centre + f * integer as f32
        };
        mean.add((0..self.padded).map(coordinate));
    }

    /// Prepares bounds of the distance from a point to codes of the same centre. A bound lies `bound` standard
    /// deviations below the estimate.
    pub fn query(&self, point: &Point, centre: &Centre, bound: f32) -> Estimator {
        dispatch!(self.level, _ => Estimator::new(self, point, centre, bound))
    }

    #[inline(always)]
    fn encode_coordinates(&self, point: &[f32], centre: &Centre, code: &mut [u8]) {
        let Some(difference) = &difference(point, centre) else {
            return self.write(code, 0, 0.0, UNKNOWN);
        };
        let length = square(difference);
        if !is_measurable(length, difference) {
            return self.write(code, 0, 0.0, UNKNOWN);
        }
        let a = match self.metric {
            // Less by what rounding may have added to it.
            Metric::L2 | Metric::Cosine => length * (1.0 - 4.0 * ROUNDING),
            Metric::InnerProduct => -dot(difference, centre.coordinates()),
        };
        let rounding = Rounding::new(difference, length.max(SHORTEST), u32::from(self.bits));
        let f = length / rounding.along.max(SHORTEST);
        if !f.is_finite() || !a.is_finite() {
            return self.write(code, 0, 0.0, UNKNOWN);
        }
        // The sine of the angle between difference and integers, and a little more for rounding.
        let cosine = rounding.along / (rounding.length * length.max(SHORTEST)).sqrt();
        let sine = (1.0 - cosine * cosine).max(0.0) + 1e-6;
        let error = (sine * rounding.length).sqrt() / self.longest();
        let s = (255.0 * error.sqrt()).ceil() as u8;
        self.write(code, s, a, f);
        let Some(planes) = code.get_mut(HEADER..self.code_size()) else {
            return;
        };
        for (at, chunk) in difference.as_chunks().0.iter().enumerate() {
            let words = rounding.digits(chunk);
            for (plane, word) in planes.chunks_exact_mut(self.padded / 8).zip(words) {
                if let Some(bytes) = plane.as_chunks_mut().0.get_mut(at) {
                    *bytes = word.to_le_bytes();
                }
            }
        }
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// The length of the longest integers.
    pub(super) fn longest(&self) -> f32 {
        (self.padded as f32).sqrt() * ((1 << self.bits) - 1) as f32
    }

    fn write(&self, code: &mut [u8], s: u8, a: f32, f: f32) {
        let Some(code) = code.get_mut(..self.code_size()) else {
            return;
        };
        code.fill(0);
        let header = [s]
            .into_iter()
            .chain(a.to_le_bytes())
            .chain(f.to_le_bytes());
        for (byte, value) in code.iter_mut().zip(header) {
            *byte = value;
        }
    }
}

/// Whether `f` says of a point where it is.
#[inline(always)]
pub(super) fn is_placed(f: f32) -> bool {
    (0.0..f32::INFINITY).contains(&f)
}

/// A code's `s`, `a`, `f` and planes.
#[inline(always)]
pub(super) fn split(code: &[u8]) -> Option<(u8, f32, f32, &[u8])> {
    let (s, code) = code.split_first()?;
    let (a, code) = code.split_first_chunk()?;
    let (f, planes) = code.split_first_chunk()?;
    Some((*s, f32::from_le_bytes(*a), f32::from_le_bytes(*f), planes))
}

/// `None` if the centre isn't one of such points.
#[inline(always)]
pub(super) fn difference(point: &[f32], centre: &Centre) -> Option<Vec<f32>> {
    let centre = centre.coordinates();
    if centre.is_empty() {
        return Some(point.to_vec());
    }
    if centre.len() != point.len() {
        return None;
    }
    let mut difference = point.to_vec();
    for (coordinate, centre) in difference.iter_mut().zip(centre) {
        *coordinate -= centre;
    }
    Some(difference)
}

/// Whether a squared length is precise.
#[inline(always)]
pub(super) fn is_measurable(length: f32, difference: &[f32]) -> bool {
    match length < SHORTEST {
        true => difference.iter().all(|coordinate| *coordinate == 0.0),
        false => length <= 4.0 * LONGEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: [Metric; 3] = [Metric::L2, Metric::InnerProduct, Metric::Cosine];

    fn vectors(dimensions: usize, count: usize) -> Vec<Vec<f32>> {
        let number = |at: usize| (at as u32).wrapping_mul(0x9E37_79B9).cast_signed() as f32;
        (0..count)
            .map(|row| {
                (0..dimensions)
                    .map(|at| number(row * dimensions + at))
                    .collect()
            })
            .collect()
    }

    /// The centre, and the codes.
    fn encoded(codec: &Codec, vectors: &[Vec<f32>]) -> (Centre, Vec<u8>) {
        let points: Vec<_> = vectors.iter().map(|vector| codec.place(vector)).collect();
        let mut mean = Mean::new(codec.padded());
        points.iter().for_each(|point| mean.add_point(point));
        let centre = mean.centre();
        let mut codes = vec![0; vectors.len() * codec.code_size()];
        for (point, code) in points.iter().zip(codes.chunks_exact_mut(codec.code_size())) {
            codec.encode(point, &centre, code);
        }
        (centre, codes)
    }

    #[test]
    fn every_processor_makes_the_same_bytes() {
        for dimensions in [3, 100, 384, 512, 768] {
            for (metric, bits) in METRICS
                .into_iter()
                .flat_map(|metric| (1..=4).map(move |bits| (metric, bits)))
            {
                let best = Codec::new(metric, dimensions, bits).unwrap();
                let least = Codec {
                    level: Level::baseline(),
                    ..best.clone()
                };
                let vectors = vectors(dimensions, 5);
                let (centre, codes) = encoded(&best, &vectors);
                assert!(encoded(&least, &vectors) == (centre.clone(), codes.clone()));
                let bounds = [best, least].map(|codec| {
                    let mut bounds = Vec::new();
                    let query = codec.query(&codec.place(&vectors[0]), &centre, 2.0);
                    query.bounds(&codes, codec.code_size(), vectors.len(), &mut bounds);
                    bounds
                });
                assert!(bounds[0] == bounds[1] && bounds[0].iter().all(|bound| bound.is_finite()));
            }
        }
    }

    #[test]
    fn codes_are_frozen() {
        let sums = [1, 2, 3, 4].map(|bits| {
            let mut digest = crc32fast::Hasher::new();
            for metric in METRICS {
                for dimensions in [3, 384, 1024] {
                    let codec = Codec::new(metric, dimensions, bits).unwrap();
                    let (centre, codes) = encoded(&codec, &vectors(dimensions, 20));
                    let mut bytes = vec![0; codec.centre_size()];
                    centre.write(&mut bytes);
                    digest.update(&bytes);
                    digest.update(&codes);
                }
            }
            digest.finalize()
        });
        assert_eq!(sums, [0x449C_89D5, 0x194C_78EB, 0xEB43_41AA, 0x9589_7F85]);
    }
}
