//! Amounts, periods and rates.

use tenancy_core::budget::{Amount, Metric, Mode, Period, Rate, Rounding};

use crate::{Target, text, texts};

/// An amount is written as it was read, and rounding never loses anything.
pub const AMOUNT: Target = Target {
    name: "amount",
    run: |bytes| {
        let text = text(bytes);
        let _ = (Metric::parse(text), Mode::parse(text), Period::parse(text));
        for metric in Metric::ALL {
            let up = Amount::parse(metric, text, Rounding::Up);
            let exact = Amount::parse(metric, text, Rounding::Refused);
            if let Ok(amount) = exact {
                assert_eq!(up, Ok(amount));
            }
            if let Ok(amount) = up {
                assert!(amount.units() <= Amount::MAX.units());
                assert_eq!(
                    Amount::parse(metric, &amount.to_text(metric), Rounding::Refused),
                    Ok(amount)
                );
                assert!(exact.is_ok() || amount.units() > 0);
            }
        }
    },
    seeds: || {
        texts([
            "0",
            "1",
            "0.000000001",
            "9223372036.854775807",
            "0.0000000001",
            "-1",
            "NaN",
            "9223372036854775807",
            "tokens",
            "hard",
            "day",
        ])
    },
};

fn numbers<const N: usize>(bytes: &[u8]) -> [i64; N] {
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(8)) {
        *number = i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    }
    numbers
}

fn written(numbers: &[i64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// A time is in its period, and in no other.
pub const PERIOD: Target = Target {
    name: "period",
    run: |bytes| {
        let [at] = numbers(bytes);
        for period in Period::ALL {
            let (start, end) = period.around(at);
            assert!(start <= at && (at < end || end == i64::MAX));
            if end != i64::MAX {
                assert_eq!(period.around(start), (start, end));
                assert_eq!(period.around(end - 1), (start, end));
                assert_eq!(period.around(end).0, end);
            }
            assert_eq!(Period::parse(period.name()), Some(period));
        }
    },
    seeds: || {
        vec![
            written(&[0]),
            written(&[1_800_000_000_000_000]),
            written(&[i64::MAX]),
            written(&[i64::MIN]),
            written(&[-1]),
        ]
    },
};

/// No more than a burst happens at once, whatever the clock does.
pub const RATE: Target = Target {
    name: "rate",
    run: |bytes| {
        let [every, burst, state, now] = numbers(bytes);
        let rate = Rate {
            every: every.rem_euclid(1_000_000) + 1,
            burst: burst.rem_euclid(64) + 1,
        };
        // Times of this millennium.
        let now = now.rem_euclid(1 << 55);
        let mut left = state;
        let mut happened = 0;
        while let Some(next) = rate.admit(left, now) {
            left = next;
            happened += 1;
            assert!(happened <= rate.burst, "more than a burst at once");
        }
        // After a pause all of it comes back.
        let later = now + rate.every * (rate.burst + 1);
        assert!(rate.admit(left, later).is_some());
    },
    seeds: || {
        vec![
            written(&[1000, 10, 0, 1_800_000_000_000_000]),
            written(&[1, 1, i64::MAX, 5]),
        ]
    },
};
