//! Amounts, as whole numbers of the smallest unit of a metric.

use super::Metric;

/// An amount of a metric: tokens, requests, rows and agents by the piece, cost in thousand-millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

/// Why a number is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// NaN or infinite.
    #[error("must be a finite number")]
    NotFinite,
    /// A part of what has no parts.
    #[error("must be a whole number of {0}")]
    Fraction(&'static str),
    /// More digits after the point than are counted.
    #[error("must not have more than 9 digits after the point")]
    TooFine,
    /// More than can be counted.
    #[error("is too large")]
    TooLarge,
}

/// What becomes of digits that are too fine to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// They count as one of the smallest unit more: for what is spent.
    Up,
    /// They are refused: for limits.
    Refused,
}

impl Amount {
    /// What fits in Postgres's bigint.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// So many of the smallest unit, or the most there is.
    pub fn from_units(units: u64) -> Self {
        Self(units.min(Self::MAX.0))
    }

    /// How many of the smallest unit.
    pub fn units(self) -> u64 {
        self.0
    }

    /// Digits after the point.
    fn digits(metric: Metric) -> usize {
        match metric {
            Metric::Cost => 9,
            _ => 0,
        }
    }

    /// Reads a number as Postgres writes a `numeric`: digits, perhaps a point and more of them.
    ///
    /// # Errors
    /// [`AmountError`] for what is no amount of the metric.
    pub fn parse(metric: Metric, text: &str, rounding: Rounding) -> Result<Self, AmountError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let magnitude = whole.strip_prefix('-').unwrap_or(whole);
        let plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
        if magnitude.is_empty() || !plain(magnitude) || !plain(fraction) {
            return Err(AmountError::NotFinite);
        }
        if magnitude.len() != whole.len() {
            return Err(AmountError::Negative);
        }
        let digits = Self::digits(metric);
        let (counted, rest) = fraction.split_at_checked(digits).unwrap_or((fraction, ""));
        let finer = rest.bytes().any(|b| b != b'0');
        if finer && digits == 0 {
            return Err(AmountError::Fraction(metric.name()));
        }
        if finer && rounding == Rounding::Refused {
            return Err(AmountError::TooFine);
        }
        let padded = format!("{whole}{counted:0<digits$}");
        let significant = padded.trim_start_matches('0');
        if significant.len() > 20 {
            return Err(AmountError::TooLarge);
        }
        let units = if significant.is_empty() {
            Ok(0)
        } else {
            significant.parse::<u64>()
        };
        units
            .ok()
            .and_then(|units| units.checked_add(u64::from(finer)))
            .filter(|units| *units <= Self::MAX.0)
            .map(Self)
            .ok_or(AmountError::TooLarge)
    }

    /// As people write it: whole numbers, or dollars without needless zeros.
    pub fn to_text(self, metric: Metric) -> String {
        let digits = Self::digits(metric);
        let text = self.0.to_string();
        if digits == 0 {
            return text;
        }
        let width = digits.saturating_add(1);
        let text = format!("{text:0>width$}");
        let (whole, fraction) = text
            .split_at_checked(text.len().saturating_sub(digits))
            .unwrap_or((&text, ""));
        match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        }
    }
}
