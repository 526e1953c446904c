//! The log: whatever is recorded is canonical and its proofs verify, and whatever is changed shows.

use std::convert::Infallible;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::export::{self, Row, verify_export};
use tenancy_core::trace::note::{self, Signer, Verifier};
use tenancy_core::trace::payload::{Payload, canonical};
use tenancy_core::trace::proof::{Consistency, Inclusion};
use tenancy_core::trace::record::Record;
use tenancy_core::trace::tree::{self, TILE};
use tenancy_core::trace::{Hash, leaf_hash};
use uuid::Uuid;

/// The tree's root by the words of RFC 6962, 2.1.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [leaf] => *leaf,
        _ => {
            let mut left = 1;
            while left * 2 < leaves.len() {
                left *= 2;
            }
            let (left, right) = leaves.split_at(left);
            sha256(
                &[
                    &[1],
                    naive_root(left).as_slice(),
                    naive_root(right).as_slice(),
                ]
                .concat(),
            )
        }
    }
}

fn sha256(bytes: &[u8]) -> Hash {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap()
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|number| leaf_hash(&number.to_be_bytes()))
        .collect()
}

/// Leaves as they are stored.
struct Stored {
    leaves: Vec<Hash>,
    roots: Vec<Hash>,
}

impl Stored {
    fn new(count: u64) -> Self {
        let leaves = leaves(count);
        let roots = leaves.chunks_exact(TILE).map(tree::tile_root).collect();
        Self { leaves, roots }
    }

    fn tile(&self, number: u64) -> Result<Vec<Hash>, Infallible> {
        let tile = self.leaves.chunks(TILE).nth(number as usize);
        Ok(tile.unwrap_or_default().to_vec())
    }

    fn root(&self, size: u64) -> Hash {
        naive_root(&self.leaves[..size as usize])
    }

    fn inclusion(&self, position: u64, size: u64) -> Vec<Hash> {
        tree::inclusion(position, size, &self.roots, |number| self.tile(number)).unwrap()
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        tree::consistency(old, new, &self.roots, |number| self.tile(number)).unwrap()
    }
}

/// Sizes around the edges of tiles and of powers of two, and any others.
fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![
        1..20_u64,
        250..262_u64,
        508..516_u64,
        760..775_u64,
        1020..1030_u64,
        1..2600_u64
    ]
}

#[test]
fn every_small_proof_verifies() {
    let stored = Stored::new(40);
    for size in 1..=40 {
        let root = stored.root(size);
        for position in 0..size {
            let leaf = stored.leaves[position as usize];
            let proof = stored.inclusion(position, size);
            assert_eq!(
                tree::check_inclusion(&leaf, position, size, &proof, &root),
                Ok(())
            );
            for other in (0..size).filter(|other| *other != position) {
                assert!(tree::check_inclusion(&leaf, other, size, &proof, &root).is_err());
            }
            let old = position + 1;
            let proof = stored.consistency(old, size);
            assert_eq!(
                tree::check_consistency(old, size, &stored.root(old), &root, &proof),
                Ok(())
            );
            for other in (1..size).filter(|other| *other != old) {
                let root_of_other = stored.root(other);
                assert!(tree::check_consistency(old, size, &root_of_other, &root, &proof).is_err());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn tiles_make_the_root_that_leaves_make(count in sizes()) {
        let stored = Stored::new(count);
        let last = stored.leaves.chunks_exact(TILE).remainder();
        prop_assert_eq!(tree::root(&stored.roots, last), stored.root(count));
    }

    #[test]
    fn inclusion_is_proved_in_every_size(
        (count, size, position) in sizes()
            .prop_flat_map(|count| (Just(count), 1..=count))
            .prop_flat_map(|(count, size)| (Just(count), Just(size), 0..size)),
        bit in 0..256_usize,
        at in any::<prop::sample::Index>(),
    ) {
        let stored = Stored::new(count);
        let root = stored.root(size);
        let leaf = stored.leaves[position as usize];
        let proof = stored.inclusion(position, size);
        let check = |leaf: &Hash, position, size, proof: &[Hash], root: &Hash| {
            tree::check_inclusion(leaf, position, size, proof, root).is_ok()
        };
        prop_assert!(check(&leaf, position, size, &proof, &root));

        prop_assert!(!check(&flipped(&leaf, bit), position, size, &proof, &root));
        prop_assert!(!check(&leaf, position, size, &proof, &flipped(&root, bit)));
        prop_assert!(!check(&leaf, position + 1, size, &proof, &root));
        prop_assert!(!check(&leaf, size, size, &proof, &root));
        if !proof.is_empty() {
            let mut changed = proof.clone();
            let at = at.index(changed.len());
            changed[at] = flipped(&changed[at], bit);
            prop_assert!(!check(&leaf, position, size, &changed, &root));
            prop_assert!(!check(&leaf, position, size, &proof[1..], &root));
            prop_assert!(!check(&leaf, position, size, &proof[..proof.len() - 1], &root));
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(!check(&leaf, position, size, &longer, &root));
    }

    #[test]
    fn consistency_is_proved_between_all_sizes(
        (count, new, old) in sizes()
            .prop_flat_map(|count| (Just(count), 1..=count))
            .prop_flat_map(|(count, new)| (Just(count), Just(new), 0..=new)),
        bit in 0..256_usize,
        at in any::<prop::sample::Index>(),
    ) {
        let stored = Stored::new(count);
        let (old_root, new_root) = (stored.root(old), stored.root(new));
        let proof = stored.consistency(old, new);
        let check = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
            tree::check_consistency(old, new, old_root, new_root, proof).is_ok()
        };
        prop_assert!(check(&old_root, &new_root, &proof));

        prop_assert!(!check(&flipped(&old_root, bit), &new_root, &proof));
        prop_assert!(old == 0 || !check(&old_root, &flipped(&new_root, bit), &proof));
        if !proof.is_empty() {
            let mut changed = proof.clone();
            let at = at.index(changed.len());
            changed[at] = flipped(&changed[at], bit);
            prop_assert!(!check(&old_root, &new_root, &changed));
            prop_assert!(!check(&old_root, &new_root, &proof[1..]));
            prop_assert!(!check(&old_root, &new_root, &proof[..proof.len() - 1]));
        }
        let longer = [proof.as_slice(), &[new_root]].concat();
        prop_assert!(!check(&old_root, &new_root, &longer));
    }
}

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut hash = *hash;
    hash[bit / 8] ^= 1 << (bit % 8);
    hash
}

/// What a record borrows from.
#[derive(Debug, Clone)]
struct Texts {
    texts: Vec<Option<String>>,
    scope: String,
    cost: Option<String>,
    ids: Vec<Option<Uuid>>,
    integers: Vec<Option<i64>>,
    duration: Option<f64>,
    recorded_at: i64,
    digest: Option<Hash>,
}

impl Texts {
    fn record(&self) -> Record<'_> {
        let text = |at: usize| self.texts[at].as_deref();
        Record {
            trace_id: self.ids[0].unwrap_or_default(),
            tenant_id: self.ids[1].unwrap_or_default(),
            scope: &self.scope,
            recorded_at: self.recorded_at,
            kind: text(0).unwrap_or_default(),
            principal: text(1),
            key_id: self.ids[2],
            user_id: text(2),
            on_behalf_of: text(3),
            correlation_id: text(4),
            session_id: text(5),
            turn: self.integers[0],
            parent_id: self.ids[3],
            otel_trace_id: text(6),
            otel_span_id: text(7),
            model: text(8),
            tool: text(11),
            input_tokens: self.integers[1],
            output_tokens: self.integers[2],
            cost_usd: self.cost.as_deref(),
            duration_ms: self.duration,
            tier: text(9),
            outcome: text(10),
            payload_digest: self.digest,
        }
    }
}

fn json_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~\n\"\\\\]{0,20}"].prop_map(|text| text.replace('\0', ""))
}

fn texts() -> impl Strategy<Value = Texts> {
    let scope = prop::collection::btree_map("[a-z\u{e000}\u{10000}\"]{1,4}", "[ -~é]{1,8}", 0..4)
        .prop_map(|pairs| serde_json::to_string(&pairs).unwrap());
    let limit = 1_i64 << 53;
    (
        vec(option::of(json_text()), 12),
        scope,
        option::of("-?[0-9]{1,12}(\\.[0-9]{0,8})?"),
        vec(option::of(any::<u128>().prop_map(Uuid::from_u128)), 4),
        vec(option::of(-limit..=limit), 3),
        option::of(any::<f64>().prop_filter("finite", |number| number.is_finite())),
        0..253_402_300_800_000_000_i64,
        option::of(any::<Hash>()),
    )
        .prop_map(
            |(texts, scope, cost, ids, integers, duration, recorded_at, digest)| Texts {
                texts,
                scope,
                cost,
                ids,
                integers,
                duration,
                recorded_at,
                digest,
            },
        )
}

/// JSON with numbers that are doubles.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        json_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(json_text(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn a_record_is_what_the_library_makes_of_it(texts in texts()) {
        let record = texts.record();
        let json = record.to_json().unwrap();
        prop_assert_eq!(&serde_json_canonicalizer::pipe(&json).unwrap(), &json);
        prop_assert_eq!(&canonical(&json).unwrap(), &json);
        prop_assert_eq!(record.leaf().unwrap(), leaf_hash(json.as_bytes()));
    }

    #[test]
    fn records_that_differ_have_other_leaves(one in texts(), other in texts()) {
        // Spellings of one record are made one on both sides.
        let plain = |texts: &Texts| serde_json::from_str::<Value>(&texts.record().to_json().unwrap()).unwrap();
        let same = plain(&one) == plain(&other);
        prop_assert_eq!(one.record().leaf() == other.record().leaf(), same);
    }

    #[test]
    fn a_line_of_an_export_is_read_as_it_was_written(
        texts in texts(),
        position in option::of(0..1_u64 << 53),
        query in option::of(json_text()),
        sources in option::of(json()),
        detail in option::of(json()),
        salt in any::<[u8; 16]>(),
        redact in any::<bool>(),
    ) {
        let sources = sources.map(|value| serde_json_canonicalizer::to_string(&value).unwrap());
        let detail = detail.map(|value| serde_json_canonicalizer::to_string(&value).unwrap());
        let payload = Payload {
            query: query.as_deref(),
            sources: sources.as_deref(),
            detail: detail.as_deref(),
        };
        let digest = payload.digest(&salt).unwrap();
        let record = Record { payload_digest: digest, ..texts.record() };
        let leaf = record.leaf().unwrap();
        let kept = (!redact && digest.is_some()).then_some((&payload, &salt));
        let line = export::line(&record.to_json().unwrap(), &leaf, position, kept).unwrap();
        prop_assert!(!line.contains('\n'));
        let row = Row::parse(&line).unwrap();
        prop_assert_eq!(row.faults, []);
        prop_assert_eq!(row.redacted, digest.is_some() && redact);
        prop_assert_eq!(
            (row.trace_id, row.tenant_id, row.leaf, row.position),
            (record.trace_id, record.tenant_id, leaf, position)
        );
    }

    #[test]
    fn canonical_text_is_its_own(value in json()) {
        // The library's spelling of a double is the shortest there is.
        let text = serde_json_canonicalizer::to_string(&value).unwrap();
        prop_assert_eq!(&canonical(&text).unwrap(), &text);
        prop_assert_eq!(&canonical(&format!(" [ {text} ] ")).unwrap(), &format!("[{text}]"));
    }

    #[test]
    fn a_number_is_taken_exactly_or_not_at_all(number in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?") {
        if let Ok(text) = canonical(&number) {
            prop_assert_eq!(rational(&text), rational(&number), "{} {}", number, text);
        }
    }

    #[test]
    fn nothing_that_is_read_panics(text in prop_oneof![
        any::<String>(),
        "[-{}\\[\\],:\"\\\\0-9.eE+a-z \n]{0,80}",
        "(PRIVATE\\+KEY\\+)?[a-z]{0,3}\\+[0-9a-f]{0,8}\\+[A-Za-z0-9+/=]{0,50}",
        "(c2sp.org/tlog-proof@v1\n)?(old|index|extra) [0-9]{0,21}\n([A-Za-z0-9+/]{43}=\n){0,3}\n[a-z]{0,3}\n[0-9]{0,21}\n[A-Za-z0-9+/]{43}=\n\n— a [A-Za-z0-9+/]{43}=\n",
    ]) {
        let _ = canonical(&text);
        let _ = Signer::parse_file(&text);
        let _ = Verifier::parse_file(&text);
        let _ = note::verify(&text, &[]);
        let _ = Checkpoint::parse(&text);
        let _ = Row::parse(&text);
        let _ = Record { scope: &text, cost_usd: Some(&text), kind: &text, ..Record::default() }.to_json();
        let _ = Payload { query: Some(&text), sources: Some(&text), detail: Some(&text) }.digest(&[0; 16]);
        if let Ok(proof) = Inclusion::parse(&text) {
            prop_assert_eq!(proof.to_text(), text.as_str());
            prop_assert!(proof.check(&[0; 32], &[]).is_err());
        }
        if let Ok(proof) = Consistency::parse(&text) {
            prop_assert_eq!(proof.to_text(), text.as_str());
        }
    }

    #[test]
    fn no_sizes_panic(a in any::<u64>(), b in any::<u64>(), proof in vec(any::<Hash>(), 0..70)) {
        let tile = |_| Ok::<_, Infallible>(leaves(TILE as u64));
        let _ = tree::inclusion(a, b, &proof, tile);
        let _ = tree::consistency(a, b, &proof, tile);
        let root = [0; 32];
        prop_assert!(tree::check_inclusion(&root, a, b, &proof, &root).is_err());
        prop_assert!(a == b || tree::check_consistency(a, b, &root, &root, &proof).is_err());
    }

    #[test]
    fn notes_verify_until_they_change(text in "([a-zé ]{0,9}\n){1,4}", at in any::<prop::sample::Index>(), bit in 0..7) {
        let signer = Signer::generate("example.com/log").unwrap();
        let verifiers = [signer.verifier()];
        let note = note::sign(&text, &[signer]).unwrap();
        prop_assert_eq!(note::verify(&note, &verifiers), Ok(text.as_str()));
        let mut bytes = note.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(note::verify(&changed, &verifiers).is_err());
        }
    }
}

/// A decimal as digits and exponent, without zeros at its ends.
fn rational(number: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let exponent = exponent.parse::<i64>().unwrap() - fraction.len() as i64;
    let trimmed = digits.trim_end_matches('0');
    let exponent = exponent + (digits.len() - trimmed.len()) as i64;
    let digits = trimmed.trim_start_matches('0').to_owned();
    if digits.is_empty() {
        return (false, digits, 0);
    }
    (number.starts_with('-'), digits, exponent)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_changed_character_of_an_export_shows(at in any::<prop::sample::Index>(), bit in 0..7) {
        let payload = Payload { query: Some("who?"), ..Payload::default() };
        let record = Record {
            trace_id: Uuid::from_u128(1),
            tenant_id: Uuid::from_u128(2),
            scope: "{}",
            recorded_at: 1,
            kind: "decision",
            cost_usd: Some("0.1"),
            payload_digest: payload.digest(&[7; 16]).unwrap(),
            ..Record::default()
        };
        let leaf = record.leaf().unwrap();
        let signer = Signer::generate("log").unwrap();
        let verifiers = [signer.verifier()];
        let checkpoint = Checkpoint { origin: "log".to_owned(), size: 1, root: leaf };
        let note = checkpoint.sign(&[signer]).unwrap();
        let line = export::line(&record.to_json().unwrap(), &leaf, Some(0), Some((&payload, &[7; 16]))).unwrap();
        let sound = verify_export([&line], &note, &verifiers).unwrap();
        prop_assert_eq!((sound.verified, sound.problems), (1, vec![]));
        let mut bytes = line.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        let report = verify_export([&changed], &note, &verifiers).unwrap();
        prop_assert!(!report.problems.is_empty(), "{}", changed);
    }
}
