//! A query, and what it makes of codes.

// Sizes are bounded by the length of a vector, and floats don't overflow into a panic.
#![allow(clippy::arithmetic_side_effects)]

use fearless_simd::{Level, dispatch};

use super::centre::Centre;
use super::codec::{
    Codec, NOT_A_NUMBER, NULL, Point, ROUNDING, SHORTEST, difference, is_measurable, is_placed,
    split,
};
use super::grid::{Rounding, square, typical};
use super::lanes::dot;
use super::metric::Metric;

/// A query among the codes of one centre.
#[derive(Debug, Clone)]
pub struct Estimator {
    level: Level,
    code_size: usize,
    /// What is known of every code that has a place; otherwise `None`.
    flat: Option<f32>,
    words: usize,
    /// The planes of the query's digits, lowest power first.
    query: Vec<u64>,
    bits: u8,
    /// The inner product of integers whose digits all agree.
    agreed: i32,
    base: f32,
    gain: f32,
    margins: Box<[f32; 256]>,
}

/// Of how many digits the query is made for codes of so many: its own rounding is to be the smaller error.
const fn powers(bits: u8) -> usize {
    match bits {
        1 => 4,
        2 => 6,
        _ => 8,
    }
}

impl Estimator {
    #[inline(always)]
    pub(super) fn new(codec: &Codec, point: &Point, centre: &Centre, bound: f32) -> Self {
        let mut this = Self {
            level: codec.level(),
            code_size: codec.code_size(),
            flat: Some(if point.is_nan() {
                f32::INFINITY
            } else {
                f32::NEG_INFINITY
            }),
            words: codec.padded() / 64,
            query: vec![0; powers(codec.bits()) * codec.padded() / 64],
            bits: codec.bits(),
            agreed: 0,
            base: 0.0,
            gain: 0.0,
            margins: Box::new([0.0; 256]),
        };
        if let Some(point) = point.coordinates()
            && let Some(difference) = difference(point, centre)
        {
            this.prepare(codec, point, &difference, centre, bound);
        }
        this
    }

    #[inline(always)]
    fn prepare(
        &mut self,
        codec: &Codec,
        point: &[f32],
        difference: &[f32],
        centre: &Centre,
        bound: f32,
    ) {
        let length = square(difference);
        if !is_measurable(length, difference) {
            return;
        }
        let powers = powers(self.bits);
        let rounding = Rounding::new(difference, length.max(SHORTEST), powers as u32);
        // As for a code, the integers times the step are the difference and a rest at a right angle to it.
        let step = length / rounding.along.max(SHORTEST);
        let rest = (step * step * rounding.length - length).max(0.0).sqrt();
        let norm = length.sqrt();
        let point_norm = square(point).sqrt();
        let centre_norm = square(centre.coordinates()).sqrt();
        let longest = codec.longest();
        // How the key depends on the inner product, what it owes to the query alone, and what rounding may do to that
        // and to each unit of `f`.
        let (factor, base, slack, code_slack) = match codec.metric() {
            Metric::L2 => (
                2.0,
                length,
                4.0 * (norm + centre_norm) * norm,
                4.0 * centre_norm * longest,
            ),
            // Besides, the operator rounds as well, and a cosine is one at most.
            Metric::Cosine => (
                2.0,
                length,
                4.0 * (norm + centre_norm) * norm + 0.5,
                4.0 * centre_norm * longest,
            ),
            Metric::InnerProduct => (
                1.0,
                -dot(centre.coordinates(), point),
                centre_norm * point_norm,
                (centre_norm + point_norm) * longest,
            ),
        };
        self.flat = None;
        self.base = base - ROUNDING * slack;
        self.gain = factor * step;
        self.agreed = (codec.padded() * ((1 << self.bits) - 1) * ((1 << powers) - 1)) as i32;
        let of_code = longest * norm / (codec.padded() as f32 - 1.0).sqrt();
        let of_query = rest * typical(u32::from(self.bits));
        for (s, entry) in self.margins.iter_mut().enumerate() {
            let of_code = of_code * (s * s) as f32 / (255.0 * 255.0);
            let deviation = (of_code * of_code + of_query * of_query).sqrt();
            *entry = bound * factor * deviation + ROUNDING * code_slack;
        }
        for (at, chunk) in difference.as_chunks().0.iter().enumerate() {
            let words = rounding.digits(chunk);
            for (plane, word) in self.query.chunks_exact_mut(self.words).zip(words) {
                if let Some(place) = plane.get_mut(at) {
                    *place = word;
                }
            }
        }
    }

    /// Appends a bound for each of `count` codes: NaN for a row without a vector, infinity for one of which the
    /// distance is NaN, minus infinity for one of which nothing is known. The first code is at the beginning, each
    /// other one `stride` bytes after the one before.
    pub fn bounds(&self, codes: &[u8], stride: usize, count: usize, out: &mut Vec<f32>) {
        let start = out.len();
        // What bytes are missing for tells nothing.
        out.resize(start.saturating_add(count), f32::NEG_INFINITY);
        let Some(out) = out.get_mut(start..) else {
            return;
        };
        let stride = stride.max(1);
        dispatch!(self.level, _ => match self.words {
            6 => self.fill::<6>(codes, stride, out),
            12 => self.fill::<12>(codes, stride, out),
            16 => self.fill::<16>(codes, stride, out),
            24 => self.fill::<24>(codes, stride, out),
            _ => self.fill::<0>(codes, stride, out),
        });
    }

    /// For usual numbers of dimensions the words of a plane are told, which makes the loops over them faster. They are
    /// zero otherwise.
    #[inline(always)]
    fn fill<const WORDS: usize>(&self, codes: &[u8], stride: usize, out: &mut [f32]) {
        match self.bits {
            1 => self.fill_with::<WORDS, 1>(codes, stride, out),
            2 => self.fill_with::<WORDS, 2>(codes, stride, out),
            3 => self.fill_with::<WORDS, 3>(codes, stride, out),
            _ => self.fill_with::<WORDS, 4>(codes, stride, out),
        }
    }

    #[inline(always)]
    fn fill_with<const WORDS: usize, const BITS: u8>(
        &self,
        codes: &[u8],
        stride: usize,
        out: &mut [f32],
    ) {
        let words = if WORDS > 0 { WORDS } else { self.words };
        let Some(query) = self.query.get(..powers(BITS) * words) else {
            return;
        };
        for (out, code) in out.iter_mut().zip(codes.chunks(stride)) {
            let Some((s, a, f, planes)) = code.get(..self.code_size).and_then(split) else {
                return;
            };
            if !is_placed(f) {
                *out = unplaced(f);
                continue;
            }
            if let Some(flat) = self.flat {
                *out = flat;
                continue;
            }
            let Some(planes) = planes.as_chunks().0.get(..usize::from(BITS) * words) else {
                return;
            };
            let mut differing = 0;
            for (power, plane) in planes.chunks_exact(words).enumerate() {
                differing += differing_digits(plane, query) << power;
            }
            let product = (self.agreed - 2 * differing.cast_signed()) as f32;
            let margin = self.margins.get(usize::from(s)).copied().unwrap_or(0.0);
            let key = a + self.base - f * (self.gain * product + margin);
            if key < f32::INFINITY {
                *out = key;
            }
        }
    }
}

/// How many digits of a plane differ from the query's, each counted as often as the query's digit weighs.
#[inline(always)]
fn differing_digits(plane: &[[u8; 8]], query: &[u64]) -> u32 {
    let mut sum = 0;
    for (power, query) in query.chunks_exact(plane.len()).enumerate() {
        let mut count = 0;
        for (word, query) in plane.iter().zip(query) {
            count += (u64::from_le_bytes(*word) ^ query).count_ones();
        }
        sum += count << power;
    }
    sum
}

/// What `f` says of a row that has no place.
#[cold]
fn unplaced(f: f32) -> f32 {
    match f {
        NOT_A_NUMBER => f32::INFINITY,
        NULL => f32::NAN,
        _ => f32::NEG_INFINITY,
    }
}
