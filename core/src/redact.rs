//! Taking credentials out of text that is on its way to a log.

use crate::{api_key, seal};

/// What stands where a credential stood.
pub const REDACTED: &str = "(redacted)";

/// Shortest run of characters after a mark that is taken for a credential. Shorter ones carry no secret worth having,
/// and people write about `tk_` and `eyJ`.
const SHORTEST: usize = 16;

/// Marks that credentials begin with: an API key, a seal, and a token (base64url of `{"`).
const MARKS: [&str; 3] = [api_key::PREFIX, seal::PREFIX, "eyJ"];

/// The same text with every credential's characters after its mark replaced; `None` when there is none, which is
/// the usual case and costs one scan.
///
/// Whole or not, valid or not: whatever runs on after a mark in the characters of a credential goes. Takes time linear
/// in the text, whatever it holds: it runs where nothing can interrupt it.
pub fn redact(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut copied = 0;
    let mut marks = Marks::new(text);
    while let Some((at, mark)) = marks.next() {
        let start = at.saturating_add(mark.len());
        let run = text.get(start..)?.bytes().take_while(is_credential).count();
        let end = start.saturating_add(run);
        marks.skip_to(end);
        if run >= SHORTEST {
            let out = out.get_or_insert_with(String::new);
            out.push_str(text.get(copied..start)?);
            out.push_str(REDACTED);
            copied = end;
        }
    }
    let mut out = out?;
    out.push_str(text.get(copied..)?);
    Some(out)
}

fn is_credential(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.=".contains(byte)
}

/// Where the marks stand in a text, in order.
struct Marks<'t> {
    text: &'t str,
    from: usize,
    /// The next place of each mark at or after `from`; `None` when there is no more, so that it is not searched again.
    places: [Option<usize>; MARKS.len()],
}

impl<'t> Marks<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            from: 0,
            places: MARKS.map(|mark| text.find(mark)),
        }
    }

    fn skip_to(&mut self, from: usize) {
        self.from = from;
    }

    fn next(&mut self) -> Option<(usize, &'static str)> {
        for (place, mark) in self.places.iter_mut().zip(MARKS) {
            if place.is_some_and(|place| place < self.from) {
                *place = self
                    .text
                    .get(self.from..)
                    .and_then(|rest| rest.find(mark))
                    .map(|at| at.saturating_add(self.from));
            }
        }
        self.places
            .iter()
            .zip(MARKS)
            .filter_map(|(place, mark)| place.map(|place| (place, mark)))
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key::ApiKey;

    #[test]
    fn text_without_a_credential_stays() {
        for text in [
            "",
            "SELECT 1",
            "keys begin with tk_",
            "tk_short eyJ ts1.x",
            "tk_ tk_ tk_",
        ] {
            assert_eq!(redact(text), None, "{text}");
        }
    }

    #[test]
    fn every_kind_of_credential_goes() {
        let key = ApiKey::generate().unwrap().to_text();
        let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_";
        let seal = "ts1.AAAAAAAAAAAAAAAAAAAAAAAA";
        let text = format!(
            "SELECT tenancy.bind('{key}'); tk_ is short; SET LOCAL tenancy.session = '{token}', \"{seal}\"é"
        );
        assert_eq!(
            redact(&text).unwrap(),
            "SELECT tenancy.bind('tk_(redacted)'); tk_ is short; SET LOCAL tenancy.session = 'eyJ(redacted)', \"ts1.(redacted)\"é"
        );
    }

    #[test]
    fn a_key_cut_short_or_run_on_goes_too() {
        let key = ApiKey::generate().unwrap().to_text();
        for text in [&key[..40], &format!("{key}xyz"), &format!("x{key}")] {
            let redacted = redact(text).unwrap();
            assert!(redacted.ends_with("tk_(redacted)"), "{redacted}");
        }
    }

    #[test]
    fn a_short_run_before_a_long_one_is_kept() {
        assert_eq!(
            redact("tk_a eyJaaaaaaaaaaaaaaaaaaaa").unwrap(),
            "tk_a eyJ(redacted)"
        );
        assert_eq!(
            redact("eyJaaaaaaaaaaaaaaaaaaaa tk_a end").unwrap(),
            "eyJ(redacted) tk_a end"
        );
    }

    #[test]
    fn marks_without_end_take_linear_time() {
        let marks = "tk_ ".repeat(1 << 20);
        let start = std::time::Instant::now();
        assert_eq!(redact(&marks), None);
        let mixed = "tk_ eyJ ts1. ".repeat(1 << 18);
        assert_eq!(redact(&mixed), None);
        // A quadratic search takes hours for this.
        assert!(start.elapsed().as_secs() < 20);
    }
}
