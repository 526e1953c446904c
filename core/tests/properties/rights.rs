//! Rights: a partial order, in which narrowing is the greatest lower bound or a contradiction.

use proptest::prelude::*;
use tenancy_core::{Capabilities, Rights, Wider};

use crate::scope::scope;

/// Rights over few floors, capabilities and times, so that they meet often.
fn rights() -> impl Strategy<Value = Rights> {
    let capabilities = 0u32..64;
    let expires_at = prop_oneof![Just(None), (-2i64..3).prop_map(Some), any::<Option<i64>>()];
    (scope(), capabilities, expires_at).prop_map(|(floor, bits, expires_at)| Rights {
        floor,
        capabilities: Capabilities::from_bits(bits).unwrap(),
        expires_at,
    })
}

/// Two rights, of which the second is often no wider.
fn pair() -> impl Strategy<Value = (Rights, Rights)> {
    prop_oneof![
        (rights(), rights()),
        (rights(), rights()).prop_map(|(a, b)| {
            let narrowed = a.narrowed_by(&b).unwrap_or_else(|_| a.clone());
            (a, narrowed)
        }),
    ]
}

proptest! {
    #[test]
    fn admitting_is_a_partial_order((a, b) in pair(), c in rights()) {
        prop_assert!(a.admits(&a));
        if a.admits(&b) && b.admits(&a) {
            prop_assert_eq!(&a, &b);
        }
        if a.admits(&b) && b.admits(&c) {
            prop_assert!(a.admits(&c));
        }
    }

    #[test]
    fn narrowing_is_the_greatest_lower_bound(a in rights(), b in rights(), c in rights()) {
        let Ok(both) = a.narrowed_by(&b) else {
            prop_assert!(a.floor.join(&b.floor).is_err());
            // Nothing is admitted by both.
            prop_assert!(!(a.admits(&c) && b.admits(&c)));
            return Ok(());
        };
        prop_assert!(a.admits(&both) && b.admits(&both));
        if let Ok(lower) = both.narrowed_by(&c) {
            prop_assert!(a.admits(&lower) && b.admits(&lower));
        }
        prop_assert_eq!(both.admits(&c), a.admits(&c) && b.admits(&c));
    }

    #[test]
    fn narrowing_is_a_meet((a, b) in pair(), c in rights()) {
        prop_assert_eq!(a.narrowed_by(&a), Ok(a.clone()));
        prop_assert_eq!(a.narrowed_by(&b).ok(), b.narrowed_by(&a).ok());
        let left = a.narrowed_by(&b).and_then(|ab| ab.narrowed_by(&c)).ok();
        let right = b.narrowed_by(&c).and_then(|bc| a.narrowed_by(&bc)).ok();
        prop_assert_eq!(left, right);
        prop_assert_eq!(a.admits(&b), a.narrowed_by(&b) == Ok(b.clone()));
    }

    #[test]
    fn what_is_wider_is_truly_wider((a, b) in pair()) {
        let covered = a.floor.covers(&b.floor);
        let held = a.capabilities.contains(b.capabilities);
        match a.wider(&b) {
            Some(Wider::Floor) => prop_assert!(!covered),
            Some(Wider::Capability(name)) => {
                let named = Capabilities::parse_names([name]).unwrap();
                prop_assert!(covered && b.capabilities.contains(named));
                prop_assert!(a.capabilities.intersect(named).is_empty());
            }
            Some(Wider::Expiry) => {
                prop_assert!(covered && held);
                prop_assert!(a.expires_at.is_some_and(|end| b.expires_at.is_none_or(|later| later > end)));
            }
            None => {
                prop_assert!(covered && held);
                prop_assert!(a.expires_at.is_none_or(|end| b.expires_at.is_some_and(|sooner| sooner <= end)));
            }
        }
    }
}
