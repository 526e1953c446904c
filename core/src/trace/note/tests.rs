use super::*;

// Keys, text and signatures of golang.org/x/mod, sumdb/note/note_test.go.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_PRIVATE: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETER_SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_SIGNATURE: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn peter() -> Verifier {
    Verifier::parse(PETER).unwrap()
}

fn enoch() -> Verifier {
    Verifier::parse(ENOCH).unwrap()
}

#[test]
fn the_published_key_makes_the_published_note() {
    let signer = Signer::parse(PETER_PRIVATE).unwrap();
    assert_eq!(signer.verifier(), peter());
    assert_eq!(signer.verifier().to_string(), PETER);
    assert_eq!(signer.to_private_text(), PETER_PRIVATE);
    let note = format!("{TEXT}\n{PETER_SIGNATURE}");
    assert_eq!(sign(TEXT, &[signer]).as_ref(), Ok(&note));
    assert_eq!(verify(&note, &[peter()]), Ok(TEXT));
}

#[test]
fn one_known_signature_is_enough_and_each_known_one_must_be_right() {
    let both = format!("{TEXT}\n{PETER_SIGNATURE}{ENOCH_SIGNATURE}");
    assert_eq!(verify(&both, &[peter()]), Ok(TEXT));
    assert_eq!(verify(&both, &[enoch()]), Ok(TEXT));
    assert_eq!(verify(&both, &[enoch(), peter(), enoch()]), Ok(TEXT));
    let signers = "PeterNeumann, EnochRoot".to_owned();
    assert_eq!(verify(&both, &[]), Err(NoteError::UnknownKeys(signers)));
    assert_eq!(text_unverified(&both), Ok(TEXT));

    let spoilt = both.replace("rwz+eBzm", "rwz+eBzn");
    let wrong = NoteError::WrongSignature("EnochRoot".to_owned());
    assert_eq!(verify(&spoilt, &[peter()]), Ok(TEXT));
    assert_eq!(verify(&spoilt, &[peter(), enoch()]), Err(wrong.clone()));
    let changed = both.replacen("If you", "If I", 1);
    assert_eq!(verify(&changed, &[enoch()]), Err(wrong));
}

#[test]
fn a_key_of_the_same_name_is_another_key() {
    let other = Signer::generate("PeterNeumann").unwrap().verifier();
    let note = format!("{TEXT}\n{PETER_SIGNATURE}");
    let unknown = NoteError::UnknownKeys("PeterNeumann".to_owned());
    assert_eq!(verify(&note, std::slice::from_ref(&other)), Err(unknown));
    assert_eq!(verify(&note, &[other, peter()]), Ok(TEXT));
}

#[test]
fn what_is_not_a_note_is_refused() {
    for note in [
        String::new(),
        "\n".to_owned(),
        TEXT.to_owned(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n{}", PETER_SIGNATURE.trim_end()),
        format!("\u{1}{TEXT}\n{PETER_SIGNATURE}"),
        format!("{TEXT}\r\n\r\n{PETER_SIGNATURE}"),
        format!("{TEXT}{PETER_SIGNATURE}"),
        format!("{TEXT}\n{PETER_SIGNATURE}Unexpected line.\n"),
        format!(
            "{TEXT}\n{}",
            PETER_SIGNATURE.replace("PeterNeumann", "Bad Name")
        ),
        format!("{TEXT}\n{}", PETER_SIGNATURE.replace("PeterNeumann", "a+b")),
        format!("{TEXT}\n{}", PETER_SIGNATURE.replace("nAM=", "nAM")),
        format!("{TEXT}\n{}", PETER_SIGNATURE.replace('—', "-")),
        format!("{TEXT}\n— PeterNeumann x08g\n"),
    ] {
        assert_eq!(
            verify(&note, &[peter()]),
            Err(NoteError::Malformed),
            "{note}"
        );
    }
    let repeated = |count| format!("{TEXT}\n{}", PETER_SIGNATURE.repeat(count));
    assert_eq!(verify(&repeated(100), &[peter()]), Ok(TEXT));
    assert_eq!(
        verify(&repeated(101), &[peter()]),
        Err(NoteError::TooManySignatures)
    );
    let long = format!("{}\n\n{PETER_SIGNATURE}", "x".repeat(MAX_BYTES));
    assert_eq!(verify(&long, &[peter()]), Err(NoteError::TooLong));
}

#[test]
fn the_text_goes_up_to_the_last_empty_line() {
    let signer = Signer::generate("example.com/log").unwrap();
    let verifiers = [signer.verifier()];
    for text in [
        "\n",
        "a\n\nb\n",
        "\n\n\n",
        &format!("a\n\n{PETER_SIGNATURE}"),
    ] {
        let note = sign(text, std::slice::from_ref(&signer)).unwrap();
        assert_eq!(verify(&note, &verifiers), Ok(text));
    }
    for text in ["", "a", "a\r\n", "\t\n", "\0\n"] {
        let signed = sign(text, std::slice::from_ref(&signer));
        assert_eq!(signed, Err(NoteError::Text));
    }
    assert_eq!(sign("a\n", &[]), Err(NoteError::NoSigner));
}

#[test]
fn no_part_and_no_change_of_a_key_is_a_key() {
    for key in [PETER, PETER_PRIVATE] {
        let is_key = |text: &str| Verifier::parse(text).is_ok() || Signer::parse(text).is_ok();
        assert!(is_key(key));
        for from in 0..key.len() {
            for to in from..key.len() {
                assert!(!is_key(&key[from..to]));
            }
            assert!(from == 0 || !is_key(&key[from..]));
            let mut changed = key.as_bytes().to_vec();
            changed[from] += 1;
            assert!(!is_key(std::str::from_utf8(&changed).unwrap()));
        }
    }
    // From the same file: a key that is too long, and one of an unknown type, with ids that fit.
    let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    assert_eq!(Verifier::parse(long), Err(KeyError::Public));
    let unknown = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(Verifier::parse(unknown), Err(KeyError::Type(0x65)));
}

#[test]
fn names_are_checked() {
    let long = "x".repeat(MAX_NAME_LEN + 1);
    for name in [
        "",
        " ",
        "a b",
        "a+b",
        "a\u{2003}b",
        "a\nb",
        "a\u{7f}",
        &long,
    ] {
        assert_eq!(
            Signer::generate(name).unwrap_err(),
            KeyError::Name,
            "{name}"
        );
    }
    let key = Signer::generate("ü.example/log").unwrap();
    assert_eq!(
        Verifier::parse(&key.verifier().to_string()),
        Ok(key.verifier())
    );
}

#[test]
fn a_file_holds_several_keys() {
    let file = format!("# present\n{PETER_PRIVATE}\r\n\n  # former\n{PETER_PRIVATE}");
    assert_eq!(Signer::parse_file(&file).unwrap().len(), 2);
    let file = format!("{ENOCH}\n{PETER}\n");
    assert_eq!(Verifier::parse_file(&file), Ok(vec![enoch(), peter()]));
    assert_eq!(Verifier::parse_file("# none\n"), Err(KeyError::None));
    let error = Verifier::parse_file(&format!("\n{PETER_PRIVATE}\n")).unwrap_err();
    assert_eq!(error.to_string(), "line 2: the public key is malformed");
}

#[test]
fn nothing_shows_a_private_key() {
    let signer = Signer::parse(PETER_PRIVATE).unwrap();
    assert_eq!(format!("{signer:?}"), "Signer(\"PeterNeumann\")");
    let error = Signer::parse(&PETER_PRIVATE.replace("c74f", "c74e")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("AYEK"));
}
