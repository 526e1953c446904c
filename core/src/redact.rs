//! Taking credentials out of text that is on its way to a log.

use std::borrow::Cow;

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
/// Whole or not, valid or not: whatever runs on after a mark in the characters of a credential goes.
pub fn redact(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut rest = text;
    while let Some((at, mark)) = MARKS
        .iter()
        .filter_map(|mark| rest.find(mark).map(|at| (at, *mark)))
        .min()
    {
        let (before, from) = rest.split_at_checked(at)?;
        let after = from.get(mark.len()..)?;
        let length = after
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || b"-_.=".contains(b))
            .count();
        let (run, next) = after.split_at_checked(length)?;
        let kept: Cow<'_, str> = if length < SHORTEST {
            run.into()
        } else {
            REDACTED.into()
        };
        if length >= SHORTEST || out.is_some() {
            let out = out.get_or_insert_with(|| {
                text.get(..text.len().saturating_sub(rest.len()))
                    .unwrap_or("")
                    .to_owned()
            });
            out.extend([before, mark, &kept]);
        }
        rest = next;
    }
    let mut out = out?;
    out.push_str(rest);
    Some(out)
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
}
