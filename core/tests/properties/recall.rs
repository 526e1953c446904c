//! Codes of vectors: bounds hold as often as they say, and no bytes confuse them.

use proptest::prelude::*;
use tenancy_core::recall::{Centre, Codec, Mean, Metric};

const METRICS: [Metric; 3] = [Metric::L2, Metric::InnerProduct, Metric::Cosine];

/// Numbers that are as good as random, and the same in each run.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let bits = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        bits ^ (bits >> 32)
    }

    /// Of a normal distribution, nearly.
    fn number(&mut self) -> f32 {
        let uniform = |_| (self.bits() >> 40) as f32 / (1 << 24) as f32;
        (0..12).map(uniform).sum::<f32>() - 6.0
    }

    fn vector(&mut self, dimensions: usize) -> Vec<f32> {
        (0..dimensions).map(|_| self.number()).collect()
    }
}

/// How vectors are distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// Equally in all directions.
    Even,
    /// As embeddings are: mostly in few of the dimensions, and all a little in one direction.
    Flat,
    /// All far from zero, near to each other.
    Narrow,
}

fn vectors(shape: Shape, dimensions: usize, count: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = Random(seed);
    let common = random.vector(dimensions);
    let basis: Vec<_> = (0..12).map(|_| random.vector(dimensions)).collect();
    let mut one = || {
        let noise = random.vector(dimensions);
        let sum = |scale: f32, noisy: f32| {
            common
                .iter()
                .zip(&noise)
                .map(move |(c, n)| scale * c + noisy * n)
                .collect()
        };
        match shape {
            Shape::Even => noise,
            Shape::Narrow => sum(1.0, 0.1),
            Shape::Flat => {
                let mut vector: Vec<f32> = sum(0.5, 0.2);
                for direction in &basis {
                    let weight = random.number() / 3.0;
                    vector
                        .iter_mut()
                        .zip(direction)
                        .for_each(|(sum, number)| *sum += weight * number);
                }
                vector
            }
        }
    };
    (0..count).map(|_| one()).collect()
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

/// What a key estimates.
fn key(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
    match metric {
        Metric::L2 => a
            .iter()
            .zip(b)
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum(),
        Metric::InnerProduct => -product(a, b),
        Metric::Cosine => 2.0 - 2.0 * product(a, b) / (product(a, a) * product(b, b)).sqrt(),
    }
}

/// Codes of one tenant.
struct Encoded {
    codec: Codec,
    centre: Centre,
    codes: Vec<u8>,
}

impl Encoded {
    fn new(codec: Codec, vectors: &[Vec<f32>], centred: bool) -> Self {
        let points: Vec<_> = vectors.iter().map(|vector| codec.place(vector)).collect();
        let mut mean = Mean::new(codec.padded());
        points.iter().for_each(|point| mean.add_point(point));
        let centre = if centred {
            mean.centre()
        } else {
            Centre::none()
        };
        let mut codes = vec![0; codec.code_size() * vectors.len()];
        for (point, code) in points.iter().zip(codes.chunks_exact_mut(codec.code_size())) {
            codec.encode(point, &centre, code);
        }
        Self {
            codec,
            centre,
            codes,
        }
    }

    fn bounds(&self, query: &[f32], bound: f32) -> Vec<f32> {
        let size = self.codec.code_size();
        let mut bounds = Vec::new();
        let query = self
            .codec
            .query(&self.codec.place(query), &self.centre, bound);
        query.bounds(&self.codes, size, self.codes.len() / size, &mut bounds);
        bounds
    }
}

fn codecs(dimensions: usize) -> impl Iterator<Item = Codec> {
    let codec = move |metric, bits| Codec::new(metric, dimensions, bits).unwrap();
    METRICS
        .into_iter()
        .flat_map(move |metric| (1..=4).map(move |bits| codec(metric, bits)))
}

fn codec() -> impl Strategy<Value = Codec> {
    let dimensions = prop_oneof![1usize..8, 60usize..70, 90usize..200];
    (0usize..3, dimensions, 1u8..=4).prop_map(|(metric, dimensions, bits)| {
        Codec::new(METRICS[metric], dimensions, bits).unwrap()
    })
}

/// How far estimates are from what they estimate, in the deviations that they are said to have.
struct Errors {
    all: Vec<f64>,
    deviation: f64,
}

impl Errors {
    fn of(encoded: &Encoded, rows: &[Vec<f32>], queries: &[Vec<f32>]) -> Self {
        let (mut all, mut sum) = (Vec::new(), 0.0);
        for query in queries {
            let estimates = encoded
                .bounds(query, 0.0)
                .into_iter()
                .zip(encoded.bounds(query, 1.0));
            for (row, (estimate, bound)) in rows.iter().zip(estimates) {
                let deviation = f64::from(estimate) - f64::from(bound);
                all.push(
                    (f64::from(estimate) - key(encoded.codec.metric(), row, query)) / deviation,
                );
                sum += deviation;
            }
        }
        let deviation = sum / all.len() as f64;
        Self { all, deviation }
    }

    fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.all.iter().map(|error| of(*error)).sum::<f64>() / self.all.len() as f64
    }

    /// How many are above so many deviations: there, a bound is above the distance.
    fn above(&self, limit: f64) -> f64 {
        self.mean(|error| f64::from(u8::from(error > limit)))
    }
}

#[test]
fn bounds_hold_as_often_as_they_say() {
    for dimensions in [3, 64, 100, 384, 768] {
        for shape in [Shape::Even, Shape::Flat, Shape::Narrow] {
            let mut rows = vectors(shape, dimensions, 65, dimensions as u64);
            let queries = rows.split_off(40);
            for codec in codecs(dimensions) {
                let name = format!(
                    "{shape:?} {dimensions} {:?} {}",
                    codec.metric(),
                    codec.bits()
                );
                let errors = Errors::of(&Encoded::new(codec, &rows, true), &rows, &queries);
                // In three dimensions errors have much in common.
                let slack = if dimensions < 64 { 2.0 } else { 1.0 };
                let mean = errors.mean(|error| error);
                assert!(mean.abs() < 0.2 * slack, "{name}: mean {mean}");
                let square = errors.mean(|error| error * error);
                assert!(
                    (if dimensions < 64 { 0.2 } else { 0.7 }..1.25 * slack).contains(&square),
                    "{name}: square {square}"
                );
                for (limit, rate) in [(1.0, 0.159), (2.0, 0.0228), (3.0, 0.00135)] {
                    let above = errors.above(limit);
                    assert!(
                        above < slack * (1.7 * rate + 0.006),
                        "{name}: {above} above {limit}"
                    );
                }
                assert_eq!(errors.above(6.0), 0.0, "{name}");
            }
        }
    }
}

#[test]
fn bounds_hold_for_foreign_queries_and_without_a_centre() {
    for shape in [Shape::Even, Shape::Flat, Shape::Narrow] {
        let rows = vectors(shape, 384, 40, 5);
        let queries = [
            vectors(Shape::Even, 384, 15, 6),
            vectors(Shape::Flat, 384, 15, 7),
        ]
        .concat();
        for (codec, centred) in
            codecs(384).flat_map(|codec| [(codec.clone(), false), (codec, true)])
        {
            let name = format!("{shape:?} {:?} {} {centred}", codec.metric(), codec.bits());
            let errors = Errors::of(&Encoded::new(codec, &rows, centred), &rows, &queries);
            // Uncentred, all rows of a narrow cluster have one error.
            let square = errors.mean(|error| error * error);
            assert!(square < 1.25, "{name}: square {square}");
            assert!(errors.above(2.0) < 0.04, "{name}");
            assert!(errors.above(3.0) < 0.008, "{name}");
        }
    }
}

#[test]
fn errors_shrink_with_bits_and_with_a_centre() {
    let rows = vectors(Shape::Narrow, 384, 60, 8);
    let deviation = |codec: &Codec, centred| {
        Errors::of(
            &Encoded::new(codec.clone(), &rows, centred),
            &rows,
            &rows[..5],
        )
        .deviation
    };
    for metric in METRICS {
        let codecs = [1, 2, 3, 4].map(|bits| Codec::new(metric, 384, bits).unwrap());
        let centred = codecs.each_ref().map(|codec| deviation(codec, true));
        for pair in centred.windows(2) {
            assert!(pair[1] < 0.6 * pair[0], "{metric:?}: {centred:?}");
        }
        for (codec, centred) in codecs.iter().zip(centred) {
            assert!(centred < 0.2 * deviation(codec, false), "{metric:?}");
        }
    }
}

#[test]
fn estimates_are_not_biased_where_rows_are_near() {
    for dimensions in [3, 64, 384] {
        let rows = vectors(Shape::Even, dimensions, 30, 11);
        for codec in codecs(dimensions) {
            let metric = codec.metric();
            // Of a row and itself, few digits round in the same way.
            let limit = [0.03, 0.005, 0.002, 0.001][usize::from(codec.bits()) - 1];
            let encoded = Encoded::new(codec, &rows, false);
            let error = |(at, row): (usize, &Vec<f32>)| {
                let estimate = f64::from(encoded.bounds(row, 0.0)[at]);
                let scale = match metric {
                    Metric::L2 => 2.0 * product(row, row),
                    Metric::InnerProduct => product(row, row),
                    Metric::Cosine => 2.0,
                };
                (estimate - key(metric, row, row)) / scale
            };
            let mean = rows.iter().enumerate().map(error).sum::<f64>() / rows.len() as f64;
            assert!(
                mean.abs() < limit,
                "{dimensions} {metric:?} {}: {mean}",
                encoded.codec.bits()
            );
        }
    }
}

#[test]
fn a_query_has_an_error_of_its_own() {
    let rows = vectors(Shape::Even, 100, 2, 10);
    for codec in codecs(100) {
        let mut encoded = Encoded::new(codec, &rows[..1], false);
        let deviation =
            |encoded: &Encoded| encoded.bounds(&rows[1], 0.0)[0] - encoded.bounds(&rows[1], 1.0)[0];
        let both = deviation(&encoded);
        encoded.codes[0] = 0;
        let own = deviation(&encoded);
        assert!((0.03..0.4).contains(&(own / both)), "{own} {both}");
    }
}

/// A centre's coordinates, from its bytes.
fn coordinates(codec: &Codec, centre: &Centre) -> Vec<f32> {
    let mut bytes = vec![0; codec.centre_size()];
    centre.write(&mut bytes);
    let (scale, steps) = bytes.split_first_chunk().unwrap();
    let scale = f32::from_le_bytes(*scale);
    steps
        .iter()
        .map(|step| scale * f32::from(step.cast_signed()))
        .collect()
}

#[test]
fn codes_give_the_mean_of_their_points_but_for_noise() {
    let rows = vectors(Shape::Flat, 100, 200, 9);
    for (codec, centred) in codecs(100).flat_map(|codec| [(codec.clone(), false), (codec, true)]) {
        let Encoded {
            codec,
            centre,
            codes,
        } = Encoded::new(codec, &rows, centred);
        let (mut mean, mut exact) = (Mean::new(codec.padded()), Mean::new(codec.padded()));
        for (row, code) in rows.iter().zip(codes.chunks(codec.code_size())) {
            exact.add_point(&codec.place(row));
            codec.add(code, &centre, &mut mean);
        }
        assert_eq!((mean.count(), exact.count()), (200, 200));
        let [mean, exact] = [mean, exact].map(|mean| coordinates(&codec, &mean.centre()));
        let off = key(Metric::L2, &mean, &exact).sqrt() / product(&exact, &exact).sqrt();
        let limit = [0.25, 0.12, 0.07, 0.04][usize::from(codec.bits()) - 1];
        assert!(
            off < limit,
            "{:?} {} {centred}: {off}",
            codec.metric(),
            codec.bits()
        );
    }
}

/// Some of the numbers that arithmetic has trouble with.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -1.0f32..1.0,
        1 => Just(0.0),
        1 => prop::sample::select(vec![1e38, -1e38, 1e-40, 1e-20, 1e19, 1e15, -1e15, f32::MIN_POSITIVE]),
    ]
}

/// What a code's numbers must not be, and what they may be.
const SPECIAL: &[f32] = &[
    0.0,
    -1.0,
    -2.0,
    -3.0,
    -4.0,
    f32::NAN,
    f32::INFINITY,
    f32::MAX,
    1.0,
];

/// A distance as an operator computes it, in single precision.
fn distance(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
    let sum = |a: &[f32], b: &[f32]| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
    match metric {
        Metric::L2 => {
            f64::from(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()).sqrt()
        }
        Metric::InnerProduct => -sum(a, b),
        Metric::Cosine => 1.0 - (sum(a, b) / (sum(a, a) * sum(b, b)).sqrt()).clamp(-1.0, 1.0),
    }
}

proptest! {
    #[test]
    fn no_distance_is_below_a_bound_of_many_deviations(
        codec in codec(),
        rows in proptest::collection::vec((proptest::collection::vec(number(), 200), 0u8..4), 1..6),
        exponent in -18i32..18,
        offset in prop::sample::select(vec![0.0f32, 1.0, 300.0]),
        centred in any::<bool>(),
    ) {
        let mut vectors: Vec<Vec<f32>> = Vec::new();
        for (row, kind) in rows {
            let row = &row[..codec.dimensions()];
            vectors.push(match (kind, vectors.last()) {
                (0, Some(before)) => before.clone(),
                (1, _) => vec![0.0; row.len()],
                // Of usual size, and perhaps all far from zero.
                (2, _) => row.iter().map(|number| (offset + number.clamp(-1.0, 1.0)) * 10f32.powi(exponent)).collect(),
                _ => row.to_vec(),
            });
        }
        let metric = codec.metric();
        let encoded = Encoded::new(codec, &vectors, centred);
        for query in &vectors {
            for (row, bound) in vectors.iter().zip(encoded.bounds(query, 12.0)) {
                let exact = distance(metric, row, query);
                prop_assert!(!bound.is_nan());
                if bound == f32::INFINITY {
                    prop_assert!(exact.is_nan());
                } else if !exact.is_nan() {
                    prop_assert!(metric.distance(bound) <= exact, "{bound} {exact}");
                }
            }
        }
    }

    #[test]
    fn rows_without_a_place_are_told_apart(codec in codec(), at in any::<prop::sample::Index>(), vector in proptest::collection::vec(0.1f32..1.0, 200)) {
        let mut vector = vector[..codec.dimensions()].to_vec();
        let mut code = vec![7; codec.code_size()];
        let placed = |vector: &[f32], code: &mut [u8]| {
            codec.encode(&codec.place(vector), &Centre::none(), code);
            codec.is_placed(code)
        };
        let bound = |query: &[f32], code: &[u8]| {
            let mut bounds = Vec::new();
            codec.query(&codec.place(query), &Centre::none(), 2.0).bounds(code, code.len(), 1, &mut bounds);
            bounds[0]
        };
        prop_assert!(placed(&vector, &mut code) && bound(&vector, &code).is_finite());
        let zero = vec![0.0; vector.len()];
        let expected = if codec.metric() == Metric::Cosine { f32::INFINITY } else { bound(&zero, &code) };
        prop_assert_eq!(bound(&zero, &code), expected);
        prop_assert_eq!(placed(&zero, &mut code), codec.metric() != Metric::Cosine);
        prop_assert_eq!(bound(&vector, &code) == f32::INFINITY, codec.metric() == Metric::Cosine);
        codec.encode_null(&mut code);
        let mut mean = Mean::new(codec.padded());
        codec.add(&code, &Centre::none(), &mut mean);
        let query = vector.clone();
        prop_assert!(!codec.is_placed(&code) && bound(&vector, &code).is_nan() && bound(&zero, &code).is_nan());
        for number in [f32::NAN, f32::INFINITY, 1e30, 1e17] {
            vector[at.index(query.len())] = number;
            prop_assert!(bound(&vector, &code).is_nan());
            prop_assert!(!placed(&vector, &mut code));
            prop_assert_eq!(bound(&query, &code), f32::NEG_INFINITY);
            codec.add(&code, &Centre::none(), &mut mean);
            prop_assert!(placed(&query, &mut code));
            codec.add(&code, &Centre::read(&[1; 9]), &mut mean);
            prop_assert_eq!(bound(&vector, &code), f32::NEG_INFINITY);
            codec.encode_null(&mut code);
        }
        prop_assert!(!placed(&query[1..], &mut code) && !placed(&[], &mut code));
        for number in [1e-25, 1e-21] {
            let short = vec![number; query.len()];
            prop_assert!(placed(&query, &mut code));
            prop_assert_eq!(bound(&short, &code), f32::NEG_INFINITY);
            prop_assert!(!placed(&short, &mut code));
        }
        code[5..9].copy_from_slice(&f32::INFINITY.to_le_bytes());
        codec.add(&code, &Centre::none(), &mut mean);
        prop_assert!(!codec.is_placed(&code) && mean.count() == 0);
    }

    #[test]
    fn centres_are_read_as_written(codec in codec(), seed in any::<u64>(), scale in -10i32..10) {
        let mut random = Random(seed);
        let mut mean = Mean::new(codec.padded());
        let vector: Vec<f32> = random.vector(codec.dimensions()).iter().map(|number| number * 10f32.powi(scale)).collect();
        mean.add_point(&codec.place(&vector));
        let mut bytes = vec![9; codec.centre_size()];
        let mut code = vec![0; codec.code_size()];
        for centre in [mean.centre(), Centre::none(), Mean::new(codec.padded()).centre()] {
            centre.write(&mut bytes);
            let read = Centre::read(&bytes);
            let row = codec.place(&random.vector(codec.dimensions()));
            let [one, other] = [&centre, &read].map(|centre| {
                codec.encode(&row, centre, &mut code);
                let mut bounds = Vec::new();
                codec.query(&codec.place(&vector), centre, 2.0).bounds(&code, code.len(), 1, &mut bounds);
                (code.clone(), bounds)
            });
            prop_assert_eq!(one, other);
        }
        // A vector is nearly at the mean of itself.
        codec.encode(&codec.place(&vector), &mean.centre(), &mut code);
        let near = f32::from_le_bytes(code[5..9].try_into().unwrap());
        codec.encode(&codec.place(&vector), &Centre::none(), &mut code);
        let far = f32::from_le_bytes(code[5..9].try_into().unwrap());
        prop_assert!(near < 0.03 * far, "{near} {far}");
    }

    #[test]
    fn no_bytes_panic(
        codec in codec(),
        centre in proptest::collection::vec(any::<u8>(), 0..300),
        codes in proptest::collection::vec(any::<u8>(), 0..900),
        special in proptest::collection::vec([prop::sample::select(SPECIAL), prop::sample::select(SPECIAL)], 0..30),
        stride in 0usize..200,
        count in 0usize..40,
    ) {
        let mut codes = codes;
        for (code, special) in codes.chunks_mut(stride.max(9)).zip(special) {
            if let Some(a_and_f) = code.get_mut(1..9) {
                a_and_f.copy_from_slice(special.map(f32::to_le_bytes).as_flattened());
            }
        }
        let vector = vec![1.0; codec.dimensions()];
        let mut fitting = centre.clone();
        fitting.resize(codec.centre_size(), 3);
        for centre in [Centre::read(&centre), Centre::read(&fitting), Centre::none()] {
            let mut bounds = vec![0.5];
            codec.query(&codec.place(&vector), &centre, 2.0).bounds(&codes, stride, count, &mut bounds);
            prop_assert_eq!((bounds.len(), bounds[0]), (count + 1, 0.5));
            for (at, bound) in bounds[1..].iter().enumerate() {
                let code = codes.get(at * stride.max(1)..).and_then(|codes| codes.get(..stride.min(codes.len())));
                let code = code.filter(|code| code.len() >= codec.code_size());
                let f = code.map(|code| f32::from_le_bytes(code[5..9].try_into().unwrap()));
                prop_assert_eq!(bound.is_nan(), f == Some(-3.0));
                prop_assert_eq!(*bound == f32::INFINITY, f == Some(-2.0));
                prop_assert!(f.is_some() || *bound == f32::NEG_INFINITY);
            }
            let mut mean = Mean::new(codec.padded());
            for code in codes.chunks(stride.max(1)) {
                codec.is_placed(code);
                codec.add(code, &centre, &mut mean);
            }
            let mut code = vec![0; codec.code_size()];
            codec.encode(&codec.place(&vector), &mean.centre(), &mut code);
            for len in [0, 8, 9, code.len() - 1] {
                codec.encode(&codec.place(&vector), &centre, &mut code[..len]);
                codec.encode_null(&mut code[..len]);
                centre.write(&mut code[..len]);
            }
        }
    }

    #[test]
    fn of_a_centre_that_is_not_one_nothing_is_known(codec in codec(), bytes in proptest::collection::vec(any::<u8>(), 0..150)) {
        prop_assume!(bytes.len() != codec.centre_size());
        let vector = codec.place(&vec![1.0; codec.dimensions()]);
        let mut code = vec![0; codec.code_size()];
        codec.encode(&vector, &Centre::read(&bytes), &mut code);
        prop_assert!(!codec.is_placed(&code));
        codec.encode(&vector, &Centre::none(), &mut code);
        let mut bounds = Vec::new();
        codec.query(&vector, &Centre::read(&bytes), 2.0).bounds(&code, code.len(), 1, &mut bounds);
        prop_assert_eq!(bounds, vec![f32::NEG_INFINITY]);
    }
}
