//! Points in time as RFC 3339 text, for people who read a context.

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The last microsecond of the year 9999, after which RFC 3339 cannot write an instant.
const LAST: i64 = 253_402_300_799_999_999;

/// The instant `micros` microseconds after the Unix epoch as `YYYY-MM-DDThh:mm:ss[.ffffff]Z`; `None` outside the years
/// 1970 to 9999, which RFC 3339 cannot write or which no credential has.
pub fn rfc3339(micros: i64) -> Option<String> {
    let text = rfc3339_micros(micros)?;
    Some(match text.strip_suffix(".000000Z") {
        Some(seconds) => format!("{seconds}Z"),
        None => text,
    })
}

/// As [`rfc3339`], always with six decimals, so that one instant has one spelling of one length.
pub fn rfc3339_micros(micros: i64) -> Option<String> {
    if !(0..=LAST).contains(&micros) {
        return None;
    }
    let seconds = micros.div_euclid(MICROS_PER_SECOND);
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (year, month, day) = date(seconds.div_euclid(SECONDS_PER_DAY))?;
    let mut text = String::with_capacity(27);
    for (number, digits, separator) in [
        (year, 4, '-'),
        (month, 2, '-'),
        (day, 2, 'T'),
        (second / 3600, 2, ':'),
        (second / 60 % 60, 2, ':'),
        (second % 60, 2, '.'),
        (micros.rem_euclid(MICROS_PER_SECOND), 6, 'Z'),
    ] {
        push_digits(&mut text, number, digits);
        text.push(separator);
    }
    Some(text)
}

/// The first day of a day's month, both since the Unix epoch, and how many days that month has; `None` outside the years
/// 1970 to 9999.
pub fn month(day: i64) -> Option<(i64, i64)> {
    let (year, month, of_month) = date(day)?;
    if !(1970..=9999).contains(&year) {
        return None;
    }
    let length = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    Some((day.checked_sub(of_month)?.checked_add(1)?, length))
}

/// Year, month and day of the `days`th day after 1970-01-01.
///
/// Years are taken to begin in March, so that the leap day is their last: then a day's month follows from its number in
/// the year alone.
fn date(days: i64) -> Option<(i64, i64, i64)> {
    const DAYS_PER_ERA: i64 = 146_097; // 400 years
    const MARCH_OF_YEAR_0: i64 = 719_468;
    let days = days.checked_add(MARCH_OF_YEAR_0)?;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day = days.rem_euclid(DAYS_PER_ERA);
    let leap_days = (day / 1_460)
        .checked_sub(day / 36_524)?
        .checked_add(day / 146_096)?;
    let year = day.checked_sub(leap_days)? / 365;
    let before = year
        .checked_mul(365)?
        .checked_add(year / 4)?
        .checked_sub(year / 100)?;
    let day = day.checked_sub(before)?;
    let month = day.checked_mul(5)?.checked_add(2)? / 153;
    let day = day
        .checked_sub(month.checked_mul(153)?.checked_add(2)? / 5)?
        .checked_add(1)?;
    let month = month.checked_add(if month < 10 { 3 } else { -9 })?;
    let year = era
        .checked_mul(400)?
        .checked_add(year)?
        .checked_add(i64::from(month <= 2))?;
    Some((year, month, day))
}

fn push_digits(text: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number.checked_div(10_i64.pow(place)).unwrap_or(0) % 10;
        text.push(char::from(
            b'0'.saturating_add(u8::try_from(digit).unwrap_or(0)),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::{date, rfc3339, rfc3339_micros};

    #[test]
    fn known_instants() {
        // Reference values: date -u -d @N +%FT%TZ.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds * 1_000_000).as_deref(), Some(text));
        }
        assert_eq!(
            rfc3339(1_500_000).as_deref(),
            Some("1970-01-01T00:00:01.500000Z")
        );
    }

    #[test]
    fn six_decimals_are_always_there() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(rfc3339_micros(micros).as_deref(), Some(text));
        }
    }

    #[test]
    fn days_follow_each_other_for_nine_thousand_years() {
        let mut next = (1970, 1, 1);
        for days in 0..2_932_897 {
            assert_eq!(date(days), Some(next));
            let (year, month, day) = next;
            let length = match month {
                2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            next = match (month, day == length) {
                (_, false) => (year, month, day + 1),
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
            };
        }
        assert_eq!(next, (10_000, 1, 1));
    }

    #[test]
    fn what_cannot_be_written_is_none() {
        for micros in [-1, i64::MIN, i64::MAX, 253_402_300_800_000_000] {
            assert_eq!(rfc3339(micros), None);
        }
    }
}
