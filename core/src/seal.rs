//! The seal: a context as text that only a holder of the key can have made.
//!
//! `ts1.` followed by base64url (no padding) of `context || HMAC-SHA256(key, "pg_tenancy seal v1" NUL context)`. A seal
//! authenticates, it doesn't hide: whoever holds the text can read the context. One context has one spelling.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE64URL_NOPAD;

/// How every seal begins; the digit is the format's version.
pub const PREFIX: &str = "ts1.";

/// Longest text that is looked at, in bytes.
pub const MAX_TEXT_LEN: usize = 128 * 1024;

/// Length of the authentication code, in bytes.
const TAG_LEN: usize = 32;

/// Keeps seals apart from any other use of HMAC under the same key.
const DOMAIN: &[u8] = b"pg_tenancy seal v1\0";

/// The secret under which seals are made and checked. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SealKey(hmac::Key);

/// Why a text isn't a seal of ours. No message shows any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It doesn't begin with [`PREFIX`].
    #[error("the seal has an unknown form")]
    Prefix,
    /// It is longer than [`MAX_TEXT_LEN`].
    #[error("the seal is too long")]
    TooLong,
    /// It isn't strict base64url without padding, or too short to hold a code.
    #[error("the seal is malformed")]
    Malformed,
    /// The code is not the one this key makes.
    #[error("the seal is not authentic")]
    NotAuthentic,
}

impl SealKey {
    /// Takes the key; the caller draws it at random.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }

    fn tag(&self, context: &[u8]) -> hmac::Tag {
        let mut hmac = hmac::Context::with_key(&self.0);
        hmac.update(DOMAIN);
        hmac.update(context);
        hmac.sign()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey([redacted])")
    }
}

/// Seals a context. The text is 4 + ⌈(len + 32) · 4 / 3⌉ characters.
pub fn seal(key: &SealKey, context: &[u8]) -> String {
    let tag = key.tag(context);
    let mut sealed = context.to_vec();
    sealed.extend_from_slice(tag.as_ref());
    let mut text = String::from(PREFIX);
    BASE64URL_NOPAD.encode_append(&sealed, &mut text);
    text
}

/// Opens a seal: the context that was sealed under `key`. Codes are compared in constant time.
///
/// # Errors
/// [`SealError`], which says nothing of the text itself.
pub fn unseal(key: &SealKey, text: &str) -> Result<Vec<u8>, SealError> {
    if text.len() > MAX_TEXT_LEN {
        return Err(SealError::TooLong);
    }
    let encoded = text.strip_prefix(PREFIX).ok_or(SealError::Prefix)?;
    let mut sealed = BASE64URL_NOPAD
        .decode(encoded.as_bytes())
        .map_err(|_| SealError::Malformed)?;
    let (context, tag) = sealed
        .split_last_chunk::<TAG_LEN>()
        .ok_or(SealError::Malformed)?;
    constant_time::verify_slices_are_equal(key.tag(context).as_ref(), tag)
        .map_err(|_| SealError::NotAuthentic)?;
    sealed.truncate(sealed.len().saturating_sub(TAG_LEN));
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealKey {
        SealKey::from_bytes([7; 32])
    }

    #[test]
    fn the_text_form_is_frozen() {
        // Computed apart from this code, with Python's hmac and base64.
        let text = "ts1.Y29udGV4dOx9S88WNWyZtPoT4W-BavGJY2nQrIRVP6fnyauxRVel";
        assert_eq!(seal(&key(), b"context"), text);
        assert_eq!(unseal(&key(), text).as_deref(), Ok(b"context".as_slice()));
    }

    #[test]
    fn an_empty_context_can_be_sealed() {
        let text = seal(&key(), b"");
        assert_eq!(unseal(&key(), &text), Ok(Vec::new()));
    }

    #[test]
    fn another_key_does_not_open_it() {
        let text = seal(&key(), b"context");
        for byte in 0..32 {
            let mut other = [7; 32];
            other[byte] ^= 0x80;
            let other = SealKey::from_bytes(other);
            assert_eq!(unseal(&other, &text), Err(SealError::NotAuthentic));
        }
    }

    #[test]
    fn a_code_without_the_domain_is_not_authentic() {
        let plain = hmac::sign(&key().0, b"context");
        let forged = [b"context".as_slice(), plain.as_ref()].concat();
        let text = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&forged));
        assert_eq!(unseal(&key(), &text), Err(SealError::NotAuthentic));
    }

    #[test]
    fn malformed_texts_are_refused() {
        let text = seal(&key(), b"context");
        for (other, error) in [
            (String::new(), SealError::Prefix),
            (text[4..].to_owned(), SealError::Prefix),
            (text.replacen("ts1.", "ts2.", 1), SealError::Prefix),
            (text.replacen("ts1.", "TS1.", 1), SealError::Prefix),
            (format!(" {text}"), SealError::Prefix),
            (format!("{text}\n"), SealError::Malformed),
            (format!("{text}="), SealError::Malformed),
            (format!("{text}=="), SealError::Malformed),
            ("ts1.".to_owned(), SealError::Malformed),
            ("ts1.AAAA".to_owned(), SealError::Malformed),
            (format!("ts1.{}", "+".repeat(44)), SealError::Malformed),
            (format!("ts1.{}", "A".repeat(44)), SealError::NotAuthentic),
            ("x".repeat(10_000_000), SealError::TooLong),
            (
                format!("ts1.{}", "A".repeat(MAX_TEXT_LEN)),
                SealError::TooLong,
            ),
        ] {
            assert_eq!(unseal(&key(), &other), Err(error));
        }
    }

    #[test]
    fn stray_bits_are_refused() {
        // 1 + 32 bytes leave no unused bits; 2 + 32 leave four, 3 + 32 two.
        for context in [b"ab".as_slice(), b"abc"] {
            let mut text = seal(&key(), context);
            let last = text.pop().unwrap();
            text.push((last as u8 + 1) as char);
            assert_eq!(unseal(&key(), &text), Err(SealError::Malformed));
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", key()), "SealKey([redacted])");
    }

    #[test]
    fn the_longest_context_fits() {
        let text = seal(&key(), &vec![0xff; crate::context::MAX_LEN]);
        assert!(text.len() <= MAX_TEXT_LEN);
        assert!(unseal(&key(), &text).is_ok());
    }
}
