//! Attacks on the header.

use super::*;

#[test]
fn attack_duplicate_header_members() {
    for header in [
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":2}}"#,
    ] {
        assert!(
            matches!(
                judge_header(header),
                Err(JwtError::HeaderJson(JsonError::DuplicateKey(_)))
            ),
            "{header}"
        );
    }
}

#[test]
fn attack_crit() {
    for crit in [json!(["exp"]), json!([]), json!(null), json!("b64")] {
        let header = json!({"alg": "HS256", "crit": crit, "b64": false}).to_string();
        assert_eq!(judge_header(&header), Err(JwtError::Critical));
    }
}

#[test]
fn malformed_headers() {
    assert_eq!(judge_header("{}"), Err(JwtError::NoAlgorithm));
    assert_eq!(judge_header("[]"), Err(JwtError::Header("JSON")));
    assert_eq!(judge_header(r#"{"alg":1}"#), Err(JwtError::Header("alg")));
    assert_eq!(
        judge_header(r#"{"alg":["HS256"]}"#),
        Err(JwtError::Header("alg"))
    );
    assert!(matches!(judge_header(""), Err(JwtError::HeaderJson(_))));
    assert!(matches!(
        judge_header(r#"{"alg":"HS256"} x"#),
        Err(JwtError::HeaderJson(_))
    ));
}

#[test]
fn only_types_of_access_tokens() {
    for typ in ["JWT", "jwt", "Jwt", "at+jwt", "AT+JWT"] {
        assert!(judge_header(&json!({"alg": "HS256", "typ": typ}).to_string()).is_ok());
    }
    for typ in [
        "dpop+jwt",
        "logout+jwt",
        "JWE",
        "",
        "JWT ",
        "application/at+jwt",
    ] {
        let header = json!({"alg": "HS256", "typ": typ}).to_string();
        assert_eq!(judge_header(&header), Err(JwtError::Type));
    }
    assert_eq!(
        judge_header(r#"{"alg":"HS256","typ":null}"#),
        Err(JwtError::Header("typ"))
    );
}
