//! Characters that one doesn't see. Names and texts in evidence come from whoever could make a table or a tenant; they
//! must not hide anything of what they are, or turn around the text beside them.

use std::fmt::{self, Write};

/// Whether a character has no shape of its own or changes that of others: controls, format characters (those that
/// change the direction of text among them), separators of lines, and letters that are blank.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Writes a character, a hidden one by its number.
pub fn write_visible(out: &mut (impl Write + ?Sized), c: char) -> fmt::Result {
    if is_hidden(c) {
        write!(out, "⟨U+{:04X}⟩", u32::from(c))
    } else {
        out.write_char(c)
    }
}

/// The text on one line, with nothing hidden in it and without space at its ends, but never empty.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.trim_matches(' ').chars() {
        // A String can be written to.
        let _ = write_visible(&mut shown, if c == '\u{a0}' { ' ' } else { c });
    }
    if shown.trim().is_empty() {
        "(empty)".clone_into(&mut shown);
    }
    shown
}

/// As [`line`], but with lines and tabs as they are.
pub fn lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let _ = match c {
            '\n' | '\t' => shown.write_char(c),
            _ => write_visible(&mut shown, c),
        };
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{line, lines};

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(
            line("exe\u{202e}cod\n.\0"),
            "exe⟨U+202E⟩cod⟨U+000A⟩.⟨U+0000⟩"
        );
        assert_eq!(line("Ünïcödé 東京 "), "Ünïcödé 東京");
        assert_eq!(line("\u{e0041}\u{200b}"), "⟨U+E0041⟩⟨U+200B⟩");
        assert_eq!(line("  "), "(empty)");
        assert_eq!(lines("a\n\tb\r"), "a\n\tb⟨U+000D⟩");
    }
}
