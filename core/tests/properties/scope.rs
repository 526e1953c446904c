//! Scopes: a partial order, whose join is the least upper bound or a contradiction.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tenancy_core::{Scope, ScopeError};

/// Scopes over few keys and values, so that they meet often.
pub fn scope() -> impl Strategy<Value = Scope> {
    proptest::collection::btree_map("[a-d]", "[x-y]", 0..4)
        .prop_map(|pairs| Scope::from_pairs(pairs).unwrap())
}

/// Scopes of any texts.
pub fn any_scope() -> impl Strategy<Value = Scope> {
    let text = || any::<String>().prop_map(|text| format!("k{}", text.replace('\0', "")));
    proptest::collection::btree_map(text(), text(), 0..8)
        .prop_map(|pairs| Scope::from_pairs(pairs).unwrap())
}

proptest! {
    #[test]
    fn covers_is_a_partial_order(a in scope(), b in scope(), c in scope()) {
        prop_assert!(a.covers(&a));
        if a.covers(&b) && b.covers(&a) {
            prop_assert_eq!(&a, &b);
        }
        if a.covers(&b) && b.covers(&c) {
            prop_assert!(a.covers(&c));
        }
        prop_assert!(Scope::default().covers(&a));
    }

    #[test]
    fn join_is_the_least_upper_bound_or_a_contradiction(a in scope(), b in scope(), c in scope()) {
        match a.join(&b) {
            Ok(joined) => {
                prop_assert!(a.covers(&joined) && b.covers(&joined));
                if a.covers(&c) && b.covers(&c) {
                    prop_assert!(joined.covers(&c));
                }
                prop_assert_eq!(b.join(&a), Ok(joined.clone()));
                prop_assert_eq!(joined.join(&a), Ok(joined));
            }
            Err(ScopeError::Contradiction(key)) => {
                prop_assert_ne!(a.get(&key).unwrap(), b.get(&key).unwrap());
                prop_assert!(!(a.covers(&c) && b.covers(&c)), "c is an upper bound");
                prop_assert_eq!(b.join(&a), Err(ScopeError::Contradiction(key)));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn join_is_associative(a in scope(), b in scope(), c in scope()) {
        let left = a.join(&b).and_then(|ab| ab.join(&c)).ok();
        let right = b.join(&c).and_then(|bc| a.join(&bc)).ok();
        prop_assert_eq!(left, right);
    }

    #[test]
    fn narrowing_never_reaches_more(floor in scope(), asked in scope(), row in scope()) {
        if let Ok(effective) = floor.join(&asked)
            && effective.covers(&row)
        {
            prop_assert!(floor.covers(&row));
        }
    }

    #[test]
    fn the_canonical_text_reads_back_and_is_unique(a in any_scope(), b in any_scope()) {
        prop_assert_eq!(Scope::parse(&a.to_json()).unwrap(), a.clone());
        prop_assert_eq!(a == b, a.to_json() == b.to_json());
        let by_serde: BTreeMap<String, String> = serde_json::from_str(&a.to_json()).unwrap();
        prop_assert_eq!(serde_json::to_string(&by_serde).unwrap(), a.to_json());
    }

    #[test]
    fn no_text_panics(text in prop_oneof![any::<String>(), "[{}\",:a-c\\[\\]1 ]{0,40}"]) {
        if let Ok(scope) = Scope::parse(&text) {
            prop_assert_eq!(Scope::parse(&scope.to_json()), Ok(scope));
        }
    }
}
