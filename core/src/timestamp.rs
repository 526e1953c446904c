//! Points in time as RFC 3339 text, for people who read a context.

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The instant `micros` microseconds after the Unix epoch as `YYYY-MM-DDThh:mm:ss[.ffffff]Z`; `None` outside the years
/// 1970 to 9999, which RFC 3339 cannot write or which no credential has.
pub fn rfc3339(micros: i64) -> Option<String> {
    if micros < 0 {
        return None;
    }
    let seconds = micros.div_euclid(MICROS_PER_SECOND);
    let fraction = micros.rem_euclid(MICROS_PER_SECOND);
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let Date {
        year, month, day, ..
    } = date(seconds.div_euclid(SECONDS_PER_DAY))?;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        text.push_str(&format!(".{fraction:06}"));
    }
    text.push('Z');
    Some(text)
}

struct Date {
    year: i64,
    month: i64,
    day: i64,
    /// Of the month.
    length: i64,
}

/// The date of a day since the Unix epoch; `None` outside the years 1970 to 9999.
fn date(mut days: i64) -> Option<Date> {
    if days < 0 {
        return None;
    }
    let mut year: i64 = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days = days.checked_sub(length)?;
        year = year.checked_add(1)?;
        if year > 9999 {
            return None;
        }
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month: i64 = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            let day = days.checked_add(1)?;
            return Some(Date {
                year,
                month,
                day,
                length,
            });
        }
        days = days.checked_sub(length)?;
        month = month.checked_add(1)?;
    }
    None
}

/// The first day of a day's month, both since the Unix epoch, and how many days that month has; `None` outside the years
/// 1970 to 9999.
pub fn month(day: i64) -> Option<(i64, i64)> {
    let date = date(day)?;
    Some((day.checked_sub(date.day)?.checked_add(1)?, date.length))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

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
    fn what_cannot_be_written_is_none() {
        for micros in [-1, i64::MIN, i64::MAX, 253_402_300_800_000_000] {
            assert_eq!(rfc3339(micros), None);
        }
    }
}
