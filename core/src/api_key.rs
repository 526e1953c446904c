//! The API key: `tk_`, then lowercase base32 (RFC 4648 alphabet, no padding) of
//!
//! | part | bytes | characters |
//! |---|---|---|
//! | key id, a UUID | 16 | 26 |
//! | secret, random | 32 | 52 |
//! | CRC-32 of all text before it, big endian | 4 | 7 |
//!
//! 88 characters in all. The prefix and the checksum let scanners find a leaked key without false alarms, and let a
//! mistyped one fail before any lookup. The text is unique: one key has one spelling. What is stored is the digest,
//! which needs no salt or stretching because the secret has 256 bits of entropy.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use data_encoding::BASE32_NOPAD;
use uuid::Uuid;

use crate::random::{self, RandomError};

/// How every API key begins.
pub const PREFIX: &str = "tk_";

/// Length of the text of a key, in characters (all ASCII).
pub const TEXT_LEN: usize = 88;

const ID_END: usize = 3 + 26;
const SECRET_END: usize = ID_END + 52;

/// Keeps the digest of a key apart from any other use of SHA-256 over the same bytes.
const DIGEST_DOMAIN: &[u8] = b"pg_tenancy api key v1\0";

/// An API key with its secret. `Debug` shows the id only.
#[derive(Clone)]
pub struct ApiKey {
    /// Names the key; not secret.
    pub key_id: Uuid,
    secret: [u8; 32],
}

/// Why a text isn't an API key. No message shows any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// It doesn't begin with [`PREFIX`].
    #[error("an API key begins with tk_")]
    Prefix,
    /// It isn't [`TEXT_LEN`] characters long.
    #[error("an API key has 88 characters")]
    Length,
    /// A character isn't in the lowercase base32 alphabet.
    #[error("an API key holds only lower-case letters and digits 2 to 7 after its prefix")]
    Alphabet,
    /// Unused bits of a part's last character aren't zero.
    #[error("the API key has stray bits")]
    TrailingBits,
    /// The checksum is wrong: the key was mistyped or cut.
    #[error("the API key's checksum is wrong")]
    Checksum,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("key_id", &self.key_id)
            .field("secret", &"[redacted]")
            .finish()
    }
}

impl ApiKey {
    /// A new key with a random (version 4) id.
    ///
    /// # Errors
    /// [`RandomError`] when the random generator fails.
    pub fn generate() -> Result<Self, RandomError> {
        Self::with_id(random::uuid_v4()?)
    }

    /// A new key with this id and a random secret.
    ///
    /// # Errors
    /// [`RandomError`] when the random generator fails.
    pub fn with_id(key_id: Uuid) -> Result<Self, RandomError> {
        Ok(Self {
            key_id,
            secret: random::bytes()?,
        })
    }

    /// The credential as it is shown once, [`TEXT_LEN`] characters.
    pub fn to_text(&self) -> String {
        let mut text = String::from(PREFIX);
        push_base32(&mut text, self.key_id.as_bytes());
        push_base32(&mut text, &self.secret);
        let checksum = crc32fast::hash(text.as_bytes()).to_be_bytes();
        push_base32(&mut text, &checksum);
        text
    }

    /// Reads a credential; the inverse of [`ApiKey::to_text`] and accepting nothing else, not even white space.
    ///
    /// # Errors
    /// [`ApiKeyError`], which says nothing of the text itself.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let bytes = text.as_bytes();
        if !bytes.starts_with(PREFIX.as_bytes()) {
            return Err(ApiKeyError::Prefix);
        }
        if bytes.len() != TEXT_LEN {
            return Err(ApiKeyError::Length);
        }
        let part = |range: std::ops::Range<usize>| bytes.get(range).ok_or(ApiKeyError::Length);
        let key_id = decode_base32::<16>(part(PREFIX.len()..ID_END)?)?;
        let secret = decode_base32::<32>(part(ID_END..SECRET_END)?)?;
        let checksum = decode_base32::<4>(part(SECRET_END..TEXT_LEN)?)?;
        if u32::from_be_bytes(checksum) != crc32fast::hash(part(0..SECRET_END)?) {
            return Err(ApiKeyError::Checksum);
        }
        Ok(Self {
            key_id: Uuid::from_bytes(key_id),
            secret,
        })
    }

    /// What is stored of the key: SHA-256 over a domain, the id and the secret. The id is in it, so the digest of one
    /// key can't be planted on another.
    pub fn digest(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(DIGEST_DOMAIN);
        context.update(self.key_id.as_bytes());
        context.update(&self.secret);
        let mut out = [0; 32];
        // SHA-256 has 32 bytes, so this copies all of them.
        for (to, from) in out.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        out
    }

    /// Whether `stored` is this key's digest, compared in constant time; false if it hasn't 32 bytes.
    pub fn matches(&self, stored: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.digest(), stored).is_ok()
    }
}

fn push_base32(text: &mut String, bytes: &[u8]) {
    let from = text.len();
    BASE32_NOPAD.encode_append(bytes, text);
    if let Some(added) = text.get_mut(from..) {
        added.make_ascii_lowercase();
    }
}

fn decode_base32<const N: usize>(text: &[u8]) -> Result<[u8; N], ApiKeyError> {
    if !text.iter().all(|c| matches!(c, b'a'..=b'z' | b'2'..=b'7')) {
        return Err(ApiKeyError::Alphabet);
    }
    // Length and alphabet are right, so what the decoder can still refuse is a stray bit.
    let bytes = BASE32_NOPAD
        .decode(&text.to_ascii_uppercase())
        .map_err(|_| ApiKeyError::TrailingBits)?;
    bytes.try_into().map_err(|_| ApiKeyError::Length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed() -> ApiKey {
        ApiKey {
            key_id: Uuid::from_bytes([0x11; 16]),
            secret: std::array::from_fn(|i| i as u8),
        }
    }

    #[test]
    fn the_text_form_is_frozen() {
        // Computed apart from this code, with Python's base64, zlib and hashlib.
        assert_eq!(
            fixed().to_text(),
            "tk_ceirceirceirceirceirceirceaaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq6qur3oy"
        );
        assert_eq!(
            data_encoding::HEXLOWER.encode(&fixed().digest()),
            "f0c1c34233b30e1248c7e3d1e9036f115107b625d15a5c051b999a299fb908b7"
        );
    }

    #[test]
    fn a_new_key_reads_back_and_matches_its_digest() {
        let key = ApiKey::generate().unwrap();
        let text = key.to_text();
        assert_eq!(text.len(), TEXT_LEN);
        assert!(text.starts_with(PREFIX));
        let read = ApiKey::parse(&text).unwrap();
        assert_eq!((read.key_id, read.secret), (key.key_id, key.secret));
        assert!(read.matches(&key.digest()));
        assert_ne!(ApiKey::generate().unwrap().to_text(), text);
    }

    #[test]
    fn only_the_whole_right_digest_matches() {
        let key = fixed();
        let digest = key.digest();
        assert!(key.matches(&digest));
        assert!(!key.matches(&[]));
        assert!(!key.matches(&digest[..31]));
        assert!(!key.matches(&[digest.as_slice(), &[0]].concat()));
        for byte in 0..32 {
            let mut other = digest;
            other[byte] ^= 1;
            assert!(!key.matches(&other));
        }
        // The same secret under another id is another key.
        let twin = ApiKey {
            key_id: Uuid::nil(),
            ..key
        };
        assert!(!twin.matches(&digest));
    }

    #[test]
    fn each_defect_has_its_error() {
        let text = fixed().to_text();
        let parse = |text: &str| ApiKey::parse(text).map(|key| key.key_id);
        for cut in 0..3 {
            assert_eq!(parse(&text[..cut]), Err(ApiKeyError::Prefix));
        }
        for cut in 3..TEXT_LEN {
            assert_eq!(parse(&text[..cut]), Err(ApiKeyError::Length));
        }
        assert_eq!(parse(&format!("{text}a")), Err(ApiKeyError::Length));
        assert_eq!(parse(&format!("{text}\n")), Err(ApiKeyError::Length));
        assert_eq!(parse(&format!(" {text}")), Err(ApiKeyError::Prefix));
        assert_eq!(parse(&text.to_uppercase()), Err(ApiKeyError::Prefix));
        for bad in ["0", "1", "8", "=", "A", " ", "\0", "-"] {
            let mut other = text.clone();
            other.replace_range(40..41, bad);
            assert_eq!(parse(&other), Err(ApiKeyError::Alphabet));
        }
        // A character of two bytes, so that the length in bytes is right.
        let mut other = text.clone();
        other.replace_range(40..42, "é");
        assert_eq!(parse(&other), Err(ApiKeyError::Alphabet));
        // The last character of each part has unused bits.
        for last in [ID_END - 1, SECRET_END - 1, TEXT_LEN - 1] {
            let mut other = text.clone();
            let symbol = (text.as_bytes()[last] + 1) as char;
            other.replace_range(last..=last, &symbol.to_string());
            assert_eq!(parse(&other), Err(ApiKeyError::TrailingBits), "{last}");
        }
        let mut other = text.clone();
        other.replace_range(3..4, if text.as_bytes()[3] == b'a' { "b" } else { "a" });
        assert_eq!(parse(&other), Err(ApiKeyError::Checksum));
    }

    #[test]
    fn neither_errors_nor_debug_show_the_secret() {
        let key = fixed();
        let text = key.to_text();
        let shown = format!("{key:?}");
        assert!(shown.contains(&key.key_id.to_string()) && shown.contains("[redacted]"));
        assert!(!shown.contains("1, 2, 3") && !shown.contains(&text[ID_END..]));
        let messages: Vec<String> = [
            ApiKeyError::Prefix,
            ApiKeyError::Length,
            ApiKeyError::Alphabet,
            ApiKeyError::TrailingBits,
            ApiKeyError::Checksum,
        ]
        .iter()
        .map(ToString::to_string)
        .collect();
        let distinct: std::collections::BTreeSet<_> = messages.iter().collect();
        assert_eq!(distinct.len(), 5);
    }
}
