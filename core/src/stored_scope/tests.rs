use super::*;

/// An object as Postgres would lay it out, of pairs given in stored order; lengths only, which is as good for readers.
fn object(pairs: &[(&[u8], u32, &[u8])]) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap();
    let mut words = vec![OBJECT | word(pairs.len())];
    words.extend(pairs.iter().map(|(key, ..)| word(key.len())));
    words.extend(
        pairs
            .iter()
            .map(|(_, kind, value)| kind | word(value.len())),
    );
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_ne_bytes).collect();
    bytes.extend(pairs.iter().flat_map(|(key, ..)| *key));
    bytes.extend(pairs.iter().flat_map(|(.., value)| *value));
    bytes
}

fn strings(pairs: &[(&str, &str)]) -> Vec<u8> {
    let pairs: Vec<(&[u8], u32, &[u8])> = pairs
        .iter()
        .map(|(key, value)| (key.as_bytes(), STRING, value.as_bytes()))
        .collect();
    object(&pairs)
}

fn stored(text: &str) -> Vec<u8> {
    store(&Scope::parse(text).unwrap())
}

fn covers(floor: &[u8], scope: &[u8]) -> bool {
    let [floor, scope] = [floor, scope].map(|bytes| StoredScope::trusted(bytes).unwrap());
    floor.covers(scope)
}

fn not_a_string(key: &str, found: &'static str) -> ScopeError {
    ScopeError::NotAString {
        key: key.to_owned(),
        found,
    }
}

/// Bytes read from the tables of Postgres 16 and 18 on a little-endian machine.
#[cfg(target_endian = "little")]
mod as_postgres_has_it {
    use super::*;
    use data_encoding::HEXLOWER;

    fn bytes(hex: &str) -> Vec<u8> {
        HEXLOWER.decode(hex.as_bytes()).unwrap()
    }

    #[test]
    fn scopes_are_stored_alike() {
        for (text, hex) in [
            ("{}", "00000020"),
            (r#"{"team":"x"}"#, "0100002004000080010000007465616d78"),
            (
                r#"{"team":"x","agent":"y"}"#,
                "02000020040000800500000001000000010000007465616d6167656e747879",
            ),
            (
                r#"{"bb":"1","a":"2","ab":"3","b":"4","é":"5"}"#,
                "05000020010000800100000002000000020000000200000001000000010000000100000001000000010000\
                 00616261626262c3a93234333135",
            ),
        ] {
            assert_eq!(stored(text), bytes(hex), "{text}");
            let read = StoredScope::check(&bytes(hex)).unwrap().to_scope();
            assert_eq!(read, Scope::parse(text));
        }
    }

    #[test]
    fn every_32nd_entry_tells_its_end() {
        for (pairs, checksum) in [
            (31u32, 0xe53e_4581),
            (32, 0xd265_7d78),
            (33, 0x1ef1_43cd),
            (40, 0xa21f_fc15),
            (64, 0x5fc7_bcbd),
        ] {
            let scope = (0..pairs).map(|i| (format!("k{i}"), format!("v{}", i * i)));
            let scope = Scope::from_pairs(scope.collect()).unwrap();
            let stored = store(&scope);
            assert_eq!(crc32fast::hash(&stored), checksum, "{pairs}");
            let read = StoredScope::check(&stored).unwrap();
            assert_eq!(read.to_scope(), Ok(scope));
        }
        let forty = (10..50).map(|i| (format!("k{i}"), "v".to_owned()));
        let forty = store(&Scope::from_pairs(forty.collect()).unwrap());
        let entry = |i: usize| u32::from_le_bytes(forty[4 + 4 * i..8 + 4 * i].try_into().unwrap());
        assert_eq!([entry(0), entry(1)], [HAS_END | 3, 3]);
        assert_eq!([entry(32), entry(33)], [HAS_END | (33 * 3), 3]);
        assert_eq!([entry(64), entry(65)], [HAS_END | (40 * 3 + 25), 1]);
    }

    #[test]
    fn what_is_no_scope_is_named() {
        for (hex, error) in [
            // {"n":1,"a":[1,2]}
            (
                "0200002001000080010000001e00005008000010616e000002000040080000900800001020000000008001\
                 0020000000008002002000000000800100",
                not_a_string("a", "an array"),
            ),
            // {"abc":"x","b":{"x":1}}
            (
                "02000020010000800300000018000050010000006261626301000020010000800b00001078000000200000\
                 000080010078",
                not_a_string("b", "an object"),
            ),
            // {"abc":[1]}
            (
                "0100002003000080110000506162630001000040080000902000000000800100",
                not_a_string("abc", "an array"),
            ),
            // {"a":1.5}
            (
                "01000020010000800d0000106100000028000000808001008813",
                not_a_string("a", "a number"),
            ),
            ("01000020010000800000004061", not_a_string("a", "null")),
            ("01000020010000800000002061", not_a_string("a", "a boolean")),
            (
                "01000020010000800000000061",
                ScopeError::EmptyValue("a".to_owned()),
            ),
            ("01000020000000800100000061", ScopeError::EmptyKey),
            ("00000040", ScopeError::NotAnObject("an array")),
            // [{"a":"b"}]
            (
                "010000400e0000d00100002001000080010000006162",
                ScopeError::NotAnObject("an array"),
            ),
            ("010000500100008061", ScopeError::NotAnObject("a string")),
            (
                "01000050080000902000000000800100",
                ScopeError::NotAnObject("a number"),
            ),
            ("01000050000000b0", ScopeError::NotAnObject("a boolean")),
            ("01000050000000c0", ScopeError::NotAnObject("null")),
        ] {
            assert_eq!(StoredScope::check(&bytes(hex)), Err(error), "{hex}");
        }
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let keys: Vec<String> = (0..65).map(|i| format!("k{i:02}")).collect();
    let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    assert!(StoredScope::check(&strings(&pairs[..64])).is_ok());
    for count in [65, 10_000, COUNT] {
        // By its count alone: nothing follows the header.
        let header = (OBJECT | count).to_ne_bytes();
        assert_eq!(StoredScope::check(&header), Err(ScopeError::TooManyPairs));
        assert_eq!(StoredScope::trusted(&header), None);
    }
    assert_eq!(StoredScope::trusted(&strings(&pairs)), None);

    // Every character that JSON writes differently, and some that it doesn't.
    for c in ('\u{1}'..='\u{a0}').chain(['é', '\u{2028}', '\u{fffd}', '😀']) {
        let text = |fill: usize| format!("{c}{}", "x".repeat(fill));
        let pairs = |fill| BTreeMap::from([(text(0), text(fill))]);
        let least = Scope::from_pairs(pairs(0)).unwrap().to_json().len();
        let most = MAX_BYTES - least;
        assert!(StoredScope::check(&strings(&[(&text(0), &text(most))])).is_ok());
        assert!(Scope::from_pairs(pairs(most)).is_ok());
        let over = strings(&[(&text(0), &text(most + 1))]);
        assert_eq!(StoredScope::check(&over), Err(ScopeError::TooLong), "{c:?}");
    }
    let two = |last: usize| strings(&[("a", &"x".repeat(4088)), ("b", &"x".repeat(last))]);
    assert!(StoredScope::check(&two(4089)).is_ok());
    assert_eq!(StoredScope::check(&two(4090)), Err(ScopeError::TooLong));
    let huge = strings(&[("a", &"\0".repeat(1 << 20))]);
    assert_eq!(StoredScope::check(&huge), Err(ScopeError::TooLong));
}

#[test]
fn what_postgres_never_makes_is_malformed() {
    let edited = |word: usize, value: u32| {
        let mut bytes = strings(&[("a", "xy"), ("b", "z")]);
        bytes[4 * word..][..4].copy_from_slice(&value.to_ne_bytes());
        bytes
    };
    let whole = edited(0, OBJECT | 2);
    assert!(StoredScope::check(&whole).is_ok());
    let mut longer = whole.clone();
    longer.push(b'z');
    let shorter = whole[..whole.len() - 1].to_vec();
    for (why, bytes) in [
        ("no header", vec![]),
        ("half a header", whole[..3].to_vec()),
        ("two kinds", edited(0, OBJECT | ARRAY | 2)),
        ("no kind", edited(0, 2)),
        ("an unknown kind", edited(0, OBJECT | 0x8000_0000 | 2)),
        ("a scalar object", edited(0, OBJECT | SCALAR | 2)),
        ("a scalar without an element", whole_scalar(None)),
        ("a container for a scalar", whole_scalar(Some(CONTAINER))),
        ("no room for the entries", edited(0, OBJECT | 3)),
        ("texts of nothing", edited(0, OBJECT)),
        ("fewer pairs than texts", edited(0, OBJECT | 1)),
        ("a byte too many", longer),
        ("a byte too few", shorter),
        ("a key that is a number", edited(1, NUMBER | 1)),
        ("a key that ends after the texts", edited(2, HAS_END | 99)),
        ("a key that ends before it begins", edited(2, HAS_END)),
        ("a length beyond the texts", edited(3, EXTENT)),
        ("texts between the values", edited(3, 1)),
        ("a value that ends before it begins", edited(4, HAS_END | 3)),
        ("a type that isn't one", edited(3, TYPE | 2)),
        ("a container too short for one", edited(3, CONTAINER | 2)),
        ("a duplicate", strings(&[("a", "x"), ("a", "x")])),
        ("bytewise order", strings(&[("aa", "x"), ("b", "y")])),
        ("wrong order", strings(&[("b", "x"), ("a", "y")])),
        ("not UTF-8", object(&[(b"a", STRING, b"\xff")])),
        ("a key not UTF-8", object(&[(b"\xc3", STRING, b"x")])),
    ] {
        assert_eq!(
            StoredScope::check(&bytes),
            Err(ScopeError::Malformed),
            "{why}"
        );
        let Some(scope) = StoredScope::trusted(&bytes) else {
            continue;
        };
        assert!(scope.to_scope().is_err(), "{why}");
        assert!(!scope.is_empty(), "{why}");
        if !why.contains("UTF-8") {
            assert!(!scope.covers(scope), "{why}");
            assert!(scope.pairs().count() < 2, "{why}");
        }
    }
    assert_eq!(
        StoredScope::check(&strings(&[("a", "\0")])),
        Err(ScopeError::NulCharacter("a".to_owned()))
    );
    assert_eq!(
        StoredScope::check(&strings(&[("\0", "a")])),
        Err(ScopeError::NulCharacter("\0".to_owned()))
    );
}

fn whole_scalar(element: Option<u32>) -> Vec<u8> {
    let words = [Some(ARRAY | SCALAR | 1), element];
    words
        .into_iter()
        .flatten()
        .flat_map(u32::to_ne_bytes)
        .collect()
}

#[test]
fn the_bytes_may_lie_anywhere() {
    let scope = stored(r#"{"team":"x","agent":"y"}"#);
    for offset in 0..8 {
        let mut moved = vec![0; offset];
        moved.extend(&scope);
        let read = StoredScope::check(&moved[offset..]).unwrap();
        assert!(read.covers(StoredScope::trusted(&scope).unwrap()));
        let pairs: Vec<_> = read.pairs().collect();
        assert_eq!(
            pairs,
            [(&b"team"[..], &b"x"[..]), (&b"agent"[..], &b"y"[..])]
        );
    }
}

#[test]
fn covering_is_inclusion_in_stored_order() {
    // Shorter keys come first: the stored order isn't that of the canonical text.
    let wide = stored(r#"{"zz":"1","y":"2"}"#);
    let narrow = stored(r#"{"aaaa":"0","b":"0","zz":"1","y":"2"}"#);
    assert!(covers(&wide, &narrow) && !covers(&narrow, &wide));
    assert!(covers(&wide, &wide) && covers(&stored("{}"), &wide));
    assert!(!covers(&wide, &stored("{}")));
    for other in [
        r#"{"zz":"2","y":"2"}"#,
        r#"{"zz":"12","y":""}"#,
        r#"{"zz":"1","Y":"2"}"#,
        r#"{"zz":"1"}"#,
        r#"{"y":"1","zz":"2"}"#,
        r#"{"z":"1","zy":"2"}"#,
    ] {
        let other: BTreeMap<String, String> = serde_json::from_str(other).unwrap();
        let mut pairs: Vec<_> = other.iter().map(|(k, v)| (&**k, &**v)).collect();
        pairs.sort_by_key(|(key, _)| (key.len(), *key));
        assert!(!covers(&wide, &strings(&pairs)), "{pairs:?}");
    }
    // Composed and decomposed, Latin and Cyrillic, and texts cut elsewhere are not the same.
    for (one, other) in [
        (r#"{"é":"x"}"#, r#"{"e\u0301":"x"}"#),
        (r#"{"a":"é"}"#, r#"{"a":"e\u0301"}"#),
        (r#"{"a":"a"}"#, r#"{"а":"a"}"#),
        (r#"{"ab":"c"}"#, r#"{"a":"bc"}"#),
        (r#"{"a":"x"}"#, r#"{"a":"x "}"#),
    ] {
        let [one, other] = [stored(one), stored(other)];
        assert!(!covers(&one, &other) && !covers(&other, &one));
    }
}

#[test]
fn what_is_not_all_strings_covers_nothing_and_is_not_covered() {
    let floor = strings(&[("a", "x")]);
    // The foreign member before, at and after the pair that decides; null and the booleans have no bytes, so that a
    // reader who only skipped them would take the next value for theirs.
    for (pairs, before) in [
        ([("a", NULL, ""), ("b", STRING, "x")], 0),
        ([("0", TRUE, ""), ("a", STRING, "x")], 0),
        ([("a", STRING, "x"), ("b", FALSE, "")], 1),
        ([("a", STRING, "x"), ("b", NUMBER, "x")], 1),
    ] {
        let pairs = pairs.map(|(key, kind, value)| (key.as_bytes(), kind, value.as_bytes()));
        let odd = object(&pairs);
        assert!(!covers(&floor, &odd) && !covers(&odd, &odd) && !covers(&odd, &floor));
        let odd = StoredScope::trusted(&odd).unwrap();
        assert_eq!(odd.pairs().count(), before);
        assert!(matches!(odd.to_scope(), Err(ScopeError::NotAString { .. })));
    }
}
