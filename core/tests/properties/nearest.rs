//! Rows by distance: in the right order wherever bounds hold, and none is lost or repeated wherever they don't.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tenancy_core::recall::{Distance, Metric, Nearest, Next};

const METRICS: [Metric; 3] = [Metric::L2, Metric::InnerProduct, Metric::Cosine];

/// A row's bound, and what is found when it's asked: no visible row, or its distance.
type Row = (f32, Option<Distance>);

#[derive(Debug, Clone)]
struct Rows {
    metric: Metric,
    rows: BTreeMap<u64, Row>,
    /// How many are added at a time, and whether in the order of their numbers.
    page: usize,
    descending: bool,
}

impl Rows {
    fn add_to(&self, nearest: &mut Nearest) {
        let mut rows: Vec<_> = self
            .rows
            .iter()
            .map(|(row, (bound, _))| (*row, *bound))
            .collect();
        if self.descending {
            rows.reverse();
        }
        for page in rows.chunks(self.page) {
            let bounds: Vec<_> = page.iter().map(|(_, bound)| *bound).collect();
            nearest.extend(&bounds, page.iter().map(|(row, _)| *row));
        }
    }

    /// The first rows that are given, and those that were asked. Every so many questions fail at first.
    fn take(&self, count: usize, failing: usize) -> (Vec<u64>, BTreeSet<u64>) {
        let mut nearest = Nearest::new(self.metric);
        nearest.extend(&[0.0, f32::NAN], [1, 2].into_iter());
        nearest.restart();
        self.add_to(&mut nearest);
        let (mut given, mut asked, mut questions) = (Vec::new(), BTreeSet::new(), 0);
        while given.len() < count {
            let next = nearest.next(|row| {
                questions += 1;
                if questions % failing == 0 {
                    return Err(());
                }
                assert!(asked.insert(row), "{row} asked again");
                assert!(!self.rows[&row].0.is_nan(), "{row} asked");
                Ok(self.rows[&row].1)
            });
            match next {
                Ok(Next::Row(row)) => given.push(row),
                Ok(Next::End) => break,
                Ok(Next::More) => {
                    nearest.widen();
                    self.add_to(&mut nearest);
                }
                Err(()) => (),
            }
        }
        (given, asked)
    }

    /// All visible rows. Those without a vector are, as nobody asks.
    fn visible(&self) -> impl Iterator<Item = (Distance, u64)> {
        self.rows.iter().filter_map(|(row, (bound, exact))| {
            let exact = if bound.is_nan() {
                Some(Distance::NULL)
            } else {
                *exact
            };
            exact.map(|exact| (exact, *row))
        })
    }
}

/// The key of a distance.
fn key(metric: Metric, distance: f64) -> f64 {
    match metric {
        Metric::L2 => distance * distance,
        Metric::InnerProduct => distance,
        Metric::Cosine => 2.0 * distance,
    }
}

/// A row whose bound holds, made of a number. Many are alike.
fn honest(metric: Metric, bits: u64) -> Row {
    let distance = (bits >> 8 & 0x3f) as f64 / 4.0 - if metric == Metric::L2 { 0.0 } else { 4.0 };
    let slack = (bits >> 16 & 0x0f) as f64 / 2.0;
    let exact = match bits & 0x1f {
        0 => None,
        1..4 => Some(Distance::number(f64::NAN)),
        4..6 => Some(Distance::number(f64::INFINITY)),
        _ => Some(Distance::number(distance)),
    };
    let bound = match bits >> 24 & 0x1f {
        0 => f32::NEG_INFINITY,
        1 => f32::NAN,
        2..16 if exact == Some(Distance::number(f64::NAN)) => f32::INFINITY,
        3 if distance == 0.0 => -0.0,
        _ => (key(metric, distance) - slack) as f32,
    };
    (bound, exact)
}

/// A row whose bound has nothing to do with its distance.
fn any_row(bits: u64) -> Row {
    let exact = match bits & 7 {
        0 => None,
        1 => Some(Distance::NULL),
        2 => Some(Distance::number(f64::NAN)),
        _ => Some(Distance::number((bits >> 8 & 0xff) as f64 - 100.0)),
    };
    let bound = match bits >> 16 & 15 {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => f32::NEG_INFINITY,
        _ => f32::from_bits((bits >> 32) as u32),
    };
    (bound, exact)
}

fn rows(row: fn(Metric, u64) -> Row) -> impl Strategy<Value = Rows> {
    // Few rows, or more than are kept at first.
    let count = prop_oneof![9 => 0usize..60, 1 => 4000usize..9000];
    let numbers =
        count.prop_flat_map(|count| proptest::collection::vec(any::<(u32, u64)>(), count));
    let narrow = prop_oneof![Just(u32::MAX), Just(0xff)];
    (0usize..3, numbers, narrow, 1usize..200, any::<bool>()).prop_map(
        move |(metric, numbers, narrow, page, descending)| {
            let metric = METRICS[metric];
            let rows = numbers.into_iter().enumerate().map(|(at, (number, bits))| {
                (
                    u64::from(number & narrow) << 32 | at as u64,
                    row(metric, bits),
                )
            });
            Rows {
                metric,
                rows: rows.collect(),
                page,
                descending,
            }
        },
    )
}

proptest! {
    #[test]
    fn rows_come_in_order_where_bounds_hold(rows in rows(honest), failing in 2usize..9) {
        let mut sorted: Vec<_> = rows.visible().collect();
        sorted.sort_unstable();
        let sorted: Vec<_> = sorted.into_iter().map(|(_, row)| row).collect();
        prop_assert_eq!(rows.take(usize::MAX, failing).0, sorted);
    }

    #[test]
    fn no_row_is_lost_or_repeated_whatever_the_bounds(rows in rows(|_, bits| any_row(bits)), failing in 2usize..9) {
        let (mut given, asked) = rows.take(usize::MAX, failing);
        given.sort_unstable();
        prop_assert_eq!(given, rows.visible().map(|(_, row)| row).collect::<Vec<_>>());
        prop_assert_eq!(asked.len(), rows.rows.values().filter(|(bound, _)| !bound.is_nan()).count());
    }

    #[test]
    fn none_is_asked_that_must_be_behind(rows in rows(honest), count in 1usize..20) {
        let (given, asked) = rows.take(count, usize::MAX);
        prop_assume!(given.len() == count);
        let distance = |row: u64| match rows.rows[&row] {
            (bound, _) if bound.is_nan() => Distance::NULL,
            (_, exact) => exact.unwrap(),
        };
        let last = given.iter().map(|row| (distance(*row), *row)).max().unwrap();
        for row in asked {
            let bound = rows.rows[&row].0;
            let bound = match bound == f32::INFINITY {
                true => Distance::number(f64::NAN),
                false => Distance::number(rows.metric.distance(bound)),
            };
            prop_assert!((bound, row) <= last);
        }
    }

    #[test]
    fn distances_sort_as_postgres_sorts(a in any::<f64>(), b in any::<f64>()) {
        let [one, other] = [a, b].map(Distance::number);
        let expected = match (a.is_nan(), b.is_nan()) {
            (false, false) => a.partial_cmp(&b).unwrap(),
            (a, b) => a.cmp(&b),
        };
        prop_assert_eq!(one.cmp(&other), expected);
        prop_assert!(one < Distance::NULL);
        prop_assert_eq!(Distance::number(-0.0), Distance::number(0.0));
    }

    #[test]
    fn keys_stand_for_distances_in_order(a in any::<f32>(), b in any::<f32>()) {
        for metric in METRICS {
            prop_assert_eq!(Metric::from_number(metric.number()), Some(metric));
            prop_assert_eq!(metric.distance(f32::NEG_INFINITY), f64::NEG_INFINITY);
            if a <= b {
                prop_assert!(metric.distance(a) <= metric.distance(b));
            }
        }
        prop_assert_eq!([0, 4, 255].map(Metric::from_number), [None; 3]);
    }
}
