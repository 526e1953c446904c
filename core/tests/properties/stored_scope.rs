//! Stored scopes: they say what the scopes say, and no bytes get past them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use tenancy_core::stored_scope::Floor;
use tenancy_core::{Scope, ScopeError, StoredScope, store};

use crate::json::value;
use crate::scope::{any_scope, scope};

type Texts = BTreeMap<Vec<u8>, Vec<u8>>;

/// One of the words that `bytes` begins with.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(4 * at..4 * at + 4)?;
    Some(u32::from_ne_bytes(bytes.try_into().unwrap()))
}

/// Reads an object of strings entry by entry, each found on its own by going back to the last one that tells its end.
/// Anything else is `None`.
fn decode(bytes: &[u8]) -> Option<Texts> {
    let header = word(bytes, 0)?;
    let count = (header & 0x0fff_ffff) as usize;
    if header >> 28 != 2 || count > 64 {
        return None;
    }
    let data = bytes.get(4 + 8 * count..)?;
    let end = |index: usize| {
        let mut end = 0;
        for index in (0..=index).rev() {
            let word = word(bytes, 1 + index)?;
            end += (word & 0x0fff_ffff) as usize;
            if word >> 31 == 1 {
                break;
            }
        }
        Some(end)
    };
    let entry = |index: usize| {
        let start = if index == 0 { 0 } else { end(index - 1)? };
        let is_string = word(bytes, 1 + index)? & 0x7000_0000 == 0;
        data.get(start..end(index)?).filter(|_| is_string)
    };
    let pairs: Option<Vec<_>> = (0..count)
        .map(|index| Some((entry(index)?.to_vec(), entry(count + index)?.to_vec())))
        .collect();
    let pairs = pairs?;
    let sorted = pairs.is_sorted_by(|(a, _), (b, _)| (a.len(), a) < (b.len(), b));
    let last = match count {
        0 => 0,
        _ => end(2 * count - 1)?,
    };
    (sorted && last == data.len()).then(|| pairs.into_iter().collect())
}

/// Lays out an object of any values as Postgres does, except that it tells lengths only and no number is a real one.
fn lay_out(members: &BTreeMap<String, Value>) -> Vec<u8> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
    let mut words = vec![0x2000_0000 | members.len() as u32];
    let mut data = Vec::new();
    for (key, _) in &members {
        words.push(key.len() as u32);
        data.extend(key.as_bytes());
    }
    for (_, value) in &members {
        let start = data.len();
        let mut padded = |header: u32| {
            data.resize(start.next_multiple_of(4), 0);
            data.extend(header.to_ne_bytes());
        };
        let kind = match value {
            Value::String(text) => {
                data.extend(text.as_bytes());
                0
            }
            Value::Number(_) => {
                padded(0);
                0x1000_0000
            }
            Value::Bool(false) => 0x2000_0000,
            Value::Bool(true) => 0x3000_0000,
            Value::Null => 0x4000_0000,
            Value::Array(_) => {
                padded(0x4000_0000);
                0x5000_0000
            }
            Value::Object(_) => {
                padded(0x2000_0000);
                0x5000_0000
            }
        };
        words.push(kind | (data.len() - start) as u32);
    }
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_ne_bytes).collect();
    bytes.extend(data);
    bytes
}

/// Scopes of many pairs, so that more than one entry tells its end.
fn large_scope() -> impl Strategy<Value = Scope> {
    proptest::collection::btree_map("[a-c]{1,4}", "[xé\"\n]{1,3}", 0..=64)
        .prop_map(|pairs| Scope::from_pairs(pairs).unwrap())
}

fn members() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let text = || prop_oneof!["[a-c\u{1}\"]{0,3}", any::<String>()];
    let value = prop_oneof![4 => text().prop_map(Value::from), 1 => value()];
    proptest::collection::btree_map(text(), value, 0..5)
}

/// What may be said of members: of all together, or of each one alone.
fn said_of(members: &BTreeMap<String, Value>) -> Vec<ScopeError> {
    let alone = members
        .iter()
        .map(|(key, value)| BTreeMap::from([(key.clone(), value.clone())]));
    std::iter::once(members.clone())
        .chain(alone)
        .filter_map(|members| Scope::from_value(&serde_json::to_value(members).unwrap()).err())
        .collect()
}

/// Nothing covers wrongly, whatever the bytes are, and no reader panics.
fn read_all(bytes: &[u8], others: &[&[u8]]) -> Result<(), TestCaseError> {
    let checked = StoredScope::check(bytes);
    let Some(stored) = StoredScope::trusted(bytes) else {
        prop_assert!(checked.is_err());
        return Ok(());
    };
    let decoded = decode(bytes);
    prop_assert_eq!(stored.is_empty(), decoded == Some(Texts::new()));
    prop_assert_eq!(stored.covers(stored), decoded.is_some());
    if let Some(texts) = &decoded {
        let pairs: Texts = stored
            .pairs()
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect();
        prop_assert_eq!(&pairs, texts);
    }
    prop_assert_eq!(checked.is_ok(), stored.to_scope().is_ok());
    if let Ok(scope) = stored.to_scope() {
        // As many pairs, in the same order, but perhaps with ends told elsewhere.
        let again = store(&scope);
        prop_assert_eq!(decode(&again), decoded.clone());
    }
    for other in others {
        let other_stored = StoredScope::trusted(other).unwrap();
        let included = |inner: &Option<Texts>, outer: &Option<Texts>| match (inner, outer) {
            (Some(inner), Some(outer)) => inner
                .iter()
                .all(|(key, value)| outer.get(key) == Some(value)),
            (inner, _) => inner.as_ref().is_some_and(Texts::is_empty),
        };
        let other = decode(other);
        prop_assert_eq!(stored.covers(other_stored), included(&decoded, &other));
        prop_assert_eq!(other_stored.covers(stored), included(&other, &decoded));
        if let Ok(scope) = other_stored.to_scope() {
            prop_assert_eq!(
                Floor::from(&scope).covers(stored),
                included(&other, &decoded)
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn covering_is_that_of_the_scopes(a in scope(), b in scope(), c in large_scope(), d in any_scope()) {
        let union = a.join(&c).unwrap_or_default();
        let scopes = [&a, &b, &c, &d, &union];
        for one in scopes {
            for other in scopes {
                let stored = [one, other].map(store);
                let [floor, scope] = [0, 1].map(|i| StoredScope::trusted(&stored[i]).unwrap());
                prop_assert_eq!(floor.covers(scope), one.covers(other));
                prop_assert_eq!(Floor::from(one).covers(scope), one.covers(other));
                prop_assert_eq!(floor == scope, one == other);
            }
        }
    }

    #[test]
    fn what_is_stored_is_read_back(scope in prop_oneof![scope(), large_scope(), any_scope()]) {
        let bytes = store(&scope);
        let stored = StoredScope::check(&bytes).unwrap();
        prop_assert_eq!(StoredScope::trusted(&bytes), Some(stored));
        prop_assert_eq!(stored.to_scope(), Ok(scope.clone()));
        prop_assert_eq!(stored.is_empty(), scope.is_empty());
        let mut pairs: Vec<_> = stored.pairs().collect();
        pairs.sort();
        let expected: Vec<_> = scope.pairs().map(|(k, v)| (k.as_bytes(), v.as_bytes())).collect();
        prop_assert_eq!(pairs, expected);
        read_all(&bytes, &[&bytes])?;
    }

    #[test]
    fn a_check_says_what_the_scope_says(members in members()) {
        let bytes = lay_out(&members);
        let expected = Scope::from_value(&serde_json::to_value(&members).unwrap());
        let unchecked = StoredScope::trusted(&bytes).unwrap().to_scope();
        prop_assert_eq!(unchecked.is_ok(), expected.is_ok());
        match StoredScope::check(&bytes) {
            Ok(stored) => prop_assert_eq!(stored.to_scope(), expected),
            Err(error) => prop_assert!(said_of(&members).contains(&error), "{error:?} of {members:?}"),
        }
    }

    #[test]
    fn no_bytes_get_past(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), count in 0u32..6, lengths in any::<bool>(), other in scope()) {
        // With a header that is looked behind, and half of the time with lengths that may fit.
        for (at, chunk) in bytes.chunks_exact_mut(4).take(1 + 2 * count as usize).enumerate() {
            if at == 0 {
                chunk.copy_from_slice(&(0x2000_0000 | count).to_ne_bytes());
            } else if lengths {
                chunk.copy_from_slice(&(u32::from_ne_bytes((&*chunk).try_into().unwrap()) & 0x8000_0007).to_ne_bytes());
            }
        }
        read_all(&bytes, &[&store(&other)])?;
    }

    #[test]
    fn no_damage_gets_past(a in prop_oneof![scope(), large_scope()], b in scope(), damage in proptest::collection::vec((any::<Index>(), 0u32..8), 1..4)) {
        let honest = store(&a);
        let mut bytes = honest.clone();
        for (at, bit) in damage {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        read_all(&bytes, &[&honest, &store(&b)])?;
        for len in 0..honest.len() {
            prop_assert!(StoredScope::check(&honest[..len]).is_err());
            read_all(&honest[..len], &[&honest])?;
        }
    }
}
