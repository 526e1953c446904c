//! Attacks on the algorithm and the key.

use super::*;

#[test]
fn attack_alg_none() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        for signature in ["", "AAAA"] {
            let header = json!({"alg": alg}).to_string();
            let token = format!(
                "{}.{}.{signature}",
                BASE64URL_NOPAD.encode(header.as_bytes()),
                BASE64URL_NOPAD.encode(claims().to_string().as_bytes())
            );
            for pair in all() {
                assert_eq!(
                    verify(&token, &key_set(&[&pair.jwk]), &policy(), NOW),
                    Err(JwtError::AlgorithmMismatch)
                );
            }
        }
    }
}

#[test]
fn attack_signature_left_out() {
    for pair in all() {
        let token = mint(pair, &claims());
        let (signed, _) = token.rsplit_once('.').unwrap();
        let keys = key_set(&[&pair.jwk]);
        assert_eq!(
            verify(&format!("{signed}."), &keys, &policy(), NOW),
            Err(JwtError::Signature)
        );
        assert_eq!(verify(signed, &keys, &policy(), NOW), Err(JwtError::Parts));
    }
}

#[test]
fn attack_hs256_keyed_with_the_public_key() {
    let public = RSA_PAIR.public_key();
    let pkcs1 = public.as_ref().to_vec();
    let spki: PublicKeyX509Der = public.as_der().unwrap();
    let spki = spki.as_ref().to_vec();
    let components = RsaPublicKeyComponents::<Vec<u8>>::from(public);
    let pem = |der: &[u8], label: &str| {
        let body: Vec<String> = BASE64
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----",
            body.join("\n")
        )
    };
    let spki_pem = pem(&spki, "PUBLIC KEY");
    let secrets = [
        pkcs1.clone(),
        spki,
        components.n.clone(),
        [vec![0], components.n].concat(),
        pem(&pkcs1, "RSA PUBLIC KEY").into_bytes(),
        format!("{spki_pem}\n").into_bytes(),
        spki_pem.into_bytes(),
        RSA.jwk["n"].as_str().unwrap().as_bytes().to_vec(),
        RSA.jwk.to_string().into_bytes(),
    ];
    for secret in secrets {
        let forger = Pair {
            algorithm: Algorithm::HS256,
            signing: EncodingKey::from_secret(&secret),
            jwk: Value::Null,
        };
        for (alg, error) in [
            ("HS256", JwtError::AlgorithmMismatch),
            ("RS256", JwtError::Signature),
        ] {
            let header = json!({"alg": alg, "kid": "r"}).to_string();
            let token = mint_text(&forger, &header, &claims().to_string());
            // Beside a real secret, too: the kid picks the RSA key.
            let keys = key_set(&[&named(&RSA, "r"), &named(&HS, "h")]);
            assert_eq!(verify(&token, &keys, &policy(), NOW), Err(error));
        }
    }
}

#[test]
fn attack_every_algorithm_under_every_other_key() {
    for signer in all() {
        for victim in all() {
            if signer.algorithm == victim.algorithm {
                continue;
            }
            let keys = key_set(&[&victim.jwk]);
            assert_eq!(
                verify(&mint(signer, &claims()), &keys, &policy(), NOW),
                Err(JwtError::AlgorithmMismatch)
            );
            let header = json!({"alg": victim.alg()}).to_string();
            let token = mint_text(signer, &header, &claims().to_string());
            assert_eq!(
                verify(&token, &keys, &policy(), NOW),
                Err(JwtError::Signature)
            );
        }
    }
}

#[test]
fn attack_stronger_looking_algorithm_of_the_same_family() {
    for alg in [
        "HS384", "HS512", "hs256", "HS256 ", "RS256", "PS256", "EdDSA",
    ] {
        assert_eq!(
            judge_header(&json!({"alg": alg}).to_string()),
            Err(JwtError::AlgorithmMismatch)
        );
    }
}

#[test]
fn attack_another_key_of_the_same_algorithm() {
    let other = Pair {
        algorithm: Algorithm::HS256,
        signing: EncodingKey::from_secret(&[8; 32]),
        jwk: Value::Null,
    };
    assert_eq!(
        verify(
            &mint(&other, &claims()),
            &key_set(&[&HS.jwk]),
            &policy(),
            NOW
        ),
        Err(JwtError::Signature)
    );
}

#[test]
fn attack_unknown_kid_and_kid_tricks() {
    let keys = key_set(&[&named(&HS, "main")]);
    for kid in [
        "other",
        "",
        "MAIN",
        "main ",
        "../../dev/null",
        "main' OR '1'='1",
        "*",
    ] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        let token = mint_text(&HS, &header, &claims().to_string());
        assert_eq!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::UnknownKey)
        );
    }
    for kid in [json!(null), json!(0), json!(["main"])] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        assert_eq!(judge_header(&header), Err(JwtError::Header("kid")));
    }
}

#[test]
fn attack_kid_left_out_where_there_are_two_keys() {
    let keys = key_set(&[&named(&HS, "h"), &named(&ED, "e")]);
    for pair in [&*HS, &*ED] {
        assert_eq!(
            verify(&mint(pair, &claims()), &keys, &policy(), NOW),
            Err(JwtError::NoKeyId)
        );
    }
}

#[test]
fn attack_key_brought_along() {
    // The forger signs with a key of their own, and puts its public half where a careless verifier looks.
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let forger = Pair {
        algorithm: Algorithm::EdDSA,
        signing: EncodingKey::from_ed_der(pkcs8.as_ref()),
        jwk: json!({"kty": "OKP", "crv": "Ed25519",
            "x": BASE64URL_NOPAD.encode(pair.public_key().as_ref())}),
    };
    for extra in ["jwk", "jku", "x5c", "x5u"] {
        let header = json!({"alg": "EdDSA", extra: forger.jwk}).to_string();
        let token = mint_text(&forger, &header, &claims().to_string());
        assert_eq!(
            verify(&token, &key_set(&[&ED.jwk]), &policy(), NOW),
            Err(JwtError::Signature)
        );
        // And a rightly signed token is not hurt by such a member.
        let token = mint_text(&ED, &header, &claims().to_string());
        assert!(verify(&token, &key_set(&[&ED.jwk]), &policy(), NOW).is_ok());
    }
}

#[test]
fn attack_ecdsa_zero_and_der_signatures() {
    let token = mint(&EC, &claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let raw = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    assert_eq!(raw.len(), 64);
    // CVE-2022-21449: r = s = 0 once verified everything.
    let mut forged = vec![vec![0; 64], vec![0xff; 64], raw[..63].to_vec()];
    forged.push([raw.as_slice(), &[0]].concat());
    forged.push([&[0x30, 68, 2, 32][..], &raw[..32], &[2, 32], &raw[32..]].concat());
    for signature in forged {
        let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature));
        assert_eq!(
            verify(&token, &key_set(&[&EC.jwk]), &policy(), NOW),
            Err(JwtError::Signature)
        );
    }
}

#[test]
fn attack_claims_of_one_token_under_the_signature_of_another() {
    for pair in all() {
        let mine = mint(pair, &claims());
        let mut other = claims();
        other["tenant"] = "globex".into();
        let payload = BASE64URL_NOPAD.encode(other.to_string().as_bytes());
        let parts: Vec<&str> = mine.split('.').collect();
        let spliced = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert_eq!(
            verify(&spliced, &key_set(&[&pair.jwk]), &policy(), NOW),
            Err(JwtError::Signature)
        );
    }
}
