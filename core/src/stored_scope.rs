//! A scope as Postgres stores it: the bytes of a `jsonb` object after the length word, read where they lie.
//!
//! A header word (the number of pairs and what kind of container it is) is followed by one word for each key and one
//! for each value, then by the texts themselves without separators: all keys, shorter ones first and equally long ones
//! bytewise, then the values in the same order. An entry's word tells the text's type and length, or in every 32nd
//! entry where the text ends. Words are in the machine's byte order.

use std::collections::BTreeMap;
use std::slice::Iter;
use std::str::from_utf8;

use crate::access::Inclusion;
use crate::scope::{MAX_BYTES, MAX_PAIRS, Scope, ScopeError};

type Word = [u8; 4];
type Pair<'a> = (&'a [u8], &'a [u8]);

/// Of the header: how many pairs or elements.
const COUNT: u32 = 0x0FFF_FFFF;
/// Of the header: a bare scalar, stored as the only element of an array; an object; an array.
const SCALAR: u32 = 0x1000_0000;
const OBJECT: u32 = 0x2000_0000;
const ARRAY: u32 = 0x4000_0000;

/// Of an entry: the text's length, or its end if `HAS_END` is set.
const EXTENT: u32 = 0x0FFF_FFFF;
/// Of an entry: the type. A string has none of these bits.
const TYPE: u32 = 0x7000_0000;
const STRING: u32 = 0;
const NUMBER: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;
const HAS_END: u32 = 0x8000_0000;

/// Every how many entries one tells its end. Readers go by `HAS_END`.
const STRIDE: usize = 32;

/// A scope in Postgres's stored form. It holds at most [`MAX_PAIRS`] pairs; whether they are well-formed shows when
/// they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredScope<'a> {
    keys: &'a [Word],
    values: &'a [Word],
    texts: &'a [u8],
}

impl StoredScope<'static> {
    /// The whole tenant.
    pub const EMPTY: Self = Self {
        keys: &[],
        values: &[],
        texts: &[],
    };
}

impl<'a> StoredScope<'a> {
    /// Takes any `jsonb` object and decides whether it's a scope, without allocating for one that is.
    ///
    /// # Errors
    /// What [`Scope::from_value`] says of the same JSON; when several things are wrong, perhaps another one of them.
    /// [`ScopeError::Malformed`] if it isn't what Postgres makes of JSON in UTF-8.
    pub fn check(bytes: &'a [u8]) -> Result<Self, ScopeError> {
        let scope = Self::open(bytes)?;
        // The canonical text is `{"key":"value","key":"value"}`: six bytes a pair, and one.
        let mut text_len = 1usize;
        for pair in scope.walk() {
            let (key, value) = pair?;
            let name = || String::from_utf8_lossy(key).into_owned();
            if key.is_empty() {
                return Err(ScopeError::EmptyKey);
            }
            if value.is_empty() {
                return Err(ScopeError::EmptyValue(name()));
            }
            // Before the texts are looked at, which may be huge.
            if key.len().saturating_add(value.len()) > MAX_BYTES {
                return Err(ScopeError::TooLong);
            }
            if key.contains(&0) || value.contains(&0) {
                return Err(ScopeError::NulCharacter(name()));
            }
            if from_utf8(key).is_err() || from_utf8(value).is_err() {
                return Err(ScopeError::Malformed);
            }
            text_len = key
                .iter()
                .chain(value)
                .fold(text_len.saturating_add(6), |len, byte| {
                    len.saturating_add(escaped_len(*byte))
                });
        }
        if text_len > MAX_BYTES {
            return Err(ScopeError::TooLong);
        }
        Ok(scope)
    }

    /// Takes bytes that were checked when they were stored; `None` if they can't be those of a scope. Looks at the
    /// header only.
    #[inline]
    pub fn trusted(bytes: &'a [u8]) -> Option<Self> {
        Self::open(bytes).ok()
    }

    #[inline]
    fn open(bytes: &'a [u8]) -> Result<Self, ScopeError> {
        let (header, rest) = bytes.split_first_chunk().ok_or(ScopeError::Malformed)?;
        let header = u32::from_ne_bytes(*header);
        match header & !COUNT {
            OBJECT => {}
            ARRAY => return Err(ScopeError::NotAnObject("an array")),
            kind if kind == ARRAY | SCALAR => {
                let (element, _) = rest.split_first_chunk().ok_or(ScopeError::Malformed)?;
                let found = scalar_kind(u32::from_ne_bytes(*element));
                return Err(found.map_or(ScopeError::Malformed, ScopeError::NotAnObject));
            }
            _ => return Err(ScopeError::Malformed),
        }
        let count = usize::try_from(header & COUNT).unwrap_or(usize::MAX);
        if count > MAX_PAIRS {
            return Err(ScopeError::TooManyPairs);
        }
        let (words, texts) = rest
            .split_at_checked(count.saturating_mul(size_of::<[Word; 2]>()))
            .ok_or(ScopeError::Malformed)?;
        let (keys, values) = words.as_chunks().0.split_at(count);
        if count == 0 && !texts.is_empty() {
            return Err(ScopeError::Malformed);
        }
        Ok(Self {
            keys,
            values,
            texts,
        })
    }

    /// Whether the scope is the whole tenant.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.keys.is_empty()
    }

    /// The pairs in stored order, up to the first that isn't well-formed.
    pub fn pairs(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.walk().map_while(Result::ok)
    }

    /// What [`Scope::covers`] says of the same scopes, without allocating. The empty floor covers everything; beyond
    /// that nothing covers, or is covered by, what isn't a well-formed object of strings, not even itself.
    #[inline]
    pub fn covers(self, scope: StoredScope<'_>) -> bool {
        if self.is_empty() {
            return true;
        }
        // Both are sorted alike and without duplicates: one set is in the other iff it's a subsequence of it.
        let mut rest = scope.walk();
        self.walk()
            .all(|pair| pair.is_ok_and(|pair| rest.any(|other| other == Ok(pair))))
            && rest.all(|other| other.is_ok())
    }

    /// The scope, owned.
    ///
    /// # Errors
    /// As [`StoredScope::check`].
    pub fn to_scope(self) -> Result<Scope, ScopeError> {
        let text = |bytes: &[u8]| match from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(ScopeError::Malformed),
        };
        let mut pairs = BTreeMap::new();
        for pair in self.walk() {
            let (key, value) = pair?;
            pairs.insert(text(key)?, text(value)?);
        }
        Scope::from_pairs(pairs)
    }

    #[inline]
    fn walk(self) -> Walk<'a> {
        // Where the values begin is where the last key ends.
        let values_at = self
            .keys
            .iter()
            .try_fold(0, |at, word| end_of(at, u32::from_ne_bytes(*word)));
        Walk {
            keys: self.keys.iter(),
            values: self.values.iter(),
            texts: self.texts,
            key_at: 0,
            value_at: values_at.unwrap_or(usize::MAX),
            last_key: None,
        }
    }
}

impl Inclusion for StoredScope<'_> {
    fn covers(&self, scope: &Self) -> bool {
        StoredScope::covers(*self, *scope)
    }

    fn is_empty(&self) -> bool {
        StoredScope::is_empty(*self)
    }
}

/// A floor taken apart once, to be compared with one scope after another.
#[derive(Debug, Default)]
pub struct Floor {
    bytes: Vec<u8>,
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Floor {
    /// The whole tenant.
    pub const EMPTY: Self = Self {
        bytes: Vec::new(),
        pairs: Vec::new(),
    };

    /// The floor's stored form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What [`StoredScope::covers`] says of the same scopes.
    #[inline]
    pub fn covers(&self, scope: StoredScope<'_>) -> bool {
        let mut wanted = self.pairs.iter();
        let mut next = wanted.next();
        if next.is_none() {
            return true;
        }
        // To the end even when all were found, as nothing covers what is not well-formed.
        for pair in scope.walk() {
            let Ok((key, value)) = pair else {
                return false;
            };
            if let Some((wanted_key, wanted_value)) = next
                && key == wanted_key
            {
                if value != wanted_value {
                    return false;
                }
                next = wanted.next();
            }
        }
        next.is_none()
    }
}

impl From<&Scope> for Floor {
    fn from(scope: &Scope) -> Self {
        let bytes = store(scope);
        let pairs = StoredScope::trusted(&bytes)
            .into_iter()
            .flat_map(StoredScope::pairs)
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect();
        Self { bytes, pairs }
    }
}

/// The stored form of a scope, byte for byte what Postgres makes of the same JSON.
pub fn store(scope: &Scope) -> Vec<u8> {
    let mut pairs: Vec<(&str, &str)> = scope.pairs().collect();
    pairs.sort_unstable_by_key(|(key, _)| (key.len(), *key));
    let texts: Vec<&str> = pairs
        .iter()
        .map(|(key, _)| *key)
        .chain(pairs.iter().map(|(_, value)| *value))
        .collect();

    // No number here is large: a scope has at most MAX_BYTES bytes.
    let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut bytes = (OBJECT | word(pairs.len())).to_ne_bytes().to_vec();
    let mut end = 0usize;
    for (index, text) in texts.iter().enumerate() {
        end = end.saturating_add(text.len());
        let entry = if index.is_multiple_of(STRIDE) {
            HAS_END | word(end)
        } else {
            word(text.len())
        };
        bytes.extend(entry.to_ne_bytes());
    }
    bytes.extend(texts.iter().flat_map(|text| text.bytes()));
    bytes
}

/// Why a stored pair isn't one of a scope.
#[derive(PartialEq)]
enum Fault<'a> {
    Malformed,
    NotAString { key: &'a [u8], found: &'static str },
}

impl From<Fault<'_>> for ScopeError {
    fn from(fault: Fault<'_>) -> Self {
        match fault {
            Fault::Malformed => Self::Malformed,
            Fault::NotAString { key, found } => Self::NotAString {
                key: String::from_utf8_lossy(key).into_owned(),
                found,
            },
        }
    }
}

/// Goes over the pairs and ends after the first fault. Whoever saw no fault saw all the bytes, keys in order.
struct Walk<'a> {
    keys: Iter<'a, Word>,
    values: Iter<'a, Word>,
    texts: &'a [u8],
    key_at: usize,
    value_at: usize,
    last_key: Option<&'a [u8]>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<Pair<'a>, Fault<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let key = u32::from_ne_bytes(*self.keys.next()?);
        let value = u32::from_ne_bytes(*self.values.next()?);
        let pair = self.pair(key, value);
        if pair.is_err() {
            self.keys = Iter::default();
        }
        Some(pair)
    }
}

impl<'a> Walk<'a> {
    #[inline]
    fn pair(&mut self, key_word: u32, value_word: u32) -> Result<Pair<'a>, Fault<'a>> {
        let (key, key_end) = self.text(self.key_at, key_word).ok_or(Fault::Malformed)?;
        let (value, value_end) = self
            .text(self.value_at, value_word)
            .ok_or(Fault::Malformed)?;
        let sorted = self
            .last_key
            .is_none_or(|last| (last.len(), last) < (key.len(), key));
        let ends_well = !self.keys.as_slice().is_empty() || value_end == self.texts.len();
        if key_word & TYPE != STRING || !sorted || !ends_well {
            return Err(Fault::Malformed);
        }
        if value_word & TYPE != STRING {
            return Err(match value_kind(value_word, self.value_at, value) {
                Some(found) => Fault::NotAString { key, found },
                None => Fault::Malformed,
            });
        }
        self.key_at = key_end;
        self.value_at = value_end;
        self.last_key = Some(key);
        Ok((key, value))
    }

    /// The bytes of an entry that begins at `at`, and where they end.
    #[inline]
    fn text(&self, at: usize, word: u32) -> Option<(&'a [u8], usize)> {
        let end = end_of(at, word)?;
        Some((self.texts.get(at..end)?, end))
    }
}

/// Where the text of an entry ends that begins at `at`.
#[inline]
fn end_of(at: usize, word: u32) -> Option<usize> {
    let extent = usize::try_from(word & EXTENT).ok()?;
    if word & HAS_END != 0 {
        Some(extent)
    } else {
        at.checked_add(extent)
    }
}

fn scalar_kind(word: u32) -> Option<&'static str> {
    match word & TYPE {
        STRING => Some("a string"),
        NUMBER => Some("a number"),
        FALSE | TRUE => Some("a boolean"),
        NULL => Some("null"),
        _ => None,
    }
}

/// What the value is whose bytes begin at `at`.
fn value_kind(word: u32, at: usize, bytes: &[u8]) -> Option<&'static str> {
    if word & TYPE != CONTAINER {
        return scalar_kind(word);
    }
    // A container is padded to begin at a whole word.
    let padding = at.wrapping_neg() % 4;
    let header = u32::from_ne_bytes(*bytes.get(padding..)?.first_chunk()?);
    match header & !COUNT {
        OBJECT => Some("an object"),
        ARRAY => Some("an array"),
        _ => None,
    }
}

/// How many bytes one of a text takes in JSON.
fn escaped_len(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
