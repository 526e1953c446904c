//! The log: signed notes, checkpoints, proofs, lines of an export.

use std::convert::Infallible;
use std::sync::LazyLock;

use serde_json::Value;
use tenancy_core::trace::checkpoint::Checkpoint;
use tenancy_core::trace::export::{self, Row, verify_export};
use tenancy_core::trace::horizon::Horizon;
use tenancy_core::trace::note::{self, Signer, Verifier};
use tenancy_core::trace::payload::Payload;
use tenancy_core::trace::proof::{Consistency, Inclusion};
use tenancy_core::trace::record::Record;
use tenancy_core::trace::{Hash, leaf_hash, tree};
use uuid::Uuid;

use crate::{Target, text, texts};

/// The key of tests/fixtures/seal.key.
static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| {
    Signer::parse_file(include_str!("../../tests/fixtures/seal.key")).expect("keys")
});
static VERIFIERS: LazyLock<Vec<Verifier>> =
    LazyLock::new(|| SIGNERS.iter().map(Signer::verifier).collect());

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&[number])).collect()
}

fn checkpoint(size: u8) -> Checkpoint {
    Checkpoint {
        origin: "tenancy.test/log".to_owned(),
        size: size.into(),
        root: tree::root(&[], &leaves(size)),
    }
}

fn note(size: u8) -> String {
    checkpoint(size).sign(&SIGNERS).expect("a note")
}

/// What a note is believed to say was signed: signing is deterministic, so it is signed anew and compared.
pub const NOTE: Target = Target {
    name: "note",
    run: |bytes| {
        let text = text(bytes);
        let _ = note::text_unverified(text);
        if let Ok(said) = note::verify(text, &VERIFIERS) {
            let genuine = note::sign(said, &SIGNERS).expect("a text that was signed");
            assert!(
                genuine
                    .lines()
                    .filter(|line| line.starts_with('\u{2014}'))
                    .any(|line| text.contains(line)),
                "a note that nobody signed is believed"
            );
        }
        if let Ok(signed) = note::sign(text, &SIGNERS) {
            assert_eq!(note::verify(&signed, &VERIFIERS), Ok(text));
            assert_eq!(note::text_unverified(&signed), Ok(text));
        }
    },
    seeds: || {
        texts([
            note(5),
            note(0),
            "a\n".to_owned(),
            note::sign("two\nlines\n", &SIGNERS).expect("a note"),
        ])
    },
};

/// Keys are written as they were read.
pub const KEY: Target = Target {
    name: "key",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(key) = Verifier::parse(text) {
            assert_eq!(key.to_string(), text);
            let log = key.of_log(&Uuid::nil());
            assert!(log.is_err() || log.is_ok_and(|log| log.name() != key.name()));
        }
        if let Ok(key) = Signer::parse(text) {
            assert_eq!(key.to_private_text(), text);
            assert!(!format!("{key:?}").contains(&key.to_private_text()));
            assert_eq!(
                Verifier::parse(&key.verifier().to_string()),
                Ok(key.verifier())
            );
        }
        let _ = (
            Verifier::parse_file(text),
            Signer::parse_file(text).map(|keys| keys.len()),
        );
    },
    seeds: || {
        let keys = SIGNERS
            .iter()
            .flat_map(|signer| [signer.to_private_text(), signer.verifier().to_string()]);
        texts(keys.chain([include_str!("../../tests/fixtures/seal.key").to_owned()]))
    },
};

/// A checkpoint that is read is written the same, if nothing follows it.
pub const CHECKPOINT: Target = Target {
    name: "checkpoint",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(checkpoint) = Checkpoint::parse(text) {
            let again = checkpoint.to_text();
            assert!(text.starts_with(&again));
            assert_eq!(Checkpoint::parse(&again).as_ref(), Ok(&checkpoint));
            if let Ok(signed) = checkpoint.sign(&SIGNERS) {
                assert_eq!(
                    Checkpoint::open(&signed, &VERIFIERS).as_ref(),
                    Ok(&checkpoint)
                );
            }
        }
    },
    seeds: || {
        texts([
            checkpoint(5).to_text(),
            checkpoint(0).to_text(),
            checkpoint(5).to_text() + "extension\n",
        ])
    },
};

/// Proofs are written as they were read, and one that is believed is of a leaf that is there.
pub const PROOF: Target = Target {
    name: "proof",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(proof) = Inclusion::parse(text) {
            assert_eq!(Inclusion::parse(&proof.to_text()).as_ref(), Ok(&proof));
            if let Ok(checkpoint) = proof.check(&leaf_hash(&[3]), &VERIFIERS) {
                assert!(checkpoint.size > 3, "a proof of a leaf that is not there");
            }
        }
        if let Ok(proof) = Consistency::parse(text) {
            assert_eq!(Consistency::parse(&proof.to_text()).as_ref(), Ok(&proof));
            let _ = proof.check(&checkpoint(2), &VERIFIERS);
        }
    },
    seeds: || {
        let all = leaves(5);
        let tile = |_| Ok::<_, Infallible>(all.clone());
        let hashes = tree::inclusion(3, 5, &[], tile).expect("a proof");
        let inclusion = Inclusion {
            extra: None,
            position: 3,
            hashes,
            checkpoint: note(5),
        };
        let hashes = tree::consistency(2, 5, &[], tile).expect("a proof");
        let consistency = Consistency {
            old: 2,
            hashes,
            checkpoint: note(5),
        };
        texts([inclusion.to_text(), consistency.to_text()])
    },
};

fn exported() -> String {
    let salt = [3; 16];
    let payload = Payload {
        query: Some("what?"),
        sources: Some("[1.5]"),
        detail: Some(r#"{"a":"b"}"#),
    };
    let digest = payload.digest(&salt).expect("a digest");
    let record = Record {
        kind: "tool_call",
        recorded_at: 1_800_000_000_000_000,
        scope: "{}",
        tenant_id: Uuid::from_u128(1),
        trace_id: Uuid::from_u128(2),
        payload_digest: digest,
        ..Record::default()
    };
    let json = record.to_json().expect("a record");
    export::line(
        &json,
        &record.leaf().expect("a leaf"),
        Some(0),
        Some((&payload, &salt)),
    )
    .expect("a line")
}

/// A line that is read has nothing wrong only if the record in it is the leaf's.
pub const EXPORT: Target = Target {
    name: "export",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(row) = Row::parse(text) {
            let value: Value = serde_json::from_str(text).expect("a line is JSON");
            let stated = value["leaf"].as_str().is_some();
            assert_eq!(
                value["trace_id"]
                    .as_str()
                    .and_then(|id| Uuid::parse_str(id).ok()),
                Some(row.trace_id)
            );
            assert!(!row.redacted || value.get("payload").is_none());
            if stated && row.faults.is_empty() {
                let mut record = value;
                let members = record.as_object_mut().expect("an object");
                for name in ["leaf", "position", "payload"] {
                    members.remove(name);
                }
                let canonical = serde_json_canonicalizer::to_string(&record).expect("a value");
                assert_eq!(
                    row.leaf,
                    leaf_hash(canonical.as_bytes()),
                    "a record that was changed is believed"
                );
            }
        }
        let report = verify_export(text.lines(), &note(1), &VERIFIERS);
        assert!(report.is_ok());
    },
    seeds: || {
        texts([
            exported(),
            exported() + "\n" + &exported(),
            r#"{"kind":"x"}"#.to_owned(),
        ])
    },
};

/// Snapshots are written as they were read, and transactions end once.
pub const HORIZON: Target = Target {
    name: "horizon",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(horizon) = Horizon::parse(text) {
            assert_eq!(Horizon::parse(&horizon.to_string()).as_ref(), Ok(&horizon));
            assert!(!horizon.has_ended(horizon.next()));
            for id in horizon.running() {
                assert!(!horizon.has_ended(*id));
            }
            let id = horizon.next().saturating_sub(1);
            assert!(!horizon.with_running(id).has_ended(id));
        }
    },
    seeds: || texts(["10:20:10,14,15", "1:1:", "3:4:3"]),
};
