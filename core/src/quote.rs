//! How a name that came from outside is shown in an error message.

/// Longest part of a name that is shown, in characters.
const SHOWN_CHARS: usize = 64;

/// The name in double quotes, control characters escaped and cut to 64 characters, so that a hostile name can neither
/// forge lines of a log nor flood it.
pub fn quoted(name: &str) -> String {
    let mut shown = String::from("\"");
    let mut chars = name.chars();
    for c in chars.by_ref().take(SHOWN_CHARS) {
        shown.extend(c.escape_debug());
    }
    if chars.next().is_some() {
        shown.push('…');
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn hostile_names_stay_on_one_short_line() {
        assert_eq!(quoted("team"), "\"team\"");
        assert_eq!(
            quoted("a\nFATAL: \"x\"\u{202e}"),
            "\"a\\nFATAL: \\\"x\\\"\\u{202e}\""
        );
        let long = quoted(&"x".repeat(100_000));
        assert_eq!(long.chars().count(), 64 + 3);
    }
}
