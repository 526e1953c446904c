//! Exact distances in the order that Postgres sorts them.

/// An exact distance. The order is that of an ascending `ORDER BY`: numbers, NaN, NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distance(u64);

impl Distance {
    /// The distance of a row without a vector.
    pub const NULL: Self = Self(u64::MAX);

    const NAN: Self = Self(u64::MAX - 1);
    const SIGN: u64 = 1 << 63;

    /// A distance that an operator gave.
    pub fn number(number: f64) -> Self {
        if number.is_nan() {
            return Self::NAN;
        }
        // Zero has one sign only; the bits of positive numbers are ordered as they are.
        let bits = (number + 0.0).to_bits();
        Self(match bits & Self::SIGN {
            0 => bits | Self::SIGN,
            _ => !bits,
        })
    }
}
