//! Seals: what was sealed comes back, and nothing else opens.

use proptest::prelude::*;
use tenancy_core::SealKey;
use tenancy_core::seal::{seal, unseal};

proptest! {
    #[test]
    fn what_is_sealed_comes_back(key in any::<[u8; 32]>(), context in proptest::collection::vec(any::<u8>(), 0..300)) {
        let key = SealKey::from_bytes(key);
        prop_assert_eq!(unseal(&key, &seal(&key, &context)).unwrap(), context);
    }

    #[test]
    fn another_key_opens_nothing(key in any::<[u8; 32]>(), other in any::<[u8; 32]>(), context in any::<Vec<u8>>()) {
        prop_assume!(key != other);
        let text = seal(&SealKey::from_bytes(key), &context);
        prop_assert!(unseal(&SealKey::from_bytes(other), &text).is_err());
    }

    #[test]
    fn no_text_panics_and_what_opens_is_the_one_spelling(text in prop_oneof![any::<String>(), "ts1\\.[A-Za-z0-9_-]{0,200}"]) {
        let key = SealKey::from_bytes([3; 32]);
        if let Ok(context) = unseal(&key, &text) {
            prop_assert_eq!(seal(&key, &context), text);
        }
    }

    #[test]
    fn longer_texts_are_rejected(context in any::<Vec<u8>>(), more in "[A-Za-z0-9_=\n -]{1,8}") {
        let key = SealKey::from_bytes([3; 32]);
        let text = seal(&key, &context);
        let (prefix, body) = text.split_at(4);
        for longer in [format!("{text}{more}"), format!("{more}{text}"), format!("{prefix}{more}{body}")] {
            prop_assert!(unseal(&key, &longer).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_flipped_bit_and_every_cut_is_rejected(context in proptest::collection::vec(any::<u8>(), 0..90)) {
        let key = SealKey::from_bytes([3; 32]);
        let text = seal(&key, &context);
        for at in 0..text.len() {
            prop_assert!(unseal(&key, &text[..at]).is_err());
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let flipped = String::from_utf8(bytes).unwrap();
                prop_assert!(unseal(&key, &flipped).is_err(), "bit {bit} at {at}");
            }
        }
    }
}
