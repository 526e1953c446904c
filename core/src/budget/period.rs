//! Periods of budgets, in UTC.

use crate::timestamp;

/// How long a budget lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// From second 0 to second 0.
    Minute,
    /// From minute 0 to minute 0.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From the first of a month to the next.
    Month,
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Month];

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The period of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// When the period of `at` began and when it ends, in microseconds since the Unix epoch. A time that no calendar
    /// knows lies in a period that never ends.
    pub fn around(self, at: i64) -> (i64, i64) {
        let span = match self {
            Self::Minute => Some((at.div_euclid(MINUTE), MINUTE)),
            Self::Hour => Some((at.div_euclid(HOUR), HOUR)),
            Self::Day => Some((at.div_euclid(DAY), DAY)),
            Self::Month => None,
        };
        match span {
            Some((number, length)) => number.checked_mul(length).map(|start| (start, length)),
            None => timestamp::month(at.div_euclid(DAY))
                .and_then(|(first, days)| Some((first.checked_mul(DAY)?, days.checked_mul(DAY)?))),
        }
        .and_then(|(start, length)| Some((start, start.checked_add(length)?)))
        .unwrap_or((at, i64::MAX))
    }
}
