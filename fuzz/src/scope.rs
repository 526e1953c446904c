//! Scopes, as text and as Postgres stores them.

use tenancy_core::scope::Scope;
use tenancy_core::stored_scope::{Floor, StoredScope, store};

use crate::{Target, text, texts};

const SCOPES: [&str; 5] = [
    "{}",
    r#"{"team":"red"}"#,
    r#"{"agent":"x","team":"red"}"#,
    r#"{"ä€😀":"\u0001","a":"b"}"#,
    r#"{"team":["red"]}"#,
];

/// A scope has one text, covers itself, and joins with what it covers; stored, it is the same.
pub const SCOPE: Target = Target {
    name: "scope",
    run: |bytes| {
        let (one, other) = text(bytes).split_once('\n').unwrap_or((text(bytes), "{}"));
        let Ok(scope) = Scope::parse(one) else {
            return;
        };
        let canonical = scope.to_json();
        assert_eq!(Scope::parse(&canonical).as_ref(), Ok(&scope));
        assert!(scope.covers(&scope) && Scope::default().covers(&scope));
        let stored = store(&scope);
        let read = StoredScope::check(&stored).expect("what is stored is a scope");
        assert_eq!(read.to_scope().as_ref(), Ok(&scope));
        let Ok(other) = Scope::parse(other) else {
            return;
        };
        let other_stored = store(&other);
        let other_read = StoredScope::check(&other_stored).expect("what is stored is a scope");
        assert_eq!(scope.covers(&other), read.covers(other_read));
        assert_eq!(scope.covers(&other), Floor::from(&scope).covers(other_read));
        assert_eq!(
            scope.covers(&other),
            scope
                .pairs()
                .all(|(key, value)| other.get(key) == Some(value))
        );
        match (scope.join(&other), other.join(&scope)) {
            (Ok(both), Ok(same)) => {
                assert_eq!(both, same);
                assert!(scope.covers(&both) && other.covers(&both));
                assert_eq!(scope.covers(&other), both == other);
            }
            (Err(_), Err(_)) => assert!(!scope.covers(&other) || scope.len() + other.len() > 16),
            (one, other) => panic!("joins in one order only: {one:?}, {other:?}"),
        }
    },
    seeds: || {
        let mut all = texts(SCOPES);
        all.extend(texts([r#"{"team":"red"}"#.to_owned()
            + "\n"
            + r#"{"agent":"x","team":"red"}"#]));
        all
    },
};

/// Bytes that are taken for a stored scope are what storing it gives.
pub const STORED_SCOPE: Target = Target {
    name: "stored_scope",
    run: |bytes| {
        let checked = StoredScope::check(bytes);
        if let Ok(stored) = checked {
            let scope = stored.to_scope().expect("a scope that was checked is one");
            let again = store(&scope);
            let same = StoredScope::check(&again).expect("what is stored is a scope");
            assert!(stored.covers(same) && same.covers(stored));
            assert_eq!(stored.pairs().count(), scope.len());
            assert_eq!(stored.is_empty(), scope.is_empty());
            assert!(StoredScope::trusted(bytes).is_some());
        }
        // What is trusted wrongly may be nonsense, but ends.
        if let Some(stored) = StoredScope::trusted(bytes) {
            let _ = (
                stored.pairs().count(),
                stored.covers(stored),
                stored.to_scope(),
            );
        }
    },
    seeds: || {
        SCOPES
            .iter()
            .filter_map(|text| Some(store(&Scope::parse(text).ok()?)))
            .collect()
    },
};
