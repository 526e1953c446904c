//! Attacks on the form.

use super::*;

#[test]
fn attack_huge_tokens_are_not_looked_at() {
    let keys = key_set(&[&HS.jwk]);
    for token in [
        "a".repeat(1_000_000),
        ".".repeat(1_000_000),
        format!("{}{}", mint(&HS, &claims()), "A".repeat(1_000_000)),
        "x".repeat(MAX_TOKEN_LEN + 1),
    ] {
        assert_eq!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::TooLong)
        );
    }
}

#[test]
fn the_length_limit_is_exact() {
    let padded = |pad: usize| {
        let mut long = claims();
        long["pad"] = "x".repeat(pad).into();
        long
    };
    let longest = (10_000..13_000)
        .take_while(|pad| mint(&HS, &padded(*pad)).len() <= MAX_TOKEN_LEN)
        .last()
        .unwrap();
    assert!(MAX_TOKEN_LEN - mint(&HS, &padded(longest)).len() < 2);
    assert!(judge(&padded(longest)).is_ok());
    assert_eq!(judge(&padded(longest + 1)), Err(JwtError::TooLong));
}

#[test]
fn attack_truncated_at_every_position() {
    for pair in all() {
        let token = mint(pair, &claims());
        let keys = key_set(&[&pair.jwk]);
        for cut in 0..token.len() {
            assert!(
                verify(&token[..cut], &keys, &policy(), NOW).is_err(),
                "{cut}"
            );
        }
    }
}

#[test]
fn attack_every_bit_flipped_and_every_character_replaced() {
    let short = json!({"iss": ISSUER, "aud": "db", "exp": NOW + 60, "tenant": "a"});
    for pair in [&*HS, &*ED] {
        let token = mint(pair, &short);
        let keys = key_set(&[&pair.jwk]);
        assert!(verify(&token, &keys, &policy(), NOW).is_ok());
        for at in 0..token.len() {
            let mut others: Vec<u8> = (0..7)
                .map(|bit| token.as_bytes()[at] ^ (1 << bit))
                .collect();
            others.extend(b"A_-.= +/");
            for other in others {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = other;
                let forged = String::from_utf8(bytes).unwrap();
                if forged != token {
                    assert!(
                        verify(&forged, &keys, &policy(), NOW).is_err(),
                        "{at} {other}"
                    );
                }
            }
        }
    }
}

#[test]
fn attack_other_spellings_of_the_same_token() {
    let keys = key_set(&[&HS.jwk]);
    let token = mint(&HS, &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let (h, p, s) = (parts[0], parts[1], parts[2]);
    for other in [
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("\u{feff}{token}"),
        format!("Bearer {token}"),
        format!("{h} .{p}.{s}"),
        format!("{h}.{p}\n.{s}"),
        format!("{h}.{p}. {s}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.AAAA"),
        format!("{h}=.{p}.{s}"),
        format!("{h}.{p}=.{s}"),
        format!("{h}.{p}==.{s}"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}A"),
        format!("{h}..{s}"),
        format!(".{p}.{s}"),
        format!("{h}.{p}.{s}é"),
        "..".to_owned(),
        String::new(),
    ] {
        assert!(verify(&other, &keys, &policy(), NOW).is_err(), "{other:?}");
    }
}

#[test]
fn attack_stray_bits_in_the_signature() {
    // 32 bytes leave two unused bits in the last of 43 characters.
    let token = mint(&HS, &claims());
    let (rest, last) = token.split_at(token.len() - 1);
    let other = (last.as_bytes()[0] + 1) as char;
    assert_eq!(
        verify(
            &format!("{rest}{other}"),
            &key_set(&[&HS.jwk]),
            &policy(),
            NOW
        ),
        Err(JwtError::Encoding("signature"))
    );
}

#[test]
fn the_signature_is_judged_before_the_claims() {
    for payload in ["not json", r#"{"a":1,"a":2}"#, "[]", &claims().to_string()] {
        let token = mint_text(&HS, r#"{"alg":"HS256"}"#, payload);
        let forged = mint_text(&ED, r#"{"alg":"HS256"}"#, payload);
        let keys = key_set(&[&HS.jwk]);
        assert_ne!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::Signature)
        );
        assert_eq!(
            verify(&forged, &keys, &policy(), NOW),
            Err(JwtError::Signature)
        );
    }
}
