//! API keys: one text per key, and no near miss is accepted.

use proptest::prelude::*;
use tenancy_core::ApiKey;
use uuid::Uuid;

proptest! {
    #[test]
    fn a_key_survives_its_text(id in any::<[u8; 16]>()) {
        let key = ApiKey::with_id(Uuid::from_bytes(id)).unwrap();
        let read = ApiKey::parse(&key.to_text()).unwrap();
        prop_assert_eq!(read.key_id, key.key_id);
        prop_assert_eq!(read.to_text(), key.to_text());
        prop_assert!(read.matches(&key.digest()));
    }

    #[test]
    fn one_changed_character_is_rejected(id in any::<[u8; 16]>(), at in 0usize..88, other in any::<char>()) {
        let text = ApiKey::with_id(Uuid::from_bytes(id)).unwrap().to_text();
        let mut changed = text.clone();
        changed.replace_range(at..=at, &other.to_string());
        prop_assume!(changed != text);
        prop_assert!(ApiKey::parse(&changed).is_err());
    }

    #[test]
    fn one_changed_symbol_is_rejected(at in 0usize..88, symbol in "[a-z2-7_]") {
        let text = ApiKey::generate().unwrap().to_text();
        let mut changed = text.clone();
        changed.replace_range(at..=at, &symbol);
        prop_assume!(changed != text);
        prop_assert!(ApiKey::parse(&changed).is_err());
    }

    #[test]
    fn two_swapped_neighbours_are_rejected(at in 0usize..87) {
        let text = ApiKey::generate().unwrap().to_text();
        let mut bytes = text.clone().into_bytes();
        bytes.swap(at, at + 1);
        let swapped = String::from_utf8(bytes).unwrap();
        prop_assume!(swapped != text);
        prop_assert!(ApiKey::parse(&swapped).is_err());
    }

    #[test]
    fn no_text_panics_and_what_is_read_is_the_one_spelling(text in prop_oneof!["\\PC{0,100}", "tk_[a-z2-7]{85}", any::<String>()]) {
        if let Ok(key) = ApiKey::parse(&text) {
            prop_assert_eq!(key.to_text(), text);
        }
    }
}
